//! Reads product files as Shopify exports them, product by product, in memory that doesn't grow with the file.
//!
//! A [`Reader`] walks the file twice. Opening it checks every byte, the header and which handles come back
//! later in the file; the walk then yields one [`Entry`] a product: one to be saved, or one refused with every
//! problem that was found in it. A row that can't be read refuses its whole product, because saving the rest
//! would delete the missing variant from a store. Nothing is guessed or repaired in silence: what was noticed
//! stands in a product's notes, what could not be carried in its losses.
//!
//! What refuses a product: a damaged record, a missing title, a number that could mean two things, option
//! values that don't go together, a handle that comes back. What is a loss: a barcode that a spreadsheet turned
//! into a number, an image that no platform can fetch, a stock that the shop doesn't track. What is a note: a
//! negative stock, a repeated SKU, an apostrophe that was taken off.
//!
//! Reading blocks; inside async code it belongs on a thread of its own.
//!
//! ```
//! use fusion_core::model::Currency;
//! use fusion_plugin_shopify::catalogue::{Entry, Options, Reader};
//! use std::io::Cursor;
//!
//! let file = "Handle,Title,Variant SKU,Variant Price\n\
//!             mug,Mug,MUG-1,12.50\n\
//!             bowl,Bowl,BOWL-1,\"12,50\"\n";
//! let mut reader = Reader::from_seekable(Cursor::new(file), Options::new(Currency::new("EUR")?))?;
//! for entry in &mut reader {
//!     match entry {
//!         Entry::Product(product) => println!("{}: {}", product.handle, product.product.wording.title),
//!         Entry::Refused(refused) => println!("{refused}"),
//!         Entry::Broken(error) => return Err(error.into()),
//!     }
//! }
//! assert_eq!((reader.summary().products, reader.summary().refused), (1, 1));
//! # Ok::<(), fusion_core::Error>(())
//! ```

mod assemble;
mod entry;
mod error;
mod field;
mod group;
mod header;
mod options;
mod reader;
mod record;
mod row;
mod survey;
mod text;
mod values;

#[doc(no_inline)]
pub use crate::CatalogueExtras;
pub use entry::{
    CatalogueProduct, CellProblem, Entry, Note, NoteKind, Publish, RefusedProduct, Summary, Withheld,
};
pub use error::{CatalogueError, Likeness};
pub use options::Options;
pub use reader::Reader;

#[cfg(test)]
mod tests;
