//! A profile as text.

use std::fmt::Write;

use super::Profile;
use super::groups::{Group, total};
use crate::format::{bytes, count};

/// Length of the longest bar in characters.
const BAR_LENGTH: f64 = 24.0;

pub fn text(profile: &Profile) -> String {
    let all = total(&profile.rows);
    let (audio, peak) = (profile.speech.seconds(), &profile.peak);
    let mut out = format!(
        "{}, driver {}\n{} with {} tokens: {audio:.2} s of audio in {:.3} s on the GPU, {:.2} times real time\n",
        profile.adapter,
        profile.driver,
        profile.model,
        profile.tokens,
        all.milliseconds() / 1e3,
        audio * 1e3 / all.milliseconds().max(1e-6),
    );
    let _ = writeln!(
        out,
        "peak, measured now: {:.1} GFLOP/s ({n} x {n} product), {:.1} GB/s (copy of {})\n",
        peak.gflops,
        peak.gigabytes_per_second,
        bytes(peak.copy_bytes),
        n = peak.gemm_size
    );
    out += &table("stage", &profile.stages(), &all, peak.gflops);
    out.push('\n');
    out += &table("kernel", &profile.kernels(), &all, peak.gflops);
    if let Some(comparison) = &profile.comparison {
        out.push('\n');
        out += &comparison.text();
    }
    let stats = &profile.stats;
    let _ = writeln!(
        out,
        "\n{} dispatches in {} submits, {} bytes uploaded",
        count(stats.dispatches),
        stats.submits,
        count(stats.uploaded_bytes)
    );
    let activations = profile.activation_bytes();
    let _ = writeln!(out, "GPU bytes: {}", bytes(profile.resident_bytes + activations));
    let _ = writeln!(out, "  {:<22} {:>13}", "parameters", count(profile.resident_bytes));
    for (name, size) in &stats.buffers {
        let _ = writeln!(out, "  {name:<22} {:>13}", count(*size));
    }
    out + "\nGFLOP counts the operations of the direct algorithm, even where a kernel needs fewer. GB counts every operand once.\n\
         A profiled run is slower than a normal one, because every dispatch is a compute pass of its own.\n"
}

fn table(title: &str, groups: &[Group], all: &Group, peak_gflops: f64) -> String {
    let width = groups.iter().map(|group| group.name.len()).max().unwrap_or(0).max(title.len());
    let max_share = groups.iter().map(|group| group.share).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut out = format!(
        "{title:<width$}  {:>6}  {:>10}  {:>6}  {:>8}  {:>8}  {:>6}  {:>8}  {:>7}\n",
        "count", "ms", "share", "GFLOP", "GFLOP/s", "peak", "MB", "GB/s"
    );
    for group in groups.iter().chain([all]) {
        let (rate, share) = (group.gflops(), group.share);
        let bar = "█".repeat((if group == all { 0.0 } else { share / max_share * BAR_LENGTH }).round() as usize);
        let of_peak = if group.flops == 0 { String::new() } else { format!("{:.0} %", 100.0 * rate / peak_gflops) };
        let line = format!(
            "{:<width$}  {:>6}  {:>10.3}  {:>4.1} %  {:>8.3}  {:>8.1}  {of_peak:>6}  {:>8.2}  {:>7.1}  {bar}",
            group.name,
            group.dispatches,
            group.milliseconds(),
            100.0 * share,
            group.flops as f64 / 1e9,
            rate,
            group.bytes as f64 / 1e6,
            group.gigabytes(),
        );
        out += line.trim_end();
        out.push('\n');
    }
    out
}
