//! The model of time: a dispatch and a chip to seconds. Pure functions; docs/performance.md explains them.

use std::ops::{Add, AddAssign};

use kokoro_wgpu::PlannedDispatch;

use super::chips::Chip;

/// Share of the peak arithmetic that the instructions of a kernel allow with all lanes busy: of those that AMD's compiler makes
/// of it for navi31 (benches/results/isa.md, notes.md), the multiplications with addition. They compete with the other vector
/// instructions in `conv1d.wide`, and with all in the inner loop of the others; those in float16 do two, on chips with that rate.
/// That is a bound, since barriers and the banks of workgroup memory may cost more. The operations of Winograd's transforms count instructions already. What the kernels
/// that are no products reach is an assumption.
pub fn arithmetic_share(kernel: &str) -> f64 {
    match kernel.trim_end_matches(".f16") {
        "conv1d.wide" => 0.82,
        "conv1d.shared" => 0.73,
        "conv1d.small" => 0.50,
        "conv1d.half" => 0.56,
        "conv1d.half.small" => 0.34,
        kernel if kernel.starts_with("conv1d") => 0.87,
        kernel if kernel.starts_with("winograd") => 1.0,
        _ => 0.25,
    }
}
/// Whether a kernel's arithmetic is float16.
pub fn is_half(kernel: &str) -> bool {
    kernel.starts_with("conv1d.half")
}
/// Share of the peak memory bandwidth that a long copy reaches. An assumption.
pub const MEMORY_EFFICIENCY: f64 = 0.8;
/// Share of a core's invocations that the registers of a kernel leave room for, from what the compilers for AMD's and NVIDIA's
/// chips make of it (benches/results/isa.md, notes.md).
fn occupancy(kernel: &str) -> f64 {
    match kernel.trim_end_matches(".f16") {
        "conv1d.wide" => 0.2,
        "conv1d" | "conv1d.shared" => 0.25,
        "conv1d.half" => 0.3,
        "conv1d.half.small" | "conv1d.small" | "conv1d.subgroup" | "conv1d.subgroup.texture" => 0.4,
        _ => 1.0,
    }
}

/// A dispatch, as the model sees it.
#[derive(Clone, Copy, Debug)]
pub struct Dispatch {
    pub workgroups: f64,
    /// Invocations per workgroup.
    pub workgroup_size: f64,
    /// Operations executed.
    pub flops: f64,
    /// Bytes that all workgroups load and store.
    pub moved_bytes: f64,
    /// Rounds of loads that an invocation waits for.
    pub rounds: f64,
    /// Bytes that the last-level cache does not have.
    pub missed: f64,
    /// Share of the peak arithmetic that its instructions allow.
    pub arithmetic_share: f64,
    /// Whether it is float16.
    pub is_half: bool,
    /// Share of a core's invocations that its registers leave room for.
    pub occupancy: f64,
}

impl Dispatch {
    /// A matrix product reaches at most `product_share` of the peak.
    pub fn new(planned: &PlannedDispatch, missed: u64, product_share: f64) -> Self {
        let most = if planned.kernel.starts_with("conv1d") { product_share } else { 1.0 };
        Self {
            workgroups: planned.workgroups as f64,
            workgroup_size: f64::from(planned.workgroup_size),
            flops: planned.flops as f64,
            moved_bytes: planned.moved_bytes as f64,
            rounds: planned.rounds as f64,
            missed: missed as f64,
            arithmetic_share: arithmetic_share(planned.kernel).min(most),
            is_half: is_half(planned.kernel),
            occupancy: occupancy(planned.kernel),
        }
    }
}

/// Seconds, by what bounds them; the sum is the time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Time {
    /// The start of the dispatch, and the barrier before it.
    pub launch: f64,
    /// Arithmetic of the cores.
    pub compute: f64,
    /// Memory bandwidth.
    pub memory: f64,
    /// Bandwidth of the last-level cache.
    pub cache: f64,
    /// The chain of one workgroup, which more cores do not shorten.
    pub serial: f64,
}

impl Time {
    pub fn bounds(&self) -> [(&'static str, f64); 5] {
        let Self { launch, compute, memory, cache, serial } = *self;
        [("launch", launch), ("compute", compute), ("memory", memory), ("cache", cache), ("serial", serial)]
    }

    pub fn seconds(&self) -> f64 {
        self.bounds().iter().map(|(_, seconds)| seconds).sum()
    }

    /// What bounds most of the time.
    pub fn bound(&self) -> &'static str {
        self.bounds().into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or("launch", |(bound, _)| bound)
    }
}

