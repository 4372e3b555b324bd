//! A profile's stages as a bar chart.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Profile;
use super::groups::{Group, total};
use crate::failure::Failure;
use crate::picture::{self, Area, BLUE, Drawn, HEADING, MARGIN, text};

const WIDTH: u32 = 900;
/// Pixels to the left of the bars, for the stages' names.
const NAMES: u32 = 220;
/// Pixels of the longest bar. Its figures are to the right of it.
const BARS: u32 = 400;
const LINE: u32 = 20;
/// Pixels between a bar and its text.
const GAP: i32 = 7;

pub fn stages(profile: &Profile) -> Result<String, Failure> {
    let all = total(&profile.rows);
    let title = format!("GPU time by stage: {:.1} ms for {} tokens", all.milliseconds(), profile.tokens);
    let device = format!("{}, driver {}", profile.adapter, profile.driver);
    let peak = &profile.peak;
    let measured = format!(
        "peak: {:.1} GFLOP/s, {:.1} GB/s; all stages: {:.1} GFLOP/s",
        peak.gflops,
        peak.gigabytes_per_second,
        all.gflops()
    );
    chart(&[&title, &device, &measured], &profile.stages())
}

fn chart(heading: &[&str], stages: &[Group]) -> Result<String, Failure> {
    let height = HEADING + LINE * stages.len() as u32 + MARGIN as u32;
    picture::svg((WIDTH, height), heading, |area| bars(area, stages))
}

fn bars(area: &Area<'_>, stages: &[Group]) -> Drawn {
    let longest = stages.iter().map(Group::milliseconds).fold(f64::MIN_POSITIVE, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin_bottom(MARGIN)
        .margin_left(NAMES)
        .margin_right(WIDTH - NAMES - BARS)
        .build_cartesian_2d(0.0..longest, stages.len() as f64..0.0)?;
    let beside = |side| text().pos(Pos::new(side, VPos::Center));
    for (number, stage) in stages.iter().enumerate() {
        let top = number as f64;
        // Two pixels, which may become one: less would be rounded to nothing.
        let length = stage.milliseconds().max(2.0 * longest / f64::from(BARS));
        let bar = Rectangle::new([(0.0, top + 0.15), (length, top + 0.85)], BLUE.filled());
        chart.draw_series([bar])?;
        let name = Text::new(stage.name.clone(), (-GAP, 0), beside(HPos::Right));
        chart.draw_series([EmptyElement::at((0.0, top + 0.5)) + name])?;
        let figures = Text::new(figures(stage), (GAP, 0), beside(HPos::Left));
        chart.draw_series([EmptyElement::at((length, top + 0.5)) + figures])?;
    }
    Ok(())
}

fn figures(stage: &Group) -> String {
    let rate = if stage.flops > 0 { format!(", {:.1} GFLOP/s", stage.gflops()) } else { String::new() };
    format!("{:.1} ms, {:.1} %{rate}", stage.milliseconds(), 100.0 * stage.share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::{assert_inside, attributes, texts};

    #[test]
    fn every_stage_has_a_bar_in_proportion_between_its_name_and_figures() {
        let stage = |name: &str, milliseconds: u64, flops| Group {
            name: name.to_owned(),
            nanoseconds: milliseconds * 1_000_000,
            share: milliseconds as f64 / 30_003.0,
            flops,
            ..Group::default()
        };
        let long = "decoder.generator.noise_convs";
        let stages = [stage("bert", 10_000, 0), stage("predictor", 3, 30_000_000), stage(long, 20_000, 200 << 40)];
        let svg = chart(&["GPU time", "an adapter"], &stages).unwrap();
        assert_inside(&svg);
        let figures = ["10000.0 ms, 33.3 %", "3.0 ms, 0.0 %, 10.0 GFLOP/s", "20000.0 ms, 66.7 %, 10995.1 GFLOP/s"];
        let rows = ["bert", figures[0], "predictor", figures[1], long, figures[2]];
        assert_eq!(texts(&svg), [&["GPU time", "an adapter"], &rows[..]].concat());
        // The first rectangle is the background.
        let [lengths, tops, heights] =
            ["width", "y", "height"].map(|name| attributes(&svg, "rect", name)[1..].to_vec());
        assert!((lengths[0] * 2.0 - lengths[2]).abs() <= 2.0 && lengths[1] >= 1.0, "{lengths:?}");
        for row in 1..3 {
            assert!(tops[row] > tops[row - 1] + heights[row - 1], "{tops:?}, {heights:?}");
        }
    }
}
