//! The kinds of targets: one file each, and one line in [`KINDS`].

mod dns;
mod exec;
mod grpc;
pub mod http;
mod line;
mod login;
mod mysql;
mod place;
mod postgres;
mod redis;
mod tcp;
mod tls;

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use launchway_base::Failure;
use tokio::time::Instant;

use crate::attempt::{Fault, Observation};
use crate::net::Net;

/// Which expectations a kind of target can have.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of a kind")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gives {
    /// A status.
    pub status: bool,
    /// Headers.
    pub headers: bool,
    /// A body.
    pub body: bool,
    /// A certificate.
    pub certificate: bool,
}

/// What every probe of a run may use.
#[derive(Debug)]
pub struct Means {
    /// The way to targets.
    pub net: Net,
    /// What is asked of `http` targets.
    pub request: http::RequestSpec,
    /// The most bytes of a body that are kept, decoded.
    pub max_body_bytes: usize,
    /// Whether anything is expected of bodies: then one over the limit is a fault.
    pub body_matters: bool,
    /// Variables that commands do not get.
    pub hidden_env: Vec<String>,
}

/// A way to look at one target.
pub trait Probe: Debug + Send + Sync {
    /// The target, to be shown: without password, key or token.
    fn shown(&self) -> String;

    /// Which expectations it can have.
    fn gives(&self) -> Gives;

    /// Looks once, and is done by `until` whatever the other side does.
    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation>;
}

/// What most kinds do at a look: talk to the other side until the first fault.
trait Conversation: Sync {
    /// Talks, and notes what it sees on the way.
    fn ask(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// A look that is a conversation. What was seen before a fault is kept.
fn converse<'a>(
    with: &'a impl Conversation,
    means: &'a Means,
    until: Instant,
) -> BoxFuture<'a, Observation> {
    Box::pin(async move {
        let started = Instant::now();
        let mut seen = Observation::default();
        seen.fault = with.ask(means, until, &mut seen).await.err();
        seen.timings.total = started.elapsed();
        seen
    })
}

/// A kind of target.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What its URLs begin with, the colon included.
    pub prefixes: &'static [&'static str],
    /// How one is written, for messages.
    pub example: &'static str,
    /// Reads one. Its errors speak of the URL without showing secrets.
    pub parse: fn(&str) -> Result<Box<dyn Probe>, Failure>,
}

/// All kinds there are.
pub const KINDS: &[Kind] = &[
    http::KIND,
    exec::KIND,
    grpc::KIND,
    tcp::KIND,
    tls::KIND,
    dns::KIND,
    mysql::KIND,
    postgres::KIND,
    redis::KIND,
];
