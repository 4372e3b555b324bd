//! What the pictures have in common: font, colours, heading and file.

use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::failure::Failure;

pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// Colours that are distinct for colour-blind people too (Okabe and Ito).
pub const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub const VERMILION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
/// Of text and axes.
pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);

/// Pixels between the picture's edge and what is in it.
pub const MARGIN: i32 = 16;
/// Height of the heading, which has up to three lines.
pub const HEADING: u32 = 80;
const LINE: i32 = 19;

/// The style of all text. The backend divides the size by 1.24, so that this is 12 pixels.
pub fn text() -> TextStyle<'static> {
    ("sans-serif", 15).into_font().color(&INK)
}

/// A file of `size` pixels with a heading, whose first line is bold, above what `draw` draws.
pub fn svg(size: (u32, u32), heading: &[&str], draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, Failure> {
    let mut file = String::new();
    let drawn = || -> Drawn {
        let all = SVGBackend::with_string(&mut file, size).into_drawing_area();
        all.fill(&WHITE)?;
        for (number, line) in heading.iter().enumerate() {
            let weight = if number == 0 { FontStyle::Bold } else { FontStyle::Normal };
            let style = ("sans-serif", 15, weight).into_font().color(&INK);
            all.draw_text(line, &style, (MARGIN, MARGIN + LINE * number as i32))?;
        }
        draw(&all.split_vertically(HEADING).1)?;
        all.present()
    };
    drawn().map_err(|error| Failure::Failed { message: format!("cannot draw: {error}"), help: None })?;
    Ok(file)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The start tags of all elements of a name.
    fn tags<'a>(svg: &'a str, element: &str) -> impl Iterator<Item = &'a str> {
        let start = format!("<{element} ");
        svg.lines().filter(move |line| line.starts_with(&start))
    }

    fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
        tag.split_once(&format!(" {name}=\"")).unwrap().1.split('"').next().unwrap()
    }

    /// The values of an attribute of all elements of a name.
    pub fn attributes(svg: &str, element: &str, name: &str) -> Vec<f64> {
        tags(svg, element).map(|tag| attribute(tag, name).parse().unwrap()).collect()
    }

    /// All texts, each of which is a line of the file.
    pub fn texts(svg: &str) -> Vec<String> {
        let lines: Vec<&str> = svg.lines().collect();
        let starts = lines.windows(2).filter(|pair| pair[0].starts_with("<text "));
        starts.map(|pair| pair[1].to_owned()).collect()
    }

    /// Asserts that nothing that is drawn exceeds the picture.
    pub fn assert_inside(svg: &str) {
        let [width, height] = ["width", "height"].map(|name| attributes(svg, "svg", name)[0]);
        let assert_at = |x: f64, y: f64, what: &str| {
            assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{x}, {y} is outside: {what}");
        };
        for circle in tags(svg, "circle") {
            let [x, y, radius] = ["cx", "cy", "r"].map(|name| attribute(circle, name).parse::<f64>().unwrap());
            assert_at(x - radius, y - radius, circle);
            assert_at(x + radius, y + radius, circle);
        }
        for bar in tags(svg, "rect") {
            let [x, y, width, height] =
                ["x", "y", "width", "height"].map(|name| attribute(bar, name).parse::<f64>().unwrap());
            assert_at(x, y, bar);
            assert_at(x + width, y + height, bar);
        }
        for line in tags(svg, "polyline") {
            for point in attribute(line, "points").split_whitespace() {
                let (x, y) = point.split_once(',').unwrap();
                assert_at(x.parse().unwrap(), y.parse().unwrap(), line);
            }
        }
        for (tag, text) in tags(svg, "text").zip(texts(svg)) {
            let [x, y] = ["x", "y"].map(|name| attribute(tag, name).parse::<f64>().unwrap());
            // Seven pixels a character are the average of a wide font.
            let width = 7.0 * text.chars().count() as f64;
            let (left, right) = match attribute(tag, "text-anchor") {
                "start" => (0.0, width),
                "end" => (width, 0.0),
                _ => (width / 2.0, width / 2.0),
            };
            if tag.contains("rotate(270") {
                assert_at(x, y - right, &text);
                assert_at(x + 12.0, y + left, &text);
            } else {
                assert_at(x - left, y, &text);
                assert_at(x + right, y, &text);
            }
        }
    }

    #[test]
    fn text_is_escaped() {
        let svg = svg((100, 50), &["a<b & c"], |_| Ok(())).unwrap();
        assert_eq!(texts(&svg), ["a&lt;b &amp; c"]);
    }
}
