//! The self-check on this adapter, and with kernels that were modified to compute wrong results.

use super::network::context;
use crate::kernels::{ALL, in_network, variants_of};
use crate::verify::{SelfCheck, SelfCheckResult, Trial};
use crate::{AdapterChoice, Context, ConvVariant, Error, block_on};

fn fresh() -> Context {
    block_on(Context::new(&AdapterChoice::Fastest)).unwrap()
}

fn failing(check: &SelfCheck) -> Vec<&Trial> {
    check.trials.iter().filter(|trial| !trial.passed()).collect()
}

#[test]
fn this_adapter_passes() {
    let Some(context) = context() else { return };
    let check = block_on(context.self_check()).unwrap();
    assert!(failing(&check).is_empty() && check.passed() && check.result().is_ok(), "{:#?}", failing(&check));
    assert_eq!((&check.passing, &check.failing), (&context.conv_variants(), &Vec::new()));
    // Mesa 22 stops every loop at 65,535.
    assert!([Some(65_535), Some(100_000)].contains(&check.loop_iterations), "{:?}", check.loop_iterations);
    let worst = check.trials.iter().map(|trial| trial.error / trial.bound).filter(|share| !share.is_nan());
    let worst = worst.fold(0.0, f64::max);
    println!("{} comparisons in {:.2} s, at most {worst:.2} of a bound", check.trials.len(), check.seconds);
}

