//! Progress through a long text, on a terminal only.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::format::clock;

/// A line on standard error that is redrawn. Prints nothing where standard error is no terminal.
pub struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    /// Starts the progress of a text of `text_bytes`, if its length is known.
    pub fn new(text_bytes: Option<u64>, shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(text_bytes, target);
        let template = match text_bytes {
            Some(_) => "{bar:24} {percent:>3}%  {msg}, {eta} left",
            None => "{spinner}  {msg}",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        Self { bar, start: Instant::now() }
    }

    /// Adds `text_bytes` of spoken text; `audio_seconds` is the audio so far.
    pub fn add(&self, text_bytes: u64, audio_seconds: f64) {
        let elapsed = self.start.elapsed().as_secs_f64();
        let speed = audio_seconds / elapsed.max(1e-3);
        self.bar.set_message(format!("{} of audio, {speed:.1} times real time", clock(audio_seconds)));
        self.bar.inc(text_bytes);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
