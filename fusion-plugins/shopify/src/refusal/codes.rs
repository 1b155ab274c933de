//! The platform's codes, and the texts that stand where it gives no code.

use crate::wire::answer::UserError;
use fusion_core::error::{ErrorKind, Fate, Retry, When};
use std::time::Duration;

/// What one code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) kind: ErrorKind,
    pub(super) retry: Retry,
    pub(super) fate: Fate,
    pub(super) says: &'static str,
}

const fn rejected(kind: ErrorKind, retry: Retry, says: &'static str) -> Meaning {
    Meaning { kind, retry, fate: Fate::Rejected, says }
}

/// What a refusal means that nothing more is known about.
pub(super) const REFUSED: Meaning =
    rejected(ErrorKind::PlatformRefused, Retry::Never, "the platform refused the change");

const INVALID: Meaning = rejected(ErrorKind::InvalidInput, Retry::Never, "the platform finds fields wrong");

/// A same key is at work elsewhere; a moment later the same call is answered.
const MOMENT: Duration = Duration::from_secs(2);

/// How long a shop that has used up its new variants of the day is left alone.
const QUOTA: Duration = Duration::from_secs(60 * 60);

/// What a code of the whole document means.
pub(super) fn top_code(code: &str, message: &str) -> Meaning {
    use {ErrorKind as Kind, Retry::*};
    match code {
        // Said to come before anything runs, but nowhere promised: what must not happen twice is looked up.
        "THROTTLED" => Meaning {
            kind: Kind::RateLimited,
            retry: Backoff,
            fate: Fate::Unknown,
            says: "the shop's points are used up for now",
        },
        "MAX_COST_EXCEEDED" => {
            rejected(Kind::InvalidInput, Never, "the call is too dear at once; ask for less")
        }
        "MAX_INPUT_SIZE_EXCEEDED" => rejected(Kind::InvalidInput, Never, "a list is too long for one call"),
        "ACCESS_DENIED" => rejected(Kind::MissingScope, AfterReauth, "the app lacks a permission"),
        "SHOP_INACTIVE" => rejected(Kind::PlatformRefused, AfterUserAction, "the shop is closed"),
        "NOT_FOUND" => rejected(Kind::NotFound, Never, "the platform doesn't have it"),
        // "invalid id": of another shop, of another kind, or not an id at all.
        "RESOURCE_NOT_FOUND" => rejected(Kind::NotFound, Never, "the platform doesn't know an id"),
        "INVALID_VARIABLE" | "CURRENCY_CODE_INVALID" => {
            rejected(Kind::InvalidInput, Never, "the platform can't read what was sent")
        }
        "INTERNAL_SERVER_ERROR" | "TIMEOUT" => Meaning {
            kind: Kind::Unavailable,
            retry: Backoff,
            fate: Fate::Unknown,
            says: "the platform failed in the middle",
        },
        "UNAUTHENTICATED" => {
            rejected(Kind::Unauthenticated, AfterReauth, "the platform doesn't accept the token")
        }
        _ if message.to_ascii_lowercase().contains("invalid api key or access token") => {
            rejected(Kind::Unauthenticated, AfterReauth, "the platform doesn't accept the token")
        }
        // Our document doesn't fit the version, refused before anything ran: the codes of the validator
        // (`undefinedField`, `missingRequiredArguments`, `PARSE_ERROR`, …) and of missing directives.
        "BAD_REQUEST"
        | "INVALID_FIELD_ARGUMENTS"
        | "PARSE_ERROR"
        | "undefinedField"
        | "argumentNotAccepted"
        | "missingRequiredArguments"
        | "missingRequiredInputObjectAttribute"
        | "argumentLiteralsIncompatible"
        | "variableNotUsed"
        | "undefinedDirective"
        | "undefinedType"
        | "selectionMismatch"
        | "invalidOneOfInputObject" => {
            rejected(Kind::Protocol, Never, "the call doesn't fit the platform's version; report this")
        }
        // Unknown words take the careful way.
        _ => Meaning {
            kind: Kind::Protocol,
            retry: Never,
            fate: Fate::Unknown,
            says: "the platform answered with an unknown error",
        },
    }
}

/// What a refusal of a mutation means.
pub(super) fn user_error(error: &UserError) -> Meaning {
    error.code.as_deref().and_then(user_code).or_else(|| user_words(&error.message)).unwrap_or(
        match error.field.as_deref() {
            Some([_, ..]) => INVALID,
            _ => REFUSED,
        },
    )
}

