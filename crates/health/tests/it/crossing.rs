//! What must not cross: logins to other origins, requests to metadata services, foreign text into
//! the log.

use launchway_testkit::runner::FakeRunner;
use launchway_testkit::target::{Act, Reply, Script, Target};

use crate::checker::{check, report, with};

const SECRETS: [&str; 4] = ["s3cret-token", "s3cret-cookie", "s3cret-key", "s3cret-pass"];

#[test]
fn logins_stay_with_their_origin() {
    let other = Target::start("ok");
    let there = other.url("/landed");
    let home = Target::start(Script::choose(move |asked| match asked.path.as_str() {
        "/start" => Act::redirect("/again"),
        _ => Act::redirect(&there),
    }));
    let headers = "Authorization: Bearer s3cret-token\nCookie: id=s3cret-cookie\nX-Api-Key: s3cret-key\n\
                   Proxy-Connection: x\nX-Plain: kept";
    for (headers, url) in [
        (headers, home.url("/start")),
        ("", home.url("/start").replace("://", "://me:s3cret-pass@")),
    ] {
        let (before, landed) = (home.count(), other.count());
        let run =
            check(&[("url", &url), ("headers", headers), ("follow-redirects", "true")]).success();
        let asked = home.requests();
        assert_eq!(asked.len() - before, 2);
        assert!(asked[before..].iter().all(|asked| asked.header("authorization").is_some()));
        let asked = &other.requests()[landed..];
        assert_eq!(asked.len(), 1);
        for name in ["authorization", "cookie", "x-api-key", "referer"] {
            assert_eq!(asked[0].header(name), None, "{}", asked[0].head);
        }
        assert_eq!(asked[0].header("host"), Some(other.address().to_string().as_str()));
        let all = format!("{}{}{}{:?}", run.log, run.summary, asked[0].head, run.outputs);
        for secret in SECRETS {
            assert!(!all.contains(secret), "{secret}: {all}");
        }
    }
}

#[test]
fn a_failed_run_shows_no_login() {
    let target = Target::start(Script::choose(|asked| {
        // The server gives back what it got.
        Act::from(
            Reply::new(500)
                .header("x-echo", asked.header("authorization").unwrap_or(""))
                .body(asked.head.clone()),
        )
    }));
    let url = target.url("/?token=s3cret-key").replace("://", "://me:s3cret-pass@");
    let run = check(&[
        ("url", &url),
        ("mode", "once"),
        ("headers", "Cookie: id=s3cret-cookie\nX-Auth-Token: s3cret-token"),
        ("expected-status", "500"),
        ("expected-body", "fine"),
        ("expected-header", "x-echo: other"),
    ])
    .exits(1);
    let all = format!("{}{}{:?}", run.log, run.summary, run.outputs);
    for secret in ["s3cret-token", "s3cret-cookie", "s3cret-pass"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[test]
fn metadata_services_are_refused_by_any_name() {
    let places = [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://169.254.1.1/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://meta.example/",
    ];
    for place in places {
        let target = Target::start(Act::redirect(place));
        for (url, requests) in [(place, 0), (target.url("/").as_str(), 1)] {
            let run = check(&[
                ("url", url),
                ("follow-redirects", "true"),
                ("timeout", "5s"),
                ("resolve", "meta.example:80:169.254.169.254"),
            ])
            .exits(1);
            assert_eq!(run.output("reason"), "address_refused", "{url}: {}", run.log);
            assert_eq!(run.output("attempts"), "1", "{url}: {}", run.log);
            assert_eq!(target.count(), requests);
        }
    }
}

#[test]
fn other_schemes_are_not_followed() {
    for place in ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "http://", "//"]
    {
        let target = Target::start(Act::redirect(place));
        let run =
            check(&[("url", &target.url("/")), ("follow-redirects", "true"), ("mode", "once")]);
        assert_eq!(run.exits(1).output("reason"), "protocol_error", "{place}");
    }
}

/// Text that would act, in every place a server can put text.
#[test]
fn foreign_text_does_not_act() {
    let evil = "\n::error::pwned\n::add-mask::e\n::set-output name=healthy::true\n##[error]pwned\n\
                ::stop-commands::x\n\x1b[2J\x1b]0;title\x07\u{202e}<img src=x>|`a`|[l](http://e)";
    let header = "::error::pwned \x1b[2J <img src=x> ##[error]pwned";
    let answers: Vec<Act> = vec![
        Reply::new(200).body(evil).into(),
        Reply::new(500).body(evil).header("x-a", header).into(),
        Reply::new(302).header("location", "http://e/%0A::error::pwned").into(),
        Reply::new(302).header("location", header).into(),
        Act::Raw(
            format!("HTTP/1.1 200 ::error::pwned\r\nx-a: {header}\r\n\r\n{evil}").into_bytes(),
        ),
        Act::Raw(evil.as_bytes().to_vec()),
        Act::Garbage,
        Reply::new(200).json(&serde_json::json!({ "version": evil, "status": evil })).into(),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let target = Target::start(answer);
        for expectation in [
            ("expected-body", "fine"),
            ("expected-body-regex", "^fine$"),
            ("expected-json", "/status=ok"),
            ("expected-version", "1.0.0"),
            ("expected-header", "x-a: ok"),
        ] {
            let inputs = [("url", &*target.url("/")), ("mode", "once"), expectation];
            let run = with(FakeRunner::debug, &inputs).exits(1);
            let shown = format!("answer {number}, {expectation:?}\n{}", run.raw_log);
            assert_eq!(run.messages("error").len(), 1, "{shown}");
            assert!(run.masks.iter().all(|mask| mask != "e"), "{shown}");
            assert!(run.messages("error").iter().all(|message| *message != "pwned"), "{shown}");
            assert_eq!(run.output("healthy"), "false", "{shown}");
            for text in [&run.raw_log, &run.summary] {
                assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{shown}");
            }
            assert!(!run.summary.contains("<img"), "{}", run.summary);
            assert!(!run.raw_log.lines().any(|line| line.starts_with("##[error]pwned")), "{shown}");
            assert_eq!(report(&run)["verdict"], "unhealthy");
        }
    }
}
