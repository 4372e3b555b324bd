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
/// The chip, for RADV itself.
const CHIP: &str = "RADV_FORCE_FAMILY";
/// Set to write the committed table instead of comparing it.
const WRITE: &str = "KOKORO_TEST_ISA_WRITE";
/// A folder for all that the compiler tells of a kernel, with its assembly: CHIP/KERNEL.txt.
const STAGES: &str = "KOKORO_TEST_ISA_STAGES";
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

/// The statistic of the waves that a SIMD unit holds at once, as far as registers and workgroup memory let it.
const OCCUPANCY: &str = "Subgroups per SIMD";
/// Spills into memory, which is far slower than registers.
const SPILLED_TO_MEMORY: [&str; 2] = ["Spilled VGPRs", "Scratch size"];
/// Spills into vector registers.
const SPILLED_SCALARS: &str = "Spilled SGPRs";

/// The table's columns after kernel and wave: heading, and RADV's name of the statistic.
const COLUMNS: [(&str, &str); 15] = [
    ("VGPRs", "VGPRs"),
    ("spilled", "Spilled VGPRs"),
    ("SGPRs", "SGPRs"),
    ("spilled", SPILLED_SCALARS),
    ("scratch", "Scratch size"),
    ("LDS", "LDS size"),
    ("waves/SIMD", OCCUPANCY),
    ("code", "Code size"),
    ("instr.", "Instructions"),
    ("VALU", "VALU"),
    ("SALU", "SALU"),
    ("VMEM", "VMEM"),
    ("SMEM", "SMEM"),
    ("latency", "Latency"),
    ("1/throughput", "Inverse Throughput"),
];

const LEGEND: &str = "\
# The kernels by AMD's compiler

`make isa` compiles every kernel as Mesa's driver RADV does it for these chips, and compares; `make isa WRITE=1` writes this file.

wave: invocations of a subgroup. VGPRs: vector registers of an invocation; SGPRs: scalar registers of a wave; each with those
spilled. scratch: bytes of memory for spills and arrays. LDS: bytes of workgroup memory. waves/SIMD: how many waves a SIMD unit
holds at once, and at most; from RDNA on RADV counts a wave of 64 as two. code: bytes. Then numbers of instructions: all, vector
and scalar arithmetic, vector and scalar loads and stores. latency and 1/throughput: the compiler's estimates in cycles. A
loop counts a fixed number of times there, and what stands under a condition only half, so that they compare forms of the same loops
and branches, no others.

Without hardware, RADV 25.0 takes gfx1151 and gfx1201 for chips of 1024 vector registers a SIMD. They have 1536, so that waves
limited by registers are up to half as many again.
";

#[test]
fn child_process() {
    let (Some(out), Ok(chip)) = (env::var_os(OUT), env::var(CHIP)) else { return };
    let driver = Driver::open();
    let stages = env::var_os(STAGES).map(|folder| Path::new(&folder).join(chip));
    stages.iter().for_each(|folder| fs::create_dir_all(folder).unwrap());
    let mut kernels = Map::new();
    for kernel in ALL {
        let shader = Shader::parse(kernel.name, &kernel.wgsl(driver.min_subgroup_size)).unwrap();
        if shader.has_textures() {
            continue; // for processors only
        }
        // Vulkan 1.3 and robustBufferAccess2: so wgpu translates for this driver.
        let spirv = shader.spirv((1, 6), true).unwrap();
        let result = match driver.lacks(&shader, &spirv) {
            Some(missing) => missing.into(),
            None => {
                let executable = driver.compile(&shader, &spirv, stages.is_some());
                if let Some(folder) = &stages {
                    fs::write(folder.join(kernel.name).with_added_extension("txt"), executable.text()).unwrap();
                }
                let times = executable.subgroup_size / driver.min_subgroup_size;
                let most = driver.max_subgroups.map(|subgroups| subgroups * times);
                json!({ "wave": executable.subgroup_size, "most": most, "statistics": executable.statistics })
            }
        };
        kernels.insert(kernel.name.to_owned(), result);
    }
    fs::write(out, json!({ "version": driver.version, "kernels": kernels }).to_string()).unwrap();
}

