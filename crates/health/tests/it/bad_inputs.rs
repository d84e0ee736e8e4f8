//! A slip is one clear error, before anything is asked.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use launchway_testkit::Scrubbed;
use launchway_testkit::target::Target;

use crate::checker::{PROGRAM, check};

#[test]
fn targets_that_are_none() {
    let target = Target::start("ok");
    let url = target.url("/");
    let many: Vec<_> = (0..1001).map(|n| format!("t{n}={url}")).collect();
    for (list, words) in [
        (String::new(), "no target is given"),
        (" \r\n\n \t\n".to_owned(), "no target is given"),
        ("shop=".to_owned(), "shop"),
        (format!("={url}"), "kind"),
        ("ftp://h.example/".to_owned(), "kind `ftp:`"),
        ("shop.example".to_owned(), "kind"),
        ("/health".to_owned(), "kind"),
        (format!("{url}\nshop.example"), "kind"),
        (format!("a={url}\na={url}other"), "two targets are called `a`"),
        (format!("{url}\n{url}"), "two targets are called"),
        ("http://".to_owned(), "http"),
        ("http:///path".to_owned(), "http"),
        ("http://h:99999/".to_owned(), "http"),
        ("http://h:port/".to_owned(), "http"),
        ("http://a b/".to_owned(), "blank"),
        (format!("{url} {url}other"), "blank"),
        (format!("{url} # the old one"), "blank"),
        (format!("- {url}"), "begins with `-`"),
        (format!("{url}\n\n\"{url}other\""), "target 2: a target begins with"),
        ("http://[::1/".to_owned(), "http"),
        ("tcp://h".to_owned(), "tcp"),
        ("tcp://h:0".to_owned(), "tcp"),
        ("dns:".to_owned(), "dns"),
        ("exec:".to_owned(), "exec"),
        (many.join("\n"), "more than 1000"),
    ] {
        let run = check(&[("url", &list), ("timeout", "5s")]);
        let shown: String = list.chars().take(80).collect();
        assert_eq!(run.exit_code, 2, "{shown}: {}", run.log);
        let errors = run.messages("error");
        assert_eq!(errors.len(), 1, "{shown}: {errors:?}");
        assert!(errors[0].contains(words), "{shown}: {errors:?}");
        assert!(errors[0].len() < 2000, "{shown}: an error of {} bytes", errors[0].len());
        assert_eq!(run.output("healthy"), "", "{shown}");
    }
    assert_eq!(target.connections().len(), 0);
}

