//! The network in a web page: the device, the model and synthesis, for the worker in `../package/worker.js`.
//!
//! A browser answers only between tasks, so everything that waits for the GPU is a promise, and loading a model, which does not
//! wait, is one call. What has many fields travels as JSON.
//!
//! While a promise of the engine is pending, only methods that borrow it as shared can be called: all of them.

mod chunk;
mod error;
mod facts;
mod file;
mod spoken;

use std::cell::RefCell;
use std::collections::HashMap;

use kokoro_wgpu::model::{Loading, Precision};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::{
    AdapterChoice, Checkpoint, Config, Context, Golden, Model, ModelOptions, Synthesizer, Utterance, Voice, verify,
    voice,
};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileSystemSyncAccessHandle};

use error::Failure;
use file::{ArrivingReader, BlobReader};
use spoken::{Spoken, speak};

/// The SHA-256 of bytes that come in pieces.
#[wasm_bindgen]
#[derive(Default)]
pub struct Hash(Sha256);

#[wasm_bindgen]
impl Hash {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash in hexadecimal digits. Frees this.
    pub fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The device with a model and its voices.
#[wasm_bindgen]
pub struct Engine {
    context: Context,
    /// A model whose file is on its way, with its origin.
    loading: RefCell<Option<(Loading, String)>>,
    /// With the most frames of an utterance.
    model: RefCell<Option<(Model, u32)>>,
    /// Taken while it speaks.
    synthesizer: RefCell<Option<Synthesizer>>,
    voices: RefCell<HashMap<String, Voice>>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens a device on the browser's fastest adapter.
    pub async fn open() -> Result<Engine, Failure> {
        let context = Context::new(&AdapterChoice::Fastest).await?;
        Ok(Self {
            context,
            loading: RefCell::default(),
            model: RefCell::default(),
            synthesizer: RefCell::default(),
            voices: RefCell::default(),
        })
    }

    /// Facts of the device, and the memory in use: JSON.
    pub fn facts(&self) -> String {
        facts::device(&self.context, self.model.borrow().as_ref())
    }

    /// Checks what the adapter computes, and disables kernels that are wrong there: JSON.
    pub async fn check(&self) -> Result<String, Failure> {
        Ok(facts::check(&self.context.self_check().await?))
    }

    /// Measures the convolution kernels and selects the fastest: JSON of names and GFLOP/s.
    pub async fn tune(&self) -> Result<String, Failure> {
        Ok(facts::speeds(&self.context.tune().await?))
    }

    /// Selects the convolution kernel that an earlier [`tune`](Self::tune) found. A name that this device does not know is
    /// ignored.
    #[wasm_bindgen(js_name = useKernel)]
    pub fn use_kernel(&self, name: &str) {
        if let Ok(conv) = name.parse() {
            let _ = self.context.set_conv_variant(conv);
        }
    }

    /// Has the browser compile the network's kernels, which it does on its own while the model is downloaded.
    pub fn compile(&self, half: bool) -> Result<(), Failure> {
        Ok(Model::compile(&self.context, precision(half))?)
    }

    /// Uploads what has arrived of a model's file of `total` bytes, for a later [`load`](Self::load) of the whole of it. Returns the
    /// number of tensors that were uploaded so far.
    ///
    /// After an error, `load` begins again.
    pub fn advance(
        &self,
        file: FileSystemSyncAccessHandle,
        arrived: f64,
        total: f64,
        origin: &str,
        half: bool,
    ) -> Result<u32, Failure> {
        let earlier = self.loading.take().filter(|(_, of)| of == origin);
        let beginning = Checkpoint::from_prefix(origin, ArrivingReader::new(file, arrived as u64), total as u64)?;
        let (mut loading, origin) = match earlier {
            Some(earlier) => earlier,
            None => (Loading::new(&self.context, &options(&beginning, half)?)?, origin.to_owned()),
        };
        loading.advance(beginning)?;
        let uploaded = loading.uploaded() as u32;
        self.loading.replace(Some((loading, origin)));
        Ok(uploaded)
    }

    /// Forgets what [`advance`](Self::advance) has uploaded: the file is another one.
    #[wasm_bindgen(js_name = startOver)]
    pub fn start_over(&self) {
        self.loading.take();
    }

    /// Loads a model from its file, of which a part at a time is in memory. `half`: with its weights as float16.
    pub fn load(&self, file: Blob, origin: &str, half: bool) -> Result<(), Failure> {
        let checkpoint = Checkpoint::from_reader(origin, BlobReader::new(file)?)?;
        self.upload(&checkpoint, &options(&checkpoint, half)?)
    }

    /// Loads an untrained network, which makes noise: for tests. `config`: a model's config.json, or empty for the published
    /// one.
    #[wasm_bindgen(js_name = loadSeeded)]
    pub fn load_seeded(&self, seed: u32, config: &str, half: bool) -> Result<(), Failure> {
        let config =
            if config.is_empty() { Config::default() } else { Config::from_json("config", config.as_bytes())? };
        let options = ModelOptions::default().with_config(config).with_precision(precision(half));
        self.upload(&Checkpoint::seeded(seed.into()), &options)
    }

