//! What C hands over, checked as far as it can be: NULL, alignment, UTF-8, sizes.
//!
//! What a pointer points to cannot be checked. Every function here asks of its caller what the header asks of C: that
//! a pointer which is not NULL points to an object of its type, alive and not changed by others during the call.

use std::ffi::{CStr, c_char};
use std::ptr;

use bytemuck::Zeroable;

use super::status::{Failure, KokoroStatus, Result, guarded};

/// A handle or another object of the caller's.
pub(crate) unsafe fn object<'a, T>(at: *const T, name: &str) -> Result<&'a T> {
    if at.is_null() || !at.is_aligned() {
        return Err(Failure::argument(name, if at.is_null() { "is NULL" } else { "is misaligned" }));
    }
    // SAFETY: neither NULL nor misaligned; the rest is the caller's word.
    Ok(unsafe { &*at })
}

/// UTF-8 that ends with a NUL.
pub(crate) unsafe fn text<'a>(at: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: the caller's word.
    unsafe { optional_text(at, name) }?.ok_or_else(|| Failure::argument(name, "is NULL"))
}

/// UTF-8 that ends with a NUL, or NULL.
pub(crate) unsafe fn optional_text<'a>(at: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if at.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; that a NUL ends it is the caller's word.
    let bytes = unsafe { CStr::from_ptr(at) };
    bytes.to_str().map(Some).map_err(|error| Failure::argument(name, format!("is no UTF-8: {error}")))
}

/// `count` values; NULL only if there are none.
pub(crate) unsafe fn values<'a, T>(at: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Failure::argument(name, format!("{count} values are more than memory has")));
    }
    // SAFETY: the caller's word, as for `count` values that follow it.
    let first: &T = unsafe { object(at, name) }?;
    // SAFETY: neither NULL nor misaligned, and no larger than an object can be.
    Ok(unsafe { std::slice::from_raw_parts(ptr::from_ref(first), count) })
}

/// A struct that says in its first field, `size`, how much of it the caller knows. All zeros, and NULL, are defaults.
///
/// # Safety
/// `T` is `repr(C)`, begins with a `usize`, has no padding, and every pattern of bits is one of its values.
pub(crate) unsafe trait Options: Zeroable + Copy {
    /// Its size in the first version of the interface: nobody knows less.
    const LEAST: usize;
}

pub(crate) unsafe fn options<T: Options>(at: *const T, name: &str) -> Result<T> {
    let mut known = T::zeroed();
    if at.is_null() {
        return Ok(known);
    }
    // SAFETY: not NULL; that a size is there is the caller's word.
    let size = *unsafe { object(at.cast::<usize>(), name) }?;
    if size < T::LEAST {
        let reason = format!("its size is {size}, at least {}: set size to the sizeof of the struct", T::LEAST);
        return Err(Failure::argument(name, reason));
    }
    // SAFETY: the caller's word that so many bytes are there.
    let bytes = unsafe { values(at.cast::<u8>(), size, name) }?;
    let (ours, newer) = bytes.split_at(size.min(size_of::<T>()));
    if newer.iter().any(|byte| *byte != 0) {
        let reason = format!("has fields that this version ({}) does not know", env!("CARGO_PKG_VERSION"));
        return Err(Failure::argument(name, reason));
    }
    // SAFETY: `ours` is no longer than `T`, which lies elsewhere, and `T` takes any bytes.
    unsafe { ptr::copy_nonoverlapping(ours.as_ptr(), (&raw mut known).cast::<u8>(), ours.len()) };
    Ok(known)
}

/// Writes a result, if the caller wants it.
pub(crate) unsafe fn put<T>(at: *mut T, value: T) {
    if !at.is_null() {
        // SAFETY: not NULL; that it can be written is the caller's word.
        unsafe { at.write_unaligned(value) };
    }
}

/// Runs `make` and hands what it makes to the caller, who frees it; NULL if it fails.
pub(crate) unsafe fn created<T>(out: *mut *mut T, make: impl FnOnce() -> Result<T>) -> KokoroStatus {
    guarded(|| {
        if out.is_null() {
            return Err(Failure::argument("out", "is NULL"));
        }
        // SAFETY: not NULL; the caller's word.
        unsafe { put(out, ptr::null_mut()) };
        let made = Box::into_raw(Box::new(make()?));
        // SAFETY: as above.
        unsafe { put(out, made) };
        Ok(())
    })
}

/// Takes back what [`created`] handed out. NULL is nothing.
pub(crate) unsafe fn freed<T>(object: *mut T) {
    guarded(|| {
        if !object.is_null() {
            // SAFETY: the caller's word that it came from `created` and was not freed.
            drop(unsafe { Box::from_raw(object) });
        }
        Ok(())
    });
}

/// A fact about an object; `none` if it is NULL.
pub(crate) unsafe fn fact<T, U>(at: *const T, none: U, look: impl FnOnce(&T) -> U) -> U {
    // SAFETY: the caller's word.
    unsafe { object(at, "object") }.map_or(none, look)
}

/// The first of some values, for C, and how many there are; NULL and 0 if there is no object.
pub(crate) unsafe fn list<T, U>(at: *const T, count: *mut usize, look: impl FnOnce(&T) -> &[U]) -> *const U {
    // SAFETY: the caller's word.
    let (first, length) = unsafe {
        fact(at, (ptr::null(), 0), |at| {
            let values = look(at);
            (values.as_ptr(), values.len())
        })
    };
    // SAFETY: likewise.
    unsafe { put(count, length) };
    first
}
