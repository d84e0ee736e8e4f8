//! Input that means harm, or is only far too much.

use launchway_testkit::chat::discord::FakeDiscord;
use launchway_testkit::chat::generic::Receiver;
use launchway_testkit::chat::teams::FakeTeams;
use serde_json::Value;

use super::post::{Post, header};
use super::{by_hand, run, schema};

fn letter(more: &[(&str, &str)]) -> String {
    let post = Post::start(&[]);
    let url = post.url();
    let mut inputs = vec![
        ("server", url.as_str()),
        ("from", "ci@example.com"),
        ("to", "ann@example.com"),
        ("text", "hello"),
    ];
    inputs.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    inputs.extend(more);
    run("email", &inputs).success();
    let letters = post.letters();
    assert_eq!(letters.len(), 1, "{:?}", post.lines());
    let letter = letters.into_iter().next().unwrap();
    assert!(letter.is_ascii());
    // RFC 5322, 2.1.1, without the line break.
    assert!(letter.split("\r\n").all(|line| line.len() <= 998));
    assert!(!letter.replace("\r\n", "").contains(['\r', '\n']));
    letter
}

#[test]
fn no_text_adds_a_header_or_a_command_to_a_letter() {
    let evil = "a\r\nBcc: evil@example.com\r\n\r\n<script>\u{0}\u{85}\u{2028}\nX-Evil: 1";
    let smuggled = "a\r\n.\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<z@y.example>\r\n.\n..\n.";
    let letter = letter(&[
        ("title", evil),
        ("text", smuggled),
        ("key", evil),
        ("fields", "Bcc=a\nY=\rBcc: b\u{0}"),
        ("environment", evil),
        ("template", "deploy"),
    ]);
    let head = letter.split_once("\r\n\r\n").unwrap().0;
    let names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    let ours = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "User-Agent",
        "Auto-Submitted",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
    ];
    assert!(names.iter().all(|name| ours.contains(name)), "{names:?}");
    assert_eq!(letter.matches("\r\n.\r\n").count(), 1, "{letter}");
}

#[test]
fn a_subject_is_in_ascii_on_the_wire_and_short() {
    let letter = letter(&[("title", "Größe 💥 déployé"), ("from", "Zoë 💥 <ci@example.com>")]);
    let subject = header(&letter, "Subject");
    assert!(subject.starts_with("=?utf-8?"), "{subject}");
    assert!(header(&letter, "From").contains("=?utf-8?"), "{letter}");
    let long = "é".repeat(30_000);
    let subject = header(&self::letter(&[("title", &long)]), "Subject");
    // 200 letters, each two bytes, in base64 with what is around each word.
    assert!(subject.len() < 1200, "{}", subject.len());
}

#[test]
fn addresses_that_are_none_are_named_with_their_input() {
    for (name, bad) in [
        ("to", "ann"),
        ("to", "ann@example.com, bob@"),
        ("cc", "Ann <ann@example.com"),
        ("bcc", "a b@example.com"),
        ("reply-to", "ann@example.com\u{0}"),
        ("from", "a@example.com\r\nb@example.com"),
        ("from", "Ann\rBcc: <a@example.com>"),
        ("to", "ann@exam\u{1b}ple.com"),
        ("to", "<>"),
    ] {
        let mut inputs = vec![
            ("server", "smtp://127.0.0.1:9?tls=none"),
            ("text", "x"),
            ("from", "ci@example.com"),
            ("to", "ann@example.com"),
        ];
        inputs.retain(|(other, _)| *other != name);
        inputs.push((name, bad));
        let done = run("email", &inputs).exits(2);
        assert!(done.log.contains(&format!("`{name}`")), "{name} {bad:?}: {}", done.log);
        assert!(!done.log.contains('\u{1b}'), "{}", done.log);
    }
    let many: Vec<String> = (0..101).map(|number| format!("a{number}@example.com")).collect();
    let many = many.join("\n");
    let inputs = [("text", "x"), ("from", "a@b.example"), ("to", &many), ("dry-run", "true")];
    run("email", &inputs).exits(2);
    // A server that takes only ASCII is asked for no other address.
    let post = Post::start(&[]);
    let url = post.url();
    let inputs =
        [("server", url.as_str()), ("text", "x"), ("from", "a@b.example"), ("to", "ü@d.example")];
    let done = run("email", &inputs).exits(1);
    assert!(done.log.contains("ASCII"), "{}", done.log);
}

