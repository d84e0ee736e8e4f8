//! The two messages of `grpc.health.v1`, and the five bytes before a message.
//!
//! ```proto
//! message HealthCheckRequest { string service = 1; }
//! message HealthCheckResponse { ServingStatus status = 1; }
//! ```

use crate::foreign::quote;

/// The most bytes of an answer, frames and all. A health status has a few.
pub(super) const MOST: usize = 4096;

/// The request for a service, framed. The whole server has the empty name.
pub(super) fn request(service: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(service.len() + 4);
    // A default value is left out, as every encoder does.
    if !service.is_empty() {
        message.push(1 << 3 | 2);
        put_varint(&mut message, service.len());
        message.extend_from_slice(service.as_bytes());
    }
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [[0].as_slice(), &length, &message].concat()
}

/// The status in a framed answer.
///
/// # Errors
/// What is wrong with it, as the end of a sentence that begins with "the answer".
pub(super) fn status(body: &[u8]) -> Result<u64, String> {
    let Some((&[flag, a, b, c, d], message)) = body.split_first_chunk::<5>() else {
        return Err(match body.len() {
            0 => "holds no message".to_owned(),
            length => format!("ends after {length} bytes"),
        });
    };
    if flag != 0 {
        return Err("is compressed, which was not asked for".to_owned());
    }
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if length > MOST {
        return Err(format!("announces {length} bytes where a health status has a few"));
    }
    match message.len() {
        there if there < length => Err(format!("ends after {there} of {length} bytes")),
        there if there > length => Err("holds more than one message".to_owned()),
        _ => serving(message).ok_or_else(|| "is no health status".to_owned()),
    }
}

/// The `status` of a `HealthCheckResponse`. Fields that are not known are left out, of several the
/// last counts.
fn serving(mut rest: &[u8]) -> Option<u64> {
    let mut status = 0;
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        match (tag >> 3, tag & 7) {
            (1, 0) => status = varint(&mut rest)?,
            // No number a field may have, or another type under the one we know.
            (0 | 1, _) => return None,
            (_, 0) => drop(varint(&mut rest)?),
            (_, 1) => rest = rest.get(8..)?,
            (_, 2) => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                rest = rest.get(length..)?;
            }
            (_, 5) => rest = rest.get(4..)?,
            _ => return None,
        }
    }
    Some(status)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        // The tenth byte has room for one bit.
        if shift == 63 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn put_varint(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

/// A `grpc-message`: percent-encoded UTF-8, made fit to be shown. What is no code stands as it is.
pub(super) fn words(message: &[u8]) -> String {
    let bytes: Vec<u8> = percent_encoding::percent_decode(message).collect();
    quote(&bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_names_its_service() {
        assert_eq!(request(""), [0, 0, 0, 0, 0]);
        assert_eq!(request("a.B"), *b"\0\0\0\0\x05\x0a\x03a.B");
        let long = request(&"x".repeat(300));
        assert_eq!(long.get(..8).unwrap(), [0, 0, 0, 1, 47, 0x0a, 0xac, 0x02]);
        assert_eq!(long.len(), 5 + 3 + 300);
    }

    #[test]
    fn an_answer_is_read_or_explained() {
        for (body, expected) in [
            (&b"\0\0\0\0\x02\x08\x01"[..], Ok(1)),
            (b"\0\0\0\0\x02\x08\x02", Ok(2)),
            // A default value is left out.
            (b"\0\0\0\0\0", Ok(0)),
            // Unknown fields of every type around it, and the last value counts.
            (
                b"\0\0\0\0\x1a\x10\x07\x19abcdefgh\x22\x02hi\x08\x02\x2dabcd\x08\x01",
                Err("ends after 24 of 26"),
            ),
            (b"\0\0\0\0\x18\x10\x07\x19abcdefgh\x22\x02hi\x08\x02\x2dabcd\x08\x01", Ok(1)),
            // A negative enum value takes ten bytes.
            (b"\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Ok(u64::MAX)),
            (b"\0\0\0\0\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", Err("no health")),
            (b"", Err("holds no message")),
            (b"\0\0\0", Err("ends after 3 bytes")),
            (b"\0\0\0\0\x05\x08", Err("ends after 1 of 5 bytes")),
            (b"\0\0\0\0\x02\x08\x01\0\0\0\0\x02\x08\x01", Err("more than one")),
            (b"\x01\0\0\0\x02\x08\x01", Err("compressed")),
            (b"\0\xff\xff\xff\xff", Err("announces 4294967295 bytes")),
            (b"\0\0\0\0\x02\x0a\x01", Err("no health")),
            (b"\0\0\0\0\x02\x00\x01", Err("no health")),
            (b"\0\0\0\0\x02\x13\x14", Err("no health")),
            (b"\0\0\0\0\x04\x12\xff\xff\x7f", Err("no health")),
        ] {
            match (status(body), expected) {
                (Ok(status), Ok(expected)) => assert_eq!(status, expected, "{body:?}"),
                (Err(why), Err(words)) => assert!(why.contains(words), "{body:?}: {why}"),
                (got, _) => panic!("{body:?}: {got:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn words_are_decoded_and_harmless() {
        assert_eq!(
            words(b"caf%C3%A9 100%25%0A::error::x%1b[2J%zz%"),
            "café 100% ::error::x[2J%zz%"
        );
        assert_eq!(words(b"\xff%ff"), "\u{fffd}\u{fffd}");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = status(&bytes);
            let framed = [&[0, 0, 0, 0, bytes.len().to_le_bytes()[0]], bytes.as_slice()].concat();
            let _ = status(&framed);
        }
    }
}
