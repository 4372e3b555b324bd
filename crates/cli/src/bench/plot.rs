//! Plots of time and memory by length.

use plotters::prelude::*;

use super::Measurement;
use crate::failure::Failure;
use crate::picture::{self, Area, BLUE, Drawn, INK, VERMILION, text};

const SIZE: (u32, u32) = (900, 410);
/// Pixels of a curve's line in the key.
const KEY_LINE: i32 = 20;
/// Upper end of an axis, relative to the highest value: the key stands above all curves.
const ABOVE: f64 = 1.25;

struct Curve {
    name: &'static str,
    colour: RGBColor,
    value: fn(&Measurement) -> f64,
}

/// Plots measurements, which must be in ascending order of length.
pub fn cost(all: &[Measurement], device: &str) -> Result<String, Failure> {
    let seconds = [
        Curve { name: "to synthesize, median", colour: BLUE, value: |m| m.median },
        Curve { name: "of audio", colour: VERMILION, value: |m| m.audio },
    ];
    let memory = [Curve { name: "of activations, peak", colour: BLUE, value: |m| m.activation_bytes as f64 / 1e6 }];
    picture::svg(SIZE, &["Cost by length of the utterance", device], |area| {
        let (left, right) = area.split_horizontally(SIZE.0 / 2);
        panel(&left, all, "seconds", &seconds)?;
        panel(&right, all, "MB", &memory)
    })
}

fn panel(area: &Area<'_>, all: &[Measurement], unit: &str, curves: &[Curve]) -> Drawn {
    let longest = all.iter().map(|m| m.tokens).max().unwrap_or(1);
    let values = all.iter().flat_map(|m| curves.iter().map(|curve| (curve.value)(m)));
    let highest = values.fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin(picture::MARGIN)
        .margin_top(0)
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 46)
        .build_cartesian_2d(0..longest, 0.0..highest * ABOVE)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(INK.mix(0.15))
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .label_style(text())
        .x_labels(7)
        .y_labels(7)
        // Ticks are multiples of round numbers, but for rounding.
        .y_label_formatter(&|value| ((value * 1e6).round() / 1e6).to_string())
        .x_desc("tokens")
        .y_desc(unit)
        .draw()?;
    for Curve { name, colour, value } in curves {
        let style = colour.filled().stroke_width(2);
        chart
            .draw_series(LineSeries::new(all.iter().map(|m| (m.tokens, value(m))), style).point_size(4))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + KEY_LINE, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .margin(5)
        .background_style(WHITE)
        .legend_area_size(KEY_LINE + 6)
        .label_font(text())
        .draw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::{assert_inside, attributes, texts};

    fn measurement(tokens: usize, audio: f64, median: f64, activation_bytes: u64) -> Measurement {
        let first_audio = None;
        Measurement {
            tokens,
            batch: 1,
            audio,
            first: median,
            median,
            min: median,
            first_audio,
            peak_bytes: 0,
            activation_bytes,
            dispatches: 0,
        }
    }

    #[test]
    fn all_curves_are_inside_with_their_names_and_units() {
        let all = [measurement(12, 1.25, 12.5, 50 << 20), measurement(510, 42.0, 420.0, 3 << 30)];
        let svg = cost(&all, "an adapter").unwrap();
        assert_inside(&svg);
        let shown = texts(&svg);
        for text in
            ["an adapter", "tokens", "seconds", "to synthesize, median", "of audio", "MB", "of activations, peak"]
        {
            assert!(shown.contains(&text.to_owned()), "{text} is not in {shown:?}");
        }
        for tick in ["0", "100", "500", "400", "1000"] {
            assert!(shown.contains(&tick.to_owned()), "{tick} is not in {shown:?}");
        }
        // Of the six dots, those of the longer utterance are higher and further right than those of the shorter.
        let [x, y] = ["cx", "cy"].map(|name| attributes(&svg, "circle", name));
        assert_eq!(x.len(), 6);
        for (x, y) in x.chunks(2).zip(y.chunks(2)) {
            assert!(x[0] < x[1] && y[0] > y[1], "{x:?}, {y:?}");
        }
        assert!(y[1] < y[3], "420 s are above 42 s");
    }

    #[test]
    fn one_short_measurement_has_legible_ticks() {
        let svg = cost(&[measurement(1, 0.0275, 0.0012, 4_900_000)], "an adapter").unwrap();
        assert_inside(&svg);
        let ticks = ["0", "0.005", "0.01", "0.015", "0.02", "0.025", "0.03"];
        assert!(texts(&svg).windows(ticks.len()).any(|shown| shown == ticks), "{svg}");
    }
}