/// Description, and kernel, original code and replacement: at least one fault for every kernel, similar to those of
/// compilers and drivers.
const FAULTS: [(&str, [&str; 3]); 56] = [
    ("the last depth is left out", ["conv1d.half", "d < DEPTH4; d++", "d + 1u < DEPTH4; d++"]),
    ("a part of the sum is lost", ["conv1d.half.small", "if local.z < parts {", "if local.z < parts - 1u {"]),
    ("a quarter is another's", ["conv1d.matrix8", "quarter % 2u * QUARTER_SIDE;", "quarter / 2u * QUARTER_SIDE;"]),
    ("the last depth is left out", ["conv1d.matrix8", "d < 4u * STAGED4 / SIDE", "d < 4u * STAGED4 / SIDE - 1u"]),
    (
        "operands are a thousandth too large",
        ["conv1d.matrix8", "let half = to_half(value);", "let half = to_half(value * 1.001);"],
    ),
    ("a quarter is another's", ["conv1d.matrix16", "quarter % 2u * QUARTER_SIDE;", "quarter / 2u * QUARTER_SIDE;"]),
    (
        "a row's neighbour is handed round",
        ["conv1d.subgroup", "subgroupBroadcast(own, 3u)", "subgroupBroadcast(own, 2u)"],
    ),
    (
        "the edge's columns belong to others",
        ["conv1d.subgroup", "column < params.columns4", "column < params.columns4 + 32u"],
    ),
    ("a texel is of the next row", ["conv1d.subgroup.texture", "index / ROW)", "index / ROW + 1u)"]),
    (
        "the last row of a tile is left out",
        ["conv1d", "r < TM; r++) { store_output", "r < TM - 1u; r++) { store_output"],
    ),
    ("rows beyond x are read", ["conv1d", "t < i32(params.in_rows)", "t <= i32(params.in_rows)"]),
    ("GELU is of the next row", ["conv1d", "row0 + i / TN4", "row0 + 1u + i / TN4"]),
    (
        "operands are cut to ten bits",
        ["conv1d", "return stored;", "return bitcast<vec4<f32>>(bitcast<vec4<u32>>(stored) & vec4(0xffffe000u));"],
    ),
    (
        "a lane carries one value too few",
        ["conv1d.shared", "i < LOADS_X; i++) { tile_x", "i + 1u < LOADS_X; i++) { tile_x"],
    ),
    ("a column is another's", ["conv1d.wide", "local.x + n * LANES_X", "local.x + (n ^ 1u) * LANES_X"]),
    ("a part of the sum is lost", ["conv1d.small", "if local.z < parts {", "if local.z < parts - 1u {"]),
    ("the driver refuses it", ["conv1d.shared", "fn fetch_x(", "fn fetch_x)("]),
    (
        "halves are swapped",
        [
            "conv1d.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    (
        "halves are swapped",
        [
            "conv1d.shared.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    (
        "halves are swapped",
        [
            "conv1d.wide.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    (
        "halves are swapped",
        [
            "conv1d.small.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    (
        "halves are swapped",
        [
            "conv1d.subgroup.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    (
        "halves are swapped",
        [
            "conv1d.subgroup.texture.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    (
        "LeakyReLU's slope is dropped",
        ["instance_norm.leaky", "max(value, value * params.slope)", "max(value, vec4(0.0))"],
    ),
    (
        "one key is left out",
        ["attention", "s < params.tokens; s += WG / params.head4", "s + 1u < params.tokens; s += WG / params.head4"],
    ),
    (
        "the largest score is not the largest",
        ["attention", "max_score = max(max_score, score)", "max_score = score * 0.0 - 3.0e38"],
    ),
    (
        "the reflected row is missing",
        ["add", "index + params.pitch4, index < params.pitch4", "index, index < params.pitch4"],
    ),
    ("columns are off by one", ["concat", "row * params.pitches.y + column]", "row * params.pitches.y + column + 1u]"]),
    ("a tap is off by one", ["conv_transpose1d", "k < params.taps && k <= row", "k + 1u < params.taps && k <= row"]),
    ("a duration is rounded down", ["duration", "fraction > 0.5", "fraction > 1.5"]),
    (
        "a token's frames do not count",
        ["duration", "end += frames[params.offset + t];", "end += select(frames[params.offset + t], 0u, t == 2u);"],
    ),
    ("the wrong position", ["embed", "positions[id.x]", "positions[column]"]),
    ("a search skips a token", ["expand", "low = middle + 1u", "low = middle + 2u"]),
    ("statistics lose a row", ["instance_norm", "row < params.rows; row", "row + 1u < params.rows; row"]),
    ("squares are not centred", ["instance_norm", "squares - sum * own_mean", "squares - own_mean * own_mean"]),
    ("rows start one too late", ["instance_norm.texture", "x_at(first + row", "x_at(first + 1u + row"]),
    ("the last frame is missing", ["istft", "hop + 2u - d >= params.frames", "hop + 3u - d >= params.frames"]),
    (
        "sin without its reduction",
        ["istft", "sin4(vec4(x[row + BINS + k])).x", "sin_reduced4(vec4(x[row + BINS + k])).x"],
    ),
    ("variance of one less", ["layer_norm", "/ channels + params.eps", "/ (channels - 1.0) + params.eps"]),
    ("the last state is lost", ["lstm", "h[unit] = output;", "h[unit] = select(output, 0.0, unit == 0u);"]),
    ("tanh ends below one", ["lstm", "sign(x) * (1.0 - 2.0", "sign(x) * (0.9999 - 2.0"]),
    ("both directions run forwards", ["lstm.pair", "direction % 2u == 1u", "direction == 3u"]),
    (
        "halves are swapped",
        [
            "lstm.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    ("a half is lost", ["lstm.pair.f16", "unpack2x16float(stored.y)", "vec2(0.0)"]),
    (
        "a unit's neighbour is handed round",
        ["lstm.subgroup.texture", "subgroupBroadcast(own, 3u)", "subgroupBroadcast(own, 2u)"],
    ),
    ("a texel is of the next row", ["lstm.pair.subgroup.texture", "index / ROW)", "index / ROW + 1u)"]),
    (
        "halves are swapped",
        [
            "lstm.subgroup.texture.f16",
            "unpack2x16float(stored.x), unpack2x16float(stored.y)",
            "unpack2x16float(stored.y), unpack2x16float(stored.x)",
        ],
    ),
    ("a half is lost", ["lstm.pair.subgroup.texture.f16", "unpack2x16float(stored.y)", "vec2(0.0)"]),
    ("noise of another hash", ["source", "1664525u", "1664527u"]),
    ("a phase loses its top bit", ["source", "k * (t >> 1u)", "((k * t) >> 1u)"]),
    ("a scan leaves a lane out", ["source_phase", "local_index >= span", "local_index > span"]),
    ("the angle is -pi", ["stft", "im < 0.0)", "im <= 0.0)"]),
    ("Snake's sin without its reduction", ["winograd_input", "sin_reduced4(reduce_pi4(x).r)", "sin_reduced4(x)"]),
    ("a texel is of the next row", ["winograd_input.texture", "index / ROW)", "index / ROW + 1u)"]),
    ("a wrong sign", ["winograd_output", "- 3.375 * m5", "+ 3.375 * m5"]),
    ("the residual is the sum's", ["winograd_output.texture", "textureLoad(residual, texel(index))", "sum[index]"]),
];

#[test]
fn injected_faults_are_caught() {
    if context().is_none() {
        return;
    }
    let context = block_on(Context::with_half_precision(&AdapterChoice::Fastest)).unwrap();
    let (kernels, first) = (context.conv_variants(), context.conv_variant());
    let mut missed = Vec::new();
    for (description, fault) in FAULTS {
        let kernel = ALL.iter().find(|kernel| kernel.name == fault[0]).unwrap();
        let users = variants_of(kernel);
        let is_user = |variant: &ConvVariant| users.iter().any(|(user, _)| user == variant);
        // A fault in what several variants share shows with any of them.
        let Some(at_fault) = kernels.iter().copied().find(is_user) else {
            println!("skipped: {} is not supported by this device", kernel.name);
            continue;
        };
        context.inject_fault(Some(fault));
        // Beside it one without the kernel, which stays enabled.
        let sound = [first].iter().chain(&kernels).find(|variant| !is_user(variant)).copied();
        let checked: Vec<ConvVariant> = [at_fault].into_iter().chain(sound).collect();
        let check = block_on(context.self_check_of(&checked)).unwrap();
        let caught = failing(&check);
        let Some(Trial { conv, name, error, bound, .. }) = caught.first() else {
            missed.push((description, fault));
            continue;
        };
        println!("| `{}` | {description} | {name}, {conv} | {error:.1e} | {bound:.1e} |", kernel.name);
        match sound {
            Some(_) => assert_disabled(&context, &check, at_fault, &kernels),
            None => match check.result() {
                Err(Error::SelfCheck { adapter, what, .. }) => {
                    assert_eq!((adapter.contains(&context.info().name), &what), (true, name));
                    assert_eq!(context.conv_variants(), kernels, "none is disabled if none passes");
                }
                other => panic!("{description}: {other:?}"),
            },
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:#?}");
    // Without a fault, every kernel passes and is enabled again.
    context.inject_fault(None);
    let check = block_on(context.self_check()).unwrap();
    assert!(failing(&check).is_empty(), "{:#?}", failing(&check));
    assert_eq!(context.conv_variants(), kernels);
    context.set_conv_variant(first).unwrap();
}

/// Asserts that this variant, and no other of all, is disabled.
#[track_caller]
fn assert_disabled(context: &Context, check: &SelfCheck, variant: ConvVariant, all: &[ConvVariant]) {
    assert_eq!(check.failing, [variant]);
    assert!(check.result().is_ok());
    assert!(!check.passing.is_empty());
    let others: Vec<_> = all.iter().filter(|other| **other != variant).copied().collect();
    assert_eq!(context.conv_variants(), others);
    assert!(!check.passing.contains(&variant) && context.conv_variant() != variant);
    match context.set_conv_variant(variant) {
        Err(Error::Argument { reason, .. }) => {
            assert!(reason.contains(&format!("found {variant} wrong")), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kernel_has_an_injected_fault() {
    for kernel in ALL.iter().filter(|kernel| in_network(kernel)) {
        assert!(FAULTS.iter().any(|(_, [name, ..])| *name == kernel.name), "{} has none", kernel.name);
    }
}

#[test]
fn a_result_is_cached() {
    if context().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let fault = ["conv1d.shared", "i < LOADS_X; i++) { tile_x", "i + 1u < LOADS_X; i++) { tile_x"];
    let first = fresh();
    first.inject_fault(Some(fault));
    let result = block_on(first.self_check_once(&path)).unwrap();
    assert_eq!(result.failing, [ConvVariant::Shared]);

    // A second context reads it, runs nothing, and disables the same kernel.
    let second = fresh();
    assert_eq!(block_on(second.self_check_once(&path)).unwrap(), result);
    assert_eq!(second.compiled_pipelines(), 0, "something ran");
    assert!(!second.conv_variants().contains(&ConvVariant::Shared));

    // A damaged file is ignored.
    let file = path.read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, &std::fs::read(&file).unwrap()[..40]).unwrap();
    let third = fresh();
    assert_eq!(block_on(third.self_check_once(&path)).unwrap().failing, []);
    assert!(third.compiled_pipelines() > 0 && third.conv_variants().contains(&ConvVariant::Shared));
    assert_eq!(path.read_dir().unwrap().count(), 1, "no temporary file is left");
    assert_eq!(block_on(fresh().self_check_once(&path)).unwrap().failing, []);
}

#[test]
fn the_fastest_kernel_is_used_and_cached() {
    if context().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let first = fresh();
    let result = block_on(first.self_check_once(folder.path())).unwrap();
    let measured: Vec<ConvVariant> = result.speeds.iter().map(|speed| speed.conv).collect();
    assert_eq!(measured, result.passing);
    assert!(result.speeds.iter().all(|speed| speed.gflops > 0.0), "{:?}", result.speeds);
    assert_eq!(Some(first.conv_variant()), result.fastest());
    assert_eq!(SelfCheckResult::open(first.info(), folder.path()), Some(result.clone()));

    // Each kernel in turn is cached as the fastest: the next context uses it and measures nothing.
    let file = folder.path().read_dir().unwrap().next().unwrap().unwrap().path();
    let mut cached: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for (index, fastest) in measured.into_iter().enumerate() {
        for (other, speed) in cached["speeds"].as_array_mut().unwrap().iter_mut().enumerate() {
            speed["gflops"] = if other == index { 31.5 } else { 7.0 }.into();
        }
        std::fs::write(&file, cached.to_string()).unwrap();
        let next = fresh();
        block_on(next.self_check_once(folder.path())).unwrap();
        assert_eq!((next.conv_variant(), next.compiled_pipelines()), (fastest, 0));
        assert_eq!(next.flops_per_submit(), 8_000_000_000);
    }
    // A faster adapter's submissions are larger: 5 ms at 20 TFLOP/s.
    cached["speeds"][0]["gflops"] = 20e3.into();
    std::fs::write(&file, cached.to_string()).unwrap();
    let next = fresh();
    block_on(next.self_check_once(folder.path())).unwrap();
    assert_eq!(next.flops_per_submit(), 100_000_000_000);
    // Measured again despite the cached result. A folder that cannot be created is an error only here.
    let again = fresh();
    let result = block_on(again.self_check_again(folder.path())).unwrap();
    assert!(again.compiled_pipelines() > 0 && Some(again.conv_variant()) == result.fastest());
    assert_eq!(SelfCheckResult::open(again.info(), folder.path()), Some(result));
    let impossible = file.join("folder");
    assert!(!block_on(again.self_check_once(&impossible)).unwrap().passing.is_empty());
    assert!(matches!(block_on(again.self_check_again(&impossible)), Err(Error::Io { .. })));
}

#[test]
fn failing_kernels_are_not_measured() {
    if context().is_none() {
        return;
    }
    let context = fresh();
    let all = context.conv_variants();
    context.inject_fault(Some(["conv1d.shared", "i < LOADS_X; i++) { tile_x", "i + 1u < LOADS_X; i++) { tile_x"]));
    let check = block_on(context.self_check()).unwrap();
    assert_eq!(check.failing, [ConvVariant::Shared]);
    let speeds = block_on(context.tune()).unwrap();
    let passing: Vec<ConvVariant> = all.into_iter().filter(|variant| *variant != ConvVariant::Shared).collect();
    assert_eq!(speeds.iter().map(|speed| speed.conv).collect::<Vec<_>>(), passing);
    assert!(passing.contains(&context.conv_variant()));
}

#[test]
fn a_fault_without_alternative_is_an_error_each_time() {
    if context().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let context = fresh();
    context.inject_fault(Some(["istft", "hop + 2u - d >= params.frames", "hop + 3u - d >= params.frames"]));
    for _ in 0..2 {
        match block_on(context.self_check_once(folder.path())) {
            Err(error @ Error::SelfCheck { .. }) => {
                let text = error.to_string();
                for words in ["audio", "Update its driver", "kokoro info --report"] {
                    assert!(text.contains(words), "{words}: {text}");
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "errors are not cached");
}

#[test]
fn concurrent_checks_do_not_disturb_each_other() {
    let Some(context) = context() else { return };
    let folder = tempfile::tempdir().unwrap();
    let check = || block_on(fresh().self_check_once(folder.path())).unwrap();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(check)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // The measured speeds differ.
    let same = |result: &SelfCheckResult| result.failing.is_empty() && result.passing == results[0].passing;
    assert!(results.iter().all(same), "{results:?}");
    let cached = SelfCheckResult::open(context.info(), folder.path()).unwrap();
    assert!(results.contains(&cached), "{cached:?} of {results:?}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
}
