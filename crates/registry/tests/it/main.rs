//! The client against the fake registry: what it asks, what it believes, what it never sends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod blobs;
mod hostile;
mod limits;
mod lists;
mod logins;
mod manifests;

use std::future::Future;
use std::time::Duration;

use launchway_base::{Deadline, Secret};
use launchway_http::{Client, Proxies, Settings};
use launchway_registry::{Login, Logins, Registry, Repository, Tag, Which};
use launchway_testkit::Recorded;
use launchway_testkit::oci::FakeRegistry;

fn run<F: Future>(future: F) -> F::Output {
    launchway_http::block_on(future).unwrap()
}

/// A client that gives up soon.
fn client(logins: Logins) -> Registry {
    client_within(logins, Duration::from_secs(20))
}

fn client_within(logins: Logins, total: Duration) -> Registry {
    let settings = Settings {
        timeout: Duration::from_secs(5),
        deadline: Deadline::after(total),
        proxies: Some(Proxies::default()),
        ..Settings::default()
    };
    Registry::new(Client::new(settings).unwrap(), logins, &[])
}

fn password(registry: &FakeRegistry, user: &str, password: &str) -> Logins {
    let login = Login::Password { username: user.to_owned(), password: Secret::new(password) };
    Logins::none().with(registry.host(), login)
}

fn repository(registry: &FakeRegistry, name: &str) -> Repository {
    registry.reference(name).parse().unwrap()
}

fn tag(text: &str) -> Which {
    Which::Tag(text.parse::<Tag>().unwrap())
}

fn lines(requests: &[Recorded]) -> Vec<String> {
    requests.iter().map(|one| format!("{} {}", one.line(), one.status)).collect()
}
