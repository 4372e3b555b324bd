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
    /// The tensors that were read, by name, as they were found in the file.
    read: HashMap<String, Values>,
    /// Whether [`advance`](Self::advance) has failed, so that what it uploaded is not to be trusted.
    failed: bool,
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
        Ok(Self {
            context: context.clone(),
            options: options.clone(),
            weights,
            modules,
            read: HashMap::new(),
            failed: false,
        })
    }

    /// Uploads the tensors that are there and were not uploaded yet.
    ///
    /// # Errors
    /// As [`Model::load`], except that no tensor is missing yet. The file is damaged then, or its beginning tells something else
    /// than the whole of it, so [`finish`](Self::finish), which uploads everything again, may still succeed.
    pub fn advance(&mut self, beginning: Checkpoint) -> Result<()> {
        let done = self.weights.advance(&beginning);
        self.failed |= done.is_err();
        self.read.extend(beginning.into_read());
        done
    }

    /// Number of tensors that were read so far: those that were uploaded, and a few that wait for others with which they are one
    /// for the GPU.
    pub fn uploaded(&self) -> usize {
        self.read.len()
    }

    /// Uploads the rest from the whole file, while a few threads compile the kernels. `options` are those of the whole file, whose
    /// config.json may come last. Where these differ from those that were assumed, or the tensors from what the beginning told, or
    /// where [`advance`](Self::advance) has failed, everything is uploaded again.
    ///
    /// # Errors
    /// As [`Model::load_with`].
    pub fn finish(self, checkpoint: &Checkpoint, options: &ModelOptions) -> Result<Model> {
        let Self { context, options: assumed, weights, modules, read, failed } = self;
        let config = Config { vocab: options.config.vocab.clone(), ..assumed.config };
        let is_as_assumed = config == options.config && assumed.precision == options.precision;
        if failed || !is_as_assumed || !read.iter().all(|(name, values)| checkpoint.stores(name, values)) {
            drop((weights, modules)); // their memory is needed
            return Self::new(&context, options)?.finish(checkpoint, options);
        }
        checkpoint.reads().extend(read.into_iter().map(|(name, values)| (name, values.shape().to_vec())));
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
        f.debug_struct("Loading").field("uploaded", &self.uploaded()).finish_non_exhaustive()
    }
}
