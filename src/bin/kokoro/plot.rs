//! `kokoro plot`: a picture of what was spoken, and when.

mod canvas;
mod labels;
mod sound;
mod spectrum;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::failure::{Failure, Outcome, note};
use crate::output::Output;
use canvas::{BLACK, Canvas, Colour, GLYPH};
use labels::{Label, Lanes};
use sound::{Sound, Stretch};

/// Draw a WAV file: its waveform and spectrogram, with words and marks at their times
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// WAV file, of any rate; several channels are mixed
    #[arg(value_name = "FILE.wav")]
    input: PathBuf,
    /// PNG file to write
    #[arg(short, long, value_name = "FILE.png")]
    output: PathBuf,
    /// Words and marks to draw: the .json that `kokoro say --timings` wrote
    #[arg(long, value_name = "FILE.json")]
    timings: Option<PathBuf>,
    /// Draw from this second on
    #[arg(long, value_name = "SECONDS", value_parser = moment)]
    from: Option<f64>,
    /// Draw up to this second
    #[arg(long, value_name = "SECONDS", value_parser = moment)]
    to: Option<f64>,
    /// Width of the picture in pixels, 400 to 16000 [default: 160 a second, 1000 to 4000]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(400..=16_000))]
    width: Option<u32>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

const EXAMPLES: &str = "Examples:
  kokoro say \"Hello there.\" -o hello.wav --timings hello.json
  kokoro plot hello.wav --timings hello.json -o hello.png
  kokoro plot chapter.wav --timings chapter.json --from 60 --to 75 -o minute.png

The spectrogram is logarithmic, 80 dB deep, of windows of 25 ms. Letters beyond Latin-1 are drawn as boxes.";

const PIXELS_A_SECOND: f64 = 160.0;
const WIDTHS: RangeInclusive<f64> = 1000.0..=4000.0;
/// Left of the pictures, for their scales, and right of them.
const MARGIN: [i32; 2] = [64, 24];
const WAVE: i32 = 160;
const SPECTROGRAM: i32 = 320;
const GAP: i32 = 14;
/// Seconds and ticks under the spectrogram.
const AXIS: i32 = 26;
const LANE: i32 = GLYPH[1] + 4;
const MOST_LANES: usize = 10;

const INK: Colour = [31, 78, 121];
const FAINT: Colour = [214, 220, 226];
const GREY: Colour = [90, 90, 90];
const MARK: Colour = [213, 94, 0];

fn moment(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0);
    seconds.ok_or_else(|| "expected seconds, 0 or more".to_owned())
}

