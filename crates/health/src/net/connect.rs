//! One connection out of several addresses: happy eyeballs (RFC 8305).

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::Connected;
use super::broken::words;
use crate::attempt::Fault;
use crate::foreign;
use crate::reason::Reason;

/// How long one address may be tried alone before the next is tried beside it; less where the time would not
/// reach for all of them.
const STAGGER: Duration = Duration::from_millis(250);
/// The least of it: more addresses than that are not worth a storm.
const LEAST: Duration = Duration::from_millis(10);
/// The most addresses a message names.
const NAMED: usize = 4;

/// Tries the addresses, families in turn, each [`STAGGER`] after the one before or as soon as that failed. The
/// first that connects wins.
pub(super) async fn race(
    host: &str,
    addresses: Vec<SocketAddr>,
    until: Instant,
) -> Result<Connected, Fault> {
    let mut waiting = VecDeque::from(interleave(addresses));
    let shares = u32::try_from(waiting.len()).unwrap_or(u32::MAX).saturating_add(1);
    let share = until.saturating_duration_since(Instant::now()) / shares;
    let stagger = share.clamp(LEAST, STAGGER);
    let mut running = FuturesUnordered::new();
    let mut tried = Vec::new();
    let mut failed = Vec::new();
    loop {
        if let Some(address) = waiting.pop_front() {
            tried.push(address);
            running.push(async move { (address, connect(address).await) });
        }
        let next = Instant::now() + stagger;
        let limit = if waiting.is_empty() { until } else { next.min(until) };
        match timeout_at(limit, running.next()).await {
            Ok(Some((address, Ok(stream)))) => {
                // Small questions, small answers: Nagle's algorithm would hold them back.
                let _ = stream.set_nodelay(true);
                return Ok(Connected { stream, address });
            }
            Ok(Some((address, Err(error)))) => {
                failed.push((address, error));
                if running.is_empty() && waiting.is_empty() {
                    return Err(all_failed(host, &failed));
                }
            }
            Ok(None) => return Err(all_failed(host, &failed)),
            Err(_) if Instant::now() >= until => return Err(too_late(host, &tried, &failed)),
            Err(_) => {}
        }
    }
}

/// Connects to one address. Where nothing listens on a port the system also gives to clients, it may give just
/// that one to us, and we would speak to ourselves: then nobody else is there.
async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    others(TcpStream::connect(address).await?)
}

fn others(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// The addresses with their families in turn, beginning with the family of the first.
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().map(SocketAddr::is_ipv6) else { return Vec::new() };
    let (mine, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first);
    let mut other = other.into_iter();
    let mut order = Vec::new();
    for address in mine {
        order.push(address);
        order.extend(other.next());
    }
    order.extend(other);
    order
}

fn all_failed(host: &str, failed: &[(SocketAddr, io::Error)]) -> Fault {
    let any = |kind: ErrorKind| failed.iter().any(|(_, error)| error.kind() == kind);
    // One that refuses is a machine that lives; one that is silent may be anything.
    let reason = if any(ErrorKind::ConnectionRefused) {
        Reason::ConnectionRefused
    } else if any(ErrorKind::ConnectionReset) || any(ErrorKind::ConnectionAborted) {
        Reason::Reset
    } else if any(ErrorKind::TimedOut) {
        Reason::ConnectTimeout
    } else {
        Reason::ConnectionRefused
    };
    let fault =
        Fault::new(reason, format!("{} cannot be connected to: {}", shown(host), list(failed)));
    // Too many open files here, in this process or on this machine.
    let is_own =
        |(_, error): &(SocketAddr, io::Error)| matches!(error.raw_os_error(), Some(23 | 24));
    if cfg!(unix) && failed.iter().any(is_own) { fault.and_own() } else { fault }
}

fn too_late(host: &str, tried: &[SocketAddr], failed: &[(SocketAddr, io::Error)]) -> Fault {
    let silent: Vec<_> = tried
        .iter()
        .filter(|address| failed.iter().all(|(other, _)| other != *address))
        .take(NAMED)
        .map(ToString::to_string)
        .collect();
    let mut detail = format!("{} does not connect in time: {} silent", shown(host), {
        let verb = if silent.len() == 1 { "is" } else { "are" };
        format!("{} {verb}", silent.join(", "))
    });
    if !failed.is_empty() {
        detail.push_str("; ");
        detail.push_str(&list(failed));
    }
    Fault::new(Reason::ConnectTimeout, detail)
}

