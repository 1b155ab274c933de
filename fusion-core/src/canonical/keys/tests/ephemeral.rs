use super::*;

#[tokio::test]
async fn a_data_key_comes_back_only_with_its_key_and_bound_bytes() {
    let (keys, others) = (EphemeralKeys::new(&clock(1)), EphemeralKeys::new(&clock(2)));
    let id = keys.current(Purpose::Sealing).await.unwrap();
    let wrapped = keys.wrap(&id, &data_key(7), b"here").await.unwrap();
    assert_eq!(keys.unwrap(&id, &wrapped, b"here").await.unwrap().expose_secret(), &[7; 32]);
    assert_eq!(keys.unwrap(&id, &wrapped, b"there").await.unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(others.unwrap(&id, &wrapped, b"here").await.unwrap_err().kind(), ErrorKind::InvalidConfig);
    for nth in 0..wrapped.len() {
        let mut flipped = wrapped.clone();
        flipped[nth] ^= 1;
        assert_eq!(
            keys.unwrap(&id, &flipped, b"here").await.unwrap_err().kind(),
            ErrorKind::Internal,
            "{nth}"
        );
    }
    for length in 0..wrapped.len() {
        assert!(keys.unwrap(&id, &wrapped[..length], b"here").await.is_err(), "{length}");
    }
}

#[tokio::test]
async fn two_data_keys_never_share_a_nonce() {
    let keys = EphemeralKeys::new(&clock(1));
    let id = keys.current(Purpose::Sealing).await.unwrap();
    let first = keys.wrap(&id, &data_key(1), b"here").await.unwrap();
    let second = keys.wrap(&id, &data_key(2), b"here").await.unwrap();
    let moved = keys.wrap(&id, &data_key(1), b"there").await.unwrap();
    assert_ne!(first[..24], second[..24]);
    assert_ne!(first[..24], moved[..24]);
}

#[test]
fn a_wrapping_that_another_program_made_under_a_chosen_nonce_is_refused() {
    let root = ring::RootKey::draw(&clock(1));
    let key = derive(root.secret(), "fusion.wrap.v1", b"");
    let chosen = [0; 24];
    let wrapped = [chosen.to_vec(), cipher::seal(&key, &chosen, b"here", &[7; 32]).unwrap()].concat();
    assert_eq!(root.unwrap(&wrapped, b"here").unwrap_err().kind(), ErrorKind::Internal);
}

#[tokio::test]
async fn a_mac_holds_for_its_purpose_key_and_message_alone() {
    let (keys, others) = (EphemeralKeys::new(&clock(1)), EphemeralKeys::new(&clock(2)));
    let id = keys.current(Purpose::Grant).await.unwrap();
    let mac = keys.mac(Purpose::Grant, &id, b"yes").await.unwrap();
    keys.verify_mac(Purpose::Grant, &id, b"yes", &mac).await.unwrap();
    let refused = |purpose, message| {
        let (keys, id) = (&keys, &id);
        async move { keys.verify_mac(purpose, id, message, &mac).await.unwrap_err().kind() }
    };
    assert_eq!(refused(Purpose::Checkpoint, b"yes").await, ErrorKind::Refused);
    assert_eq!(refused(Purpose::Grant, b"yes!").await, ErrorKind::Refused);
    let unknown = others.verify_mac(Purpose::Grant, &id, b"yes", &mac).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::InvalidConfig);
    for nth in 0..32 {
        let mut bytes = *mac.as_bytes();
        bytes[nth] ^= 0x80;
        let flipped = Mac::from_bytes(bytes);
        let refusal = keys.verify_mac(Purpose::Grant, &id, b"yes", &flipped).await.unwrap_err();
        assert_eq!(refusal.kind(), ErrorKind::Refused);
    }
}

#[test]
fn no_debug_form_shows_a_key() {
    let keys = EphemeralKeys::new(&clock(1));
    let secret = hex::encode(*draw::<32>(&clock(1)));
    let shown = format!("{keys:?}");
    assert!(shown.contains("RootKey"), "{shown}");
    assert!(!shown.contains(&secret[..8]) && !shown.contains("secret"), "{shown}");
}
