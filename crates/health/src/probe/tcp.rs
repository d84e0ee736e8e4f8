//! `tcp://host:port`: something takes connections there. What it says is not asked.

use futures_util::future::BoxFuture;
use launchway_base::Failure;
use tokio::time::Instant;

use super::place::{self, Place};
use super::{Conversation, Gives, Kind, Means, Probe, converse};
use crate::attempt::{Fault, Observation};

/// Ports.
pub(super) const KIND: Kind = Kind {
    prefixes: &["tcp://"],
    example: "tcp://db.example:5432",
    parse: |text| Ok(Box::new(Tcp::parse(text)?)),
};

#[derive(Debug)]
struct Tcp(Place);

impl Tcp {
    fn parse(text: &str) -> Result<Self, Failure> {
        place::read(text, "tcp", None).map(Self)
    }
}

impl Probe for Tcp {
    fn shown(&self) -> String {
        self.0.shown.clone()
    }

    fn gives(&self) -> Gives {
        Gives::default()
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        converse(self, means, until)
    }
}

impl Conversation for Tcp {
    async fn ask(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<(), Fault> {
        seen.requests = 1;
        let (host, port) = (&self.0.host, self.0.port);
        let opened = means.net.open("tcp", host, port, until, &mut seen.timings).await?;
        (seen.address, seen.proxy) = (Some(opened.address), opened.proxy);
        Ok(())
    }
}
