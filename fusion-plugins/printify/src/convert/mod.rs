//! Between Printify's answers and requests and our model.
//!
//! Answers come as parsed JSON, request bodies leave as it. A member that isn't what the contract says is a
//! [`Protocol`](fusion_core::error::ErrorKind::Protocol) error with its path, never its value; a page keeps such a
//! record in [`Page::unreadable`](fusion_core::plugin::Page::unreadable) and goes on.

mod artwork;
mod blank;
mod buyer;
mod edit;
mod event;
mod line;
mod listing;
mod money;
mod order;
mod page;
mod postage;
mod product;
mod publish;
mod read;
mod sale;
mod shop;
mod stock;
mod variant;

pub use blank::{Blank, blank, blank_variants, blanks};
pub use edit::edited;
pub use event::{Event, Publishing, event};
pub use listing::created;
pub use order::{order, orders, submitted};
pub use postage::{Postage, methods, postage, quote, rates};
pub use product::{product, products};
pub use publish::{failed, publication, succeeded};
pub use sale::{Method, SupplyLine, supplied};
pub use shop::{
    Subscription, providers, safety, stores, subscriptions, unsubscribed, upload, upload_request, uploads,
};
pub use stock::switched;

#[cfg(test)]
mod tests;
