//! E-mail, by a real mail server.

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::runner::{FakeRunner, How, StepRun};

use super::{HOSTILE, run};
use launchway_testkit::mail::Smtp;

const PEOPLE: [(&str, &str); 2] =
    [("from", "Deploys <deploy@example.com>"), ("to", "ann@example.com")];

fn mail(server: &str, more: &[(&str, &str)]) -> StepRun {
    let mut inputs = vec![("server", server), ("title", "Deployed"), ("text", "hello")];
    inputs.extend(PEOPLE.iter().filter(|(name, _)| more.iter().all(|(other, _)| name != other)));
    inputs.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    inputs.extend(more);
    run("email", &inputs)
}

#[test]
fn a_letter_arrives_as_text_and_html() {
    let Some(smtp) = Smtp::start("good", None) else { return };
    let more = [
        ("to", "ann@example.com\nBob <bob@example.com>, \"Q, R\" <q@example.com>"),
        ("cc", "cc@example.com"),
        ("bcc", "hidden@example.com"),
        ("reply-to", "answers@example.com"),
        ("key", "deploy-prod"),
        ("title", "Deployed\r\nBcc: evil@example.com"),
        ("text", HOSTILE),
        ("status", "success"),
    ];
    let done = mail(&smtp.url(), &more).success();
    assert_eq!((done.output("ok"), done.output("attempts")), ("true", "1"));
    assert!(done.output("response").contains("queued as 4711"), "{:?}", done.outputs);
    mail(&smtp.url(), &more).success();
    let letters = smtp.letters();
    let (people, letter) = letters[0].split_once('\n').unwrap();
    assert_eq!(
        people,
        "deploy@example.com ann@example.com bob@example.com q@example.com cc@example.com hidden@example.com"
    );
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("hidden@") && !head.to_lowercase().contains("\nbcc:"), "{head}");
    assert!(head.contains(&format!("Message-ID: <{}>", done.output("message-id"))), "{head}");
    assert!(head.contains("multipart/alternative"), "{head}");
    assert!(head.contains("Reply-To: answers@example.com"), "{head}");
    assert!(body.contains("text/plain") && body.contains("text/html"), "{body}");
    assert!(!body.contains("<script"), "{body}");
    let thread = |letter: &str| {
        letter.lines().find(|line| line.starts_with("References: ")).unwrap().to_owned()
    };
    assert_eq!(thread(&letters[0]), thread(&letters[1]));
}

#[test]
fn files_are_attached_and_one_that_is_missing_is_a_warning() {
    let Some(smtp) = Smtp::start("good", None) else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("test.log"), "one\ntwo\n").unwrap();
    std::fs::write(path("é \"x\".bin"), [0, 159, 146, 150]).unwrap();
    let all = format!("{}\r\n\n{}\n{}", path("test.log"), path("é \"x\".bin"), path("no.txt"));
    let done = mail(&smtp.url(), &[("attachments", &all)]).success();
    assert!(done.log.contains("no.txt` of `attachments` is not there"), "{}", done.log);
    let letter = &smtp.letters()[0];
    assert!(letter.contains("multipart/mixed") && letter.contains("multipart/alternative"));
    assert!(letter.contains("filename=\"test.log\"") && letter.contains("text/plain"), "{letter}");
    assert!(letter.contains("AJ+Slg==") && letter.contains("octet-stream"), "{letter}");
    assert_eq!(letter.matches("Content-Disposition: attachment").count(), 2, "{letter}");
    std::fs::write(path("long.bin"), vec![0; 10_000_001]).unwrap();
    for bad in [path("long.bin"), path(""), "/dev/zero".to_owned()] {
        assert_eq!(mail(&smtp.url(), &[("attachments", &bad)]).exits(2).output("ok"), "");
    }
    assert_eq!(smtp.letters().len(), 1);
}

