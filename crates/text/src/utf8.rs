//! Text from bytes in UTF-8.

use std::io::{self, ErrorKind, Read};

/// What programs on Windows put before a text. It is no part of it.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a whole text in UTF-8, without its byte order mark.
///
/// # Errors
/// The reader's; [`ErrorKind::InvalidData`], with the remedy, if the text is in another encoding.
pub fn read_to_string(mut reader: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    decode(bytes)
}

pub(crate) fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let mut text = String::from_utf8(bytes).map_err(|error| wrong_encoding(error.as_bytes()))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.remove(0);
    }
    Ok(text)
}

/// The error for a text that begins with these bytes and is not UTF-8.
pub(crate) fn wrong_encoding(start: &[u8]) -> io::Error {
    let is_utf16 = start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
    let found = if is_utf16 { "it is UTF-16" } else { "it is not UTF-8" };
    let from = if is_utf16 { "UTF-16" } else { "WINDOWS-1252" };
    let message = format!("{found}: save it as UTF-8, or convert it, as by `iconv -f {from} -t UTF-8`");
    io::Error::new(ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_byte_order_mark_is_left_out() {
        for (bytes, text) in
            [("", ""), ("hé", "hé"), ("\u{feff}hé", "hé"), ("\u{feff}\u{feff}h\u{feff}", "\u{feff}h\u{feff}")]
        {
            assert_eq!(read_to_string(bytes.as_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn another_encoding_is_named_with_the_remedy() {
        let little: Vec<u8> = "\u{feff}hé".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}hé".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, found) in
            [(&little[..], "it is UTF-16: "), (&big, "it is UTF-16: "), (b"h\xe9", "it is not UTF-8: ")]
        {
            let error = read_to_string(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().starts_with(found) && error.to_string().contains("save it as UTF-8"), "{error}");
        }
    }
}
