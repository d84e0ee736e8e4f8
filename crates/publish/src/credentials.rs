//! Which credentials a package manager could find, for messages. Values are never kept.

use std::path::{Path, PathBuf};

use crate::CommandError;
use launchway_base::redact;

use crate::run::Runner;

/// Which credentials were there. Holds names of places only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The job may ask for an identity token, so npm can try trusted publishing.
    pub trusted_publishing: bool,
    /// Variables with a token that are set.
    pub variables: Vec<String>,
    /// Configuration files with a credential, such as `.npmrc (project)`.
    pub files: Vec<String>,
    /// Variables configuration files want a token from that are not set.
    pub unset: Vec<String>,
    /// Token variables that are set but no configuration file refers to.
    pub unused: Vec<String>,
}

/// Variables people put a token in.
const TOKEN_VARIABLES: [&str; 3] = ["NODE_AUTH_TOKEN", "NPM_TOKEN", "YARN_NPM_AUTH_TOKEN"];
/// Endings of keys that hold a credential.
const KEYS: [&str; 5] = ["_authToken", "_auth", "_password", "npmAuthToken", "npmAuthIdent"];

impl Credentials {
    /// Looks at the variables children get and at the configuration files of project and user.
    pub fn observe(runner: &Runner, root: &Path) -> Self {
        let home = runner.var("HOME").or_else(|| runner.var("USERPROFILE")).map(PathBuf::from);
        let user =
            runner.vars().find(|(name, _)| name.eq_ignore_ascii_case("npm_config_userconfig"));
        let user = user.map(|(_, file)| PathBuf::from(file));
        let places = [
            (".npmrc (project)", Some(root.join(".npmrc"))),
            (".npmrc (user)", user.or_else(|| home.as_ref().map(|home| home.join(".npmrc")))),
            (".yarnrc.yml (project)", Some(root.join(".yarnrc.yml"))),
            (".yarnrc.yml (user)", home.map(|home| home.join(".yarnrc.yml"))),
        ];
        let files: Vec<(&str, String)> = places
            .into_iter()
            .filter_map(|(label, file)| Some((label, std::fs::read_to_string(file?).ok()?)))
            .collect();
        Self::read(&runner.vars().collect::<Vec<_>>(), &files)
    }

    fn read(variables: &[(&str, &str)], files: &[(&str, String)]) -> Self {
        let set = |name: &str| variables.iter().any(|(n, value)| *n == name && !value.is_empty());
        let mut found = Self {
            trusted_publishing: set("NPM_ID_TOKEN")
                || (set("ACTIONS_ID_TOKEN_REQUEST_URL") && set("ACTIONS_ID_TOKEN_REQUEST_TOKEN")),
            ..Self::default()
        };
        let mut referred: Vec<&str> = Vec::new();
        for (label, text) in files {
            for value in text.lines().filter_map(credential) {
                let wanted = references(value);
                if wanted.is_empty() {
                    redact::register(value);
                }
                let missing: Vec<&&str> = wanted.iter().filter(|name| !set(name)).collect();
                if missing.is_empty() {
                    push_new(&mut found.files, label);
                }
                for name in missing {
                    push_new(&mut found.unset, name);
                }
                referred.extend(wanted);
            }
        }
        for name in TOKEN_VARIABLES.into_iter().filter(|name| set(name)) {
            // Yarn reads its variable itself, the others are only read through a file.
            let is_used = name.starts_with("YARN_") || referred.contains(&name);
            push_new(if is_used { &mut found.variables } else { &mut found.unused }, name);
        }
        let direct = variables.iter().filter(|(name, value)| {
            let name = name.to_ascii_lowercase();
            name.starts_with("npm_config_") && name.ends_with("_authtoken") && !value.is_empty()
        });
        for (name, _) in direct {
            push_new(&mut found.variables, name);
        }
        found
    }

    /// Whether nothing was there that a registry could accept.
    pub fn is_empty(&self) -> bool {
        !self.trusted_publishing && self.variables.is_empty() && self.files.is_empty()
    }

    /// What was tried and what is missing, as one sentence for a hint.
    pub fn describe(&self) -> String {
        let mut parts = vec![if self.trusted_publishing {
            "trusted publishing (OIDC) was available (it needs npm 11.5.1 or newer and a trusted publisher \
             registered for the package)"
                .to_owned()
        } else {
            "trusted publishing (OIDC) was not available (the job needs `permissions: id-token: write`)".to_owned()
        }];
        let list = |names: &[String]| {
            names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
        };
        if !self.files.is_empty() {
            parts.push(format!("a credential stands in {}", list(&self.files)));
        }
        if !self.variables.is_empty() {
            parts.push(format!("{} is set", list(&self.variables)));
        }
        if !self.unset.is_empty() {
            parts.push(format!(
                "a configuration file wants {}, which is not set",
                list(&self.unset)
            ));
        }
        if !self.unused.is_empty() {
            parts.push(format!(
                "{} is set, but no `.npmrc` refers to it (`actions/setup-node` with `registry-url` writes one)",
                list(&self.unused)
            ));
        }
        if self.files.is_empty()
            && self.variables.is_empty()
            && self.unused.is_empty()
            && self.unset.is_empty()
        {
            parts.push("no token was found in `NODE_AUTH_TOKEN` or any `.npmrc`".to_owned());
        }
        format!("credentials: {}", parts.join("; "))
    }

