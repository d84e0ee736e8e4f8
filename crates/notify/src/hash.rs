//! Names for what is told by several texts.

use ring::digest;

/// A hash of texts, none of which can pass for a part of its neighbour: 64 hexadecimal digits.
pub fn of(parts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        // With its length in front, `ab` and `c` are not `a` and `bc`.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    hexadecimal(context.finish().as_ref())
}

/// Two small hexadecimal digits a byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_texts_have_another_hash() {
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&[]).len(), 64);
        assert_eq!(hexadecimal(&[0, 171]), "00ab");
    }
}
