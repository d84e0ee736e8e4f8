//! Which runner builds which platform, and where its layers are kept. Pure.

use std::collections::BTreeSet;

use launchway_base::Failure;
use serde::Serialize;
use serde_json::{Map, Value};

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
    /// The label of the runner.
    pub runner: String,
    /// Whether the runner is of another kind.
    pub emulated: bool,
    /// What the builder reads layers from; empty for nothing.
    pub cache_from: String,
    /// What the builder writes layers to; empty for nothing.
    pub cache_to: String,
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
    let mut seen = BTreeSet::new();
    for name in names {
        let shown = name.escape_debug();
        if !is_platform(name) {
            problems.push(
                Failure::input(format!("`platforms`: `{shown}` is no platform"))
                    .with_hint("platforms are names like linux/arm64"),
            );
        } else if !seen.insert(name) {
            problems.push(Failure::input(format!("`platforms`: `{shown}` is named twice")));
        }
    }
    let mut rows = Vec::new();
    match object(runners) {
        Err(failure) => problems.push(failure),
        Ok(runners) => {
            for name in seen {
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
    let own = runners.get(platform).filter(|runner| !runner.is_null());
    let found = own.or_else(|| runners.get(EMULATOR).filter(|_| qemu));
    let Some(found) = found.filter(|runner| !runner.is_null()) else {
        let hint = if qemu {
            "name one in `runners`, or one for linux/amd64 that emulates it"
        } else {
            "name one in `runners`, or set `qemu: true`"
        };
        return Err(Failure::input(format!("there is no runner for `{platform}`")).with_hint(hint));
    };
    let Some(runner) = found.as_str().map(str::trim).filter(|runner| !runner.is_empty()) else {
        return Err(Failure::input(format!(
            "`runners` has no name of a runner for `{platform}`, but {found}"
        ))
        .with_hint("write the label of a runner, such as \"ubuntu-24.04-arm\""));
    };
    Ok(Row {
        platform: platform.to_owned(),
        id: id(platform),
        runner: runner.to_owned(),
        emulated: own.is_none(),
        cache_from: String::new(),
        cache_to: String::new(),
    })
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
        let rows: Vec<_> =
            rows.iter().map(|row| (row.id.as_str(), row.runner.as_str(), row.emulated)).collect();
        let wanted = [
            ("linux-s390x", "ubuntu", true),
            ("linux-arm64", "arm", false),
            ("linux-amd64", "ubuntu", false),
            ("linux-arm-v7", "ubuntu", true),
        ];
        assert_eq!(rows, wanted);
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
            (r#"{"linux/amd64": ["a"]}"#, "no name of a runner"),
        ] {
            let said = rows(&names(&["linux/amd64"]), runners, true).unwrap_err();
            assert!(said[0].to_string().contains(wanted), "{runners}: {said:?}");
        }
        let many: Vec<_> = (0..257).map(|n| format!("linux/a{n}")).collect();
        assert!(rows(&many, r#"{"linux/amd64": "x"}"#, true).is_err());
        assert!(rows(&[], RUNNERS, true).is_err());
    }
}
