use super::{CatalogueError, CatalogueProduct, Entry, Options, Publish, Reader, Summary};
use fusion_core::model::{Currency, NewVariant};
use std::{io::Cursor, ops::RangeInclusive};

mod bytes;
mod chance;
mod header;
mod records;
mod rows;
mod shipped;
mod stream;
mod values;
mod variants;

const OLD: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n";

fn euros() -> Options {
    Options::new(Currency::new("EUR").unwrap())
}

fn walk(file: impl AsRef<[u8]>, options: Options) -> Result<(Vec<Entry>, Summary), CatalogueError> {
    let mut reader = Reader::from_seekable(Cursor::new(file.as_ref()), options)?;
    let entries = reader.by_ref().collect();
    Ok((entries, reader.summary().clone()))
}

fn span(lines: &RangeInclusive<u64>) -> String {
    format!("{}-{}", lines.start(), lines.end())
}

/// One line for an entry: what it is, where, and everything that was found.
fn told(entry: &Entry) -> String {
    match entry {
        Entry::Product(one) => {
            let mut told = format!("{} {} x{}", one.handle, span(&one.lines), one.product.variants.len());
            if let Publish::No(why) = one.publish {
                told += &format!(" ({why})");
            }
            for loss in &one.losses {
                told += &format!(" lost {:?} {}", loss.kind, loss.path);
            }
            for note in &one.notes {
                told += &format!(" noted {:?} {} {}", note.kind, note.line, note.column);
            }
            told
        }
        Entry::Refused(one) => {
            let lines: Vec<_> = one.lines.iter().map(span).collect();
            let mut told = format!("!{} {}", one.handle, lines.join("+"));
            for problem in &one.problems {
                told += &format!(" {} {}", problem.code, problem.line);
                if !problem.column.is_empty() {
                    told += &format!(" {}", problem.column);
                }
            }
            told
        }
        Entry::Broken(error) => format!("broken: {error}"),
    }
}

#[track_caller]
fn check_with(file: impl AsRef<[u8]>, options: Options, expected: &[&str]) {
    let (entries, _) = walk(file, options).unwrap();
    assert_eq!(entries.iter().map(told).collect::<Vec<_>>(), expected);
}

/// Checks what each entry of `file` is and what was found in it.
#[track_caller]
fn check(file: impl AsRef<[u8]>, expected: &[&str]) {
    check_with(file, euros(), expected);
}

/// Checks that `file` is refused as a whole with this message.
#[track_caller]
fn refused(file: impl AsRef<[u8]>, message: &str) {
    match walk(file, euros()) {
        Err(error) => assert_eq!(error.to_string(), message),
        Ok((entries, _)) => panic!("read: {:?}", entries.iter().map(told).collect::<Vec<_>>()),
    }
}

#[track_caller]
fn product(file: impl AsRef<[u8]>) -> CatalogueProduct {
    let (mut entries, _) = walk(file, euros()).unwrap();
    match (entries.pop(), entries.len()) {
        (Some(Entry::Product(product)), 0) => *product,
        (last, _) => panic!("not one product: {:?}", last.as_ref().map(told)),
    }
}

/// The variant of a product that has nothing but these cells and what every product needs.
#[track_caller]
fn variant(columns: &str, cells: &str) -> NewVariant {
    product(format!("Handle,Title,Price,{columns}\na,A,1,{cells}\n")).product.variants.remove(0)
}
