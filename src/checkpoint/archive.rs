//! Directories of zip archives, as PyTorch (.pth, .pt) and NumPy (.npz) write them.
//!
//! Written by hand, because only the members' ranges in a memory map are needed, and files are untrusted. The zip crate
//! (9.8) adds ten crates for that, silently drops all but one of equally named members, accepts members outside of the
//! file, and takes 29 MB for a directory of 3.3 MB.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::content::View;

/// Bytes of a directory: sixty times that of the published checkpoint.
const DIRECTORY_LIMIT: u64 = 4 << 20;

/// The directory of a zip archive. Errors are reasons, to be preceded by the file's name.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    file: View<'a>,
    members: BTreeMap<&'a str, Member>,
}

#[derive(Debug)]
struct Member {
    method: u16,
    /// Range of the stored data, checked to be within the archive.
    data: Range<usize>,
    /// Size of the decompressed data, according to the directory.
    size: u64,
}

impl<'a> Archive<'a> {
    /// Reads the directory at the end of a whole archive.
    pub(crate) fn parse(file: View<'a>) -> Result<Self, String> {
        let (count, directory) = find_directory(file)?;
        let mut members = BTreeMap::new();
        let mut at = directory.start;
        for _ in 0..count {
            let header = slice(file, at, 46).filter(|_| at + 46 <= directory.end).ok_or(DAMAGED)?;
            if !header.starts_with(b"PK\x01\x02") {
                return Err(DAMAGED.to_owned());
            }
            let (name_len, extra_len, comment_len) = (u16_at(header, 28), u16_at(header, 30), u16_at(header, 32));
            let name = slice(file, at + 46, name_len).and_then(|name| std::str::from_utf8(name).ok());
            let name = name.ok_or("damaged: a name in its directory is not text")?;
            let extra = slice(file, at + 46 + name_len, extra_len).ok_or(DAMAGED)?;
            let member = member(file, name, header, extra)?;
            if members.insert(name, member).is_some() {
                return Err(format!("damaged: its directory has {name} twice"));
            }
            at += 46 + name_len + extra_len + comment_len;
        }
        Ok(Self { file, members })
    }

    /// Names of all members, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().copied()
    }

    /// Range of a member that is not compressed.
    pub(crate) fn stored(&self, name: &str) -> Result<Range<usize>, String> {
        let member = self.member(name)?;
        match member.method {
            0 => Ok(member.data.clone()),
            _ => Err(format!("its {name} is compressed, which PyTorch never does")),
        }
    }

    /// Bytes of a member, decompressed if need be; at most `limit`.
    pub(crate) fn read(&self, name: &str, limit: usize) -> Result<Cow<'a, [u8]>, String> {
        let member = self.member(name)?;
        let too_large = || format!("its {name} is {} bytes, at most {limit} are allowed", member.size);
        if member.size > limit as u64 {
            return Err(too_large());
        }
        let data = self.file.read(member.data.clone()).map_err(|reason| format!("its {name} {reason}"))?;
        match member.method {
            0 => Ok(data),
            8 => {
                // The directory's size is untrusted, so it also limits decompression.
                let inflated = miniz_oxide::inflate::decompress_to_vec_with_limit(&data, member.size as usize);
                match inflated {
                    Ok(inflated) if inflated.len() as u64 == member.size => Ok(Cow::Owned(inflated)),
                    _ => Err(format!("damaged: its {name} does not decompress to {} bytes", member.size)),
                }
            }
            method => Err(format!("its {name} is compressed by method {method}, only 8 (deflate) is read")),
        }
    }

    fn member(&self, name: &str) -> Result<&Member, String> {
        self.members.get(name).ok_or_else(|| format!("lacks {name}"))
    }
}

const DAMAGED: &str = "damaged: its zip directory is broken";

