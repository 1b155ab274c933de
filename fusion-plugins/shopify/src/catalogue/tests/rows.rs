use super::*;

#[track_caller]
fn rows(rows: &str, expected: &[&str]) {
    check(format!("{OLD}{rows}"), expected);
}

#[test]
fn consecutive_rows_of_a_handle_are_one_product_however_many() {
    let mut file = format!("{OLD}cup,Cup,Size,0,,1,\n");
    for n in 1..20_000 {
        file += &format!("cup,,,{n},,1,https://images.example.com/{n}.jpg\n");
    }
    file += "pen,Pen,,,,2,\n";
    check(file, &["cup 2-20001 x20000", "pen 20002-20002 x1"]);
}

#[test]
fn handles_are_compared_as_shopify_writes_them() {
    rows("Cup,Cup,Size,S,,1,\ncup,,,M,,1,\n", &["Cup 2-3 x2"]);
}

#[test]
fn a_row_is_a_variant_an_image_or_nothing() {
    let one = product(format!(
        "{OLD}cup,Cup,Size,S,C-1,1,https://images.example.com/1.jpg\n\
         cup,,,M,,2,\n\
         cup,,,,,,https://images.example.com/2.jpg\n\
         cup,Cup,,,,,\n"
    ));
    assert_eq!((one.product.variants.len(), one.product.images.len()), (2, 2));
    assert_eq!(one.notes.len(), 1);
    assert_eq!(
        one.notes[0].to_string(),
        "line 5, Handle \"cup\": the row tells neither a variant nor an image"
    );
    rows("cup,Cup,,,,1,\ncup,,,,C-2,,\n", &["!cup 2-3 missing 3 Variant Price"]);
    rows("cup,Cup,,,,,https://images.example.com/1.jpg\n", &["!cup 2-2 no_variant 2 Variant Price"]);
    rows("cup,Cup,,,,,https://images.example.com/1.jpg\ncup,,,,,4,\n", &["cup 2-3 x1"]);
}

#[test]
fn what_a_row_without_a_variant_still_says_is_a_loss() {
    check(
        "Handle,Title,Price,Barcode\ncup,Cup,1,\ncup,,,4006381333931\n",
        &["cup 2-3 x1 lost Dropped line 3, Barcode noted NothingInRow 3 Handle"],
    );
}

#[test]
fn repeated_product_cells_change_nothing_and_differing_ones_are_noted() {
    rows("cup,Cup,Size,S,,1,\ncup,Cup,Size,M,,1,\n", &["cup 2-3 x2"]);
    rows(
        "cup,Cup,Size,S,,1,\ncup,Mug,Colour,M,,1,\n",
        &["cup 2-3 x2 noted DiffersFromFirstRow 3 Title noted DiffersFromFirstRow 3 Option1 Name"],
    );
}

#[test]
fn the_first_row_needs_a_title_of_at_most_255_characters() {
    rows("cup,,,,,1,\ncup,Cup,,,,1,\n", &["!cup 2-3 no_title 2 Title repeated_options 3 Option1 Value"]);
    let (good, long) = ("ü".repeat(255), "ü".repeat(256));
    rows(&format!("cup,{good},,,,1,\n"), &["cup 2-2 x1"]);
    rows(&format!("cup,{long},,,,1,\n"), &["!cup 2-2 title_too_long 2 Title"]);
}

#[test]
fn without_a_handle_the_title_names_the_product() {
    let rest = "Option1 Name,Option1 Value,Price\n";
    check(format!("Title,{rest}Cup,Size,S,1\n,,M,2\nCup,,L,3\nPen,,,4\n"), &["Cup 2-4 x3", "Pen 5-5 x1"]);
    check(format!("Handle,Title,{rest},Cup,Size,S,1\n,,,M,2\npen,Pen,,,4\n"), &["Cup 2-3 x2", "pen 4-4 x1"]);
}

#[test]
fn a_row_that_names_nothing_refuses_the_product_it_may_belong_to() {
    rows("cup,Cup,Size,S,,1,\n,,,M,,2,\npen,Pen,,,,1,\n", &["!cup 2-3 no_handle 3 Handle", "pen 4-4 x1"]);
    rows(",,,M,,2,\npen,Pen,,,,1,\n", &["! 2-2 no_handle 2 Handle", "pen 3-3 x1"]);
}

#[test]
fn a_handle_that_comes_back_refuses_the_product_with_all_its_places() {
    rows(
        "cup,Cup,,,,1,\npen,Pen,,,,1,\ncup,Cup,,,,\"1,5\",\nlid,Lid,,,,1,\nCUP,Cup,,,,1,\n",
        &[
            "pen 3-3 x1",
            "lid 5-5 x1",
            "!CUP 2-2+4-4+6-6 handle_returns 4 Handle comma_in_number 4 Variant Price",
        ],
    );
}

#[test]
fn a_refused_row_refuses_its_product_and_every_problem_is_collected() {
    rows(
        "cup,Cup,Size,S,,1,\ncup,,,M,,$2,\ncup,,,L,,,\npen,Pen,,,,1,\n",
        &["!cup 2-4 not_a_number 3 Variant Price missing 4 Variant Price", "pen 5-5 x1"],
    );
    let (mut entries, _) = walk(format!("{OLD}cup,Cup,,,,\"1,20\",\n"), euros()).unwrap();
    let Some(Entry::Refused(cup)) = entries.pop() else { panic!("read") };
    assert_eq!(
        cup.to_string(),
        "\"cup\" is refused: line 2, Variant Price \"1,20\": a comma may part thousands or decimals; \
         write 12.50, or say that the file uses a decimal comma"
    );
    let error = fusion_core::Error::from(cup);
    assert_eq!(error.kind(), fusion_core::ErrorKind::InvalidInput);
    assert_eq!(error.problems()[0].path, "line 2, Variant Price");
}

#[test]
fn what_is_not_to_be_published_is_read_and_counted() {
    let file = "Handle,Title,Price,Published,Status,Gift Card\n\
                a,A,1,TRUE,active,FALSE\nb,B,1,true,Draft,\nc,C,1,,archived,\nd,D,1,FALSE,active,\n\
                e,E,1,TRUE,active,true\nf,F,1,,,\ng,G,1,WAHR,,\nh,H,1,,hidden,\ni,I,1,TRUE,unlisted,\n";
    check(
        file,
        &[
            "a 2-2 x1",
            "b 3-3 x1 (draft)",
            "c 4-4 x1 (archived)",
            "d 5-5 x1 (unpublished)",
            "e 6-6 x1 (gift card)",
            "f 7-7 x1",
            "!g 8-8 not_true_or_false 8 Published",
            "!h 9-9 unknown_status 9 Status",
            "i 10-10 x1 (unpublished)",
        ],
    );
    let (entries, summary) = walk(file, euros()).unwrap();
    let Some(Entry::Product(draft)) = entries.get(1) else { panic!("not read") };
    assert_eq!(draft.product.status, fusion_core::model::ProductStatus::Draft);
    assert_eq!((summary.records, summary.products, summary.not_published, summary.refused), (9, 7, 5, 2));
}
