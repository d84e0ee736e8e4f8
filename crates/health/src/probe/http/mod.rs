//! `http://` and `https://`: HTTP/1.1, one connection for each request, nothing kept between looks.
//!
//! ```text
//! Trail (where, how, with what) ─► Net ─► Exchange: head ─► Trail::step ─► follow
//!                                                                       └► judge: body, decoded, bounded
//! ```

mod address;
pub mod encoding;
mod exchange;
mod redirect;
mod request;
mod tap;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::Full;
use tokio::time::Instant;
use url::Url;

use self::exchange::Exchange;
use self::redirect::{Step, Trail};
use super::{Conversation, Gives, Kind, Means, Probe, converse};
use crate::attempt::{Fault, Observation, Response, Timings};
use crate::net::Opened;
use crate::reason::Reason;

pub use request::RequestSpec;

/// What speaks HTTP.
pub const KIND: Kind = Kind {
    prefixes: &["http://", "https://"],
    example: "https://shop.example/health",
    parse: |text| {
        let (url, login) = address::parse(text)?;
        Ok(Box::new(Http { url, login }) as Box<dyn Probe>)
    },
};

/// A URL, and the login that stood in it.
#[derive(Debug)]
struct Http {
    url: Url,
    login: Option<HeaderValue>,
}

impl Probe for Http {
    fn shown(&self) -> String {
        address::shown(&self.url)
    }

    fn gives(&self) -> Gives {
        let certificate = self.url.scheme() == "https";
        Gives { status: true, headers: true, body: true, certificate }
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        converse(self, means, until)
    }
}

impl Conversation for Http {
    /// Asks, follows and reads. What is learned goes into `seen` as it is learned.
    async fn ask(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<(), Fault> {
        let spec = &means.request;
        let mut trail = Trail::new(
            self.url.clone(),
            spec.method.clone(),
            spec.all_headers(self.login.as_ref()),
            !spec.body.is_empty(),
            spec.follow,
            means.net.has_identity(),
        );
        loop {
            let (exchange, response) = ask(&trail, &spec.body, means, until, seen).await?;
            let location = response.headers().get(header::LOCATION).map(HeaderValue::as_bytes);
            // A redirect that leads nowhere is no answer to hold against the expectations.
            let words = match trail.step(response.status().as_u16(), location)? {
                Step::Follow => continue,
                Step::Judge(words) => words,
            };
            seen.note = words.or_else(|| trail.note());
            let (parts, kept, fault) =
                exchange.read(response, means.max_body_bytes, means.body_matters).await;
            seen.response = Some(answer(parts, kept));
            return fault.map_or(Ok(()), Err);
        }
    }
}

fn answer(parts: http::response::Parts, kept: exchange::Kept) -> Response {
    Response {
        status: Some(parts.status.as_u16()),
        headers: parts.headers,
        body: kept.bytes,
        body_is_cut: kept.is_cut,
    }
}

/// Connects and sends the request the trail has come to.
async fn ask(
    trail: &Trail,
    body: &Bytes,
    means: &Means,
    until: Instant,
    seen: &mut Observation,
) -> Result<(Exchange, http::Response<hyper::body::Incoming>), Fault> {
    let (url, net) = (&trail.url, &means.net);
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let timings = &mut seen.timings;
    let opened = net.open(url.scheme(), host, port, until, timings).await?;
    let Opened { mut stream, address, proxy, forward } = opened;
    (seen.address, seen.proxy) = (Some(address), proxy);
    if url.scheme() == "https" {
        let alpn: &[&[u8]] = &[b"http/1.1"];
        let secured = if trail.is_trusted {
            net.tls(stream, host, alpn, until, timings).await
        } else {
            net.tls_without_identity(stream, host, alpn, until, timings).await
        };
        let (secure, certificate) = secured?;
        seen.certificate = Some(certificate);
        stream = Box::new(secure);
    }
    let through = seen.proxy.as_deref().filter(|_| forward.is_some());
    let mut request = request(trail, body, forward.is_some()).map_err(|_| {
        Fault::new(Reason::ProtocolError, "the URL cannot be written into a request")
    })?;
    if let Some(login) = forward.and_then(|forward| forward.authorization) {
        request.headers_mut().insert(header::PROXY_AUTHORIZATION, login);
    }
    seen.requests += 1;
    let (exchange, response, first_byte) = Exchange::send(stream, request, until).await?;
    Timings::add(&mut seen.timings.first_byte, first_byte);
    if let Some(proxy) = through
        && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
    {
        let detail = format!("the proxy `{proxy}` refuses its login, or wants one: 407");
        return Err(Fault::new(Reason::AuthFailed, detail));
    }
    Ok((exchange, response))
}

/// The request itself; for a proxy with the whole URL.
fn request(
    trail: &Trail,
    body: &Bytes,
    is_forward: bool,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let url = &trail.url;
    let uri = if is_forward { address::whole(url) } else { address::target(url) };
    let body = if trail.has_body { body.clone() } else { Bytes::new() };
    let mut request =
        Request::builder().method(trail.method.clone()).uri(uri?).body(Full::new(body))?;
    *request.headers_mut() = trail.headers.clone();
    if !trail.headers.contains_key(header::HOST) {
        request.headers_mut().insert(header::HOST, address::host(url).parse()?);
    }
    Ok(request)
}
