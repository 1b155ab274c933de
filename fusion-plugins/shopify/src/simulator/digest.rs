//! Small derived texts: cursors, digests, namespaces.

/// The number under which the simulated app is known in its reserved namespace.
const APP: &str = "app--424242";

/// A digest of a metafield's value, opaque to clients.
pub(super) fn of(value: &str) -> String {
    // FNV-1a: only equality matters, nobody attacks a simulator.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in value.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// The namespace as it is kept: none at all and `$app` stand for the app's own.
pub(super) fn namespace(given: Option<&str>) -> String {
    match given {
        None | Some("$app") => APP.to_owned(),
        Some(other) => match other.strip_prefix("$app:") {
            Some(inner) => format!("{APP}--{inner}"),
            None => other.to_owned(),
        },
    }
}

/// The opaque cursor of a place in an order.
pub(super) fn cursor(place: &str) -> String {
    place.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The place of a cursor.
pub(super) fn place(cursor: &str) -> Option<String> {
    let digits = cursor.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    String::from_utf8(digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>()?).ok()
}
