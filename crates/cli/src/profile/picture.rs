//! A profile's stages as a bar chart.

use super::Profile;
use super::groups::total;
use crate::svg::{Anchor, COLOURS, Svg};

const WIDTH: f64 = 900.0;
const NAMES: f64 = 220.0;
const BARS: f64 = 380.0;
const LINE: f64 = 20.0;

pub fn stages(profile: &Profile) -> String {
    let mut svg = Svg::new(WIDTH);
    let (stages, all) = (profile.stages(), total(&profile.rows));
    let max_share = stages.iter().map(|stage| stage.share).fold(f64::MIN_POSITIVE, f64::max);
    svg.title([16.0, 26.0], &format!("GPU time by stage: {:.1} ms for {} tokens", all.milliseconds(), profile.tokens));
    svg.text([16.0, 44.0], Anchor::Start, &format!("{}, driver {}", profile.adapter, profile.driver));
    let peak = &profile.peak;
    let measured = format!(
        "peak: {:.1} GFLOP/s, {:.1} GB/s; all stages: {:.1} GFLOP/s",
        peak.gflops,
        peak.gigabytes_per_second,
        all.gflops()
    );
    svg.text([16.0, 62.0], Anchor::Start, &measured);
    let mut y = 78.0;
    for stage in &stages {
        let length = stage.share / max_share * BARS;
        svg.text([NAMES - 8.0, y + 14.0], Anchor::End, &stage.name);
        svg.bar([NAMES, y + 3.0], [length.max(0.5), LINE - 6.0], COLOURS[0]);
        let rate = if stage.flops > 0 { format!(", {:.1} GFLOP/s", stage.gflops()) } else { String::new() };
        let figures = format!("{:.1} ms, {:.1} %{rate}", stage.milliseconds(), 100.0 * stage.share);
        svg.text([NAMES + length + 6.0, y + 14.0], Anchor::Start, &figures);
        y += LINE;
    }
    svg.finish(y + 16.0)
}
