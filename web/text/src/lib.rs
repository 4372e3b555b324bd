//! Text to phonemes in a web page, for the worker in `../package/worker.js`: a module of its own, because its dictionaries are
//! far larger than the network's code, and pages that bring phonemes do without.

use std::collections::VecDeque;

use kokoro_text::phonemes::MAX_PHONEMES;
use kokoro_text::sentences::{Limits, SentenceSplitter};
use kokoro_text::{G2p, Language, TextChunk};
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

    /// Starts reading a text, which comes in pieces. Its first chunk is short, so that sound starts early.
    pub fn read(&self) -> Chunks {
        Chunks {
            g2p: self.g2p,
            sentences: SentenceSplitter::new(Limits::default()),
            complete: false,
            ready: VecDeque::new(),
        }
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
    g2p: &'static dyn G2p,
    sentences: SentenceSplitter,
    /// Whether all of the text is here.
    complete: bool,
    ready: VecDeque<TextChunk>,
}

#[wasm_bindgen]
impl Chunks {
    /// Adds a piece of the text, which may be cut anywhere.
    pub fn push(&mut self, piece: &str) {
        self.sentences.push(piece);
    }

    /// Says that the text has ended.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    /// The next chunk: JSON of its text and its tokens, each with text, phonemes and following white space. Undefined if it
    /// needs more text, and after the last one.
    #[wasm_bindgen(js_name = next)]
    pub fn next_chunk(&mut self) -> Result<Option<String>, JsValue> {
        while self.ready.is_empty() {
            // As a native text stream does, so that the chunks are the same.
            let next = self.sentences.next(false);
            let Some(text) = next.or_else(|| self.complete.then(|| self.sentences.next(true)).flatten()) else {
                return Ok(None);
            };
            let tokens = if text.trim().is_empty() { Vec::new() } else { self.g2p.tokens(&text).map_err(failure)? };
            self.ready.extend(TextChunk { text, tokens }.split(MAX_PHONEMES));
        }
        let Some(chunk) = self.ready.pop_front() else { return Ok(None) };
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
