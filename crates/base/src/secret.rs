//! A text that cannot be printed.

use std::fmt;
use std::str::FromStr;

use crate::redact;

/// A secret. Printing it gives `***`; making it masks it in the runner's log and in our own.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text as secret from here on. Surrounding blanks are dropped: they come from files
    /// and pasted values, and no token has any.
    pub fn new(text: impl Into<String>) -> Self {
        let text: String = text.into().trim().to_owned();
        redact::register(&text);
        Self(text)
    }

    /// The same with every blank kept: passwords may begin or end with one.
    pub fn verbatim(text: impl Into<String>) -> Self {
        let text = text.into();
        redact::register(&text);
        Self(text)
    }

    /// One whose text is no secret, such as the password `postgres` of the user `postgres`: masking it
    /// would blot out that word for the rest of the job. It is not printed either. Blanks are kept.
    pub fn unmasked(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;
    use crate::redact::redact;

    #[test]
    fn a_secret_cannot_be_printed() {
        let secret = Secret::new(" ghs_swordfish\n");
        assert_eq!(format!("{secret} {secret:?}"), "*** Secret(***)");
        assert_eq!(secret.expose(), "ghs_swordfish");
        assert_eq!(redact("token ghs_swordfish leaked"), "token *** leaked");
        assert_eq!(Secret::verbatim(" hunter2 ").expose(), " hunter2 ");
        assert_eq!(redact("password hunter2"), "password ***");
        assert_eq!(format!("{}", Secret::unmasked("postgres")), "***");
        assert_eq!(redact("postgres://"), "postgres://");
    }
}
