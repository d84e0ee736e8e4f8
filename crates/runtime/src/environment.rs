//! The environment, read once.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use launchway_base::Failure;

/// An immutable snapshot of the environment's variables. An empty variable counts as not set,
/// because that is how a workflow passes what it does not have. Cheap to clone.
#[derive(Clone, Default)]
pub struct Environment {
    variables: Arc<BTreeMap<String, OsString>>,
}

impl Environment {
    /// The variables of this process. One whose name is not UTF-8 cannot be asked for and is left
    /// out.
    pub fn from_process() -> Self {
        Self::collect(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))),
        )
    }

    /// The given variables and no others; the last of two of the same name counts.
    pub fn from_pairs<N: Into<String>, V: Into<OsString>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self::collect(pairs.into_iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn collect(pairs: impl Iterator<Item = (String, OsString)>) -> Self {
        let variables = pairs.map(|(name, value)| (key(&name), value)).collect();
        Self { variables: Arc::new(variables) }
    }

    /// The value, `None` when it is missing, empty or not UTF-8. For switches like `NO_COLOR`;
    /// what a command depends on is asked for with [`Self::read`] or [`Self::require`].
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_os(name).and_then(OsStr::to_str)
    }

    /// The value as the system has it, `None` when it is missing or empty. For paths.
    pub fn get_os(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(&key(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The value, `None` when it is missing or empty.
    ///
    /// # Errors
    /// An input failure that names the variable when its value is not UTF-8.
    pub fn read(&self, name: &str) -> Result<Option<&str>, Failure> {
        let Some(value) = self.get_os(name) else { return Ok(None) };
        value.to_str().map(Some).ok_or_else(|| {
            Failure::input(format!("the environment variable `{name}` is not valid UTF-8"))
        })
    }

    /// The value.
    ///
    /// # Errors
    /// An input failure that names the variable when it is missing, empty or not UTF-8.
    pub fn require(&self, name: &str) -> Result<&str, Failure> {
        self.read(name)?.ok_or_else(|| {
            let failure = Failure::input(format!("the environment variable `{name}` is not set"));
            if name.starts_with("GITHUB_") || name.starts_with("RUNNER_") {
                failure.with_hint(format!(
                    "a GitHub Actions runner sets `{name}`; set it yourself to run elsewhere"
                ))
            } else {
                failure
            }
        })
    }

    /// Whether a GitHub Actions runner (or one that speaks its commands) reads our output.
    pub fn is_runner(&self) -> bool {
        self.get("GITHUB_ACTIONS") == Some("true")
    }

    /// Whether debug logging was asked for.
    pub fn is_debug(&self) -> bool {
        self.get("RUNNER_DEBUG") == Some("1")
    }

    /// The names of all variables, in order, empty ones included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }
}

// Values may be secrets: a debug print shows names only.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

fn key(name: &str) -> String {
    // Windows does not tell `Path` from `PATH`.
    if cfg!(windows) { name.to_uppercase() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_not_given() {
        let env = Environment::from_pairs([("A", "1"), ("B", "")]);
        assert_eq!((env.get("A"), env.get("B"), env.get("C")), (Some("1"), None, None));
        assert_eq!(env.read("B").unwrap(), None);
        let failure = env.require("GITHUB_SHA").unwrap_err();
        assert!(failure.to_string().contains("`GITHUB_SHA`"));
        assert!(failure.hint().unwrap().contains("runner"));
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_text_are_named() {
        use std::os::unix::ffi::OsStringExt;
        let env = Environment::from_pairs([("BAD", OsString::from_vec(vec![0xff, b'a']))]);
        assert_eq!(env.get("BAD"), None);
        assert!(env.read("BAD").unwrap_err().to_string().contains("`BAD`"));
        assert!(env.get_os("BAD").is_some());
    }

    #[test]
    fn a_debug_print_holds_no_value() {
        let env = Environment::from_pairs([("TOKEN", "swordfish")]);
        assert_eq!(format!("{env:?}"), r#"{"TOKEN"}"#);
    }
}