#[test]
fn the_password_goes_over_tls_only() {
    let Some(certificates) = Certificates::new() else { return };
    let pair = certificates.make(&Wanted::server(&["DNS:localhost", "IP:127.0.0.1"]));
    let dir = tempfile::tempdir().unwrap();
    let trusting = |trusted: bool, server: &str, password: &str| {
        let mut runner =
            FakeRunner::new(dir.path()).sha("0123456789abcdef0123456789abcdef01234567");
        if trusted {
            runner = runner.env("SSL_CERT_FILE", &certificates.authority().to_string_lossy());
        }
        let mut inputs = vec![
            ("server", server),
            ("text", "hello"),
            ("username", "deploy"),
            ("password", password),
        ];
        inputs.extend([("retries", "0")]);
        inputs.extend(PEOPLE);
        runner.run_program(env!("CARGO_BIN_EXE_launchway-notify"), &["email"], How::Json, &inputs)
    };
    for (mode, scheme) in [("good", "smtp"), ("smtps", "smtps")] {
        let Some(smtp) = Smtp::start(mode, Some(&pair)) else { return };
        let url = format!("{scheme}://localhost:{}", smtp.port());
        trusting(true, &url, "pa/ss word").success();
        assert_eq!(smtp.letters().len(), 1);
        let done = trusting(true, &url, "hunter2 wrong").exits(1);
        assert!(done.log.contains("535") && !done.log.contains("hunter2"), "{}", done.log);
        let done = trusting(false, &url, "pa/ss word").exits(3);
        assert_eq!(
            (done.output("error"), smtp.letters().len()),
            ("unreachable", 1),
            "{}",
            done.log
        );
    }
    // A server that speaks no TLS gets nothing.
    let Some(smtp) = Smtp::start("good", None) else { return };
    let done = trusting(true, &format!("smtp://localhost:{}", smtp.port()), "pa/ss word").exits(1);
    assert!(done.log.contains("STARTTLS"), "{}", done.log);
    assert!(smtp.letters().is_empty());
}

#[test]
fn a_recipient_nobody_knows_stops_it_for_all() {
    let Some(smtp) = Smtp::start("good", None) else { return };
    let done = mail(&smtp.url(), &[("to", "ann@example.com\nnobody@example.com")]).exits(1);
    assert!(done.log.contains("550") && done.log.contains("no such user"), "{}", done.log);
    assert!(smtp.letters().is_empty());
    mail(&smtp.url(), &[("to", "nobody@example.com"), ("fail-on-error", "false")]).success();
    for bad in ["", "ann", "ann@example.com\u{7}", "a b@example.com"] {
        mail(&smtp.url(), &[("to", bad)]).exits(2);
    }
    mail(&smtp.url(), &[("from", "")]).exits(2);
}

#[test]
fn troubles() {
    let Some(smtp) = Smtp::start("grey", None) else { return };
    assert_eq!(mail(&smtp.url(), &[]).success().output("attempts"), "2");
    assert_eq!(smtp.letters().len(), 1);
    let Some(smtp) = Smtp::start("full", None) else { return };
    let done = mail(&smtp.url(), &[]).exits(1);
    assert!(done.log.contains("552"), "{}", done.log);
    // Closed after the letter: it may have it, and gets no second one.
    for (mode, most) in [("close", 10), ("hang", 10)] {
        let Some(smtp) = Smtp::start(mode, None) else { return };
        let done = mail(&smtp.url(), &[("timeout-seconds", "1")]).exits(3);
        assert_eq!(
            (done.output("error"), smtp.letters().len()),
            ("unknown", 1),
            "{mode}: {}",
            done.log
        );
        assert!(done.elapsed.as_secs() < most, "{mode}");
    }
    // Nobody there: it surely did not arrive.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let done = mail(&format!("smtp://127.0.0.1:{port}?tls=none"), &[("retries", "1")]).exits(3);
    assert_eq!(
        (done.output("error"), done.output("attempts")),
        ("unreachable", "2"),
        "{}",
        done.log
    );
    // One that accepts and says nothing, and one that hangs for good.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", silent.local_addr().unwrap());
    let done = mail(&url, &[("timeout-seconds", "1"), ("deadline-seconds", "2")]).exits(3);
    assert!(done.elapsed.as_secs() < 10 && done.output("error") != "unknown", "{}", done.log);
}

#[test]
fn a_dry_run_shows_the_letter_and_no_password() {
    let url = "smtp://deploy:swordfish-4711@mail.example.com";
    let done = mail(url, &[("dry-run", "true")]).success();
    assert!(done.log.contains("multipart/alternative"), "{}", done.log);
    assert!(!done.log.contains("swordfish"), "{}", done.log);
    for bad in ["smtp://u:swordfish-4711@h?tls=none", "smtp://u:sw/swordfish-4711@h"] {
        let done = mail(bad, &[]).exits(2);
        assert!(!done.log.contains("swordfish"), "{}", done.log);
    }
}
