//! Numbers as people read and write them.

use indicatif::{HumanBytes, HumanCount};

/// 81810022 -> 81,810,022.
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// 327240088 -> 327,240,088 (312.08 MiB).
pub fn bytes(number: u64) -> String {
    format!("{} ({})", HumanCount(number), HumanBytes(number))
}

/// 327212226 -> 327.2 MB.
pub fn megabytes(number: u64) -> String {
    format!("{:.1} MB", number as f64 / 1e6)
}

/// Minutes and seconds, and hours where there are any.
pub fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole / 3600 {
        0 => format!("{}:{:02}", whole / 60, whole % 60),
        hours => format!("{hours}:{:02}:{:02}", whole / 60 % 60, whole % 60),
    }
}

/// Parses a number of bytes: 800M, 1.5G, 900000000. Units are powers of 1,024.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_uppercase();
    let number = upper.trim_end_matches("IB").trim_end_matches('B');
    let (number, unit) = match number.chars().last() {
        Some('K') => (&number[..number.len() - 1], 10),
        Some('M') => (&number[..number.len() - 1], 20),
        Some('G') => (&number[..number.len() - 1], 30),
        _ => (number, 0),
    };
    let bytes = number.trim().parse::<f64>().ok().map(|number| number * f64::from(1_u32 << unit));
    let bytes = bytes.filter(|bytes| (1.0..1e18).contains(bytes)).map(|bytes| bytes as u64);
    bytes.ok_or_else(|| "expected a number of bytes, such as 800M or 1.5G".to_owned())
}

/// A relative error or its bound in two digits; whole numbers have no exponent, NaN is a dash.
pub fn error(number: f64) -> String {
    match number {
        n if n.is_nan() => "-".to_owned(),
        n if n.fract() == 0.0 && n.abs() < 1e6 => format!("{n}"),
        n => format!("{n:.1e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_exactly_and_rounded() {
        assert_eq!(bytes(3 << 19), "1,572,864 (1.50 MiB)");
        assert_eq!(megabytes(327_212_226), "327.2 MB");
    }

    #[test]
    fn parse_bytes_accepts_units_in_any_case() {
        let sizes = ["1", "900000000", "2k", "800M", "1.5 GiB", "3gb"].map(|text| parse_bytes(text).unwrap());
        assert_eq!(sizes, [1, 900_000_000, 2_048, 800 << 20, 3 << 29, 3 << 30]);
        for invalid in ["", "M", "-1", "0", "many", "1T", "NaN", "1e30"] {
            assert!(parse_bytes(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn clock_shows_hours_only_from_an_hour_on() {
        assert_eq!([clock(5.9), clock(75.0), clock(3723.0)], ["0:05", "1:15", "1:02:03"]);
    }

    #[test]
    fn errors_have_two_digits() {
        assert_eq!([0.0, 3.0, 0.000_005, f64::NAN].map(error), ["0", "3", "5.0e-6", "-"]);
    }
}
