//! How registries are reached: the inputs every verb that works on one has.

use std::time::Duration;

use clap::Args;
use launchway_base::{Deadline, Failure, Secret, parse_duration};
use launchway_http::{Client, Settings};
use launchway_registry::{Logins, Registry};
use launchway_runtime::Session;

/// How registries are reached. Logins are those of the container tools: `docker login` and
/// credential helpers.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Registries, `host` or `host:port`, to speak plain HTTP with. Loopback needs no mention.
    #[arg(long, value_name = "HOST")]
    pub insecure_registry: Vec<String>,

    /// Token for `ghcr.io`, where no login is found for it. It needs `packages: write`. Unless given,
    /// that of the variable `GITHUB_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    pub github_token: Option<Secret>,

    /// Time after which nothing new is started, such as `5m`.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    pub timeout: Duration,
}

impl Place {
    /// The client for the registries, with the logins of the environment and the deadline of the
    /// command.
    ///
    /// # Errors
    /// The proxies or root certificates of the environment cannot be used; an entry of
    /// `insecure-registry` is no host.
    pub fn registry(&self, session: &Session) -> Result<Registry, Failure> {
        self.registry_within(session, self.timeout)
    }

    /// The same with another deadline, counted from now.
    ///
    /// # Errors
    /// As for [`Self::registry`].
    pub fn registry_within(
        &self,
        session: &Session,
        timeout: Duration,
    ) -> Result<Registry, Failure> {
        let settings = Settings { deadline: Deadline::after(timeout), ..Settings::default() };
        let insecure: Vec<String> = self
            .insecure_registry
            .iter()
            .flat_map(|list| list.lines())
            .map(|host| host.trim().to_owned())
            .filter(|host| !host.is_empty())
            .collect();
        insecure.iter().try_for_each(|host| is_host(host))?;
        let logins = Logins::from_env(|name| match (&self.github_token, name) {
            (Some(token), "GITHUB_TOKEN") => Some(token.expose().to_owned()),
            _ => session.env().get(name).map(str::to_owned),
        });
        Ok(Registry::new(Client::new(settings)?, logins, &insecure))
    }
}

fn is_host(text: &str) -> Result<(), Failure> {
    if text.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c)) {
        return Ok(());
    }
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let bare = bare.split('/').next().unwrap_or_default();
    let hint = if bare == text || bare.is_empty() || is_host(bare).is_err() {
        "write HOST or HOST:PORT, one per line".to_owned()
    } else {
        format!("write `{bare}`")
    };
    Err(Failure::input(format!("`insecure-registry`: `{}` is no host", text.escape_debug()))
        .with_hint(hint))
}
