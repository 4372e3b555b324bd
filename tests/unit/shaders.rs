//! Every kernel in every variant without a GPU: valid, as its description says, within WebGPU's default limits, and
//! translatable for Vulkan, Metal and Direct3D.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use naga::back::{hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy, Layouter};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Expression, Literal, MathFunction, Module, StorageAccess};

use crate::ConvVariant;
use crate::gpu::{Access, Kernel};
use crate::kernels::{ALL, CONSTANTS};

/// What WGSL has without extensions, of what naga asks for: the conversions of packed f16.
const BASELINE: Capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32;

/// The form of the convolutions that a kernel is of: its name's second part.
fn is_form(kernel: &Kernel, form: ConvVariant) -> bool {
    kernel.name.split('.').nth(1) == Some(form.to_string().as_str())
}

/// What a kernel may use: a form of the convolutions is run only where there is what it needs.
fn capabilities(kernel: &Kernel) -> Capabilities {
    let subgroups = is_form(kernel, ConvVariant::Subgroup) || is_form(kernel, ConvVariant::Matrix);
    let mut all = BASELINE;
    all.set(Capabilities::SUBGROUP, subgroups);
    all.set(Capabilities::COOPERATIVE_MATRIX, is_form(kernel, ConvVariant::Matrix));
    all
}

fn parse(kernel: &Kernel) -> (Module, ModuleInfo) {
    let (name, source, capabilities) = (kernel.name, kernel.wgsl(), capabilities(kernel));
    let mut frontend = naga::front::wgsl::Frontend::new_with_options(naga::front::wgsl::Options {
        capabilities,
        ..naga::front::wgsl::Options::new()
    });
    let module = frontend.parse(&source).unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(&source)));
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module);
    (module, info.unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(&source))))
}

fn modules() -> impl Iterator<Item = (&'static Kernel, Module, ModuleInfo)> {
    ALL.iter().map(|kernel| {
        let (module, info) = parse(kernel);
        (*kernel, module, info)
    })
}

fn layouts(module: &Module) -> Layouter {
    let mut layouts = Layouter::default();
    layouts.update(module.to_ctx()).unwrap();
    layouts
}

#[test]
fn kernels_have_names_of_their_own() {
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

/// The .wgsl files of a folder: name and text.
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
    for (kernel, module, _) in modules() {
        let name = kernel.name;
        let mut found: Vec<_> = module
            .global_variables
            .iter()
            .filter_map(|(_, global)| Some((global.binding?, global)))
            .map(|(at, global)| {
                assert_eq!(at.group, 0, "{name}: group of binding {}", at.binding);
                (at.binding, global)
            })
            .collect();
        found.sort_by_key(|(binding, _)| *binding);
        let numbers: Vec<u32> = found.iter().map(|(binding, _)| *binding).collect();
        assert_eq!(numbers, (0..=kernel.bindings.len() as u32).collect::<Vec<_>>(), "{name}: bindings");

        let (_, scalars) = found[0];
        assert_eq!(scalars.space, AddressSpace::Uniform, "{name}: binding 0");
        let naga::TypeInner::Array { base, stride, .. } = module.types[scalars.ty].inner else {
            panic!("{name}: binding 0 is no array");
        };
        let naga::TypeInner::Struct { members, .. } = &module.types[base].inner else { panic!("{name}: scalars") };
        let (last, layouts) = (members.last().unwrap(), layouts(&module));
        assert_eq!((last.offset + layouts[last.ty].size) as usize, kernel.params, "{name}: bytes of scalars");
        assert_eq!(stride as usize, kernel.params.next_multiple_of(16), "{name}: distance between utterances");
        assert_eq!(layouts[scalars.ty].size, stride * crate::shape::BATCH as u32, "{name}: utterances");
        for ((binding, global), access) in found[1..].iter().zip(kernel.bindings) {
            let expected = match access {
                Access::Read => StorageAccess::LOAD,
                Access::Write => StorageAccess::LOAD | StorageAccess::STORE,
            };
            assert_eq!(global.space, AddressSpace::Storage { access: expected }, "{name}: binding {binding}");
        }
    }
}

#[test]
fn resources_are_within_webgpus_default_limits() {
    let limits = wgpu::Limits::default();
    for (kernel, module, _) in modules() {
        let name = kernel.name;
        let [entry] = &module.entry_points[..] else { panic!("{name}: {} entry points", module.entry_points.len()) };
        assert_eq!((entry.name.as_str(), entry.stage), ("main", naga::ShaderStage::Compute), "{name}");
        let [x, y, z] = entry.workgroup_size;
        assert!(x * y * z <= limits.max_compute_invocations_per_workgroup, "{name}: {x} x {y} x {z} invocations");
        assert!(
            x <= limits.max_compute_workgroup_size_x && y <= limits.max_compute_workgroup_size_y,
            "{name}: {x}, {y}"
        );
        assert!(z <= limits.max_compute_workgroup_size_z, "{name}: {z}");
        let buffers = kernel.bindings.len() as u32;
        assert!(buffers <= limits.max_storage_buffers_per_shader_stage, "{name}: {buffers} storage buffers");
        let layouts = layouts(&module);
        let shared = module.global_variables.iter().filter(|(_, global)| global.space == AddressSpace::WorkGroup);
        let bytes: u32 = shared.map(|(_, global)| layouts[global.ty].size.next_multiple_of(16)).sum();
        assert!(bytes <= limits.max_compute_workgroup_storage_size, "{name}: {bytes} bytes of workgroup memory");
    }
}

