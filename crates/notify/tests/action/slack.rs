//! `slack-notify`.

use launchway_testkit::chat::{How, Limit, Trouble};
use launchway_testkit::github::{FULL, FakeGitHub, Job, TokenKind};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
use launchway_testkit::{StepRun, TestRepo};

use super::{HOSTILE, action, runner, step, unharmed};

/// By token, with these inputs besides.
fn told(slack: &FakeSlack, more: &[(&str, &str)]) -> StepRun {
    let api = slack.api_url();
    let base = [("token", BOT_TOKEN), ("api-url", api.as_str()), ("channel", DEPLOYS)];
    step("slack-notify", &[&base, more].concat())
}

#[test]
fn a_message_its_outputs_and_its_summary() {
    let slack = FakeSlack::start();
    let run = told(&slack, &[("text", "hello"), ("fields", "Version=1.4.2\nBy=octocat")]).success();
    let message = &slack.messages(DEPLOYS)[0];
    let outputs = ["ok", "ts", "thread-ts", "thread_ts", "channel-id", "channel_id", "status-code"]
        .map(|name| run.output(name));
    let ts = message.ts.as_str();
    assert_eq!(outputs, ["true", ts, ts, ts, DEPLOYS, DEPLOYS, "200"]);
    assert_eq!((run.output("error"), run.output("attempts")), ("", "1"));
    assert_eq!(run.output_json("response")["ts"], ts);
    assert!(run.output("permalink").starts_with("http"), "{}", run.output("permalink"));
    assert!(run.summary.contains(run.output("permalink")), "{}", run.summary);
    assert!(run.masks.iter().any(|mask| mask == BOT_TOKEN), "{:?}", run.masks);
    assert!(!run.log.contains(BOT_TOKEN) && !run.summary.contains(BOT_TOKEN), "{}", run.log);
    assert_eq!(run.annotations, []);
}

#[test]
fn hostile_texts_arrive_as_they_are_and_do_nothing_else() {
    let slack = FakeSlack::start();
    let fields = "Quote=it's \"fine\"\r\nEqual=a=b\r\nEmpty=\r\n";
    let run = told(&slack, &[("title", HOSTILE), ("text", HOSTILE), ("fields", fields)]).success();
    unharmed(&run);
    let message = &slack.messages(DEPLOYS)[0];
    for words in
        ["'b' \"c\"", "$(id)", "${{ secrets.TOKEN }} {{ sha }}", "é 🚀", "&lt;!channel&gt;"]
    {
        assert!(message.text.contains(words), "{words}: {:?}", message.text);
    }
    let all = format!("{} {}", message.text, message.blocks);
    assert!(!all.contains('\u{1b}') && !all.contains("<!channel>"), "{all}");
    assert!(all.contains("Equal") && all.contains("a=b") && !all.contains("Empty"), "{all}");
}

#[test]
fn an_empty_input_is_one_that_is_not_there() {
    let slack = FakeSlack::start();
    let names = ["webhook", "webhook-type", "key", "thread-ts", "update-ts", "ephemeral-to"]
        .into_iter()
        .chain(["reaction", "snippet", "method", "payload", "payload-file-path", "proxy", "api"])
        .chain(["payload-delimiter", "payload-templated", "template", "status", "title", "needs"])
        .chain(["text-file", "fields", "version", "changelog", "changelog-file", "started-at"])
        .chain(["mentions", "people-file", "github-token", "fail-on-error", "errors", "retries"])
        .chain(["timeout-seconds", "deadline-seconds", "on-ambiguous", "dry-run", "preview-file"])
        .chain(["reply-broadcast", "environment", "environment-url", "thread_ts", "update_ts"]);
    let mut inputs: Vec<(&str, &str)> = names.map(|name| (name, "")).collect();
    inputs.push(("text", "hello"));
    let run = told(&slack, &inputs).success();
    assert_eq!(slack.messages(DEPLOYS)[0].text, "hello");
    assert_eq!(run.annotations, []);
}

