//! Pixels, letters on them, and a PNG file of them.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_6X13 as FONT;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::text::Baseline;
use embedded_graphics::text::renderer::TextRenderer;

/// Red, green, blue.
pub type Colour = [u8; 3];

pub const BLACK: Colour = [0; 3];
/// Width and height of a letter.
pub const GLYPH: [i32; 2] = [6, 13];

/// A white picture that is drawn on; what lies beside it is not drawn.
pub struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<Colour>,
}

impl Canvas {
    pub fn new(width: i32, height: i32) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self { width, height, pixels: vec![[255; 3]; (width * height) as usize] }
    }

    pub fn set(&mut self, [x, y]: [i32; 2], colour: Colour) {
        if (0..self.width).contains(&x) && (0..self.height).contains(&y) {
            self.pixels[(y * self.width + x) as usize] = colour;
        }
    }

    pub fn fill(&mut self, [x, y]: [i32; 2], [width, height]: [i32; 2], colour: Colour) {
        for row in y..y + height {
            for column in x..x + width {
                self.set([column, row], colour);
            }
        }
    }

    /// A dotted line downwards.
    pub fn dots(&mut self, [x, y]: [i32; 2], height: i32, colour: Colour) {
        for row in (y..y + height).step_by(4) {
            self.set([x, row], colour);
        }
    }

    /// Letters from their upper left corner on.
    pub fn text(&mut self, [x, y]: [i32; 2], text: &str, colour: Colour) {
        let style = MonoTextStyle::new(&FONT, Rgb888::new(colour[0], colour[1], colour[2]));
        for (at, letter) in text.chars().enumerate() {
            let corner = [x + at as i32 * GLYPH[0], y];
            if drawable(letter) {
                let point = Point::new(corner[0], corner[1]);
                let Ok(_) = style.draw_string(letter.encode_utf8(&mut [0; 4]), point, Baseline::Top, self);
            } else {
                self.frame([corner[0], corner[1] + 3], [GLYPH[0] - 1, GLYPH[1] - 5], colour);
            }
        }
    }

    /// Letters that end at `x`, their middle at `y`.
    pub fn text_left_of(&mut self, [x, y]: [i32; 2], text: &str, colour: Colour) {
        self.text([x - width(text), y - GLYPH[1] / 2], text, colour);
    }

    /// Letters with their middle at `x`, below `y`.
    pub fn text_middle(&mut self, [x, y]: [i32; 2], text: &str, colour: Colour) {
        self.text([x - width(text) / 2, y], text, colour);
    }

    fn frame(&mut self, [x, y]: [i32; 2], [width, height]: [i32; 2], colour: Colour) {
        self.fill([x, y], [width, 1], colour);
        self.fill([x, y + height - 1], [width, 1], colour);
        self.fill([x, y], [1, height], colour);
        self.fill([x + width - 1, y], [1, height], colour);
    }

    /// The picture as a PNG file (ISO 15948): 8 bits a colour, rows unfiltered.
    pub fn png(&self) -> Vec<u8> {
        let rows = self.pixels.chunks_exact(self.width as usize);
        let bytes: Vec<u8> = rows.flat_map(|row| std::iter::once(0).chain(row.iter().flatten().copied())).collect();
        let size = [self.width, self.height].map(i32::to_be_bytes).concat();
        let header = [&size[..], &[8, 2, 0, 0, 0]].concat();
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut file, b"IHDR", &header);
        chunk(&mut file, b"IDAT", &miniz_oxide::deflate::compress_to_vec_zlib(&bytes, 6));
        chunk(&mut file, b"IEND", &[]);
        file
    }
}

/// Pixels of a text's width.
pub fn width(text: &str) -> i32 {
    text.chars().count() as i32 * GLYPH[0]
}

/// Whether the font has the letter.
fn drawable(letter: char) -> bool {
    matches!(letter, ' '..='~' | '\u{a0}'..='\u{ff}')
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend(data);
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    let sum = file[start..].iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step));
    file.extend((!sum).to_be_bytes());
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(Point { x, y }, colour) in pixels {
            self.set([x, y], [colour.r(), colour.g(), colour.b()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_back_from_its_file() {
        let mut canvas = Canvas::new(3, 2);
        canvas.set([1, 1], [10, 20, 30]);
        canvas.fill([2, -5], [9, 6], [1, 2, 3]); // beyond the edges
        let file = canvas.png();
        assert!(file.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0"));
        assert!(file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"), "the checksum that every PNG ends with");
        let at = file.windows(4).position(|kind| kind == b"IDAT").unwrap();
        let length = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
        let rows = miniz_oxide::inflate::decompress_to_vec_zlib(&file[at + 4..][..length]).unwrap();
        let white = [255; 3];
        let expected = [&[0][..], &white, &white, &[1, 2, 3], &[0], &white, &[10, 20, 30], &white].concat();
        assert_eq!(rows, expected);
    }

    #[test]
    fn letters_are_drawn_and_those_the_font_lacks_are_boxes() {
        let drawn = |text: &str| {
            let mut canvas = Canvas::new(20, 20);
            canvas.text([2, 2], text, BLACK);
            canvas.pixels.iter().filter(|pixel| **pixel == BLACK).count()
        };
        assert!(drawn("A") > 10 && drawn("é") > 10);
        assert_eq!(drawn("你"), drawn("ह"));
        assert_eq!(drawn(" "), 0);
    }
}
