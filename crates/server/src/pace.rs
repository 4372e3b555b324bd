//! How long a batch will take, learned from those that were spoken.

use std::time::Duration;

/// The share of what is known that a new measurement leaves.
const KEPT: f64 = 0.8;
/// How far beyond the largest batch measured lately the line is trusted.
const GROWTH: f64 = 2.0;
/// The least share of a batch's time that is taken to grow with its cost.
const LEAST_SHARE: f64 = 1.0 / 16.0;

/// A line through the measured times by cost: what every batch takes, however small, and what each unit of cost adds. Without the
/// first a batch would seem to take as long as its jobs one by one, and where starting work costs more than the work, none with
/// several jobs would ever be tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    weight: f64,
    cost: f64,
    seconds: f64,
    cost_squared: f64,
    cost_seconds: f64,
    largest: f64,
}

impl Pace {
    /// Learns how long a batch of this cost took.
    pub fn learn(&mut self, cost: usize, took: Duration) {
        let (cost, seconds) = (cost.max(1) as f64, took.as_secs_f64().max(1e-6));
        let keep = |sum: f64, new: f64| KEPT * sum + new;
        *self = Self {
            weight: keep(self.weight, 1.0),
            cost: keep(self.cost, cost),
            seconds: keep(self.seconds, seconds),
            cost_squared: keep(self.cost_squared, cost * cost),
            cost_seconds: keep(self.cost_seconds, cost * seconds),
            largest: (KEPT * self.largest).max(cost),
        };
    }

    /// Seconds for this cost, in batches like those of late; `None` before the first.
    pub fn seconds(&self, cost: usize) -> Option<f64> {
        (self.weight > 0.0).then(|| cost as f64 * self.seconds / self.cost)
    }

    /// The cost of the largest batch that is expected to take no longer than this; 0 before the first.
    pub fn affordable(&self, time: Duration) -> f64 {
        if self.weight == 0.0 {
            return 0.0;
        }
        let (cost, seconds) = (self.cost / self.weight, self.seconds / self.weight);
        let variance = self.cost_squared / self.weight - cost * cost;
        let covariance = self.cost_seconds / self.weight - cost * seconds;
        let proportional = seconds / cost;
        // Costs that hardly differ say nothing of what the next unit takes.
        let slope = if variance > 1e-3 * cost * cost { covariance / variance } else { proportional };
        let slope = slope.clamp(LEAST_SHARE * proportional, proportional);
        let (time, start) = (time.as_secs_f64(), seconds - slope * cost);
        // Jobs hardly take longer together than one by one, so that much may be tried; far from what was measured the line may be wrong.
        ((time - start) / slope).min(GROWTH * self.largest).max(time / proportional)
    }
}
