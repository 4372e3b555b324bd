//! Speech synthesis: utterances in, samples out, at once, in slices or as a narration.

mod decoder_plan;
mod into_buffer;
mod job;
mod narration;
mod pipeline;
mod planned_dispatches;
mod prosody_plan;
mod stages;
mod stats;
mod synthesizer;
mod utterance;
mod warm_up;

pub use job::Job;
pub use narration::{Chunk, Narration};
pub use stats::Stats;
pub use synthesizer::Synthesizer;
pub use utterance::{Speech, Utterance};
