//! From names to addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use launchway_base::Failure;
use tokio::time::{Instant, timeout_at};

use super::guard::literal;
use super::lookup::Lookups;
use crate::attempt::Fault;
use crate::foreign;
use crate::inputs::IpVersion;
use crate::reason::Reason;

/// Finds the addresses of names: given ones first, then the system's.
#[derive(Debug)]
pub(super) struct Resolver {
    given: Vec<Given>,
    lookups: Lookups,
    version: IpVersion,
}

/// A line of `resolve`.
#[derive(Debug, PartialEq, Eq)]
struct Given {
    /// `None` is every host.
    host: Option<String>,
    /// `None` is every port.
    port: Option<u16>,
    addresses: Vec<IpAddr>,
}

impl Resolver {
    /// Reads lines `host:port:address[,address]`.
    pub(super) fn new(lines: &[String], version: IpVersion) -> Result<Self, Failure> {
        let lines = lines.iter().flat_map(|value| value.lines()).map(str::trim);
        let given = lines.filter(|line| !line.is_empty()).map(given).collect::<Result<_, _>>()?;
        Ok(Self { given, lookups: Lookups::system(), version })
    }

    /// The addresses of a host in the system's order, without doubles, of the wanted family. Never empty.
    pub(super) async fn resolve(
        &self,
        host: &str,
        port: u16,
        until: Instant,
    ) -> Result<Vec<IpAddr>, Fault> {
        let shown = foreign::quote(host.as_bytes());
        let failed =
            |why: &str| Fault::new(Reason::DnsFailure, format!("`{shown}` has no address: {why}"));
        let found = if let Some(given) = self.given_for(host, port) {
            given.addresses.clone()
        } else if let Some(address) = literal(host) {
            vec![address]
        } else if is_localhost(host) {
            // The one name whose two addresses are known everywhere, whatever a hosts file forgets.
            vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]
        } else {
            let name = name(host).ok_or_else(|| failed("it is no host name"))?;
            match timeout_at(until, self.lookups.ask(&name)).await {
                Ok(Ok(found)) => found,
                Ok(Err(why)) => return Err(failed(&why)),
                Err(_) => return Err(failed("the name server did not answer in time")),
            }
        };
        let mut wanted: Vec<IpAddr> = Vec::new();
        for address in found.iter().map(IpAddr::to_canonical) {
            let fits = match self.version {
                IpVersion::Auto => true,
                IpVersion::V4 => address.is_ipv4(),
                IpVersion::V6 => address.is_ipv6(),
            };
            if fits && !wanted.contains(&address) {
                wanted.push(address);
            }
        }
        match (wanted.is_empty(), self.version, found.first()) {
            (false, ..) => Ok(wanted),
            (true, IpVersion::V4, Some(other)) => {
                Err(failed(&format!("none of IPv4, as `ip-version: 4` wants; it has {other}")))
            }
            (true, IpVersion::V6, Some(other)) => {
                Err(failed(&format!("none of IPv6, as `ip-version: 6` wants; it has {other}")))
            }
            _ => Err(failed("the name server knows the name, but no address of it")),
        }
    }

    /// The first line that fits, as with curl a named host before `*`.
    fn given_for(&self, host: &str, port: u16) -> Option<&Given> {
        let host = plain(host);
        let fits = |given: &&Given, named: bool| {
            given.port.is_none_or(|wanted| wanted == port)
                && match &given.host {
                    Some(wanted) => named && *wanted == host,
                    None => !named,
                }
        };
        let find = |named| self.given.iter().rev().find(|given| fits(given, named));
        find(true).or_else(|| find(false))
    }
}

