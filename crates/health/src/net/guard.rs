//! Which addresses are never asked: link-local ones and the metadata services of clouds, which give
//! credentials to whoever asks from inside.
//!
//! Loopback and private addresses are asked: service containers and runners in a company's network live
//! there. `0.0.0.0` and `::` mean this machine and are asked too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::attempt::Fault;
use crate::reason::Reason;

/// Names of metadata services, for the way through a proxy, which looks names up itself.
const NAMES: &[&str] = &[
    "instance-data.ec2.internal",
    "metadata.goog",
    "metadata.google.internal",
    "metadata.oraclecloud.com",
    "metadata.tencentyun.com",
];

/// Whether the addresses of a name may be asked: all of them, or the name is refused as a whole. Who
/// controls a name must not choose which of its addresses is looked at.
///
/// # Errors
/// `address_refused`, naming the address.
pub fn check(host: &str, addresses: &[IpAddr]) -> Result<(), Fault> {
    for address in addresses {
        let Some(why) = refusal(*address) else { continue };
        let shown = crate::foreign::quote(host.as_bytes());
        let which = if literal(host) == Some(*address) {
            format!("`{shown}`")
        } else {
            format!("`{shown}` leads to {address}, which")
        };
        return Err(refused(format!("{which} is {why} and is not asked")));
    }
    Ok(())
}

/// Whether a host may be asked as far as its text alone tells: as an address, in whatever way it is written,
/// or as the name of a metadata service.
///
/// # Errors
/// `address_refused`.
pub fn check_name(host: &str) -> Result<(), Fault> {
    if let Some(address) = literal(host) {
        return check(host, &[address]);
    }
    let name = host.trim_end_matches('.');
    if NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Err(refused(format!("`{name}` is a cloud's metadata service and is not asked")));
    }
    Ok(())
}

fn refused(detail: String) -> Fault {
    Fault::new(Reason::AddressRefused, detail)
}

/// The address a host is, if it is one: `127.0.0.1`, `::1`, `[::1]`, and the forms the system's functions
/// also take, such as `2130706433`, `0x7f.1` and `0177.0.0.1`.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse() {
        return Some(address);
    }
    match url::Host::parse(host).ok()? {
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
        url::Host::Domain(_) => None,
    }
}

/// Why an address is refused.
fn refusal(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => refusal4(address),
        IpAddr::V6(address) => {
            refusal6(address).or_else(|| embedded(address).into_iter().find_map(refusal4))
        }
    }
}

const LINK_LOCAL: &str = "link-local";
const METADATA: &str = "the address of a cloud's metadata service";

fn refusal4(address: Ipv4Addr) -> Option<&'static str> {
    if address.octets() == [169, 254, 169, 254] {
        return Some(METADATA);
    }
    if address.is_link_local() {
        return Some(LINK_LOCAL);
    }
    match address.octets() {
        // Alibaba Cloud; Azure's WireServer, which hands out certificates; Oracle Cloud's first generation.
        [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => Some(METADATA),
        _ => None,
    }
}

fn refusal6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        [first, ..] if first & 0xffc0 == 0xfe80 => Some(LINK_LOCAL),
        // AWS keeps this network for its services on each machine (`::254` is metadata, `::23` logins of pods);
        // Google Cloud has one address.
        [0xfd00, 0x0ec2, ..] | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x254] => Some(METADATA),
        _ => None,
    }
}

