//! The network, module by module, with the checkpoint's names.

mod bert;
mod config;
mod config_json;
mod config_limits;
mod decoder;
mod layers;
mod loading;
mod predictor;
mod text_encoder;
pub(crate) mod upload;

use std::sync::Arc;

pub use config::{Config, Istftnet, Plbert};
pub(crate) use config_limits::MAX_FRAMES;
pub use loading::Loading;

use crate::checkpoint::Checkpoint;
use crate::error::Result;
use crate::gpu::{Context, Kernel, MemoryReservation};
use crate::graph::{Graph, Tensor};
use crate::kernels::{self, expand};
pub use crate::variant::Precision;
use crate::weights::{Resident, Weights};

/// The network's parameters on a device. Clones share them.
#[derive(Clone, Debug)]
pub struct Model {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    context: Context,
    config: Config,
    origin: String,
    seeded: bool,
    precision: Precision,
    resident: Resident,
    /// The parameters' share of the device's memory budget.
    _held: Vec<MemoryReservation>,
    modules: Modules,
}

#[derive(Debug)]
struct Modules {
    bert: bert::Bert,
    bert_encoder: layers::Linear,
    predictor: predictor::Predictor,
    text_encoder: text_encoder::TextEncoder,
    decoder: decoder::Decoder,
}

impl Modules {
    fn load(weights: &Weights, ModelOptions { config, precision }: &ModelOptions) -> Result<Self> {
        let scope = |name| weights.scope(name).with_precision(*precision);
        Ok(Self {
            bert: bert::Bert::load(&scope("bert"), config.n_token, &config.plbert)?,
            bert_encoder: layers::Linear::load(&scope("bert_encoder"), config.plbert.hidden_size, config.hidden_dim)?,
            predictor: predictor::Predictor::load(&scope("predictor"), &scope("text_encoder"), config)?,
            text_encoder: text_encoder::TextEncoder::load(&scope("text_encoder"), config)?,
            decoder: decoder::Decoder::load(&scope("decoder"), config)?,
        })
    }
}

/// How a model is loaded: [`Model::load_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ModelOptions {
    /// The network's dimensions; by default those of the published Kokoro-82M.
    pub config: Config,
    /// How the large weights are stored; by default as float32.
    pub precision: Precision,
}

impl ModelOptions {
    /// Sets the network's dimensions.
    #[must_use]
    pub fn with_config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// Sets the precision of the large weights.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }
}

impl Model {
    /// Uploads the published network's parameters to the device as float32, while a few threads compile its kernels.
    ///
    /// # Errors
    /// Names the tensor that is missing, unknown, or of the wrong shape or type, or that has a value that is not
    /// finite; [`crate::Error::Gpu`] if the device fails.
    pub fn load(context: &Context, checkpoint: &Checkpoint) -> Result<Self> {
        Self::load_with(context, checkpoint, &ModelOptions::default())
    }

    /// Like [`Model::load`], for a network of other dimensions, or in another precision.
    ///
    /// # Errors
    /// As [`Model::load`], and [`crate::Error::Argument`] for dimensions that the kernels don't support.
    pub fn load_with(context: &Context, checkpoint: &Checkpoint, options: &ModelOptions) -> Result<Self> {
        Loading::new(context, options)?.finish(checkpoint, options)
    }

    /// Compiles the kernels of a network in this precision, which loading one then finds: for a host that waits for its file.
    ///
    /// # Errors
    /// [`crate::Error::Gpu`] if the device fails.
    pub fn compile(context: &Context, precision: Precision) -> Result<()> {
        context.compile_during(&used_kernels(context, precision), || Ok(()))
    }

    /// The context of the device that holds it.
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// The dimensions it was loaded with.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The checkpoint it came from: a path, or `seeded:N`.
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// Whether its weights are generated from a seed: such a network makes noise, not speech.
    pub fn is_seeded(&self) -> bool {
        self.inner.seeded
    }

    /// The storage of the large weights.
    pub fn precision(&self) -> Precision {
        self.inner.precision
    }

    /// Number of tensors read from the checkpoint.
    pub fn tensors(&self) -> usize {
        self.inner.resident.tensors
    }

    /// Number of parameters read from the checkpoint; 81,810,022 for a complete one of the published dimensions.
    pub fn parameters(&self) -> u64 {
        self.inner.resident.parameters
    }

    /// GPU memory of the parameters in bytes, with alignment and padding.
    pub fn resident_bytes(&self) -> u64 {
        self.inner.resident.bytes
    }

    /// Ids \[tokens\] and the predictor's style -> the encoded text, and the durations.
    pub(crate) fn record_text(&self, graph: &mut Graph, ids: Tensor, style: Tensor) -> Result<(Encoded, Tensor)> {
        graph.with_conv(graph.conv().full_precision(), |graph| self.record_full_precision(graph, ids, style))
    }

    fn record_full_precision(&self, graph: &mut Graph, ids: Tensor, style: Tensor) -> Result<(Encoded, Tensor)> {
        let Modules { bert, bert_encoder, predictor, text_encoder, .. } = &self.inner.modules;
        let gates = predictor.gates(graph, ids.shape.rows);
        graph.scope("text_encoder", |graph| {
            let text = text_encoder.record(graph, ids)?;
            graph.scope("lstm", |graph| predictor.record_text_gates(graph, text, gates))
        })?;
        let x = graph.module("bert", |graph| bert.record(graph, ids))?;
        let x = graph.module("bert_encoder", |graph| bert_encoder.record(graph, x))?;
        let (for_predictor, durations, for_decoder) =
            graph.scope("predictor", |graph| predictor.record_durations(graph, x, style, gates))?;
        Ok((Encoded { for_predictor, for_decoder, ends: durations.ends }, durations.frames))
    }

    /// The encoded text and the styles -> \[600 frames\] samples.
    pub(crate) fn record_frames(&self, graph: &mut Graph, text: &Encoded, styles: &Styles) -> Result<Tensor> {
        let Modules { predictor, decoder, .. } = &self.inner.modules;
        let curves = graph.scope("predictor", |graph| {
            let aligned = expand(graph, text.ends, text.for_predictor)?;
            graph.with_conv(graph.conv().full_precision(), |graph| {
                predictor.record_curves(graph, aligned, styles.predictor)
            })
        })?;
        graph.scope("decoder", |graph| {
            let asr = expand(graph, text.ends, text.for_decoder)?;
            decoder.record(graph, asr, curves, styles.decoder)
        })
    }
}

/// The kernels of a network in this precision, with the context's variant of the convolution.
pub(crate) fn used_kernels(context: &Context, precision: Precision) -> Vec<&'static Kernel> {
    let selected = context.conv_variant();
    let in_use = [selected, selected.full_precision()].map(|variant| (variant, precision));
    let is_used = |kernel: &Kernel| kernels::variants_of(kernel).iter().any(|used| in_use.contains(used));
    kernels::ALL.iter().copied().filter(|kernel| kernels::in_network(kernel) && is_used(kernel)).collect()
}

/// The results of [`Model::record_text`] that [`Model::record_frames`] reads.
#[derive(Clone, Copy)]
pub(crate) struct Encoded {
    /// Output of `predictor.text_encoder`, \[tokens, hidden + style\].
    pub for_predictor: Tensor,
    /// Output of `text_encoder`, \[tokens, hidden\].
    pub for_decoder: Tensor,
    /// \[tokens\], u32: the frame at which each token ends.
    pub ends: Tensor,
}

/// The two halves of a voice row, each \[1, style\].
#[derive(Clone, Copy)]
pub(crate) struct Styles {
    pub decoder: Tensor,
    pub predictor: Tensor,
}