    fn upload(&self, checkpoint: &Checkpoint, options: &ModelOptions) -> Result<(), Failure> {
        self.synthesizer.take(); // frees its memory first
        self.model.take();
        let loading = self.loading.take().filter(|(_, of)| of == checkpoint.origin());
        let model = match loading {
            Some((loading, _)) => loading.finish(checkpoint, options)?,
            None => Model::load_with(&self.context, checkpoint, options)?,
        };
        let synthesizer = Synthesizer::new(&model)?;
        self.model.replace(Some((model, synthesizer.max_frames())));
        self.synthesizer.replace(Some(synthesizer));
        Ok(())
    }

    /// Compiles the kernels and allocates for utterances of up to `frames` frames of 25 ms. An error of loading may only come
    /// up here.
    #[wasm_bindgen(js_name = warmUp)]
    pub async fn warm_up(&self, frames: u32) -> Result<(), Failure> {
        let mut synthesizer = self.taken()?;
        let result = synthesizer.warm_up(frames).await;
        self.synthesizer.replace(Some(synthesizer));
        Ok(result?)
    }

    /// Whether the model spells Mandarin in zhuyin, as v1.1-zh does, instead of IPA.
    #[wasm_bindgen(js_name = hasZhuyin)]
    pub fn has_zhuyin(&self) -> bool {
        self.model.borrow().as_ref().is_some_and(|(model, _)| model.config().vocab.id('ㄅ').is_some())
    }

    /// Adds a voice from its file, in any published format.
    #[wasm_bindgen(js_name = addVoice)]
    pub fn add_voice(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.voices.borrow_mut().insert(name.to_owned(), Voice::from_bytes(name, bytes)?);
        Ok(())
    }

    /// Adds a voice for untrained networks.
    #[wasm_bindgen(js_name = addSeededVoice)]
    pub fn add_seeded_voice(&self, name: &str, case: u32) -> Result<(), Failure> {
        let width = 2 * self.model()?.config().style_dim as usize;
        self.voices.borrow_mut().insert(name.to_owned(), Voice::seeded_width(case.into(), width));
        Ok(())
    }

    /// The names in a blend such as `af_heart:2,af_sky`: JSON.
    #[wasm_bindgen(js_name = blendParts)]
    pub fn blend_parts(blend: &str) -> Result<String, Failure> {
        let names: Vec<String> = voice::parse_blend(blend)?.into_iter().map(|(name, _)| name).collect();
        Ok(facts::json(&names))
    }

    /// Speaks a chunk: JSON of its text and tokens. `voice` is a name or a blend of voices that were added. `start`:
    /// position of the first sample in the joined audio. A chunk without a phoneme gives no samples.
    pub async fn speak(
        &self,
        chunk: &str,
        voice: &str,
        speed: f32,
        noise_seed: u32,
        start: f64,
    ) -> Result<Spoken, Failure> {
        let voice = self.voice(voice)?;
        let chunk = chunk::parse(chunk)?;
        let mut synthesizer = self.taken()?;
        let utterance = |phonemes: &str, vocabulary: &Vocabulary| {
            Utterance::in_vocabulary(vocabulary, phonemes, &voice).with_speed(speed).with_noise_seed(noise_seed)
        };
        let spoken = speak(&mut synthesizer, chunk, utterance, start as u64).await;
        self.synthesizer.replace(Some(synthesizer));
        spoken
    }

    /// Compares every stage of the network with a golden file: JSON.
    pub async fn verify(&self, origin: &str, golden: &[u8]) -> Result<String, Failure> {
        let golden = Golden::from_bytes(origin, golden)?;
        let model = self.model()?;
        Ok(facts::report(&verify::verify(&model, &golden).await?))
    }

    /// Gives the device up, as if its driver had been reset.
    pub fn destroy(&self) {
        self.context.device().destroy();
    }

    fn model(&self) -> Result<Model, Failure> {
        self.model.borrow().as_ref().map(|(model, _)| model.clone()).ok_or_else(|| no_model("loaded"))
    }

    /// The synthesizer, to be put back.
    fn taken(&self) -> Result<Synthesizer, Failure> {
        self.synthesizer.take().ok_or_else(|| no_model("ready"))
    }

    fn voice(&self, blend: &str) -> Result<Voice, Failure> {
        let unknown = |name: &str| Failure::new("Argument", &format!("voice {name} was not added"));
        let voices = self.voices.borrow();
        let parts = voice::parse_blend(blend)?;
        let parts: Vec<(&Voice, f32)> = parts
            .iter()
            .map(|(name, weight)| Ok((voices.get(name).ok_or_else(|| unknown(name))?, *weight)))
            .collect::<Result<_, Failure>>()?;
        match parts.as_slice() {
            [(voice, _)] => Ok((*voice).clone()),
            parts => Ok(Voice::blend(parts)?),
        }
    }
}

/// How a file's model is loaded, as far as the file tells yet.
fn options(checkpoint: &Checkpoint, half: bool) -> Result<ModelOptions, Failure> {
    let config = checkpoint.config_json().map(|json| Config::from_json(checkpoint.origin(), json.as_bytes()));
    Ok(ModelOptions::default().with_config(config.transpose()?.unwrap_or_default()).with_precision(precision(half)))
}

fn precision(half: bool) -> Precision {
    if half { Precision::F16 } else { Precision::F32 }
}

fn no_model(state: &str) -> Failure {
    Failure::new("Argument", &format!("no model is {state}"))
}
