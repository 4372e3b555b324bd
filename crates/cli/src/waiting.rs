//! How far a download has come: a bar on a terminal, elsewhere a line for each file.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use kokoro_wgpu::hub::{Phase, Progress};

use crate::failure::note;
use crate::figures::megabytes;
use crate::packages::{Piece, Step};

pub struct Waiting {
    bar: ProgressBar,
    /// Of the last report.
    phase: Option<Phase>,
    /// No terminal, and a file of the hub has no line yet.
    line_due: bool,
}

impl Waiting {
    pub fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
        let style =
            ProgressStyle::with_template("{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, phase: None, line_due: !quiet && !std::io::stderr().is_terminal() }
    }

    /// A file of the hub.
    pub fn show(&mut self, progress: &Progress<'_>, from: &str) {
        let Progress { file, phase, done, total, .. } = *progress;
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            self.bar.set_prefix(file.to_owned());
            // The speed is that of the phase, and of what is still missing.
            self.bar.reset();
            self.bar.set_position(done);
            self.bar.reset_eta();
            self.bar.enable_steady_tick(Duration::from_millis(500));
            self.bar.set_message(match phase {
                Phase::Waiting => "waiting",
                Phase::Checking => "checking",
                _ => "",
            });
        }
        // The first report comes before anything has been reached.
        if self.line_due && phase == Phase::Receiving && done > 0 {
            self.line_due = false;
            let size = total.map(|total| format!(" ({})", megabytes(total))).unwrap_or_default();
            note(format_args!("downloading {file}{size} from {from}"));
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// A package that its registry's client brings, in one piece.
    pub fn step(&mut self, step: &Step<'_>) {
        let Step::Piece(piece) = step else {
            let line = "waiting for another kokoro that downloads the same";
            // The bar prints on terminals only, and nothing if it is hidden.
            if self.line_due {
                note(line);
            } else {
                self.bar.println(line);
            }
            return;
        };
        self.bar.set_prefix(piece.package.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(500));
        self.bar.set_length(piece.total);
        self.bar.set_position(piece.done);
        if self.line_due {
            let Piece { package, client, download, .. } = piece;
            note(format_args!("downloading {package} ({}) with {client}", megabytes(*download)));
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