#[test]
fn constants_agree_with_the_shaders() {
    for (kernel, names, expected) in CONSTANTS {
        let (module, _) = parse(kernel);
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

/// WGSL promises these loosely, and drivers differ; shaders/lib/math.wgsl has ours.
#[test]
fn no_kernel_relies_on_the_drivers_functions() {
    use MathFunction as F;
    let loose = [
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
    for (kernel, module, _) in modules() {
        let functions = module.functions.iter().map(|(_, f)| f).chain(module.entry_points.iter().map(|e| &e.function));
        for expression in functions.flat_map(|f| f.expressions.iter().map(|(_, expression)| expression)) {
            if let Expression::Math { fun, .. } = expression {
                assert!(!loose.contains(fun), "{} calls {fun:?}", kernel.name);
            }
        }
    }
}

#[test]
fn kernels_translate_to_spirv() {
    let folder = tempfile::tempdir().unwrap();
    let validator = Command::new("spirv-val").arg("--version").output().is_ok();
    if !validator {
        println!("SPIR-V is written, but not validated: spirv-val is absent");
    }
    for (kernel, module, info) in modules() {
        let name = kernel.name;
        let options = spv::Options { lang_version: (1, 3), bounds_check_policies: unchecked(), ..Default::default() };
        let words = spv::write_vec(&module, &info, &options, None).unwrap_or_else(|e| panic!("{name}: {e}"));
        // Validators of this decade's beginning don't know cooperative matrices.
        if validator && !is_form(kernel, ConvVariant::Matrix) {
            let file = folder.path().join(name);
            std::fs::write(&file, bytemuck::cast_slice(&words)).unwrap();
            let output = Command::new("spirv-val").args(["--target-env", "vulkan1.1"]).arg(&file).output().unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn kernels_translate_to_metal() {
    for (kernel, module, info) in modules() {
        let name = kernel.name;
        let mut resources = msl::EntryPointResources::default();
        let mut slots = 0..;
        for (_, global) in module.global_variables.iter() {
            let Some(binding) = global.binding else { continue };
            let stores = |access: StorageAccess| access.contains(StorageAccess::STORE);
            let mutable = matches!(global.space, AddressSpace::Storage { access } if stores(access));
            let target = msl::BindTarget { buffer: slots.next(), mutable, ..Default::default() };
            resources.resources.insert(binding, target);
        }
        resources.sizes_buffer = slots.next();
        let options = msl::Options {
            lang_version: (2, 4),
            fake_missing_bindings: false,
            bounds_check_policies: unchecked(),
            per_entry_point_map: [("main".to_owned(), resources)].into(),
            ..Default::default()
        };
        let (text, translation) = msl::write_string(&module, &info, &options, &msl::PipelineOptions::default())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let [Ok(entry)] = &translation.entry_point_names[..] else {
            panic!("{name}: {:?}", translation.entry_point_names);
        };
        assert!(text.contains(&format!("kernel void {entry}(")), "{name}: {text}");
    }
}

#[test]
fn kernels_translate_to_direct3d() {
    for (kernel, module, info) in modules() {
        let name = kernel.name;
        // Direct3D has no such matrices, and wgpu never offers them there.
        if is_form(kernel, ConvVariant::Matrix) {
            continue;
        }
        let bindings: Vec<_> = module.global_variables.iter().filter_map(|(_, global)| global.binding).collect();
        let target = |binding: u32| hlsl::BindTarget { register: binding, ..Default::default() };
        // The oldest that Direct3D 12 compiles: wgpu falls back to it where the newer compiler is absent.
        for shader_model in [hlsl::ShaderModel::V5_1, hlsl::ShaderModel::V6_2] {
            // Subgroups came with the newer one, and wgpu offers them only with it.
            if is_form(kernel, ConvVariant::Subgroup) && shader_model == hlsl::ShaderModel::V5_1 {
                continue;
            }
            let options = hlsl::Options {
                shader_model,
                binding_map: bindings.iter().map(|at| (*at, target(at.binding))).collect(),
                fake_missing_bindings: false,
                ..Default::default()
            };
            let (mut text, pipeline) = (String::new(), hlsl::PipelineOptions::default());
            let reflection = hlsl::Writer::new(&mut text, &options, &pipeline)
                .write(&module, &info, None)
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            let [Ok(entry)] = &reflection.entry_point_names[..] else {
                panic!("{name}: {:?}", reflection.entry_point_names);
            };
            assert!(text.contains(&format!("void {entry}(")), "{name}: {text}");
        }
    }
}

fn unchecked() -> BoundsCheckPolicies {
    use BoundsCheckPolicy::Unchecked;
    BoundsCheckPolicies { index: Unchecked, buffer: Unchecked, image_load: Unchecked, binding_array: Unchecked }
}
