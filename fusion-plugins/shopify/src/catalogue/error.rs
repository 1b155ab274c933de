//! Why a file is refused as a whole.

use fusion_core::error::{Error, ErrorKind, Problem};
use std::{fmt, io};

/// Why a file is not read at all.
#[non_exhaustive]
#[derive(Debug)]
pub enum CatalogueError {
    /// The file could not be opened or read.
    Io(io::Error),
    /// Nobody knows an encoding of this label.
    UnknownEncoding {
        /// The label that was given.
        label: String,
    },
    /// Bytes that mean nothing in the file's encoding.
    Bytes {
        /// Line, from 1.
        line: u64,
        /// Column in characters, from 1.
        column: u64,
        /// Place in the file, from 0.
        byte: u64,
        /// What stands there.
        found: Vec<u8>,
        /// In what it was read.
        encoding: &'static str,
    },
    /// A byte order mark in the header that isn't at the start of the file.
    StrayMark {
        /// Line, from 1.
        line: u64,
        /// Column in characters, from 1.
        column: u64,
    },
    /// Lines end with a carriage return alone.
    CarriageReturns {
        /// Line of the first one, from 1.
        line: u64,
        /// Column of the first one in characters, from 1.
        column: u64,
    },
    /// There is no header.
    Empty,
    /// The header itself is damaged.
    Header {
        /// Line, from 1.
        line: u64,
        /// Column in characters, from 1.
        column: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Two columns of the header mean the same.
    RepeatedColumn {
        /// What the first is called.
        first: String,
        /// What the second is called.
        second: String,
        /// Line of the header, from 1.
        line: u64,
    },
    /// The file is none of Shopify's product files.
    NotACatalogue {
        /// The columns without which nothing can be read.
        missing: Vec<&'static str>,
        /// What the file seems to be.
        likeness: Option<Likeness>,
    },
}

/// What a file that isn't a catalogue seems to be.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Shopify's export of stock by location.
    Inventory,
    /// A table of the Matrixify app.
    Matrixify,
    /// Etsy's download of listings.
    Etsy,
    /// WooCommerce's product export.
    WooCommerce,
    /// A listings report of Amazon's Seller Central.
    AmazonReport,
    /// A product feed for a search or advertising service.
    Feed,
    /// A list of picture addresses by handle.
    ImagesOnly,
}

impl Likeness {
    fn described(self) -> &'static str {
        match self {
            Self::Inventory => "an inventory export",
            Self::Matrixify => "a Matrixify table",
            Self::Etsy => "an Etsy listings download",
            Self::WooCommerce => "a WooCommerce export",
            Self::AmazonReport => "an Amazon listings report",
            Self::Feed => "a product feed",
            Self::ImagesOnly => "a list of images only",
        }
    }
}

impl CatalogueError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "unreadable",
            Self::UnknownEncoding { .. } => "unknown_encoding",
            Self::Bytes { .. } => "undecodable",
            Self::StrayMark { .. } => "stray_mark",
            Self::CarriageReturns { .. } => "carriage_returns",
            Self::Empty => "empty",
            Self::Header { .. } => "damaged_header",
            Self::RepeatedColumn { .. } => "repeated_column",
            Self::NotACatalogue { .. } => "not_a_catalogue",
        }
    }

    /// Where in the file it is, if it is in one place.
    fn place(&self) -> Option<String> {
        match self {
            Self::Bytes { line, column, .. }
            | Self::StrayMark { line, column }
            | Self::CarriageReturns { line, column }
            | Self::Header { line, column, .. } => Some(format!("line {line}, column {column}")),
            Self::RepeatedColumn { line, .. } => Some(format!("line {line}")),
            Self::Io(_) | Self::UnknownEncoding { .. } | Self::Empty | Self::NotACatalogue { .. } => None,
        }
    }

    /// What is wrong and what would help, without the place.
    fn what(&self) -> String {
        match self {
            Self::Io(source) => format!("the file can't be read ({source}); check its path and permissions"),
            Self::UnknownEncoding { label } => {
                format!("no encoding is called {label:?}; write a label such as windows-1252")
            }
            Self::Bytes { byte, found, encoding, .. } => {
                let found: Vec<String> = found.iter().map(|one| format!("{one:02X}")).collect();
                let found = found.join(" ");
                format!(
                    "byte {byte} ({found}) is not {encoding} text; save the file as UTF-8 or name its encoding"
                )
            }
            Self::StrayMark { .. } => "a byte order mark stands inside the header; \
                                       delete what is before it or save the file anew"
                .to_owned(),
            Self::CarriageReturns { .. } => {
                "lines end with a carriage return alone; save the file with LF or CRLF".to_owned()
            }
            Self::Empty => "the file has no header; export the products again".to_owned(),
            Self::Header { reason, .. } => {
                format!("the header is damaged: {reason}; mend the quotes there")
            }
            Self::RepeatedColumn { first, second, .. } => {
                format!("the columns {first:?} and {second:?} mean the same; delete or rename one of them")
            }
            Self::NotACatalogue { missing, likeness } => {
                let looks = likeness.map(|one| format!(", it looks like {}", one.described()));
                let lacks = (!missing.is_empty())
                    .then(|| format!("; it has no column for {}", missing.join(" and ")));
                format!(
                    "the file is not a product export of Shopify{}{}; \
                     export the products from Shopify's admin as CSV",
                    looks.unwrap_or_default(),
                    lacks.unwrap_or_default()
                )
            }
        }
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.what())
    }
}

impl std::error::Error for CatalogueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(source) => Some(source),
            _ => None,
        }
    }
}

impl From<io::Error> for CatalogueError {
    fn from(source: io::Error) -> Self {
        Self::Io(source)
    }
}

impl From<CatalogueError> for Error {
    fn from(error: CatalogueError) -> Self {
        let path = error.place().unwrap_or_else(|| "file".to_owned());
        let problem = Problem::error(path, error.code(), error.what());
        Self::new(ErrorKind::InvalidInput, "the catalogue file is refused as a whole; nothing of it was read")
            .with_problems([problem])
            .with_source(error)
    }
}