/// A host as it is compared: in lower case, without brackets and the dot at the end.
fn plain(host: &str) -> String {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a name means this machine (RFC 6761).
fn is_localhost(host: &str) -> bool {
    let name = plain(host);
    name == "localhost" || name.ends_with(".localhost")
}

/// A name as name servers know it: international ones in their ASCII form.
fn name(host: &str) -> Option<String> {
    if host.is_empty() {
        return None;
    }
    match url::Host::parse(host).ok()? {
        url::Host::Domain(name) => Some(name),
        _ => None,
    }
}

/// Reads one line. A leading `+` (an entry that times out) and `-` (one less) of curl have no meaning here.
fn given(line: &str) -> Result<Given, Failure> {
    let bad = |why: &str| {
        Failure::input(format!("`{}` in `resolve` {why}", foreign::quote(line.as_bytes())))
            .with_hint("write `host:port:address`, such as `app.example:443:127.0.0.1`")
    };
    let form = || bad("is not of the form `host:port:address`");
    let rest = line.strip_prefix('+').unwrap_or(line);
    // A host in brackets has colons of its own.
    let split =
        if rest.starts_with('[') { rest.find(']').map(|at| at + 1) } else { rest.find(':') };
    let (host, rest) = split.and_then(|at| rest.split_at_checked(at)).ok_or_else(form)?;
    let (port, addresses) =
        rest.strip_prefix(':').and_then(|rest| rest.split_once(':')).ok_or_else(form)?;
    if host.is_empty() {
        return Err(form());
    }
    let port = match port.trim() {
        "*" => None,
        number => Some(number.parse().map_err(|_| bad("has a port that is no number"))?),
    };
    let addresses = addresses
        .split(',')
        .map(|text| {
            let text = text.trim();
            let bare =
                text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
            bare.parse().map_err(|_| bad("has an address that is none"))
        })
        .collect::<Result<_, _>>()?;
    let host = host.trim();
    Ok(Given { host: (host != "*").then(|| plain(host)), port, addresses })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn resolver(lines: &[&str], version: IpVersion) -> Resolver {
        let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        Resolver::new(&lines, version).unwrap()
    }

    async fn ask(resolver: &Resolver, host: &str, port: u16) -> Result<Vec<IpAddr>, Fault> {
        resolver.resolve(host, port, Instant::now() + Duration::from_secs(20)).await
    }

    #[tokio::test]
    async fn addresses_are_their_own_answer() {
        let plain = resolver(&[], IpVersion::Auto);
        for (host, address) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("0x7f.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(ask(&plain, host, 1).await, Ok(ips(&[address])), "{host}");
        }
        for host in ["localhost", "LOCALHOST", "localhost.", "app.localhost"] {
            assert_eq!(ask(&plain, host, 1).await, Ok(ips(&["::1", "127.0.0.1"])), "{host}");
        }
    }

    #[tokio::test]
    async fn the_family_is_chosen() {
        let four = resolver(&[], IpVersion::V4);
        assert_eq!(ask(&four, "localhost", 1).await, Ok(ips(&["127.0.0.1"])));
        let fault = ask(&four, "[::1]", 1).await.unwrap_err();
        assert_eq!(fault.reason, Reason::DnsFailure);
        assert!(fault.detail.contains("IPv4") && fault.detail.contains("::1"), "{fault:?}");
        let six = resolver(&[], IpVersion::V6);
        assert_eq!(ask(&six, "localhost", 1).await, Ok(ips(&["::1"])));
        assert_eq!(ask(&six, "127.0.0.1", 1).await.unwrap_err().reason, Reason::DnsFailure);
    }

    #[tokio::test]
    async fn given_addresses_win_as_with_curl() {
        let given = resolver(
            &[
                "*:*:192.0.2.9",
                "App.Example:443:192.0.2.1,[2001:db8::1]\n\n +app.example:*:192.0.2.2",
                "[::1]:80:192.0.2.3",
                "*:8080:192.0.2.4",
                "app.example:444:192.0.2.5",
            ],
            IpVersion::Auto,
        );
        for (host, port, wanted) in [
            ("app.example", 80, vec!["192.0.2.2"]),
            ("app.example.", 444, vec!["192.0.2.5"]),
            ("APP.example", 8080, vec!["192.0.2.2"]),
            ("::1", 80, vec!["192.0.2.3"]),
            ("other.example", 8080, vec!["192.0.2.4"]),
            ("other.example", 1, vec!["192.0.2.9"]),
        ] {
            assert_eq!(ask(&given, host, port).await, Ok(ips(&wanted)), "{host}:{port}");
        }
    }

    #[tokio::test]
    async fn what_is_no_name_is_said_to_be_none() {
        let plain = resolver(&[], IpVersion::Auto);
        for host in ["", "a b", "a/b", "a:80", "[::1", "\0", "a\nb"] {
            let fault = ask(&plain, host, 1).await.unwrap_err();
            assert_eq!(fault.reason, Reason::DnsFailure, "{host:?}");
            assert!(!fault.detail.contains('\n'));
        }
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_fails_with_the_systems_words() {
        let plain = resolver(&[], IpVersion::Auto);
        let fault = ask(&plain, "nothing-here.invalid", 80).await.unwrap_err();
        assert_eq!(fault.reason, Reason::DnsFailure);
        assert!(!fault.is_final, "a record may be on its way");
        assert!(fault.detail.starts_with("`nothing-here.invalid` has no address: "), "{fault:?}");
    }

    #[test]
    fn a_bad_line_is_named() {
        for line in [
            "x",
            "a:1",
            "a:x:1.2.3.4",
            "a:70000:1.2.3.4",
            "a:1:b",
            ":1:1.2.3.4",
            "[::1:1:::1",
            "a:1:",
        ] {
            let failure = Resolver::new(&[line.to_owned()], IpVersion::Auto).unwrap_err();
            assert_eq!(failure.kind().code(), 2, "{line}");
            assert!(failure.to_string().contains("resolve"), "{failure}");
        }
    }
}
