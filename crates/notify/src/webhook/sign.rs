//! Signs a message, so that who takes it knows where it is from and that it is new.

use launchway_base::Secret;
use ring::hmac;

use crate::hash::hexadecimal;

/// The header with the signature.
pub const SIGNATURE: &str = "x-launchway-signature";
/// The header with the time it was signed, in seconds since 1970.
pub const TIMESTAMP: &str = "x-launchway-timestamp";
/// The header with what is the same for every try of one message, and for no other.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// `sha256=` and the HMAC-SHA256, in small hexadecimal, of the timestamp, a dot and the body.
pub fn signature(secret: &Secret, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(timestamp.to_string().as_bytes());
    context.update(b".");
    context.update(body.as_bytes());
    format!("sha256={}", hexadecimal(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_other_programs() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac swordfish
        let expected = "sha256=8f1701c54ae5132691656d186f95251b9ae92f79d732c3a8d1037301c9d4513c";
        assert_eq!(signature(&Secret::new("swordfish"), 1_700_000_000, r#"{"a":1}"#), expected);
    }
}
