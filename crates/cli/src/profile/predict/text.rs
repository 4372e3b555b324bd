//! Predictions as text.

use std::fmt::Write;

use super::model::{MEMORY_EFFICIENCY, Time};
use super::{FRAMES_PER_TOKEN, Group, Prediction, ROUND_TRIPS};

/// One line for each chip and length.
pub fn overview(predictions: &[Prediction<'_>]) -> String {
    let width = predictions.iter().map(|p| p.chip.key.len()).max().unwrap_or(0).max("chip".len());
    let mut out = format!(
        "{:<width$}  {:>6}  {:>7}  {:>10}  {:>9}  {:>11}  {:>9}  share of the time bound by\n{:width$}  {:>6}  {:>7}  {:>10}  {:>9}  {:>11}  {:>9}",
        "chip", "tokens", "audio s", "dispatches", "ms", "x real time", "generator", "", "", "", "", "", "", "of peak"
    );
    for (bound, _) in Time::default().bounds() {
        let _ = write!(out, "  {bound:>7}");
    }
    out += "     host\n";
    for prediction in predictions {
        let (gpu, seconds) = (prediction.gpu(), prediction.seconds());
        let _ = write!(
            out,
            "{:<width$}  {:>6}  {:>7.2}  {:>10}  {:>9.2}  {:>11.1}  {:>7.0} %",
            prediction.chip.key,
            prediction.tokens,
            prediction.audio_seconds,
            gpu.dispatches,
            1e3 * seconds,
            prediction.times_real_time(),
            100.0 * prediction.generator_shares()[0]
        );
        let host = ("host", prediction.host_seconds());
        for (_, part) in gpu.time.bounds().into_iter().chain([host]) {
            let _ = write!(out, "  {:>5.0} %", 100.0 * part / seconds);
        }
        out.push('\n');
    }
    out + &footer(false)
}

/// The stages and kernels of every prediction; all are of one chip.
pub fn stages(predictions: &[Prediction<'_>]) -> String {
    let mut out = String::new();
    for prediction in predictions {
        let _ = writeln!(
            out,
            "{}, predicted: {}{} tokens, {:.2} s of audio in {:.2} ms, {:.1} times real time\n",
            prediction.chip.name,
            if prediction.batch == 1 { String::new() } else { format!("{} times ", prediction.batch) },
            prediction.tokens,
            prediction.audio_seconds,
            1e3 * prediction.seconds(),
            prediction.times_real_time()
        );
        out += &table("stage", &prediction.stages(), &prediction.gpu());
        out.push('\n');
        out += &table("kernel", &prediction.kernels(), &prediction.gpu());
        let _ = writeln!(
            out,
            "\n{ROUND_TRIPS} times the host waits for results: {:.3} ms beyond the GPU's time",
            1e3 * prediction.host_seconds()
        );
        let [direct, executed] = prediction.generator_shares().map(|share| 100.0 * share);
        let _ = writeln!(
            out,
            "The generator reaches {direct:.0} % of the peak arithmetic by the operations of its convolutions, {executed:.0} % by \
             those executed.\n"
        );
    }
    let source = predictions.first().map(|p| format!("Figures of the chip: {}.\n", p.chip.source)).unwrap_or_default();
    out + &source + &footer(true)
}

fn table(title: &str, groups: &[Group], all: &Group) -> String {
    let width = groups.iter().map(|group| group.name.len()).max().unwrap_or(0).max(title.len());
    let total = all.time.seconds();
    let mut out = format!("{title:<width$}  {:>5}  {:>9}  {:>7}  {:<7}  ms bound by", "count", "ms", "share", "bound");
    for (bound, _) in all.time.bounds() {
        let _ = write!(out, "  {bound:>8}");
    }
    out.push('\n');
    for group in groups.iter().chain([all]) {
        let seconds = group.time.seconds();
        let _ = write!(
            out,
            "{:<width$}  {:>5}  {:>9.3}  {:>5.1} %  {:<7}  {:11}",
            group.name,
            group.dispatches,
            1e3 * seconds,
            100.0 * seconds / total,
            group.time.bound(),
            ""
        );
        for (_, part) in group.time.bounds() {
            let _ = write!(out, "  {:>8.3}", 1e3 * part);
        }
        out.push('\n');
    }
    out
}

fn footer(is_detailed: bool) -> String {
    let mut out = format!(
        "\nPredicted by a model, not measured; nothing ran. Assumed: products reach what their instructions allow,\nor --product-share if that is less, other kernels a quarter of the peak; {:.0} % of the \
         peak memory bandwidth, {FRAMES_PER_TOKEN} frames of 25 ms for each phoneme. ",
        100.0 * MEMORY_EFFICIENCY,
    );
    out += if is_detailed {
        "docs/performance.md explains the model.\n"
    } else {
        "`--predict CHIP` shows stages and sources.\n"
    };
    out
}
