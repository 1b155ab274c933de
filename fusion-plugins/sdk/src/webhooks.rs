//! Signatures of notifications: what each platform does alike, as data.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    plugin::Delivery,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureText {
    /// Base64 with padding.
    Base64,
    /// Hexadecimal digits, small or capital.
    Hex,
}

/// A platform that signs the raw body with HMAC-SHA256 and says so in a header.
///
/// The body is taken as bytes and nothing else: a body that was decoded, parsed or put together anew by a
/// framework is another body. Nothing but the body is signed, so topic, shop and id in the headers prove nothing.
///
/// ```
/// use fusion_core::plugin::Delivery;
/// use fusion_plugin_sdk::{BodySignature, SignatureText};
///
/// const SIGNATURE: BodySignature =
///     BodySignature { header: "X-Signature", prefix: "", text: SignatureText::Base64 };
/// let headers = [("x-signature", "hMTq0K2x7oyOjoBwGYeTj5oxfnaVYXzbanUG9aajpKI=")];
/// let delivery = Delivery { headers: &headers, body: b"\"my secret message\"" };
/// assert!(SIGNATURE.verify(delivery, &["newer".into(), "hush".into()]).is_ok());
/// assert!(SIGNATURE.verify(delivery, &["newer".into()]).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodySignature {
    /// The header's name, compared without case.
    pub header: &'static str,
    /// What stands before the signature.
    pub prefix: &'static str,
    /// How it is written.
    pub text: SignatureText,
}

impl BodySignature {
    /// Checks the signature under each of `secrets`, in constant time: two of them while one is rotated.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: none fits, the header is missing, repeated or no signature.
    pub fn verify(&self, delivery: Delivery<'_>, secrets: &[SecretString]) -> Result<()> {
        let given = self.given(delivery).ok_or_else(refused)?;
        // Every secret is tried, so that the time doesn't tell which one fits.
        let fits =
            secrets.iter().filter(|secret| !secret.expose_secret().is_empty()).fold(false, |fits, secret| {
                let signed =
                    keyed(secret).map(|mac| mac.chain_update(delivery.body).verify_slice(&given).is_ok());
                fits | signed.unwrap_or(false)
            });
        if fits { Ok(()) } else { Err(refused()) }
    }

    fn given(&self, delivery: Delivery<'_>) -> Option<Vec<u8>> {
        let mut named = delivery.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(self.header));
        let (Some((_, value)), None) = (named.next(), named.next()) else { return None };
        let text = value.trim().strip_prefix(self.prefix)?;
        match self.text {
            SignatureText::Base64 => STANDARD.decode(text).ok(),
            SignatureText::Hex => hex::decode(text).ok(),
        }
    }
}

fn keyed(secret: &SecretString) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(secret.expose_secret().as_bytes()).ok()
}

fn refused() -> Error {
    Error::new(
        ErrorKind::Unauthenticated,
        "the notification isn't signed by this app's secret; hand over the body byte for byte and check the secret",
    )
}

#[cfg(test)]
mod tests;
