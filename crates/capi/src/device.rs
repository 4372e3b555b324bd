//! GPU adapters, and the device opened on one of them.

use std::ffi::{CString, c_char};
use std::ptr;

use super::arguments::{borrow, create, free, optional_string, property, string, write_out};
use super::c_string;
use super::status::{KokoroStatus, to_status};
use kokoro_wgpu::{AdapterChoice, AdapterSummary, Context, adapters, block_on};

/// The list of GPU adapters of this machine.
pub struct KokoroAdapters {
    adapters: Vec<Adapter>,
}

struct Adapter {
    name: CString,
    backend: CString,
    kind: CString,
    driver: CString,
}

impl Adapter {
    fn new(summary: &AdapterSummary) -> Self {
        let info = &summary.info;
        Self {
            name: c_string(&info.name),
            backend: c_string(&info.backend.to_string()),
            kind: c_string(match info.device_type {
                kokoro_wgpu::wgpu::DeviceType::DiscreteGpu => "discrete GPU",
                kokoro_wgpu::wgpu::DeviceType::IntegratedGpu => "integrated GPU",
                kokoro_wgpu::wgpu::DeviceType::VirtualGpu => "virtual GPU",
                kokoro_wgpu::wgpu::DeviceType::Cpu => "CPU",
                kokoro_wgpu::wgpu::DeviceType::Other => "other",
            }),
            driver: c_string(format!("{} {}", info.driver, info.driver_info).trim()),
        }
    }
}

/// Lists the adapters. The list may be empty. Free it with kokoro_adapters_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_list(out: *mut *mut KokoroAdapters) -> KokoroStatus {
    // SAFETY: the header requires valid pointers. The same holds for every function in this file.
    unsafe { create(out, || Ok(KokoroAdapters { adapters: block_on(adapters()).iter().map(Adapter::new).collect() })) }
}

/// Returns the number of adapters; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_count(adapters: *const KokoroAdapters) -> usize {
    // SAFETY: as above.
    unsafe { property(adapters, 0, |list| list.adapters.len()) }
}

/// Returns the name of the adapter at `position`, or NULL if there is none. The string belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_name(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.name) }
}

/// Returns the graphics API of the adapter: "vulkan", "metal" or "dx12"; NULL if there is none at `position`. The
/// string belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_backend(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.backend) }
}

/// Returns the kind of the adapter: "discrete GPU", "integrated GPU", "virtual GPU", "CPU" or "other"; NULL if there is
/// none at `position`. The string belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_kind(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.kind) }
}

/// Returns the name and version of the adapter's driver, as far as known; NULL if there is no adapter at `position`.
/// The string belongs to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_driver(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.driver) }
}

unsafe fn adapter(list: *const KokoroAdapters, position: usize, get: fn(&Adapter) -> &CString) -> *const c_char {
    // SAFETY: as above.
    unsafe {
        property(list, ptr::null(), |list| {
            list.adapters.get(position).map_or(ptr::null(), |adapter| get(adapter).as_ptr())
        })
    }
}

/// Frees the list and its strings. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_free(adapters: *mut KokoroAdapters) {
    // SAFETY: as above.
    unsafe { free(adapters) }
}

/// A GPU device opened by the library, with its compiled kernels. Threads may share it.
pub struct KokoroContext {
    pub(crate) context: Context,
    adapter: CString,
}

/// Opens a GPU device. `adapter` is a position in kokoro_adapters_list() such as "1", a part of an adapter's name in
/// any case, or NULL for the fastest adapter. Free the context with kokoro_context_free(); objects created on it keep
/// the device open.
///
/// Errors: KOKORO_STATUS_NO_ADAPTER, KOKORO_STATUS_UNSUPPORTED, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_open(adapter: *const c_char, out: *mut *mut KokoroContext) -> KokoroStatus {
    let open = || {
        // SAFETY: as above.
        let choice = unsafe { optional_string(adapter, "adapter") }?;
        let Ok(choice) = choice.map_or(Ok(AdapterChoice::Fastest), str::parse);
        let context = block_on(Context::new(&choice))?;
        let adapter = c_string(&context.info().name);
        Ok(KokoroContext { context, adapter })
    };
    // SAFETY: as above.
    unsafe { create(out, open) }
}

/// Returns the name of the opened adapter. The string belongs to the context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_adapter(context: *const KokoroContext) -> *const c_char {
    // SAFETY: as above.
    unsafe { property(context, ptr::null(), |context| context.adapter.as_ptr()) }
}

/// Loads kernels that an earlier process compiled for this kind of adapter from `folder`, so that they need not be
/// compiled again. Writes to `found` whether there were any; it may be NULL. Call it at most once for a context, before
/// loading a model. Other users must not be able to write to the folder.
///
/// Errors: KOKORO_STATUS_ARGUMENT if a folder was set before, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_load_cache(
    context: *const KokoroContext,
    folder: *const c_char,
    found: *mut bool,
) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let (context, folder) = unsafe { (borrow(context, "context")?, string(folder, "folder")?) };
        let loaded = context.context.load_pipeline_cache(folder)?;
        // SAFETY: as above.
        unsafe { write_out(found, loaded) };
        Ok(())
    })
}

/// Writes kernels compiled since kokoro_context_load_cache() to its folder. Does nothing if there are none, if no
/// folder was set, or if the driver has its own cache (Metal, DX12).
///
/// Errors: KOKORO_STATUS_IO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_save_cache(context: *const KokoroContext) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        unsafe { borrow(context, "context") }?.context.save_pipeline_cache()?;
        Ok(())
    })
}

/// Frees the context. Objects created on it stay valid. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_free(context: *mut KokoroContext) {
    // SAFETY: as above.
    unsafe { free(context) }
}
