//! The voices of Kokoro-82M v1.0, from its VOICES.md.

/// A published voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// A letter for the language, one for the sex, then the voice's own name.
    pub name: &'static str,
    /// The publisher's grade, A to F+, for quality and amount of the recordings, if there is one.
    pub grade: Option<&'static str>,
}

/// A speaker's sex, the second letter of a voice's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// `f`
    Female,
    /// `m`
    Male,
}

impl Published {
    /// The voice's language; see [`language`].
    pub fn language(&self) -> &'static str {
        language(self.name).unwrap_or_default()
    }

    /// The speaker's sex.
    pub fn sex(&self) -> Option<Sex> {
        sex(self.name)
    }
}

/// The language of a voice, by the first letter of its name: `en-us`, `en-gb`, `es`, `fr-fr`, `hi`, `it`, `ja`,
/// `pt-br` or `zh`.
pub fn language(name: &str) -> Option<&'static str> {
    sex(name)?;
    Some(match name.as_bytes()[0] {
        b'a' => "en-us",
        b'b' => "en-gb",
        b'e' => "es",
        b'f' => "fr-fr",
        b'h' => "hi",
        b'i' => "it",
        b'j' => "ja",
        b'p' => "pt-br",
        b'z' => "zh",
        _ => return None,
    })
}

/// The sex of a voice, by the second letter of its name.
pub fn sex(name: &str) -> Option<Sex> {
    match name.as_bytes() {
        [_, b'f', b'_', _, ..] => Some(Sex::Female),
        [_, b'm', b'_', _, ..] => Some(Sex::Male),
        _ => None,
    }
}

const fn graded(name: &'static str, grade: &'static str) -> Published {
    Published { name, grade: Some(grade) }
}

const fn ungraded(name: &'static str) -> Published {
    Published { name, grade: None }
}

/// All 54 published voices, by language.
#[rustfmt::skip]
pub const PUBLISHED: [Published; 54] = [
    graded("af_heart", "A"), graded("af_alloy", "C"), graded("af_aoede", "C+"), graded("af_bella", "A-"),
    graded("af_jessica", "D"), graded("af_kore", "C+"), graded("af_nicole", "B-"), graded("af_nova", "C"),
    graded("af_river", "D"), graded("af_sarah", "C+"), graded("af_sky", "C-"),
    graded("am_adam", "F+"), graded("am_echo", "D"), graded("am_eric", "D"), graded("am_fenrir", "C+"),
    graded("am_liam", "D"), graded("am_michael", "C+"), graded("am_onyx", "D"), graded("am_puck", "C+"),
    graded("am_santa", "D-"),

    graded("bf_alice", "D"), graded("bf_emma", "B-"), graded("bf_isabella", "C"), graded("bf_lily", "D"),
    graded("bm_daniel", "D"), graded("bm_fable", "C"), graded("bm_george", "C"), graded("bm_lewis", "D+"),

    graded("jf_alpha", "C+"), graded("jf_gongitsune", "C"), graded("jf_nezumi", "C-"), graded("jf_tebukuro", "C"),
    graded("jm_kumo", "C-"),

    graded("zf_xiaobei", "D"), graded("zf_xiaoni", "D"), graded("zf_xiaoxiao", "D"), graded("zf_xiaoyi", "D"),
    graded("zm_yunjian", "D"), graded("zm_yunxi", "D"), graded("zm_yunxia", "D"), graded("zm_yunyang", "D"),

    ungraded("ef_dora"), ungraded("em_alex"), ungraded("em_santa"),
    graded("ff_siwis", "B-"),
    graded("hf_alpha", "C"), graded("hf_beta", "C"), graded("hm_omega", "C"), graded("hm_psi", "C"),
    graded("if_sara", "C"), graded("im_nicola", "C"),
    ungraded("pf_dora"), ungraded("pm_alex"), ungraded("pm_santa"),
];
