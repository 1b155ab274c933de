//! What this platform loses.

use fusion_core::model::{
    LossKind::{self, Aggregated, Dropped, Guessed, Reinterpreted, Truncated},
    LossRow,
    LossSubject::{self, Edit, Listing, Order, Product, Stock, Store},
};

const fn row(subject: LossSubject, field: &'static str, kind: LossKind, why: &'static str) -> LossRow {
    LossRow { subject, field, kind, why }
}

const NO_FIELD: &str = "the platform has no field for it";
const NO_SALES: &str = "reductions are made in the web interface alone: the full price is shown";
const ONE_WEIGHT: &str = "there is one weight a listing";
const LOOKS_LIKE_FILLER: &str =
    "a variant neither on offer nor with a SKU looks like a row that fills the table";
const COUNTED_APART: &str = "one stock can't always be shared: its variants are counted apart";
const COUPONS: &str = "coupons are part of the order's discount";

/// Every loss that a conversion of this crate can report.
pub const LOSSES: &[LossRow] = &[
    row(Listing, "title", Truncated, "140 characters"),
    row(Listing, "description", Reinterpreted, "no HTML: its text is sent"),
    row(Listing, "bullets", Reinterpreted, "they stand below the description"),
    row(Listing, "brand", Dropped, NO_FIELD),
    row(Listing, "locale", Reinterpreted, "a new listing's texts are taken for the shop's language"),
    row(Listing, "nature", Reinterpreted, "services are shown as things"),
    row(Listing, "tags", Truncated, "13 tags"),
    row(Listing, "tags[]", Dropped, "20 characters, no comma and few signs"),
    row(Listing, "categories[]", Dropped, "one category of the platform's own tree"),
    row(Listing, "media", Truncated, "20 pictures"),
    row(Listing, "media[]", Dropped, "videos and files aren't carried yet"),
    row(Listing, "media[].alt", Truncated, "500 characters"),
    row(Listing, "variants[]", Dropped, LOOKS_LIKE_FILLER),
    row(Listing, "variants[].counted", Reinterpreted, "everything is counted: the highest number is shown"),
    row(Listing, "variants[].stock", Truncated, "999 pieces"),
    row(Listing, "variants[].offer.compare_at", Dropped, NO_SALES),
    row(Listing, "variants[].offer.sale", Dropped, NO_SALES),
    row(Listing, "variants[].offer.tax", Reinterpreted, "the shop takes prices one way, with or without tax"),
    row(Listing, "variants[].cost", Dropped, NO_FIELD),
    row(Listing, "variants[].codes[]", Dropped, NO_FIELD),
    row(Listing, "variants[].shipping.weight", Aggregated, ONE_WEIGHT),
    row(Listing, "variants[].shipping.weight", Dropped, "what isn't shipped has no weight"),
    row(Listing, "variants[].shipping.hs_code", Dropped, NO_FIELD),
    row(Listing, "variants[].shipping.origin", Dropped, NO_FIELD),
    row(Listing, "variants[].media", Dropped, "pictures stand for the values of one option"),
    row(Listing, "stock", Guessed, "no listing without stock: a draft has one piece"),
    row(Listing, "stock[].pool", Reinterpreted, COUNTED_APART),
    row(Edit, "title", Truncated, "140 characters"),
    row(Edit, "description", Reinterpreted, "no HTML: its text is sent"),
    row(Edit, "bullets", Reinterpreted, "they stand below the description"),
    row(Edit, "bullets", Dropped, "they stand below the description, which the edit doesn't name"),
    row(Edit, "brand", Dropped, NO_FIELD),
    row(Edit, "tags", Truncated, "13 tags"),
    row(Edit, "tags[]", Dropped, "20 characters, no comma and few signs"),
    row(Edit, "categories[]", Dropped, "one category of the platform's own tree"),
    row(Edit, "media", Truncated, "20 pictures"),
    row(Edit, "media[]", Dropped, "videos and files aren't carried yet"),
    row(Edit, "media[].alt", Truncated, "500 characters"),
    row(Edit, "variants[]", Dropped, LOOKS_LIKE_FILLER),
    row(Edit, "variants[].compare_at", Dropped, NO_SALES),
    row(Edit, "variants[].sale", Dropped, NO_SALES),
    row(Edit, "variants[].codes", Dropped, NO_FIELD),
    row(Edit, "variants[].cost", Dropped, NO_FIELD),
    row(Edit, "variants[].hs_code", Dropped, NO_FIELD),
    row(Edit, "variants[].origin", Dropped, NO_FIELD),
    row(Edit, "variants[].media", Dropped, "pictures stand for the values of one option"),
    row(Edit, "variants[].weight", Aggregated, ONE_WEIGHT),
    row(Edit, "add[].offer.compare_at", Dropped, NO_SALES),
    row(Edit, "add[].offer.sale", Dropped, NO_SALES),
    row(Edit, "add[].offer.tax", Reinterpreted, "the shop takes prices one way, with or without tax"),
    row(Edit, "add[].cost", Dropped, NO_FIELD),
    row(Edit, "add[].codes[]", Dropped, NO_FIELD),
    row(Edit, "add[].shipping.weight", Dropped, ONE_WEIGHT),
    row(Edit, "add[].shipping.hs_code", Dropped, NO_FIELD),
    row(Edit, "add[].shipping.origin", Dropped, NO_FIELD),
    row(Edit, "add[].media", Dropped, "a variant that is added gets no picture of its own"),
    row(Stock, "rows", Reinterpreted, "no listing without stock: it is taken out of sight"),
    row(Stock, "rows[].available", Truncated, "999 pieces"),
    row(Stock, "rows[].pool", Reinterpreted, COUNTED_APART),
    row(Product, "products[]", Guessed, "rows that fill the table look like variants that nobody may buy"),
    row(Product, "listing_type", Dropped, "a word that this version doesn't know"),
    row(Product, "item_weight", Dropped, "its unit is missing or unknown"),
    row(Product, "item_dimensions_unit", Dropped, "sides without a unit or without each other are no size"),
    row(Product, "translations", Dropped, "a shown product has one language"),
    row(Product, "language", Reinterpreted, "the texts are in another language than the shop's"),
    row(Product, "videos", Dropped, "a shown product's media are pictures"),
    row(Product, "file_data", Dropped, "a shown product's media are pictures"),
    row(Product, "personalization", Dropped, "the model has no questions to the buyer"),
    row(Product, "ecgt_commercial_guarantee_enabled", Dropped, "the model has no guarantee labels"),
    row(Order, "transactions[].shipping_cost", Aggregated, "it is part of the order's shipping"),
    row(Order, "transactions[].buyer_coupon", Aggregated, COUPONS),
    row(Order, "transactions[].shop_coupon", Aggregated, COUPONS),
    row(Order, "refunds[].lines", Guessed, "nobody tells what came back: nothing is taken for returned"),
    row(Order, "refunds[].status", Dropped, "a refund counts as made"),
    row(Store, "languages", Guessed, "a shop without a language is taken for English"),
    row(Store, "languages", Dropped, "a store has one main language"),
    row(Store, "tax_basis", Guessed, "nobody tells whether prices hold tax"),
];
