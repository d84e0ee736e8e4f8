//! What an e-mail does when a server does not do as it should.

use std::process::Command;
use std::time::{Duration, Instant};

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::runner::{FakeRunner, How, StepRun};

use super::post::{At, Does, Post, header};
use crate::ways::each;
use launchway_testkit::mail::Smtp;

const RUN: [(&str, &str); 4] = [
    ("GITHUB_RUN_ID", "4711"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("GITHUB_JOB", "deploy"),
    ("GITHUB_ACTION", "tell"),
];

fn mail(server: &str, more: &[(&str, &str)]) -> StepRun {
    let dir = tempfile::tempdir().unwrap();
    let runner = RUN.iter().fold(FakeRunner::new(dir.path()), |runner, (k, v)| runner.env(k, v));
    let mut inputs = vec![
        ("server", server),
        ("title", "Deployed"),
        ("text", "hello"),
        ("from", "ci@example.com"),
        ("to", "ann@example.com"),
        ("timeout-seconds", "1"),
    ];
    inputs.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    inputs.extend(more);
    runner.run_program(env!("CARGO_BIN_EXE_launchway-notify"), &["email"], How::Json, &inputs)
}

#[test]
fn a_letter_that_may_have_arrived_is_sent_no_second_time() {
    let ways = [
        Does::Closes,
        Does::Hangs,
        Does::Says("what?\r\n"),
        Does::Says("250-and then"),
        Does::Says("\u{0}\u{1}\r\n"),
    ];
    for does in ways {
        let post = Post::start(&[(0, At::Letter, does.clone())]);
        let done = mail(&post.url(), &[]).exits(3);
        assert_eq!((done.output("error"), post.letters().len()), ("unknown", 1), "{does:?}");
        assert!(done.elapsed < Duration::from_secs(10), "{does:?}");
    }
}

#[test]
fn a_second_copy_is_known_by_its_id() {
    let post = Post::start(&[(1, At::Letter, Does::Closes)]);
    let done = mail(&post.url(), &[("on-ambiguous", "retry")]).success();
    let letters = post.letters();
    assert_eq!((done.output("attempts"), letters.len()), ("2", 2));
    assert_eq!(letters[0], letters[1]);
    let id = header(&letters[0], "Message-ID");
    assert_eq!(id, format!("<{}>", done.output("message-id")));
    // Run by hand, killed with the letter gone, and run again as the same step.
    let post = Post::start(&[(1, At::Letter, Does::Hangs)]);
    let server = format!("--server={}", post.url());
    let args = ["email", &server, "--text=hello", "--from=a@b.example", "--to=c@d.example"];
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_launchway-notify"));
        command.args(args).env_clear().envs(RUN);
        command
    };
    let mut child = command().spawn().unwrap();
    let began = Instant::now();
    while post.letters().is_empty() && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(command().status().unwrap().success());
    let letters = post.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(header(&letters[0], "Message-ID"), header(&letters[1], "Message-ID"));
    // Another attempt of the run tells something of its own.
    let again = command().env("GITHUB_RUN_ATTEMPT", "2").status().unwrap();
    assert!(again.success());
    assert_ne!(header(&post.letters()[2], "Message-ID"), header(&letters[0], "Message-ID"));
}

#[test]
fn what_comes_later_is_waited_for() {
    let later = [
        (At::Greeting, "421 too many connections\r\n"),
        (At::From, "450 4.2.0 busy\r\n"),
        (At::To, "450 4.2.0 greylisted\r\n"),
        (At::To, "451 4.7.1 come back\r\n"),
        (At::Data, "451 4.3.0 disk\r\n"),
        // The letter was sent and surely not taken.
        (At::Letter, "451 4.3.0 try again\r\n"),
        (At::Letter, "421 4.3.2 going down\r\n"),
    ];
    each(&later, |(at, said)| {
        let post = Post::start(&[(1, *at, Does::Says(said))]);
        let done = mail(&post.url(), &[]).success();
        assert_eq!(done.output("attempts"), "2", "{at:?} {said}");
        let letters = post.letters();
        assert!(letters.windows(2).all(|pair| pair[0] == pair[1]), "{letters:?}");
    });
    let post = Post::start(&[(0, At::To, Does::Says("450 4.2.0 greylisted\r\n"))]);
    let done = mail(&post.url(), &[("retries", "2")]).exits(3);
    assert_eq!((done.output("error"), done.output("attempts")), ("unreachable", "3"));
    assert!(done.log.contains("450") && done.log.contains("greylisted"), "{}", done.log);
    // Before the letter is on its way, silence is no doubt.
    let mut silences = Vec::new();
    for does in [Does::Hangs, Does::Closes, Does::Says("nonsense\r\n")] {
        silences.extend(
            [At::Greeting, At::Hello, At::From, At::To, At::Data].map(|at| (at, does.clone())),
        );
    }
    each(&silences, |(at, does)| {
        let post = Post::start(&[(1, *at, does.clone())]);
        let done = mail(&post.url(), &[]).success();
        assert_eq!((done.output("attempts"), post.letters().len()), ("2", 1), "{at:?} {does:?}");
    });
}

