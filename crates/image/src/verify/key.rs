//! Public keys in the form cosign writes: PEM with a `SubjectPublicKeyInfo` inside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use launchway_base::Failure;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Tags of DER.
const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 0x06;
const BITS: u8 = 0x03;

type Algorithms = Vec<&'static dyn VerificationAlgorithm>;

/// A key that signatures are checked with.
#[derive(Clone)]
pub struct Key {
    algorithms: Algorithms,
    bytes: Vec<u8>,
    name: &'static str,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Key {
    /// Reads a key. The text is never shown: somebody may have given the private one.
    ///
    /// # Errors
    /// It is no public key in PEM form, or of a kind that is not known.
    pub fn parse(pem: &str) -> Result<Self, Failure> {
        let wrong = |reason: &str| {
            Err(Failure::input(format!("the key cannot be read: {reason}"))
                .with_hint("give the public key in PEM form, as in `cosign.pub`"))
        };
        if pem.contains("PRIVATE KEY-----") {
            return wrong("it is a private key, which should be nowhere near");
        }
        if pem.trim_start().split_once("://").is_some_and(|(scheme, _)| !scheme.contains(' ')) {
            return wrong("addresses of keys are not followed");
        }
        let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END));
        let Some((body, after)) = body else { return wrong("it does not begin as a public key") };
        if after.contains(BEGIN) {
            return wrong("there is more than one");
        }
        let body: String = body.split_whitespace().collect();
        let Ok(der) = STANDARD.decode(body) else { return wrong("it is not valid Base64") };
        let Some((algorithm, curve, bytes)) = public_key(&der) else {
            return wrong("its structure is broken");
        };
        let (algorithms, name): (Algorithms, _) = match (algorithm, curve) {
            (EC, Some(P256)) => (vec![&signature::ECDSA_P256_SHA256_ASN1], "ECDSA P-256"),
            // Which hash goes with the longer curve differs between versions of cosign.
            (EC, Some(P384)) => (
                vec![&signature::ECDSA_P384_SHA384_ASN1, &signature::ECDSA_P384_SHA256_ASN1],
                "ECDSA P-384",
            ),
            (RSA, _) => (vec![&signature::RSA_PKCS1_2048_8192_SHA256], "RSA"),
            (ED25519, _) => (vec![&signature::ED25519], "Ed25519"),
            _ => return wrong("only ECDSA on P-256 and P-384, RSA and Ed25519 are known"),
        };
        Ok(Self { algorithms, bytes: bytes.to_vec(), name })
    }

    /// Whether a signature of a message is made with this key.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let check = |algorithm: &&'static dyn VerificationAlgorithm| {
            UnparsedPublicKey::new(*algorithm, &self.bytes).verify(message, signature).is_ok()
        };
        self.algorithms.iter().any(check)
    }
}

/// The algorithm, its first parameter and the key.
type Parts<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8]);

/// The parts of a `SubjectPublicKeyInfo`.
fn public_key(der: &[u8]) -> Option<Parts<'_>> {
    let (info, after) = element(der, SEQUENCE)?;
    let (identifier, rest) = element(info, SEQUENCE)?;
    let (bits, nothing) = element(rest, BITS)?;
    let (algorithm, parameter) = element(identifier, OBJECT)?;
    let curve = element(parameter, OBJECT).map(|(curve, _)| curve);
    // The first byte says how many bits of the last one are unused.
    let key = bits.strip_prefix(&[0])?;
    (after.is_empty() && nothing.is_empty()).then_some((algorithm, curve, key))
}

/// The content of an element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 | 0x82 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    // openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout
    const P256_PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAIZ8mIQNH07YiiyntifU289FMWaw
gHiSxOPPKX8MKkqmTTQpopatWRQFAlCVVrFtoZ2JmyUtnYHrF6Zv4XZyfw==
-----END PUBLIC KEY-----
";

    #[test]
    fn a_key_is_read() {
        assert_eq!(format!("{:?}", Key::parse(P256_PEM).unwrap()), "ECDSA P-256");
        assert!(Key::parse(&P256_PEM.replace('\n', "\r\n")).is_ok());
        assert!(!Key::parse(P256_PEM).unwrap().has_signed(b"", b""));
    }

    #[test]
    fn what_is_no_key_is_said_without_showing_it() {
        let cut = P256_PEM.replace("MFkw", "MFgw");
        let twice = P256_PEM.repeat(2);
        for (text, said) in [
            ("", "does not begin"),
            ("hunter2", "does not begin"),
            ("awskms:///alias/key", "addresses"),
            ("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nhunter2", "private key"),
            ("-----BEGIN PUBLIC KEY-----\nhunter2!\n-----END PUBLIC KEY-----", "Base64"),
            ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "broken"),
            (cut.as_str(), "broken"),
            (twice.as_str(), "more than one"),
        ] {
            let failure = Key::parse(text).unwrap_err();
            assert!(failure.to_string().contains(said), "{text}: {failure}");
            assert!(!failure.to_string().contains("hunter2"));
            assert_eq!(failure.kind().code(), 2);
        }
    }

    #[test]
    fn any_bytes_are_judged_without_a_panic() {
        for length in 0..200_u8 {
            let der: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37) ^ SEQUENCE).collect();
            let _ = public_key(&der);
            let _ = public_key(&[&[SEQUENCE, 0x82, 0xff, length], der.as_slice()].concat());
        }
    }
}
