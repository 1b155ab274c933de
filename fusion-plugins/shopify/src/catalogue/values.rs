//! What one cell says, or why it says nothing that can be trusted.

use crate::gtin::{has_shape, is_gtin};
use fusion_core::model::{Code, CodeKind, Currency, Decimal, Money};
use std::ops::RangeInclusive;

/// Why a cell can't be read, and what would help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) reason: &'static str,
    pub(super) help: &'static str,
}

const fn fault(code: &'static str, reason: &'static str, help: &'static str) -> Fault {
    Fault { code, reason, help }
}

/// Reads digits with at most one point; which character is the point is the caller's word.
pub(super) fn decimal(text: &str, decimal_comma: bool) -> Result<Decimal, Fault> {
    let (point, other) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let help = if decimal_comma { "write digits such as 12,50" } else { "write digits such as 12.50" };
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == point);
    if plain && text.contains(|c: char| c.is_ascii_digit()) && text.matches(point).count() <= 1 {
        let digits = text.replace(point, ".");
        // `5.` and `.5` are numbers to a shop, and not to every parser.
        return Decimal::from_str_exact(&format!("0{}", digits.trim_end_matches('.'))).map_err(|_| {
            fault("number_too_long", "the number has more digits than an amount of money can hold", help)
        });
    }
    Err(match text {
        "" => fault("missing", "the number is missing", help),
        _ if text.contains(other) && decimal_comma => fault(
            "dot_in_number",
            "a dot stands in the number though decimals are said to follow a comma",
            "write 12,50, or read the file without the decimal comma",
        ),
        _ if text.contains(other) => fault(
            "comma_in_number",
            "a comma may part thousands or decimals",
            "write 12.50, or say that the file uses a decimal comma",
        ),
        _ if text.matches(point).count() > 1 => {
            fault("two_points", "the number has more than one point", help)
        }
        _ if has_exponent(text) => fault("exponent", "a spreadsheet wrote the number with an exponent", help),
        _ if text.starts_with(['-', '\u{2212}']) => fault("negative", "the number is negative", help),
        _ => fault("not_a_number", "this is not a plain number", help),
    })
}

/// Reads a price or another amount of money.
pub(super) fn amount(text: &str, currency: Currency, decimal_comma: bool) -> Result<Money, Fault> {
    decimal(text, decimal_comma).map(|amount| Money::new(amount, currency))
}

/// Reads a whole number, also a negative one; `4.0` is 4.
pub(super) fn quantity(text: &str, decimal_comma: bool) -> Result<i64, Fault> {
    let point = if decimal_comma { ',' } else { '.' };
    let (whole, decimals) = text.split_once(point).unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let help = "write a whole number such as 12 or -3";
    if !plain || !decimals.bytes().all(|b| b == b'0') {
        return Err(fault("not_whole", "this is not a whole number", help));
    }
    whole.parse().map_err(|_| fault("number_too_long", "the number is larger than can be counted", help))
}

/// Reads a yes or no; `None` if the cell is empty.
pub(super) fn truth(text: &str) -> Result<Option<bool>, Fault> {
    match text {
        "" => Ok(None),
        _ if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        _ if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        _ => Err(fault(
            "not_true_or_false",
            "this is neither TRUE nor FALSE",
            "write TRUE or FALSE; a spreadsheet in another language translates them",
        )),
    }
}

/// A barcode cell, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Barcode {
    /// A number of the shape that its length promises, or one of no known system.
    Good(Code),
    /// As long as a trade number, with a check digit that disagrees.
    WrongCheckDigit(Code),
    /// A spreadsheet turned it into a number and digits are gone.
    Damaged,
}

/// Understands a barcode that isn't empty.
pub(super) fn barcode(text: &str) -> Barcode {
    let unclear = || Code { kind: CodeKind::Barcode, value: text.to_owned() };
    // A part number such as `12E4` has neither sign nor point; a spreadsheet writes at least one of them.
    let exponent = has_exponent(text) && text.contains(['+', '-', '.', ',']);
    let zeros = text.split_once(['.', ',']).is_some_and(|(whole, zeros)| {
        let only = |text: &str, digits: RangeInclusive<char>| {
            !text.is_empty() && text.chars().all(|c| digits.contains(&c))
        };
        only(whole, '0'..='9') && only(zeros, '0'..='0')
    });
    if exponent || zeros {
        return Barcode::Damaged;
    }
    if !has_shape(text) {
        return Barcode::Good(unclear());
    }
    if is_gtin(text) {
        Barcode::Good(Code { kind: CodeKind::Gtin, value: text.to_owned() })
    } else {
        Barcode::WrongCheckDigit(unclear())
    }
}

/// Whether a spreadsheet wrote this number as `3.65E+11`.
fn has_exponent(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let number = |text: &str, more: &[char]| {
        text.contains(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || more.contains(&c))
    };
    number(digits, &['.', ',']) && number(exponent, &[])
}

/// Whether `text` is an address that a platform can fetch.
pub(super) fn is_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Other tools put several addresses into one cell.
    let several = [",http", ";http", "|http"].iter().any(|next| text.contains(next));
    known && !several && !host.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
