//! Answers that a platform never gave: one recorded answer, damaged in one place.

use serde_json::{Value, json};

/// An answer with its damage.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutated {
    /// The damaged answer.
    pub value: Value,
    /// Where (a JSON pointer) and how it was damaged, for the message of a failing test.
    pub damage: String,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Removed,
    Null,
    WrongType,
    Zero,
    HugeNumber,
    HugeNegative,
    HugeFraction,
    HugeText,
    UnknownWord,
    EmptyList,
    Doubled,
}

const CHANGES: [Change; 11] = [
    Change::Removed,
    Change::Null,
    Change::WrongType,
    Change::Zero,
    Change::HugeNumber,
    Change::HugeNegative,
    Change::HugeFraction,
    Change::HugeText,
    Change::UnknownWord,
    Change::EmptyList,
    Change::Doubled,
];

/// Characters of a huge text: longer than titles, names and ids may be anywhere.
const HUGE_TEXT: usize = 16_000;

/// Damages `original` in one place: a field removed, null, of a wrong type, zero, huge, an unknown word, an empty
/// list or an element twice. The same seed makes the same damage.
///
/// Seeds that follow each other lie far apart in the tree, and with as many seeds as there are places times
/// kinds of damage ([`mutations`]) each comes once. Later seeds repeat them.
///
/// ```
/// # use fusion_plugin_sdk::testkit::{mutate, mutations};
/// let answer = serde_json::json!({ "id": 7, "tags": ["red"] });
/// for seed in 0..mutations(&answer) {
///     let damaged = mutate(&answer, seed);
///     // Here a conversion would have to answer with a value or a typed error.
///     assert!(!damaged.damage.is_empty());
/// }
/// ```
pub fn mutate(original: &Value, seed: u64) -> Mutated {
    let places = places(original);
    let count = places.len() as u64;
    let place = usize::try_from(seed.wrapping_mul(stride(count)) % count).unwrap_or(0);
    let kind = usize::try_from((seed + seed / count) % CHANGES.len() as u64).unwrap_or(0);
    let (Some(place), Some(change)) = (places.get(place), CHANGES.get(kind)) else {
        return Mutated { value: Value::Null, damage: "the whole answer: Null".to_owned() };
    };
    let mut value = original.clone();
    damage(&mut value, place, *change);
    Mutated { value, damage: format!("{place}: {change:?}") }
}

/// How many different seeds [`mutate`] has for this answer.
pub fn mutations(original: &Value) -> u64 {
    places(original).len() as u64 * CHANGES.len() as u64
}

/// JSON pointers of every value, the root's first.
fn places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, String::new(), &mut found);
    found
}

fn walk(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(at.clone());
            for (name, inner) in fields {
                walk(inner, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            found.push(at.clone());
            for (nth, inner) in items.iter().enumerate() {
                walk(inner, format!("{at}/{nth}"), found);
            }
        }
        _ => found.push(at),
    }
}

/// About 0.618 of `count` and without a common divisor: steps of it visit every place once, spread evenly.
fn stride(count: u64) -> u64 {
    let coprime = |step: &u64| {
        let (mut a, mut b) = (*step, count);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    (count * 618 / 1000 + 1..=count).find(coprime).unwrap_or(1)
}

fn damage(root: &mut Value, place: &str, change: Change) {
    if matches!(change, Change::Removed | Change::Doubled)
        && let Some((parent, last)) = place.rsplit_once('/')
    {
        match (root.pointer_mut(parent), last.parse::<usize>()) {
            (Some(Value::Array(items)), Ok(nth)) if nth < items.len() => {
                let item = items.remove(nth);
                if matches!(change, Change::Doubled) {
                    items.insert(nth, item.clone());
                    items.insert(nth, item);
                }
                return;
            }
            (Some(Value::Object(fields)), _) if matches!(change, Change::Removed) => {
                fields.remove(&last.replace("~1", "/").replace("~0", "~"));
                return;
            }
            _ => {}
        }
    }
    if let Some(value) = root.pointer_mut(place) {
        *value = replaced(value, change);
    }
}

fn replaced(value: &Value, change: Change) -> Value {
    match change {
        Change::Removed | Change::Null => Value::Null,
        Change::WrongType => match value {
            Value::Null => json!({}),
            Value::Bool(_) => json!("yes"),
            Value::Number(_) => json!("seven"),
            Value::String(_) => json!(7),
            Value::Array(_) => json!({ "0": 7 }),
            Value::Object(_) => json!([7]),
        },
        Change::Zero => json!(0),
        Change::HugeNumber => json!(u64::MAX),
        Change::HugeNegative => json!(i64::MIN),
        Change::HugeFraction => json!(1.5e300),
        // A NUL, and characters of several bytes: whoever counts bytes cuts one in two.
        Change::HugeText => json!(format!("\0{}", "é€".repeat(HUGE_TEXT / 2))),
        Change::UnknownWord => json!("no_such_word"),
        Change::EmptyList => json!([]),
        Change::Doubled => json!([value, value]),
    }
}
