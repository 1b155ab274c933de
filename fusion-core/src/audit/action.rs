use serde::{Deserialize, Serialize};
use std::fmt;

/// An enum whose variants have one stable name each, in serde and as text.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every one, in the order of the definition.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable name used in hashes, storage and messages.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

named! {
    /// What was done.
    Action {
        /// A platform authorised us.
        ConnectionAdded = "connection_added",
        /// Somebody authorised a connection again.
        ConnectionRenewed = "connection_renewed",
        /// A store was registered on a connection.
        StoreRegistered = "store_registered",
        /// A store's connection was tried out.
        StoreTested = "store_tested",
        /// A store begins no work until it is resumed.
        StorePaused = "store_paused",
        /// A paused store goes on.
        StoreResumed = "store_resumed",
        /// The platform shut a store out; nothing begins there until somebody signs in again.
        StoreDisconnected = "store_disconnected",
        /// A store's platform is to send its notifications to an address.
        NoticesWanted = "notices_wanted",
        /// A platform told of something that a store can't do.
        LimitLearned = "limit_learned",
        /// Credentials were replaced by newer ones.
        SecretRotated = "secret_rotated",
        /// A product was made or changed in our catalogue.
        ProductSaved = "product_saved",
        /// Products were read from a store into our catalogue.
        ProductsImported = "products_imported",
        /// A listing that a store had already was tied to a product.
        ListingAdopted = "listing_adopted",
        /// Categories, defaults or price rules of a store changed.
        MappingChanged = "mapping_changed",
        /// A counted thing came, went or was counted.
        StockMoved = "stock_moved",
        /// A store's level was brought in line with ours.
        StockPushed = "stock_pushed",
        /// An order was read or changed.
        OrderTaken = "order_taken",
        /// Something needs a person to say what it is.
        DoubtRaised = "doubt_raised",
        /// A person said what it is.
        DoubtResolved = "doubt_resolved",
        /// A platform shows something else than we left there.
        DriftFound = "drift_found",
        /// Somebody looked at personal values.
        PersonalOpened = "personal_opened",
        /// Personal values were erased.
        PersonalErased = "personal_erased",
        /// A platform passed on a privacy demand; its details tell what it asks, and of how many stored orders or
        /// stores.
        PrivacyDemanded = "privacy_demanded",
        /// A demand to erase a store's buyers was carried out; its details tell of how many orders.
        PrivacyMet = "privacy_met",
        /// A request waits until its store has been read.
        RequestDrafted = "request_drafted",
        /// A request asks for agreement.
        RequestSubmitted = "request_submitted",
        /// The requester sent back the digest of what they were shown.
        RequestConfirmed = "request_confirmed",
        /// A vote counts.
        VoteCounted = "vote_counted",
        /// A vote was for something else than what is asked now, and doesn't count.
        VoteOutdated = "vote_outdated",
        /// A voter took a vote back.
        VoteRetracted = "vote_retracted",
        /// A voter asks for another version.
        ChangesRequested = "changes_requested",
        /// A member left words.
        Commented = "commented",
        /// A new revision took the place of the old, and its votes are void.
        Amended = "amended",
        /// The agreement asked for is complete.
        Approved = "approved",
        /// Enough voters said no.
        Rejected = "rejected",
        /// The requester, the end of what it waited for, or what its store shows took it back.
        Withdrawn = "withdrawn",
        /// An approval was taken back before it had an effect.
        Revoked = "revoked",
        /// A deadline passed.
        Expired = "expired",
        /// What it would overwrite had changed when it was to run.
        WentStale = "went_stale",
        /// A worker began to carry a grant out.
        Claimed = "claimed",
        /// An attempt had no effect, and another is due.
        AttemptFailed = "attempt_failed",
        /// It was carried out.
        ExecutedDone = "executed_done",
        /// The platform took it and answers later.
        ExecutedAccepted = "executed_accepted",
        /// It ended without, or with only part of, its effect.
        ExecutedFailed = "executed_failed",
        /// Nobody knows whether it took effect.
        ExecutedUnknown = "executed_unknown",
        /// A look-up told what became of an unknown one.
        Resolved = "resolved",
        /// A person told what became of an unknown one.
        Decided = "decided",
        /// The platform's later answer was read.
        Observed = "observed",
        /// Alarm: an effect came after the request was closed.
        LateEffect = "late_effect",
        /// Alarm: two attempts had an effect.
        DoubleEffect = "double_effect",
        /// Who was asked in time was reminded.
        Reminded = "reminded",
        /// More people may decide.
        Escalated = "escalated",
        /// Somebody lets another vote for them.
        Delegated = "delegated",
        /// Somebody with that role acted without the usual agreement.
        GlassBroken = "glass_broken",
        /// The rules of approval changed.
        PolicyChanged = "policy_changed",
        /// Groups or their members changed.
        PeopleChanged = "people_changed",
        /// What older keys had sealed or signed was moved under the current one.
        KeyRotated = "key_rotated",
        /// The end of this chain was signed.
        CheckpointSigned = "checkpoint_signed",
        /// Old entries of this chain were exported and dropped.
        AuditExpired = "audit_expired",
        /// Alarm: a queue that lives elsewhere refused what a commit asked of it; its details tell what and why.
        QueueRefused = "queue_refused",
        /// A database from the past was opened, or a store of one held, and unfinished work became unknown.
        RestoreHeld = "restore_held",
    }
}

named! {
    /// What kind of thing was acted on.
    SubjectKind {
        /// The tenant itself.
        Tenant = "tenant",
        /// An authorisation at a platform.
        Connection = "connection",
        /// A merchant's shop.
        Store = "store",
        /// A product of ours.
        Product = "product",
        /// A variant of a product.
        Variant = "variant",
        /// A product in one store.
        Listing = "listing",
        /// A counted thing.
        StockItem = "stock_item",
        /// Where things are counted.
        Location = "location",
        /// An order.
        Order = "order",
        /// Something that a person must resolve.
        Doubt = "doubt",
        /// A personal value.
        Personal = "personal",
        /// A command on its way through approval.
        Request = "request",
        /// Requests decided together.
        Bundle = "bundle",
        /// A permit.
        Grant = "grant",
        /// Work in the queue.
        Job = "job",
        /// The rules of approval.
        Policy = "policy",
        /// A person or group.
        Person = "person",
        /// A key of the vault.
        Key = "key",
        /// The signed end of a chain.
        Checkpoint = "checkpoint",
    }
}
