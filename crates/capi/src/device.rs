//! Adapters, and a device on one of them.

use std::ffi::{CString, c_char};
use std::ptr;

use super::arguments::{created, fact, freed, object, optional_text, put, text};
use super::c_string;
use super::status::{KokoroStatus, guarded};
use kokoro_wgpu::{AdapterChoice, AdapterSummary, Context, adapters_blocking};

/// The adapters of this machine, in the order of their positions.
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

/// Lists the adapters; there may be none. Free the list with kokoro_adapters_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_list(out: *mut *mut KokoroAdapters) -> KokoroStatus {
    // SAFETY: the caller's word, as the header asks for it. So in every function here.
    unsafe { created(out, || Ok(KokoroAdapters { adapters: adapters_blocking().iter().map(Adapter::new).collect() })) }
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_count(adapters: *const KokoroAdapters) -> usize {
    // SAFETY: as above.
    unsafe { fact(adapters, 0, |list| list.adapters.len()) }
}

/// The adapter's name; NULL beyond the last. It lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_name(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.name) }
}

/// "vulkan", "metal" or "dx12"; NULL beyond the last. It lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_backend(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.backend) }
}

/// "discrete GPU", "integrated GPU", "virtual GPU", "CPU" or "other"; NULL beyond the last. It lives as long as the
/// list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_kind(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.kind) }
}

/// The driver and its version, as far as it tells; NULL beyond the last. It lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_driver(adapters: *const KokoroAdapters, position: usize) -> *const c_char {
    // SAFETY: as above.
    unsafe { adapter(adapters, position, |adapter| &adapter.driver) }
}

unsafe fn adapter(list: *const KokoroAdapters, position: usize, look: fn(&Adapter) -> &CString) -> *const c_char {
    // SAFETY: as above.
    unsafe { fact(list, ptr::null(), |list| list.adapters.get(position).map_or(ptr::null(), |a| look(a).as_ptr())) }
}

/// Frees the list and its strings. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_adapters_free(adapters: *mut KokoroAdapters) {
    // SAFETY: as above.
    unsafe { freed(adapters) }
}

/// A device of the library's own, with the kernels that were compiled on it. Any threads may use one at once.
pub struct KokoroContext {
    pub(crate) context: Context,
    adapter: CString,
}

/// Opens a device. `adapter` is NULL for the fastest, a position such as "1", or a part of a name in any case. What is
/// made on the context keeps the device: the context may be freed before it.
///
/// KOKORO_STATUS_NO_ADAPTER, KOKORO_STATUS_UNSUPPORTED, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_open(adapter: *const c_char, out: *mut *mut KokoroContext) -> KokoroStatus {
    let open = || {
        // SAFETY: as above.
        let choice = unsafe { optional_text(adapter, "adapter") }?;
        let choice = choice.map_or(AdapterChoice::Fastest, AdapterChoice::parse);
        let context = Context::new_blocking(&choice)?;
        let adapter = c_string(&context.info().name);
        Ok(KokoroContext { context, adapter })
    };
    // SAFETY: as above.
    unsafe { created(out, open) }
}

/// The name of the adapter that was opened. It lives as long as the context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_adapter(context: *const KokoroContext) -> *const c_char {
    // SAFETY: as above.
    unsafe { fact(context, ptr::null(), |context| context.adapter.as_ptr()) }
}

/// Looks in `folder` for kernels that were compiled before on this kind of adapter; `found` (or NULL) learns whether
/// there were any. Call it before loading a model, and once. Others should not be able to write to the folder.
///
/// KOKORO_STATUS_ARGUMENT if the context has a folder already, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_load_cache(
    context: *const KokoroContext,
    folder: *const c_char,
    found: *mut bool,
) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let (context, folder) = unsafe { (object(context, "context")?, text(folder, "folder")?) };
        let loaded = context.context.load_pipeline_cache(folder)?;
        // SAFETY: as above.
        unsafe { put(found, loaded) };
        Ok(())
    })
}

/// Writes what was compiled since, if anything, for the next process. Does nothing without kokoro_context_load_cache(),
/// and where drivers keep a cache of their own (Metal, DX12).
///
/// KOKORO_STATUS_IO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_save_cache(context: *const KokoroContext) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        unsafe { object(context, "context") }?.context.save_pipeline_cache()?;
        Ok(())
    })
}

/// Frees the context. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_context_free(context: *mut KokoroContext) {
    // SAFETY: as above.
    unsafe { freed(context) }
}