impl Add for Time {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            launch: self.launch + other.launch,
            compute: self.compute + other.compute,
            memory: self.memory + other.memory,
            cache: self.cache + other.cache,
            serial: self.serial + other.serial,
        }
    }
}

impl AddAssign for Time {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Time {
    fn sum<I: Iterator<Item = Self>>(times: I) -> Self {
        times.fold(Self::default(), Add::add)
    }
}

/// The time of one dispatch: that of its start, and the longest of four others, which overlap.
pub fn time(dispatch: &Dispatch, chip: &Chip) -> Time {
    let Dispatch { workgroups, workgroup_size, .. } = *dispatch;
    let launch = Time { launch: chip.launch, ..Time::default() };
    if workgroups == 0.0 {
        return launch;
    }
    let cores = f64::from(chip.cores);
    // Workgroups of the core that has most. The others wait for it: that is the tail of the last wave.
    let on_core = (workgroups / cores).ceil();
    let (flops, loads) = (dispatch.flops / workgroups, dispatch.moved_bytes / workgroups);
    let rate = if dispatch.is_half { chip.half_rate } else { 1.0 };
    let core_flops = rate * chip.flops / cores * dispatch.arithmetic_share;
    // Fewer invocations than lanes leave lanes idle.
    let busy = |workgroups: f64| (workgroups * workgroup_size / f64::from(chip.lanes)).min(1.0);

    let compute = on_core * flops / (core_flops * busy(on_core));
    let memory = dispatch.missed / (chip.memory * MEMORY_EFFICIENCY);
    let cache = (dispatch.moved_bytes / chip.cache).max(on_core * loads / chip.core_loads);
    // A workgroup loads, waits and computes in turn; those that share a core overlap.
    let resident = (f64::from(chip.invocations) * dispatch.occupancy / workgroup_size).floor().max(1.0);
    let waits = (dispatch.rounds * chip.latency).max(loads / chip.core_loads);
    let computes = flops / (core_flops * busy(1.0));
    let turns = (on_core / resident).ceil();
    let chain = turns * (waits + computes);

    let longest = compute.max(memory).max(cache).max(chain);
    let none = Time::default();
    let bound = if chain >= longest {
        // More cores make for fewer turns, but do not shorten the chain of one.
        if turns > 1.0 && computes > waits { Time { compute: chain, ..none } } else { Time { serial: chain, ..none } }
    } else if compute >= longest {
        Time { compute, ..none }
    } else if cache >= longest {
        Time { cache, ..none }
    } else {
        Time { memory, ..none }
    };
    launch + bound
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten cores of 1 TFLOP/s, 100 GB/s of memory, 10 GB/s of loads for each core, waits of 1 us, starts of 5 us.
    const CHIP: Chip = Chip {
        key: "test",
        name: "test",
        flops: 10e12,
        half_rate: 2.0,
        cores: 10,
        lanes: 100,
        invocations: 1000,
        memory: 100e9,
        cache_bytes: 1000,
        cache: 80e9,
        core_loads: 10e9,
        latency: 1e-6,
        launch: 5e-6,
        round_trip: 1e-4,
        source: "",
    };

    const DISPATCH: Dispatch = Dispatch {
        workgroups: 100.0,
        workgroup_size: 100.0,
        flops: 1e9,
        moved_bytes: 1e6,
        rounds: 1.0,
        missed: 1e6,
        arithmetic_share: 0.5,
        is_half: false,
        occupancy: 0.4,
    };

    fn assert_close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found:e}, expected {expected:e}");
    }

    #[test]
    fn times_are_those_calculated_by_hand() {
        // Ten workgroups on each core, 1e8 operations at half of 1e12 a second, and the start. In turns of four
        // workgroups, the chain would take 3 (1 us + 20 us).
        let compute = time(&DISPATCH, &CHIP);
        assert_eq!(compute.bound(), "compute");
        assert_close(compute.seconds(), 5e-6 + 200e-6);
        assert_close(time(&Dispatch { is_half: true, ..DISPATCH }, &CHIP).seconds(), 5e-6 + 100e-6);
        // 1e8 bytes at 0.8 of 100 GB/s.
        let memory = time(&Dispatch { missed: 1e8, ..DISPATCH }, &CHIP);
        assert_eq!(memory.bound(), "memory");
        assert_close(memory.seconds(), 5e-6 + 1.25e-3);
        // 1e8 bytes at 80 GB/s, which is less than ten cores at 10 GB/s.
        let cache = time(&Dispatch { moved_bytes: 1e8, ..DISPATCH }, &CHIP);
        assert_eq!(cache.bound(), "cache");
        assert_close(cache.seconds(), 5e-6 + 1.25e-3);
        // Three turns of 1,000 rounds and 1e7 operations: 3 (1 ms + 20 us).
        let serial = time(&Dispatch { rounds: 1000.0, ..DISPATCH }, &CHIP);
        assert_eq!(serial.bound(), "serial");
        assert_close(serial.seconds(), 5e-6 + 3.06e-3);
        // With room for one workgroup on each core, ten turns of 1 us and 20 us.
        let turns = time(&DISPATCH, &Chip { invocations: 250, ..CHIP });
        assert_eq!(turns.bound(), "compute");
        assert_close(turns.seconds(), 5e-6 + 10.0 * 21e-6);
        let nothing = time(&Dispatch { workgroups: 0.0, flops: 0.0, moved_bytes: 0.0, missed: 0.0, ..DISPATCH }, &CHIP);
        assert_eq!((nothing.seconds(), nothing.bound()), (5e-6, "launch"));
    }

    #[test]
    fn one_workgroup_is_no_faster_than_one_core() {
        let one = |size| Dispatch { workgroups: 1.0, workgroup_size: size, rounds: 0.0, missed: 0.0, ..DISPATCH };
        let seconds = |dispatch| time(&dispatch, &CHIP).seconds() - CHIP.launch;
        // 1e9 operations at half of 1e12 a second, after 1e6 bytes at 10 GB/s.
        assert_close(seconds(one(100.0)), 2e-3 + 1e-4);
        assert_close(seconds(one(50.0)), 4e-3 + 1e-4); // half of the lanes
        assert_eq!(time(&one(100.0), &CHIP).bound(), "serial");
        let fast = Chip { flops: 20e12, cores: 20, cache: 160e9, ..CHIP };
        assert_close(time(&one(100.0), &fast).seconds() - CHIP.launch, 2e-3 + 1e-4); // more cores do not help
    }

    #[test]
    fn more_work_never_takes_less_time() {
        for scale in [0.0, 0.5, 1.0, 10.0, 1e4] {
            for workgroups in [1.0, 9.0, 10.0, 11.0, 1000.0] {
                let dispatch = Dispatch { workgroups, ..DISPATCH };
                let less = time(&dispatch, &CHIP).seconds();
                let Dispatch { flops, moved_bytes, rounds, missed, .. } = dispatch;
                for more in [
                    Dispatch { flops: flops * (1.0 + scale), ..dispatch },
                    Dispatch { moved_bytes: moved_bytes * (1.0 + scale), ..dispatch },
                    Dispatch { rounds: rounds * (1.0 + scale), ..dispatch },
                    Dispatch { missed: missed * (1.0 + scale), ..dispatch },
                ] {
                    assert!(time(&more, &CHIP).seconds() >= less, "{more:?}");
                }
            }
        }
    }

    #[test]
    fn the_tail_of_the_last_wave_counts() {
        let of = |workgroups: f64| Dispatch {
            workgroups,
            flops: 1e7 * workgroups,
            moved_bytes: 0.0,
            rounds: 0.0,
            ..DISPATCH
        };
        let seconds = |workgroups| time(&Dispatch { missed: 0.0, ..of(workgroups) }, &CHIP).seconds() - CHIP.launch;
        assert_close(seconds(10.0), 20e-6);
        assert_close(seconds(11.0), 40e-6);
        assert_close(seconds(20.0), 40e-6);
    }

    #[test]
    fn sums_keep_every_second() {
        let times = [time(&DISPATCH, &CHIP), time(&Dispatch { missed: 1e8, ..DISPATCH }, &CHIP)];
        let sum: Time = times.into_iter().sum();
        assert_close(sum.seconds(), times[0].seconds() + times[1].seconds());
        assert_eq!((sum.launch, sum.bound()), (10e-6, "memory"));
    }
}
