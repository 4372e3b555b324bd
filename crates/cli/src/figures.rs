//! Numbers for people.

/// 81810022 -> 81,810,022.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(at, digit)| comma(at).then_some(',').into_iter().chain([digit])).collect()
}

/// 327240088 -> 327,240,088 (312.1 MiB).
pub fn bytes(number: u64) -> String {
    format!("{} ({:.1} MiB)", thousands(number), number as f64 / f64::from(1 << 20))
}

/// 327212226 -> 327.2 MB.
pub fn megabytes(number: u64) -> String {
    format!("{:.1} MB", number as f64 / 1e6)
}

/// Bytes as people write them: 800M, 1.5G, 900000000. Units are powers of 1,024.
pub fn size(text: &str) -> Result<u64, String> {
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

/// An error or a bound: two digits, and no exponent for a plain 0 or a count.
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
    fn digits_come_in_threes() {
        assert_eq!([0, 999, 1000, 81_810_022].map(thousands), ["0", "999", "1,000", "81,810,022"]);
        assert_eq!(bytes(3 << 19), "1,572,864 (1.5 MiB)");
        assert_eq!(megabytes(327_212_226), "327.2 MB");
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let sizes = ["1", "900000000", "2k", "800M", "1.5 GiB", "3gb"].map(|text| size(text).unwrap());
        assert_eq!(sizes, [1, 900_000_000, 2_048, 800 << 20, 3 << 29, 3 << 30]);
        for wrong in ["", "M", "-1", "0", "many", "1T", "NaN", "1e30"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_error_is_short() {
        assert_eq!([0.0, 3.0, 0.000_005, f64::NAN].map(error), ["0", "3", "5.0e-6", "-"]);
    }
}
