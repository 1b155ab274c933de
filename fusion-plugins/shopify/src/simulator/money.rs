//! Amounts as the platform writes them: decimal texts with two digits.

/// The amount in hundredths; `None` when it isn't one.
pub(super) fn cents(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i128 = whole.parse().ok()?;
    let mut digits = part.bytes().map(|digit| i128::from(digit.wrapping_sub(b'0')));
    if !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let tenths = digits.next().unwrap_or(0);
    let hundredths = digits.next().unwrap_or(0);
    let up = i128::from(digits.next().unwrap_or(0) >= 5);
    Some(sign * (whole.checked_mul(100)? + tenths * 10 + hundredths + up))
}

/// The amount with two digits, as prices are answered.
pub(super) fn text(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// The amount as money objects hold it: at least one digit after the point, no trailing zero.
pub(super) fn decimal(amount: &str) -> String {
    let two = text(cents(amount).unwrap_or(0));
    two.strip_suffix('0').map_or_else(|| two.clone(), str::to_owned)
}
