//! Which runner builds which platform, and where its layers are kept. Pure.

use std::collections::BTreeMap;

use launchway_base::Failure;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::push::known_platform;

/// The most jobs a matrix holds.
const MOST: usize = 256;
/// The platform whose runner emulates others.
const EMULATOR: &str = "linux/amd64";

/// A row of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// As in `linux/arm64`.
    pub platform: String,
    /// The same as a part of a file's name.
    pub id: String,
    /// The runner, as `runs-on` takes it: a label, a list of labels, or a group.
    pub runner: Value,
    /// Whether the runner is of another kind.
    pub emulated: bool,
    /// What the builder reads layers from; empty for nothing.
    pub cache_from: String,
    /// What the builder writes layers to; empty for nothing.
    pub cache_to: String,
}

impl Row {
    /// The runner in words: its label, or what `runs-on` says.
    pub(super) fn runner_name(&self) -> String {
        self.runner.as_str().map_or_else(|| self.runner.to_string(), str::to_owned)
    }
}

/// A platform as a part of a file's name.
pub fn id(platform: &str) -> String {
    platform.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// The rows, without caches, in the order the platforms are named.
///
/// # Errors
/// All that is wrong with the platforms and runners.
pub fn rows(names: &[String], runners: &str, qemu: bool) -> Result<Vec<Row>, Vec<Failure>> {
    let mut problems = Vec::new();
    if names.is_empty() {
        problems
            .push(Failure::input("`platforms` is empty").with_hint("write at least `linux/amd64`"));
    }
    if names.len() > MOST {
        problems.push(Failure::input(format!(
            "`platforms` names {}, and a matrix holds at most {MOST} jobs",
            names.len()
        )));
    }
    let mut seen = BTreeMap::new();
    for name in names {
        let shown = name.escape_debug();
        if !is_platform(name) {
            problems.push(
                Failure::input(format!("`platforms`: `{shown}` is no platform"))
                    .with_hint("platforms are names like linux/arm64"),
            );
        } else if let Some(other) = seen.insert(known_platform(name), name) {
            // Two images for one kind of machine cannot be published as one.
            let said = if other == name {
                format!("`platforms`: `{shown}` is named twice")
            } else {
                format!("`platforms`: `{other}` and `{shown}` are the same")
            };
            problems.push(Failure::input(said));
        }
    }
    let mut rows = Vec::new();
    match object(runners) {
        Err(failure) => problems.push(failure),
        Ok(runners) => {
            for name in seen.into_values() {
                match row(name, &runners, qemu) {
                    Ok(row) => rows.push(row),
                    Err(failure) => problems.push(failure),
                }
            }
        }
    }
    let place = |row: &Row| names.iter().position(|name| *name == row.platform);
    rows.sort_by_key(place);
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn object(runners: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(runners).map_err(|error| {
        Failure::input("`runners` is no JSON object")
            .with_hint(r#"write `{"linux/amd64": "ubuntu-24.04"}`"#)
            .caused_by(error)
    })
}

fn row(platform: &str, runners: &Map<String, Value>, qemu: bool) -> Result<Row, Failure> {
    let named = |name: &str| runners.get(name).filter(|runner| !runner.is_null());
    // What is another name of the platform has its runner, too.
    let is_same = |name: &&String| known_platform(name) == known_platform(platform);
    let own = named(platform).or_else(|| runners.keys().filter(is_same).find_map(|it| named(it)));
    let Some(found) = own.or_else(|| named(EMULATOR).filter(|_| qemu)) else {
        let hint = if qemu {
            "name one in `runners`, or one for linux/amd64 that emulates it"
        } else {
            "name one in `runners`, or set `qemu: true`"
        };
        return Err(Failure::input(format!("there is no runner for `{platform}`")).with_hint(hint));
    };
    let Some(runner) = runner(found) else {
        return Err(Failure::input(format!(
            "`runners` has no name of a runner for `{platform}`, but {found}"
        ))
        .with_hint(
            r#"write a label, a list of labels, or a group: "ubuntu-24.04-arm", ["self-hosted", "arm64"], {"group": "large"}"#,
        ));
    };
    Ok(Row {
        platform: platform.to_owned(),
        id: id(platform),
        runner,
        emulated: own.is_none(),
        cache_from: String::new(),
        cache_to: String::new(),
    })
}

/// What `runs-on` takes: a label, a list of labels, or a group, with labels or without.
fn runner(found: &Value) -> Option<Value> {
    let Value::Object(fields) = found else { return labels(found) };
    let runner: Option<Map<String, Value>> = fields
        .iter()
        .map(|(key, value)| {
            let value = match key.as_str() {
                "group" => value.as_str().and_then(label)?,
                "labels" => labels(value)?,
                _ => return None,
            };
            Some((key.clone(), value))
        })
        .collect();
    runner.filter(|fields| !fields.is_empty()).map(Value::Object)
}

fn labels(found: &Value) -> Option<Value> {
    match found {
        Value::String(text) => label(text),
        Value::Array(texts) if !texts.is_empty() => {
            texts.iter().map(|text| text.as_str().and_then(label)).collect()
        }
        _ => None,
    }
}

fn label(text: &str) -> Option<Value> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(Value::from)
}

/// `os/architecture` or `os/architecture/variant`.
fn is_platform(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9'))
    };
    let parts: Vec<_> = name.split('/').collect();
    matches!(parts.len(), 2 | 3) && parts.into_iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNERS: &str = r#"{"linux/amd64": "ubuntu", "linux/arm64": "arm", "linux/s390x": null}"#;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn each_platform_has_its_runner_in_the_order_given() {
        let all = names(&["linux/s390x", "linux/arm64", "linux/amd64", "linux/arm/v7"]);
        let rows = rows(&all, RUNNERS, true).unwrap();
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.id.as_str(), row.runner.as_str().unwrap(), row.emulated))
            .collect();
        let wanted = [
            ("linux-s390x", "ubuntu", true),
            ("linux-arm64", "arm", false),
            ("linux-amd64", "ubuntu", false),
            ("linux-arm-v7", "ubuntu", true),
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn a_runner_is_all_that_runs_on_takes() {
        for (given, wanted) in [
            (r#"" a ""#, r#""a""#),
            (r#"["self-hosted", " arm64"]"#, r#"["self-hosted","arm64"]"#),
            (r#"{"group": "large"}"#, r#"{"group":"large"}"#),
            (r#"{"group": "g", "labels": ["x"]}"#, r#"{"group":"g","labels":["x"]}"#),
            (r#"{"labels": "x"}"#, r#"{"labels":"x"}"#),
        ] {
            let runners = format!(r#"{{"linux/amd64": {given}}}"#);
            let rows = rows(&names(&["linux/amd64"]), &runners, false).unwrap();
            assert_eq!(rows[0].runner.to_string(), wanted, "{given}");
        }
    }

    /// They would be refused when they are pushed, after all was built.
    #[test]
    fn one_platform_under_two_names_is_one() {
        for (a, b) in [
            ("linux/arm64", "linux/arm64/v8"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/arm/v7", "linux/arm"),
        ] {
            let said = rows(&names(&[a, b]), RUNNERS, true).unwrap_err();
            let wanted = format!("`platforms`: `{a}` and `{b}` are the same");
            assert_eq!(said[0].to_string(), wanted);
        }
        let rows = rows(&names(&["linux/arm64/v8", "linux/arm/v6"]), RUNNERS, true).unwrap();
        assert_eq!((rows[0].runner.as_str(), rows[0].emulated), (Some("arm"), false));
        assert!(rows[1].emulated);
        assert_eq!(rows[0].platform, "linux/arm64/v8");
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let all =
            names(&["linux/amd64;id", "linux/arm64", "linux/arm64", "linux/riscv64", "linux"]);
        let said: Vec<_> =
            rows(&all, RUNNERS, false).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "`platforms`: `linux/amd64;id` is no platform",
                "`platforms`: `linux/arm64` is named twice",
                "`platforms`: `linux` is no platform",
                "there is no runner for `linux/riscv64`",
            ]
        );
        for (runners, wanted) in [
            ("[]", "no JSON object"),
            ("", "no JSON object"),
            (r#"{"linux/amd64": 5}"#, "but 5"),
            (r#"{"linux/amd64": " "}"#, "but \" \""),
            (r#"{"linux/amd64": []}"#, "but []"),
            (r#"{"linux/amd64": ["a", ["b"]]}"#, "no name of a runner"),
            (r#"{"linux/amd64": ["a", " "]}"#, "no name of a runner"),
            (r#"{"linux/amd64": {}}"#, "but {}"),
            (r#"{"linux/amd64": {"group": ["a"]}}"#, "no name of a runner"),
            (r#"{"linux/amd64": {"label": "a"}}"#, "no name of a runner"),
        ] {
            let said = rows(&names(&["linux/amd64"]), runners, true).unwrap_err();
            assert!(said[0].to_string().contains(wanted), "{runners}: {said:?}");
        }
        let many: Vec<_> = (0..257).map(|n| format!("linux/a{n}")).collect();
        assert!(rows(&many, r#"{"linux/amd64": "x"}"#, true).is_err());
        assert!(rows(&[], RUNNERS, true).is_err());
    }
}
