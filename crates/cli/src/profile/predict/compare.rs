//! The model beside measured times: how far its order of the stages, and its times, can be trusted.

use std::fmt::Write;
use std::num::NonZero;

use kokoro_wgpu::{PeakThroughput, PlannedDispatch, ProfileRow, wgpu};
use serde_json::{Value, json};

use super::super::groups;
use super::chips::Chip;
use super::model::{MEMORY_EFFICIENCY, arithmetic_share, is_half};
use crate::profile::predict;

/// Measured and predicted time of the stages on this adapter.
pub struct Comparison {
    stages: Vec<Stage>,
}

struct Stage {
    name: String,
    measured: f64,
    predicted: f64,
    bound: &'static str,
}

/// This adapter, by its measured peak throughput. All else is unknown: the cache keeps nothing from one dispatch to the next,
/// and loads have no latency. A CPU has as many cores as threads and runs one workgroup on each. Any other adapter counts as
/// a single core, where to load the same bytes again costs nothing: that time is already in the measured product's.
fn this_chip(peak: &PeakThroughput, info: &wgpu::AdapterInfo, dispatches: &[PlannedDispatch]) -> Chip {
    let threads = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let is_cpu = info.device_type == wgpu::DeviceType::Cpu;
    let cores = if is_cpu { threads() as u32 } else { 1 };
    let bytes = 1e9 * peak.gigabytes_per_second;
    let cache = if is_cpu { bytes } else { f64::INFINITY };
    // The measured product has more inputs than large tiles take, so its kernel is the one of small tiles, where there is one.
    // That product is float32, also beside kernels in float16.
    let is_measured = |kernel: &str| kernel.starts_with("conv1d") && !is_half(kernel);
    let products = dispatches.iter().filter(|dispatch| is_measured(dispatch.kernel));
    let product_share = products.map(|dispatch| arithmetic_share(dispatch.kernel)).fold(1.0, f64::min);
    Chip {
        key: "this",
        name: "this adapter",
        // What the measured product reached is what the model expects of a product.
        flops: 1e9 * peak.gflops / product_share,
        half_rate: 1.0, // unknown
        cores,
        lanes: 1,
        invocations: 1,
        memory: bytes / MEMORY_EFFICIENCY,
        cache_bytes: 0,
        cache,
        core_loads: cache / f64::from(cores),
        latency: 0.0,
        launch: peak.dispatch_seconds,
        round_trip: 0.0,
        source: "measured now",
    }
}

impl Comparison {
    /// `rows` are those of the same utterance as `dispatches`.
    pub fn new(
        rows: &[ProfileRow],
        dispatches: &[PlannedDispatch],
        peak: &PeakThroughput,
        info: &wgpu::AdapterInfo,
    ) -> Self {
        let chip = this_chip(peak, info, dispatches);
        let predicted = predict::stages(dispatches, &predict::times(dispatches, &chip, 1.0));
        let measured = groups::sum(rows, |row| groups::stage(&row.label));
        let stages = measured.into_iter().zip(predicted).map(|(measured, predicted)| Stage {
            measured: measured.nanoseconds as f64 / 1e9,
            predicted: predicted.time.seconds(),
            bound: predicted.time.bound(),
            name: measured.name,
        });
        Self { stages: stages.collect() }
    }

    /// Spearman's rank correlation over the stages.
    fn rank_correlation(&self) -> f64 {
        let [measured, predicted] = [|stage: &Stage| stage.measured, |stage: &Stage| stage.predicted]
            .map(|time| ranks(&self.stages.iter().map(time).collect::<Vec<_>>()));
        correlation(&measured, &predicted)
    }

    /// The stage whose predicted time is furthest from the measured one, of those that take a hundredth of the time or more:
    /// the time of the others is mostly chance.
    fn worst(&self) -> Option<&Stage> {
        let [measured, _] = self.totals();
        let long = self.stages.iter().filter(|stage| stage.measured >= measured / 100.0);
        long.max_by(|a, b| a.ratio().ln().abs().total_cmp(&b.ratio().ln().abs()))
    }

    fn totals(&self) -> [f64; 2] {
        [self.stages.iter().map(|stage| stage.measured).sum(), self.stages.iter().map(|stage| stage.predicted).sum()]
    }

    pub fn text(&self) -> String {
        let width = self.stages.iter().map(|stage| stage.name.len()).max().unwrap_or(0).max("stage".len());
        let line = |name: &str, measured: f64, predicted: f64, bound: &str| {
            let ratio = predicted / measured;
            let line =
                format!("{name:<width$}  {:>11.3}  {:>12.3}  {ratio:>6.2}  {bound}", 1e3 * measured, 1e3 * predicted);
            line.trim_end().to_owned() + "\n"
        };
        let mut out =
            format!("{:<width$}  {:>11}  {:>12}  {:>6}  bound\n", "stage", "measured ms", "predicted ms", "ratio");
        for Stage { name, measured, predicted, bound } in &self.stages {
            out += &line(name, *measured, *predicted, bound);
        }
        let [measured, predicted] = self.totals();
        out += &line("all", measured, predicted, "");
        let _ = write!(out, "\nrank correlation of the stages (Spearman): {:.3}", self.rank_correlation());
        if let Some(worst) = self.worst() {
            let share = 100.0 * worst.measured / measured;
            let _ = write!(
                out,
                "; furthest off of the long ones: {}, {:.2} times, {share:.1} % of the time",
                worst.name,
                worst.ratio()
            );
        }
        out + "\n"
    }

    pub fn json(&self) -> Value {
        let stages = self.stages.iter().map(|stage| {
            json!({
                "name": stage.name, "measured_milliseconds": 1e3 * stage.measured,
                "predicted_milliseconds": 1e3 * stage.predicted, "ratio": stage.ratio(), "bound": stage.bound,
            })
        });
        let [measured, predicted] = self.totals();
        json!({
            "stages": stages.collect::<Vec<_>>(), "rank_correlation": self.rank_correlation(),
            "measured_milliseconds": 1e3 * measured, "predicted_milliseconds": 1e3 * predicted,
            "furthest_off": self.worst().map(|stage| json!({ "name": stage.name, "ratio": stage.ratio() })),
        })
    }
}

impl Stage {
    fn ratio(&self) -> f64 {
        self.predicted / self.measured
    }
}

/// Ranks from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let smaller = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        smaller as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

/// Pearson's correlation.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| {
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>()
    };
    product(a, mean_a, b, mean_b) / (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str, measured: f64, predicted: f64) -> Stage {
        Stage { name: name.to_owned(), measured, predicted, bound: "compute" }
    }

    #[test]
    fn stages_are_compared_by_rank_and_ratio() {
        let stages = vec![stage("a", 1.0, 2.0), stage("b", 2.0, 3.0), stage("c", 3.0, 0.5), stage("d", 0.01, 0.1)];
        let comparison = Comparison { stages };
        // Ranks 2, 3, 4, 1 and 3, 4, 2, 1: 1 - 6 (1 + 1 + 4) / (4 * 15).
        assert!((comparison.rank_correlation() - 0.4).abs() < 1e-12);
        assert_eq!(comparison.worst().map(|stage| stage.name.as_str()), Some("c"));
        assert_eq!(comparison.totals(), [6.01, 5.6]);
    }

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }
}
