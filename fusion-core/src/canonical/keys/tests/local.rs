use super::*;
use futures_util::FutureExt as _;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.keys");
    (folder, path)
}

#[tokio::test]
async fn what_one_process_wrapped_another_unwraps() {
    let (_folder, path) = folder();
    let keys = LocalKeys::create(&path, &clock(1)).unwrap();
    let id = keys.current(Purpose::Sealing).await.unwrap();
    let wrapped = keys.wrap(&id, &data_key(7), b"here").await.unwrap();
    let mac = keys.mac(Purpose::Grant, &id, b"yes").await.unwrap();
    drop(keys);
    let keys = LocalKeys::open(&path).unwrap();
    assert_eq!(keys.unwrap(&id, &wrapped, b"here").await.unwrap().expose_secret(), &[7; 32]);
    keys.verify_mac(Purpose::Grant, &id, b"yes", &mac).await.unwrap();
}

#[tokio::test]
async fn after_a_rotation_the_old_key_still_opens_and_the_new_one_seals() {
    let (_folder, path) = folder();
    let keys = LocalKeys::create(&path, &clock(1)).unwrap();
    let old = keys.current(Purpose::Sealing).await.unwrap();
    let wrapped = keys.wrap(&old, &data_key(7), b"here").await.unwrap();
    let new = keys.rotate(&clock(2)).unwrap();
    assert_ne!(old, new);
    for keys in [&keys, &LocalKeys::open(&path).unwrap()] {
        assert_eq!(keys.current(Purpose::Sealing).await.unwrap(), new);
        assert_eq!(keys.unwrap(&old, &wrapped, b"here").await.unwrap().expose_secret(), &[7; 32]);
    }
}

#[tokio::test]
async fn a_key_rotated_in_elsewhere_is_found_when_it_is_needed() {
    let (_folder, path) = folder();
    let here = LocalKeys::create(&path, &clock(1)).unwrap();
    let there = LocalKeys::open(&path).unwrap();
    let new = there.rotate(&clock(2)).unwrap();
    let wrapped = there.wrap(&new, &data_key(7), b"").await.unwrap();
    assert_eq!(here.unwrap(&new, &wrapped, b"").await.unwrap().expose_secret(), &[7; 32]);
    let unknown = KeyId::new("0123456789abcdef").unwrap();
    assert_eq!(here.unwrap(&unknown, &wrapped, b"").await.unwrap_err().kind(), ErrorKind::InvalidConfig);
}

#[test]
fn rotations_at_once_lose_no_key() {
    let (_folder, path) = folder();
    LocalKeys::create(&path, &clock(0)).unwrap();
    std::thread::scope(|scope| {
        for seed in 1..=8 {
            let path = &path;
            scope.spawn(move || LocalKeys::open(path).unwrap().rotate(&clock(seed)).unwrap());
        }
    });
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1 + 9 + 1);
    LocalKeys::open(&path).unwrap();
}

fn current(keys: &LocalKeys) -> KeyId {
    keys.current(Purpose::Sealing).now_or_never().unwrap().unwrap()
}

#[test]
fn of_many_that_open_or_create_at_once_all_read_the_keys_of_one() {
    let (_folder, path) = folder();
    let barrier = std::sync::Barrier::new(8);
    let files: Vec<_> = std::thread::scope(|scope| {
        let one = |seed| {
            let (path, barrier) = (&path, &barrier);
            scope.spawn(move || {
                barrier.wait();
                current(&LocalKeys::open_or_create(path, &clock(seed)).unwrap())
            })
        };
        let begun: Vec<_> = (1..=8).map(one).collect();
        begun.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let kept = current(&LocalKeys::open_or_create(&path, &clock(9)).unwrap());
    assert_eq!(files, vec![kept; 8]);
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let (_folder, path) = folder();
    LocalKeys::create(&path, &clock(1)).unwrap();
    let before = fs::read(&path).unwrap();
    let error = LocalKeys::create(&path, &clock(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_write_that_crashed_halfway_hinders_nobody() {
    let (folder, path) = folder();
    let keys = LocalKeys::create(&path, &clock(1)).unwrap();
    fs::write(folder.path().join("vault.keys.new"), "fusion-keys 1\n12").unwrap();
    let new = keys.rotate(&clock(2)).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains(new.as_str()));
    assert!(!folder.path().join("vault.keys.new").exists());
}

#[test]
fn a_file_that_is_not_there_names_the_call_that_makes_it() {
    let (_folder, path) = folder();
    let error = LocalKeys::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("`LocalKeys::create`"), "{error}");
}

#[test]
fn every_changed_or_missing_byte_of_the_file_is_noticed() {
    let (_folder, path) = folder();
    let keys = LocalKeys::create(&path, &clock(1)).unwrap();
    keys.rotate(&clock(2)).unwrap();
    let good = fs::read(&path).unwrap();
    let times = time_positions(&good);
    let check = |bytes: &[u8], what: String| {
        fs::write(&path, bytes).unwrap();
        let error = LocalKeys::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{what}");
        let shown = format!("{error} {error:?}");
        let text = String::from_utf8(good.clone()).unwrap();
        for secret in text.lines().skip(1).filter_map(|line| line.split(' ').nth(2)) {
            assert!(!shown.contains(&secret[..12]), "{shown}");
        }
    };
    for nth in (0..good.len()).filter(|nth| !times.contains(nth)) {
        let mut bytes = good.clone();
        bytes[nth] ^= 1;
        check(&bytes, format!("flipped {nth}"));
    }
    for length in 0..good.len() {
        check(&good[..length], format!("cut at {length}"));
    }
    fs::write(&path, &good).unwrap();
    LocalKeys::open(&path).unwrap();
}

/// Where the times stand: they are for people, and nothing depends on them.
fn time_positions(file: &[u8]) -> Vec<usize> {
    let time = b"1790000000000000";
    (0..file.len() - time.len())
        .filter(|nth| file[*nth..].starts_with(time))
        .flat_map(|nth| nth..nth + 16)
        .collect()
}

#[test]
fn a_file_that_is_missing_says_which() {
    let (_folder, path) = folder();
    let error = LocalKeys::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.to_string().contains("vault.keys"), "{error}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = folder();
    let keys = LocalKeys::create(&path, &clock(1)).unwrap();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    keys.rotate(&clock(2)).unwrap();
    assert_eq!(mode(), 0o600);
    for shared in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(shared)).unwrap();
        assert_eq!(LocalKeys::open(&path).unwrap_err().kind(), ErrorKind::InvalidConfig, "{shared:o}");
        assert!(keys.rotate(&clock(3)).is_err(), "{shared:o}");
    }
}
