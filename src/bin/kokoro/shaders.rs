//! `kokoro shaders`: the kernels, as written and as each backend's compiler takes them.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use kokoro_wgpu::Error;
use naga::{AddressSpace, StorageAccess};

use crate::failure::{Failure, Outcome, note};
use crate::figures::thousands;
use crate::output::{self, Output};
use crate::translate::Shader;

/// List the compute shaders, or print one as a backend's compiler takes it
///
/// They are translated with the options that wgpu uses: indices restricted, loops bounded.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shader to print, as the list names it
    name: Option<String>,
    /// The language
    #[arg(long, value_name = "LANGUAGE", default_value = "wgsl")]
    emit: Language,
    /// A file to write; without a name, a folder for all of them
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  kokoro shaders                                    names, bindings, and the size of each text
  kokoro shaders lstm
  kokoro shaders conv1d.shared --emit msl
  kokoro shaders istft --emit spirv -o istft.spv    SPIR-V 1.6; disassemble with spirv-dis
  kokoro shaders --emit hlsl -o folder              all of them, a file each";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// As written, the libraries in front
    Wgsl,
    /// For Vulkan 1.3, binary
    Spirv,
    /// For Metal, as macOS 12 takes it
    Msl,
    /// For Direct3D 12, shader model 6.0
    Hlsl,
}

impl Language {
    const ALL: [Self; 4] = [Self::Wgsl, Self::Spirv, Self::Msl, Self::Hlsl];

    const fn extension(self) -> &'static str {
        match self {
            Self::Wgsl => "wgsl",
            Self::Spirv => "spv",
            Self::Msl => "metal",
            Self::Hlsl => "hlsl",
        }
    }

    /// The shader in this language, where its backend has what the shader needs.
    fn write(self, wgsl: &str, shader: &Shader) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = match self {
            Self::Wgsl => Ok(wgsl.as_bytes().to_vec()),
            Self::Spirv => {
                shader.spirv((1, 6), false).map(|words| words.iter().flat_map(|word| word.to_le_bytes()).collect())
            }
            Self::Msl => shader.msl().map(String::into_bytes),
            Self::Hlsl if !shader.has_hlsl() => return Ok(None),
            Self::Hlsl => shader.hlsl(naga::back::hlsl::ShaderModel::V6_0).map(String::into_bytes),
        };
        bytes.map(Some).map_err(refused)
    }
}

/// naga takes what wgpu takes: that it does not is a bug here.
fn refused(message: String) -> Failure {
    Failure::with_help(message, "This is a bug in the shader or in its translation; please report it.")
}

pub fn run(args: &Args) -> Outcome {
    match (&args.name, &args.output) {
        (Some(name), output) => one(name, args.emit, output.as_deref())?,
        (None, Some(folder)) => all(args.emit, folder)?,
        (None, None) if args.emit != Language::Wgsl => {
            return Err(Failure::Usage("--emit without a shader's name needs -o FOLDER".to_owned()));
        }
        (None, None) => output::stdout(list()?.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Each as written, and as naga understands it.
fn shaders() -> impl Iterator<Item = Result<(String, Shader), Failure>> {
    kokoro_wgpu::shaders().map(|(name, wgsl)| match Shader::parse(name, &wgsl) {
        Ok(shader) => Ok((wgsl, shader)),
        Err(message) => Err(refused(message)),
    })
}

fn one(name: &str, language: Language, path: Option<&Path>) -> Result<(), Failure> {
    let found = kokoro_wgpu::shaders().find(|(known, _)| *known == name);
    let (name, wgsl) = found.ok_or_else(|| {
        let names: Vec<_> = kokoro_wgpu::shaders().map(|(name, _)| name).collect();
        Failure::with_help(format!("there is no shader {name:?}"), format!("There are: {}", names.join(", ")))
    })?;
    let text = language.write(&wgsl, &Shader::parse(name, &wgsl).map_err(refused)?)?;
    let text = text.ok_or_else(|| Failure::with_help(format!("{name} has no HLSL"), NO_HLSL))?;
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => Output::file(path)?.write(&text),
        None if language == Language::Spirv && io::stdout().is_terminal() => {
            Err(Failure::Usage("SPIR-V is nothing for a terminal: name a file with -o FILE, or redirect".to_owned()))
        }
        None => output::stdout(&text),
    }
}

const NO_HLSL: &str = "Direct3D has no matrices of subgroups, and wgpu never runs this shader there.";

/// Writes each into the folder, which is made.
fn all(language: Language, folder: &Path) -> Result<(), Failure> {
    let failed = |source| Error::Io { action: "create", path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for shader in shaders() {
        let (wgsl, shader) = shader?;
        match language.write(&wgsl, &shader)? {
            Some(text) => {
                Output::file(&folder.join(format!("{}.{}", shader.name, language.extension())))?.write(&text)?;
            }
            None => note(format_args!("{} is left out. {NO_HLSL}", shader.name)),
        }
    }
    Ok(())
}

/// A table: what each binds, its workgroups, and bytes in every language.
fn list() -> Result<String, Failure> {
    let mut rows = vec![
        ["shader", "reads", "writes", "workgroup", "its memory", "WGSL", "SPIR-V", "MSL", "HLSL"].map(str::to_owned),
    ];
    for shader in shaders() {
        let (wgsl, shader) = shader?;
        rows.push(row(&wgsl, &shader)?);
    }
    let mut widths = [0; 9];
    for row in &rows {
        widths = std::array::from_fn(|column| widths[column].max(row[column].chars().count()));
    }
    let line = |row: &[String; 9]| {
        let [first, rest @ ..] = row;
        let rest = rest.iter().zip(&widths[1..]).map(|(cell, width)| format!("  {cell:>width$}"));
        format!("{first:width$}{}\n", rest.collect::<String>(), width = widths[0])
    };
    let notes = "\nEach reads its scalars from a uniform buffer at binding 0; storage buffers follow, those read first. Sizes are bytes.\n";
    Ok(rows.iter().map(line).collect::<String>() + notes)
}

fn row(wgsl: &str, shader: &Shader) -> Result<[String; 9], Failure> {
    let storage = shader.bindings().into_iter().filter_map(|(_, space)| match space {
        AddressSpace::Storage { access } => Some(access.contains(StorageAccess::STORE)),
        _ => None,
    });
    let (written, read): (Vec<bool>, Vec<bool>) = storage.partition(|written| *written);
    let [x, y, _] = shader.module.entry_points[0].workgroup_size;
    let mut sizes = Vec::new();
    for language in Language::ALL {
        sizes.push(language.write(wgsl, shader)?.map_or_else(|| "-".to_owned(), |text| thousands(text.len() as u64)));
    }
    let [wgsl, spirv, msl, hlsl] = <[String; 4]>::try_from(sizes).unwrap_or_default();
    Ok([
        shader.name.to_owned(),
        read.len().to_string(),
        written.len().to_string(),
        if y == 1 { x.to_string() } else { format!("{x} x {y}") },
        thousands(shader.workgroup_bytes().into()),
        wgsl,
        spirv,
        msl,
        hlsl,
    ])
}
