use super::*;
use crate::catalogue::text::READ_AHEAD;
use std::{
    cell::Cell,
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    rc::Rc,
};

/// Says how far into the file its reader has come since the last rewind.
struct Watched {
    file: File,
    at: Rc<Cell<u64>>,
}

impl Read for Watched {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(room)?;
        self.at.set(self.at.get() + n as u64);
        Ok(n)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at.set(0);
        self.file.seek(to)
    }
}

/// A file that is gone when the test is over, whatever its end.
struct Temporary(PathBuf);

impl Temporary {
    fn named(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("fusion-catalogue-{}-{name}.csv", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        assert!(std::fs::remove_file(&self.0).is_ok());
    }
}

const PRODUCTS: u64 = 20_000;

/// Writes [`PRODUCTS`] products of three lines each; where every product ends, in bytes.
fn write_large(path: &PathBuf) -> Vec<u64> {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let (mut at, mut ends) = (0, Vec::new());
    let mut write = |text: String| {
        file.write_all(text.as_bytes()).unwrap();
        at += text.len() as u64;
        at
    };
    write("Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price\n".to_owned());
    for n in 0..PRODUCTS {
        write(format!(
            "item-{n},Item {n},\"<p>Number {n},\nin \"\"two\"\" lines – größer</p>\",Size,S,S-{n},{}.50\n",
            n % 90
        ));
        ends.push(write(format!("item-{n},,,,M,M-{n},{}.75\n", n % 90)));
    }
    ends
}

#[test]
fn twenty_thousand_products_are_read_no_further_ahead_than_one_buffer() {
    let path = Temporary::named("large");
    let ends = write_large(&path.0);
    let at = Rc::new(Cell::new(0));
    let source = Watched { file: File::open(&path.0).unwrap(), at: at.clone() };
    let mut reader = Reader::from_seekable(source, euros()).unwrap();
    let (mut nth, mut held) = (0, 0);
    while let Some(entry) = reader.next() {
        let Entry::Product(product) = entry else { panic!("{}", told(&entry)) };
        assert_eq!(product.lines, 2 + 3 * nth..=4 + 3 * nth);
        // The first row of the next product, about 90 bytes, ends this one.
        let ahead = at.get() - ends[usize::try_from(nth).unwrap()];
        assert!(ahead <= READ_AHEAD as u64 + 128, "{ahead} bytes ahead of product {nth}");
        held = held.max(reader.held());
        nth += 1;
    }
    assert_eq!(nth, PRODUCTS);
    assert_eq!(reader.summary().records, 2 * PRODUCTS);
    assert!(held < 8 * READ_AHEAD, "{held} bytes are held");
    assert!(reader.survey_is_empty(), "the index of handles outlives the first walk");
}

/// Reads as many bytes at once as it is told to.
struct Sips<'a> {
    bytes: Cursor<&'a [u8]>,
    sip: usize,
}

impl Read for Sips<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let sip = self.sip.min(room.len());
        self.bytes.read(&mut room[..sip])
    }
}

impl Seek for Sips<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// What every entry of `file` is when it is read in sips.
pub(super) fn in_sips(file: &[u8], sip: usize) -> Result<Vec<String>, String> {
    let source = Sips { bytes: Cursor::new(file), sip };
    let mut reader = Reader::from_seekable(source, euros()).map_err(|error| error.to_string())?;
    Ok(reader.by_ref().map(|entry| format!("{entry:?}")).collect())
}

#[test]
fn a_border_of_a_buffer_changes_nothing() {
    let file = "\u{FEFF}Handle,Title,Option1 Name,Option1 Value,Price\r\n\
                süß,\"Süß \"\"und\"\"\r\nsauer\",Größe,kleín,1.50\r\nsüß,,,groß,2\r\n\
                \u{1F375},Tea,,,x\r\nkaputt,\"a\"b,,,1\r\n,,,,\r\nend,End,,,3";
    let (entries, _) = walk(file, euros()).unwrap();
    let whole: Vec<String> = entries.iter().map(|entry| format!("{entry:?}")).collect();
    assert_eq!(whole.len(), 4);
    for sip in 1..file.len() {
        assert_eq!(in_sips(file.as_bytes(), sip).as_deref(), Ok(&whole[..]), "{sip} bytes at once");
    }
    let wide: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for sip in 1..20 {
        assert_eq!(in_sips(&wide, sip).as_deref(), Ok(&whole[..]), "{sip} bytes of UTF-16 at once");
    }
}

#[test]
fn a_file_that_breaks_off_between_the_two_walks_ends_with_what_broke() {
    struct Failing(Cursor<&'static [u8]>, u8);
    impl Read for Failing {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            // The header is looked at once for the separator; the walks are the second and third beginning.
            if self.1 == 3 && self.0.position() > 0 {
                return Err(io::Error::other("the disk was pulled"));
            }
            let n = room.len().min(40);
            self.0.read(&mut room[..n])
        }
    }
    impl Seek for Failing {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.1 += 1;
            self.0.seek(to)
        }
    }
    let file = "Handle,Title,Price\nmug,Mug,1\nbowl,Bowl,2\ncup,Cup,3\nlid,Lid,4\n";
    let mut reader = Reader::from_seekable(Failing(Cursor::new(file.as_bytes()), 0), euros()).unwrap();
    let entries: Vec<_> = reader.by_ref().map(|entry| told(&entry)).collect();
    assert_eq!(
        entries,
        [
            "mug 2-2 x1",
            "broken: the file can't be read (the disk was pulled); check its path and permissions",
        ]
        .map(str::to_owned)[1..]
    );
    assert!(reader.next().is_none());
}
