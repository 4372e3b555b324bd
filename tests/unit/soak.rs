//! Many utterances, in sequence and in parallel: no leaks, no interference.

use std::fmt::Write as _;
use std::future::Future as _;
use std::task::{Context, Waker};
use std::time::Duration;

use super::network::{assert_same, context, default_limits, fresh, load_narrow, narrow, resident, utterance};
use crate::{Job, Speech, Synthesizer, block_on};

/// About a day's use, for KOKORO_LONG_TESTS; and a number for every test run.
const MANY: usize = 2_000;
const FEW: usize = 45;
/// Lengths of sentences in tokens. The first is the longest, so that the buffers are allocated once.
const LENGTHS: [usize; 9] = [120, 1, 37, 8, 64, 2, 99, 15, 53];

#[test]
fn utterances_of_mixed_lengths_do_not_leak_memory() {
    if context().is_none() {
        return;
    }
    let count = if std::env::var_os("KOKORO_LONG_TESTS").is_some() { MANY } else { FEW };
    // A separate device, because other tests allocate on the shared one.
    let context = default_limits();
    let mut synthesizer = Synthesizer::new(&load_narrow(&context)).unwrap();
    // Host and GPU memory in MiB after each utterance.
    let mut memory = Vec::with_capacity(count);
    for at in 0..count {
        let spoken = utterance(LENGTHS[at % LENGTHS.len()]);
        synthesizer = match at % 5 {
            // A job cancelled half-way, and a dropped future.
            0 => {
                let mut job = Job::new(synthesizer, &spoken);
                while job.progress() < 0.5 {
                    job.step(Duration::from_millis(1)).unwrap();
                }
                job.cancel()
            }
            1 => {
                let mut future = Box::pin(synthesizer.synthesize(&spoken));
                let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                drop(future);
                synthesizer
            }
            _ => {
                block_on(synthesizer.synthesize(&spoken)).unwrap();
                synthesizer
            }
        };
        memory.push([resident().unwrap_or_default() as f64, context.memory().used as f64 / f64::from(1 << 20)]);
    }
    if let Some(path) = std::env::var_os("KOKORO_SOAK_SVG") {
        std::fs::write(path, picture(&memory)).unwrap();
    }
    let most = |memory: &[[f64; 2]]| [0, 1].map(|which| memory.iter().map(|mib| mib[which]).fold(0.0, f64::max));
    let (settled, end) = (most(&memory[count / 4..count / 2]), most(&memory[count / 4 * 3..]));
    println!(
        "{count} utterances: at most {settled:.1?} MiB of host and GPU in the second quarter, {end:.1?} in the last"
    );
    // A dropped future also frees its readback.
    assert_eq!(settled[1], end[1], "GPU memory");
    // In the short run, other tests of this process allocate as well.
    if count == MANY {
        assert!(end[0] < settled[0] + 8.0, "host memory");
    }
}

/// An SVG of memory over utterances.
fn picture(memory: &[[f64; 2]]) -> String {
    let most = memory.iter().flatten().copied().fold(0.0, f64::max).max(1.0);
    let point = |at: usize, mib: f64| [60.0 + 620.0 * at as f64 / memory.len() as f64, 260.0 - 220.0 * mib / most];
    let mut svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"300\" font-family=\"sans-serif\" \
                   font-size=\"12\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        .to_owned();
    for (which, (name, colour)) in [("host, resident", "#0072b2"), ("GPU buffers", "#d55e00")].into_iter().enumerate() {
        let points = memory.iter().enumerate().map(|(at, mib)| point(at, mib[which]));
        let points: Vec<String> = points.map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>");
        let [x, y] = point(memory.len() / 8, memory[memory.len() / 8][which]);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>", y - 6.0);
    }
    for part in 0..=4 {
        let [x, y] = point(memory.len() * part / 4, most * part as f64 / 4.0);
        let (count, mib) = (memory.len() * part / 4, most * part as f64 / 4.0);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"278\" text-anchor=\"middle\">{count}</text>");
        let _ = writeln!(svg, "<text x=\"52\" y=\"{y:.1}\" text-anchor=\"end\">{mib:.0}</text>");
    }
    svg + "<text x=\"60\" y=\"20\" font-weight=\"bold\">MiB after so many utterances of 1 to 120 tokens</text>\n</svg>\n"
}

#[test]
fn sixteen_threads_do_not_interfere() {
    let Some(model) = narrow() else { return };
    let lengths = [3, 11, 24];
    let expected: Vec<Speech> = lengths.iter().map(|count| fresh(model, &utterance(*count))).collect();
    let expected = &expected;
    std::thread::scope(|scope| {
        for thread in 0..16 {
            scope.spawn(move || {
                let mut synthesizer = Synthesizer::new(model).unwrap();
                for round in 0..3 {
                    let which = (thread + round) % lengths.len();
                    let spoken = utterance(lengths[which]);
                    match (thread + round) % 4 {
                        0 => {
                            let mut future = Box::pin(synthesizer.synthesize(&spoken));
                            let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                        }
                        1 => {
                            let mut job = Job::new(synthesizer, &spoken);
                            job.step(Duration::from_millis(3)).unwrap();
                            synthesizer = job.cancel();
                        }
                        _ => {}
                    }
                    let speech = block_on(synthesizer.synthesize(&spoken)).unwrap();
                    assert_same(&format!("thread {thread}, round {round}"), &speech, &expected[which]);
                }
            });
        }
    });
}
