//! Through the proxies of the environment.

use std::fmt;

use http::HeaderValue;
use launchway_base::Secret;
use launchway_http::ProxyServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::{Connected, Forward, Net, Opened, Stream, broken, guard};
use crate::attempt::{Fault, Timings};
use crate::foreign;
use crate::reason::Reason;

/// The most bytes of the head of a proxy's answer.
const MOST_HEAD: usize = 16 * 1024;

/// A proxy. Its text is its URL without the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy(ProxyServer);

impl Proxy {
    pub(super) fn new(server: ProxyServer) -> Self {
        Self(server)
    }

    /// The value of `Proxy-Authorization`. For the proxy only.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let login = self.0.authorization.as_ref().map(Secret::expose)?;
        let mut value = HeaderValue::from_str(login).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.0.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.0.host, self.0.port)
    }
}

/// A connection to the proxy itself, secure if its URL says so. The target is checked as far as its text tells.
async fn reach(
    net: &Net,
    proxy: &Proxy,
    host: &str,
    until: Instant,
    timings: &mut Timings,
) -> Result<Opened, Fault> {
    if !net.allow_link_local {
        guard::check_name(host)?;
    }
    let Connected { stream, address } = net
        .connect(&proxy.0.host, proxy.0.port, until, timings)
        .await
        .map_err(|fault| by(proxy, fault).and_own())?;
    let stream: Stream = if proxy.0.secure {
        let (stream, _) = net
            .tls_without_identity(stream, &proxy.0.host, &[b"http/1.1"], until, timings)
            .await
            .map_err(|fault| by(proxy, fault).and_own())?;
        Box::new(stream)
    } else {
        Box::new(stream)
    };
    Ok(Opened { stream, address, proxy: Some(proxy.to_string()), forward: None })
}

/// A connection for requests that the proxy passes on.
pub(super) async fn forward(
    net: &Net,
    proxy: &Proxy,
    host: &str,
    until: Instant,
    timings: &mut Timings,
) -> Result<Opened, Fault> {
    let forward = Some(Forward { authorization: proxy.authorization() });
    Ok(Opened { forward, ..reach(net, proxy, host, until, timings).await? })
}

/// A connection through the proxy to the target.
pub(super) async fn tunnel(
    net: &Net,
    proxy: &Proxy,
    host: &str,
    port: u16,
    until: Instant,
    timings: &mut Timings,
) -> Result<Opened, Fault> {
    let shown = foreign::quote(host.as_bytes());
    // Nothing but a host gets into the request.
    let target = guard::literal(host).map_or_else(
        || url::Host::parse(host).map(|host| format!("{host}:{port}")),
        |address| Ok(std::net::SocketAddr::new(address, port).to_string()),
    );
    let target = target.map_err(|_| {
        Fault::new(Reason::DnsFailure, format!("`{shown}` has no address: it is no host name"))
    })?;
    let mut opened = reach(net, proxy, host, until, timings).await?;
    let started = Instant::now();
    let answer = timeout_at(until, connect(&mut opened.stream, proxy, &target)).await;
    Timings::add(&mut timings.connect, started.elapsed());
    match answer {
        Ok(Ok(())) => Ok(opened),
        Ok(Err(fault)) => Err(by(proxy, fault)),
        Err(_) => Err(by(
            proxy,
            Fault::new(Reason::ConnectTimeout, format!("no way to `{target}` in time")),
        )),
    }
}

/// Asks for the way and reads the answer, and not a byte more: what follows is the target's.
async fn connect(stream: &mut Stream, proxy: &Proxy, target: &str) -> Result<(), Fault> {
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(login) = &proxy.0.authorization {
        request.push_str("Proxy-Authorization: ");
        request.push_str(login.expose());
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| broken(&error))?;
    stream.flush().await.map_err(|error| broken(&error))?;
    let (mut head, mut passed) = (Vec::new(), 0);
    loop {
        let mut byte = [0];
        let read = stream.read(&mut byte).await.map_err(|error| broken(&error))?;
        if read == 0 || passed + head.len() >= MOST_HEAD {
            let what = if read == 0 { "closes the connection" } else { "answers without end" };
            let detail = format!("it {what} when asked for the way to `{target}`");
            return Err(Fault::new(Reason::ProtocolError, detail));
        }
        head.extend_from_slice(&byte);
        if !head.ends_with(b"\n\r\n") && !head.ends_with(b"\n\n") {
            continue;
        }
        // What comes before an answer is none.
        if !matches!(status(&foreign::quote(&head)), Some(100..=199)) {
            return judge(&head, target, proxy.0.authorization.is_some());
        }
        passed += std::mem::take(&mut head).len();
    }
}

/// The status of an answer's first line.
fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .filter(|word| word.len() == 3)
        .and_then(|word| word.parse().ok())
}

/// What the head of an answer to `CONNECT` means.
fn judge(head: &[u8], target: &str, has_login: bool) -> Result<(), Fault> {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let said = foreign::quote(line);
    let Some(status) = status(&said) else {
        return Err(Fault::new(
            Reason::ProtocolError,
            format!("it does not answer as a proxy: `{said}`"),
        ));
    };
    let said = said.split_once(' ').map_or("", |(_, rest)| rest);
    let (reason, what) = match status {
        200..=299 => return Ok(()),
        407 if has_login => (Reason::AuthFailed, "it refuses the login"),
        407 => (Reason::AuthFailed, "it wants a login, and its variable has none"),
        504 => (Reason::ConnectTimeout, "it got no connection in time"),
        _ => (Reason::ConnectionRefused, "it refuses the way"),
    };
    let fault = Fault::new(reason, format!("{what} to `{target}`: {said}"));
    // With these it does not even try.
    Err(if matches!(status, 403 | 407) { fault.and_own() } else { fault })
}

/// The fault, named as the proxy's.
fn by(proxy: &Proxy, mut fault: Fault) -> Fault {
    fault.detail = format!("the proxy `{proxy}`: {}", fault.detail);
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_its_reason() {
        let judged = |head: &str, login| judge(head.as_bytes(), "a.example:443", login);
        assert_eq!(judged("HTTP/1.1 200 Connection established\r\n\r\n", false), Ok(()));
        assert_eq!(judged("HTTP/1.0 200\r\n\r\n", false), Ok(()));
        for (head, login, reason, part) in [
            ("HTTP/1.1 407 Proxy Auth\r\n\r\n", false, Reason::AuthFailed, "wants a login"),
            ("HTTP/1.1 407 Proxy Auth\r\n\r\n", true, Reason::AuthFailed, "refuses the login"),
            (
                "HTTP/1.1 502 Bad Gateway\r\n\r\n",
                true,
                Reason::ConnectionRefused,
                "502 Bad Gateway",
            ),
            ("HTTP/1.1 503 Down\r\n\r\n", true, Reason::ConnectionRefused, "503 Down"),
            ("HTTP/1.1 403 No\x1b[1m\r\n\r\n", true, Reason::ConnectionRefused, "403 No[1m"),
            ("HTTP/1.1 504 Slow\r\n\r\n", true, Reason::ConnectTimeout, "504 Slow"),
            ("SSH-2.0-x\r\n\r\n", true, Reason::ProtocolError, "SSH-2.0-x"),
            ("HTTP/1.1 2000 x\r\n\r\n", true, Reason::ProtocolError, "2000"),
            ("\r\n\r\n", true, Reason::ProtocolError, "not answer as a proxy"),
        ] {
            let fault = judged(head, login).unwrap_err();
            assert_eq!(fault.reason, reason, "{head:?}");
            assert!(fault.detail.contains(part), "{fault:?}");
        }
    }
}
