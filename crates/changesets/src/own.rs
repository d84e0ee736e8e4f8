//! What the configuration says under `"launchway"`: additions that no peer knows.

use launchway_workspace::{Scope, TagPattern, Template, ecosystem};
use serde_json::Value;

/// The fields of `releaseTitle`.
pub(crate) const TITLE_FIELDS: [&str; 4] = ["name", "name-without-scope", "version", "tag"];

/// Our own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// `version` without changesets ends well, as it did in version 2 of the peer.
    pub nothing_to_version_succeeds: bool,
    /// Titles of Releases, with the name, version and tag filled in; the tag unless given.
    pub release_title: Option<Template>,
    /// Which packages there are.
    pub scope: Scope,
    /// Lock files follow the versions.
    pub lockfiles: bool,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            nothing_to_version_succeeds: false,
            scope: Scope::default(),
            lockfiles: true,
            release_title: None,
        }
    }
}

impl Own {
    /// The keys there are; `docs/schema/config.json` describes them.
    pub const KEYS: [&'static str; 6] =
        ["ecosystems", "lockfiles", "nothingToVersion", "releaseTitle", "tag", "workspaces"];

    /// The scope that the text of a configuration gives; the default where it cannot be read, which is
    /// complained about when it is read as a whole.
    pub fn scope_of(config: &str) -> Scope {
        let json: Value =
            serde_json::from_str(config.trim_start_matches('\u{feff}')).unwrap_or_default();
        let own = json.get("launchway").map(|value| Self::read(value, &mut Vec::new()));
        own.unwrap_or_default().scope
    }

    /// Reads the value of `"launchway"`, and reports every problem; each completes
    /// "`.changeset/config.json` …".
    pub(crate) fn read(value: &Value, problems: &mut Vec<String>) -> Self {
        let mut own = Self::default();
        let Some(map) = value.as_object() else {
            problems.push("has a `launchway` that is not an object".to_owned());
            return own;
        };
        for (key, value) in map {
            match (key.as_str(), value.as_str()) {
                ("nothingToVersion", Some("fail")) => {}
                ("nothingToVersion", Some("succeed")) => own.nothing_to_version_succeeds = true,
                ("nothingToVersion", _) => problems.push(
                    "has a `launchway.nothingToVersion` that is not \"fail\" or \"succeed\""
                        .to_owned(),
                ),
                ("lockfiles", _) => match value.as_bool() {
                    Some(follow) => own.lockfiles = follow,
                    None => problems
                        .push("has a `launchway.lockfiles` that is not true or false".to_owned()),
                },
                ("ecosystems", _) => own.scope.ecosystems = ecosystems(value, problems),
                ("tag", Some(text)) => match TagPattern::new(text) {
                    Ok(pattern) => own.scope.tags = Some(pattern),
                    Err(why) => problems.push(format!("has a `launchway.tag` that {why}")),
                },
                ("releaseTitle", Some(text)) if !text.trim().is_empty() => {
                    match Template::new(text, &TITLE_FIELDS) {
                        Ok(title) => own.release_title = Some(title),
                        Err(why) => {
                            problems.push(format!("has a `launchway.releaseTitle` that {why}"));
                        }
                    }
                }
                ("tag" | "releaseTitle", _) => {
                    problems.push(format!("has a `launchway.{key}` that is no text"));
                }
                ("workspaces", _) => match texts(value) {
                    Some(folders) => own.scope.folders = folders,
                    None => problems.push(
                        "has a `launchway.workspaces` that is not a list of folders".to_owned(),
                    ),
                },
                (unknown, _) => {
                    let near = launchway_base::nearest(unknown, Self::KEYS)
                        .map(|near| format!("; did you mean `{near}`?"));
                    problems.push(format!(
                        "has an unknown key `launchway.{unknown}`{}",
                        near.unwrap_or_default()
                    ));
                }
            }
        }
        own
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn ecosystems(value: &Value, problems: &mut Vec<String>) -> Option<Vec<String>> {
    let known: Vec<&str> = ecosystem::ALL.iter().map(|ecosystem| ecosystem.id()).collect();
    let given = texts(value).filter(|given| given.iter().all(|id| known.contains(&id.as_str())));
    if given.is_none() {
        let known: Vec<String> = known.iter().map(|id| format!("\"{id}\"")).collect();
        problems.push(format!(
            "has a `launchway.ecosystems` that is not a list of {}",
            known.join(" and ")
        ));
    }
    given
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_is_refused_with_the_nearest() {
        let read = |value: Value| {
            let mut problems = Vec::new();
            let own = Own::read(&value, &mut problems);
            (own.nothing_to_version_succeeds, problems.join(" | "))
        };
        assert_eq!(read(json!({})), (false, String::new()));
        assert_eq!(read(json!({ "nothingToVersion": "succeed" })), (true, String::new()));
        assert_eq!(read(json!({ "nothingToVersion": "fail" })), (false, String::new()));
        let slip = read(json!({ "nothingToVersio": "fail" })).1;
        assert!(slip.ends_with("did you mean `nothingToVersion`?"), "{slip}");
        assert!(read(json!({ "nothingToVersion": true })).1.contains("\"fail\" or \"succeed\""));
        assert!(read(json!([])).1.contains("not an object"));
        assert!(read(json!({ "ecosystems": ["pip"] })).1.contains("\"npm\" and \"cargo\""));
        assert!(read(json!({ "workspaces": "rust" })).1.contains("list of folders"));
    }

    #[test]
    fn names_of_tags_and_titles_of_releases() {
        let mut problems = Vec::new();
        let given = json!({ "tag": "{name}/v{version}", "releaseTitle": "{name} {version}" });
        let own = Own::read(&given, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(own.scope.tags.unwrap().tag("@a/b", "1.0.0"), "@a/b/v1.0.0");
        assert!(own.release_title.is_some());
        for (given, why) in [
            (json!({ "tag": "{name}" }), "`launchway.tag` that has no `{version}`"),
            (json!({ "tag": 1 }), "`launchway.tag` that is no text"),
            (json!({ "releaseTitle": "{versoin}" }), "`{versoin}`, which means nothing"),
            (json!({ "releaseTitle": " " }), "is no text"),
        ] {
            let mut problems = Vec::new();
            Own::read(&given, &mut problems);
            assert!(problems.join("|").contains(why), "{problems:?}");
        }
    }

    #[test]
    fn the_scope_is_known_before_the_rest_is_read() {
        let scope =
            Own::scope_of(r#"{"fixed":1,"launchway":{"ecosystems":["npm"],"workspaces":["a"]}}"#);
        assert_eq!(scope.ecosystems, Some(vec!["npm".to_owned()]));
        assert_eq!(scope.folders, ["a"]);
        assert_eq!(Own::scope_of("{"), Scope::default());
    }

    #[test]
    fn the_schema_knows_the_same_keys() {
        let schema: Value =
            serde_json::from_str(include_str!("../../../docs/schema/config.json")).unwrap();
        let keys = schema.pointer("/properties/launchway/properties").unwrap().as_object().unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), Own::KEYS.iter().collect::<Vec<_>>());
        assert_eq!(
            schema.pointer("/properties/launchway/additionalProperties"),
            Some(&json!(false))
        );
    }
}
