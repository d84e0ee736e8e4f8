//! `tcp://host:port`: something takes connections there. What it says is not asked.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use launchway_base::Failure;
use tokio::time::Instant;

use super::place::{self, Place};
use super::{Gives, Kind, Means, Probe};
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

    async fn run(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<(), Fault> {
        let (host, port) = (&self.0.host, self.0.port);
        let opened = means.net.open("tcp", host, port, until, &mut seen.timings).await?;
        (seen.address, seen.proxy) = (Some(opened.address), opened.proxy);
        Ok(())
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
        async move {
            let started = Instant::now();
            let mut seen = Observation { requests: 1, ..Observation::default() };
            seen.fault = self.run(means, until, &mut seen).await.err();
            seen.timings.total = started.elapsed();
            seen
        }
        .boxed()
    }
}
