//! More names for templates: the context of the toolkit's actions, `github.payload.…` with it. What
//! stands there is of the run and its event, never of its variables.

use serde_json::Value;

use super::names::Names;

/// Variables of a runner by what the toolkit calls them.
const VARIABLES: &[(&str, &str)] = &[
    ("action", "GITHUB_ACTION"),
    ("actor", "GITHUB_ACTOR"),
    ("apiUrl", "GITHUB_API_URL"),
    ("api_url", "GITHUB_API_URL"),
    ("eventName", "GITHUB_EVENT_NAME"),
    ("graphqlUrl", "GITHUB_GRAPHQL_URL"),
    ("graphql_url", "GITHUB_GRAPHQL_URL"),
    ("job", "GITHUB_JOB"),
    ("ref", "GITHUB_REF"),
    ("runAttempt", "GITHUB_RUN_ATTEMPT"),
    ("runId", "GITHUB_RUN_ID"),
    ("runNumber", "GITHUB_RUN_NUMBER"),
    ("run_id", "GITHUB_RUN_ID"),
    ("serverUrl", "GITHUB_SERVER_URL"),
    ("sha", "GITHUB_SHA"),
    ("workflow", "GITHUB_WORKFLOW"),
];

/// Adds them: `env` reads a variable, `event` is the event. A text, number or truth of it is called
/// by its path, as `github.payload.commits.0.message`; `github.event` is the same.
pub fn add<'a>(names: &mut Names, env: impl Fn(&str) -> Option<&'a str>, event: &Value) {
    for (name, variable) in VARIABLES {
        if let Some(value) = env(variable) {
            names.insert(format!("github.{name}"), value.to_owned());
        }
    }
    for root in ["github.payload", "github.event"] {
        leaves(names, root.to_owned(), event);
    }
}

fn leaves(names: &mut Names, name: String, value: &Value) {
    let text = match value {
        Value::Object(map) => {
            return map
                .iter()
                .for_each(|(key, value)| leaves(names, format!("{name}.{key}"), value));
        }
        Value::Array(list) => {
            let list = list.iter().enumerate();
            return list.for_each(|(index, value)| leaves(names, format!("{name}.{index}"), value));
        }
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    names.insert(name, text);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_run_and_its_event_have_names_and_other_variables_none() {
        let mut names = Names::new();
        let env = |name: &str| match name {
            "GITHUB_REF" => Some("refs/heads/main"),
            "SLACK_TOKEN" => Some("xoxb-secret"),
            _ => None,
        };
        let event = json!({"number": 7, "commits": [{"message": "a {{ b }}"}], "none": null, "draft": false});
        add(&mut names, env, &event);
        let has = |name: &str| names.get(name).map(String::as_str);
        assert_eq!(has("github.ref"), Some("refs/heads/main"));
        assert_eq!(has("github.payload.number"), Some("7"));
        assert_eq!(has("github.event.commits.0.message"), Some("a {{ b }}"));
        assert_eq!(has("github.payload.none"), Some(""));
        assert_eq!(has("github.payload.draft"), Some("false"));
        assert!(!names.values().any(|value| value.contains("secret")));
        assert_eq!(has("github.action"), None);
    }
}
