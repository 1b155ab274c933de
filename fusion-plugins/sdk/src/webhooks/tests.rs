use super::*;

const BASE64: BodySignature =
    BodySignature { header: "X-Shop-Hmac-Sha256", prefix: "", text: SignatureText::Base64 };
const HEX: BodySignature =
    BodySignature { header: "X-Print-Signature", prefix: "sha256=", text: SignatureText::Hex };

/// HMAC-SHA256 of `"my secret message"`, quotes included, under `hush`: a public vector of go-shopify.
const BODY: &[u8] = b"\"my secret message\"";
const SIGNED: &str = "hMTq0K2x7oyOjoBwGYeTj5oxfnaVYXzbanUG9aajpKI=";

fn verify(
    signature: BodySignature,
    headers: &[(&str, &str)],
    body: &[u8],
    secrets: &[&str],
) -> Result<(), ErrorKind> {
    let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
    signature.verify(Delivery { headers, body }, &secrets).map_err(|error| error.kind())
}

#[test]
fn a_signature_holds_under_either_secret_and_under_no_other() {
    let headers = [("x-shop-hmac-sha256", SIGNED)];
    for secrets in [&["hush"][..], &["newer", "hush"], &["hush", "newer"]] {
        assert_eq!(verify(BASE64, &headers, BODY, secrets), Ok(()), "{secrets:?}");
    }
    for secrets in [&[][..], &[""], &["newer", "newest"]] {
        assert_eq!(verify(BASE64, &headers, BODY, secrets), Err(ErrorKind::Unauthenticated), "{secrets:?}");
    }
}

#[test]
fn the_same_signature_is_read_in_hexadecimal_digits() {
    let signed = STANDARD.decode(SIGNED).unwrap();
    for text in [hex::encode(&signed), hex::encode_upper(&signed)] {
        let value = format!("sha256={text}");
        assert_eq!(verify(HEX, &[("X-PRINT-SIGNATURE", &value)], BODY, &["hush"]), Ok(()));
        assert!(verify(HEX, &[("X-Print-Signature", &text)], BODY, &["hush"]).is_err(), "without prefix");
    }
}

#[test]
fn what_is_no_signature_is_refused_and_not_compared() {
    let given: [&[(&str, &str)]; 6] = [
        &[],
        &[("X-Shop-Hmac-Sha256", "")],
        &[("X-Shop-Hmac-Sha256", "wronghash")],
        &[("X-Shop-Hmac-Sha256", "hMTq0K2x7oyOjoBwGYeTj5oxfnaVYXzbanUG9aajpA==")],
        &[("X-Other", SIGNED)],
        &[("X-Shop-Hmac-Sha256", SIGNED), ("x-shop-hmac-sha256", SIGNED)],
    ];
    for headers in given {
        assert_eq!(verify(BASE64, headers, BODY, &["hush"]), Err(ErrorKind::Unauthenticated), "{headers:?}");
    }
}

#[test]
fn every_byte_of_the_body_counts_wherever_a_letter_is_cut() {
    // A letter of two bytes over the border of a 64 KiB chunk, and a line separator that JSON writers escape.
    let mut body = vec![b'"'; 65_535];
    body.extend_from_slice("ă\u{2028}\"".as_bytes());
    let secret = SecretString::from("hush");
    let mac = keyed(&secret).unwrap().chain_update(&body).finalize().into_bytes();
    let signed = STANDARD.encode(mac);
    let headers = [("X-Shop-Hmac-Sha256", signed.as_str())];
    assert_eq!(verify(BASE64, &headers, &body, &["hush"]), Ok(()));
    for changed in [
        String::from_utf8_lossy(&body).replace('\u{2028}', "\\u2028"),
        format!("{} ", String::from_utf8_lossy(&body)),
    ] {
        assert!(verify(BASE64, &headers, changed.as_bytes(), &["hush"]).is_err());
    }
}
