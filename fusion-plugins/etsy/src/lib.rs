//! Etsy's wire format, and the pure conversions between it and the model.
//!
//! [`wire`] holds what the platform answers and takes, [`convert`] carries it into the model and back, and
//! [`LOSSES`] says beforehand what gets lost on the way. No call leaves this crate.
//!
//! ```
//! # use fusion_core::model::{Currency, Locale, StoreFacts, TaxBasis};
//! use fusion_plugin_etsy::{convert, wire};
//!
//! # let facts = StoreFacts {
//! #     account: "1".into(), remote_id: "2".into(), name: "Mugs".into(), currency: Currency::new("EUR")?,
//! #     tax_basis: TaxBasis::Gross, locale: Locale::default(), locations: vec![], scopes: vec![],
//! #     other: Default::default(),
//! # };
//! let answer = r#"{ "listing_id": 7, "title": "Tea &amp; mug", "state": "active" }"#;
//! let listing: wire::Listing = convert::read(answer.as_bytes())?;
//! let product = convert::product(&listing, convert::Beside::default(), &facts)?;
//! assert_eq!(product.value.title.value().map(String::as_str), Some("Tea & mug"));
//! // Nobody asked for the inventory: that isn't "no variants".
//! assert!(!product.value.variants.is_read());
//! # Ok::<(), fusion_core::error::Error>(())
//! ```

pub mod convert;
mod extras;
pub mod kinds;
mod losses;
mod refusal;
pub mod wire;

pub use extras::{ListingExtras, PropertyBinding, ReceiptExtras};
pub use losses::LOSSES;
pub use refusal::judge;
