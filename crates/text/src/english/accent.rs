//! The accents of English.

use std::str::FromStr;

use crate::error::{Error, Result};

/// An accent of English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Accent {
    /// en-us, the voices whose names begin with `a`.
    #[default]
    American,
    /// en-gb, the voices whose names begin with `b`.
    British,
}

impl FromStr for Accent {
    type Err = Error;

    /// Accepts `en-us` or `a`, and `en-gb` or `b`, in any case.
    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "en-us" | "a" => Ok(Self::American),
            "en-gb" | "b" => Ok(Self::British),
            _ => Err(Error::Language { reason: format!("{name:?} is not known, expected en-us (a) or en-gb (b)") }),
        }
    }
}
