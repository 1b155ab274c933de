use super::*;
use crate::{
    canonical::{EphemeralKeys, KeyProvider},
    clock::Timestamp,
    error::ErrorKind,
    model::Sealed,
    tenant::Tenant,
    testkit::TestClock,
    verb::PlatformSlug,
};
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use serde_json::Value;

const SECRET: &[u8] = b"shpat_correct-horse-battery-staple";
static SHOPIFY: PlatformSlug = PlatformSlug::of("shopify");
static ETSY: PlatformSlug = PlatformSlug::of("etsy");

fn clock(seed: u64) -> TestClock {
    TestClock::at(Timestamp::EPOCH).with_seed(seed)
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

fn place(tenant: &Tenant) -> Bound<'_> {
    Bound { tenant, subject: "c1", platform: Some(&SHOPIFY), content: Content::Credentials, version: 3 }
}

async fn refused(sealed: &Envelope, keys: &dyn KeyProvider, bound: &Bound<'_>) -> ErrorKind {
    let error = sealed.open(keys, bound).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("shpat") && !shown.contains("horse"), "{shown}");
    error.kind()
}

#[tokio::test]
async fn a_sealed_value_opens_in_its_place_alone() {
    let (acme, other) = (tenant("acme"), tenant("other"));
    let keys = EphemeralKeys::new(&clock(1));
    let here = place(&acme);
    let sealed = Envelope::seal(&keys, &clock(2), &here, SECRET).await.unwrap();
    assert_eq!(sealed.open(&keys, &here).await.unwrap().expose_secret(), SECRET);
    for elsewhere in [
        Bound { tenant: &other, ..here },
        Bound { subject: "c2", ..here },
        Bound { platform: Some(&ETSY), ..here },
        Bound { platform: None, ..here },
        Bound { content: Content::Personal, ..here },
        Bound { version: 4, ..here },
    ] {
        assert_eq!(refused(&sealed, &keys, &elsewhere).await, ErrorKind::Internal, "{elsewhere:?}");
    }
    let strangers = EphemeralKeys::new(&clock(9));
    assert_eq!(refused(&sealed, &strangers, &here).await, ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn every_changed_character_of_a_sealed_value_keeps_it_shut() {
    let acme = tenant("acme");
    let keys = EphemeralKeys::new(&clock(1));
    let sealed = Envelope::seal(&keys, &clock(2), &place(&acme), SECRET).await.unwrap();
    let stored = serde_json::to_value(&sealed).unwrap();
    let mut tried = 0;
    for (name, field) in stored.as_object().unwrap() {
        let Some(text) = field.as_str() else { continue };
        for nth in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[nth] = if bytes[nth] == b'A' { b'B' } else { b'A' };
            let mut changed = stored.clone();
            changed[name] = String::from_utf8(bytes).unwrap().into();
            // A change that isn't base64 any more is refused on reading.
            if let Ok(changed) = serde_json::from_value::<Envelope>(changed) {
                refused(&changed, &keys, &place(&acme)).await;
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
    let mut newer = stored;
    newer["version"] = 2.into();
    let newer: Envelope = serde_json::from_value(newer).unwrap();
    assert_eq!(refused(&newer, &keys, &place(&acme)).await, ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn parts_of_two_sealings_of_one_place_do_not_mix() {
    let acme = tenant("acme");
    let keys = EphemeralKeys::new(&clock(1));
    let clock = clock(2);
    let first =
        serde_json::to_value(Envelope::seal(&keys, &clock, &place(&acme), SECRET).await.unwrap()).unwrap();
    let second =
        serde_json::to_value(Envelope::seal(&keys, &clock, &place(&acme), SECRET).await.unwrap()).unwrap();
    for name in ["wrapped", "nonce", "ciphertext", "commitment"] {
        assert_ne!(first[name], second[name], "{name} repeats");
        let mut mixed = first.clone();
        mixed[name] = second[name].clone();
        let mixed: Envelope = serde_json::from_value(mixed).unwrap();
        assert_eq!(refused(&mixed, &keys, &place(&acme)).await, ErrorKind::Internal, "{name}");
    }
}

#[cfg(feature = "local-keys")]
#[tokio::test]
async fn rotation_moves_a_sealed_value_to_the_current_key() {
    use crate::canonical::{LocalKeys, Purpose};
    let folder = tempfile::tempdir().unwrap();
    let acme = tenant("acme");
    let keys = LocalKeys::create(folder.path().join("keys"), &clock(1)).unwrap();
    let old = Envelope::seal(&keys, &clock(2), &place(&acme), SECRET).await.unwrap();
    assert!(old.reseal(&keys, &place(&acme)).await.unwrap().is_none());
    keys.rotate(&clock(3)).unwrap();
    let new = old.reseal(&keys, &place(&acme)).await.unwrap().unwrap();
    assert_ne!(new.key(), old.key());
    assert_eq!(*new.key(), keys.current(Purpose::Sealing).await.unwrap());
    for sealed in [&old, &new] {
        assert_eq!(sealed.open(&keys, &place(&acme)).await.unwrap().expose_secret(), SECRET);
    }
    let elsewhere = Bound { subject: "c2", ..place(&acme) };
    assert_eq!(old.reseal(&keys, &elsewhere).await.unwrap_err().kind(), ErrorKind::Internal);
}

#[tokio::test]
async fn nothing_shown_or_stored_gives_the_content_away() {
    let acme = tenant("acme");
    let keys = EphemeralKeys::new(&clock(1));
    let sealed = Envelope::seal(&keys, &clock(2), &place(&acme), SECRET).await.unwrap();
    let shown = format!("{sealed:?} {:?}", sealed.open(&keys, &place(&acme)).await.unwrap());
    let stored = serde_json::to_value(&sealed).unwrap();
    assert!(!shown.contains("horse") && !stored.to_string().contains("horse"));
    for (name, field) in stored.as_object().unwrap() {
        if let Value::String(text) = field
            && name != "key"
        {
            assert!(!shown.contains(text), "{name} is shown");
        }
    }
}

#[test]
fn text_that_is_no_sealed_value_is_refused_without_being_quoted() {
    for text in ["", "{}", "shpat_horse", "{\"version\":\"shpat_horse\"}"] {
        let error = Envelope::from_sealed(&Sealed::from_text(text.to_owned())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(
            !format!("{error} {error:?}").contains("horse") && std::error::Error::source(&error).is_none()
        );
    }
}

#[test]
fn a_commitment_needs_the_same_salt_and_value() {
    let (one, two) = (Salt::draw(&clock(1)), Salt::draw(&clock(2)));
    let committed = commit_personal(&one, b"Elm Street 4");
    assert_eq!(committed, commit_personal(&Salt::from_bytes(*one.as_bytes()), b"Elm Street 4"));
    assert_ne!(committed, commit_personal(&two, b"Elm Street 4"));
    assert_ne!(committed, commit_personal(&one, b"Elm Street 5"));
    assert_eq!(format!("{one:?}"), "Salt(..)");
}

proptest! {
    #[test]
    fn any_value_comes_back_as_it_was(value: Vec<u8>, subject: String, version: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let acme = tenant("acme");
            let keys = EphemeralKeys::new(&clock(1));
            let bound = Bound { subject: &subject, version, ..place(&acme) };
            let sealed = Envelope::seal(&keys, &clock(2), &bound, &value).await.unwrap();
            let read = Envelope::from_sealed(&sealed.to_sealed().unwrap()).unwrap();
            prop_assert_eq!(&read, &sealed);
            let opened = read.open(&keys, &bound).await.unwrap();
            prop_assert_eq!(opened.expose_secret(), &*value);
            Ok(())
        })?;
    }

    #[test]
    fn no_two_places_share_their_bytes(a in "[a-c\0]{0,4}", b in "[a-c\0]{0,4}", c in "[a-c\0]{0,4}", d in "[a-c\0]{0,4}") {
        let acme = tenant("acme");
        let (first, second) = (PlatformSlug::from(b.as_str()), PlatformSlug::from(d.as_str()));
        let one = Bound { subject: &a, platform: Some(&first), ..place(&acme) };
        let two = Bound { subject: &c, platform: Some(&second), ..place(&acme) };
        prop_assert_eq!(one == two, one.to_bytes() == two.to_bytes());
    }
}
