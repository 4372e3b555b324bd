//! Text to phonemes in a web page, for the worker in `../package/worker.js`: a module of its own, because its dictionaries are
//! far larger than the network's code, and pages that bring phonemes do without.

use kokoro_text::{Chunking, G2p, Language, TextStream};
use serde_json::json;
use wasm_bindgen::prelude::*;

/// Reads text in one language.
#[wasm_bindgen]
pub struct Reader {
    /// Never freed: a page has one for each language that it speaks, and its chunks borrow it.
    g2p: &'static dyn G2p,
}

#[wasm_bindgen]
impl Reader {
    /// A reader of a language: its code, as `en-us`.
    #[wasm_bindgen(constructor)]
    pub fn new(language: &str) -> Result<Self, JsValue> {
        let language: Language = language.parse().map_err(failure)?;
        Ok(Self { g2p: Box::leak(language.reader().map_err(failure)?) })
    }

    /// Starts reading a text. Its first chunk is short, so that sound starts early.
    pub fn read(&self, text: String) -> Chunks {
        Chunks { chunks: TextStream::new([text], self.g2p, Chunking::default()) }
    }
}

/// The language code of a voice by its name.
#[wasm_bindgen(js_name = languageOfVoice)]
pub fn language_of_voice(name: &str) -> Result<String, JsValue> {
    Language::of_voice(name).map(|language| language.code().to_owned()).map_err(failure)
}

/// The chunks of a text.
#[wasm_bindgen]
pub struct Chunks {
    chunks: TextStream<'static>,
}

#[wasm_bindgen]
impl Chunks {
    /// The next chunk: JSON of its text and its tokens, each with text, phonemes and following white space. Undefined after
    /// the last one.
    #[wasm_bindgen(js_name = next)]
    pub fn next_chunk(&mut self) -> Result<Option<String>, JsValue> {
        let Some(chunk) = self.chunks.next().transpose().map_err(failure)? else { return Ok(None) };
        let tokens = chunk.tokens.iter().map(|token| [&token.text, &token.phonemes, &token.whitespace]);
        Ok(Some(json!({ "text": chunk.text, "tokens": tokens.collect::<Vec<_>>() }).to_string()))
    }
}

/// A JavaScript `Error`.
fn failure(error: kokoro_text::Error) -> JsValue {
    let failure = js_sys::Error::new(&error.to_string());
    failure.set_name("Text");
    failure.into()
}
