//! Which keys a configuration can have, asked of the library itself: its types are deserialized from
//! a source that answers every question and notes what was asked.

use std::sync::LazyLock;

use git_cliff_core::config::Config;
use serde::Deserialize;
use serde::de::value::Error;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What can stand in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text, a number, or true and false.
    Value,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any number of these.
    List(Box<Self>),
    /// Keys with what each can hold.
    Table(Vec<(&'static str, Self)>),
}

static SHAPE: LazyLock<(Shape, Result<(), Error>)> = LazyLock::new(|| {
    let mut shape = Shape::Value;
    let asked = Config::deserialize(Probe(&mut shape)).map(drop);
    (shape, asked)
});

impl Shape {
    /// What a whole configuration can hold.
    pub fn whole() -> &'static Self {
        &SHAPE.0
    }

    /// Its keys; none when it is no table.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.table().iter().map(|(key, _)| *key)
    }

    /// What a key of it can hold.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.table().iter().find(|(known, _)| *known == key).map(|(_, shape)| shape)
    }

    /// What can stand at a path of keys; lists are passed through.
    pub fn at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Self> {
        let shape = path.into_iter().try_fold(self, |shape, key| shape.element().get(key))?;
        Some(shape.element())
    }

    /// The element of a list, else itself.
    pub fn element(&self) -> &Self {
        if let Self::List(element) = self { element } else { self }
    }

    fn table(&self) -> &[(&'static str, Self)] {
        if let Self::Table(table) = self { table } else { &[] }
    }
}

/// Answers with what everything accepts that is read from text: it is a regular expression, a
/// pattern of paths and a time.
const TEXT: &str = "1s";

struct Probe<'a>(&'a mut Shape);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(TEXT.to_owned())
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(true)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(1)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut element = Shape::Value;
        let read = visitor.visit_seq(Once(Some(&mut element)));
        *self.0 = Shape::List(Box::new(element));
        read
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut table: Vec<_> = fields.iter().map(|field| (*field, Shape::Value)).collect();
        let read = visitor.visit_map(Fields { rest: table.iter_mut(), value: None });
        *self.0 = Shape::Table(table);
        read
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = Shape::Choice(variants);
        visitor.visit_enum(variants.first().copied().unwrap_or_default().into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple tuple_struct map identifier ignored_any
    }
}

struct Once<'a>(Option<&'a mut Shape>);

impl<'de> SeqAccess<'de> for Once<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|shape| seed.deserialize(Probe(shape))).transpose()
    }
}

struct Fields<'a> {
    rest: std::slice::IterMut<'a, (&'static str, Shape)>,
    value: Option<&'a mut Shape>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((key, shape)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(shape);
        seed.deserialize((*key).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let shape =
            self.value.take().ok_or_else(|| serde::de::Error::custom("no value is left"))?;
        seed.deserialize(Probe(shape))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Keys that are written and never read, and the other way round.
    const ONE_WAY: [&str; 2] = ["is_custom", "token"];

    fn compare(path: &str, shape: &Shape, written: &Value) {
        match written {
            Value::Object(table) => {
                let mut keys: Vec<&str> =
                    shape.keys().filter(|key| !ONE_WAY.contains(key)).collect();
                let mut there: Vec<&str> = table.keys().map(String::as_str).collect();
                there.retain(|key| !ONE_WAY.contains(key));
                keys.sort_unstable();
                there.sort_unstable();
                assert_eq!(keys, there, "{path}");
                for (key, value) in table.iter().filter(|(key, _)| !ONE_WAY.contains(&key.as_str()))
                {
                    compare(&format!("{path}.{key}"), shape.get(key).unwrap(), value);
                }
            }
            Value::Array(list) => {
                for element in list {
                    compare(path, shape.element(), element);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_question_of_the_library_is_answered() {
        assert_eq!(SHAPE.1, Ok(()));
    }

    #[test]
    fn keys_are_those_that_the_library_writes() {
        let config: Config = "[changelog]
postprocessors = [{ pattern = 'a' }]
[git]
commit_preprocessors = [{ pattern = 'a' }]
commit_parsers = [{ message = 'a' }]
link_parsers = [{ pattern = 'a', href = 'b' }]
"
        .parse()
        .unwrap();
        compare("", Shape::whole(), &serde_json::to_value(&config).unwrap());
    }

    #[test]
    fn shapes_are_found_by_their_path() {
        let at = |path: &str| Shape::whole().at(path.split('.'));
        assert_eq!(at("remote.github.token"), Some(&Shape::Value));
        assert_eq!(at("remote.github.is_custom"), None);
        assert_eq!(at("git.commit_parsers.continue"), Some(&Shape::Value));
        assert_eq!(at("bump.bump_type"), Some(&Shape::Choice(&["major", "minor", "patch"])));
        assert!(
            matches!(at("git.processing_order"), Some(Shape::Choice(words)) if words.len() == 5)
        );
    }
}
