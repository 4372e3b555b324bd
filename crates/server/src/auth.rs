//! API keys.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The keys that clients may send. Only their hashes are kept and compared, so that neither a key's length nor its beginning
/// can be found by measuring time.
#[derive(Clone, Default)]
pub struct Keys(Vec<[u8; 32]>);

impl Keys {
    pub fn new(keys: &[String]) -> Self {
        Self(keys.iter().map(|key| hash(key)).collect())
    }

    /// Whether clients need no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who sends this key: a number that differs between keys. `None` if the key is wrong.
    pub fn client(&self, key: &str) -> Option<u64> {
        let sent = hash(key);
        let found = self.0.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(&sent));
        let [a, b, c, d, e, f, g, h, ..] = sent;
        bool::from(found).then(|| u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_keys_is_a_client_and_nothing_else_is() {
        let keys = Keys::new(&["one".to_owned(), "two".to_owned()]);
        assert!(keys.client("one").is_some() && keys.client("two").is_some());
        assert_ne!(keys.client("one"), keys.client("two"));
        for wrong in ["", "on", "one ", "three"] {
            assert_eq!(keys.client(wrong), None, "{wrong:?}");
        }
        assert_eq!(Keys::default().client(""), None);
    }
}
