//! Writes the JavaScript module of a compiled crate, and its WebAssembly, as NAME.js and NAME_bg.wasm.
//! usage: bindgen CRATE.wasm FOLDER NAME

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wasm, folder, name] =
        <[String; 3]>::try_from(arguments).ok().context("usage: bindgen CRATE.wasm FOLDER NAME")?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name(&name).web(true)?.typescript(false).omit_default_module_path(false);
    bindgen.remove_name_section(true).remove_producers_section(true).generate(folder)
}