fn shown(host: &str) -> String {
    format!("`{}`", foreign::quote(host.as_bytes()))
}

/// `connection refused (127.0.0.1:80, [::1]:80)`: the system's words, each once, with the addresses.
fn list(failed: &[(SocketAddr, io::Error)]) -> String {
    let mut grouped: Vec<(String, Vec<String>)> = Vec::new();
    for (address, error) in failed.iter().take(NAMED) {
        let (said, address) = (words(error), address.to_string());
        match grouped.iter_mut().find(|(known, _)| *known == said) {
            Some((_, addresses)) => addresses.push(address),
            None => grouped.push((said, vec![address])),
        }
    }
    let mut parts: Vec<_> = grouped
        .into_iter()
        .map(|(said, addresses)| format!("{said} ({})", addresses.join(", ")))
        .collect();
    if failed.len() > NAMED {
        parts.push(format!("and {} more", failed.len() - NAMED));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn families_take_turns() {
        let four = ["1.0.0.1:1", "1.0.0.2:1", "1.0.0.3:1"].map(at);
        let six = ["[1::1]:1", "[1::2]:1"].map(at);
        assert_eq!(
            interleave([&six[..], &four].concat()),
            [six[0], four[0], six[1], four[1], four[2]]
        );
        assert_eq!(
            interleave([&four[..], &six[..1]].concat()),
            [four[0], six[0], four[1], four[2]]
        );
        assert_eq!(interleave(vec![four[0]]), [four[0]]);
        assert_eq!(interleave(vec![]), []);
    }

    #[tokio::test]
    async fn a_connection_to_oneself_is_none() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(free).unwrap();
        // Systems without simultaneous opening refuse it themselves.
        let Ok(own) = socket.connect(free).await else { return };
        assert_eq!(own.local_addr().unwrap(), own.peer_addr().unwrap());
        assert_eq!(others(own).unwrap_err().kind(), ErrorKind::ConnectionRefused);

        let there = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        assert!(connect(there.local_addr().unwrap()).await.is_ok());
    }

    #[test]
    fn every_error_has_its_reason() {
        use ErrorKind as K;
        let fault = |kinds: &[ErrorKind]| {
            let failed: Vec<_> =
                kinds.iter().map(|kind| (at("192.0.2.1:80"), io::Error::from(*kind))).collect();
            all_failed("a.example", &failed)
        };
        for (kinds, reason) in [
            (vec![K::ConnectionRefused], Reason::ConnectionRefused),
            (vec![K::TimedOut, K::ConnectionRefused], Reason::ConnectionRefused),
            (vec![K::HostUnreachable, K::TimedOut], Reason::ConnectTimeout),
            (vec![K::TimedOut], Reason::ConnectTimeout),
            (vec![K::ConnectionReset, K::AddrNotAvailable], Reason::Reset),
            (vec![K::HostUnreachable], Reason::ConnectionRefused),
            (vec![K::NetworkUnreachable], Reason::ConnectionRefused),
            (vec![K::PermissionDenied], Reason::ConnectionRefused),
        ] {
            let fault = fault(&kinds);
            assert_eq!(fault.reason, reason, "{kinds:?}");
            assert!(fault.detail.contains("`a.example`"), "{fault:?}");
            assert!(!fault.is_final);
        }
        let unreachable = fault(&[K::NetworkUnreachable]);
        assert!(unreachable.detail.contains("network unreachable"), "{unreachable:?}");
    }

    #[test]
    fn a_message_names_a_few_addresses_and_counts_the_rest() {
        let refused = || io::Error::from_raw_os_error(111);
        let failed: Vec<_> =
            (1..=9).map(|n| (SocketAddr::from(([192, 0, 2, n], 80)), refused())).collect();
        let said = list(&failed);
        assert_eq!(
            said,
            "connection refused (192.0.2.1:80, 192.0.2.2:80, 192.0.2.3:80, 192.0.2.4:80); and 5 more"
        );
        let tried = [at("[::1]:80"), at("192.0.2.1:80")];
        let late = too_late("a.example", &tried, &failed[..1]);
        assert_eq!(
            late.detail,
            "`a.example` does not connect in time: [::1]:80 is silent; connection refused (192.0.2.1:80)"
        );
        assert_eq!(late.reason, Reason::ConnectTimeout);
    }
}
