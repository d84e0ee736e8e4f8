//! What a child process must not inherit.

use crate::{Environment, mask};

/// Variables that carry a credential by their name alone. A `*` stands for anything.
const CREDENTIALS: &[&str] = &[
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "CARGO_REGISTRIES_*_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GH_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITHUB_PAT",
    "GITHUB_TOKEN",
    "NODE_AUTH_TOKEN",
    "NPM_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_WEBHOOK_URL",
    "*_PASSWORD",
    "*_SECRET",
    "*_TOKEN",
];

/// The names of the variables to take out of a child's environment
/// (`Command::env_remove`): always `LAUNCHWAY_INPUTS` and `INPUT_*`; and, unless `keep` names them,
/// every variable that carries a credential by its name or holds a secret this process knows.
/// A name in `keep` may hold one `*`; `"*"` alone keeps all but the inputs, for a script of the
/// user's that was given its variables on purpose.
pub fn hidden_from_children(env: &Environment, keep: &[&str]) -> Vec<String> {
    let kept = |name: &str| keep.iter().any(|pattern| matches(pattern, name));
    let credential = |name: &str| {
        CREDENTIALS.iter().any(|pattern| matches(pattern, name))
            || env.get_os(name).is_some_and(|value| mask::holds_secret(&value.to_string_lossy()))
    };
    env.names()
        .filter(|name| is_input(name) || (credential(name) && !kept(name)))
        .map(str::to_owned)
        .collect()
}

fn is_input(name: &str) -> bool {
    name == "LAUNCHWAY_INPUTS" || name.starts_with("INPUT_")
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use launchway_base::Secret;

    use super::*;

    #[test]
    fn children_see_neither_inputs_nor_tokens() {
        let _secret = Secret::new("a-secret-for-the-child-test");
        let env = Environment::from_pairs([
            ("PATH", "/bin"),
            ("HOME", "/root"),
            ("LAUNCHWAY_INPUTS", "{}"),
            ("INPUT_TITLE", "x"),
            ("INPUT_GITHUB-TOKEN", "x"),
            ("GITHUB_TOKEN", "x"),
            ("NPM_TOKEN", "x"),
            ("ACME_DEPLOY_TOKEN", "x"),
            ("ODD", "https://x:a-secret-for-the-child-test@host"),
        ]);
        let hidden = hidden_from_children(&env, &["NPM_TOKEN", "INPUT_TITLE", "ACME_*"]);
        assert_eq!(
            hidden,
            ["GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "INPUT_TITLE", "LAUNCHWAY_INPUTS", "ODD"]
        );
        assert_eq!(
            hidden_from_children(&env, &["*"]),
            ["INPUT_GITHUB-TOKEN", "INPUT_TITLE", "LAUNCHWAY_INPUTS"]
        );
    }
}
