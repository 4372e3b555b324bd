//! Voices by name: the server's list, OpenAI's names, and blends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kokoro_wgpu::Voice;
use kokoro_wgpu::text::Language;
use kokoro_wgpu::voice::parse_blend;

use crate::error::ApiError;

/// OpenAI's voices, and the voices that speak for them. The first nine as in Kokoro-FastAPI.
const OPENAI: [(&str, &str); 13] = [
    ("alloy", "am_adam"),
    ("ash", "af_nicole"),
    ("coral", "bf_emma"),
    ("echo", "af_bella"),
    ("fable", "af_sarah"),
    ("onyx", "bm_george"),
    ("nova", "bf_isabella"),
    ("sage", "am_michael"),
    ("shimmer", "af_sky"),
    ("ballad", "bm_fable"),
    ("verse", "am_fenrir"),
    ("marin", "af_heart"),
    ("cedar", "am_puck"),
];

/// The most voices in a blend.
const MAX_PARTS: usize = 16;

/// Opens a voice of the list.
type Open = Box<dyn Fn(&str) -> Result<Voice, String> + Send + Sync>;

/// The voices that clients may name. A name from a request is looked up in the list, and only then opened.
pub struct Voices {
    names: Vec<String>,
    open: Open,
    opened: Mutex<HashMap<String, Arc<Voice>>>,
}

/// A voice as a client asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub voice: Arc<Voice>,
    /// The name of its first part, which tells the language.
    pub name: String,
}

/// One voice of a blend.
#[derive(Debug, PartialEq)]
struct Part {
    name: String,
    /// Negative to subtract.
    weight: f32,
}

impl Voices {
    /// A list of names, and how to open a voice by one of these names. Each is opened once.
    pub fn new(names: Vec<String>, open: impl Fn(&str) -> Result<Voice, String> + Send + Sync + 'static) -> Self {
        Self { names, open: Box::new(open), opened: Mutex::default() }
    }

    /// The names, in the order of the list.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The voice of requests that name none: `af_heart`, else the first of the list.
    pub fn default_name(&self) -> &str {
        let first = self.names.first().map_or("", String::as_str);
        self.listed("af_heart").unwrap_or(first)
    }

    /// A voice that speaks this language, if there is one: the default voice, else the first of the list.
    pub(crate) fn of_language(&self, language: Language) -> Option<String> {
        let speaks = |name: &str| Language::of_voice(name).is_ok_and(|known| known == language);
        let mut names = std::iter::once(self.default_name()).chain(self.names.iter().map(String::as_str));
        names.find(|name| speaks(name)).map(str::to_owned)
    }

    /// Opens what a client asked for: a name, an OpenAI name, or a blend such as `af_bella(2)+af_sky(1)`,
    /// `af_bella+af_sky-af_nova` or `af_bella:2,af_sky:1`. May read or download files: not for an async thread.
    ///
    /// # Errors
    /// An invalid request, naming the part that is unknown or malformed.
    pub(crate) fn choose(&self, text: &str) -> Result<Chosen, ApiError> {
        if let Some(name) = self.resolve(text.trim()) {
            return Ok(Chosen { voice: self.open(name)?, name: name.to_owned() });
        }
        let parts = if text.contains([',', ':']) { comma_parts(text) } else { parts(text) };
        let parts = parts.map_err(invalid)?;
        if parts.len() > MAX_PARTS {
            return Err(invalid(format!("a blend has at most {MAX_PARTS} voices")));
        }
        let mut voices = Vec::new();
        for part in &parts {
            let name = self.resolve(&part.name).ok_or_else(|| self.unknown(&part.name))?;
            voices.push((self.open(name)?, part.weight));
        }
        let name = parts.first().and_then(|part| self.resolve(&part.name)).unwrap_or_default().to_owned();
        match &voices[..] {
            [(voice, _)] => Ok(Chosen { voice: voice.clone(), name }),
            several => Ok(Chosen { voice: Arc::new(blend(several).map_err(invalid)?), name }),
        }
    }