#[test]
fn fail_on_error_decides_over_what_was_not_sent_and_never_over_a_slip() {
    let slack = FakeSlack::start();
    let revoked = Trouble::before(How::Word("token_revoked".into())).always();
    slack.fail(revoked);
    let run = told(&slack, &[("text", "x")]).exits(1);
    assert_eq!((run.output("ok"), run.output("error")), ("false", "token_revoked"));
    let errors = run.messages("error");
    assert!(errors.len() == 1 && errors[0].contains("token_revoked"), "{errors:?}");
    for more in [("fail-on-error", "false"), ("errors", "false")] {
        let run = told(&slack, &[("text", "x"), more]).success();
        assert_eq!((run.output("ok"), run.output("error")), ("false", "token_revoked"), "{more:?}");
        assert_eq!(run.messages("error"), [""; 0], "{more:?}");
        assert!(run.messages("warning")[0].contains("token_revoked"), "{}", run.log);
    }
    told(&slack, &[("text", "x"), ("errors", "false"), ("fail-on-error", "true")]).exits(1);
    slack.heal().forget_requests();
    for (more, words) in [
        (("fields", "no equals sign"), "fields"),
        (("status", "good"), "good"),
        (("retries", "many"), "many"),
        (("payload", "text: ["), "payload"),
    ] {
        let run = told(&slack, &[("text", "x"), ("fail-on-error", "false"), more]).exits(2);
        assert!(run.messages("error")[0].contains(words), "{more:?}: {}", run.log);
        assert_ne!(run.output("ok"), "true", "{more:?}");
    }
    assert_eq!(slack.calls(), [""; 0]);
}

#[test]
fn a_rate_limit_is_waited_for_and_a_lost_answer_of_a_webhook_is_unknown() {
    let slack = FakeSlack::start();
    slack.fail(Trouble::before(How::Limit(Limit::Usual(1))));
    let run = told(&slack, &[("text", "x")]).success();
    assert_eq!((run.output("attempts"), slack.messages(DEPLOYS).len()), ("2", 1));
    slack.fail(Trouble::after(How::Close));
    let url = slack.add_webhook(DEPLOYS);
    let run = step("slack-notify", &[("webhook", &url), ("text", "x")]).exits(3);
    assert_eq!((run.output("error"), slack.messages(DEPLOYS).len()), ("unknown", 2));
    let secret = url.rsplit('/').next().unwrap();
    assert!(!run.log.contains(secret) && !run.summary.contains(secret), "{}", run.log);
    assert!(run.masks.iter().any(|mask| url.ends_with(mask.as_str())), "{:?}", run.masks);
}

#[test]
fn a_token_of_the_environment_will_do() {
    let slack = FakeSlack::start();
    let checkout = TestRepo::with_files(&[]);
    let api = slack.api_url();
    let inputs = [("api-url", api.as_str()), ("channel", DEPLOYS), ("text", "x")];
    for name in ["SLACK_BOT_TOKEN", "SLACK_TOKEN"] {
        let run =
            runner(&checkout).env(name, BOT_TOKEN).run_action(action("slack-notify"), &inputs);
        assert_eq!(run.success().output("ok"), "true");
    }
    assert_eq!(slack.messages(DEPLOYS).len(), 2);
    let run = runner(&checkout).run_action(action("slack-notify"), &inputs).exits(2);
    assert!(run.messages("error")[0].contains("token"), "{}", run.log);
}

#[test]
fn a_failed_job_is_found_by_the_token_of_the_job_and_named_without_it() {
    let (slack, github) = (FakeSlack::start(), FakeGitHub::start());
    github.add_token("ghs_of_the_job", TokenKind::Actions, FULL);
    github.add_repository("acme", "shop").add_job(Job {
        run: 4242,
        attempt: 1,
        name: "test (2)".to_owned(),
        conclusion: Some("failure".to_owned()),
        runner: None,
        steps: vec![("unit tests".to_owned(), Some("failure".to_owned()))],
    });
    let checkout = TestRepo::with_files(&[]);
    let api = slack.api_url();
    let needs = "{\r\n  \"build\": {\"result\": \"success\", \"outputs\": {\"a\": \"${{ x }}\"}},\r\n  \
        \"test\": {\"result\": \"failure\", \"outputs\": {}}\r\n}";
    let inputs = [
        ("token", BOT_TOKEN),
        ("api-url", api.as_str()),
        ("channel", DEPLOYS),
        ("template", "ci"),
        ("status", "success"),
        ("needs", needs),
    ];
    // What runs `if: always()` has the status of its own job, which knows nothing of the others.
    let with = runner(&checkout).token("ghs_of_the_job").api_url(github.url());
    with.run_action(action("slack-notify"), &inputs).success();
    // Without a token, and without an API that answers.
    let run = runner(&checkout).run_action(action("slack-notify"), &inputs).success();
    assert_eq!(run.messages("error"), [""; 0]);
    let all = slack.messages(DEPLOYS);
    assert!(all[0].text.contains("test (2)"), "{}", all[0].text);
    assert!(all[0].blocks.to_string().contains("/job/"), "{}", all[0].blocks);
    assert!(all[0].blocks.to_string().contains("unit tests"), "{}", all[0].blocks);
    for message in &all {
        assert!(message.text.contains("failed") && message.text.contains("test"), "{message:?}");
    }
    assert!(!all[1].blocks.to_string().contains("/job/"), "{}", all[1].blocks);
}

