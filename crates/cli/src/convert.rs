//! `kokoro convert`: converts checkpoints to safetensors.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::{Error, checkpoint};

use crate::failure::{Outcome, note};
use crate::format::bytes;
use crate::model::ModelSource;

/// Convert a checkpoint to safetensors with the published tensor names
///
/// Reads the same files as --model: PyTorch's .pth, ONNX models, and safetensors in the published, parametrized, folded or
/// MLX layout. Number types and weight norms stay as they are. Quantised weights become float32.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  kokoro convert kokoro-v1_0.pth kokoro-v1_0.safetensors
  kokoro convert kokoro-v1_0.pth half.safetensors --f16     half the size
  kokoro convert kokoro-v1.0.int8.onnx dequantised.safetensors")]
pub struct Args {
    /// The checkpoint
    input: OsString,
    /// The safetensors file to write
    output: PathBuf,
    /// Round float32 and bfloat16 to the nearest float16
    #[arg(long)]
    f16: bool,
    /// Print errors only
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(args: &Args) -> Outcome {
    let input = ModelSource::parse(&args.input)?.open()?;
    checkpoint::convert(&input, &args.output, args.f16)?;
    if !args.quiet {
        let metadata = std::fs::metadata(&args.output);
        let size = metadata.map_err(|source| Error::Io { action: "read", path: args.output.clone(), source })?.len();
        note(format_args!("{}: {} tensors, {} bytes", args.output.display(), input.names().len(), bytes(size)));
    }
    Ok(ExitCode::SUCCESS)
}
