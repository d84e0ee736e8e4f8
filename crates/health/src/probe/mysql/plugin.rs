//! How a client of MySQL or MariaDB shows that it knows a password; pure.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest};

/// The ways that are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plugin {
    /// `mysql_native_password`: MariaDB's usual one, and that of MySQL up to 5.7.
    Native,
    /// `caching_sha2_password`: MySQL's usual one from 8.0.
    CachingSha2,
    /// `sha256_password` of MySQL.
    Sha256,
    /// `client_ed25519` of MariaDB.
    Ed25519,
    /// `mysql_clear_password` and MariaDB's `dialog`: the password as it is, for PAM or LDAP.
    Clear,
}

impl Plugin {
    /// By its name on the wire.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mysql_native_password" => Self::Native,
            "caching_sha2_password" => Self::CachingSha2,
            "sha256_password" => Self::Sha256,
            "client_ed25519" => Self::Ed25519,
            "mysql_clear_password" | "dialog" => Self::Clear,
            _ => return None,
        })
    }

    /// Its name on the wire.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Native => "mysql_native_password",
            Self::CachingSha2 => "caching_sha2_password",
            Self::Sha256 => "sha256_password",
            Self::Ed25519 => "client_ed25519",
            Self::Clear => "mysql_clear_password",
        }
    }

    /// What is sent for a challenge; `None` is the password itself, with a zero byte behind it.
    pub(super) fn proof(self, password: &[u8], challenge: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Native => Some(native(password, challenge)),
            Self::CachingSha2 => Some(caching_sha2(password, challenge)),
            Self::Ed25519 => Some(ed25519(password, challenge)),
            Self::Sha256 | Self::Clear => None,
        }
    }

    /// What is sent when there is no password. It has a form that the plugin takes for an attempt to log in:
    /// one it cannot read counts as an interrupted handshake.
    pub(super) const fn nothing(self) -> &'static [u8] {
        match self {
            Self::Native => &[],
            Self::Ed25519 => &[0; 64],
            Self::CachingSha2 | Self::Sha256 | Self::Clear => &[0],
        }
    }
}

/// `SHA1(p) ^ SHA1(challenge + SHA1(SHA1(p)))`
fn native(password: &[u8], challenge: &[u8]) -> Vec<u8> {
    let sha1 = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let once = sha1(password);
    let twice = sha1(once.as_ref());
    xor(once.as_ref(), sha1(&[challenge, twice.as_ref()].concat()).as_ref())
}

/// `SHA256(p) ^ SHA256(SHA256(SHA256(p)) + challenge)`
fn caching_sha2(password: &[u8], challenge: &[u8]) -> Vec<u8> {
    let sha256 = |bytes: &[u8]| digest(&SHA256, bytes);
    let once = sha256(password);
    let twice = sha256(once.as_ref());
    xor(once.as_ref(), sha256(&[twice.as_ref(), challenge].concat()).as_ref())
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

/// A signature as in RFC 8032, with the password, however long, in the place of the 32 bytes of seed.
fn ed25519(password: &[u8], message: &[u8]) -> Vec<u8> {
    let sha512 = |parts: &[&[u8]]| {
        let mut context = Context::new(&SHA512);
        for part in parts {
            context.update(part);
        }
        let mut hash = [0; 64];
        hash.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        hash
    };
    let expanded = sha512(&[password]);
    let (low, prefix) = expanded.split_at(32);
    let mut low: [u8; 32] = low.try_into().unwrap_or_default();
    let [first, .., last] = &mut low;
    *first &= 0b1111_1000;
    *last = (*last & 0b0111_1111) | 0b0100_0000;
    let secret = Scalar::from_bytes_mod_order(low);
    let public = EdwardsPoint::mul_base(&secret).compress();
    let nonce = Scalar::from_bytes_mod_order_wide(&sha512(&[prefix, message]));
    let point = EdwardsPoint::mul_base(&nonce).compress();
    let hash = sha512(&[point.as_bytes(), public.as_bytes(), message]);
    let answer = nonce + Scalar::from_bytes_mod_order_wide(&hash) * secret;
    [*point.as_bytes(), answer.to_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    #[test]
    fn a_name_leads_back() {
        for name in [
            "mysql_native_password",
            "caching_sha2_password",
            "sha256_password",
            "client_ed25519",
            "mysql_clear_password",
        ] {
            assert_eq!(Plugin::named(name).unwrap().name(), name);
        }
        assert_eq!(Plugin::named("mysql_old_password"), None);
    }

    /// What a server does with a proof, from what it has stored.
    #[test]
    fn a_server_takes_the_proofs() {
        let challenge: Vec<u8> = (1..=20).collect();
        let sha1 = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec();
        let stored = sha1(&sha1(b"secret"));
        // `SELECT PASSWORD('secret')`
        assert_eq!(hex(&stored).to_uppercase(), "14E65567ABDB5135D0CFD9A70B3032C179A49EE7");
        let proof = Plugin::Native.proof(b"secret", &challenge).unwrap();
        let once = xor(&proof, &sha1(&[&challenge[..], &stored].concat()));
        assert_eq!(sha1(&once), stored);

        let sha256 = |bytes: &[u8]| digest(&SHA256, bytes).as_ref().to_vec();
        let stored = sha256(&sha256(b"secret"));
        let proof = Plugin::CachingSha2.proof(b"secret", &challenge).unwrap();
        let once = xor(&proof, &sha256(&[&stored[..], &challenge].concat()));
        assert_eq!(sha256(&once), stored);
    }

    /// RFC 8032, section 7.1, tests 1 and 2.
    #[test]
    fn the_signatures_of_the_rfc() {
        let seed = |text: &str| -> Vec<u8> {
            (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
                .collect()
        };
        let one = seed("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        assert_eq!(
            hex(&ed25519(&one, b"")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
             d25bf5f0595bbe24655141438e7a100b"
        );
        let two = seed("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        assert_eq!(
            hex(&ed25519(&two, b"\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c\
             387b2eaeb4302aeeb00d291612bb0c00"
        );
    }
}
