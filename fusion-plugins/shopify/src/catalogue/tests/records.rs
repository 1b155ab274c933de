use super::*;

const HEADER: &str = "Handle,Title,Variant SKU,Variant Price\n";

#[track_caller]
fn rows(rows: &str, expected: &[&str]) {
    check(format!("{HEADER}{rows}"), expected);
}

#[test]
fn line_ends_blank_records_and_missing_last_line_end_are_read_alike() {
    for end in ["\n", "\r\n", "\r\r\n"] {
        let file = ["Handle,Title,Price", "mug,Mug,1", "", "  ", ",,", "\"\",,", "bowl,\"Bowl\",2"].join(end);
        check(file, &["mug 2-2 x1", "bowl 7-7 x1"]);
    }
}

#[test]
fn cells_are_trimmed_also_outside_their_quotes() {
    rows(" mug\t,  \" Mug, \"\"tall\"\" \"  , A-1 ,\u{A0}1.50 \r\n", &["mug 2-2 x1"]);
    let one = product(format!("{HEADER}mug,  \" Mug, \"\"tall\"\" \"  , A-1 ,1.50"));
    assert_eq!(one.product.wording.title, "Mug, \"tall\"");
    assert_eq!(one.product.variants[0].sku.as_deref(), Some("A-1"));
}

#[test]
fn a_quote_inside_an_unquoted_cell_is_a_character() {
    let one = product(format!("{HEADER}pan,Pan 12\" wide,,1\n"));
    assert_eq!(one.product.wording.title, "Pan 12\" wide");
}

#[test]
fn lines_are_counted_through_quoted_line_ends() {
    rows(
        "mug,\"Mug\r\nwith\n\nlines\",,1\nbowl,Bowl,,x\n",
        &["mug 2-5 x1", "!bowl 6-6 not_a_number 6 Variant Price"],
    );
}

#[test]
fn surplus_empty_cells_are_tolerated_and_other_counts_are_not() {
    rows("mug,Mug,,1,,, ,\"\"\n", &["mug 2-2 x1"]);
    rows("mug,Mug,,1,,x\nbowl,Bowl,,2\n", &["!mug 2-2 cell_count 2", "bowl 3-3 x1"]);
    rows("mug,Mug,1\nbowl,Bowl,,2\n", &["!mug 2-2 cell_count 2", "bowl 3-3 x1"]);
    check("Handle,Title,Price,,\nmug,Mug,1,,x\n", &["!mug 2-2 cell_count 2"]);
    check("Handle,Title,Price,,\nmug,Mug,1\nbowl,Bowl,2,,,\n", &["mug 2-2 x1", "bowl 3-3 x1"]);
}

#[test]
fn text_after_a_closing_quote_is_not_repaired() {
    rows(
        "mug,Mug,,1\npen,\"Pen\"cil,,2\ncup,Cup,,3\n",
        &["mug 2-2 x1", "!pen 3-3 text_after_quote 3", "cup 4-4 x1"],
    );
    rows("\"a\"b,c,,1\n", &["!ab 2-2 text_after_quote 2"]);
    let (entries, _) = walk(format!("{HEADER}pen,\"A\nPen\"cil,,2\n"), euros()).unwrap();
    let Some(Entry::Refused(pen)) = entries.first() else { panic!("read") };
    assert_eq!(
        pen.to_string(),
        "\"pen\" is refused: line 3: text follows a closing quote at column 5; \
         double each quote inside a quoted cell and close the cell with one"
    );
}

#[test]
fn a_file_that_ends_inside_quotes_refuses_only_what_the_quotes_swallowed() {
    rows("mug,Mug,,1\npen,\"Pen,,2\ncup,Cup,,3\n", &["mug 2-2 x1", "!pen 3-4 unclosed_quote 3"]);
    rows("mug,Mug,,1\npen,Pen,,\"", &["mug 2-2 x1", "!pen 3-3 unclosed_quote 3"]);
}

#[test]
fn rows_after_a_damaged_one_belong_to_nobody_until_a_title() {
    // An unescaped quote inside a description that goes on in a further line.
    check(
        format!(
            "{OLD}mug,Mug,,,,1,\n\
             pan,\"Pan \"round\" one\nits second line\",Size,S,P-1,2,\n\
             pan,,,M,P-2,3,\n\
             cup,,,M,C-1,4,\ncup,,,L,C-2,4,\n\
             lid,Lid,Size,S,L-1,5,\nlid,,,M,L-2,6,\n"
        ),
        &[
            "mug 2-2 x1",
            "!its second line\" 4-4 cell_count 4",
            "!pan 3-3+5-5 handle_returns 5 Handle text_after_quote 3 after_damage 5",
            "!cup 6-7 after_damage 6",
            "lid 8-9 x2",
        ],
    );
}

#[test]
fn a_damaged_row_of_a_product_refuses_that_product() {
    rows(
        "mug,Mug,M-1,1\nmug,,M-2,2,x\nmug,,M-3,3\nbowl,Bowl,,2\n",
        &["!mug 2-4 cell_count 3 after_damage 4", "bowl 5-5 x1"],
    );
    // Without a name in it nobody knows whose variant it is, so the product before it can't be complete.
    rows("mug,Mug,M-1,1\n,,\"M\"-2,2\nbowl,Bowl,,2\n", &["!mug 2-3 text_after_quote 3", "bowl 4-4 x1"]);
    rows("mug,Mug,M-1,1\n\"mug\"s,,M-2,2\nbowl,Bowl,,2\n", &["!mug 2-3 text_after_quote 3", "bowl 4-4 x1"]);
}

#[test]
fn the_handle_of_a_damaged_row_is_found_where_the_header_puts_it() {
    check(
        "Title,URL handle,Price,Vendor\nMug,mug,1,\"V\"x\nBowl,bowl,2,V\n\"P\"en,pen,3,V\nCup,cup,3,V\n",
        &["!mug 2-2 text_after_quote 2", "bowl 3-3 x1", "!Pen 4-4 text_after_quote 4", "cup 5-5 x1"],
    );
}

#[test]
fn a_record_longer_than_any_product_is_refused_and_not_kept() {
    let long = "x".repeat(super::super::record::MAX_RECORD);
    let file = format!("{HEADER}mug,\"{long}\",,1\nbowl,Bowl,,2\n");
    let mut reader = Reader::from_seekable(Cursor::new(file), euros()).unwrap();
    let entries: Vec<_> = reader.by_ref().map(|entry| told(&entry)).collect();
    assert_eq!(entries, ["!mug 2-2 record_too_long 2", "bowl 3-3 x1"]);

    let commas = ",".repeat(100_000);
    rows(&format!("{commas}\nbowl,Bowl,,2\n"), &["! 2-2 record_too_long 2", "bowl 3-3 x1"]);
}
