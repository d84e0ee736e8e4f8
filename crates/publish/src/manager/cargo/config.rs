//! What Cargo's configuration says about registries: which one is the default, and whether there is
//! a credential for one. Values are kept out of messages.

use std::path::{Path, PathBuf};

use launchway_base::redact;
use toml::{Table, Value};

use crate::run::Runner;

/// What Cargo itself calls the registry that needs no configuration.
const BUILT_IN: &str = "crates-io";

/// Files and variables, the stronger first.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    files: Vec<(&'static str, Table)>,
    variables: Vec<(String, String)>,
}

impl Config {
    /// Reads the files Cargo reads for a workspace: from its root upwards, then those of
    /// `CARGO_HOME`. A file Cargo could not read is left to Cargo to complain about.
    pub(super) fn observe(runner: &Runner, root: &Path) -> Self {
        let home = runner.var("CARGO_HOME").map(PathBuf::from).or_else(|| {
            let user = runner.var("HOME").or_else(|| runner.var("USERPROFILE"))?;
            Some(Path::new(user).join(".cargo"))
        });
        let mut places: Vec<(&'static str, PathBuf)> = Vec::new();
        for folder in root.ancestors().map(|folder| folder.join(".cargo")) {
            if Some(&folder) != home.as_ref() {
                places.push((".cargo/config.toml (project)", folder.join("config.toml")));
            }
        }
        if let Some(home) = &home {
            places.push(("credentials.toml (user)", home.join("credentials.toml")));
            places.push(("credentials (user)", home.join("credentials")));
            places.push(("config.toml (user)", home.join("config.toml")));
        }
        let files = places.into_iter().filter_map(|(label, file)| {
            Some((label, std::fs::read_to_string(file).ok()?.parse().ok()?))
        });
        let variables = runner
            .vars()
            .filter(|(name, value)| name.starts_with("CARGO_REGISTR") && !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self { files: files.collect(), variables }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The registry Cargo takes where none is named.
    pub(super) fn default_registry(&self) -> &str {
        let said = self.variable("CARGO_REGISTRY_DEFAULT");
        let written = || {
            self.files.iter().find_map(|(_, file)| file.get("registry")?.get("default")?.as_str())
        };
        said.or_else(written).unwrap_or(BUILT_IN)
    }

    /// Where a credential for the registry is, for people; `None` when there is none.
    pub(super) fn credential(&self, registry: &str) -> Option<String> {
        let names = [token_variable(registry), provider_variable(registry)];
        let set = names.into_iter().find(|name| self.variable(name).is_some());
        if let Some(name) = set {
            return Some(format!("`{name}` is set"));
        }
        self.files
            .iter()
            .find_map(|(label, file)| {
                let table = table_of(file, registry)?;
                if let Some(token) = table.get("token").and_then(Value::as_str) {
                    redact::register(token);
                    return Some(format!("a token stands in cargo's `{label}`"));
                }
                let asks = ["credential-provider", "secret-key"]
                    .iter()
                    .any(|key| table.get(*key).is_some());
                asks.then(|| format!("cargo's `{label}` names a credential provider"))
            })
            .or_else(|| {
                let global = "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS";
                if self.variable(global).is_some() {
                    return Some(format!("`{global}` is set"));
                }
                self.files.iter().find_map(|(label, file)| {
                    let providers =
                        file.get("registry")?.get("global-credential-providers")?.as_array()?;
                    // The one that only reads cargo's own files has been looked into already.
                    let other = |provider: &Value| provider.as_str() != Some("cargo:token");
                    providers
                        .iter()
                        .any(other)
                        .then(|| format!("cargo's `{label}` names a credential provider"))
                })
            })
    }
}

fn table_of<'a>(file: &'a Table, registry: &str) -> Option<&'a Value> {
    if registry == BUILT_IN { file.get("registry") } else { file.get("registries")?.get(registry) }
}

/// Whether Cargo knows the registry without configuration.
pub(super) fn is_built_in(registry: &str) -> bool {
    registry == BUILT_IN
}

/// The variable Cargo reads the registry's token from.
pub(super) fn token_variable(registry: &str) -> String {
    variable(registry, "TOKEN")
}

fn provider_variable(registry: &str) -> String {
    variable(registry, "CREDENTIAL_PROVIDER")
}

fn variable(registry: &str, what: &str) -> String {
    if is_built_in(registry) {
        return format!("CARGO_REGISTRY_{what}");
    }
    format!("CARGO_REGISTRIES_{}_{what}", registry.to_uppercase().replace('-', "_"))
}

/// The key of the setting that makes Cargo ask only its own files for a registry's credential.
pub(super) fn provider_setting(registry: &str) -> String {
    if is_built_in(registry) {
        "registry.credential-provider=[\"cargo:token\"]".to_owned()
    } else {
        format!("registries.{registry}.credential-provider=[\"cargo:token\"]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)], file: &str) -> Config {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Config {
            files: vec![("config.toml (user)", file.parse().unwrap())],
            variables: variables.iter().map(own).collect(),
        }
    }

    #[test]
    fn the_default_registry_is_cargos() {
        assert_eq!(config(&[], "").default_registry(), "crates-io");
        assert_eq!(config(&[], "registry.default = \"mine\"").default_registry(), "mine");
        let set = config(&[("CARGO_REGISTRY_DEFAULT", "yours")], "registry.default = \"mine\"");
        assert_eq!(set.default_registry(), "yours");
    }

    #[test]
    fn credentials_are_found_where_cargo_finds_them_and_never_shown() {
        for (variables, file, registry, said) in [
            (&[][..], "", "crates-io", None),
            (
                &[("CARGO_REGISTRY_TOKEN", "swordfish")],
                "",
                "crates-io",
                Some("`CARGO_REGISTRY_TOKEN` is set"),
            ),
            (&[("CARGO_REGISTRY_TOKEN", "swordfish")], "", "mine", None),
            (
                &[("CARGO_REGISTRIES_MY_OWN_TOKEN", "swordfish")],
                "",
                "my-own",
                Some("`CARGO_REGISTRIES_MY_OWN_TOKEN` is set"),
            ),
            (
                &[],
                "registry.token = \"swordfish\"",
                "crates-io",
                Some("a token stands in cargo's `config.toml (user)`"),
            ),
            (&[], "registry.token = \"swordfish\"", "mine", None),
            (
                &[],
                "registries.mine.token = \"swordfish\"",
                "mine",
                Some("a token stands in cargo's `config.toml (user)`"),
            ),
            (
                &[],
                "registries.mine.credential-provider = \"x\"",
                "mine",
                Some("cargo's `config.toml (user)` names a credential provider"),
            ),
            (&[], "registry.global-credential-providers = [\"cargo:token\"]", "mine", None),
            (
                &[],
                "registry.global-credential-providers = [\"cargo:libsecret\"]",
                "mine",
                Some("cargo's `config.toml (user)` names a credential provider"),
            ),
        ] {
            let found = config(variables, file).credential(registry);
            assert_eq!(found.as_deref(), said, "{registry} {file}");
        }
    }
}
