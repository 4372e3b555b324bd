//! The GPUs that times are predicted for.
//!
//! Peaks and sizes are the vendors' figures. Where a figure of caches, waits or starts is not published, it is an estimate:
//! `source` says so and how it was made.

/// A GPU. Rates are per second, times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Chip {
    /// Its name at the command line.
    pub key: &'static str,
    pub name: &'static str,
    /// Peak float32 operations without matrix units; a multiply-add is two.
    pub flops: f64,
    /// NVIDIA's streaming multiprocessors, AMD's compute units, Intel's Xe-cores or dual subslices, Apple's GPU cores,
    /// Qualcomm's shader processors.
    pub cores: u32,
    /// Float32 lanes of a core.
    pub lanes: u32,
    /// Invocations that a core holds at most.
    pub invocations: u32,
    /// Bytes from memory.
    pub memory: f64,
    /// Size of the last-level cache.
    pub cache_bytes: u64,
    /// Bytes from the last-level cache to all cores.
    pub cache: f64,
    /// Bytes from the last-level cache to one core.
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
        source: "peak, cores, memory and L2 size: NVIDIA Ada GPU Architecture (whitepaper, V2.01), Appendix A; \
                 invocations: CUDA C++ Programming Guide, compute capability 8.9; estimates: L2 5 TB/s and 130 ns (of the \
                 order that chipsandcheese.com/p/microbenchmarking-nvidias-rtx-4090 measures), one core 64 bytes a clock \
                 of 2.52 GHz, launch, round trip",
    },
    Chip {
        key: "rtx-3060",
        name: "NVIDIA GeForce RTX 3060 12 GB",
        flops: 12.7 * TERA,
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
        source: "cores, clock and memory: NVIDIA's product page (3,584 CUDA cores at 1.78 GHz, 192 bits of GDDR6 at 15 \
                 Gbit/s); L2: cholla.mmto.org/nvidia/my3060.html; invocations: CUDA C++ Programming Guide, compute \
                 capability 8.6; estimates: L2 rate (24 slices of 32 bytes a clock) and wait, one core 64 bytes a clock, \
                 launch, round trip",
    },
    Chip {
        key: "rx-7900-xtx",
        name: "AMD Radeon RX 7900 XTX",
        flops: 30.7 * TERA,
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
        source: "cores, clock (2.5 GHz), memory and Infinity Cache size: AMD's product page, whose 61.4 TFLOP/s are halved \
                 because they need two operations in one instruction, which compilers find rarely; invocations: two SIMDs of \
                 16 waves of 64; estimates: Infinity Cache 3 TB/s (AMD's peak is 5.3) and 150 ns, one core 64 bytes a \
                 clock, launch, round trip",
    },
    Chip {
        key: "m2",
        name: "Apple M2, 10 GPU cores",
        flops: 3.58 * TERA,
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
        source: "memory: Apple's announcement of M2; cores, lanes, 32 bytes a clock for each core, invocations (768 to 3,072 \
                 by registers): github.com/philipturner/metal-benchmarks; clock of 1.398 GHz: \
                 askgeek.io/en/cpus/Apple/M2-10-core-GPU; estimates: system cache of 8 MiB, its wait, launch, round trip",
    },
    Chip {
        key: "arc-a770",
        name: "Intel Arc A770 16 GB",
        flops: 17.2 * TERA,
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
        source: "cores, clock of 2.1 GHz and memory: Intel's product page; 4,096 lanes: \
                 chipsandcheese.com/2022/10/20/microbenchmarking-intels-arc-a770; invocations: 16 vector engines of 8 \
                 threads of 16 lanes; estimates: L2 1.5 TB/s and 250 ns (the same page finds both poor), one core 64 bytes a \
                 clock, launch, round trip",
    },
    Chip {
        key: "adreno-740",
        name: "Qualcomm Adreno 740 (Snapdragon 8 Gen 2)",
        flops: 2.09 * TERA,
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
        source: "memory: 64 bits of LPDDR5X-8400; estimates, since Qualcomm publishes little and others differ (1.8 to 3.7 \
                 TFLOP/s): 6 cores of 256 lanes at 680 MHz, by the structure in \
                 chipsandcheese.com/2024/03/05/inside-snapdragon-8-gen-1s-igpu-adreno-gets-big; system cache of 6 MiB, 32 \
                 bytes a clock for each core, wait, launch, round trip",
    },
    Chip {
        key: "iris-xe",
        name: "Intel Iris Xe, 96 execution units (Tiger Lake)",
        flops: 2.07 * TERA,
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
        source: "768 lanes at 1.35 GHz, 128 bits of LPDDR4X-4267: Intel's product pages; invocations: 16 execution units of 7 \
                 threads of 16 lanes; estimates: L3 of 4 MiB, 64 bytes a clock for each core, wait, launch, round trip",
    },
    Chip {
        key: "h100",
        name: "NVIDIA H100 SXM",
        flops: 66.9 * TERA,
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
        source: "peak, memory and L2 size: NVIDIA H100 data sheet; 132 cores: \
                 chipsandcheese.com/2023/07/02/nvidias-h100-funny-l2-and-tons-of-bandwidth; invocations: CUDA C++ Programming \
                 Guide, compute capability 9.0; estimates: L2 5.5 TB/s and 150 ns, one core 64 bytes a clock of 1.98 GHz, \
                 launch, round trip",
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
