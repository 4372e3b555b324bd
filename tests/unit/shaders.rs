//! Every kernel in every variant, without a GPU: valid WGSL, consistent with its description, within WebGPU's default
//! limits, and translatable for Vulkan, Metal and Direct3D.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use naga::back::hlsl::ShaderModel;
use naga::proc::Layouter;
use naga::{AddressSpace, Expression, Literal, MathFunction, Module, StorageAccess};

use super::translate::Shader;
use crate::gpu::{Access, Kernel};
use crate::kernels::{ALL, CONSTANTS};

fn parse(kernel: &Kernel) -> Shader {
    Shader::parse(kernel.name, kernel.source).unwrap_or_else(|message| panic!("{message}"))
}

/// Every kernel as devices with subgroups of any size get it, and as those with larger subgroups do, where it differs.
fn all() -> impl Iterator<Item = (&'static Kernel, Shader)> {
    let larger = |kernel: &Kernel| {
        let text = kernel.wgsl(8);
        assert_eq!(text != kernel.source, kernel.name.starts_with("conv1d.subgroup"), "{}", kernel.name);
        (text != kernel.source).then(|| unwrap(Shader::parse(kernel.name, &text)))
    };
    ALL.iter()
        .flat_map(move |kernel| std::iter::once(parse(kernel)).chain(larger(kernel)).map(|shader| (*kernel, shader)))
}

fn layouts(module: &Module) -> Layouter {
    let mut layouts = Layouter::default();
    layouts.update(module.to_ctx()).unwrap();
    layouts
}

#[test]
fn kernel_names_are_unique_and_match_a_file() {
    let mut names = HashSet::new();
    for kernel in ALL {
        assert!(names.insert(kernel.name), "{} is listed twice", kernel.name);
        let file = kernel.name.split('.').next().unwrap();
        assert!(
            folder("shaders").iter().any(|(name, _)| name == &format!("{file}.wgsl")),
            "{} has no file",
            kernel.name
        );
    }
}

#[test]
fn every_file_is_part_of_a_kernel() {
    for path in ["shaders", "shaders/lib"] {
        for (name, text) in folder(path) {
            assert!(ALL.iter().any(|kernel| kernel.source.contains(&text)), "no kernel has {path}/{name}");
        }
    }
}

/// The .wgsl files in a folder: name and text.
fn folder(path: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let files = path.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|e| e == "wgsl"));
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
    let files: Vec<_> = files.map(|file| (name(&file), std::fs::read_to_string(&file).unwrap())).collect();
    assert!(!files.is_empty(), "{} has no shaders", path.display());
    files
}

#[test]
fn bindings_are_as_described() {
    for (kernel, shader) in all() {
        let name = kernel.name;
        let found = shader.bindings();
        assert!(found.iter().all(|(at, _)| at.group == 0), "{name}: groups");
        assert_eq!(kernel.clamped, shader.is_clamped(), "{name}: what is translated is what the device compiles");
        let numbers: Vec<u32> = found.iter().map(|(at, _)| at.binding).collect();
        assert_eq!(numbers, (0..=kernel.bindings.len() as u32).collect::<Vec<_>>(), "{name}: bindings");

        let module = &shader.module;
        let (_, uniform) =
            module.global_variables.iter().find(|(_, global)| global.binding == Some(found[0].0)).unwrap();
        assert_eq!(uniform.space, AddressSpace::Uniform, "{name}: binding 0");
        let naga::TypeInner::Array { base, stride, .. } = module.types[uniform.ty].inner else {
            panic!("{name}: binding 0 is not an array");
        };
        let naga::TypeInner::Struct { members, .. } = &module.types[base].inner else { panic!("{name}: parameters") };
        let (last, layouts) = (members.last().unwrap(), layouts(module));
        assert_eq!(
            (last.offset + layouts[last.ty].size) as usize,
            kernel.params_bytes,
            "{name}: bytes of the parameters"
        );
        assert_eq!(stride as usize, kernel.params_bytes.next_multiple_of(16), "{name}: stride between utterances");
        assert_eq!(layouts[uniform.ty].size, stride * crate::batch::MAX_BATCH as u32, "{name}: utterances");
        for ((at, space), access) in found[1..].iter().zip(kernel.bindings) {
            let expected = match access {
                Access::Read => AddressSpace::Storage { access: StorageAccess::LOAD },
                Access::Write => AddressSpace::Storage { access: StorageAccess::LOAD | StorageAccess::STORE },
                Access::Texture(_) => AddressSpace::Handle,
            };
            assert_eq!(*space, expected, "{name}: binding {}", at.binding);
        }
    }
}

