//! Whether what is said to be a signature is one, of this image, made with this key. Pure.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use launchway_registry::Digest;
use serde::Deserialize;
use serde_json::Value;

use super::key::Key;

/// What cosign writes into a payload.
const TYPE: &str = "cosign container image signature";
/// The statement of a signature, as opposed to that of an SBOM or provenance.
const PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";
const STATEMENT: &str = "application/vnd.in-toto+json";

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Something that is said to be a signature.
#[derive(Clone, Debug)]
pub(super) enum Candidate {
    /// A payload with its signature in Base64 beside it.
    Simple {
        /// The payload, byte for byte.
        payload: Vec<u8>,
        /// The signature; `None` when the annotation is missing.
        signature: Option<String>,
    },
    /// A bundle of cosign 3.
    Bundle(Vec<u8>),
}

/// Whether it is a signature of the image made with the key; if not, why not.
pub(super) fn check(candidate: &Candidate, key: &Key, digest: &Digest) -> Result<(), String> {
    match candidate {
        Candidate::Simple { payload, signature } => {
            let signature = signature.as_deref().ok_or("it has no signature")?;
            let signature = decode(signature)?;
            if !key.has_signed(payload, &signature) {
                return Err("it is not made with this key".to_owned());
            }
            simple(payload, digest)
        }
        Candidate::Bundle(bytes) => bundle(bytes, key, digest),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text.trim()).map_err(|_| "it is not valid Base64".to_owned())
}

fn simple(payload: &[u8], digest: &Digest) -> Result<(), String> {
    let json: Value =
        serde_json::from_slice(payload).map_err(|_| "its payload is no JSON".to_owned())?;
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/critical/type") != TYPE {
        return Err("its payload is not that of a signature of an image".to_owned());
    }
    if text("/critical/image/docker-manifest-digest") != digest.as_str() {
        return Err("it is of another image".to_owned());
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    dsse_envelope: Option<Envelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[serde(default)]
    predicate_type: String,
    #[serde(default)]
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    digest: std::collections::BTreeMap<String, String>,
}

fn bundle(bytes: &[u8], key: &Key, digest: &Digest) -> Result<(), String> {
    let bundle: Bundle =
        serde_json::from_slice(bytes).map_err(|_| "the bundle cannot be read".to_owned())?;
    let envelope = bundle.dsse_envelope.ok_or("the bundle has no signed statement")?;
    let payload = decode(&envelope.payload)?;
    let message = signed_bytes(&envelope.payload_type, &payload);
    let mut signatures = envelope.signatures.iter().filter_map(|one| decode(&one.sig).ok());
    if !signatures.any(|signature| key.has_signed(&message, &signature)) {
        return Err("it is not made with this key".to_owned());
    }
    let statement: Statement = serde_json::from_slice(&payload)
        .map_err(|_| "the signed statement cannot be read".to_owned())?;
    if envelope.payload_type != STATEMENT || statement.predicate_type != PREDICATE {
        return Err("it is a statement about the image, not a signature".to_owned());
    }
    let ours = |subject: &Subject| {
        subject.digest.get(digest.algorithm().name()).is_some_and(|hex| hex == digest.hex())
    };
    if statement.subject.iter().any(ours) {
        Ok(())
    } else {
        Err("it is of another image".to_owned())
    }
}

/// What is signed of an envelope: type and payload with their lengths.
fn signed_bytes(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_of_an_envelope() {
        // The example of the specification.
        let bytes = signed_bytes("http://example.com/HelloWorld", b"hello world");
        assert_eq!(bytes, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn a_payload_names_the_image() {
        let digest = Digest::of(b"image");
        let payload = |kind: &str, of: &str| {
            format!(
                r#"{{"critical":{{"identity":{{"docker-reference":"r.io/a"}},"image":{{"docker-manifest-digest":"{of}"}},"type":"{kind}"}},"optional":null}}"#
            )
        };
        assert_eq!(simple(payload(TYPE, digest.as_str()).as_bytes(), &digest), Ok(()));
        for (text, said) in [
            (payload(TYPE, Digest::of(b"x").as_str()), "another image"),
            (payload("atomic container signature", digest.as_str()), "not that of a signature"),
            ("{}".to_owned(), "not that of"),
            ("nope".to_owned(), "no JSON"),
        ] {
            assert!(simple(text.as_bytes(), &digest).unwrap_err().contains(said), "{text}");
        }
    }
}
