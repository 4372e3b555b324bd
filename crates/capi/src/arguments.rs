//! Conversion of arguments from C, with checks of NULL, alignment, UTF-8 and sizes.
//!
//! The target of a pointer cannot be checked. Every function here requires what the header requires of C programs: a
//! pointer that is not NULL points to a valid object of its type, which nobody else changes during the call.

use std::ffi::{CStr, c_char};
use std::ptr;

use bytemuck::Zeroable;

use super::status::{Failure, KokoroStatus, Result, to_status};

/// Borrows an object of the caller. Error if the pointer is NULL or misaligned.
pub(crate) unsafe fn borrow<'a, T>(at: *const T, name: &str) -> Result<&'a T> {
    if at.is_null() || !at.is_aligned() {
        return Err(Failure::argument(name, if at.is_null() { "is NULL" } else { "is misaligned" }));
    }
    // SAFETY: neither NULL nor misaligned, and valid as the caller guarantees.
    Ok(unsafe { &*at })
}

/// Borrows a NUL-terminated UTF-8 string.
pub(crate) unsafe fn string<'a>(at: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: as the caller guarantees.
    unsafe { optional_string(at, name) }?.ok_or_else(|| Failure::argument(name, "is NULL"))
}

/// Borrows a NUL-terminated UTF-8 string; `None` for NULL.
pub(crate) unsafe fn optional_string<'a>(at: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if at.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and NUL-terminated as the caller guarantees.
    let bytes = unsafe { CStr::from_ptr(at) };
    bytes.to_str().map(Some).map_err(|error| Failure::argument(name, format!("is not UTF-8: {error}")))
}

/// Borrows an array of `count` values, which may be NULL only if `count` is 0.
pub(crate) unsafe fn array<'a, T>(at: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Failure::argument(name, format!("{count} values do not fit into memory")));
    }
    // SAFETY: as the caller guarantees.
    let first: &T = unsafe { borrow(at, name) }?;
    // SAFETY: neither NULL nor misaligned, not too large for an object, and `count` values as the caller guarantees.
    Ok(unsafe { std::slice::from_raw_parts(ptr::from_ref(first), count) })
}

/// A struct whose first field, `size`, is its size as the caller knows it: programs compiled against an older header
/// have shorter structs. NULL, and zeros in all other fields, mean defaults.
///
/// # Safety
/// `T` is `repr(C)`, begins with a `usize`, has no padding, and all bit patterns are valid.
pub(crate) unsafe trait VersionedOptions: Zeroable + Copy {
    /// Size in the first version of the interface.
    const MIN_SIZE: usize;
}

/// Copies the fields that both the caller and this version know; fields known only to the caller must be 0.
pub(crate) unsafe fn read_options<T: VersionedOptions>(at: *const T, name: &str) -> Result<T> {
    let mut known = T::zeroed();
    if at.is_null() {
        return Ok(known);
    }
    // SAFETY: not NULL, and begins with its size as the caller guarantees.
    let size = *unsafe { borrow(at.cast::<usize>(), name) }?;
    if size < T::MIN_SIZE {
        let reason =
            format!("its size is {size}, expected at least {}: set size to the sizeof of the struct", T::MIN_SIZE);
        return Err(Failure::argument(name, reason));
    }
    // SAFETY: `size` bytes as the caller guarantees.
    let bytes = unsafe { array(at.cast::<u8>(), size, name) }?;
    let (ours, newer) = bytes.split_at(size.min(size_of::<T>()));
    if newer.iter().any(|byte| *byte != 0) {
        let reason = format!("has a field that this version ({}) does not know", env!("CARGO_PKG_VERSION"));
        return Err(Failure::argument(name, reason));
    }
    // SAFETY: `ours` is no longer than `T` and does not overlap `known`; all bytes are valid for `T`.
    unsafe { ptr::copy_nonoverlapping(ours.as_ptr(), (&raw mut known).cast::<u8>(), ours.len()) };
    Ok(known)
}

/// Writes a result to `at`, unless that is NULL.
pub(crate) unsafe fn write_out<T>(at: *mut T, value: T) {
    if !at.is_null() {
        // SAFETY: not NULL, and writable as the caller guarantees.
        unsafe { at.write_unaligned(value) };
    }
}

/// Writes the object made by `make` to `out`, NULL on failure. The caller owns it.
pub(crate) unsafe fn create<T>(out: *mut *mut T, make: impl FnOnce() -> Result<T>) -> KokoroStatus {
    to_status(|| {
        if out.is_null() {
            return Err(Failure::argument("out", "is NULL"));
        }
        // SAFETY: not NULL, and writable as the caller guarantees.
        unsafe { write_out(out, ptr::null_mut()) };
        let object = Box::into_raw(Box::new(make()?));
        // SAFETY: as above.
        unsafe { write_out(out, object) };
        Ok(())
    })
}

/// Frees an object from [`create`]. NULL is allowed.
pub(crate) unsafe fn free<T>(object: *mut T) {
    to_status(|| {
        if !object.is_null() {
            // SAFETY: from `create` and not yet freed, as the caller guarantees.
            drop(unsafe { Box::from_raw(object) });
        }
        Ok(())
    });
}

/// Reads a property of an object; `default` if the pointer is NULL.
pub(crate) unsafe fn property<T, U>(at: *const T, default: U, get: impl FnOnce(&T) -> U) -> U {
    // SAFETY: as the caller guarantees.
    unsafe { borrow(at, "object") }.map_or(default, get)
}

/// Returns a pointer to an array of an object and writes its length; NULL and 0 if there is no object.
pub(crate) unsafe fn slice<T, U>(at: *const T, count: *mut usize, get: impl FnOnce(&T) -> &[U]) -> *const U {
    // SAFETY: as the caller guarantees.
    let (first, length) = unsafe {
        property(at, (ptr::null(), 0), |at| {
            let values = get(at);
            (values.as_ptr(), values.len())
        })
    };
    // SAFETY: as above.
    unsafe { write_out(count, length) };
    first
}
