//! `tls://host[:port]`: a server with a certificate that is trusted, for this name and in its time.

use futures_util::future::BoxFuture;
use launchway_base::Failure;
use tokio::time::Instant;

use super::place::{self, Place};
use super::{Conversation, Gives, Kind, Means, Probe, converse};
use crate::attempt::{Fault, Observation};

/// Certificates.
pub(super) const KIND: Kind = Kind {
    prefixes: &["tls://"],
    example: "tls://shop.example:443",
    parse: |text| Ok(Box::new(Tls::parse(text)?)),
};

#[derive(Debug)]
struct Tls(Place);

impl Tls {
    fn parse(text: &str) -> Result<Self, Failure> {
        place::read(text, "tls", Some(443)).map(Self)
    }
}

impl Probe for Tls {
    fn shown(&self) -> String {
        self.0.shown.clone()
    }

    fn gives(&self) -> Gives {
        Gives { certificate: true, ..Gives::default() }
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        converse(self, means, until)
    }
}

impl Conversation for Tls {
    async fn ask(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<(), Fault> {
        seen.requests = 1;
        let (host, port) = (&self.0.host, self.0.port);
        let opened = means.net.open("tls", host, port, until, &mut seen.timings).await?;
        (seen.address, seen.proxy) = (Some(opened.address), opened.proxy);
        let shown = means.net.certificate(opened.stream, host, until, &mut seen.timings).await?;
        seen.certificate = Some(shown);
        Ok(())
    }
}
