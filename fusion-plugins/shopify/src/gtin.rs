//! Trade numbers of the GS1 system.

/// Whether `text` is a GTIN: 8, 12, 13 or 14 digits, the last of which checks the others
/// (<https://www.gs1.org/services/how-calculate-check-digit-manually>).
pub(crate) fn is_gtin(text: &str) -> bool {
    has_shape(text) && checks(text)
}

/// As long as a GTIN, and nothing but digits.
pub(crate) fn has_shape(text: &str) -> bool {
    matches!(text.len(), 8 | 12 | 13 | 14) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// From the right, every second digit counts three times.
fn checks(text: &str) -> bool {
    let digits = text.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let weighted = digits.zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight);
    weighted.sum::<u32>() % 10 == 0
}