    fn listed(&self, name: &str) -> Option<&str> {
        self.names.iter().find(|listed| *listed == name).map(String::as_str)
    }

    /// The listed name for a client's.
    fn resolve(&self, name: &str) -> Option<&str> {
        self.listed(name).or_else(|| {
            let (_, ours) = OPENAI.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name))?;
            // A model may lack it: any voice is better than none.
            Some(self.listed(ours).unwrap_or_else(|| self.default_name()))
        })
    }

    fn open(&self, name: &str) -> Result<Arc<Voice>, ApiError> {
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(voice) = opened().get(name) {
            return Ok(voice.clone());
        }
        // Not under the lock: a download must not hold up others.
        let voice =
            Arc::new((self.open)(name).map_err(|reason| ApiError::internal(format!("voice {name}: {reason}")))?);
        opened().insert(name.to_owned(), voice.clone());
        Ok(voice)
    }

    fn unknown(&self, name: &str) -> ApiError {
        let shown: String = name.chars().take(60).collect();
        let some = self.names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
        invalid(format!(
            "voice {shown:?} is not known; GET /v1/audio/voices lists the {} there are: {some}, ...",
            self.names.len()
        ))
    }
}

fn invalid(message: impl std::fmt::Display) -> ApiError {
    ApiError::invalid(message.to_string()).param("voice")
}

/// Parses `name(weight)` joined by `+` and `-`. A weight is 1 if it is not given.
fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let (mut rest, mut sign) = (text, 1.0);
    loop {
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        let part = parse_part(part)?;
        parts.push(Part { weight: sign * part.weight, ..part });
        match tail.chars().next() {
            Some(operator) => {
                sign = if operator == '-' { -1.0 } else { 1.0 };
                rest = &tail[1..];
            }
            None => return Ok(parts),
        }
    }
}

fn parse_part(part: &str) -> Result<Part, String> {
    let part = part.trim();
    let (name, weight) = match part.strip_suffix(')').map(|part| part.split_once('(')) {
        Some(Some((name, weight))) => {
            let number = weight.trim().parse().ok().filter(|weight: &f32| *weight > 0.0 && *weight <= 1e6);
            (name.trim(), number.ok_or_else(|| format!("the weight of {part:?} must be a number above 0"))?)
        }
        Some(None) => return Err(format!("{part:?} closes a bracket that is not open")),
        None => (part, 1.0),
    };
    match name {
        "" => Err("a name is missing: a blend is written as af_bella(2)+af_sky(1)".to_owned()),
        name => Ok(Part { name: name.to_owned(), weight }),
    }
}

/// Parses the syntax of the command line, `name:weight` joined by commas.
fn comma_parts(text: &str) -> Result<Vec<Part>, String> {
    let parsed = parse_blend(text).map_err(|error| error.to_string())?;
    Ok(parsed.into_iter().map(|(name, weight)| Part { name, weight }).collect())
}