#[test]
fn kernels_neither_spill_nor_lose_occupancy() {
    let Ok(manifest) = env::var(MANIFEST) else {
        return println!("skipped: {MANIFEST} is not set; `make isa` sets it");
    };
    assert!(Path::new(&manifest).exists(), "{manifest} is absent");
    let results = CHIPS.map(|(chip, _)| {
        let loader = [("VK_DRIVER_FILES", &manifest[..]), ("VK_ICD_FILENAMES", &manifest)];
        let variables = [loader[0], loader[1], (CHIP, chip), ("MESA_SHADER_CACHE_DISABLE", "true")];
        run_child("isa::child_process", &variables)
    });
    let (table, version) = (table(&results), version_line(&results[0]));
    println!("{table}");
    let spills: Vec<String> = CHIPS.iter().zip(&results).flat_map(|((chip, _), result)| spills(chip, result)).collect();
    assert!(spills.is_empty(), "registers spilled into memory: {spills:#?}");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if env::var_os(WRITE).is_some() {
        return fs::write(path, table).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap();
    if !committed.lines().any(|line| line == version) {
        return println!("not compared with {TABLE}, which is of another version than {version}");
    }
    let losses = losses(&rows(&committed), &rows(&table));
    assert!(losses.is_empty(), "worse than in {TABLE} (`make isa WRITE=1` if that is meant): {losses:#?}");
    let changed: Vec<&str> = table.lines().filter(|line| !committed.lines().any(|other| other == *line)).collect();
    assert!(table == committed, "{TABLE} has other lines than these; `make isa WRITE=1` writes them: {changed:#?}");
}

fn version_line(result: &Value) -> String {
    format!("Driver: RADV, {}.", result["version"].as_str().unwrap())
}

/// The committed table, of what the child processes found for [`CHIPS`].
fn table(results: &[Value]) -> String {
    let mut table = format!("{LEGEND}\n{}\n", version_line(&results[0]));
    for ((chip, product), result) in CHIPS.iter().zip(results) {
        let cells = |cell: &dyn Fn(&str, usize) -> String| -> String {
            COLUMNS.iter().map(|(heading, _)| cell(heading, heading.len().max(5))).collect()
        };
        let headings = cells(&|heading, width| format!(" {heading:>width$} |"));
        let rules = cells(&|_, width| format!("{:->width$}:|", "", width = width + 1));
        table +=
            &format!("\n## {chip} ({product})\n\n| {:20} | wave |{headings}\n|{:-<22}|-----:|{rules}\n", "kernel", "");
        let kernels = result["kernels"].as_object().unwrap();
        table.extend(kernels.iter().map(|(kernel, result)| row(kernel, result) + "\n"));
    }
    table
}

fn statistic(result: &Value, name: &str) -> u64 {
    result["statistics"][name].as_u64().unwrap_or_else(|| panic!("no statistic {name}: {result}"))
}

fn row(kernel: &str, result: &Value) -> String {
    if let Some(missing) = result.as_str() {
        return format!("| {kernel:20} | not supported: {missing} |");
    }
    let mut row = format!("| {kernel:20} | {:>4} |", result["wave"].to_string());
    for (heading, name) in COLUMNS {
        let value = statistic(result, name);
        let cell = if name == OCCUPANCY { format!("{value} of {}", result["most"]) } else { value.to_string() };
        row += &format!(" {cell:>width$} |", width = heading.len().max(5));
    }
    row
}

/// The kernels of a chip that use memory for want of registers.
fn spills(chip: &str, result: &Value) -> Vec<String> {
    let kernels = result["kernels"].as_object().unwrap().iter().filter(|(_, result)| result.is_object());
    let spilling = kernels.filter(|(_, result)| SPILLED_TO_MEMORY.iter().any(|name| statistic(result, name) > 0));
    spilling.map(|(kernel, result)| format!("{chip}: {}", row(kernel, result))).collect()
}

/// Rows of a table as cells, by chip and kernel.
fn rows(table: &str) -> BTreeMap<(&str, &str), Vec<&str>> {
    let mut chip = "";
    let mut rows = BTreeMap::new();
    for line in table.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            chip = heading.split(' ').next().unwrap_or_default();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if cells.len() == COLUMNS.len() + 4 {
            rows.insert((chip, cells[1]), cells);
        }
    }
    rows
}

/// Kernels of which a SIMD unit holds fewer waves than before, or which spill more scalar registers.
fn losses(before: &BTreeMap<(&str, &str), Vec<&str>>, now: &BTreeMap<(&str, &str), Vec<&str>>) -> Vec<String> {
    let column = |name| 3 + COLUMNS.iter().position(|(_, statistic)| *statistic == name).unwrap();
    let [occupancy, spilled] = [OCCUPANCY, SPILLED_SCALARS].map(column);
    let number = |cells: &[&str], column: usize| cells[column].split(' ').next().and_then(|n| n.parse::<u64>().ok());
    let mut losses = Vec::new();
    for ((chip, kernel), cells) in now {
        let Some(old) = before.get(&(*chip, *kernel)) else { continue };
        if number(cells, occupancy) < number(old, occupancy) {
            losses.push(format!("{chip}, {kernel}: {} waves a SIMD, not {}", cells[occupancy], old[occupancy]));
        }
        if number(cells, spilled) > number(old, spilled) {
            losses.push(format!("{chip}, {kernel}: {} scalar registers spilled, not {}", cells[spilled], old[spilled]));
        }
    }
    losses
}

#[test]
fn losses_are_found_in_tables() {
    let result = |waves: u64, scalars: u64, scratch: u64| {
        let mut statistics: Map<String, Value> =
            COLUMNS.iter().map(|(_, name)| ((*name).to_owned(), 0.into())).collect();
        statistics.extend([
            (OCCUPANCY.to_owned(), waves.into()),
            (SPILLED_SCALARS.to_owned(), scalars.into()),
            ("Scratch size".to_owned(), scratch.into()),
        ]);
        let kernel = json!({ "wave": 64, "most": 16, "statistics": statistics });
        json!({ "version": "1", "kernels": { "conv": kernel, "matrix": "CooperativeMatrixKHR" } })
    };
    assert_eq!(spills("chip", &result(8, 5, 0)), [""; 0]);
    assert_eq!(spills("chip", &result(8, 0, 4)).len(), 1);
    let tables = [result(8, 5, 0), result(10, 5, 0), result(8, 6, 0)].map(|result| table(&[result]));
    let [before, more_waves, more_spilled] = tables.each_ref().map(|table| rows(table));
    assert_eq!(before.keys().filter(|(_, kernel)| *kernel == "conv").count(), 1);
    assert_eq!(losses(&before, &more_waves), [""; 0]);
    assert_eq!(losses(&more_waves, &before), [format!("{}, conv: 8 of 16 waves a SIMD, not 10 of 16", CHIPS[0].0)]);
    assert_eq!(losses(&before, &more_spilled), [format!("{}, conv: 6 scalar registers spilled, not 5", CHIPS[0].0)]);
    assert_eq!(losses(&more_spilled, &before), [""; 0]);
}
