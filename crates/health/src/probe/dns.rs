//! `dns:name`: a name that has an address. The addresses are the body, one per line.

use std::net::IpAddr;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use launchway_base::Failure;
use tokio::time::Instant;

use super::{Gives, Kind, Means, Probe};
use crate::attempt::{Fault, Observation, Response, Timings};
use crate::foreign;

/// Names.
pub(super) const KIND: Kind = Kind {
    prefixes: &["dns:"],
    example: "dns:shop.example",
    parse: |text| Ok(Box::new(Dns::parse(text)?)),
};

#[derive(Debug)]
struct Dns {
    name: String,
}

impl Dns {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::input(format!("a `dns:` target {what}"))
                .with_hint("write a name alone, as in `dns:shop.example`")
        };
        let name = text.get("dns:".len()..).unwrap_or_default().trim();
        if name.is_empty() {
            return Err(wrong("has no name"));
        }
        match url::Host::parse(name) {
            Ok(url::Host::Domain(name)) => Ok(Self { name }),
            Ok(_) => Err(wrong("is an address already")),
            Err(_) => Err(wrong("has a name that is none")),
        }
    }

    async fn run(&self, means: &Means, until: Instant) -> Result<Response, Fault> {
        // No port is asked for: of the lines of `resolve` those for every port fit.
        let mut addresses: Vec<IpAddr> = means.net.resolve(&self.name, 0, until).await?;
        // Name servers turn their lists round.
        addresses.sort_unstable();
        let lines: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        Ok(Response { body: lines.join("\n").into_bytes(), ..Response::default() })
    }
}

impl Probe for Dns {
    fn shown(&self) -> String {
        format!("dns:{}", foreign::quote(self.name.as_bytes()))
    }

    fn gives(&self) -> Gives {
        Gives { body: true, ..Gives::default() }
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        async move {
            let started = Instant::now();
            let found = self.run(means, until).await;
            let took = started.elapsed();
            let timings = Timings { dns: Some(took), total: took, ..Timings::default() };
            let (response, fault) = match found {
                Ok(response) => (Some(response), None),
                Err(fault) => (None, Some(fault)),
            };
            Observation { timings, requests: 1, response, fault, ..Observation::default() }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read() {
        assert_eq!(Dns::parse("dns: Shop.Example ").unwrap().shown(), "dns:shop.example");
        for text in [
            "dns:",
            "dns: ",
            "dns://shop.example",
            "dns:127.0.0.1",
            "dns:[::1]",
            "dns:a b",
            "dns:a:53",
        ] {
            let failure = Dns::parse(text).unwrap_err();
            assert_eq!(failure.kind().code(), 2, "{text}");
        }
    }
}
