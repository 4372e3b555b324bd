//! `kokoro convert`: converts checkpoints to safetensors.

use std::ffi::OsString;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use kokoro_wgpu::{Error, checkpoint};

use crate::failure::{Outcome, note};
use crate::format::bytes;
use crate::interrupt;
use crate::model::ModelSource;
use crate::output::Output;

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
    /// The safetensors file to write, `-` for standard output
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
    let output = Output::new(Some(&args.output))?;
    interrupt::install_at_once();
    let mut sink = output.begin()?;
    let out = BufWriter::with_capacity(1 << 20, &mut sink);
    let size = checkpoint::convert_into(&input, out, args.f16).map_err(|error| match error {
        Error::Io { action: "write", source, .. } => output.failure(source),
        error => error.into(),
    })?;
    sink.finish()?;
    if !args.quiet {
        note(format_args!("{}: {} tensors, {} bytes", args.output.display(), input.names().len(), bytes(size)));
    }
    Ok(ExitCode::SUCCESS)
}
