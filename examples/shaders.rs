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

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("usage: shaders FOLDER")?);
    fs::create_dir_all(&folder)?;
    println!("{:30} {:>10} {:>8} {:>8} {:>8} {:>8} bytes", "shader", "workgroup", "WGSL", "SPIR-V", "MSL", "HLSL");
    for (name, wgsl) in kokoro_wgpu::shaders() {
        let shader = Shader::parse(name, wgsl)?;
        let spirv: Vec<u8> = shader.spirv((1, 6), false)?.iter().flat_map(|word| word.to_le_bytes()).collect();
        let msl = shader.msl()?;
        // Direct3D has no cooperative matrices; wgpu never runs that shader there.
        let hlsl = if shader.has_hlsl() { Some(shader.hlsl(ShaderModel::V6_0)?) } else { None };
        let hlsl_len = hlsl.as_ref().map_or_else(|| "-".to_owned(), |text| text.len().to_string());
        let [wgsl_len, spirv_len, msl_len] = [wgsl.len(), spirv.len(), msl.len()];
        let memory = shader.workgroup_bytes();
        println!("{name:30} {memory:>10} {wgsl_len:>8} {spirv_len:>8} {msl_len:>8} {hlsl_len:>8}");
        fs::write(folder.join(format!("{name}.wgsl")), wgsl)?;
        fs::write(folder.join(format!("{name}.spv")), spirv)?;
        fs::write(folder.join(format!("{name}.metal")), msl)?;
        if let Some(hlsl) = hlsl {
            fs::write(folder.join(format!("{name}.hlsl")), hlsl)?;
        }
    }
    Ok(())
}
