//! XChaCha20-Poly1305 over whole values.

use crate::error::{Error, ErrorKind, Result};
use chacha20poly1305::{AeadInOut as _, KeyInit as _, XChaCha20Poly1305};
use secrecy::{ExposeSecretMut as _, SecretSlice, zeroize::Zeroizing};

/// Length of the authentication tag that stands behind the ciphertext.
const TAG: usize = 16;

/// Encrypts `plain`; the tag stands last.
pub(crate) fn seal(key: &[u8; 32], nonce: &[u8; 24], bound: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len().saturating_add(TAG)));
    buffer.extend_from_slice(plain);
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(nonce.into(), bound, buffer.as_mut_slice().into())
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "the value is too long to be sealed"))?;
    buffer.extend_from_slice(&tag);
    Ok(std::mem::take(&mut *buffer))
}

/// Undoes [`seal`]; nothing when key, nonce, bound bytes or ciphertext aren't the ones of the sealing.
pub(crate) fn open(key: &[u8; 32], nonce: &[u8; 24], bound: &[u8], sealed: &[u8]) -> Option<SecretSlice<u8>> {
    let (body, tag) = sealed.split_last_chunk::<TAG>()?;
    // Decrypted where it stays: a vector that shrinks would leave a copy behind.
    let mut plain = SecretSlice::<u8>::from(body.to_vec());
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(nonce.into(), bound, plain.expose_secret_mut().into(), tag.into())
        .ok()?;
    Some(plain)
}
