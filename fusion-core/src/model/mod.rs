//! What is sold, where, at what price and how many of it: our side and the platforms' side of a catalogue.
//!
//! Everything here is a plain value with a serde form. Conversions and decisions stand elsewhere.

mod delivery;
mod doubt;
mod edit;
mod erasure;
mod extensions;
pub(crate) mod figure;
mod id;
mod import;
mod listing;
mod loss;
mod money;
mod new_product;
mod order;
mod private;
mod product;
mod push_mark;
mod refs;
mod remote;
mod secret;
mod step;
mod stock;
mod store;
mod variant;
mod watermark;

pub use delivery::WebhookDelivery;
pub use doubt::{Candidate, Choice, Doubt, Question, Resolution};
pub use edit::{Edit, ListingEdit, NewListing, NewListingVariant, Removal, Seen, VariantEdit};
pub use erasure::{BuyersOf, Erasure};
pub use extensions::{Extension, Extensions};
pub use id::*;
pub use import::{Import, ImportCounts, Intake, LossTally};
pub use listing::{
    Lifecycle, Listing, ListingState, ListingStatus, ListingVariant, Offer, OptionBinding, Sale, ShippedBy,
    TaxBasis,
};
pub use loss::{Converted, Loss, LossKind, LossRow, LossSubject, Losses};
pub use money::{Currency, Decimal, Money, Paired};
pub use new_product::{NewImage, NewProduct, NewVariant};
pub use order::*;
pub use private::{PersonalRef, Private};
pub use product::{
    Category, Locale, Media, MediaRole, Nature, Product, ProductOption, ProductStatus, RichText, TextFormat,
    Wording,
};
pub use push_mark::{PushMark, PushedRow};
pub use refs::{Ref, RefKind, Refs};
pub use remote::{Issue, RemoteMedia, RemoteProduct, RemoteVariant};
pub use secret::{Sealed, SecretRecord};
pub use step::{Repeat, Step, StepBegun, StepEnded, StepKey};
pub use stock::{
    Basis, Consumes, Location, LocationKind, MoveKind, Opening, Quantity, RemoteLevel, StockItem, StockLevel,
    StockMove, StockRow, StockUnit,
};
pub use store::{Connection, Held, Learned, Store, StoreFacts, StoreStatus};
pub use variant::{Code, CodeKind, OptionValues, Shipping, Variant, Weight, WeightUnit};
pub use watermark::{Cursor, Unread, Walk, Watermark};

#[cfg(test)]
mod tests;
