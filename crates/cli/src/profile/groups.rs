//! Sums of a profile's rows.

use kokoro_wgpu::ProfileRow;
use serde_json::{Value, json};

/// Sum over the dispatches of one stage or kernel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    pub name: String,
    pub dispatches: u64,
    pub nanoseconds: u64,
    pub flops: u64,
    pub bytes: u64,
    /// Share of the total time, 0 to 1.
    pub share: f64,
}

impl Group {
    /// Speed in 10^9 operations per second.
    pub fn gflops(&self) -> f64 {
        self.flops as f64 / self.nanoseconds.max(1) as f64
    }

    /// Bandwidth in 10^9 bytes per second.
    pub fn gigabytes(&self) -> f64 {
        self.bytes as f64 / self.nanoseconds.max(1) as f64
    }

    pub fn milliseconds(&self) -> f64 {
        self.nanoseconds as f64 / 1e6
    }

    pub fn json(&self) -> Value {
        json!({
            "name": self.name, "dispatches": self.dispatches, "milliseconds": self.milliseconds(),
            "share": self.share, "flops": self.flops, "bytes": self.bytes, "gflops": self.gflops(),
            "gigabytes_per_second": self.gigabytes(),
        })
    }
}

/// Sums rows by name, in the order in which the names first appear.
pub fn sum<'a>(rows: &'a [ProfileRow], name: impl Fn(&'a ProfileRow) -> String) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let name = name(row);
        let index = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
            groups.push(Group { name, ..Group::default() });
            groups.len() - 1
        });
        let group = &mut groups[index];
        group.dispatches += 1;
        group.nanoseconds += row.nanoseconds;
        group.flops += row.flops;
        group.bytes += row.bytes;
    }
    let total: u64 = rows.iter().map(|row| row.nanoseconds).sum();
    for group in &mut groups {
        group.share = group.nanoseconds as f64 / total.max(1) as f64;
    }
    groups
}

/// Sum of all rows.
pub fn total(rows: &[ProfileRow]) -> Group {
    sum(rows, |_| "all".to_owned()).pop().unwrap_or_default()
}

/// The module's path: the label without the kernel.
pub fn module(label: &str) -> &str {
    label.rsplit_once(' ').map_or(label, |(path, _)| path)
}

/// The stage of a module: the beginning of its path. Paths are longest in the generator, which takes most of the time.
pub fn stage(label: &str) -> String {
    let parts: Vec<&str> = module(label).split('.').collect();
    let depth = match parts[..] {
        ["decoder", "generator", list, index, ..] if index.parse::<u32>().is_ok() && list != "noise_convs" => 4,
        ["decoder", "generator", ..] => 3,
        ["decoder" | "predictor", ..] => 2,
        _ => 1,
    };
    parts[..depth.min(parts.len())].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_finest_in_the_generator() {
        let cases = [
            ("bert.encoder.layer conv1d", "bert"),
            ("predictor.text_encoder.lstms.0 lstm", "predictor.text_encoder"),
            ("decoder.decode.3.conv1 conv1d", "decoder.decode"),
            ("decoder expand", "decoder"),
            ("decoder.generator.resblocks.5.convs1.2 winograd_input", "decoder.generator.resblocks.5"),
            ("decoder.generator.noise_convs.0 conv1d", "decoder.generator.noise_convs"),
            ("decoder.generator.conv_post conv1d", "decoder.generator.conv_post"),
            ("decoder.generator istft", "decoder.generator"),
        ];
        for (label, expected) in cases {
            assert_eq!(stage(label), expected);
        }
    }
}
