//! Messages to each channel.

use launchway_testkit::chat::discord::FakeDiscord;
use launchway_testkit::chat::generic::Receiver;
use launchway_testkit::chat::teams::FakeTeams;
use launchway_testkit::chat::{How, Trouble};
use launchway_testkit::mail::Smtp;
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
use launchway_testkit::{FakeRunner, StepRun};

use super::{Act, checkout, refused};

const TITLE: &str = "Deployed 'it' $HOME";

/// Sends [`TITLE`] and more.
fn send(act: Act<'_>, inputs: &[(&str, &str)]) -> StepRun {
    let repo = checkout();
    let usual = [("title", TITLE), ("text", "to **production**"), ("status", "success")];
    act(&repo, &FakeRunner::new(repo.path()), &[&usual, inputs].concat())
}

/// A message through a webhook, and one that is refused.
fn hooked(act: Act<'_>, url: &str, fail: impl Fn(Trouble), taken: impl Fn() -> Vec<String>) {
    let run = send(act, &[("webhook", url)]).success();
    assert_eq!((run.output("ok"), run.output("attempts"), run.output("error")), ("true", "1", ""));
    assert!(!run.output("status-code").is_empty(), "{:?}", run.outputs);
    assert!(!run.log.contains(url) && !run.summary.contains(url), "{}", run.log);
    fail(Trouble::before(How::Status(404)));
    let run = send(act, &[("webhook", url)]);
    assert_eq!(run.output("ok"), "false");
    refused(run, 1, "404");
    let taken = taken();
    assert!(taken.len() == 1 && taken[0].contains(TITLE), "{taken:?}");
}

pub(super) fn discord(act: Act<'_>) {
    let discord = FakeDiscord::start();
    let taken = || discord.messages().iter().map(ToString::to_string).collect();
    hooked(act, &discord.webhook(), |one| _ = discord.fail(one), taken);
}

pub(super) fn teams(act: Act<'_>) {
    let teams = FakeTeams::start();
    let taken = || teams.cards().iter().map(ToString::to_string).collect();
    hooked(act, &teams.webhook(), |one| _ = teams.fail(one), taken);
}

pub(super) fn webhook(act: Act<'_>) {
    let receiver = Receiver::unsigned();
    let text = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
    let taken = || receiver.taken().into_iter().map(text).collect();
    let url = receiver.url("/hooks/a-secret-path-of-the-receiver");
    hooked(act, &url, |one| _ = receiver.fail(one), taken);
}

pub(super) fn email(act: Act<'_>) {
    let Some(smtp) = Smtp::start("good", None) else { return };
    let url = smtp.url();
    let to = |to| [("server", url.as_str()), ("from", "deploy@example.com"), ("to", to)];
    let run = send(act, &to("ann@example.com\nbob@example.com")).success();
    assert_eq!((run.output("ok"), run.output("attempts")), ("true", "1"));
    assert!(run.output("response").contains("queued as 4711"), "{:?}", run.outputs);
    let run = send(act, &to("nobody@example.com"));
    assert_eq!(run.output("ok"), "false");
    refused(run, 1, "no such user");
    let letters = smtp.letters();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].starts_with("deploy@example.com ann@example.com bob@example.com\n"));
    assert!(letters[0].contains(&format!("{TITLE}\r\n")), "{}", letters[0]);
}

pub(super) fn slack(act: Act<'_>) {
    let slack = FakeSlack::start();
    let api = slack.api_url();
    let to = |channel| [("token", BOT_TOKEN), ("api-url", api.as_str()), ("channel", channel)];
    let run = send(act, &to(DEPLOYS)).success();
    assert_eq!((run.output("ok"), run.output("channel-id")), ("true", DEPLOYS));
    let message = slack.message(run.output("ts"));
    assert!(message.is_some_and(|message| message.text.contains(TITLE)), "{:?}", run.outputs);
    assert!(!run.log.contains(BOT_TOKEN) && !run.summary.contains(BOT_TOKEN), "{}", run.log);
    let run = send(act, &to("C0NONESUCH"));
    assert_eq!((run.output("ok"), run.output("error")), ("false", "channel_not_found"));
    refused(run, 1, "channel_not_found");
    assert_eq!(slack.all_messages().len(), 1);
}
