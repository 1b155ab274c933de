use super::*;
use crate::{
    clock::Timestamp,
    error::Problem,
    model::{Ref, RefKind},
    plugin::Unreadable,
};
use futures_util::StreamExt;

fn page(items: &[&str], next: Option<&str>) -> Page<String> {
    Page {
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        unreadable: Vec::new(),
        next: next.map(str::to_owned),
        watermark: Some(Timestamp::EPOCH),
    }
}

async fn walk(pages: Vec<Page<String>>) -> (Vec<Page<String>>, Option<Error>) {
    let mut pages = pages.into_iter();
    let paged = Paged::new(None, String::clone, move |_| {
        let page = pages.next().ok_or_else(|| Error::new(ErrorKind::Internal, "asked too often"));
        std::future::ready(page)
    });
    let mut seen = Vec::new();
    let mut stream = std::pin::pin!(paged.into_stream());
    while let Some(page) = stream.next().await {
        match page {
            Ok(page) => seen.push(page),
            Err(error) => return (seen, Some(error)),
        }
    }
    (seen, None)
}

#[tokio::test]
async fn the_watermark_comes_with_the_last_page_alone() {
    let (pages, error) =
        walk(vec![page(&["a"], Some("1")), page(&["b"], Some("2")), page(&["c"], None)]).await;
    let marks: Vec<_> = pages.iter().map(|page| page.watermark.is_some()).collect();
    assert_eq!((marks, error.is_none()), (vec![false, false, true], true));
}

#[tokio::test]
async fn each_page_is_asked_for_at_the_cursor_of_the_one_before() {
    let mut asked = Vec::new();
    let mut paged = Paged::new(Some("0".into()), String::clone, |cursor| {
        asked.push(cursor.clone());
        let next = (cursor.as_deref() == Some("0")).then_some("1");
        std::future::ready(Ok(page(&[cursor.as_deref().unwrap()], next)))
    });
    while paged.next().await.unwrap().is_some() {}
    drop(paged);
    assert_eq!(asked, [Some("0".to_owned()), Some("1".to_owned())]);
}

#[tokio::test]
async fn a_walk_in_circles_ends_with_an_error_and_without_a_watermark() {
    let circles = [
        vec![page(&["a"], Some("1")), page(&["b"], Some("1"))],
        vec![page(&["a"], Some("1")), page(&["b"], Some("2")), page(&["c"], Some("1"))],
        vec![page(&["a"], Some("1")), page(&["a"], Some("2"))],
    ];
    for circle in circles {
        let (pages, error) = walk(circle).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::Protocol);
        assert!(pages.iter().all(|page| page.watermark.is_none()));
    }
}

#[tokio::test]
async fn a_last_page_may_repeat_what_was_seen() {
    let (pages, error) = walk(vec![page(&["a"], Some("1")), page(&["a"], None)]).await;
    assert_eq!((pages.len(), error.is_none()), (2, true));
}

#[tokio::test]
async fn empty_pages_are_borne_with_for_a_while() {
    let empty = |nth: u32| page(&[], Some(&format!("e{nth}")));
    let some: Vec<_> = (0..MAX_EMPTY_PAGES).map(empty).chain([page(&["a"], None)]).collect();
    assert!(walk(some).await.1.is_none());
    let many = (0..MAX_EMPTY_PAGES + 1).map(empty).collect();
    assert_eq!(walk(many).await.1.unwrap().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_walk_ends_at_the_greatest_number_of_pages() {
    let mut nth = 0;
    let mut paged = Paged::new(None, String::clone, |_| {
        nth += 1;
        std::future::ready(Ok(page(&[&nth.to_string()], Some(&nth.to_string()))))
    });
    for _ in 0..MAX_PAGES {
        paged.next().await.unwrap();
    }
    assert_eq!(paged.next().await.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_page_of_unreadable_records_goes_on() {
    let unreadable = |id: Option<&str>| Unreadable {
        record: id.map(|id| Ref::new(RefKind::of("product"), id)),
        problem: Problem::error("", "unreadable", "x"),
    };
    let mut first = page(&[], Some("1"));
    first.unreadable = vec![unreadable(Some("p"))];
    let mut second = page(&[], Some("2"));
    second.unreadable = vec![unreadable(None)];
    let (pages, error) = walk(vec![first, second, page(&["a"], None)]).await;
    assert!(error.is_none());
    assert_eq!(pages.iter().map(|page| page.unreadable.len()).collect::<Vec<_>>(), [1, 1, 0]);
}