#[test]
fn what_is_refused_is_said_with_what_to_do() {
    let cases = [
        (At::Login, "535 5.7.8 bad credentials\r\n", "logging in", "made for programs"),
        (At::From, "553 5.7.1 sender not allowed\r\n", "553", "check `from`"),
        (At::To, "550 5.1.1 no such user\r\n", "550", "nobody got the message"),
        (At::Letter, "554 5.7.1 spam\r\n", "554", "who runs the server"),
        (At::Greeting, "554 go away\r\n", "554", "who runs the server"),
    ];
    for (at, said, word, hint) in cases {
        let post = Post::start(&[(0, at, Does::Says(said))]);
        let done = mail(&post.url(), &[("username", "ci"), ("password", "hunter2-4711")]).exits(1);
        assert_eq!(done.output("attempts"), "1", "{said}");
        assert!(done.log.contains(word), "{said}: {}", done.log);
        assert!(done.log.contains(hint), "{said}: {}", done.log);
        assert!(!done.log.contains("hunter2"), "{}", done.log);
    }
}

#[test]
fn nothing_said_before_tls_counts_as_said_within() {
    let post = Post::start(&[(
        0,
        At::Starttls,
        Does::Says("220 go\r\n250-mail.test\r\n250 AUTH PLAIN\r\n235 in\r\n"),
    )]);
    let done = mail(&post.starttls_url(), &[]).exits(1);
    assert!(done.log.contains("before TLS begins"), "{}", done.log);
    assert!(done.log.contains("smtps://"), "{}", done.log);
    let early = "250-mail.test\r\n250 STARTTLS\r\n220 go\r\n250 AUTH PLAIN\r\n";
    let post = Post::start(&[(0, At::Hello, Does::Says(early))]);
    let login = [("username", "ci"), ("password", "hunter2-4711")];
    mail(&post.starttls_url(), &login).exits(1);
    let is_polite = |line: &String| line.starts_with("EHLO") || line == "QUIT";
    assert!(post.lines().iter().all(is_polite), "{:?}", post.lines());
    // One that has no TLS any more, as when somebody took it out, hears neither password nor letter.
    let post = Post::start(&[(0, At::Hello, Does::Says("250-mail.test\r\n250 AUTH PLAIN\r\n"))]);
    let done = mail(&post.starttls_url(), &login).exits(1);
    assert!(done.log.contains("tls=none"), "{}", done.log);
    assert!(post.lines().iter().all(|line| !line.starts_with("AUTH")), "{:?}", post.lines());
    assert!(post.letters().is_empty());
    // A refusal to begin with TLS is none to be ignored, either.
    let post = Post::start(&[(0, At::Starttls, Does::Says("454 4.7.0 not now\r\n"))]);
    mail(&post.starttls_url(), &[("retries", "0")]).exits(3);
    assert!(post.letters().is_empty());
}

#[test]
fn a_wrong_certificate_is_named() {
    let Some(certificates) = Certificates::new() else { return };
    let cases = [
        (Wanted::server(&["DNS:other.example"]), "not valid for name"),
        (Wanted::server(&["DNS:localhost"]).expired(), "expired"),
        (Wanted::server(&["DNS:localhost"]).self_signed(), "certificate"),
    ];
    for (wanted, said) in cases {
        let pair = certificates.make(&wanted);
        let Some(smtp) = Smtp::start("smtps", Some(&pair)) else { return };
        let dir = tempfile::tempdir().unwrap();
        let trusted = certificates.authority().to_string_lossy().into_owned();
        let server = format!("smtps://localhost:{}", smtp.port());
        let inputs = [
            ("server", server.as_str()),
            ("text", "x"),
            ("from", "a@b.example"),
            ("to", "c@d.example"),
            ("retries", "0"),
        ];
        let runner = FakeRunner::new(dir.path()).env("SSL_CERT_FILE", &trusted);
        let program = env!("CARGO_BIN_EXE_launchway-notify");
        let done = runner.run_program(program, &["email"], How::Json, &inputs).exits(3);
        assert!(done.log.contains(said), "{said}: {}", done.log);
        assert!(done.log.contains("SSL_CERT_FILE"), "{}", done.log);
        assert!(smtp.letters().is_empty());
    }
}
