//! The GPUs that times are predicted for.
//!
//! Peaks and sizes are published figures. Those of caches, waits and starts are mostly estimates, and `source` says so: a core is
//! assumed to load 32 or 64 bytes a clock from the last-level cache, and the waits are of the order usual for such chips.

/// A GPU. Rates are per second, times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Chip {
    /// Its name at the command line.
    pub key: &'static str,
    pub name: &'static str,
    /// Peak float32 operations per second without matrix units; a multiply-add is two.
    pub flops: f64,
    /// Float16 operations in the time of one float32 operation, without matrix units.
    pub half_rate: f64,
    /// NVIDIA's streaming multiprocessors, AMD's compute units, Intel's Xe-cores or dual subslices, Apple's GPU cores,
    /// Qualcomm's shader processors.
    pub cores: u32,
    /// Float32 lanes of a core.
    pub lanes: u32,
    /// Invocations that a core holds at most.
    pub invocations: u32,
    /// Bytes per second from memory.
    pub memory: f64,
    /// Size of the last-level cache.
    pub cache_bytes: u64,
    /// Bytes per second from the last-level cache to all cores.
    pub cache: f64,
    /// Bytes per second from the last-level cache to one core.
    pub core_loads: f64,
    /// Wait for a load from the last-level cache.
    pub latency: f64,
    /// Start of a dispatch that waits for the one before it.
    pub launch: f64,
    /// Submission of a command buffer until its results are on the host, beyond the time on the GPU.
    pub round_trip: f64,
    /// Where the figures are from.
    pub source: &'static str,
}

const GB: f64 = 1e9;
const TERA: f64 = 1e12;
const MIB: u64 = 1 << 20;
const US: f64 = 1e-6;
const NS: f64 = 1e-9;

