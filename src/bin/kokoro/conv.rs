//! The form of the convolutions: as the user says, as measured on this machine before, or as the library guesses.

use std::path::{Path, PathBuf};
use std::{fs, io};

use kokoro_wgpu::{AdapterChoice, Context, ConvVariant, Error, Result, wgpu};
use serde_json::{Map, Value};

use crate::output::Output;
use crate::{adapter, cache};

/// What the command line asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Auto,
    Given(ConvVariant),
}

impl std::str::FromStr for Form {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Given) }
    }
}

impl Form {
    /// Opens a device on which the convolutions have this form. `prepare` comes before the form is chosen: it may find
    /// some wrong.
    pub fn open(self, choice: &AdapterChoice, prepare: impl Fn(&Context) -> Result<()>) -> Result<Context> {
        let mut context = match self {
            Self::Given(ConvVariant::Matrix) => with_matrices(choice)?,
            _ => Context::new_blocking(choice)?,
        };
        let kept = (self == Self::Auto).then(|| Kept::read().of(context.info())).flatten();
        if kept == Some(ConvVariant::Matrix) {
            context = with_matrices(choice)?; // only a device that was asked for them has them
        }
        prepare(&context)?;
        match (self, kept) {
            (Self::Given(variant), _) => context.set_conv_variant(variant)?,
            (Self::Auto, Some(variant)) if context.conv_variants().contains(&variant) => {
                context.set_conv_variant(variant)?;
            }
            (Self::Auto, Some(variant)) => log::warn!("{variant} was the fastest here, but is of no use any more"),
            (Self::Auto, None) => {}
        }
        Ok(context)
    }
}

fn with_matrices(choice: &AdapterChoice) -> Result<Context> {
    pollster::block_on(Context::with_matrices(choice))
}

/// The fastest forms that were measured on this machine: adapter, driver and version to form.
pub struct Kept {
    path: Option<PathBuf>,
    forms: Map<String, Value>,
}

impl Kept {
    /// What is kept; nothing, with a warning, if the file is not what was written there.
    pub fn read() -> Self {
        Self::read_from(cache::folder().map(|folder| folder.join("convolutions.json")))
    }

    fn read_from(path: Option<PathBuf>) -> Self {
        let forms = path.as_deref().and_then(|path| match parse(path) {
            Ok(forms) => Some(forms),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                log::warn!("{} is ignored: {error}; `kokoro bench --refill` writes it anew", path.display());
                None
            }
        });
        Self { forms: forms.unwrap_or_default(), path }
    }

    /// The fastest form on this adapter, if it was measured.
    pub fn of(&self, info: &wgpu::AdapterInfo) -> Option<ConvVariant> {
        self.forms.get(&key(info))?.as_str()?.parse().ok()
    }

    /// Keeps the fastest form of an adapter. Returns where.
    pub fn put(mut self, info: &wgpu::AdapterInfo, variant: ConvVariant) -> Result<PathBuf, crate::failure::Failure> {
        let missing = "there is no cache folder to keep it in: set KOKORO_CACHE to a folder";
        let path = self.path.ok_or_else(|| crate::failure::Failure::Usage(missing.to_owned()))?;
        self.forms.insert(key(info), variant.to_string().into());
        if let Some(folder) = path.parent() {
            let failed = |source| Error::Io { action: "create", path: folder.to_owned(), source };
            fs::create_dir_all(folder).map_err(failed)?;
        }
        Output::file(&path)?.write(format!("{:#}\n", Value::Object(self.forms)).as_bytes())?;
        Ok(path)
    }
}

fn parse(path: &Path) -> io::Result<Map<String, Value>> {
    let forms: Map<String, Value> = serde_json::from_slice(&fs::read(path)?)?;
    let known = |form: &Value| form.as_str().is_some_and(|form| form.parse::<ConvVariant>().is_ok());
    match forms.iter().find(|(_, form)| !known(form)) {
        None => Ok(forms),
        Some((adapter, form)) => Err(io::Error::other(format!("{adapter} has {form}, which is no form"))),
    }
}

/// Another driver, or another version of the kernels, may be faster in another form.
fn key(info: &wgpu::AdapterInfo) -> String {
    format!("{}, {}, {}", adapter::name(info), adapter::driver(info), env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str) -> wgpu::AdapterInfo {
        let blank = wgpu::AdapterInfo::new(wgpu::DeviceType::Cpu, wgpu::Backend::Vulkan);
        wgpu::AdapterInfo { name: name.to_owned(), ..blank }
    }

    #[test]
    fn a_form_is_kept_for_each_adapter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/convolutions.json");
        let read = || Kept::read_from(Some(path.clone()));
        assert_eq!(read().of(&info("one")), None);
        assert_eq!(read().put(&info("one"), ConvVariant::Shared).unwrap(), path);
        read().put(&info("two"), ConvVariant::Matrix).unwrap();
        read().put(&info("two"), ConvVariant::Subgroup).unwrap();
        assert_eq!(read().of(&info("one")), Some(ConvVariant::Shared));
        assert_eq!(read().of(&info("two")), Some(ConvVariant::Subgroup));
        let updated = wgpu::AdapterInfo { driver_info: "2.0".to_owned(), ..info("two") };
        assert_eq!(read().of(&updated), None, "another driver");
    }

    #[test]
    fn a_broken_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("convolutions.json");
        let key = key(&info("one"));
        for text in [String::new(), "[]".to_owned(), format!("{{\"{key}\": \"fast\"}}"), format!("{{\"{key}\": 3}}")] {
            fs::write(&path, &text).unwrap();
            assert_eq!(Kept::read_from(Some(path.clone())).of(&info("one")), None, "{text}");
        }
        Kept::read_from(Some(path.clone())).put(&info("one"), ConvVariant::Registers).unwrap();
        assert_eq!(Kept::read_from(Some(path)).of(&info("one")), Some(ConvVariant::Registers));
    }
}
