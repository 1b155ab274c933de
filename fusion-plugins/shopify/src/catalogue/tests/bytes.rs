use super::*;

const FILE: &str = "Handle,Title,Variant Price\nmug,Tasse für zwei,9.50\n";

fn title(file: impl AsRef<[u8]>) -> String {
    product(file).product.wording.title
}

fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf_8_and_marked_utf_16_are_read() {
    assert_eq!(title(FILE), "Tasse für zwei");
    assert_eq!(title(format!("\u{FEFF}{FILE}")), "Tasse für zwei");
    assert_eq!(title(utf16(&format!("\u{FEFF}{FILE}"), u16::to_le_bytes)), "Tasse für zwei");
    assert_eq!(title(utf16(&format!("\u{FEFF}{FILE}"), u16::to_be_bytes)), "Tasse für zwei");
    assert_eq!(title("\u{FEFF}\"Handle\",Title,Price\nmug,\"Becher\",1\n"), "Becher");
}

#[test]
fn a_mark_is_taken_off_at_the_start_only() {
    check("Handle,Title,Price\n\u{FEFF}mug,A,1\n", &["\u{FEFF}mug 2-2 x1"]);
    refused(
        format!("\n\t\u{FEFF}{FILE}"),
        "line 2, column 2: a byte order mark stands inside the header; \
         delete what is before it or save the file anew",
    );
}

#[test]
fn foreign_bytes_refuse_the_file_with_line_column_and_byte() {
    refused(
        b"Handle,Title,Price\nm\xC3\xBCg,Caf\xE9,1\n",
        "line 2, column 8: byte 27 (E9) is not UTF-8 text; save the file as UTF-8 or name its encoding",
    );
    refused(
        b"Handle,Title,Price\nmug,A,1\ncup,B\xE2\x82",
        "line 3, column 6: byte 32 (E2 82) is not UTF-8 text; save the file as UTF-8 or name its encoding",
    );
    let mut odd = utf16(&format!("\u{FEFF}{FILE}"), u16::to_le_bytes);
    odd.push(b'x');
    refused(
        odd,
        "line 3, column 1: byte 104 (78) is not UTF-16LE text; save the file as UTF-8 or name its encoding",
    );
}

#[test]
fn utf_16_without_a_mark_is_refused_and_not_read_as_nuls() {
    refused(
        utf16(FILE, u16::to_le_bytes),
        "line 1, column 2: byte 1 (00) is not UTF-8 text; save the file as UTF-8 or name its encoding",
    );
    let mut marked = utf16("\u{FEFF}Handle,Ti", u16::to_be_bytes);
    marked.extend([0, 0]);
    refused(
        marked,
        "line 1, column 10: byte 20 (00 00) is not UTF-16BE text; save the file as UTF-8 or name its encoding",
    );
}

#[test]
fn a_fault_far_down_is_found_before_any_product_is_told() {
    let mut file = b"Handle,Title,Price\n".to_vec();
    for n in 0..5_000 {
        file.extend(format!("h{n},Tafel \u{2013} n\u{00BA} {n},1.00\n").bytes());
    }
    let byte = file.len() + 3;
    file.extend(b"x,y\xFF,1\n");
    refused(
        &file,
        &format!(
            "line 5002, column 4: byte {byte} (FF) is not UTF-8 text; save the file as UTF-8 or name its encoding"
        ),
    );
}

#[test]
fn a_named_encoding_is_used_and_a_mark_wins_over_it() {
    let old = b"Handle,Title,Price\nmug,Caf\xE9 \x80,1\n";
    let (entries, _) = walk(old, euros().with_encoding("windows-1252")).unwrap();
    let Some(Entry::Product(one)) = entries.first() else { panic!("not read") };
    assert_eq!(one.product.wording.title, "Café €");

    let (entries, _) = walk(format!("\u{FEFF}{FILE}"), euros().with_encoding("latin1")).unwrap();
    let Some(Entry::Product(one)) = entries.first() else { panic!("not read") };
    assert_eq!(one.product.wording.title, "Tasse für zwei");
}

#[test]
fn an_unknown_encoding_is_refused_by_name() {
    let error = walk(FILE, euros().with_encoding("utf-9")).unwrap_err();
    assert_eq!(error.to_string(), "no encoding is called \"utf-9\"; write a label such as windows-1252");
}

#[test]
fn a_refused_file_is_invalid_input_with_the_place_as_its_path() {
    let error = walk(b"Handle,Title,Price\n\xFF,A,1\n", euros()).unwrap_err();
    let error = fusion_core::Error::from(error);
    assert_eq!(error.kind(), fusion_core::ErrorKind::InvalidInput);
    assert_eq!(error.problems()[0].path, "line 2, column 1");
    assert_eq!(error.problems()[0].code, "undecodable");
    assert_eq!(
        error.to_string(),
        "the catalogue file is refused as a whole; nothing of it was read: line 2, column 1: \
         byte 19 (FF) is not UTF-8 text; save the file as UTF-8 or name its encoding"
    );
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_unreadable() {
    let error = Reader::open("/no/such/catalogue.csv", euros()).unwrap_err();
    assert!(matches!(error, CatalogueError::Io(_)), "{error}");
}
