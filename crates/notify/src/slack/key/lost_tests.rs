//! An answer that is lost at any call of any story: what the next run finds is completed, not repeated.

use launchway_http::block_on;
use serde_json::{Value, json};

use super::fake::{Ill, Slack};
use super::*;
use crate::status::Status;

const CHANNEL: &str = "C0123456789";
const POST: &str = "chat.postMessage";

/// What a step finds: its name, whose run and status it is of, whether it can still be changed; and how
/// many messages there are in the end, and what the last one says.
type Story = (&'static str, Option<(&'static str, Status)>, bool, usize, Status);

const STORIES: &[Story] = &[
    ("post", None, true, 1, Status::Success),
    ("update", Some(("1", Status::Started)), true, 1, Status::Success),
    ("carry on", Some(("0", Status::Started)), true, 1, Status::Success),
    ("keep", Some(("1", Status::Failure)), true, 1, Status::Failure),
    ("link", Some(("1", Status::Started)), false, 2, Status::Success),
];

async fn tell(slack: &Slack, run: &str, job: &str, status: Status) -> Result<Lived, Trouble> {
    let run =
        Run { id: run.into(), attempt: 1, job: job.into(), step: "tell".into(), ..Run::default() };
    let key = Key::parse("deploy-prod").unwrap();
    let wanted = Wanted { key, run, status, words: "Deploy".into() };
    let text = format!("{job} {status}");
    let plan = look(slack, CHANNEL, &wanted).await?;
    send(slack, &plan, &wanted, &json!({ "text": text }), &json!({ "text": text })).await
}

/// The channel as the step finds it.
async fn before((_, found, changes, ..): &Story) -> Slack {
    let mut slack = Slack::default();
    if let Some((run, status)) = found {
        tell(&slack, run, "first", *status).await.unwrap();
    }
    if !changes {
        let ts = slack.messages.borrow()[0]["ts"].clone();
        slack.closed = ts.as_str().map(str::to_owned);
    }
    slack.calls.borrow_mut().clear();
    slack
}

/// The step, with this wrong with its `nth` call, and then once more with nothing wrong. Answers the
/// methods it called first; `healthy` are those of a step with nothing wrong.
async fn play(
    story: &Story,
    nth: usize,
    ill: Option<Ill>,
    healthy: Option<&[String]>,
) -> Vec<String> {
    let told = format!("{}, call {nth}, {ill:?}", story.0);
    let mut slack = before(story).await;
    let (is_ill, is_void) = (ill.is_some(), matches!(ill, Some(Ill::Void)));
    slack.ills.extend(ill.map(|ill| ("", nth, ill)));
    let first = tell(&slack, "1", "second", Status::Success).await;
    let calls = slack.calls.borrow().clone();
    // A call that only reads is repeated behind this. What was written is looked for here, and sent again
    // only where it is not there.
    let writes = |method: &String| matches!(method.as_str(), POST | "chat.update");
    if let Some(method) = calls.get(nth - 1).filter(|method| !is_ill || writes(method)) {
        assert!(first.unwrap().entry.is_ok(), "{told}");
        let posts = |calls: &[String]| calls.iter().filter(|method| *method == POST).count();
        let again = usize::from(is_void && method == POST);
        assert_eq!(posts(&calls), posts(healthy.unwrap_or(&calls)) + again, "{told}");
    }
    slack.ills.clear();
    let lived = tell(&slack, "1", "second", Status::Success).await.unwrap();
    let messages = slack.messages.borrow();
    let (lines, roots): (Vec<&Value>, Vec<&Value>) =
        messages.iter().partition(|one| one.get("thread_ts").is_some());
    let ours: Vec<_> = lines.iter().filter(|one| one["text"] == "second success").collect();
    let (_, _, _, count, status) = story;
    assert_eq!((roots.len(), ours.len()), (*count, 1), "{told}\n{messages:#?}");
    let last = roots[count - 1];
    assert_eq!(
        (&last["ts"], &ours[0]["thread_ts"]),
        (&json!(lived.ts), &json!(lived.ts)),
        "{told}"
    );
    assert_eq!(Mark::read(last).unwrap().status, *status, "{told}");
    calls
}

#[test]
fn an_answer_lost_at_any_call_of_any_story_changes_nothing() {
    block_on(async {
        for story in STORIES {
            let calls = play(story, 1, None, None).await;
            assert!(calls.len() >= 4, "{} {calls:?}", story.0);
            for nth in 1..=calls.len() {
                play(story, nth, Some(Ill::Void), Some(&calls)).await;
                play(story, nth, Some(Ill::Lost), Some(&calls)).await;
            }
        }
    })
    .unwrap();
}
