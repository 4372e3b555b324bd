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
    }

    #[test]
    fn an_error_is_short() {
        assert_eq!([0.0, 3.0, 0.000_005, f64::NAN].map(error), ["0", "3", "5.0e-6", "-"]);
    }
}
