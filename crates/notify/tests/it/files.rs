//! A file for a channel, going wrong at each of its three steps: what is repeated, what is told, and
//! that nothing is there twice.

use std::time::Duration;

use launchway_testkit::StepRun;
use launchway_testkit::chat::{How as Goes, Limit, Trouble};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS};
use launchway_testkit::target::{Act, Reply};

use crate::ways::{Stage, Way, each};

const ASK: &str = "files.getUploadURLExternal";
const SEND: &str = "upload";
const COMPLETE: &str = "files.completeUploadExternal";

/// A message and a file.
fn both(stage: &Stage, more: &[(&str, &str)]) -> StepRun {
    stage.goes(Way::Snippet, &[&[("text", "a log")], more].concat())
}

fn asked(stage: &Stage) -> [usize; 3] {
    [ASK, SEND, COMPLETE].map(|call| stage.asked(call))
}

#[test]
fn a_file_goes_below_its_message_or_where_it_is_wanted() {
    let stage = Stage::new();
    let step = both(&stage, &[]).success();
    let file = stage.slack.files().remove(0);
    assert_eq!(
        (file.name.as_str(), file.bytes.unwrap()),
        ("build.log", b"line 1\nline 2\n".into())
    );
    assert_eq!((file.channels, file.is_complete), (vec![DEPLOYS.to_owned()], true));
    let message = stage.slack.message(step.output("ts")).unwrap();
    assert!(message.files.is_empty() && message.text.contains("a log"));
    let shown = stage.slack.messages(DEPLOYS).pop().unwrap();
    assert_eq!((shown.files.len(), shown.thread_ts.as_deref()), (1, Some(step.output("ts"))));
    stage.goes(Way::Snippet, &[("thread-ts", &stage.ts)]).success();
    let shown = stage.slack.messages(DEPLOYS).pop().unwrap();
    assert_eq!((shown.files.len(), shown.thread_ts), (1, Some(stage.ts.clone())));
    stage.goes(Way::Snippet, &[]).success();
    let shown = stage.slack.messages(DEPLOYS).pop().unwrap();
    assert_eq!((shown.files.len(), shown.thread_ts), (1, None));
    assert_eq!(stage.slack.hosts_that_saw(BOT_TOKEN).len(), 1, "the token goes to one host");
    assert_eq!(asked(&stage), [3, 3, 3]);
}

/// What is safe to do again is done again: the address is asked for, the same bytes go to it.
#[test]
fn the_first_two_steps_are_repeated_and_the_last_is_not() {
    let lost = [
        Goes::Close,
        Goes::Status(500),
        Goes::Act(Act::Reset),
        Goes::Act(Act::Truncated),
        Goes::Hang,
    ];
    let mut rows = Vec::new();
    for goes in lost {
        for is_done in [false, true] {
            rows.extend([ASK, SEND, COMPLETE].map(|call| (call, goes.clone(), is_done)));
        }
    }
    each(&rows, |(call, goes, is_done)| {
        let stage = Stage::new();
        let wrong = if *is_done { Trouble::after } else { Trouble::before };
        stage.slack.fail(wrong(goes.clone()).on(call));
        // The bytes may need long, so that a host that hangs is left at the deadline only.
        let is_late = *call == SEND && matches!(goes, Goes::Hang);
        let step = both(&stage, &[("timeout-seconds", "1"), ("deadline-seconds", "4")]);
        let said = format!("{call} {goes:?} done: {is_done}: {}", step.log);
        let shown = stage.copies(Way::Snippet);
        assert_eq!(stage.asked("chat.postMessage"), 1, "{said}");
        assert!(!step.output("ts").is_empty(), "{said}");
        if is_late {
            assert_eq!((step.exit_code, asked(&stage), shown), (3, [1, 1, 0], 0), "{said}");
        } else if *call == COMPLETE {
            let there = usize::from(*is_done);
            assert_eq!((step.exit_code, asked(&stage), shown), (3, [1, 1, 1], there), "{said}");
            assert_eq!(step.output("error"), "unknown", "{said}");
            let error = step.messages("error")[0];
            assert!(error.contains("the message was sent, but"), "{said}");
            assert!(error.contains(COMPLETE), "{said}");
        } else {
            let times = if *call == ASK { [2, 1, 1] } else { [1, 2, 1] };
            assert_eq!((step.exit_code, asked(&stage), shown), (0, times, 1), "{said}");
        }
        assert!(step.elapsed < Duration::from_secs(6), "{said}");
    });
}