    /// Whether an error is of the kind missing or wrong credentials explain.
    pub fn explain(error: &CommandError) -> bool {
        const CODES: [&str; 8] =
            ["ENEEDAUTH", "E401", "E403", "E404", "EOTP", "YN0033", "YN0041", "EINVALIDNPMTOKEN"];
        let said = error.message.as_deref().unwrap_or_default().to_ascii_lowercase();
        error.code.as_deref().is_some_and(|code| CODES.contains(&code) || code.ends_with("_401"))
            || ["401", "403", "unauthorized", "forbidden", "authenticat", "log in", "logged in"]
                .iter()
                .any(|word| said.contains(word))
    }
}

fn push_new(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}

/// The value of a line that sets a credential, of `.npmrc` or `.yarnrc.yml`.
fn credential(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    // Keys of `.npmrc` hold colons (`//host/:_authToken=…`), so `=` is looked for first.
    let (key, value) = line
        .split_once('=')
        .filter(|(key, _)| ends_with_key(key))
        .or_else(|| line.split_once(": "))?;
    let value = value.trim().trim_matches(['"', '\'']);
    (ends_with_key(key) && !value.is_empty()).then_some(value)
}

fn ends_with_key(key: &str) -> bool {
    let key = key.trim().trim_matches(['"', '\'']);
    KEYS.iter().any(|known| {
        key.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with(':'))
    })
}

/// Names in `${NAME}`, `${NAME-default}` and `${NAME?}`, those with a default left out.
fn references(value: &str) -> Vec<&str> {
    value
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.trim_end_matches('?'))
        .filter(|name| !name.contains('-'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], npmrc: &str) -> Credentials {
        Credentials::read(variables, &[(".npmrc (project)", npmrc.to_owned())])
    }

    #[test]
    fn what_was_tried_and_what_is_missing_is_said() {
        let npmrc = "registry=http://r.example/\n//r.example/:_authToken=${NODE_AUTH_TOKEN}\n";
        let id = [("ACTIONS_ID_TOKEN_REQUEST_URL", "u"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")];
        for (variables, npmrc, parts) in [
            (&[][..], "", &["was not available", "id-token: write", "no token was found"][..]),
            (&[], npmrc, &["wants `NODE_AUTH_TOKEN`, which is not set"]),
            (
                &[("NODE_AUTH_TOKEN", "swordfish")],
                npmrc,
                &["stands in `.npmrc (project)`", "`NODE_AUTH_TOKEN` is set"],
            ),
            (
                &[("NPM_TOKEN", "swordfish")],
                "; //r/:_authToken=x\n",
                &["`NPM_TOKEN` is set, but no `.npmrc` refers to it"],
            ),
            (&[], "//r.example/:_authToken=swordfish", &["stands in `.npmrc (project)`"]),
            (
                &[("npm_config_//r.example/:_authToken", "swordfish")],
                "",
                &["`npm_config_//r.example/:_authToken` is set"],
            ),
            (&id, "", &["was available", "11.5.1"]),
        ] {
            let text = read(variables, npmrc).describe();
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
            assert!(!text.contains("swordfish"), "{text}");
        }
        assert!(read(&[], "").is_empty());
        assert!(!read(&id, "").is_empty());
    }

    #[test]
    fn credential_lines_of_both_formats_are_known() {
        for (line, value) in [
            ("//h/:_authToken=abc", Some("abc")),
            ("_auth = abc", Some("abc")),
            ("//h/:_password=\"x=y\"", Some("x=y")),
            ("npmAuthToken: \"${NPM_TOKEN}\"", Some("${NPM_TOKEN}")),
            ("  npmAuthToken: x", Some("x")),
            ("//h/:_authToken=", None),
            ("#//h/:_authToken=abc", None),
            ("registry=http://h/?_authToken=1", None),
            ("my_authToken=abc", None),
        ] {
            assert_eq!(credential(line), value, "{line}");
        }
        assert_eq!(references("${A}${B-x}${C?}"), ["A", "C"]);
    }

    #[test]
    fn only_refusals_are_explained_by_credentials() {
        let error = |code: Option<&str>, message: &str| {
            Credentials::explain(&CommandError::new(
                code.map(str::to_owned),
                Some(message.to_owned()),
            ))
        };
        assert!(error(Some("ENEEDAUTH"), ""));
        assert!(error(None, "403 Forbidden - PUT"));
        assert!(error(Some("ERR_PNPM_FETCH_401"), "x"));
        assert!(!error(Some("ENOTFOUND"), "no such host"));
        assert!(!error(None, "prepublishOnly failed"));
    }
}
