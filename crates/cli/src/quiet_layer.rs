//! A layer of Mesa's that writes on the user's screen.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// What the layer reads, and is left out by.
const SWITCH: &str = "NODEVICE_SELECT";

/// Starts this program again without Mesa's device-select layer where that would complain.
///
/// wgpu prepares every Vulkan instance for Wayland's windows. Mesa's layer then asks the Wayland server for the GPU to
/// prefer, and where there is none, as on servers, libwayland prints "error: XDG_RUNTIME_DIR is invalid or not set". We
/// choose among the adapters ourselves. Only the environment leaves the layer out, and no safe function changes that of a
/// running program.
pub fn leave_out() {
    let session = env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).is_absolute());
    if session || env::var_os(SWITCH).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    // It returns only if it failed, and then nothing is lost but a quiet screen.
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    let _ = Command::new(program).arg0(name).args(arguments).env(SWITCH, "1").exec();
}
