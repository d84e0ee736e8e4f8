//! What a content's bytes are called: `sha256:…`.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256, Sha512};

use crate::reference::{ReferenceError, show};

/// How a digest is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256: what nearly every registry uses.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The name before the colon.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    const fn hex_len(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// A digest whose form is valid: `sha256:` and 64, or `sha512:` and 128 hexadecimal digits in
/// lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    text: String,
    algorithm: Algorithm,
}

impl Digest {
    /// The SHA-256 of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_with(Algorithm::Sha256, bytes)
    }

    /// The digest of these bytes under an algorithm.
    pub fn of_with(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The whole, as in `sha256:…`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How it is computed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digits after the colon.
    pub fn hex(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, hex)| hex)
    }

    /// The algorithm and the first 12 digits, for people.
    pub fn short(&self) -> &str {
        self.text.get(..self.algorithm.name().len() + 13).unwrap_or(&self.text)
    }

    /// Whether these bytes have this digest.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        Self::of_with(self.algorithm, bytes) == *self
    }
}

impl FromStr for Digest {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let wrong = |reason: String| ReferenceError::new("digest", text, reason);
        let Some((name, hex)) = text.split_once(':') else {
            return Err(wrong("it has no algorithm; write `sha256:` and 64 digits".to_owned()));
        };
        let algorithm = match name {
            "sha256" => Algorithm::Sha256,
            "sha512" => Algorithm::Sha512,
            other => {
                return Err(wrong(format!(
                    "`{}` is not known; digests are `sha256:…` or `sha512:…`",
                    show(other)
                )));
            }
        };
        if let Some(bad) = hex.chars().find(|c| !matches!(c, '0'..='9' | 'a'..='f')) {
            return Err(wrong(format!(
                "it has `{}` where only digits and `a` to `f` in lower case may stand",
                bad.escape_debug()
            )));
        }
        let wanted = algorithm.hex_len();
        if hex.len() != wanted {
            return Err(wrong(format!("it has {} digits instead of {wanted}", hex.len())));
        }
        Ok(Self { text: text.to_owned(), algorithm })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Computes a digest piece by piece.
#[derive(Clone, Debug)]
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        match self {
            Self::Sha256(hasher) => digest(Algorithm::Sha256, &hasher.finalize()),
            Self::Sha512(hasher) => digest(Algorithm::Sha512, &hasher.finalize()),
        }
    }
}

fn digest(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    use fmt::Write as _;

    let mut text = format!("{}:", algorithm.name());
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Digest { text, algorithm }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), empty);
        assert_eq!(Digest::of(b"").short(), "sha256:e3b0c44298fc");
        let long = Digest::of_with(Algorithm::Sha512, b"");
        assert_eq!(long.hex().len(), 128);
        assert!(long.hex().starts_with("cf83e1357eefb8bd"));
        assert_eq!(long.as_str().parse::<Digest>().unwrap(), long);
        assert!(empty.parse::<Digest>().unwrap().matches(b""));
        assert!(!Digest::of(b"").matches(b"x"));
    }

    #[test]
    fn what_is_no_digest_is_said() {
        let upper = format!("sha256:{}", "A".repeat(64));
        let blank = format!("sha256:{} ", "a".repeat(63));
        for (text, why) in [
            ("", "no algorithm"),
            ("sha256", "no algorithm"),
            ("sha256:", "0 digits instead of 64"),
            ("sha256:abc", "3 digits instead of 64"),
            ("md5:abc", "`md5` is not known"),
            ("SHA256:abc", "not known"),
            (upper.as_str(), "lower case"),
            (blank.as_str(), "` `"),
        ] {
            let error = text.parse::<Digest>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
