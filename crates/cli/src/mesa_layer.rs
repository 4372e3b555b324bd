//! Mesa's device-select layer, which prints errors on machines without a display.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Environment variable that disables the layer.
const VARIABLE: &str = "NODEVICE_SELECT";

/// Restarts this program with the layer disabled where there is no desktop session.
///
/// wgpu prepares every Vulkan instance for Wayland windows. Mesa's layer then asks the Wayland server which GPU it
/// prefers. Without a server, libwayland prints "error: XDG_RUNTIME_DIR is invalid or not set". This program chooses the
/// adapter itself and does not need the layer. Only the environment disables it, and changing the environment of a
/// running process is unsafe.
pub fn disable() {
    let session = env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).is_absolute());
    if session || env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    // Returns only on failure. The program then runs with the layer, which is harmless.
    let _ = Command::new(program).arg0(name).args(arguments).env(VARIABLE, "1").exec();
}
