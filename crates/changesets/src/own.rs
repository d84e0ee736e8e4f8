//! What the configuration says under `"launchway"`: additions that no peer knows.

use serde_json::Value;

/// Our own settings. Each is off unless it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// `version` without changesets ends well, as it did in version 2 of the peer.
    pub nothing_to_version_succeeds: bool,
}

impl Own {
    /// The keys there are; `docs/schema/config.json` describes them.
    pub const KEYS: [&'static str; 1] = ["nothingToVersion"];

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
