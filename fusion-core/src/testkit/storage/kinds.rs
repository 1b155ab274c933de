use super::{samples, world::World};
use crate::storage::{Key, Record, Storage, Version, Write};

pub async fn a_record_of_every_kind_comes_back_byte_for_byte<S: Storage>(w: World<S>) {
    let records = samples::of_every_kind(&w).await;
    let mut kinds: Vec<&str> = records.iter().map(|record| record.key().kind()).collect();
    let mut wanted = Key::KINDS.to_vec();
    kinds.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(kinds, wanted, "each kind has one sample");
    let write =
        |record: &Record| Write { key: record.key(), expect: Version::NEW, record: Some(record.clone()) };
    w.commit(|c| c.writes.extend(records.iter().map(write))).await;
    let keys: Vec<Key> = records.iter().map(Record::key).collect();
    for (record, row) in records.iter().zip(w.db.get(&w.tenant, &keys).await.unwrap()) {
        let row = row.unwrap();
        assert_eq!((&row.value, row.version), (record, Version(1)));
        assert_eq!(bytes(&row.value), bytes(record));
    }
}

fn bytes(record: &Record) -> String {
    serde_json::to_string(record).unwrap()
}
