//! What is shown without being sent: dry runs, which need no secret, and pictures.

use launchway_testkit::chat::discord::FakeDiscord;
use launchway_testkit::chat::generic::Receiver;
use launchway_testkit::chat::teams::FakeTeams;

use super::{HOSTILE, by_hand, schema};

const CHANNELS: [&str; 4] = ["teams", "discord", "webhook", "email"];

/// Arguments with a bit of everything.
fn args(verb: &str) -> Vec<&str> {
    let needs = r#"{"test":{"result":"failure"},"lint":{"result":"success"}}"#;
    let mut args = vec![
        verb,
        "--template=deploy",
        "--title=Deployed <b>1.4.2</b>",
        "--text",
        HOSTILE,
        "--fields=Version=1.4.2",
        "--environment=production",
        "--environment-url=https://example.com/app",
        "--changelog=- **one**\n- two",
        "--needs",
        needs,
        "--mentions=ann@example.com 123456789012345678 @here",
    ];
    if verb == "email" {
        args.extend(["--from=ci@example.com", "--to=ann@example.com"]);
    }
    args
}

#[test]
fn a_dry_run_prints_just_what_would_be_sent() {
    let (teams, discord, receiver) =
        (FakeTeams::start(), FakeDiscord::start(), Receiver::unsigned());
    for verb in CHANNELS {
        let mut dry = args(verb);
        dry.push("--dry-run");
        // As in a pull request from a fork, where secrets are empty.
        let variables = ["TEAMS_WEBHOOK_URL", "DISCORD_WEBHOOK_URL", "LAUNCHWAY_WEBHOOK_URL"];
        let variables = variables.map(|name| (name, ""));
        let done = by_hand(&dry, &variables);
        let log = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{verb}: {log}");
        let shown = String::from_utf8(done.stdout).unwrap();
        dry.push(if verb == "email" { "--server=" } else { "--webhook=" });
        if verb == "email" {
            dry.extend(["--password=", "--username=deploy"]);
        }
        assert!(by_hand(&dry, &[]).status.success(), "{verb}");
        let (url, body): (_, Box<dyn Fn() -> String>) = match verb {
            "teams" => (teams.webhook(), Box::new(|| teams.requests()[0].body.clone())),
            "discord" => (discord.webhook(), Box::new(|| discord.requests()[0].body.clone())),
            "webhook" => (receiver.url("/"), Box::new(|| receiver.requests()[0].body.clone())),
            _ => {
                for part in [
                    "From: ci@example.com\r\n",
                    "To: ann@example.com\r\n",
                    "Message-ID: <",
                    "\r\n\r\n--",
                ] {
                    assert!(shown.contains(part), "{part}: {shown}");
                }
                assert!(!shown.replace("\r\n", "").contains('\n'), "{shown}");
                continue;
            }
        };
        let webhook = format!("--webhook={url}");
        let mut real = args(verb);
        real.push(&webhook);
        assert!(by_hand(&real, &[]).status.success(), "{verb}");
        assert_eq!(shown, format!("{}\n", body()), "{verb}");
    }
    schema::hold(receiver.requests()[0].body.as_bytes());
}

#[test]
fn a_picture_has_the_message_and_nothing_that_acts() {
    let dir = tempfile::tempdir().unwrap();
    for verb in CHANNELS {
        let file = dir.path().join(format!("{verb}.html"));
        let option = format!("--preview-file={}", file.display());
        let mut dry = args(verb);
        dry.extend(["--dry-run", &option]);
        assert!(by_hand(&dry, &[]).status.success(), "{verb}");
        let page = std::fs::read_to_string(&file).unwrap();
        assert!(page.starts_with("<!doctype html>"), "{verb}: {page}");
        for part in ["1.4.2", "production", "https://example.com/app", "test"] {
            assert!(page.contains(part), "{verb} lacks {part}: {page}");
        }
        for never in ["<script", "<b>1.4.2", "href=\"javascript", "<at>"] {
            assert!(!page.contains(never), "{verb} has {never}: {page}");
        }
        let called = page.matches("class=\"at\"").count();
        // People are called as each channel can: by an address in Teams, by an id in Discord.
        assert_eq!(
            called,
            match verb {
                "teams" => 1,
                "discord" => 2,
                _ => 0,
            },
            "{verb}: {page}"
        );
        dry.pop();
        dry.push("--preview-file=/nowhere/at/all.html");
        assert_eq!(by_hand(&dry, &[]).status.code(), Some(2), "{verb}");
    }
}

#[test]
fn a_picture_is_made_of_what_is_sent_too() {
    let teams = FakeTeams::start();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.html");
    let option = format!("--preview-file={}", file.display());
    let webhook = format!("--webhook={}", teams.webhook());
    assert!(by_hand(&["teams", "--text=hello", &option, &webhook], &[]).status.success());
    assert!(std::fs::read_to_string(&file).unwrap().contains("hello"));
    assert_eq!(teams.cards().len(), 1);
}

#[test]
fn who_says_nothing_posts_nothing() {
    let teams = FakeTeams::start();
    let webhook = format!("--webhook={}", teams.webhook());
    let done = by_hand(&["teams", &webhook], &[]);
    assert_eq!((done.status.code(), teams.requests().len()), (Some(2), 0));
    for verb in ["discord", "webhook"] {
        assert_eq!(by_hand(&[verb, "--dry-run"], &[]).status.code(), Some(2), "{verb}");
    }
    let mail = ["email", "--dry-run", "--from=a@b.example", "--to=c@d.example"];
    assert_eq!(by_hand(&mail, &[]).status.code(), Some(2));
}

#[test]
fn no_secret_in_a_text_is_shown_or_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("message.html");
    let picture = format!("--preview-file={}", file.display());
    // Signs that are escaped in one channel or another.
    let secret = "ghs_*sw0rd*_<fi&sh>\"4711";
    let token = format!("--github-token={secret}");
    let text = format!("--text=the token is {secret}");
    let fields = format!("--fields=Token={secret}");
    let changelog = format!("--changelog=- {secret}");
    for verb in [&CHANNELS[..], &["slack"]].concat() {
        let title = format!("--title={secret}");
        let mut args = vec![verb, "--dry-run", "--template=deploy"];
        args.extend([&token, &text, &fields, &changelog, &title, &picture].map(String::as_str));
        if verb == "email" {
            args.extend(["--from=ci@example.com", "--to=ann@example.com"]);
        }
        let done = by_hand(&args, &[]);
        let log = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{verb}: {log}");
        let shown = String::from_utf8(done.stdout).unwrap();
        for text in [shown, log, std::fs::read_to_string(&file).unwrap()] {
            assert!(!text.contains("sw0rd") && !text.contains("4711"), "{verb}: {text}");
        }
    }
    let payload = format!(
        r#"--payload={{"blocks":[{{"type":"markdown","text":"{}"}},{{"type":"section","text":{{"type":"mrkdwn","text":"{}"}}}}]}}"#,
        "x",
        secret.replace('"', "\\\"")
    );
    let done = by_hand(&["slack", "--dry-run", &token, &payload, &picture], &[]);
    let log = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{log}");
    let shown = String::from_utf8(done.stdout).unwrap();
    for text in [shown, log, std::fs::read_to_string(&file).unwrap()] {
        assert!(!text.contains("sw0rd") && !text.contains("4711"), "{text}");
    }
}
