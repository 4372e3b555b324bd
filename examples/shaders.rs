//! Writes every compute shader into a folder, as WGSL and as what the drivers get: SPIR-V for Vulkan, MSL for Metal, HLSL
//! for Direct3D 12. naga translates with the options that wgpu uses.
//!
//! ```sh
//! cargo run --example shaders -- target/shaders
//! ```
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use naga::back::hlsl::ShaderModel;

#[path = "../tests/unit/translate.rs"]
mod translate;
use translate::Shader;

/// Invocations of the smallest subgroups, of the GPUs that the shaders are written for.
const SUBGROUP_MIN_SIZE: u32 = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("usage: shaders FOLDER")?);
    fs::create_dir_all(&folder)?;
    println!("{:30} {:>10} {:>8} {:>8} {:>8} {:>8} bytes", "shader", "workgroup", "WGSL", "SPIR-V", "MSL", "HLSL");
    for (name, wgsl) in kokoro_wgpu::shaders(SUBGROUP_MIN_SIZE) {
        let shader = Shader::parse(name, &wgsl)?;
        let spirv: Vec<u8> = shader.spirv((1, 6), false)?.iter().flat_map(|word| word.to_le_bytes()).collect();
        // Metal's cooperative matrices are of 8 x 8, and Direct3D has none; wgpu never runs the others there.
        let msl = shader.has_msl().then(|| shader.msl()).transpose()?;
        let hlsl = shader.has_hlsl().then(|| shader.hlsl(ShaderModel::V6_0)).transpose()?;
        let [msl_len, hlsl_len] =
            [&msl, &hlsl].map(|text| text.as_ref().map_or_else(|| "-".to_owned(), |text| text.len().to_string()));
        let [wgsl_len, spirv_len] = [wgsl.len(), spirv.len()];
        let memory = shader.workgroup_bytes();
        println!("{name:30} {memory:>10} {wgsl_len:>8} {spirv_len:>8} {msl_len:>8} {hlsl_len:>8}");
        fs::write(folder.join(format!("{name}.wgsl")), wgsl)?;
        fs::write(folder.join(format!("{name}.spv")), spirv)?;
        for (text, language) in [(msl, "metal"), (hlsl, "hlsl")] {
            if let Some(text) = text {
                fs::write(folder.join(format!("{name}.{language}")), text)?;
            }
        }
    }
    Ok(())
}
