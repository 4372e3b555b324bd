//! `kokoro voices`: lists voices, and blends new ones.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::voice::{self, PUBLISHED, Published, Sex};
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome, note};
use crate::output;
use crate::published::Access;
use crate::voice::open_blend;

/// List the published voices, or those in a file or folder; blend several into one
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// A file of several voices (.npz, .safetensors, .json, .pt), or a folder of files [default: the published voices]
    #[arg(value_name = "FILE|FOLDER")]
    place: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  kokoro voices
  kokoro voices voices-v1.0.npz
  kokoro voices blend af_heart:0.7,bm_george:0.3 -o mine.bin";

#[derive(clap::Subcommand)]
enum Command {
    Blend(BlendArgs),
}

/// Mix voices into a new one
///
/// Weights are normalised; without weights, all voices count the same. Names are found as by `kokoro say --voice`.
#[derive(clap::Args)]
struct BlendArgs {
    /// Voices and weights, such as af_heart:0.7,bm_george:0.3
    #[arg(value_name = "VOICE[:WEIGHT],...")]
    blend: String,
    /// The file to write, raw float32 [510, 1, 256]
    #[arg(short, long, value_name = "FILE.bin")]
    output: PathBuf,
    /// Look for the voices here first: a folder, or a file of several voices
    #[arg(long, value_name = "FILE|FOLDER")]
    from: Option<PathBuf>,
    /// Print errors only
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(args: &Args) -> Outcome {
    if let Some(Command::Blend(args)) = &args.command {
        return blend(args);
    }
    let text = match &args.place {
        None if args.json => format!("{:#}\n", PUBLISHED.iter().map(as_json).collect::<Value>()),
        None => table(),
        Some(place) => {
            let names = voice::list(place)?;
            if args.json {
                format!("{:#}\n", json!(names))
            } else {
                names.iter().map(|name| format!("{name}\n")).collect()
            }
        }
    };
    output::stdout(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn blend(args: &BlendArgs) -> Outcome {
    let access = Access::new(false, args.quiet);
    let blend = open_blend(OsStr::new(&args.blend), args.from.iter().cloned().collect(), access)?;
    blend.save(&args.output).map_err(Failure::from)?;
    if !args.quiet {
        note(format_args!("{}: {}", args.output.display(), blend.name()));
    }
    Ok(ExitCode::SUCCESS)
}

fn sex(voice: &Published) -> &'static str {
    match voice.sex() {
        Some(Sex::Female) => "female",
        Some(Sex::Male) => "male",
        None => "",
    }
}

fn as_json(voice: &Published) -> Value {
    json!({ "name": voice.name, "language": voice.language(), "sex": sex(voice), "grade": voice.grade })
}

fn table() -> String {
    let row = |voice: &Published| {
        let grade = voice.grade.unwrap_or("-");
        format!("{:<15} {:<9} {:<7} {grade}\n", voice.name, voice.language(), sex(voice))
    };
    let header = format!("{:<15} {:<9} {:<7} {}\n", "name", "language", "sex", "grade");
    PUBLISHED.iter().fold(header, |text, voice| text + &row(voice))
}
