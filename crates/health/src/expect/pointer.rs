//! JSON pointers (RFC 6901), followed without building the document.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Where in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    tokens: Vec<String>,
    written: String,
}

impl Pointer {
    /// Reads one: `/a/0/b`, or `#/a%20b` as in a URL, for keys with characters that mean something
    /// elsewhere. Says what is wrong, as a half sentence.
    pub(super) fn parse(written: &str) -> Result<Self, &'static str> {
        let decoded = match written.strip_prefix('#') {
            Some(fragment) => percent_decode_str(fragment)
                .decode_utf8()
                .map_err(|_| "is not UTF-8 after decoding")?
                .into_owned(),
            None => written.to_owned(),
        };
        let mut tokens = decoded.split('/');
        if tokens.next() != Some("") {
            return Err("does not begin with `/`");
        }
        let tokens = tokens.map(unescape).collect::<Option<_>>();
        let tokens = tokens.ok_or("has a `~` that is neither `~0` nor `~1`")?;
        Ok(Self { tokens, written: written.to_owned() })
    }

    /// As it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.written
    }

    /// The value at the place, as it stands in the document. Of keys that repeat the last counts.
    pub(super) fn find<'a>(
        &self,
        document: &'a RawValue,
    ) -> Result<Option<&'a RawValue>, serde_json::Error> {
        let mut here = document;
        for token in &self.tokens {
            match (Step { token })
                .deserialize(&mut serde_json::Deserializer::from_str(here.get()))?
            {
                Some(next) => here = next,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }
}

fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (c, rest) = match part.as_bytes().first()? {
            b'0' => ('~', part.strip_prefix('0')?),
            b'1' => ('/', part.strip_prefix('1')?),
            _ => return None,
        };
        text.push(c);
        text.push_str(rest);
    }
    Some(text)
}

/// One token further down.
struct Step<'t> {
    token: &'t str,
}

impl Step<'_> {
    fn index(&self) -> Option<usize> {
        let is_number = self.token.bytes().all(|b| b.is_ascii_digit());
        let is_plain = self.token == "0" || !self.token.starts_with('0');
        (is_number && is_plain).then(|| self.token.parse().ok()).flatten()
    }
}

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.token {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let wanted = self.index();
        let mut at = 0;
        loop {
            if Some(at) == wanted {
                match seq.next_element()? {
                    Some(value) => found = Some(value),
                    None => break,
                }
            } else if seq.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
            at += 1;
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn at(document: &str, pointer: &str) -> Option<String> {
        let document: &RawValue = serde_json::from_str(document).unwrap();
        let found = Pointer::parse(pointer).unwrap().find(document).unwrap();
        found.map(|value| value.get().to_owned())
    }

    #[test]
    fn the_table_of_the_standard() {
        let document = r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        for (pointer, value) in [
            ("", document),
            ("/foo", r#"["bar","baz"]"#),
            ("/foo/0", r#""bar""#),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
            ("#/a~1b", "1"),
            ("#/c%25d", "2"),
            ("#/%20", "7"),
        ] {
            assert_eq!(at(document, pointer).as_deref(), Some(value), "{pointer}");
        }
        for nothing in ["/foo/2", "/foo/00", "/foo/-", "/foo/+0", "/foo/0/x", "/nil", "//x"] {
            assert_eq!(at(document, nothing), None, "{nothing}");
        }
        assert_eq!(at(r#"{"a":1,"a":2}"#, "/a").as_deref(), Some("2"));
        assert_eq!(at("3", "/a"), None);
        for scalar in ["null", "true", "-3", "3.5", "\"s\"", "18446744073709551615"] {
            assert_eq!(at(&format!("[{scalar}]"), "/0").as_deref(), Some(scalar));
            assert_eq!(at(&format!("[{scalar}]"), "/0/x"), None);
        }
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for bad in ["a", "a/b", "/a~", "/a~2", "/~", "#a", "#/%ff"] {
            assert!(Pointer::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(at(&deep, "/0/0").is_some());
        assert_eq!(at(&deep, "/1"), None);
    }

    proptest! {
        #[test]
        fn it_finds_what_the_library_finds(key in "[a-c~/ ]{0,3}", index in 0usize..4) {
            let value = serde_json::json!({ "a": [1, { &*key: [1, 2, 3] }], &*key: { "b": true } });
            let escaped = key.replace('~', "~0").replace('/', "~1");
            for pointer in [
                format!("/{escaped}/b"), format!("/a/{index}/{escaped}/{index}"), format!("/a/{index}"),
            ] {
                let found = at(&value.to_string(), &pointer);
                let found = found.map(|text| serde_json::from_str::<Value>(&text).unwrap());
                prop_assert_eq!(found.as_ref(), value.pointer(&pointer));
            }
        }

        #[test]
        fn whatever_is_written_is_read_or_refused(text in "\\PC{0,12}") {
            let _ = Pointer::parse(&text);
        }
    }
}
