//! Labels and annotations: what the repository says, and what the user says besides.

use std::collections::HashMap;

use launchway_base::Failure;

use super::sight::Sight;
use crate::words::label_order;

/// Labels by key, in the order they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Vec<(String, String)>);

impl Labels {
    /// The standard labels of an image with this version, and those of the entries over them. An
    /// entry without `=` is dropped.
    ///
    /// # Errors
    /// An entry is no template.
    pub fn new(sight: &Sight<'_>, version: &str, entries: &[String]) -> Result<Self, Failure> {
        let repository = &sight.snapshot.repository;
        let created = created(sight.snapshot.now);
        let standard = [
            ("title", repository.name.as_str()),
            ("description", &repository.description),
            ("url", &repository.url),
            ("source", &repository.url),
            ("version", version),
            ("created", &created),
            ("revision", &sight.snapshot.sha),
            ("licenses", &repository.license),
        ];
        let mut labels: Vec<(String, String)> = standard
            .iter()
            .map(|(key, value)| (format!("org.opencontainers.image.{key}"), (*value).to_owned()))
            .collect();
        let mut places: HashMap<String, usize> =
            labels.iter().enumerate().map(|(place, (key, _))| (key.clone(), place)).collect();
        for entry in entries {
            let text = sight.render(entry)?;
            let Some((key, value)) = text.split_once('=') else {
                sight.warn(format!("`{entry}` is no label, it lacks a `=`: write `key=value`"));
                continue;
            };
            match places.get(key).and_then(|place| labels.get_mut(*place)) {
                Some((_, old)) => value.clone_into(old),
                None => {
                    places.insert(key.to_owned(), labels.len());
                    labels.push((key.to_owned(), value.to_owned()));
                }
            }
        }
        labels.sort_by(|(a, _), (b, _)| label_order::compare(a, b));
        Ok(Self(labels))
    }

    /// Each as `key=value`.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    /// As the fields of a JSON object: values end with their first line, and keys that are whole
    /// numbers come first, as in JavaScript.
    pub fn fields(&self) -> serde_json::Map<String, serde_json::Value> {
        let (mut numbered, named): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|(key, _)| index(key).is_some());
        numbered.sort_by_key(|(key, _)| index(key));
        numbered
            .into_iter()
            .chain(named)
            .map(|(key, value)| {
                let end = value.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(value.len());
                (key.clone(), value.get(..end).unwrap_or_default().into())
            })
            .collect()
    }
}

/// The number of a key that JavaScript takes for an index.
fn index(key: &str) -> Option<u32> {
    let number: u32 = key.parse().ok()?;
    (number != u32::MAX && number.to_string() == key).then_some(number)
}

/// A moment as JavaScript writes it, to the millisecond.
fn created(now: jiff::Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_numbers_first_and_values_of_one_line() {
        let pairs =
            [("b", "1\n2"), ("10", "x"), ("9", "y"), ("09", "z"), ("a", ""), ("4294967295", "w")];
        let labels = Labels(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        let object = serde_json::Value::Object(labels.fields());
        assert_eq!(
            object.to_string(),
            r#"{"9":"y","10":"x","b":"1","09":"z","a":"","4294967295":"w"}"#
        );
    }

    #[test]
    fn the_moment_has_milliseconds() {
        for (given, expected) in [
            ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000Z"),
            ("2026-11-21T12:00:00.5006Z", "2026-11-21T12:00:00.500Z"),
        ] {
            assert_eq!(created(given.parse().unwrap()), expected);
        }
    }
}
