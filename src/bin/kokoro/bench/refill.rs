//! `kokoro bench --refill`: the network's convolutions in every form that the adapter runs.

use std::fmt::Write;
use std::time::Duration;

use kokoro_wgpu::bench::{Convolution, convolutions};
use kokoro_wgpu::{Context, ConvVariant, Error};

use super::device;
use crate::conv::Kept;
use crate::failure::Failure;

/// One form: its operators, and of each the shortest time so far.
struct Form {
    variant: ConvVariant,
    convolutions: Vec<Convolution>,
    shortest: Vec<Duration>,
    flops: Vec<u64>,
}

impl Form {
    fn new(context: &Context, variant: ConvVariant) -> Result<Self, Error> {
        context.set_conv_variant(variant)?;
        let mut convolutions = convolutions(context)?;
        // The driver compiles with the first run.
        let first = convolutions.iter_mut().map(|c| c.operator.sample()).collect::<Result<Vec<_>, _>>()?;
        let (shortest, flops) = first.iter().map(|sample| (Duration::MAX, sample.flops)).unzip();
        Ok(Self { variant, convolutions, shortest, flops })
    }

    /// Of one shape, in 10^9 operations a second.
    fn rate(&self, at: usize) -> f64 {
        self.flops[at] as f64 / self.shortest[at].as_secs_f64().max(1e-9) / 1e9
    }

    /// Of the convolutions of a second of audio.
    fn seconds(&self) -> f64 {
        let all = self.convolutions.iter().zip(&self.shortest);
        all.map(|(convolution, time)| f64::from(convolution.per_second) * time.as_secs_f64()).sum()
    }
}

/// Measures, the forms taking turns at each shape, so that what else the machine does meets all of them, and keeps the
/// fastest. Returns what to print.
pub fn run(context: &Context, runs: u32) -> Result<String, Failure> {
    let variants = context.conv_variants();
    let mut forms = variants.into_iter().map(|v| Form::new(context, v)).collect::<Result<Vec<_>, _>>()?;
    for shape in 0..forms.first().map_or(0, |form| form.convolutions.len()) {
        for _ in 0..runs {
            for form in &mut forms {
                let time = form.convolutions[shape].operator.sample()?.time;
                form.shortest[shape] = form.shortest[shape].min(time);
            }
        }
    }
    let fastest = forms.iter().min_by(|a, b| a.seconds().total_cmp(&b.seconds()));
    let fastest = fastest.map(|form| (form.variant, form.seconds())).unwrap_or_default();
    let path = Kept::read().put(context.info(), fastest.0)?;
    let text = table(context, &forms, fastest);
    Ok(format!("{text}{} is the fastest, kept in {}\n", fastest.0, path.display()))
}

fn table(context: &Context, forms: &[Form], (fastest, least): (ConvVariant, f64)) -> String {
    let mut text = format!("{}\n{:<55}", device(context), "GFLOP/s of the direct form");
    for form in forms {
        let _ = write!(text, " {:>15}", form.variant);
    }
    let Some(first) = forms.first() else { return text };
    for (at, convolution) in first.convolutions.iter().enumerate() {
        let _ = write!(text, "\n{:<55}", convolution.name);
        for form in forms {
            let _ = write!(text, " {:>15.2}", form.rate(at));
        }
    }
    let _ = write!(text, "\n{:<55}", format!("ms for a second of audio, times {fastest}'s"));
    for form in forms {
        let (own, ratio) = (form.seconds() * 1e3, form.seconds() / least);
        let _ = write!(text, " {:>15}", format!("{own:.0}, {ratio:.2}x"));
    }
    text.push('\n');
    text
}