#[test]
fn resources_are_within_the_required_limits() {
    let limits = crate::Context::required_limits();
    for (kernel, shader) in all() {
        let (name, module) = (kernel.name, &shader.module);
        let [entry] = &module.entry_points[..] else { panic!("{name}: {} entry points", module.entry_points.len()) };
        assert_eq!((entry.name.as_str(), entry.stage), ("main", naga::ShaderStage::Compute), "{name}");
        let [x, y, z] = entry.workgroup_size;
        assert!(x * y * z <= limits.max_compute_invocations_per_workgroup, "{name}: {x} x {y} x {z} invocations");
        assert!(
            x <= limits.max_compute_workgroup_size_x && y <= limits.max_compute_workgroup_size_y,
            "{name}: {x}, {y}"
        );
        assert!(z <= limits.max_compute_workgroup_size_z, "{name}: {z}");
        assert_eq!(kernel.workgroup_size(), x * y * z, "{name}: invocations, as read from the WGSL");
        let is_texture = |access: &&Access| matches!(access, Access::Texture(_));
        let textures = kernel.bindings.iter().filter(is_texture).count() as u32;
        assert!(
            textures <= wgpu::Limits::default().max_storage_textures_per_shader_stage,
            "{name}: {textures} textures"
        );
        let buffers = kernel.bindings.len() as u32 - textures;
        assert!(buffers <= limits.max_storage_buffers_per_shader_stage, "{name}: {buffers} storage buffers");
        let bytes = shader.workgroup_bytes();
        assert!(bytes <= limits.max_compute_workgroup_storage_size, "{name}: {bytes} bytes of workgroup memory");
    }
}

#[test]
fn constants_agree_with_the_shaders() {
    for (kernel, names, expected) in CONSTANTS {
        let module = parse(kernel).module;
        let value = |name: &&str| {
            let found = module.constants.iter().find(|(_, constant)| constant.name.as_deref() == Some(name));
            let (_, constant) = found.unwrap_or_else(|| panic!("{} has no constant {name}", kernel.name));
            match module.global_expressions[constant.init] {
                Expression::Literal(Literal::U32(value)) => value,
                ref other => panic!("{}: {name} is {other:?}", kernel.name),
            }
        };
        assert_eq!(names.iter().map(value).product::<u32>(), *expected, "{}: {names:?}", kernel.name);
    }
}

/// WGSL guarantees little accuracy for these functions, and drivers differ; shaders/lib/math.wgsl has replacements.
#[test]
fn no_kernel_uses_inaccurate_builtins() {
    use MathFunction as F;
    let inaccurate = [
        F::Sin,
        F::Cos,
        F::Tan,
        F::Asin,
        F::Acos,
        F::Atan,
        F::Atan2,
        F::Sinh,
        F::Cosh,
        F::Tanh,
        F::Asinh,
        F::Acosh,
        F::Atanh,
        F::Exp,
        F::Exp2,
        F::Log,
        F::Log2,
        F::Pow,
    ];
    for (kernel, Shader { module, .. }) in all() {
        let functions = module.functions.iter().map(|(_, f)| f).chain(module.entry_points.iter().map(|e| &e.function));
        for expression in functions.flat_map(|f| f.expressions.iter().map(|(_, expression)| expression)) {
            if let Expression::Math { fun, .. } = expression {
                assert!(!inaccurate.contains(fun), "{} calls {fun:?}", kernel.name);
            }
        }
    }
}

