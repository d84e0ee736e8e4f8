//! `grpc://HOST:PORT[/SERVICE]` and `grpcs://`: the standard health service, `grpc.health.v1.Health/Check`.
//!
//! One connection, one call, both ended politely. `headers` go along as metadata.

mod codec;
mod verdict;
mod watched;

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use launchway_base::Failure;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::place::{self, Place};
use super::{Conversation, Gives, Kind, Means, Probe, converse};
use crate::attempt::{Fault, Observation};
use crate::foreign::quote;
use crate::reason::Reason;
use verdict::Answer;
use watched::{Seen, Watched};

/// gRPC servers.
pub(super) const KIND: Kind = Kind {
    prefixes: &["grpc://", "grpcs://"],
    example: "grpc://localhost:50051/shop.Cart",
    parse: |text| Ok(Box::new(Grpc::parse(text)?)),
};

const PATH: &str = "/grpc.health.v1.Health/Check";
/// The most bytes of headers that are taken.
const HEADERS: u32 = 16 * 1024;
/// How long a polite end may take.
const FAREWELL: Duration = Duration::from_millis(50);
/// What belongs to the protocol and is no metadata.
const RESERVED: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// A server, or one of its services.
#[derive(Debug)]
struct Grpc {
    scheme: &'static str,
    place: Place,
    /// Host and port, as the server is called.
    authority: String,
    service: String,
}

impl Grpc {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::input(format!("the URL of a gRPC server {what}"))
                .with_hint(format!("write it as in `{}`", KIND.example))
        };
        let mut url = Url::parse(text).map_err(|error| wrong(&format!("is not one: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("has a login, which belongs into `headers`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has a `?` or `#`, and only a service may follow the port"));
        }
        let path = url.path().to_owned();
        // Otherwise the rest of a password with a `/` in it: no service is called so.
        if path.contains('@') {
            return Err(wrong("has an `@` behind its host, and a login belongs into `headers`"));
        }
        url.set_path("");
        let (scheme, usual) =
            if url.scheme() == "grpcs" { ("grpcs", Some(443)) } else { ("grpc", None) };
        let place = place::read(url.as_str(), scheme, usual)?;
        let authority = format!("{}:{}", place.host, place.port);
        if authority.parse::<http::uri::Authority>().is_err() {
            return Err(wrong("has a host that is none"));
        }
        let path = path.strip_prefix('/').unwrap_or_default();
        let service = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| wrong("has a service that is not UTF-8"))?
            .into_owned();
        Ok(Self { scheme, place, authority, service })
    }

    fn is_secure(&self) -> bool {
        self.scheme == "grpcs"
    }

    async fn call<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        means: &Means,
        until: Instant,
        observation: &mut Observation,
    ) -> Result<(), Fault> {
        let (stream, seen) = Watched::new(stream);
        let talk = async {
            let (client, connection) = h2::client::Builder::new()
                .enable_push(false)
                .max_header_list_size(HEADERS)
                .handshake::<_, Bytes>(stream)
                .await
                .map_err(|error| broken(&error, &seen, false))?;
            let mut connection = pin!(connection);
            let exchange = self.exchange(client, means, until, observation);
            let done = drive(exchange, connection.as_mut()).await;
            let is_begun = observation.timings.first_byte.is_some();
            let answer = done.map_err(|error| broken(&error, &seen, is_begun))??;
            // Without a call the connection says goodbye and ends by itself; how does not matter.
            let _ = timeout_at(until.min(Instant::now() + FAREWELL), connection).await;
            Ok(answer)
        };
        let answer = match timeout_at(until, talk).await {
            Ok(answer) => answer?,
            Err(_) => {
                let what = if observation.timings.first_byte.is_some() {
                    "the answer began and did not end in time"
                } else if seen.is_answered() {
                    "the server did not answer the call in time"
                } else {
                    "connected, and the server said nothing in time"
                };
                return Err(Fault::new(Reason::ResponseTimeout, what));
            }
        };
        observation.note = Some(verdict::judge(&self.service, &answer)?.to_owned());
        Ok(())
    }

    /// One call. Too long an answer is a fault of its own, in the inner result.
    async fn exchange(
        &self,
        client: SendRequest<Bytes>,
        means: &Means,
        until: Instant,
        observation: &mut Observation,
    ) -> Result<Result<Answer, Fault>, h2::Error> {
        let request = match self.request(means.request.user_headers(), until) {
            Ok(request) => request,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut client = client.ready().await?;
        let (response, mut body) = client.send_request(request, false)?;
        body.send_data(codec::request(&self.service).into(), true)?;
        observation.requests += 1;
        let sent = Instant::now();
        let response = response.await?;
        observation.timings.first_byte = Some(sent.elapsed());
        let (parts, mut stream) = response.into_parts();
        let mut answer =
            Answer { status: parts.status, headers: parts.headers, ..Answer::default() };
        if !read(&mut stream, &mut answer.body).await? {
            let detail = "the answer is far longer than a health status";
            return Ok(Err(Fault::new(Reason::ProtocolError, detail)));
        }
        answer.trailers = stream.trailers().await?.unwrap_or_default();
        Ok(Ok(answer))
    }

    fn request(&self, metadata: &HeaderMap, until: Instant) -> Result<Request<()>, Fault> {
        let bad = |what: String| Fault::new(Reason::ProtocolError, what).and_final();
        let authority = match metadata.get(header::HOST) {
            Some(host) => host.as_bytes(),
            None => self.authority.as_bytes(),
        };
        let uri = Uri::builder()
            .scheme(if self.is_secure() { "https" } else { "http" })
            .authority(authority)
            .path_and_query(PATH)
            .build()
            .map_err(|_| bad(format!("`{}` cannot be asked for", quote(authority))))?;
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static(concat!("launchway-health/", env!("CARGO_PKG_VERSION"))),
        );
        headers.insert("grpc-timeout", time_left(until.saturating_duration_since(Instant::now())));
        for name in metadata.keys().filter(|name| !RESERVED.contains(&name.as_str())) {
            headers.remove(name);
            for value in metadata.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        Ok(request)
    }
}

