//! What this platform loses.

use fusion_core::model::{
    LossKind::{self, Aggregated, Dropped, Guessed, Reinterpreted},
    LossRow,
    LossSubject::{self, Edit, Listing, Order, Product},
};

const fn row(subject: LossSubject, field: &'static str, kind: LossKind, why: &'static str) -> LossRow {
    LossRow { subject, field, kind, why }
}

const NO_BULLETS: &str = "the platform has no place for selling points";
const NOT_HIDDEN: &str = "the platform can't hide a variant: one that isn't on offer is left out";
const OWN_TREE: &str = "one id of the platform's own tree and one word of the merchant's";
const UNREAD_PICTURES: &str = "pictures that couldn't be read are left alone";
const ONLY_PICTURES: &str = "videos aren't carried, and there are no files for buyers";
const NO_TIMES: &str = "a reduction has no times: it lasts until the next change";
const STRUCK_THROUGH: &str = "during a reduction the full price is struck through";
const ONE_WAY: &str = "the shop takes prices one way, with or without tax";
const FOREIGN_COST: &str = "only a cost in the shop's currency is taken";
const NO_OWN_PICTURE: &str = "a picture of the product's alone, and none that couldn't be read";
const ONE_CODE: &str = "one bar code";
const SEVERAL_PLACES: &str = "a line that is shipped from several places names none";
const ABOUT: &str = "once pieces were taken off, the reduction of one is told approximately";

/// Every loss that a conversion of this crate can report.
///
/// The reader of product files has findings of its own.
pub const LOSSES: &[LossRow] = &[
    row(Listing, "bullets", Dropped, NO_BULLETS),
    row(Listing, "locale", Reinterpreted, "the texts stand as the shop's main language"),
    row(Listing, "categories[]", Dropped, OWN_TREE),
    row(Listing, "media", Dropped, UNREAD_PICTURES),
    row(Listing, "media[]", Dropped, ONLY_PICTURES),
    row(Listing, "variants[]", Dropped, NOT_HIDDEN),
    row(Listing, "variants[].offer.compare_at", Dropped, STRUCK_THROUGH),
    row(Listing, "variants[].offer.sale", Dropped, NO_TIMES),
    row(Listing, "variants[].offer.tax", Reinterpreted, ONE_WAY),
    row(Listing, "variants[].cost", Dropped, FOREIGN_COST),
    row(Listing, "variants[].codes[]", Dropped, ONE_CODE),
    row(Listing, "variants[].media", Dropped, "one call takes only so many"),
    row(Listing, "extensions.shopify.catalogue", Dropped, "extras of another version can't be read"),
    row(
        Listing,
        "extensions.shopify.catalogue.handle",
        Reinterpreted,
        "beyond lower-case letters, digits and single hyphens the platform makes one of the title",
    ),
    row(
        Listing,
        "extensions.shopify.catalogue.gift_card",
        Dropped,
        "a product that is there can't become a gift card",
    ),
    row(
        Listing,
        "extensions.shopify.catalogue.metafields[]",
        Dropped,
        "249 fields with names that the platform takes, in no namespace of its own or of an app's",
    ),
    row(Edit, "bullets", Dropped, NO_BULLETS),
    row(Edit, "categories[]", Dropped, OWN_TREE),
    row(Edit, "media", Dropped, UNREAD_PICTURES),
    row(Edit, "media[]", Dropped, ONLY_PICTURES),
    row(Edit, "variants[].offered", Dropped, "the platform can't hide a variant"),
    row(Edit, "variants[].compare_at", Dropped, STRUCK_THROUGH),
    row(
        Edit,
        "variants[].compare_at",
        Guessed,
        "a reduction ends and nothing says what was struck through before",
    ),
    row(Edit, "variants[].sale", Dropped, NO_TIMES),
    row(Edit, "variants[].cost", Dropped, FOREIGN_COST),
    row(Edit, "variants[].codes[]", Dropped, ONE_CODE),
    row(Edit, "variants[].media", Dropped, NO_OWN_PICTURE),
    row(Edit, "add[]", Dropped, NOT_HIDDEN),
    row(Edit, "add[].offer.compare_at", Dropped, STRUCK_THROUGH),
    row(Edit, "add[].offer.sale", Dropped, NO_TIMES),
    row(Edit, "add[].offer.tax", Reinterpreted, ONE_WAY),
    row(Edit, "add[].cost", Dropped, FOREIGN_COST),
    row(Edit, "add[].codes[]", Dropped, ONE_CODE),
    row(Edit, "add[].media", Dropped, NO_OWN_PICTURE),
    row(Product, "media[]", Dropped, "films and models aren't carried"),
    row(Product, "variants[].media", Dropped, "a variant has one picture of its own"),
    row(Product, "metafields", Dropped, "with more of them than one answer holds no extras are read"),
    row(Product, "metafields[]", Dropped, "fields that belong to an app are written by the app alone"),
    row(
        Order,
        "displayFinancialStatus",
        Reinterpreted,
        "a payment whose promise has run out counts as voided",
    ),
    row(
        Order,
        "displayFulfillmentStatus",
        Reinterpreted,
        "what is planned, under way, put back or declined counts as the nearest state",
    ),
    row(Order, "lineItems[].location", Aggregated, SEVERAL_PLACES),
    row(Order, "lineItems[].charges", Guessed, ABOUT),
    row(Order, "exchanges[]", Dropped, "pieces become a line once they are on their way"),
    row(Order, "exchanges[].location", Aggregated, SEVERAL_PLACES),
    row(Order, "exchanges[].charges", Guessed, ABOUT),
    row(
        Order,
        "fulfillments[].status",
        Dropped,
        "one that was taken back, failed or is planned is no shipment",
    ),
    row(
        Order,
        "refunds[].refundLineItems",
        Reinterpreted,
        "a word that this version doesn't know leaves open whether pieces are back on the shelf",
    ),
];