#[test]
fn marks_in_names_and_values_stay_text() {
    let (teams, discord) = (FakeTeams::start(), FakeDiscord::start());
    let evil = "[click](https://evil.example) **b** <https://evil.example> `c`";
    let fields = format!("{evil}={evil}");
    for (verb, url) in [("teams", teams.webhook()), ("discord", discord.webhook())] {
        run(verb, &[("webhook", &url), ("title", evil), ("fields", &fields)]).success();
    }
    let card = &teams.cards()[0]["body"];
    let embed = &discord.messages()[0]["embeds"][0];
    for shown in [
        card[0]["items"][0]["text"].as_str().unwrap(),
        card[1]["facts"][0]["title"].as_str().unwrap(),
        card[1]["facts"][0]["value"].as_str().unwrap(),
        embed["title"].as_str().unwrap(),
        embed["fields"][0]["value"].as_str().unwrap(),
        embed["fields"][0]["name"].as_str().unwrap(),
    ] {
        assert!(shown.contains("\\[click\\]"), "{shown}");
        assert!(shown.contains("\\*\\*b") && shown.contains("\\`c"), "{shown}");
        assert!(!shown.contains(" <https"), "{shown}");
    }
}

#[test]
fn two_of_one_name_are_two_people() {
    let teams = FakeTeams::start();
    let both = "ann@a.example, ann@b.example";
    run("teams", &[("webhook", &teams.webhook()), ("text", "x"), ("mentions", both)]).success();
    let card = &teams.cards()[0];
    let entities = card["msteams"]["entities"].as_array().unwrap();
    for (text, id) in
        [("<at>ann</at>", "ann@a.example"), ("<at>ann@b.example</at>", "ann@b.example")]
    {
        assert!(card["body"].to_string().contains(text), "{card}");
        assert!(entities.iter().any(|one| one["text"] == text && one["mentioned"]["id"] == id));
    }
}

#[test]
fn a_megabyte_of_text_fits_everywhere() {
    let text = "**é<&\"@everyone** {{ token }} ${{ secrets.X }} <at>Boss</at>\n\n".repeat(16_000);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("text.md");
    std::fs::write(&file, &text).unwrap();
    assert!(text.len() >= 1_000_000);
    let option = format!("--text-file={}", file.display());
    let (teams, discord, receiver) =
        (FakeTeams::start(), FakeDiscord::start(), Receiver::unsigned());
    for (verb, url) in
        [("teams", teams.webhook()), ("discord", discord.webhook()), ("webhook", receiver.url("/"))]
    {
        let webhook = format!("--webhook={url}");
        let done = by_hand(&[verb, &option, "--title=Long", &webhook], &[]);
        assert!(done.status.success(), "{verb}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let card = teams.cards()[0].to_string();
    assert!(!card.contains("<at>") && card.len() > 14_000, "{}", card.len());
    let message = &discord.messages()[0];
    assert_eq!(message["allowed_mentions"]["parse"], serde_json::json!([]));
    assert!(message["embeds"][0]["description"].as_str().unwrap().chars().count() > 2000);
    schema::hold(&receiver.taken()[0]);
    // Nothing is filled in: these channels have no payloads of one's own.
    let body: Value = serde_json::from_slice(&receiver.taken()[0]).unwrap();
    assert!(body["text"].as_str().unwrap().contains("{{ token }} ${{ secrets.X }}"));
    let post = Post::start(&[]);
    let server = format!("--server={}", post.url());
    let args =
        ["email", &option, "--title=Long", &server, "--from=a@b.example", "--to=c@d.example"];
    let done = by_hand(&args, &[]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(post.letters()[0].len() < 1_000_000);
}

#[test]
fn files_that_are_no_text_are_bad_input() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("people.txt");
    std::fs::write(&file, b"octocat: \xff\xfe\n").unwrap();
    for verb in ["teams", "discord", "webhook", "email"] {
        for name in ["people-file", "text-file"] {
            let option = format!("--{name}={}", file.display());
            let mut args = vec![verb, "--dry-run", "--title=x", "--mentions=@octocat", &option];
            if verb == "email" {
                args.extend(["--from=a@b.example", "--to=c@d.example"]);
            }
            let done = by_hand(&args, &[]);
            let log = String::from_utf8(done.stderr).unwrap();
            assert_eq!(done.status.code(), Some(2), "{verb} {name}: {log}");
            assert!(log.contains("UTF-8") && done.stdout.is_empty(), "{verb} {name}: {log}");
        }
    }
}