#[test]
fn other_inputs_that_are_none() {
    let target = Target::start("ok");
    let url = target.url("/");
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (latin, empty) = (file("latin", b"http://h/\xe9\n"), file("empty", b"# none\n\n"));
    let no_pem = file("no.pem", b"-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n");
    let slips: Vec<Vec<(&str, &str)>> = vec![
        vec![("url-file", "missing.txt")],
        vec![("url-file", &latin)],
        vec![("url-file", ".")],
        vec![("url", ""), ("url-file", &empty)],
        vec![("mode", "sometimes")],
        vec![("timeout", "30")],
        vec![("timeout", "0s")],
        vec![("timeout", "-1s")],
        vec![("request-timeout", "0s")],
        vec![("interval", "soon")],
        vec![("jitter", "101")],
        vec![("success-threshold", "0")],
        vec![("failure-threshold", "0")],
        vec![("backoff", "linear")],
        vec![("fail-fast", "maybe")],
        vec![("retry-on", "sadness")],
        vec![("max-latency-ms", "0")],
        vec![("expected-status", "ok")],
        vec![("expected-status", "300-200")],
        vec![("expected-status", "99")],
        vec![("expected-status", "200-99999999999")],
        vec![("expected-body-regex", "(")],
        vec![("expected-body-regex", "a{1000}{1000}{1000}")],
        vec![("expected-json", "status=ok")],
        vec![("expected-json", "/v~(")],
        vec![("expected-json", "/n>=many")],
        vec![("expected-header", ": x")],
        vec![("expected-header", "a b: x")],
        vec![("expected-version", "1"), ("version-from", "somewhere")],
        vec![("expected-version", ""), ("version-from", "json:/version")],
        vec![("expected-version", "1"), ("version-from", "regex:(")],
        vec![("expected-version", "1"), ("version-from", "regex:")],
        vec![("max-latency-ms", "-1")],
        vec![("min-certificate-days", "x")],
        vec![("method", "GET /")],
        vec![("method", "CONNECT")],
        vec![("headers", "no colon")],
        vec![("headers", "a\u{1}: x")],
        vec![("headers", "Content-Length: 3")],
        vec![("headers-file", "missing.txt")],
        vec![("body", "x"), ("body-file", &empty)],
        vec![("body-file", "missing.txt")],
        vec![("follow-redirects", "sometimes")],
        vec![("max-body-bytes", "-1")],
        vec![("ca-file", "missing.pem")],
        vec![("ca-file", &empty)],
        vec![("ca-file", &no_pem)],
        vec![("cert-file", &no_pem), ("key-file", "")],
        vec![("cert-file", &no_pem), ("key-file", &no_pem)],
        vec![("resolve", "h:80")],
        vec![("resolve", "h:x:127.0.0.1")],
        vec![("resolve", "h:80:nowhere")],
        vec![("ip-version", "5")],
        vec![("allow-private", "all")],
        vec![("bake-time", "soon"), ("mode", "watch")],
        vec![("report-file", ".")],
        vec![("junit-file", ".")],
    ];
    let mut wrong = Vec::new();
    for slip in slips {
        let mut inputs = vec![("url", url.as_str()), ("mode", "once")];
        inputs.retain(|(name, _)| slip.iter().all(|(other, _)| other != name));
        inputs.extend(&slip);
        let run = check(&inputs);
        let errors = run.messages("error");
        let is_clear =
            errors.len() == 1 && errors[0].len() < 1000 && !errors[0].contains("panicked");
        // Who has filled in several inputs wants to know which.
        let named = errors.iter().any(|error| slip.iter().any(|(name, _)| error.contains(name)));
        if run.exit_code != 2 || !is_clear || !named || !run.output("healthy").is_empty() {
            wrong.push(format!("{slip:?}: exit {}, {errors:?}", run.exit_code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(target.connections().len(), 0);
}

#[test]
fn a_huge_name_is_no_name_and_is_not_shown_whole() {
    let huge = format!("http://{}/", "a".repeat(100_000));
    let run = check(&[("url", &huge), ("mode", "once")]).exits(1);
    assert_eq!(run.output("reason"), "dns_failure");
    assert!(run.raw_log.len() < 6000, "{} bytes of log", run.raw_log.len());
    assert!(run.summary.len() < 6000, "{} bytes of summary", run.summary.len());
}

#[test]
fn lists_come_with_any_line_end() {
    let target = Target::start("ok");
    let list = format!("a={}\r\n\r\n  b = {}  \r\n", target.url("/a"), target.url("/b?x=y=z"));
    let headers = "X-One: 1\r\nX-Two: 2\r\n";
    check(&[("targets", &list), ("headers", headers)]).success();
    let mut paths: Vec<_> = target.requests().into_iter().map(|asked| asked.path).collect();
    paths.sort();
    assert_eq!(paths, ["/a", "/b?x=y=z"]);
    assert!(target.requests().iter().all(|asked| asked.header("x-two") == Some("2")));
}

#[test]
fn bytes_that_are_no_text() {
    let bytes = OsStr::from_bytes(b"--url=http://127.0.0.1/\xff");
    let run = Scrubbed::new(PROGRAM).arg(bytes).run().exits(2);
    assert!(run.all().contains("UTF-8"), "{}", run.all());
}
