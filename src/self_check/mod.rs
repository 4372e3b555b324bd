//! Does this adapter compute right? Small cases of every form of the convolutions, then a narrow network, stage by stage.

mod cases;
mod remembered;

pub use remembered::Verdict;

use std::time::Instant;

use crate::batch::BatchEntry;
use crate::gpu::Context;
use crate::graph::{Graph, Options, Plan};
use crate::kernels::{iterations_of, loop_iterations};
use crate::model::{Istftnet, Plbert, Precision};
use crate::verify::{self, verify_variant};
use crate::{Checkpoint, Config, ConvVariant, Error, Golden, Model, Result};

/// A network of every module and kernel of the published one: three phonemes, 0.2 s. Made as the other golden files are,
/// by the published PyTorch code at the dimensions of [`narrow_config`].
const NARROW: &[u8] = include_bytes!("../../tests/golden/narrow.safetensors");
/// Turns of a loop that are counted: half as many again as the fewest that a driver is known to stop at.
const TURNS: u32 = 100_000;

/// One comparison: a convolution, or a stage of the narrow network, in one form of the convolutions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trial {
    /// The form.
    pub conv: ConvVariant,
    /// The convolution, or the stage's name in the checkpoint.
    pub name: String,
    /// ||x - truth|| / ||truth||, and the truth float64's; NaN if there is nothing to compare.
    pub error: f64,
    /// The largest error that is right.
    pub bound: f64,
    /// Why the driver refuses the form's kernels, if it does.
    pub refused: Option<String>,
}

impl Trial {
    /// Whether the error is within its bound.
    pub fn holds(&self) -> bool {
        self.error <= self.bound
    }
}

/// What a self-check found out about an adapter with its driver.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct SelfCheck {
    /// The adapter.
    pub adapter: String,
    /// The forms of the convolutions that are right.
    pub right: Vec<ConvVariant>,
    /// Those that are wrong, and left out from now on unless no form is right.
    pub wrong: Vec<ConvVariant>,
    /// What was compared, in the order in which it ran: form by form the convolutions, then form by form the network. A
    /// form of which a convolution is wrong has no stages.
    pub trials: Vec<Trial>,
    /// How many turns a loop of 100,000 really had; `None` if that is not to be told. Every kernel here has fewer than
    /// 65,535, so that a driver that stops there is none the worse for it.
    pub loop_turns: Option<u32>,
    /// What it took.
    pub seconds: f64,
}

impl SelfCheck {
    /// Whether some form is right, and with it the whole network.
    pub fn holds(&self) -> bool {
        !self.right.is_empty()
    }

    /// # Errors
    /// [`Error::SelfCheck`] with the first comparison that fails, if no form is right.
    pub fn result(&self) -> Result<()> {
        let first = self.trials.iter().find(|trial| !trial.holds()).filter(|_| !self.holds());
        first.map_or(Ok(()), |trial| {
            let Trial { name, error, bound, refused, .. } = trial.clone();
            let reason = refused.unwrap_or_else(|| format!("off by {error:.1e}, where at most {bound:.1e} is right"));
            Err(Error::SelfCheck { adapter: self.adapter.clone(), what: name, reason })
        })
    }
}

impl Context {
    /// Checks what this adapter and driver compute, within a second or so: each form of the convolutions on small cases
    /// against float64 on the host, then in each form that is right a short utterance through a narrow network against
    /// what PyTorch computes in float64, stage by stage. A form that is wrong is left out of
    /// [`conv_variants`](Self::conv_variants) from then on, with a warning; what is made later takes another. If none is
    /// right, none is left out, and [`SelfCheck::result`] is an error.
    ///
    /// [`self_check_once`](Self::self_check_once) remembers the result, and measures the forms too, as
    /// [`tune`](Self::tune) does. [`crate::verify`] checks the full network.
    ///
    /// # Errors
    /// [`Error::Shader`] if the driver refuses a kernel that every form needs, and what the device can fail with. Wrong
    /// results are no errors.
    pub async fn self_check(&self) -> Result<SelfCheck> {
        let start = Instant::now();
        let forms = self.runnable_conv_variants();
        let mut trials = Vec::new();
        for conv in &forms {
            trials.extend(convolutions(self, *conv).await?);
        }
        let right_of = |trials: &[Trial]| -> (Vec<ConvVariant>, Vec<ConvVariant>) {
            let fails = |conv: &ConvVariant| trials.iter().any(|trial| trial.conv == *conv && !trial.holds());
            forms.iter().copied().partition(|conv| !fails(conv))
        };
        let (right, wrong) = right_of(&trials);
        // What an earlier check found wrong stays out until this one is through.
        let usable = self.conv_variants();
        let before = forms.iter().copied().filter(|conv| !usable.contains(conv));
        self.exclude_conv_variants(&before.chain(wrong).collect::<Vec<_>>());
        if !right.is_empty() {
            let model = Model::load_with(self, &Checkpoint::seeded(0), &narrow_config(), Precision::F32)?;
            let golden = Golden::from_bytes("self-check", NARROW)?;
            for conv in right {
                trials.extend(network(&model, &golden, conv).await?);
            }
        }
        let (right, wrong) = right_of(&trials);
        self.exclude_conv_variants(&wrong);
        let adapter = format!("{} ({:?})", self.info().name, self.info().backend);
        let loop_turns = count_turns(self).await?;
        let check = SelfCheck { adapter, right, wrong, trials, loop_turns, seconds: start.elapsed().as_secs_f64() };
        check.warn();
        Ok(check)
    }

