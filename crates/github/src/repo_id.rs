//! Which repository.

use std::fmt;
use std::str::FromStr;

/// `owner/name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoId {
    /// The user or organisation.
    pub owner: String,
    /// The repository's name.
    pub name: String,
}

/// A text that is not `owner/name`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a repository; write `owner/name`")]
pub struct RepoIdError {
    text: String,
}

impl RepoId {
    /// The path of the repository below the API's address, as in `/repos/o/n`.
    pub(crate) fn path(&self) -> String {
        format!("/repos/{}/{}", self.owner, self.name)
    }
}

impl FromStr for RepoId {
    type Err = RepoIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match text.trim().split_once('/') {
            Some((owner, name)) if good(owner) && good(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err(RepoIdError { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::RepoId;

    #[test]
    fn only_owner_and_name() {
        let id: RepoId = "acme/tools.js".parse().unwrap();
        assert_eq!((id.owner.as_str(), id.name.as_str()), ("acme", "tools.js"));
        assert_eq!(id.to_string(), "acme/tools.js");
        for bad in [
            "",
            "acme",
            "acme/",
            "/x",
            "a/b/c",
            "a b/c",
            "acme/..",
            "acme/x?y",
            "https://github.example/a/b",
        ] {
            assert!(bad.parse::<RepoId>().is_err(), "{bad}");
        }
    }
}