#[test]
fn the_host_of_the_bytes_says_no_or_later() {
    let limited = Goes::Act(Reply::new(429).header("retry-after", "1").into());
    let cases = [
        (Goes::Status(400), 1, "http 400", 1),
        (Goes::Status(403), 1, "http 403", 1),
        (Goes::Status(404), 1, "http 404", 1),
        (Goes::Status(413), 1, "http 413", 1),
        (Goes::Limit(Limit::Usual(60)), 3, "deadline", 1),
        (Goes::Status(500), 3, "unknown", 3),
        (Goes::Close, 3, "unknown", 3),
        (limited, 3, "unreachable", 3),
    ];
    each(&cases, |(goes, code, error, times)| {
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(goes.clone()).on(SEND).always());
        let step = both(&stage, &[("retries", "2"), ("deadline-seconds", "20")]);
        let said = format!("{goes:?}: {}", step.log);
        assert_eq!((step.exit_code, step.output("error")), (*code, *error), "{said}");
        assert_eq!(asked(&stage), [1, *times, 0], "{said}");
        let told = step.messages("error")[0];
        assert!(told.contains("the message was sent, but"), "{said}");
        assert!(told.contains("the upload of the file") && told.contains("hint: "), "{said}");
        assert!(!told.contains("nothing was posted"), "the message is there: {said}");
        assert!(!step.output("ts").is_empty(), "{said}");
        assert_eq!(stage.slack.messages(DEPLOYS).len(), 2, "{said}");
    });
}

/// The message stands, and how the file ended decides.
#[test]
fn a_refusal_of_the_file_leaves_the_message_and_its_outputs() {
    for call in [ASK, COMPLETE] {
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(Goes::Word("file_type_not_allowed".into())).on(call));
        let step = both(&stage, &[]).exits(1);
        assert_eq!((step.output("ok"), step.output("error")), ("false", "file_type_not_allowed"));
        assert!(!step.output("ts").is_empty() && !step.output("permalink").is_empty());
        let error = step.messages("error")[0];
        assert!(error.contains("the message was sent, but: Slack refused"), "{error}");
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(Goes::Word("file_type_not_allowed".into())).on(call));
        let step = both(&stage, &[("fail-on-error", "false")]).success();
        assert!(step.messages("warning")[0].contains("the message was sent, but"), "{}", step.log);
    }
}

#[test]
fn bytes_go_only_where_they_are_safe() {
    for answer in [
        r#"{"ok":true}"#,
        r#"{"ok":true,"upload_url":"http://files.example/upload/v1/sesamesesame","file_id":"F1"}"#,
        r#"{"ok":true,"upload_url":"/upload/v1/sesamesesame","file_id":"F1"}"#,
        r#"{"ok":true,"upload_url":"file:///etc/passwd","file_id":"F1"}"#,
        r#"{"ok":true,"upload_url":["https://files.example/x"],"file_id":"F1"}"#,
        r#"{"ok":true,"upload_url":"https://files.example/upload/v1/sesamesesame"}"#,
        r#"{"ok":true,"upload_url":"https://files.example/upload/v1/sesamesesame","file_id":""}"#,
    ] {
        let stage = Stage::new();
        stage.slack.fail(Trouble::before(Goes::Act(Act::ok(answer))).on(ASK).always());
        let step = both(&stage, &[]).exits(3);
        assert_eq!((step.output("ok"), step.output("error")), ("false", "unknown"), "{answer}");
        assert!(!step.output("ts").is_empty(), "{answer}: {}", step.log);
        assert_eq!(asked(&stage), [1, 0, 0], "{answer}");
        assert!(!step.log.contains("sesamesesame"), "{answer}: {}", step.log);
        let step = stage.goes(Way::Snippet, &[("fail-on-error", "false")]).success();
        assert!(!step.output("response").contains("sesame"), "{}", step.output("response"));
    }
}

/// What changes under way is noticed, not sent by halves as if it were whole.
#[test]
fn a_file_of_some_size_arrives_whole_after_a_broken_try() {
    let stage = Stage::new();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 2]).collect();
    std::fs::write(stage.dir.path().join("build.log"), &bytes).unwrap();
    stage.slack.fail(Trouble::before(Goes::Act(Act::ResetAtOnce)).on(SEND));
    stage.slack.fail(Trouble::after(Goes::Act(Act::ResetInBody)).on(SEND));
    both(&stage, &[("retries", "RAPID")]).success();
    assert_eq!(asked(&stage), [1, 3, 1]);
    let file = stage.slack.files().remove(0);
    assert!(file.bytes.unwrap() == bytes && file.is_complete);
    assert_eq!(stage.copies(Way::Snippet), 1);
}
