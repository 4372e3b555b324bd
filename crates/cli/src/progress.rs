//! How far a long text has come, on a terminal only.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on standard error that is kept up to date. Nothing where it is no terminal.
pub struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    /// Of a text of so many bytes, if that is known.
    pub fn new(size: Option<u64>, shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(size, target);
        let template = match size {
            Some(_) => "{bar:24} {percent:>3}%  {msg}, {eta} left",
            None => "{spinner}  {msg}",
        };
        // The templates are right; indicatif's own line would do as well.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        Self { bar, start: Instant::now() }
    }

    /// So many bytes more are spoken, which makes so many seconds of audio in all.
    pub fn add(&self, bytes: u64, seconds: f64) {
        let taken = self.start.elapsed().as_secs_f64();
        self.bar.set_message(format!("{} of audio, {:.1} times real time", clock(seconds), seconds / taken.max(1e-3)));
        self.bar.inc(bytes);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Minutes and seconds.
fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole / 3600 {
        0 => format!("{}:{:02}", whole / 60, whole % 60),
        hours => format!("{hours}:{:02}:{:02}", whole / 60 % 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_reads_as_on_a_clock() {
        assert_eq!([clock(5.9), clock(75.0), clock(3723.0)], ["0:05", "1:15", "1:02:03"]);
    }
}
