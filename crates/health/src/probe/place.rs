//! Targets that are a host and a port: `scheme://host:port`, and nothing else.

use launchway_base::Failure;
use url::Url;

use crate::foreign;

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// As it is written; an IPv6 address stands in brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// `scheme://host:port`.
    pub(super) shown: String,
}

/// Reads a place. Without a port in the text it is the usual one of the scheme, if there is one.
pub(super) fn read(text: &str, scheme: &str, usual: Option<u16>) -> Result<Place, Failure> {
    // Of a text that is none of this, any part may be a password.
    let wrong = |what: &str| {
        let port = if usual.is_some() { "[:port]" } else { ":port" };
        Failure::input(format!("a `{scheme}://` target {what}"))
            .with_hint(format!("write it as `{scheme}://host{port}`"))
    };
    let url = Url::parse(text).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| wrong("has no host"))?;
    let host = url::Host::parse(host).map_err(|_| wrong("has a host that is none"))?.to_string();
    let port = url.port().or(usual).ok_or_else(|| wrong("has no port"))?;
    if port == 0 {
        return Err(wrong("has port 0, where nothing can listen"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has no user or password"));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has no path or query"));
    }
    let shown = foreign::quote(format!("{scheme}://{host}:{port}").as_bytes());
    Ok(Place { host, port, shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_read() {
        for (text, host, port) in [
            ("tcp://db:5432", "db", 5432),
            ("TCP://my_db.example:1/", "my_db.example", 1),
            ("tcp://[::1]:80", "[::1]", 80),
            ("tcp://127.1:65535", "127.0.0.1", 65535),
            ("tcp://b\u{fc}cher.example:80", "xn--bcher-kva.example", 80),
            ("tcp://h", "h", 7),
        ] {
            let place = read(text, "tcp", Some(7)).unwrap();
            assert_eq!((place.host.as_str(), place.port), (host, port), "{text}");
            assert_eq!(place.shown, format!("tcp://{host}:{port}"));
        }
    }

    #[test]
    fn what_is_more_or_less_is_refused_without_being_shown() {
        for text in [
            "tcp:",
            "tcp://",
            "tcp://:80",
            "tcp:4000",
            "tcp://h:0",
            "tcp://h:99999",
            "tcp://h:x",
            "tcp://hunter66:hunter66@h:1",
            "tcp://hunter66@h:1",
            "tcp://h:1/hunter66",
            "tcp://h:1?hunter66",
            "tcp://h:1#hunter66",
            "tcp://[::1:80",
            "tcp://a b:80",
        ] {
            let failure = read(text, "tcp", Some(1)).unwrap_err();
            assert_eq!(failure.kind().code(), 2, "{text}");
            assert!(!failure.chain().contains("hunter66"), "{failure}");
            assert!(failure.hint().unwrap().contains("tcp://host"));
        }
        assert!(read("tcp://h", "tcp", None).unwrap_err().to_string().contains("no port"));
    }
}