/// The sum of voices, each times its share of all weights. A negative weight subtracts.
fn blend(parts: &[(Arc<Voice>, f32)]) -> Result<Voice, String> {
    let borrowed: Vec<(&Voice, f32)> = parts.iter().map(|(voice, weight)| (&**voice, weight.abs())).collect();
    // Also checks that the voices have one shape.
    let added = Voice::blend(&borrowed).map_err(|error| error.to_string())?;
    if parts.iter().all(|(_, weight)| *weight >= 0.0) {
        return Ok(added);
    }
    let total: f32 = borrowed.iter().map(|(_, weight)| weight).sum();
    let rows = (1..=510).flat_map(|row| {
        let value =
            move |column: usize| parts.iter().map(|(voice, weight)| weight / total * voice.row(row)[column]).sum();
        (0..added.width()).map(value)
    });
    Voice::from_rows("blend", rows.collect(), added.width()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voices() -> Voices {
        let names = ["af_bella", "af_heart", "af_sky", "bm_george"].map(str::to_owned).to_vec();
        let constant = |value: f32| Voice::from_rows("v", vec![value; 4], 4).map_err(|error| error.to_string());
        Voices::new(names, move |name| match name {
            "af_bella" => constant(3.0),
            "af_sky" => constant(6.0),
            "bm_george" => Err("the file is gone".to_owned()),
            _ => constant(1.0),
        })
    }

    fn first_value(text: &str) -> f32 {
        voices().choose(text).unwrap().voice.row(7)[0]
    }

    #[test]
    fn blends_are_weighted_means_in_either_syntax() {
        for text in ["af_bella(2)+af_sky(1)", " af_bella (2) + af_sky ", "af_bella:2,af_sky:1", "af_bella(4)+af_sky(2)"]
        {
            assert!((first_value(text) - 4.0).abs() < 1e-6, "{text}: {}", first_value(text));
        }
        assert_eq!(first_value("af_sky"), 6.0);
        assert_eq!(first_value("af_sky(5)"), 6.0, "the weight of one voice changes nothing");
        assert_eq!(voices().choose("af_sky+af_bella").unwrap().name, "af_sky");
    }

    #[test]
    fn a_minus_subtracts() {
        // Shares of all weights, as in Kokoro-FastAPI.
        assert!((first_value("af_sky(3)-af_bella(1)") - (0.75 * 6.0 - 0.25 * 3.0)).abs() < 1e-6);
    }

    #[test]
    fn every_openai_name_has_a_voice() {
        assert_eq!((first_value("shimmer"), first_value("Echo")), (6.0, 3.0));
        for (name, _) in OPENAI {
            assert!(voices().choose(name).is_ok() || name == "onyx", "{name}"); // onyx is bm_george, whose file is gone
        }
        assert_eq!(voices().choose("verse").unwrap().name, "af_heart", "this list has no am_fenrir");
    }

    #[test]
    fn a_language_has_the_default_voice_or_its_first() {
        let names = ["af_bella", "af_heart", "ff_siwis", "bm_george"].map(str::to_owned).to_vec();
        let voices = Voices::new(names, |name| Err(format!("{name} was opened")));
        for (language, voice) in
            [("en-us", Some("af_heart")), ("en-gb", Some("bm_george")), ("fr", Some("ff_siwis")), ("ja", None)]
        {
            assert_eq!(voices.of_language(language.parse().unwrap()).as_deref(), voice, "{language}");
        }
    }

    #[test]
    fn what_is_not_in_the_list_is_never_opened() {
        let open = |name: &str| -> Result<Voice, String> { panic!("{name} was opened") };
        let voices = Voices::new(vec!["af_sky".to_owned()], open);
        for name in ["../af_sky", "/etc/passwd", "af_sky.pt", "seeded:0", "", "x+y", "AF_SKY", "af_sky/../af_sky"] {
            let error = voices.choose(name).unwrap_err();
            assert_eq!((error.status, error.param.as_deref()), (400, Some("voice")), "{name}");
        }
    }

    #[test]
    fn errors_name_the_part() {
        for (text, reason) in [
            ("af_nobody", "\"af_nobody\" is not known"),
            ("af_bella(0)", "above 0"),
            ("af_bella(x)+af_sky", "above 0"),
            ("af_bella(NaN)", "above 0"),
            ("af_bella+", "a name is missing"),
            ("af_bella)", "closes a bracket"),
            ("af_bella:1,af_sky", "give all or none"),
        ] {
            let message = voices().choose(text).unwrap_err().message;
            assert!(message.contains(reason), "{text}: {message}");
        }
        let many = ["af_sky"; 17].join("+");
        assert!(voices().choose(&many).unwrap_err().message.contains("at most 16"));
        let error = voices().choose("bm_george").unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (500, "voice bm_george: the file is gone"));
    }
}
