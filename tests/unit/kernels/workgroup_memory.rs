//! Workgroup memory is not zeroed on Metal and Direct3D 12 (src/gpu/kernel.rs): each kernel writes what it reads. On Vulkan wgpu
//! zeroes it, so here each kernel first fills it with a large value.

use naga::{AddressSpace, ArraySize, Scalar, TypeInner};

use crate::gpu::Kernel;
use crate::kernels::{ALL, variants_of};
use crate::tests::network::context;
use crate::tests::translate::Shader;
use crate::{AdapterChoice, Context, ConvVariant, block_on};

/// The first statement of every kernel that has workgroup memory.
const FIRST: &str = "let params = batch[";

/// Statements that fill all workgroup memory of a kernel; none if it has none.
fn fill(kernel: &Kernel) -> Option<String> {
    let module = Shader::parse(kernel.name, kernel.source).unwrap().module;
    let globals = module.global_variables.iter().map(|(_, global)| global);
    let loops = globals.filter(|global| global.space == AddressSpace::WorkGroup).map(|global| {
        let name = global.name.as_ref().unwrap();
        let TypeInner::Array { base, size: ArraySize::Constant(count), .. } = module.types[global.ty].inner else {
            panic!("{}: {name} is no array", kernel.name)
        };
        let value = match module.types[base].inner {
            TypeInner::Scalar(Scalar::F32) => "3e38",
            TypeInner::Vector { scalar: Scalar::F32, .. } => "vec4(3e38)",
            TypeInner::Scalar(Scalar::F16) => "6e4h",
            TypeInner::Vector { scalar: Scalar::F16, .. } => "vec4(6e4h)",
            TypeInner::Scalar(Scalar::U32) => "0xdeadbeefu",
            ref other => panic!("{}: {name} is an array of {other:?}", kernel.name),
        };
        let lanes = kernel.workgroup_size();
        format!("for (var i = fill_index; i < {count}u; i += {lanes}u) {{ {name}[i] = {value}; }}")
    });
    let loops: Vec<String> = loops.collect();
    if loops.is_empty() {
        return None;
    }
    let index = if kernel.source.contains("local_invocation_index) unit") { "unit" } else { "local_index" };
    Some(format!("let fill_index = {index}; {} workgroupBarrier(); ", loops.join(" ")))
}

/// Whether the self-check passes with these faults, all of whose kernels it runs.
fn passes_with(context: &Context, faults: &[[&'static str; 3]]) -> bool {
    context.inject_faults(faults.to_vec());
    let check = block_on(context.self_check()).unwrap();
    let ran = context.compiled_kernels();
    faults.iter().for_each(|[name, ..]| assert!(ran.contains(name), "{name} did not run"));
    context.inject_fault(None);
    check.failing.is_empty()
}

#[test]
fn kernels_write_workgroup_memory_before_they_read_it() {
    if context().is_none() {
        return;
    }
    let context = block_on(Context::with_half_precision(&AdapterChoice::Fastest)).unwrap();
    let variants = context.conv_variants();
    let runs = |kernel: &Kernel| variants_of(kernel).iter().any(|(variant, _)| variants.contains(variant));
    // Float16 weights are only another way to read.
    let kernels = ALL.iter().filter(|kernel| runs(kernel) && !kernel.name.ends_with(".f16"));
    let filled = kernels.filter_map(|kernel| {
        let fill = fill(kernel)?;
        assert_eq!(kernel.source.matches(FIRST).count(), 1, "{}", kernel.name);
        Some([kernel.name, FIRST, &*(fill + FIRST).leak()])
    });
    let filled: Vec<[&str; 3]> = filled.collect();
    let half = variants.contains(&ConvVariant::Half).then_some("conv1d.half.small");
    for name in ["conv1d.small", "attention"].into_iter().chain(half) {
        assert!(filled.iter().any(|[filled, ..]| *filled == name), "{filled:?}");
    }
    if !passes_with(&context, &filled) {
        let reads = filled.iter().filter(|fault| !passes_with(&context, &[**fault])).map(|[name, ..]| name);
        panic!("{:?} read what they have not written", reads.collect::<Vec<_>>());
    }
    // What is filled where the kernel has written already is noticed.
    let late = "sum = stretch_sums[local_index] - sum;";
    assert!(!passes_with(&context, &[["source_phase", late, "sum = 0xdeadbeefu;"]]), "a fault passed");
}