/// Number of members, and range of the directory.
fn find_directory(file: View) -> Result<(u64, Range<usize>), String> {
    const LENGTH: usize = 22;
    // The end record may be followed by a comment of up to 65,535 bytes.
    let tail_start = file.len().saturating_sub(LENGTH + usize::from(u16::MAX));
    let tail = file.get(tail_start..file.len()).unwrap_or_default();
    let found = tail.len().checked_sub(LENGTH).and_then(|last| {
        let is_end =
            |at: usize| tail[at..].starts_with(b"PK\x05\x06") && at + LENGTH + u16_at(tail, at + 20) == tail.len();
        (0..=last).rev().find(|&at| is_end(at))
    });
    let at = found.ok_or("truncated: the directory that ends a zip archive is missing")?;
    let (mut count, mut size, mut start) = (u16_at(tail, at + 10) as u64, u32_at(tail, at + 12), u32_at(tail, at + 16));
    let end = tail_start + at;
    // Zip64: a locator before the end record points to a record with 64-bit numbers.
    let locator = end.checked_sub(20).and_then(|at| slice(file, at, 20)).filter(|l| l.starts_with(b"PK\x06\x07"));
    if let Some(locator) = locator {
        let record = usize::try_from(u64_at(locator, 8)).ok().and_then(|at| slice(file, at, 56));
        let record = record.filter(|record| record.starts_with(b"PK\x06\x06")).ok_or(DAMAGED)?;
        (count, size, start) = (u64_at(record, 32), u64_at(record, 40), u64_at(record, 48));
    }
    if size > DIRECTORY_LIMIT {
        return Err(format!("its zip directory claims {size} bytes, at most {DIRECTORY_LIMIT} are allowed"));
    }
    match start.checked_add(size) {
        Some(stop) if stop <= end as u64 && count <= size / 46 => Ok((count, start as usize..stop as usize)),
        _ => Err(DAMAGED.to_owned()),
    }
}

fn member(file: View, name: &str, header: &[u8], extra: &[u8]) -> Result<Member, String> {
    if u16_at(header, 8) & 1 != 0 {
        return Err(format!("its {name} is encrypted"));
    }
    let (mut packed, mut size, mut local) = (u32_at(header, 20), u32_at(header, 24), u32_at(header, 42));
    // Extra field 1 has, in this order, the 64-bit numbers whose 32-bit ones are 0xFFFFFFFF.
    let mut wide = zip64_field(extra).chunks_exact(8).map(|word| u64_at(word, 0));
    for number in [&mut size, &mut packed, &mut local] {
        if *number == u64::from(u32::MAX) {
            *number = wide.next().ok_or(DAMAGED)?;
        }
    }
    let outside = || format!("truncated or damaged: its {name} lies outside of the file");
    let local = usize::try_from(local).map_err(|_| outside())?;
    let local_header = slice(file, local, 30).filter(|h| h.starts_with(b"PK\x03\x04")).ok_or_else(outside)?;
    let start = local + 30 + u16_at(local_header, 26) + u16_at(local_header, 28);
    let packed_len = usize::try_from(packed).map_err(|_| outside())?;
    start.checked_add(packed_len).filter(|&end| end <= file.len()).ok_or_else(outside)?;
    let method = u16_at(header, 10) as u16;
    if method == 0 && size != packed {
        return Err(DAMAGED.to_owned());
    }
    Ok(Member { method, data: start..start + packed_len, size })
}

fn zip64_field(mut extra: &[u8]) -> &[u8] {
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), u16_at(extra, 2));
        let Some(field) = slice(extra.into(), 4, length) else { break };
        if id == 1 {
            return field;
        }
        extra = &extra[4 + length..];
    }
    &[]
}

fn slice(file: View<'_>, start: usize, length: usize) -> Option<&[u8]> {
    file.get(start..start.checked_add(length)?)
}

// The slices must be long enough.
fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u64 {
    (u16_at(bytes, at) | u16_at(bytes, at + 2) << 16) as u64
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u32_at(bytes, at) | u32_at(bytes, at + 4) << 32
}
