//! Names of images: what `REGISTRY/NAME` may be before a tag is put behind it.

use launchway_base::Failure;

/// Longest name with its registry.
const LONGEST: usize = 255;

/// Checks a lower-case name of an image without tag or digest: `acme/app`, `ghcr.io/acme/app`,
/// `localhost:5000/app`.
///
/// # Errors
///
/// Bad input that says what is wrong with it.
pub fn check(name: &str) -> Result<(), Failure> {
    let bad = |what: String| {
        Err(Failure::input(format!("{name:?} is no name of an image: {what}"))
            .with_hint("a name is like acme/app or ghcr.io/acme/app, without a tag"))
    };
    if name.is_empty() {
        return bad("it is empty".to_owned());
    }
    if name.len() > LONGEST {
        return bad(format!("it is longer than {LONGEST} characters"));
    }
    if name.contains('@') {
        return bad("it holds a digest".to_owned());
    }
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (Some(first), rest)
        }
        _ => (None, name),
    };
    if let Some(registry) = registry
        && !is_registry(registry)
    {
        return bad(format!("{registry:?} is no registry"));
    }
    if let Some((_, tag)) = path.rsplit('/').next().and_then(|last| last.split_once(':')) {
        return bad(format!("it holds the tag {tag:?}"));
    }
    match path.split('/').find(|part| !is_part(part)) {
        Some("") => bad("a part between slashes is empty".to_owned()),
        Some(part) => bad(format!(
            "in {part:?} only a-z, 0-9 and between them one `.`, one or two `_` or any `-` can stand"
        )),
        None => Ok(()),
    }
}

/// `host` or `host:port`; an IPv6 address stands in brackets.
fn is_registry(registry: &str) -> bool {
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    };
    let port_sound =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_sound = match bracketed {
        Some(address) => {
            !address.is_empty()
                && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
        }
        None => host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }),
    };
    port_sound && host_sound
}

/// Lower-case letters and digits, with single separators between them.
fn is_part(part: &str) -> bool {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !part.starts_with(sound) || !part.ends_with(sound) {
        return false;
    }
    part.split(sound).all(|between| {
        matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images() {
        for name in [
            "app",
            "acme/app",
            "ghcr.io/acme/app",
            "localhost/app",
            "localhost:5000/app",
            "[::1]:5000/app",
            "127.0.0.1:5000/a/b/c",
            "Registry.example/a",
            "acme/a__b--c.d_e---f",
            "1/2",
        ] {
            assert!(check(name).is_ok(), "{name}");
        }
        for (name, what) in [
            ("", "empty"),
            ("acme/rocket@bad name", "digest"),
            ("acme/bad name", "bad name"),
            ("acme/app:1.0", "tag \"1.0\""),
            ("app:1.0", "tag"),
            ("acme//app", "slashes"),
            ("/acme", "slashes"),
            ("acme/", "slashes"),
            ("acme/App", "App"),
            ("acme/a..b", "a..b"),
            ("acme/a___b", "a___b"),
            ("acme/-a", "-a"),
            ("acme/é", "é"),
            ("ghcr..io/a", "no registry"),
            ("ghcr.io:x/a", "no registry"),
            ("-a.io/a", "no registry"),
            ("a:/b", "no registry"),
            ("https://ghcr.io/a", "no registry"),
        ] {
            let said = check(name).unwrap_err().to_string();
            assert!(said.contains(what), "{name}: {said}");
        }
        assert!(check(&"a".repeat(256)).is_err());
        assert!(check(&"a".repeat(255)).is_ok());
    }
}