    /// Like [`Context::self_check`], and waits for it.
    ///
    /// # Errors
    /// As [`Context::self_check`].
    pub fn self_check_blocking(&self) -> Result<SelfCheck> {
        pollster::block_on(self.self_check())
    }
}

impl SelfCheck {
    fn warn(&self) {
        for conv in self.wrong.iter().filter(|_| self.holds()) {
            let failing = self.trials.iter().find(|trial| trial.conv == *conv && !trial.holds());
            let Some(Trial { name, error, refused, .. }) = failing else { continue };
            let reason = refused.clone().unwrap_or_else(|| format!("{name} is off by {error:.1e}"));
            log::warn!("{} computes convolutions wrong in the form {conv}, which is left out: {reason}", self.adapter);
        }
        if self.loop_turns != Some(TURNS) {
            log::info!("{}: a loop of {TURNS} turns has {:?}", self.adapter, self.loop_turns);
        }
    }
}

/// The dimensions of the narrow network, whose golden file the self-check has.
pub(crate) fn narrow_config() -> Config {
    Config {
        hidden_dim: 64,
        style_dim: 16,
        n_layer: 2,
        plbert: Plbert {
            embedding_size: 16,
            hidden_size: 48,
            num_attention_heads: 3,
            intermediate_size: 64,
            num_hidden_layers: 2,
            ..Config::default().plbert
        },
        decoder_dim: 64,
        asr_res_dim: 8,
        // 16 channels where the samples are made: four vec4, and less than a tile.
        istftnet: Istftnet { upsample_initial_channel: 64 },
        ..Config::default()
    }
}

/// The small cases of one form. That the driver refuses it is a result too.
async fn convolutions(context: &Context, conv: ConvVariant) -> Result<Vec<Trial>> {
    match cases::run(context, conv).await {
        Ok(ran) => {
            let trial = |ran: cases::Ran| {
                let truth: f64 = ran.truth.iter().map(|t| t * t).sum();
                let off: f64 = ran.values.iter().zip(&ran.truth).map(|(y, t)| (f64::from(*y) - t).powi(2)).sum();
                let (name, error) = (format!("conv1d, {}", ran.name), (off / truth).sqrt());
                Trial { conv, name, error, bound: verify::FLOOR, refused: None }
            };
            Ok(ran.into_iter().map(trial).collect())
        }
        Err(Error::Shader { kernel, source }) => {
            let refused = Some(format!("the driver refuses {kernel}: {source}"));
            Ok(vec![Trial { conv, name: kernel, error: f64::NAN, bound: verify::FLOOR, refused }])
        }
        Err(error) => Err(error),
    }
}

async fn network(model: &Model, golden: &Golden, conv: ConvVariant) -> Result<Vec<Trial>> {
    let mut stages = verify_variant(model, golden, conv).await?.stages;
    // With other durations nothing behind them can be compared: that is told after them.
    let place = |stages: &[verify::StageReport], name| stages.iter().position(|stage| stage.name == name);
    if let (Some(to), Some(from)) = (place(&stages, "predictor.duration_proj"), place(&stages, "pred_dur")) {
        stages[to + 1..=from].rotate_right(1);
    }
    let trial = |stage: verify::StageReport| {
        let verify::StageReport { name, error, bound, .. } = stage;
        Trial { conv, name, error, bound, refused: None }
    };
    Ok(stages.into_iter().map(trial).collect())
}

async fn count_turns(context: &Context) -> Result<Option<u32>> {
    let mut graph = Graph::new(Options::default());
    let y = loop_iterations(&mut graph, TURNS)?;
    graph.keep(y);
    let run = BatchEntry::single();
    let mut plan = Plan::new(context, graph, run.end())?;
    let views: Vec<_> = plan.view(y, &run).into_iter().collect();
    let Some(readback) = plan.replay(&[run], &views, None)? else { return Ok(None) };
    let words: Vec<u32> = readback.values().await?;
    Ok(words.first().and_then(|reached| iterations_of(*reached, TURNS)))
}
