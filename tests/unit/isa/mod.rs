//! Every kernel by AMD's compiler in Mesa: registers, spills, memory, occupancy, code. Mesa's driver RADV compiles without
//! hardware if `RADV_FORCE_FAMILY` names a chip.

mod driver;

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use serde_json::{Map, Value, json};

use super::drivers::{OUT, run_child};
use super::translate::Shader;
use crate::kernels::ALL;
use driver::Driver;

/// RADV's manifest for the Vulkan loader. Set by `make isa`.
const MANIFEST: &str = "KOKORO_TEST_RADV";
/// Set if the committed table is to be written instead of compared.
const WRITE: &str = "KOKORO_TEST_ISA_WRITE";
/// A folder for the compiler's texts, such as the assembly: CHIP/KERNEL.txt.
const TEXTS: &str = "KOKORO_TEST_ISA_TEXTS";
/// The committed table.
const TABLE: &str = "benches/results/isa.md";

/// One chip of each architecture, by Mesa's name.
const CHIPS: [(&str, &str); 6] = [
    ("polaris10", "GCN 4: Radeon RX 480 and 580"),
    ("vega20", "GCN 5: Radeon VII"),
    ("navi21", "RDNA 2: Radeon RX 6800 and 6900"),
    ("navi31", "RDNA 3: Radeon RX 7900"),
    ("gfx1151", "RDNA 3.5: Ryzen AI Max"),
    ("gfx1201", "RDNA 4: Radeon RX 9070"),
];

/// The column of the waves that a SIMD unit holds at once, as far as registers and workgroup memory let it.
const OCCUPANCY: &str = "waves/SIMD";

/// The columns after the wave's size: heading, and the driver's name. The last two are the compiler's estimates in cycles.
const COLUMNS: [(&str, &str); 15] = [
    ("VGPRs", "VGPRs"),
    ("spilled", "Spilled VGPRs"),
    ("SGPRs", "SGPRs"),
    ("spilled", "Spilled SGPRs"),
    ("scratch", "Scratch size"),
    ("LDS", "LDS size"),
    (OCCUPANCY, "Subgroups per SIMD"),
    ("code", "Code size"),
    ("instr.", "Instructions"),
    ("VALU", "VALU"),
    ("SALU", "SALU"),
    ("VMEM", "VMEM"),
    ("SMEM", "SMEM"),
    ("latency", "Latency"),
    ("inv. thr.", "Inverse Throughput"),
];

#[test]
fn child_process() {
    if env::var_os(MANIFEST).is_none() {
        return;
    }
    let Some(out) = env::var_os(OUT) else { return };
    let driver = Driver::open();
    let texts = env::var_os(TEXTS);
    let mut kernels = Map::new();
    for kernel in ALL {
        let shader = Shader::parse(kernel.name, kernel.source).unwrap();
        // Vulkan 1.3 and robustBufferAccess2: so wgpu translates for this driver.
        let spirv = shader.spirv((1, 6), true).unwrap();
        if let Some(missing) = driver.lacks(&shader, &spirv) {
            kernels.insert(kernel.name.to_owned(), missing.into());
            continue;
        }
        let executable = driver.compile(&shader, &spirv);
        if let Some(folder) = &texts {
            let mut all: String = executable.statistics.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            all.extend(executable.texts.iter().map(|(name, text)| format!("\n{name}\n\n{text}\n")));
            fs::write(Path::new(folder).join(format!("{}.txt", kernel.name)), all).unwrap();
        }
        let all = executable.subgroup_size / driver.min_subgroup_size * driver.max_subgroups;
        kernels.insert(
            kernel.name.to_owned(),
            json!({ "wave": executable.subgroup_size, "of": all, "statistics": executable.statistics }),
        );
    }
    fs::write(out, json!({ "version": driver.version, "kernels": kernels }).to_string()).unwrap();
}

#[test]
fn kernels_neither_spill_nor_lose_occupancy() {
    let Ok(manifest) = env::var(MANIFEST) else {
        return println!("skipped: {MANIFEST} is not set; `make isa` sets it");
    };
    let _ = manifest;
    let r = run_child("isa::child_process", &[("RADV_FORCE_FAMILY", "navi31"), ("VK_DRIVER_FILES", &manifest), ("VK_ICD_FILENAMES", &manifest)]);
    println!("{r:#}");
}
