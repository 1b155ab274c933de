use super::{stream::in_sips, *};
use crate::catalogue::{
    header::{Header, separator},
    record::{Record, Records},
    text::Text,
};
use fusion_core::model::Decimal;
use proptest::prelude::*;

const HEAD: &str = "Handle,Title,Option1 Name,Option1 Value,Price\n";

/// Pieces of files, so that chance meets what matters.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "mug", "bowl", "Mug", "1.50", "1,5", ",", ",", ",", ",", "\n", "\n", "\r\n", "\"", "\"\"", "\";", " ",
            "\t", "ü", "\u{1F375}", "\u{FEFF}", "\u{0}", "mug,Mug,Size,S,1\n", "mug,,,M,2\n", "bowl,Bowl,,,3\n",
            "cup,\"Cup\nwith \"\"lid\"\"\",,,4\n", "cup,\"Cup\"s,,,4\n", ",,,,\n",
        ])
        .prop_map(str::to_owned),
        1 => ".{0,6}",
    ]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::collection::vec(piece(), 0..60).prop_map(|pieces| format!("{HEAD}{}", pieces.concat()).into_bytes()),
        1 => prop::collection::vec(piece(), 0..30).prop_map(|pieces| pieces.concat().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| [HEAD.as_bytes(), &bytes].concat()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

/// First and last line of every record of a file that can be opened.
fn records(file: &[u8]) -> Vec<(u64, u64)> {
    let text = || Text::new(Cursor::new(file), encoding_rs::UTF_8).unwrap();
    let separator = separator(&mut text()).unwrap();
    let mut records = Records::new(text(), separator);
    Header::read(&mut records).unwrap();
    let (mut record, mut lines) = (Record::default(), Vec::new());
    while records.read(&mut record).unwrap() {
        lines.push((record.line, record.last_line));
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_refused_as_a_whole_or_accounted_for_record_by_record(file in file()) {
        let Ok((entries, summary)) = walk(&file, euros()) else { return Ok(()) };
        let mut told: Vec<RangeInclusive<u64>> = Vec::new();
        for entry in &entries {
            match entry {
                Entry::Product(one) => told.push(one.lines.clone()),
                Entry::Refused(one) => {
                    prop_assert!(!one.problems.is_empty());
                    told.extend(one.lines.iter().cloned());
                }
                Entry::Broken(error) => prop_assert!(false, "{error}"),
            }
        }
        let records = records(&file);
        prop_assert_eq!(summary.records, records.len() as u64);
        prop_assert_eq!(summary.products + summary.refused, entries.len() as u64);
        for (first, last) in records {
            let places = told.iter().filter(|lines| lines.contains(&first) && lines.contains(&last)).count();
            prop_assert_eq!(places, 1, "the record of lines {} to {}", first, last);
        }
    }

    #[test]
    fn any_border_of_a_buffer_gives_the_same_products(file in file(), sip in 1_usize..40) {
        prop_assert_eq!(in_sips(&file, sip), in_sips(&file, usize::MAX));
    }

    #[test]
    fn what_is_read_whole_is_what_was_written(
        cells in prop::collection::vec("[ -~üß\n]{0,12}", 1..12),
        cents in 0_u32..100_000,
    ) {
        let mut file = HEAD.to_owned();
        for (nth, cell) in cells.iter().enumerate() {
            let quoted = cell.replace('"', "\"\"");
            file += &format!("h{nth},\"T{quoted}\",,,{}.{:02}\n", cents / 100, cents % 100);
        }
        let (entries, _) = walk(&file, euros()).unwrap();
        prop_assert_eq!(entries.len(), cells.len());
        for (entry, cell) in entries.iter().zip(&cells) {
            let Entry::Product(one) = entry else { return Err(TestCaseError::fail(told(entry))) };
            let title = format!("T{cell}");
            prop_assert_eq!(&one.product.wording.title, title.trim());
            prop_assert_eq!(one.product.variants[0].price.amount(), Decimal::new(i64::from(cents), 2));
        }
    }
}
