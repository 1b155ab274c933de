use super::*;

#[test]
fn a_work_without_a_snapshot_is_an_error_and_none_takes_anothers() {
    let numbered = |number| Snapshot { facts_version: number, ..Snapshot::default() };
    let each = one_each(3, vec![numbered(1), numbered(2)]);
    let [Ok(first), Ok(second), Err(missing)] = each.as_slice() else { panic!("{each:?}") };
    assert_eq!((first.facts_version, second.facts_version), (1, 2));
    assert_eq!(missing.kind(), ErrorKind::Internal);
    assert_eq!(one_each(1, vec![numbered(1), numbered(2)]).len(), 1);
}
