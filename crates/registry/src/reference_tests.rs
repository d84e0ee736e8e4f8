use super::*;
use proptest::prelude::*;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn the_table() {
    for (text, registry, name, api) in [
        ("nginx", "docker.io", "library/nginx", "registry-1.docker.io"),
        ("acme/app", "docker.io", "acme/app", "registry-1.docker.io"),
        ("docker.io/nginx", "docker.io", "library/nginx", "registry-1.docker.io"),
        ("index.docker.io/acme/app", "docker.io", "acme/app", "registry-1.docker.io"),
        ("registry-1.docker.io/acme/app", "docker.io", "acme/app", "registry-1.docker.io"),
        ("ghcr.io/acme/app", "ghcr.io", "acme/app", "ghcr.io"),
        ("GHCR.io/acme/app", "ghcr.io", "acme/app", "ghcr.io"),
        ("localhost/app", "localhost", "app", "localhost"),
        ("localhost:5000/a/b/c", "localhost:5000", "a/b/c", "localhost:5000"),
        ("127.0.0.1:5077/acme/demo", "127.0.0.1:5077", "acme/demo", "127.0.0.1:5077"),
        ("[::1]:5000/app", "[::1]:5000", "app", "[::1]:5000"),
        ("[fd00::2]/app", "[fd00::2]", "app", "[fd00::2]"),
        ("reg:5000/a__b/c---d/e.f_g", "reg:5000", "a__b/c---d/e.f_g", "reg:5000"),
    ] {
        let plain: Reference = text.parse().unwrap();
        assert_eq!(plain.repository.registry(), registry, "{text}");
        assert_eq!(plain.repository.name(), name, "{text}");
        assert_eq!(plain.repository.api_host(), api, "{text}");
        assert_eq!(plain.which(), None);
        let full: Reference = format!("{text}:1.2.3@{DIGEST}").parse().unwrap();
        assert_eq!(full.repository, plain.repository);
        assert_eq!(full.tag.as_ref().unwrap().as_str(), "1.2.3");
        assert_eq!(full.to_string(), format!("{registry}/{name}:1.2.3@{DIGEST}"));
        assert!(matches!(full.which(), Some(Which::Digest(_))));
        let tagged: Reference = format!("{text}:latest").parse().unwrap();
        assert_eq!(tagged.to_string(), format!("{registry}/{name}:latest"));
        assert_eq!(text.parse::<Repository>().unwrap(), plain.repository);
        assert!(format!("{text}:latest").parse::<Repository>().is_err());
    }
}

#[test]
fn what_is_no_reference_is_said() {
    let long = format!("ghcr.io/{}", "a".repeat(256));
    for (text, why) in [
        ("", "empty"),
        ("ghcr.io/acme/App", "upper-case"),
        ("Acme/app", "upper-case"),
        ("REG/app", "upper-case"),
        ("ghcr.io/acme/bad name", "has ` `"),
        ("acme/rocket@bad name:foo", "has ` `"),
        ("https://ghcr.io/acme/app", "it is a URL"),
        ("ghcr.io//app", "empty part"),
        ("ghcr.io/", "no name"),
        ("ghcr.io/app/", "empty part"),
        ("ghcr.io/-app", "starts or ends"),
        ("ghcr.io/app-", "starts or ends"),
        ("ghcr.io/a..b", "`..` in `a..b`"),
        ("ghcr.io/a___b", "`___`"),
        ("ghcr.io/a._b", "`._`"),
        ("ghcr.io/app:", "the tag is wrong: it is empty"),
        ("ghcr.io/app:-x", "the tag is wrong: it starts with `-`"),
        ("ghcr.io/app@sha256:abc", "3 digits instead of 64"),
        ("ghcr.io/app@", "no algorithm"),
        ("ghcr.io:0/app", "no port"),
        ("ghcr.io:99999/app", "no port"),
        ("ghcr.io:/app", "no port"),
        ("ghcr.io:+80/app", "no port"),
        ("user@ghcr.io/app", "the digest is wrong"),
        ("-bad.io/app", "no host name"),
        ("a..b/app", "no host name"),
        ("[::zz]/app", "no IPv6"),
        ("ghcr.io/ap\u{0}p", "has `\\0`"),
        ("ghcr.io/äpp", "has `ä`"),
        ("../../etc/passwd", "no host name"),
        (long.as_str(), "256 characters"),
    ] {
        let error = text.parse::<Reference>().unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
        assert!(error.len() < 700, "{error}");
    }
}

#[test]
fn this_machine_is_known() {
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000", "[::1]"] {
        assert!(is_loopback(host), "{host}");
    }
    for host in ["localhost.evil.example", "128.0.0.1", "127.0.0.1.nip.io", "[fd00::1]", "ghcr.io"]
    {
        assert!(!is_loopback(host), "{host}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(
        host in "([a-z][a-z0-9]{0,8}\\.[a-z]{2,5}|localhost)(:[1-9][0-9]{0,3})?",
        name in "[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,2}(/[a-z0-9]{1,8}){0,3}",
        tag in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}",
        by_digest in any::<bool>(),
    ) {
        let suffix = if by_digest { format!("@{DIGEST}") } else { String::new() };
        let reference: Reference = format!("{host}/{name}:{tag}{suffix}").parse().unwrap();
        prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in "\\PC{0,300}") {
        if let Ok(reference) = text.parse::<Reference>() {
            prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
        }
    }

    #[test]
    fn near_misses_are_judged_without_a_panic(text in "[a-zA-Z0-9.:/@_\\[\\]-]{0,60}") {
        if let Ok(reference) = text.parse::<Reference>() {
            prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
        }
    }
}