impl Probe for Grpc {
    fn shown(&self) -> String {
        let slash = if self.service.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.place.shown, quote(self.service.as_bytes()))
    }

    fn gives(&self) -> Gives {
        Gives { certificate: self.is_secure(), ..Gives::default() }
    }

    fn look<'a>(&'a self, means: &'a Means, until: Instant) -> BoxFuture<'a, Observation> {
        converse(self, means, until)
    }
}

impl Conversation for Grpc {
    async fn ask(
        &self,
        means: &Means,
        until: Instant,
        seen: &mut Observation,
    ) -> Result<(), Fault> {
        let (host, port, timings) = (&self.place.host, self.place.port, &mut seen.timings);
        let opened = means.net.open(self.scheme, host, port, until, timings).await?;
        seen.address = Some(opened.address);
        seen.proxy = opened.proxy;
        if self.is_secure() {
            let made = means.net.tls(opened.stream, host, &[b"h2"], until, timings).await?;
            seen.certificate = Some(made.1);
            self.call(made.0, means, until, seen).await
        } else {
            self.call(opened.stream, means, until, seen).await
        }
    }
}

/// Awaits a call while the connection under it is kept going.
async fn drive<T>(
    call: impl Future<Output = Result<T, h2::Error>>,
    mut connection: Pin<&mut (impl Future<Output = Result<(), h2::Error>> + ?Sized)>,
) -> Result<T, h2::Error> {
    let mut call = pin!(call);
    let mut ended = None;
    std::future::poll_fn(|context| {
        if ended.is_none()
            && let Poll::Ready(end) = connection.as_mut().poll(context)
        {
            ended = Some(end);
        }
        // Also after the end: what the connection brought before it may be a whole answer.
        let Poll::Ready(done) = call.as_mut().poll(context) else {
            return ended.take().map_or(Poll::Pending, |end| {
                Poll::Ready(Err(end.err().unwrap_or_else(|| h2::Reason::NO_ERROR.into())))
            });
        };
        Poll::Ready(match (done, ended.take()) {
            // A call only knows that its connection is gone; the connection was told why.
            (Err(error), Some(Err(why))) if why.is_remote() && !error.is_remote() => Err(why),
            (done, _) => done,
        })
    })
    .await
}

