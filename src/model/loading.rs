//! A model on its way to the device.

use std::collections::HashMap;

use super::{Config, Inner, Model, ModelOptions, Modules, used_kernels};
use crate::checkpoint::{Checkpoint, Values};
use crate::error::Result;
use crate::gpu::Context;
use crate::weights::Weights;

/// A model that is uploaded while its file is still on its way, by [`advance`](Self::advance) whenever more of it is there.
///
/// ```no_run
/// use kokoro_wgpu::model::{Loading, ModelOptions};
/// use kokoro_wgpu::{Checkpoint, Context};
/// # fn download_until(_: u64) {}
/// # fn run(context: &Context) -> Result<(), Box<dyn std::error::Error>> {
/// let (path, length) = ("model.safetensors", 327_000_000);
/// let options = ModelOptions::default();
/// let mut loading = Loading::new(context, &options)?;
/// for available in (0..length).step_by(8 << 20) {
///     download_until(available);
///     loading.advance(Checkpoint::from_prefix(path, std::fs::File::open(path)?, length)?)?;
/// }
/// download_until(length);
/// let model = loading.finish(&Checkpoint::open(path)?, &options)?;
/// # Ok(()) }
/// ```
pub struct Loading {
    context: Context,
    options: ModelOptions,
    weights: Weights,
    modules: Modules,
    /// The tensors that were uploaded, by name, as they were found in the file.
    uploaded: HashMap<String, Values>,
}

impl Loading {
    /// Reserves the memory of a network's parameters on the device.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) for dimensions that the kernels don't support;
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory); [`Error::Gpu`](crate::Error::Gpu) if the device fails.
    pub fn new(context: &Context, options: &ModelOptions) -> Result<Self> {
        options.config.check()?;
        let weights = Weights::new(context);
        let modules = Modules::load(&weights, options)?;
        Ok(Self { context: context.clone(), options: options.clone(), weights, modules, uploaded: HashMap::new() })
    }

    /// Uploads the tensors that are there and were not uploaded yet.
    ///
    /// # Errors
    /// As [`Model::load`], except that no tensor is missing yet. The file is damaged then, or its beginning tells something else
    /// than the whole of it, so [`Model::load_with`] may still succeed.
    pub fn advance(&mut self, beginning: Checkpoint) -> Result<()> {
        self.weights.advance(&beginning)?;
        self.uploaded.extend(beginning.into_read());
        Ok(())
    }

    /// Number of tensors that were uploaded so far.
    pub fn uploaded(&self) -> usize {
        self.uploaded.len()
    }

    /// Uploads the rest from the whole file, while a few threads compile the kernels. `options` are those of the whole file, whose
    /// config.json may come last. Where these differ from those that were assumed, or the tensors from what the beginning told,
    /// everything is uploaded again.
    ///
    /// # Errors
    /// As [`Model::load_with`].
    pub fn finish(self, checkpoint: &Checkpoint, options: &ModelOptions) -> Result<Model> {
        let Self { context, options: assumed, weights, modules, uploaded } = self;
        let config = Config { vocab: options.config.vocab.clone(), ..assumed.config };
        let is_as_assumed = config == options.config && assumed.precision == options.precision;
        if !is_as_assumed || !uploaded.iter().all(|(name, values)| checkpoint.stores(name, values)) {
            drop((weights, modules)); // their memory is needed
            return Self::new(&context, options)?.finish(checkpoint, options);
        }
        checkpoint.reads().extend(uploaded.into_iter().map(|(name, values)| (name, values.shape().to_vec())));
        let kernels = used_kernels(&context, options.precision);
        let (resident, held) = context.compile_during(&kernels, || weights.finish(checkpoint))?;
        let inner = Inner {
            context,
            config,
            origin: checkpoint.origin().to_owned(),
            seeded: checkpoint.is_seeded(),
            precision: options.precision,
            resident,
            _held: held,
            modules,
        };
        Ok(Model { inner: inner.into() })
    }
}

impl std::fmt::Debug for Loading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loading").field("uploaded", &self.uploaded.len()).finish_non_exhaustive()
    }
}
