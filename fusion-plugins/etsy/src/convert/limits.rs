//! Limits of the platform (`platforms/etsy.md`, section 4).

/// Characters of a title.
pub(super) const TITLE: usize = 140;
/// Characters that a title may hold once.
pub(super) const ONCE_IN_TITLE: [char; 4] = ['%', ':', '&', '+'];
/// Tags of a listing.
pub(super) const TAGS: usize = 13;
/// Characters of a tag.
pub(super) const TAG: usize = 20;
/// Pictures of a listing.
pub(super) const IMAGES: usize = 20;
/// Characters of a picture's alternative text.
pub(super) const ALT: usize = 500;
/// Options that may have values of the merchant's own.
pub(super) const OPTIONS: usize = 2;
/// Combinations of a listing: an old figure of the platform's, and what keeps a wrong product from filling memory.
pub(super) const COMBINATIONS: usize = 400;
/// Pieces of one combination.
pub(super) const QUANTITY: u32 = 999;
/// The property that the first option of the merchant's own becomes; the next one follows it.
pub(super) const CUSTOM: i64 = 513;