/// Reads a body to its end. False when there is more than belongs to a health status.
async fn read(stream: &mut RecvStream, body: &mut Vec<u8>) -> Result<bool, h2::Error> {
    while let Some(data) = stream.data().await {
        let data = data?;
        stream.flow_control().release_capacity(data.len())?;
        if body.len() + data.len() > codec::MOST {
            return Ok(false);
        }
        body.extend_from_slice(&data);
    }
    Ok(true)
}

/// The fault behind an error of HTTP/2.
fn broken(error: &h2::Error, seen: &Seen, is_begun: bool) -> Fault {
    if seen.is_http1() {
        let detail = "a server for HTTP/1 listens on this port, not one for gRPC";
        return Fault::new(Reason::ProtocolError, detail);
    }
    if error.is_remote()
        && let Some(reason) = error.reason()
    {
        return verdict::ended(reason, error.is_go_away());
    }
    // What was said comes before how the connection broke after it.
    if error.is_library() && seen.is_answered() {
        let detail = format!("the server does not speak HTTP/2: {error}");
        return Fault::new(Reason::ProtocolError, detail);
    }
    if let Some(fault) = seen.fault() {
        return fault;
    }
    let detail = if is_begun {
        "the connection was closed in the middle of the answer".to_owned()
    } else {
        "the connection was closed without an answer".to_owned()
    };
    Fault::new(Reason::ProtocolError, detail)
}

/// A `grpc-timeout`: at most eight digits and a unit.
fn time_left(left: Duration) -> HeaderValue {
    let milliseconds = left.as_millis().max(1);
    let text = if milliseconds < 100_000_000 {
        format!("{milliseconds}m")
    } else {
        format!("{}S", left.as_secs().min(99_999_999))
    };
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("1S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_server_and_service() {
        for (text, shown, host, port, service) in [
            ("grpc://LocalHost:50051", "grpc://localhost:50051", "localhost", 50051, ""),
            ("grpc://localhost:50051/", "grpc://localhost:50051", "localhost", 50051, ""),
            ("grpcs://h.example/a.B", "grpcs://h.example:443/a.B", "h.example", 443, "a.B"),
            ("grpc://[::1]:7/x%20y", "grpc://[::1]:7/x y", "[::1]", 7, "x y"),
            ("grpc://127.0.0.1:80/a/b", "grpc://127.0.0.1:80/a/b", "127.0.0.1", 80, "a/b"),
        ] {
            let grpc = Grpc::parse(text).unwrap();
            assert_eq!(grpc.shown(), shown);
            assert_eq!(
                (grpc.place.host.as_str(), grpc.place.port, grpc.service.as_str()),
                (host, port, service)
            );
        }
    }

    #[test]
    fn what_is_no_server_is_bad_input() {
        for (text, words) in [
            ("grpc://", "no host"),
            ("grpc://h", "no port"),
            ("grpc://h:0", "port 0"),
            ("grpc://h:99999", "is not one"),
            ("grpc://user:hunter44@h:1", "belongs into `headers`"),
            ("grpc://h:1/a?b", "only a service"),
            ("grpc://user:1/hunter44@h:1", "belongs into `headers`"),
            ("grpc://h:1/%ff", "not UTF-8"),
            ("grpc://a b:1", "is not one"),
            ("grpc:h:1", "no host"),
        ] {
            let error = Grpc::parse(text).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("hunter44"), "{text}: {error}");
        }
    }

    #[test]
    fn the_time_left_has_eight_digits_at_most() {
        for (left, text) in [
            (Duration::ZERO, "1m"),
            (Duration::from_millis(4500), "4500m"),
            (Duration::from_secs(100_000), "100000S"),
            (Duration::MAX, "99999999S"),
        ] {
            assert_eq!(time_left(left), text);
        }
    }
}