/// Devices compile the kernels without wgpu's own counter in every loop (src/gpu/kernel.rs), so each loop must end by
/// itself: its counter moves by a constant, or by a parameter that recording has checked, and the body leaves it alone.
#[test]
fn every_loop_ends() {
    const STEPS: [&str; 9] =
        ["8u", "BLOCK4", "STAGED4", "LANES", "4u * LANES", "WG", "WG / params.head4", "params.head4", "params.stride"];
    // A binary search, which halves its range, and a long division, whose shift of at most 131 falls by 16.
    const WHILE: [&str; 2] = ["low < high", "shift > 0"];
    let files = ["shaders", "shaders/lib"].into_iter().flat_map(folder);
    for (name, text) in files {
        let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap().trim()).collect();
        for line in &code {
            assert!(!line.starts_with("loop"), "{name}: {line}");
            if let Some((_, condition)) = line.split_once("while ") {
                assert!(WHILE.contains(&condition.trim_end_matches(" {")), "{name}: {line}");
            }
            let Some((_, header)) = line.split_once("for (var ") else { continue };
            let [start, condition, step] = header.splitn(3, "; ").collect::<Vec<_>>()[..] else {
                panic!("{name}: {line}")
            };
            let counter = start.split_once(" = ").unwrap().0;
            let up = condition.starts_with(&format!("{counter} < "));
            let step = step.split_once(") {").unwrap().0.strip_prefix(counter).unwrap().trim();
            let ends = match step {
                "++" | "<<= 1u" => up,
                ">>= 1u" => condition == format!("{counter} > 0u"),
                _ => up && step.strip_prefix("+= ").is_some_and(|step| STEPS.contains(&step)),
            };
            assert!(ends, "{name}: {line}");
            for change in ["=", "+=", "-=", "<<=", ">>=", "++"] {
                let assigned = code.iter().any(|other| other.starts_with(&format!("{counter} {change}")));
                assert!(!assigned, "{name}: the body of a loop changes {counter}");
            }
        }
    }
}

/// WGSL sets a variable without an initial value to zero whenever its declaration is reached, but in a loop, Chromium 156 on
/// SwiftShader leaves it as the last iteration did, and naga before 30 did so as well.
#[test]
fn variables_in_loops_have_initial_values() {
    let mut in_loops = 0;
    for (name, text) in ["shaders", "shaders/lib"].into_iter().flat_map(folder) {
        // Whether each open block is a loop's.
        let mut blocks = Vec::new();
        for line in text.lines().map(|line| line.split("//").next().unwrap().trim()) {
            if line.starts_with("var ") && blocks.contains(&true) {
                in_loops += 1;
                assert!(line.contains(" = "), "{name}: {line}");
            }
            for (at, brace) in line.match_indices(['{', '}']) {
                match brace {
                    "{" => blocks.push(line[..at].starts_with("for ") || line[..at].starts_with("while ")),
                    _ => drop(blocks.pop().unwrap_or_else(|| panic!("{name}: {line}"))),
                }
            }
        }
        assert!(blocks.is_empty(), "{name}");
    }
    assert!(in_loops > 10, "{in_loops} variables");
}

#[track_caller]
fn unwrap<T>(text: Result<T, String>) -> T {
    text.unwrap_or_else(|message| panic!("{message}"))
}

#[test]
fn kernels_translate_to_spirv() {
    let folder = tempfile::tempdir().unwrap();
    let validator = Command::new("spirv-val").arg("--version").output().is_ok();
    if !validator {
        println!("spirv-val is not installed: SPIR-V is written, but not validated");
    }
    for (kernel, shader) in all() {
        let name = kernel.name;
        for (version, environment) in [((1, 3), "vulkan1.1"), ((1, 6), "vulkan1.3")] {
            for robust in [false, true] {
                let words = unwrap(shader.spirv(version, robust));
                // Older validators don't support cooperative matrices, and neither does Direct3D.
                if validator && shader.has_hlsl() {
                    let file = folder.path().join(name);
                    std::fs::write(&file, bytemuck::cast_slice(&words)).unwrap();
                    let output =
                        Command::new("spirv-val").args(["--target-env", environment]).arg(&file).output().unwrap();
                    let message = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success(), "{name} for {environment}, robust {robust}: {message}");
                }
            }
        }
    }
}

#[test]
fn kernels_translate_to_metal() {
    for (kernel, shader) in all().filter(|(_, shader)| shader.has_msl()) {
        let text = unwrap(shader.msl());
        assert!(text.contains("kernel void main_("), "{}: {text}", kernel.name);
    }
}

#[test]
fn kernels_translate_to_direct3d() {
    for (kernel, shader) in all().filter(|(_, shader)| shader.has_hlsl()) {
        // 5.1 is for the old compiler (FXC), to which wgpu falls back. Subgroups need the new one (DXC).
        let subgroups = kernel.name.contains("subgroup");
        let older = (!subgroups).then_some(ShaderModel::V5_1);
        for model in older.into_iter().chain([ShaderModel::V6_0, ShaderModel::V6_2]) {
            let text = unwrap(shader.hlsl(model));
            assert!(text.contains("void main("), "{} for {model:?}: {text}", kernel.name);
        }
    }
}