/// GitHub fills in how the job goes; a job that failed is never told of as one that went well.
#[test]
fn the_own_job_is_told_of_where_nothing_else_says_how_it_went() {
    let well = r#"{"build": {"result": "success", "outputs": {}}}"#;
    let ill = ("job-status", "failure");
    let rows: [(&[(&str, &str)], &str); 9] = [
        (&[("template", "ci")], "✅"),
        (&[("template", "ci"), ill], "❌"),
        (&[("template", "ci"), ("needs", "{}"), ill], "❌"),
        (&[("template", "deploy"), ("needs", well)], "✅"),
        (&[("template", "deploy"), ("needs", well), ill], "❌"),
        (&[("template", "deploy"), ("status", "started"), ill], "🚀"),
        (&[("template", "canary"), ill], "❌"),
        (&[("template", "deploy"), ("key", "deploy")], "📣"),
        (&[("text", "hello"), ill], "hello"),
    ];
    for (inputs, begins) in rows {
        let slack = FakeSlack::start();
        told(&slack, inputs).success();
        let text = slack.messages(DEPLOYS).remove(0).text;
        let shown = text.split('|').find(|part| part.starts_with(begins));
        assert!(shown.is_some(), "{inputs:?}: {text}");
    }
}

#[test]
fn a_file_that_is_not_there_silences_no_message() {
    let slack = FakeSlack::start();
    let file = ("snippet", "no-such.log");
    let run = told(&slack, &[file, ("text", "it failed")]).success();
    assert!(run.messages("warning")[0].contains("no-such.log"), "{}", run.log);
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
    told(&slack, &[file]).exits(2);
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
}

#[test]
fn a_dry_run_and_a_preview_send_nothing_more() {
    let slack = FakeSlack::start();
    let run = told(&slack, &[("text", "hello"), ("dry-run", "true")]).success();
    assert!(run.log.contains("hello") && !run.log.contains(BOT_TOKEN), "{}", run.log);
    assert_eq!(slack.calls(), [""; 0]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.html");
    told(&slack, &[("text", "hello & 1 < 2"), ("preview-file", file.to_str().unwrap())]).success();
    let page = std::fs::read_to_string(file).unwrap();
    assert!(page.contains("hello &amp; 1 &lt; 2") && !page.contains(BOT_TOKEN), "{page}");
    assert_eq!(slack.messages(DEPLOYS).len(), 1);
}

#[test]
fn a_key_needs_the_channel_once_and_keeps_one_message() {
    let slack = FakeSlack::start();
    let checkout = TestRepo::with_files(&[]);
    let api = slack.api_url();
    let mut ts = Vec::new();
    for (attempt, status) in [("1", "started"), ("1", "failure"), ("2", "success")] {
        let inputs = [
            ("token", BOT_TOKEN),
            ("api-url", api.as_str()),
            ("channel", "#deploys"),
            ("key", "deploy-prod"),
            ("template", "deploy"),
            ("status", status),
        ];
        let runner = runner(&checkout).env("GITHUB_RUN_ATTEMPT", attempt);
        let run = runner.run_action(action("slack-notify"), &inputs).success();
        ts.push(run.output("ts").to_owned());
    }
    assert!(ts.iter().all(|one| *one == ts[0]), "{ts:?}");
    let all = slack.messages(DEPLOYS);
    assert_eq!(all.iter().filter(|one| one.thread_ts.is_none()).count(), 1, "{all:#?}");
    assert_eq!(all.len(), 4);
}