pub fn run(args: &Args) -> Outcome {
    let output = Output::file(&args.output)?;
    let sound = Sound::read(&args.input)?;
    let (words, marks) = match &args.timings {
        Some(path) => sound::timings(path, sound.rate)?,
        None => (Vec::new(), Vec::new()),
    };
    let (from, to) = (args.from.unwrap_or(0.0), args.to.unwrap_or(f64::INFINITY).min(sound.seconds()));
    if from >= to {
        let message = format!("--from, --to: nothing lies between {from} s and {to} s");
        return Err(Failure::Usage(message));
    }
    let width = args.width.map_or(((to - from) * PIXELS_A_SECOND).clamp(*WIDTHS.start(), *WIDTHS.end()), f64::from);
    let time = Time { from, to, left: MARGIN[0], right: width as i32 - MARGIN[1] };
    let picture = Picture::new(time, &sound, &words, &marks);
    output.write(&picture.draw(&sound).png())?;
    if !args.quiet {
        let left_out = match picture.left_out() {
            0 => String::new(),
            count => format!(", {count} names left out for want of room: --from, --to and --width make some"),
        };
        note(format_args!("{}: {:.2} s, {} words{left_out}", args.output.display(), to - from, picture.words.len()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Seconds to pixels.
#[derive(Clone, Copy)]
struct Time {
    from: f64,
    to: f64,
    left: i32,
    right: i32,
}

impl Time {
    fn x(self, seconds: f64) -> i32 {
        let share = (seconds - self.from) / (self.to - self.from);
        self.left + (share * f64::from(self.right - self.left)).round() as i32
    }

    /// The stretch of a column.
    fn seconds(self, x: i32) -> [f64; 2] {
        let step = (self.to - self.from) / f64::from(self.right - self.left);
        [0, 1].map(|more| self.from + f64::from(x - self.left + more) * step)
    }

    fn shows(self, stretch: &Stretch) -> bool {
        stretch.start < self.to && stretch.end.max(stretch.start + 1e-9) > self.from
    }

    /// Round seconds, with about 100 pixels between them.
    fn ticks(self) -> (Vec<f64>, usize) {
        let rough = 100.0 * (self.to - self.from) / f64::from(self.right - self.left);
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let (first, last) = ((self.from / step).ceil() as i64, (self.to / step).floor() as i64);
        ((first..=last).map(|at| at as f64 * step).collect(), decimals)
    }
}

/// Where everything lies.
struct Picture<'a> {
    time: Time,
    words: Vec<&'a Stretch>,
    marks: Vec<&'a Stretch>,
    word_lanes: Lanes,
    mark_lanes: Lanes,
    loudest: f32,
}

impl<'a> Picture<'a> {
    fn new(time: Time, sound: &Sound, words: &'a [Stretch], marks: &'a [Stretch]) -> Self {
        let shown = |all: &'a [Stretch]| all.iter().filter(|stretch| time.shows(stretch)).collect::<Vec<_>>();
        let (words, marks) = (shown(words), shown(marks));
        let lanes = |stretches: &[&Stretch]| {
            let places = stretches.iter().map(|stretch| (time.x(stretch.start.max(time.from)), stretch.name.as_str()));
            let labels: Vec<Label> = places.map(|(x, text)| Label { x, text }).collect();
            Lanes::new(&labels, time.right + MARGIN[1], MOST_LANES)
        };
        let loudest = sound.between(time.from, time.to).iter().fold(0_f32, |most, sample| most.max(sample.abs()));
        Self { word_lanes: lanes(&words), mark_lanes: lanes(&marks), time, words, marks, loudest }
    }

    fn left_out(&self) -> usize {
        self.word_lanes.left_out() + self.mark_lanes.left_out()
    }

    /// The upper edges of the waveform, the spectrogram, its axis and the words, and the height of all.
    fn edges(&self) -> [i32; 5] {
        let wave = GAP + self.mark_lanes.count() as i32 * LANE;
        let spectrogram = wave + WAVE + GAP;
        let axis = spectrogram + SPECTROGRAM;
        let words = axis + AXIS;
        [wave, spectrogram, axis, words, words + self.word_lanes.count() as i32 * LANE + GAP]
    }

    fn draw(&self, sound: &Sound) -> Canvas {
        let [wave, spectrogram, axis, words, height] = self.edges();
        let mut canvas = Canvas::new(self.time.right + MARGIN[1], height);
        self.draw_word_bands(&mut canvas, wave);
        self.draw_wave(&mut canvas, wave, sound);
        spectrum::draw(&mut canvas, sound, self.time, [spectrogram, SPECTROGRAM]);
        self.draw_frequencies(&mut canvas, spectrogram, sound.rate);
        self.draw_seconds(&mut canvas, axis);
        self.draw_words(&mut canvas, [spectrogram, axis, words]);
        self.draw_marks(&mut canvas, [wave, axis]);
        canvas
    }

    /// Each word's time behind the waveform.
    fn draw_word_bands(&self, canvas: &mut Canvas, top: i32) {
        for (at, word) in self.words.iter().enumerate() {
            let (start, end) = (self.time.x(word.start.max(self.time.from)), self.time.x(word.end.min(self.time.to)));
            let colour = if at % 2 == 0 { [238, 243, 248] } else { [250, 244, 235] };
            canvas.fill([start, top], [end - start, WAVE], colour);
        }
    }

    fn draw_wave(&self, canvas: &mut Canvas, top: i32, sound: &Sound) {
        // Quiet sound is drawn in its own scale, which the numbers tell.
        let scale = [0.1, 0.2, 0.5, 1.0].into_iter().find(|scale| self.loudest <= *scale).unwrap_or(self.loudest);
        let middle = top + WAVE / 2;
        let y = |sample: f32| middle - (sample / scale * (WAVE / 2 - 1) as f32).round() as i32;
        for value in [scale, scale / 2.0, 0.0, -scale / 2.0, -scale] {
            canvas.fill([self.time.left, y(value)], [self.time.right - self.time.left, 1], FAINT);
            let text = if value == 0.0 { "0".to_owned() } else { format!("{value:.2}") };
            canvas.text_left_of([self.time.left - 6, y(value)], &text, GREY);
        }
        for x in self.time.left..self.time.right {
            let [from, to] = self.time.seconds(x);
            let samples = sound.between(from, to);
            let least = samples.iter().copied().fold(f32::INFINITY, f32::min);
            let most = samples.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            if least <= most {
                canvas.fill([x, y(most)], [1, y(least) - y(most) + 1], INK);
            }
        }
    }

    fn draw_frequencies(&self, canvas: &mut Canvas, top: i32, rate: u32) {
        let nyquist = f64::from(rate) / 2000.0;
        let step = if nyquist > 16.0 { 4 } else { 2 };
        for kilohertz in (0..=nyquist as u32).step_by(step) {
            let share = f64::from(kilohertz) / nyquist;
            let y = top + SPECTROGRAM - 1 - (share * f64::from(SPECTROGRAM - 1)).round() as i32;
            canvas.fill([self.time.left - 4, y], [4, 1], BLACK);
            canvas.text_left_of([self.time.left - 6, y], &format!("{kilohertz} kHz"), GREY);
        }
    }

    fn draw_seconds(&self, canvas: &mut Canvas, top: i32) {
        canvas.fill([self.time.left, top], [self.time.right - self.time.left, 1], BLACK);
        let (ticks, decimals) = self.time.ticks();
        for seconds in ticks {
            let x = self.time.x(seconds);
            canvas.fill([x, top], [1, 5], BLACK);
            canvas.text_middle([x, top + 6], &format!("{seconds:.decimals$} s"), GREY);
        }
    }

    fn draw_words(&self, canvas: &mut Canvas, [spectrogram, axis, top]: [i32; 3]) {
        for (word, lane) in self.words.iter().zip(self.word_lanes.iter()) {
            let x = self.time.x(word.start.max(self.time.from));
            canvas.dots([x, spectrogram], SPECTROGRAM, [255, 255, 255]);
            canvas.fill([x, axis], [1, 3], INK);
            if let Some((label, lane)) = lane {
                let y = top + lane as i32 * LANE;
                canvas.fill([x, y], [1, LANE - 2], INK);
                canvas.text([label + 3, y], &word.name, BLACK);
            }
        }
    }

    fn draw_marks(&self, canvas: &mut Canvas, [wave, axis]: [i32; 2]) {
        for (mark, lane) in self.marks.iter().zip(self.mark_lanes.iter()) {
            let x = self.time.x(mark.start);
            let top = lane.map_or(wave, |(_, lane)| GAP / 2 + lane as i32 * LANE);
            canvas.fill([x, top], [1, axis - top], MARK);
            if let Some((label, _)) = lane {
                canvas.text([label + 3, top], &mark.name, MARK);
            }
        }
    }
}