fn user_code(code: &str) -> Option<Meaning> {
    use {ErrorKind as Kind, Retry::*};
    Some(match code {
        "PRODUCT_DOES_NOT_EXIST" | "NOT_FOUND" | "PRODUCT_NOT_FOUND" => {
            rejected(Kind::NotFound, Never, "the platform doesn't have the product")
        }
        "PRODUCT_VARIANT_DOES_NOT_EXIST" | "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT" => {
            rejected(Kind::NotFound, Never, "the platform doesn't have a variant")
        }
        "MEDIA_IS_NOT_ATTACHED_TO_VARIANT"
        | "MEDIA_DOES_NOT_EXIST"
        | "MEDIA_DOES_NOT_EXIST_ON_PRODUCT"
        | "PRODUCT_VARIANT_DOES_NOT_EXIST_ON_PRODUCT" => {
            rejected(Kind::NotFound, Never, "the platform doesn't have the picture there")
        }
        "NON_READY_MEDIA" | "MEDIA_CANNOT_BE_MODIFIED" => {
            rejected(Kind::Conflict, Backoff, "the platform is at work on a picture")
        }
        "INVALID_INVENTORY_ITEM" | "INVALID_LOCATION" => {
            rejected(Kind::NotFound, Never, "the platform doesn't have the item or location")
        }
        "ITEM_NOT_STOCKED_AT_LOCATION" => {
            rejected(Kind::PlatformRefused, Never, "the item isn't stocked at the location")
        }
        "NON_MUTABLE_INVENTORY_ITEM" => {
            rejected(Kind::PlatformRefused, Never, "the item's stock can't be set: it follows from others")
        }
        "HANDLE_NOT_UNIQUE" | "VARIANT_ALREADY_EXISTS" | "VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE" => {
            rejected(Kind::AlreadyExists, Never, "the platform has one of this name already")
        }
        // Read again and decide again: the same call would meet the same number.
        "CHANGE_FROM_QUANTITY_STALE" | "COMPARE_QUANTITY_STALE" => {
            rejected(Kind::Conflict, Never, "the stock has changed meanwhile")
        }
        // The same key is being worked on: sent again it gets the first one's answer.
        "IDEMPOTENCY_CONCURRENT_REQUEST" => Meaning {
            kind: Kind::Conflict,
            retry: When(self::When::In(MOMENT)),
            fate: Fate::Unknown,
            says: "the same change is under way",
        },
        // The key is burnt and nothing was changed; the next try has a new one.
        "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" => {
            rejected(Kind::Conflict, Backoff, "an earlier try of the same change failed")
        }
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH" => {
            rejected(Kind::Internal, Never, "the key was used for another change")
        }
        "PRODUCT_SUSPENDED" => {
            rejected(Kind::PlatformRefused, AfterUserAction, "the platform has suspended the product")
        }
        _ => return None,
    })
}

/// Many payloads have no codes; these texts were seen.
fn user_words(message: &str) -> Option<Meaning> {
    use {ErrorKind as Kind, Retry::*};
    let message = message.to_ascii_lowercase();
    let has = |words: &str| message.contains(words);
    Some(if has("does not exist") || has("could not be found") || has("was deleted") {
        rejected(Kind::NotFound, Never, "the platform doesn't have it")
    } else if has("already exists") || has("already in use") || has("already been taken") {
        rejected(Kind::AlreadyExists, Never, "the platform has one of this name already")
    } else if has("already been canceled") {
        rejected(Kind::AlreadyExists, Never, "the order is cancelled already")
    } else if has("outstanding fulfillments") {
        rejected(
            Kind::PlatformRefused,
            AfterUserAction,
            "a part of the order is on its way; call it back first",
        )
    } else if has("unfulfillable status") || has("invalid fulfillment order line item quantity") {
        rejected(Kind::Conflict, Never, "less is left to be shipped than that, or it is held back")
    } else if has("operation already in progress") {
        rejected(Kind::Conflict, Backoff, "the platform is at work on the product")
    } else if has("daily") && has("variant") && has("limit") {
        rejected(
            Kind::QuotaExhausted,
            When(self::When::In(QUOTA)),
            "the shop's new variants of the day are used up",
        )
    } else {
        return None;
    })
}
