//! Plots of time and memory by length.

use super::Measurement;
use crate::svg::{Anchor, COLOURS, Svg, ticks};

const PANEL: [f64; 2] = [360.0, 260.0];
const LEFT: f64 = 70.0;
const TOP: f64 = 90.0;

struct Curve<'a> {
    name: &'a str,
    value: fn(&Measurement) -> f64,
}

/// Plots measurements, which must be in ascending order of length.
pub fn cost(all: &[Measurement], device: &str) -> String {
    let mut svg = Svg::new(2.0 * (PANEL[0] + LEFT + 20.0));
    svg.title([16.0, 26.0], "Cost by length of the utterance");
    svg.text([16.0, 44.0], Anchor::Start, device);
    let seconds = [
        Curve { name: "seconds, median", value: |m| m.median },
        Curve { name: "seconds of audio", value: |m| m.audio },
    ];
    let memory = [Curve { name: "MB of activations, peak", value: |m| m.activation_bytes as f64 / 1e6 }];
    panel(&mut svg, LEFT, all, &seconds);
    panel(&mut svg, 2.0 * LEFT + PANEL[0] + 20.0, all, &memory);
    svg.finish(TOP + PANEL[1] + 60.0)
}

fn panel(svg: &mut Svg, left: f64, all: &[Measurement], curves: &[Curve<'_>]) {
    let max = |value: &dyn Fn(&Measurement) -> f64| all.iter().map(value).fold(f64::MIN_POSITIVE, f64::max);
    let across = ticks(max(&|m| m.tokens as f64), 6.0);
    let up = ticks(curves.iter().map(|curve| max(&curve.value)).fold(0.0, f64::max), 5.0);
    let [width, height] = PANEL;
    let (right, high) = (across[across.len() - 1], up[up.len() - 1]);
    let at = |x: f64, y: f64| [left + x / right * width, TOP + height - y / high * height];
    for y in &up {
        svg.line(&[at(0.0, *y), at(right, *y)], "#ddd", 1.0);
        let [x, line] = at(0.0, *y);
        svg.text([x - 8.0, line + 4.0], Anchor::End, &label(*y, up[1]));
    }
    for x in &across {
        let [x_at, y] = at(*x, 0.0);
        svg.line(&[[x_at, y], [x_at, y + 5.0]], "#222", 1.0);
        svg.text([x_at, y + 20.0], Anchor::Middle, &label(*x, across[1]));
    }
    svg.line(&[at(0.0, 0.0), at(right, 0.0)], "#222", 1.0);
    svg.text([left + width / 2.0, TOP + height + 42.0], Anchor::Middle, "tokens");
    for ((number, curve), colour) in curves.iter().enumerate().zip(COLOURS) {
        let points: Vec<[f64; 2]> = all.iter().map(|m| at(m.tokens as f64, (curve.value)(m))).collect();
        svg.line(&points, colour, 2.0);
        for point in points {
            svg.dot(point, colour);
        }
        let key = left + 150.0 * number as f64;
        svg.line(&[[key, TOP - 19.0], [key + 20.0, TOP - 19.0]], colour, 2.0);
        svg.text([key + 26.0, TOP - 15.0], Anchor::Start, curve.name);
    }
}

/// A tick's value, with enough digits to differ from the next tick.
fn label(value: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).max(0.0) as usize;
    format!("{value:.digits$}")
}