pub const CHIPS: [Chip; 8] = [
    Chip {
        key: "rtx-4090",
        name: "NVIDIA GeForce RTX 4090",
        flops: 82.6 * TERA,
        half_rate: 1.0,
        cores: 128,
        lanes: 128,
        invocations: 1536,
        memory: 1008.0 * GB,
        cache_bytes: 72 * MIB,
        cache: 5000.0 * GB,
        core_loads: 161.0 * GB,
        latency: 130.0 * NS,
        launch: 3.0 * US,
        round_trip: 60.0 * US,
        source: "cores, clock and memory: thefpsreview.com/gpu-family/nvidia-geforce-rtx-4090-gpu-family-specifications; \
                 peak and L2 size: notebookcheck.pl/NVIDIA-NVIDIA-GeForce-RTX-4090.677670.0.html; invocations and float16: \
                 compute capability 8.9 in the CUDA C++ Programming Guide; estimates: L2 at 5 TB/s and 130 ns, one core 64 bytes \
                 a clock of 2.52 GHz, launch, round trip",
    },
    Chip {
        key: "rtx-3060",
        name: "NVIDIA GeForce RTX 3060 12 GB",
        flops: 12.7 * TERA,
        half_rate: 1.0,
        cores: 28,
        lanes: 128,
        invocations: 1536,
        memory: 360.0 * GB,
        cache_bytes: 3 * MIB,
        cache: 1300.0 * GB,
        core_loads: 114.0 * GB,
        latency: 140.0 * NS,
        launch: 3.0 * US,
        round_trip: 60.0 * US,
        source: "cores, clock and memory: pcpartdb.com/gpus/view/nvidia-geforce-rtx-3060-12-gb-ga104; L2 size: \
                 cholla.mmto.org/nvidia/my3060.html; invocations and float16: compute capability 8.6 in the CUDA C++ \
                 Programming Guide; estimates: L2 at 32 bytes a clock for each of 24 slices and 140 ns, one core 64 bytes a clock, \
                 launch, round trip",
    },
    Chip {
        key: "rx-7900-xtx",
        name: "AMD Radeon RX 7900 XTX",
        flops: 30.7 * TERA,
        half_rate: 2.0,
        cores: 96,
        lanes: 64,
        invocations: 2048,
        memory: 960.0 * GB,
        cache_bytes: 96 * MIB,
        cache: 3000.0 * GB,
        core_loads: 160.0 * GB,
        latency: 150.0 * NS,
        launch: 4.0 * US,
        round_trip: 80.0 * US,
        source: "cores, clock, memory and Infinity Cache size: \
                 guru3d.com/review/xfx-radeon-rx-7900-xtx-magair-review/page-4, whose 61 TFLOP/s are halved because they \
                 need two operations in one instruction, which compilers find rarely; invocations: two SIMDs of 16 waves \
                 of 64; float16: v_pk_fma_f16 of RDNA 3's instruction set; estimates: Infinity Cache at 3 TB/s (the page has 3.5 at most) and 150 ns, one core 64 bytes a \
                 clock, launch, round trip",
    },
    Chip {
        key: "m2",
        name: "Apple M2, 10 GPU cores",
        flops: 3.58 * TERA,
        half_rate: 1.0,
        cores: 10,
        lanes: 128,
        invocations: 1536,
        memory: 100.0 * GB,
        cache_bytes: 8 * MIB,
        cache: 447.0 * GB,
        core_loads: 44.7 * GB,
        latency: 250.0 * NS,
        launch: 5.0 * US,
        round_trip: 150.0 * US,
        source: "lanes, float16, 32 bytes a clock for each core, and invocations (768 to 3,072 by registers): \
                 github.com/philipturner/metal-benchmarks; peak and memory: askgeek.io/en/cpus/Apple/M2-10-core-GPU; \
                 estimates: system cache of 8 MiB and its wait, launch, round trip",
    },
    Chip {
        key: "arc-a770",
        name: "Intel Arc A770 16 GB",
        flops: 17.2 * TERA,
        half_rate: 2.0,
        cores: 32,
        lanes: 128,
        invocations: 2048,
        memory: 560.0 * GB,
        cache_bytes: 16 * MIB,
        cache: 1500.0 * GB,
        core_loads: 134.0 * GB,
        latency: 250.0 * NS,
        launch: 6.0 * US,
        round_trip: 100.0 * US,
        source: "cores, clock of 2.1 GHz and memory: \
                 svethardware.cz/intel-zverejnil-oficialni-specifikace-grafickych-karet-arc/58344; 4,096 lanes: \
                 chipsandcheese.com/2022/10/20/microbenchmarking-intels-arc-a770; L2 size and float16: those of the A770M, \
                 fpsbench.com; invocations: 16 vector engines of 8 threads of 16 lanes; estimates: L2 at 1.5 TB/s and 250 \
                 ns (long waits, by the second page), one core 64 bytes a clock, launch, round trip",
    },
    Chip {
        key: "adreno-740",
        name: "Qualcomm Adreno 740 (Snapdragon 8 Gen 2)",
        flops: 2.09 * TERA,
        half_rate: 2.0,
        cores: 6,
        lanes: 256,
        invocations: 2048,
        memory: 67.2 * GB,
        cache_bytes: 6 * MIB,
        cache: 130.0 * GB,
        core_loads: 21.8 * GB,
        latency: 400.0 * NS,
        launch: 15.0 * US,
        round_trip: 500.0 * US,
        source: "clock and memory: primua.com/adreno-740; estimates, since Qualcomm publishes little and pages differ \
                 (this one has 3.7 TFLOP/s): 6 cores of 256 lanes, structure and float16 by \
                 chipsandcheese.com/2024/03/05/inside-snapdragon-8-gen-1s-igpu-adreno-gets-big; system cache of 6 MiB, 32 \
                 bytes a clock for each core, wait, launch, round trip",
    },
    Chip {
        key: "iris-xe",
        name: "Intel Iris Xe, 96 execution units (Tiger Lake)",
        flops: 2.07 * TERA,
        half_rate: 2.0,
        cores: 6,
        lanes: 128,
        invocations: 1792,
        memory: 68.3 * GB,
        cache_bytes: 4 * MIB,
        cache: 518.0 * GB,
        core_loads: 86.0 * GB,
        latency: 200.0 * NS,
        launch: 8.0 * US,
        round_trip: 100.0 * US,
        source: "96 execution units of 8 lanes, 16 to a subslice: anandtech.com/show/15971; float16: \
                 sysrqmts.com; memory: 128 bits of LPDDR4X, \
                 as sysrqmts.com has for the Iris Xe MAX; estimates: a clock of 1.35 GHz, 7 threads of 16 lanes for each \
                 execution unit, L3 of 4 MiB, 64 bytes a clock for each core, wait, launch, round trip",
    },
    Chip {
        key: "h100",
        name: "NVIDIA H100 SXM",
        flops: 66.9 * TERA,
        half_rate: 2.0,
        cores: 132,
        lanes: 128,
        invocations: 2048,
        memory: 3350.0 * GB,
        cache_bytes: 50 * MIB,
        cache: 5500.0 * GB,
        core_loads: 127.0 * GB,
        latency: 150.0 * NS,
        launch: 3.0 * US,
        round_trip: 60.0 * US,
        source: "peak, cores, memory and L2 size: archive-lib.hpctech.co.jp/gpuproduct/nvidia-h100.html; invocations \
                 and float16: compute capability 9.0 in the CUDA C++ Programming Guide; estimates: L2 at 5.5 TB/s and 150 ns, one core \
                 64 bytes a clock of 1.98 GHz, launch, round trip",
    },
];

/// The chip of a name, in any case.
pub fn find(key: &str) -> Option<&'static Chip> {
    CHIPS.iter().find(|chip| chip.key == key.to_lowercase())
}

/// The names of all chips.
pub fn keys() -> String {
    CHIPS.map(|chip| chip.key).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_consistent() {
        for chip in &CHIPS {
            let Chip { name, .. } = chip;
            assert_eq!(find(chip.key).map(|found| found.name), Some(*name), "names are unique");
            // The clock that the peak implies.
            let clock = chip.flops / 2.0 / f64::from(chip.cores * chip.lanes);
            assert!((0.5e9..3e9).contains(&clock), "{name}: {clock:e}");
            assert!(chip.cache > chip.memory && chip.core_loads < chip.cache, "{name}");
            assert!(
                chip.core_loads * f64::from(chip.cores) >= 0.99 * chip.cache,
                "{name}: the cores take all it gives"
            );
            assert!((1e-6..1e-4).contains(&chip.launch) && chip.latency < chip.launch, "{name}");
            assert!(chip.source.contains("estimate"), "{name} says what is not published");
        }
    }
}
