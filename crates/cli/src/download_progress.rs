//! Progress of downloads: a bar on a terminal, elsewhere one line for each file.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use kokoro_wgpu::hub::{Phase, Progress};

use crate::failure::note;
use crate::format::megabytes;
use crate::packages::{PackageProgress, Step};

const TICK: Duration = Duration::from_millis(500);

pub struct DownloadProgress {
    bar: ProgressBar,
    /// Phase of the last update.
    phase: Option<Phase>,
    /// Standard error is no terminal, and no line has been printed for this file.
    line_due: bool,
}

impl DownloadProgress {
    pub fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
        let style =
            ProgressStyle::with_template("{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, phase: None, line_due: !quiet && !std::io::stderr().is_terminal() }
    }

    /// Shows the progress of a file from the model hub.
    pub fn update_file(&mut self, progress: &Progress<'_>, endpoint: &str) {
        let Progress { file, phase, done, total, .. } = *progress;
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            self.bar.set_prefix(file.to_owned());
            // Speed and remaining time are those of the phase, without the bytes of earlier runs.
            self.bar.reset();
            self.bar.set_position(done);
            self.bar.reset_eta();
            self.bar.enable_steady_tick(TICK);
            self.bar.set_message(match phase {
                Phase::Waiting => "waiting",
                Phase::Checking => "checking",
                _ => "",
            });
        }
        // The first update comes before the server has answered.
        if self.line_due && phase == Phase::Receiving && done > 0 {
            self.line_due = false;
            let size = total.map(|total| format!(" ({})", megabytes(total))).unwrap_or_default();
            note(format_args!("downloading {file}{size} from {endpoint}"));
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// Shows the progress of a package. Its client reports no progress of its own.
    pub fn update_package(&mut self, step: &Step<'_>) {
        match step {
            Step::WaitingForLock => {
                let line = "waiting for another kokoro that downloads the same";
                // `println` prints nothing where the bar is hidden or standard error is no terminal.
                if self.line_due {
                    note(line);
                } else {
                    self.bar.println(line);
                }
            }
            Step::Downloading(PackageProgress { package, client, download_bytes, done_bytes, total_bytes }) => {
                self.bar.set_prefix((*package).to_owned());
                self.bar.enable_steady_tick(TICK);
                self.bar.set_length(*total_bytes);
                self.bar.set_position(*done_bytes);
                if self.line_due {
                    note(format_args!("downloading {package} ({}) with {client}", megabytes(*download_bytes)));
                }
            }
        }
    }
}

impl Drop for DownloadProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
