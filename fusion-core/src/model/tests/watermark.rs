use crate::{
    clock::Timestamp,
    error::ErrorKind,
    model::{watermark::MAX_PAGES, *},
};

const NOON: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const LATER: Timestamp = Timestamp::from_micros(1_700_000_900_000_000);

fn walk() -> Watermark {
    let mut mark = Watermark::new(StoreId::from_uuid(uuid::Uuid::nil()), Walk::Orders);
    mark.begin(None, NOON);
    mark
}

#[test]
fn the_watermark_moves_with_the_last_page_and_never_beyond_the_beginning_of_the_walk() {
    let mut mark = walk();
    mark.pass(Some("2".to_owned()), Some(NOON)).unwrap();
    assert_eq!((mark.covered, mark.cursor.as_ref().unwrap().pages), (None, 1));
    mark.pass(None, Some(LATER)).unwrap();
    assert_eq!((mark.covered, mark.cursor), (Some(NOON), None));
}

#[test]
fn a_walk_that_tells_less_than_the_last_never_moves_the_watermark_back() {
    let mut mark = walk();
    mark.pass(None, Some(NOON)).unwrap();
    for told in [Some(Timestamp::EPOCH), None] {
        mark.begin(mark.covered, LATER);
        mark.pass(None, told).unwrap();
        assert_eq!(mark.covered, Some(NOON));
    }
}

#[test]
fn a_repeated_page_and_pages_without_an_end_are_errors() {
    let mut mark = walk();
    mark.pass(Some("2".to_owned()), None).unwrap();
    assert_eq!(mark.pass(Some("2".to_owned()), None).unwrap_err().kind(), ErrorKind::Protocol);
    for page in 0..MAX_PAGES - 1 {
        mark.pass(Some(format!("page {page}")), None).unwrap();
    }
    assert_eq!(mark.pass(Some("one more".to_owned()), None).unwrap_err().kind(), ErrorKind::Protocol);
    mark.pass(None, None).unwrap();
    assert_eq!(mark.pass(None, None).unwrap_err().kind(), ErrorKind::Internal);
}
