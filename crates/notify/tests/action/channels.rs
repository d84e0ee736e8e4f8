//! `teams-notify`, `discord-notify`, `webhook-notify` and `email-notify`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use launchway_testkit::StepRun;
use launchway_testkit::chat::discord::FakeDiscord;
use launchway_testkit::chat::generic::Receiver;
use launchway_testkit::chat::teams::FakeTeams;
use launchway_testkit::chat::{How, Trouble};
use serde_json::Value;

use super::{HOSTILE, step, unharmed};

/// What every one of them has in common, on a channel that works and goes wrong as it is told.
fn works(
    name: &str,
    url: &str,
    fail: impl Fn(Trouble),
    bodies: impl Fn() -> Vec<String>,
) -> StepRun {
    let inputs = [("webhook", url), ("title", HOSTILE), ("text", HOSTILE), ("template", "")];
    let run = step(name, &[&inputs[..], &[("status", "success"), ("key", "")]].concat()).success();
    unharmed(&run);
    assert_eq!((run.output("ok"), run.output("attempts"), run.output("error")), ("true", "1", ""));
    assert!(!run.output("status-code").is_empty(), "{:?}", run.outputs);
    assert!(bodies()[0].contains("${{ secrets.TOKEN }}"), "{:?}", bodies());
    assert!(!run.masks.is_empty());
    assert!(!run.log.contains(url) && !run.summary.contains(url), "{}", run.log);

    // What may have arrived is not sent twice, and red unless it is asked not to be.
    let count = bodies().len();
    fail(Trouble::after(How::Close));
    let inputs = [("webhook", url), ("text", "x")];
    let lost = step(name, &inputs).exits(3);
    assert_eq!((lost.output("ok"), lost.output("error")), ("false", "unknown"), "{}", lost.log);
    fail(Trouble::before(How::Status(404)));
    let quiet = step(name, &[&inputs[..], &[("fail-on-error", "false")]].concat()).success();
    assert_eq!(quiet.output("ok"), "false", "{}", quiet.log);
    assert_eq!((quiet.messages("error").len(), quiet.messages("warning").len()), (0, 1));
    assert_eq!(bodies().len(), count + 1);

    // A slip is an error, whatever that says.
    for slip in [("webhook", ""), ("webhook", "nowhere"), ("fields", "x"), ("status", "good")] {
        let inputs = [&inputs[..], &[("fail-on-error", "false"), slip]].concat();
        let run = step(name, &inputs);
        assert_eq!(run.exit_code, 2, "{slip:?}: {}", run.log);
        assert_eq!(run.messages("error").len(), 1, "{slip:?}: {}", run.log);
    }
    let dry = step(name, &[&inputs[..], &[("dry-run", "true")]].concat()).success();
    assert!(dry.log.contains('x'), "{}", dry.log);
    assert_eq!(bodies().len(), count + 1, "a dry run sends nothing");
    run
}

#[test]
fn teams() {
    let teams = FakeTeams::start();
    let bodies = || teams.cards().iter().map(Value::to_string).collect();
    works("teams-notify", &teams.webhook(), |one| _ = teams.fail(one), bodies);
}

#[test]
fn discord() {
    let discord = FakeDiscord::start();
    let bodies = || discord.messages().iter().map(Value::to_string).collect();
    let run = works("discord-notify", &discord.webhook(), |one| _ = discord.fail(one), bodies);
    assert!(!run.output("message-id").is_empty(), "{:?}", run.outputs);
}

#[test]
fn webhook() {
    let receiver = Receiver::unsigned();
    let url = receiver.url("/hooks/a-secret-path-of-the-receiver");
    let bodies =
        || receiver.taken().iter().map(|body| String::from_utf8(body.clone()).unwrap()).collect();
    works("webhook-notify", &url, |one| _ = receiver.fail(one), bodies);
}

/// A mail server for one letter, which `answer` ends; gives what it was told.
fn mail_server(answer: &'static str) -> (String, JoinHandle<String>) {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", door.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = door.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 mail.example\r\n").unwrap();
        let (mut all, mut in_letter) = (String::new(), false);
        for line in lines.map_while(Result::ok) {
            let reply = match (in_letter, line.as_str()) {
                (true, ".") => {
                    in_letter = false;
                    answer
                }
                (true, _) => "",
                (false, "DATA") => {
                    in_letter = true;
                    "354 go on"
                }
                (false, "QUIT") => "221 bye",
                (false, _) => "250 ok",
            };
            all.push_str(&line);
            all.push('\n');
            if !reply.is_empty() && stream.write_all(format!("{reply}\r\n").as_bytes()).is_err() {
                break;
            }
        }
        all
    });
    (url, heard)
}

#[test]
fn email() {
    let people =
        [("from", "Deploys <deploy@example.com>"), ("to", "ann@example.com\r\nbob@example.com")];
    let (server, heard) = mail_server("250 2.0.0 queued as 4711");
    let inputs = [("server", server.as_str()), ("title", HOSTILE), ("text", HOSTILE), ("cc", "")];
    let run = step("email-notify", &[&people[..], &inputs].concat()).success();
    unharmed(&run);
    assert_eq!((run.output("ok"), run.output("attempts")), ("true", "1"));
    assert!(!run.output("message-id").is_empty(), "{:?}", run.outputs);
    let heard = heard.join().unwrap();
    assert!(heard.contains("RCPT TO:<ann@example.com>"), "{heard}");
    assert!(heard.contains("RCPT TO:<bob@example.com>"), "{heard}");

    let (server, heard) = mail_server("554 5.7.1 no");
    let inputs = [("server", server.as_str()), ("text", "x"), ("fail-on-error", "false")];
    let run = step("email-notify", &[&people[..], &inputs].concat()).success();
    assert_eq!(run.output("ok"), "false", "{}", run.log);
    assert!(run.messages("warning")[0].contains("5.7.1"), "{}", run.log);
    heard.join().unwrap();

    for slip in [("server", ""), ("server", "ftp://x"), ("to", "nobody"), ("from", "")] {
        let usual = [("server", "smtp://127.0.0.1:9?tls=none"), ("text", "x")];
        let inputs = [&people[..], &usual, &[("fail-on-error", "false"), slip]].concat();
        let run = step("email-notify", &inputs).exits(2);
        assert_eq!(run.messages("error").len(), 1, "{slip:?}: {}", run.log);
    }
}
