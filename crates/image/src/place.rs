//! How registries are reached: the inputs every verb that works on one has.

use std::time::Duration;

use clap::Args;
use launchway_base::parse_duration;

/// How registries are reached. Logins are those of the container tools: `docker login` and
/// credential helpers.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Registries, `host` or `host:port`, to speak plain HTTP with. Loopback needs no mention.
    #[arg(long, value_name = "HOST")]
    pub insecure_registry: Vec<String>,

    /// Time after which nothing new is started, such as `5m`.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    pub timeout: Duration,
}
