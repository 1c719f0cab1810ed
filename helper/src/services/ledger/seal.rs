//! The ledger's key: hashes of written secrets, and sealed previous values.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

/// Bytes of the key file.
pub(super) const KEY_BYTES: usize = 32;

/// Operations with the key file.
pub(super) struct Keyring {
    hash: hmac::Key,
    seal: LessSafeKey,
    random: SystemRandom,
}

impl Keyring {
    /// A new key for the key file.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(super) fn generate() -> Result<[u8; KEY_BYTES], Unspecified> {
        let mut bytes = [0; KEY_BYTES];
        SystemRandom::new().fill(&mut bytes)?;
        Ok(bytes)
    }

    /// From the bytes of the key file; `None` if they are not a key.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let master = hmac::Key::new(hmac::HMAC_SHA256, <&[u8; KEY_BYTES]>::try_from(bytes).ok()?);
        let derive = |purpose: &[u8]| hmac::sign(&master, purpose);
        let seal = UnboundKey::new(&CHACHA20_POLY1305, derive(b"cf-aig ledger: seal").as_ref()).ok()?;
        Some(Self {
            hash: hmac::Key::new(hmac::HMAC_SHA256, derive(b"cf-aig ledger: hash").as_ref()),
            seal: LessSafeKey::new(seal),
            random: SystemRandom::new(),
        })
    }

    /// Identifies this key without revealing it.
    pub(super) fn fingerprint(&self) -> String {
        self.hash("fingerprint", "")
    }

    /// The keyed hash of a value, in hex. `place` is its location, so that the same secret in two
    /// places has two hashes.
    pub(super) fn hash(&self, place: &str, value: &str) -> String {
        hex(hmac::sign(&self.hash, &labelled(place, value)).as_ref())
    }

    /// Whether `hash` is the hash of `value`.
    pub(super) fn is_hash_of(&self, hash: &str, place: &str, value: &str) -> bool {
        unhex(hash).is_some_and(|hash| hmac::verify(&self.hash, &labelled(place, value), &hash).is_ok())
    }

    /// The sealed value, in hex.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(super) fn seal(&self, place: &str, value: &str) -> Result<String, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce)?;
        let mut sealed = value.as_bytes().to_vec();
        self.seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                &mut sealed,
            )
            .expect("a settings value is far below the cipher's limit");
        Ok(hex(&[&nonce[..], &sealed].concat()))
    }

    /// The value that was sealed for this place; `None` with another key, or if it was tampered
    /// with.
    pub(super) fn unseal(&self, place: &str, sealed: &str) -> Option<String> {
        let bytes = unhex(sealed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let value = self.seal.open_in_place(nonce, Aad::from(place.as_bytes()), &mut sealed).ok()?;
        String::from_utf8(value.to_vec()).ok()
    }
}

/// SHA-256 in hex.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// No place contains a NUL.
fn labelled(place: &str, value: &str) -> Vec<u8> {
    [place.as_bytes(), b"\0", value.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    pairs.iter().map(byte).collect::<Option<_>>().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> Keyring {
        Keyring::from_bytes(&Keyring::generate().unwrap()).expect("a key")
    }

    #[test]
    fn a_sealed_value_opens_only_with_its_key_in_its_place() {
        let (ring, other) = (ring(), ring());
        let seal = || ring.seal("file env.A", "\"sk-ant-é\"").unwrap();
        let sealed = seal();
        assert_ne!(sealed, seal());
        assert_eq!(ring.unseal("file env.A", &sealed).as_deref(), Some("\"sk-ant-é\""));
        assert_eq!(ring.unseal("file env.B", &sealed), None);
        assert_eq!(other.unseal("file env.A", &sealed), None);
        for damaged in ["", "00", "zz", &sealed[2..], &sealed[..sealed.len() - 1]] {
            assert_eq!(ring.unseal("file env.A", damaged), None);
        }
    }

    #[test]
    fn a_hash_matches_only_its_own_value_place_and_key() {
        let (ring, other) = (ring(), ring());
        let hash = ring.hash("a", "value");
        assert!(ring.is_hash_of(&hash, "a", "value"));
        assert!(!ring.is_hash_of(&hash, "a", "valuE"));
        assert!(!ring.is_hash_of(&hash, "b", "value"));
        assert!(!other.is_hash_of(&hash, "a", "value"));
    }
}
