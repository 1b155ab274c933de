use super::*;
use crate::{clock::Timestamp, testkit::TestClock};
use secrecy::{ExposeSecret as _, ExposeSecretMut as _};

mod ephemeral;
#[cfg(feature = "local-keys")]
mod local;

fn clock(seed: u64) -> TestClock {
    TestClock::at(Timestamp::from_micros(1_790_000_000_000_000)).with_seed(seed)
}

fn data_key(fill: u8) -> DataKey {
    let mut key = DataKey::default();
    key.expose_secret_mut().fill(fill);
    key
}

/// A key shorter than the block is the same key with zeros behind it.
fn padded(key: &[u8]) -> [u8; 32] {
    let mut padded = [0; 32];
    padded[..key.len()].copy_from_slice(key);
    padded
}

#[test]
fn macs_are_those_of_rfc_4231() {
    let counting: Vec<u8> = (1..=25).collect();
    let cases: [(&[u8], &[u8], &str); 4] = [
        (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    ];
    for (key, message, expected) in cases {
        assert_eq!(hex::encode(*hmac(&padded(key), &[message])), expected);
        let (head, tail) = message.split_at(message.len() / 2);
        assert_eq!(hex::encode(*hmac(&padded(key), &[head, tail])), expected);
    }
}

#[test]
fn the_cipher_is_the_one_of_the_xchacha_draft() {
    // draft-irtf-cfrg-xchacha-03, A.3.1
    let key: [u8; 32] = std::array::from_fn(|nth| 0x80 + nth as u8);
    let nonce: [u8; 24] = std::array::from_fn(|nth| 0x40 + nth as u8);
    let bound = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
    let plain =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                  sunscreen would be it.";
    let sealed = cipher::seal(&key, &nonce, &bound, plain).unwrap();
    assert_eq!(
        hex::encode(&sealed),
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39\
         ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
         21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
    );
    assert_eq!(cipher::open(&key, &nonce, &bound, &sealed).unwrap().expose_secret(), plain);
    assert!(cipher::open(&key, &nonce, b"", &sealed).is_none());
    assert!(cipher::open(&key, &nonce, &bound, &sealed[..15]).is_none());
}

#[test]
fn what_is_drawn_is_filled_to_the_end_and_never_the_same() {
    let clock = clock(1);
    let (first, second) = (draw::<24>(&clock), draw::<24>(&clock));
    assert_ne!(*first, *second);
    assert_ne!(first[16..], [0; 8]);
    assert_ne!(first[..8], first[16..]);
}

#[test]
fn a_key_is_named_in_visible_ascii() {
    assert!(KeyId::new("arn:aws:kms:eu-central-1:1:key/7f").is_ok());
    for wrong in ["", "a b", "schlüssel", "a\n", &"k".repeat(513)] {
        assert_eq!(KeyId::new(wrong).unwrap_err().kind(), ErrorKind::InvalidInput, "{wrong:?}");
    }
}