/// The IPv4 addresses that an IPv6 address may carry, by the ways of writing or passing on IPv4 in IPv6.
fn embedded(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        // NAT64, local use: whoever runs it chooses how long the prefix is (RFC 6052: 48, 56, 64 or 96 bits),
        // and the byte behind the 64th bit is left out.
        [0x64, 0xff9b, 1, ..] => {
            let bytes = address.octets();
            let parts = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]];
            let one = |part: [usize; 4]| part.map(|at| bytes.get(at).copied().unwrap_or_default());
            parts.map(|part| Ipv4Addr::from(one(part))).to_vec()
        }
        // IPv4-mapped, IPv4-compatible, SIIT (`::ffff:0:…`), NAT64.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // ISATAP.
        | [_, _, _, _, 0 | 0x0200, 0x5efe, high, low]
        // 6to4.
        | [0x2002, high, low, ..] => vec![from(high, low)],
        // Teredo: the server, and the client with its bits turned.
        [0x2001, 0, high, low, _, _, turned_high, turned_low] => {
            vec![from(high, low), from(!turned_high, !turned_low)]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_refused(text: &str) -> bool {
        check_name(text).is_err()
    }

    #[test]
    fn link_local_and_metadata_are_refused_in_every_form() {
        for text in [
            "169.254.0.0",
            "169.254.169.254",
            "169.254.170.2",
            "169.254.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fe80::1",
            "[fe80::1]",
            "febf:ffff::",
            "fd00:ec2::254",
            "[FD00:0EC2::0254]",
            "fd00:ec2::23",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::ffff:a9fe:a9fe",
            "::169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:a9:fe:a9fe::",
            "64:ff9b:1:7:a9:fea9:fe00:0",
            "2002:a9fe:a9fe::1",
            "2001:0:a9fe:a9fe::",
            "2001:0:808:808:0:0:5601:5601",
            "2a00::5efe:a9fe:a9fe",
            "2a00::200:5efe:a9fe:a9fe",
            // The same address as the system's functions read it.
            "2852039166",
            "0xa9fea9fe",
            "0xA9.0xfe.0xa9.0xfe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "169.16689662",
            "0251.254.0xa9fe",
            "169.254.169.254.",
            "%31%36%39.254.169.254",
            "metadata.google.internal",
            "Metadata.Google.Internal.",
            "metadata.goog",
            "instance-data.ec2.internal",
        ] {
            assert!(is_refused(text), "{text}");
        }
    }

    #[test]
    fn everything_else_is_asked() {
        for text in [
            "127.0.0.1",
            "::1",
            "[::1]",
            "::",
            "0.0.0.0",
            "0",
            "10.0.0.1",
            "172.17.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.253.255.255",
            "169.255.0.0",
            "fd00::1",
            "fd00:ec3::254",
            "fec0::1",
            "fe7f::1",
            "::ffff:127.0.0.1",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "8.8.8.8",
            "localhost",
            "metadata",
            "metadata.google.internal.example",
            "169.254.169.254.nip.example",
        ] {
            assert!(!is_refused(text), "{text}");
        }
    }

    #[test]
    fn one_bad_address_refuses_the_name() {
        let good = IpAddr::from([192, 0, 2, 1]);
        let bad = IpAddr::from([169, 254, 169, 254]);
        for list in [vec![good, bad], vec![bad, good], vec![bad]] {
            let fault = check("a.example", &list).unwrap_err();
            assert_eq!(fault.reason, Reason::AddressRefused);
            assert!(fault.detail.contains("`a.example` leads to 169.254.169.254"), "{fault:?}");
            assert!(fault.is_final);
        }
        assert_eq!(check("a.example", &[good]), Ok(()));
    }

    proptest! {
        #[test]
        fn no_text_upsets_it(host in "\\PC*") {
            let _ = check_name(&host);
        }

        #[test]
        fn every_way_of_embedding_is_seen(a: u8, b: u8) {
            let inner = Ipv4Addr::new(169, 254, a, b);
            let [one, two, three, four] = inner.octets().map(u128::from);
            let bits = (one << 24) | (two << 16) | (three << 8) | four;
            for high in [0_u128, 0xffff << 32, 0xffff << 48, 0x64_ff9b << 96] {
                prop_assert!(refusal(Ipv6Addr::from_bits(high | bits).into()).is_some());
            }
        }
    }
}
