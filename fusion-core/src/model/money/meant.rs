//! What somebody may have meant who wrote money in another way: it is told, never taken.

use super::{Currency, Money};
use rust_decimal::Decimal;
use std::str::FromStr as _;

/// The money that `text` can only mean, if it can mean but one.
pub(super) fn money(text: &str) -> Option<Money> {
    let text = text.trim();
    let is_sign = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-');
    let (before, after) = (text.find(is_sign)?, text.rfind(is_sign)? + 1);
    let (left, number, right) = (text.get(..before)?, text.get(before..after)?, text.get(after..)?);
    let name = match (left.trim(), right.trim()) {
        ("", name) | (name, "") => name,
        _ => return None,
    };
    let amount = Decimal::from_str(&amount(number)?).ok()?;
    Some(Money::new(amount, currency(name)?))
}

/// The currency that `name` can only mean.
pub(super) fn currency(name: &str) -> Option<Currency> {
    // Other signs are used by several currencies.
    let code = if name == "€" { "EUR".to_owned() } else { name.to_uppercase() };
    iso_currency::Currency::from_code(&code).map(Currency)
}

/// The number that `text` can only mean, with at most one dot: `1.299,00` and `12,5`, but not `1,250`, which could
/// be a thousand or one.
pub(super) fn amount(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let groups = |text: &str, by: char| {
        let mut groups = text.split(by);
        let first = groups.next().filter(|first| is_number(first) && first.len() <= 3)?;
        let rest: Vec<&str> = groups.collect();
        let full = rest.iter().all(|group| is_number(group) && group.len() == 3);
        full.then(|| std::iter::once(first).chain(rest).collect::<String>())
    };
    let point = digits.rfind(['.', ',']);
    let plain = match point {
        None => is_number(digits).then(|| digits.to_owned())?,
        Some(at) => {
            let (whole, fraction) = (digits.get(..at)?, digits.get(at + 1..)?);
            let mark = if digits.get(at..)?.starts_with('.') { '.' } else { ',' };
            let other = if mark == '.' { ',' } else { '.' };
            if whole.contains(mark) {
                // The mark stands there several times: it can only part thousands.
                if whole.contains(other) { None } else { groups(digits, mark) }?
            } else if whole.contains(other) {
                let whole = groups(whole, other)?;
                is_number(fraction).then(|| format!("{whole}.{fraction}"))?
            } else {
                let is_clear = mark == '.' || fraction.len() != 3;
                let whole = if whole.is_empty() { "0" } else { whole };
                (is_clear && is_number(whole) && is_number(fraction))
                    .then(|| format!("{whole}.{fraction}"))?
            }
        }
    };
    Some(if digits.len() < text.len() { format!("-{plain}") } else { plain })
}
