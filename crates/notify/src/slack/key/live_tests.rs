//! A message and its life, against a channel in memory.

use launchway_http::block_on;
use serde_json::{Value, json};

use super::fake::{Ill, Slack};
use super::*;
use crate::status::Status;

const CHANNEL: &str = "C0123456789";

fn wanted(run: &str, attempt: u64, job: &str, status: Status) -> Wanted {
    let run =
        Run { id: run.into(), attempt, job: job.into(), step: "tell".into(), leg: String::new() };
    Wanted { key: Key::parse("deploy-prod").unwrap(), run, status, words: "Deploy".into() }
}

fn message(text: &str) -> Value {
    json!({ "text": text, "blocks": [{ "type": "section" }] })
}

async fn looked(slack: &Slack, wanted: &Wanted) -> Plan {
    look(slack, CHANNEL, wanted).await.unwrap()
}

async fn sent(slack: &Slack, plan: &Plan, wanted: &Wanted, text: &str) -> Result<Lived, Trouble> {
    send(slack, plan, wanted, &message(text), &json!({ "text": format!("step {text}") })).await
}

async fn tell(slack: &Slack, wanted: &Wanted, text: &str) -> Lived {
    let plan = looked(slack, wanted).await;
    sent(slack, &plan, wanted, text).await.unwrap()
}

fn run<F: Future>(future: F) -> F::Output {
    block_on(future).unwrap()
}

#[test]
fn one_message_goes_through_a_run_and_its_thread_tells_the_steps() {
    run(async {
        let slack = Slack::default();
        let first = tell(&slack, &wanted("1", 1, "build", Status::Started), "started").await;
        let second = tell(&slack, &wanted("1", 1, "deploy", Status::Neutral), "progress").await;
        let third = tell(&slack, &wanted("1", 1, "deploy", Status::Failure), "failed").await;
        let again = tell(&slack, &wanted("1", 2, "deploy", Status::Success), "done").await;
        assert_eq!(first.how, How::Posted);
        for lived in [&second, &third, &again] {
            assert_eq!(
                (lived.how, &lived.ts, &lived.channel),
                (How::Updated, &first.ts, &first.channel)
            );
        }
        assert_eq!(slack.channel(), ["done"]);
        assert_eq!(
            slack.thread(&first.ts),
            ["step started", "step progress", "step failed", "step done"]
        );
    });
}

#[test]
fn a_step_that_runs_again_adds_nothing() {
    run(async {
        let slack = Slack::default();
        let story = [
            (Status::Started, "started"),
            (Status::Neutral, "progress"),
            (Status::Success, "done"),
        ];
        let mut ts = String::new();
        for _ in 0..2 {
            for (status, text) in story {
                ts = tell(&slack, &wanted("1", 1, "deploy", status), text).await.ts;
            }
        }
        assert_eq!(slack.channel(), ["done"]);
        assert_eq!(slack.thread(&ts), ["step started", "step progress", "step done"]);
    });
}

#[test]
fn a_program_killed_between_message_and_line_completes_the_rest() {
    run(async {
        let slack = Slack {
            ills: vec![("chat.postMessage", 2, Ill::Word("internal_error"))],
            ..Slack::default()
        };
        let wanted = wanted("1", 1, "deploy", Status::Started);
        let first = tell(&slack, &wanted, "started").await;
        assert!(first.entry.is_err());
        let second = tell(&slack, &wanted, "started").await;
        assert_eq!((second.how, &second.ts), (How::Updated, &first.ts));
        assert!(second.entry.is_ok());
        assert_eq!((slack.channel().len(), slack.thread(&first.ts).len()), (1, 1));
    });
}

#[test]
fn another_run_has_a_message_of_its_own_unless_it_goes_on() {
    run(async {
        let slack = Slack::default();
        tell(&slack, &wanted("1", 1, "deploy", Status::Success), "done 1").await;
        tell(&slack, &wanted("2", 1, "deploy", Status::Started), "started 2").await;
        let carried = tell(&slack, &wanted("3", 1, "deploy", Status::Success), "done 3").await;
        assert_eq!(carried.how, How::Updated);
        assert_eq!(carried.notes, ["the message of an earlier run was carried on"]);
        assert_eq!(slack.channel(), ["done 1", "done 3"]);
    });
}

#[test]
fn a_lost_answer_makes_no_second_message() {
    for (ills, posts) in [
        (vec![("chat.postMessage", 1, Ill::Lost)], 2),
        (vec![("chat.postMessage", 1, Ill::Void)], 3),
        (vec![("chat.postMessage", 1, Ill::Void), ("chat.postMessage", 2, Ill::Lost)], 3),
        (vec![("chat.postMessage", 2, Ill::Lost)], 2),
        (vec![("chat.postMessage", 2, Ill::Void)], 3),
        (vec![("chat.update", 1, Ill::Lost)], 2),
    ] {
        run(async {
            let told = format!("{ills:?}");
            let slack = Slack { ills, ..Slack::default() };
            let lived = tell(&slack, &wanted("1", 1, "deploy", Status::Started), "started").await;
            assert_eq!(slack.channel(), ["started"], "{told}");
            assert_eq!(slack.thread(&lived.ts), ["step started"], "{told}");
            assert_eq!(slack.count("chat.postMessage"), posts, "{told}");
        });
    }
}

#[test]
fn what_stays_unknown_is_said_and_not_repeated_for_ever() {
    for (over, posts) in [(false, 3), (true, 1)] {
        run(async {
            let slack =
                Slack { ills: vec![("chat.postMessage", 0, Ill::Void)], over, ..Slack::default() };
            let wanted = wanted("1", 1, "deploy", Status::Started);
            let plan = looked(&slack, &wanted).await;
            assert!(matches!(
                sent(&slack, &plan, &wanted, "started").await,
                Err(Trouble::Unknown(_))
            ));
            assert_eq!(slack.count("chat.postMessage"), posts);
        });
    }
}

#[test]
fn an_unknown_post_is_not_repeated_when_nobody_can_look() {
    run(async {
        let ills = vec![
            ("chat.postMessage", 1, Ill::Lost),
            ("conversations.history", 2, Ill::Word("fatal_error")),
        ];
        let slack = Slack { ills, ..Slack::default() };
        let wanted = wanted("1", 1, "deploy", Status::Started);
        let plan = looked(&slack, &wanted).await;
        assert!(matches!(sent(&slack, &plan, &wanted, "started").await, Err(Trouble::Unknown(_))));
        assert_eq!(slack.channel(), ["started"]);
    });
}

#[test]
fn what_was_deleted_is_posted_anew() {
    run(async {
        // Before the look, after it, and between message and line.
        let slack = Slack::default();
        let started = wanted("1", 1, "deploy", Status::Started);
        let first = tell(&slack, &started, "started").await;
        slack.delete(&first.ts);
        assert_eq!(tell(&slack, &started, "again").await.how, How::Posted);

        let done = wanted("1", 1, "deploy", Status::Success);
        let plan = looked(&slack, &done).await;
        let Move::Update(ts, _) = &plan.message else { panic!("{plan:?}") };
        slack.delete(ts);
        let lived = sent(&slack, &plan, &done, "done").await.unwrap();
        assert_eq!(lived.how, How::Replaced);
        assert_eq!(slack.channel(), ["done"]);
        assert_eq!(slack.thread(&lived.ts), ["step done"]);

        let slack = Slack {
            ills: vec![("chat.postMessage", 2, Ill::Word("thread_not_found"))],
            ..Slack::default()
        };
        let lived = tell(&slack, &started, "started").await;
        assert_eq!(lived.how, How::Replaced);
        assert!(lived.entry.is_ok());
    });
}

#[test]
fn what_cannot_be_changed_is_linked_to() {
    for word in ["cant_update_message", "edit_window_closed"] {
        run(async {
            let slack =
                Slack { ills: vec![("chat.update", 1, Ill::Word(word))], ..Slack::default() };
            let first = tell(&slack, &wanted("1", 1, "deploy", Status::Started), "started").await;
            *slack.ticks.borrow_mut() += 60_000_000;
            let second = tell(&slack, &wanted("1", 1, "deploy", Status::Success), "done").await;
            assert_eq!(second.how, How::Replaced);
            let link = format!("<https://x.example/p{}|Earlier message>", first.ts);
            assert_eq!(slack.channel(), ["started".to_owned(), format!("done\n{link}")]);
            assert_eq!(slack.messages.borrow()[2]["blocks"][1]["elements"][0]["text"], json!(link));
            assert_eq!(slack.thread(&second.ts), ["step done"]);
            // The next one goes to the new message.
            assert_eq!(
                tell(&slack, &wanted("1", 1, "deploy", Status::Failure), "failed").await.ts,
                second.ts
            );
        });
    }
}

#[test]
fn of_two_jobs_at_the_same_moment_one_message_stays() {
    run(async {
        let slack = Slack::default();
        let (one, two) =
            (wanted("1", 1, "a", Status::Started), wanted("1", 1, "b", Status::Started));
        let (first, second) = (looked(&slack, &one).await, looked(&slack, &two).await);
        assert!(matches!((&first.message, &second.message), (Move::Post(_), Move::Post(_))));
        let (first, second) = futures_util::future::join(
            sent(&slack, &first, &one, "a"),
            sent(&slack, &second, &two, "b"),
        )
        .await;
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(slack.channel().len(), 1, "{:?}", slack.messages);
        assert_eq!(first.ts, second.ts);
        let mut lines = slack.thread(&first.ts);
        lines.sort();
        assert_eq!(lines, ["step a", "step b"]);
    });
}

#[test]
fn jobs_of_a_run_end_in_any_order_and_the_worst_end_stays() {
    use Status::{Failure, Neutral, Started, Success};
    // What is told, and what the channel shows then.
    let rows: &[(&[(u64, Status)], &str)] = &[
        (&[(1, Started), (1, Success)], "1 success"),
        (&[(1, Success), (1, Started)], "0 success"),
        (&[(1, Failure), (1, Neutral), (1, Started)], "0 failure"),
        (&[(1, Failure), (1, Success)], "0 failure"),
        (&[(1, Success), (1, Failure), (1, Success)], "1 failure"),
        (&[(1, Success), (1, Success)], "1 success"),
        (&[(1, Failure), (2, Started)], "1 started"),
        (&[(1, Failure), (2, Started), (2, Success)], "2 success"),
        (&[(2, Started), (1, Failure)], "0 started"),
    ];
    for (told, shown) in rows {
        run(async {
            let slack = Slack::default();
            let mut lived = Vec::new();
            for (at, (attempt, status)) in told.iter().enumerate() {
                let wanted = wanted("1", *attempt, &format!("job {at}"), *status);
                lived.push(tell(&slack, &wanted, &format!("{at} {status}")).await);
            }
            assert_eq!(slack.channel(), [*shown], "{told:?}");
            let ts = &lived[0].ts;
            assert!(lived.iter().all(|one| one.ts == *ts && one.response["ts"] == **ts));
            assert_eq!(slack.thread(ts).len(), told.len(), "every job has its line: {told:?}");
        });
    }
}

#[test]
fn a_late_beginning_that_was_read_early_hides_no_end() {
    run(async {
        let slack = Slack::default();
        tell(&slack, &wanted("1", 1, "a", Status::Started), "a").await;
        // Both look before either writes; the lesser word comes between the end and its line.
        let (late, end) =
            (wanted("1", 1, "b", Status::Started), wanted("1", 1, "c", Status::Failure));
        let (first, second) = (looked(&slack, &late).await, looked(&slack, &end).await);
        let (first, second) = futures_util::future::join(
            sent(&slack, &second, &end, "failed"),
            sent(&slack, &first, &late, "late"),
        )
        .await;
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(slack.channel(), ["failed"]);
        assert_eq!((slack.thread(&first.ts).len(), &first.ts), (3, &second.ts));
        assert!(first.notes[0].contains("`failure` again"), "{:?}", first.notes);
    });
}

#[test]
fn a_lesser_word_that_comes_after_the_last_look_is_taken_back() {
    run(async {
        let slack = Slack::default();
        tell(&slack, &wanted("1", 1, "a", Status::Started), "a").await;
        let (good, bad) =
            (wanted("1", 1, "b", Status::Success), wanted("1", 1, "c", Status::Failure));
        let first = looked(&slack, &good).await;
        tell(&slack, &bad, "failed").await;
        // It looked before the failure, and writes long after it.
        let lived = sent(&slack, &first, &good, "done").await.unwrap();
        assert_eq!(slack.channel(), ["step failed"]);
        assert!(lived.notes[0].contains("told of `failure`"), "{:?}", lived.notes);
        let message = slack.messages.borrow()[0].clone();
        assert_eq!(message["blocks"][0]["text"]["text"], "step failed");
        assert_eq!(message["metadata"], bad.metadata());
    });
}

#[test]
fn the_one_too_many_that_a_third_job_saw_is_not_posted_again() {
    run(async {
        let slack = Slack::default();
        let [one, two, three] = ["a", "b", "c"].map(|job| wanted("1", 1, job, Status::Started));
        let (first, second) = (looked(&slack, &one).await, looked(&slack, &two).await);
        sent(&slack, &first, &one, "a").await.unwrap();
        // The second posts; before it sees the first and goes, the third looks.
        let body = json!({ "channel": CHANNEL, "text": "b", "metadata": two.metadata() });
        let posted = slack.call("chat.postMessage", &body).await.unwrap();
        let third = looked(&slack, &three).await;
        slack.delete(posted["ts"].as_str().unwrap());
        let Move::Update(ts, _) = &third.message else { panic!("{third:?}") };
        assert_eq!(*ts, slack.messages.borrow()[0]["ts"], "the older is the one that stays");
        sent(&slack, &second, &two, "b").await.unwrap();
        sent(&slack, &third, &three, "c").await.unwrap();
        assert_eq!(slack.channel(), ["c"]);
    });
}

#[test]
fn of_two_posts_at_the_same_moment_an_end_is_not_undone() {
    run(async {
        let slack = Slack::default();
        let (end, late) =
            (wanted("1", 1, "a", Status::Success), wanted("1", 1, "b", Status::Started));
        let (first, second) = (looked(&slack, &end).await, looked(&slack, &late).await);
        let first = sent(&slack, &first, &end, "done").await.unwrap();
        let second = sent(&slack, &second, &late, "late").await.unwrap();
        assert_eq!(slack.channel(), ["done"]);
        assert_eq!((second.how, &second.ts), (How::Kept, &first.ts));
        assert_eq!(slack.thread(&first.ts), ["step done", "step late"]);
    });
}

#[test]
fn a_message_of_another_app_is_left_alone() {
    run(async {
        let slack = Slack::default();
        let wanted = wanted("1", 1, "deploy", Status::Started);
        slack.forge(&wanted.metadata());
        assert_eq!(tell(&slack, &wanted, "started").await.how, How::Posted);
        assert_eq!(slack.channel(), ["forged", "started"]);
    });
}

#[test]
fn a_busy_channel_is_read_newest_first_and_not_for_ever() {
    run(async {
        let slack = Slack::default();
        let wanted = wanted("1", 1, "deploy", Status::Started);
        let first = tell(&slack, &wanted, "started").await;
        let noise = |count| (0..count).for_each(|_| slack.forge(&json!({ "event_type": "other" })));
        noise(900);
        let plan = looked(&slack, &wanted).await;
        assert_eq!(plan.message, Move::Update(first.ts, Why::ThisRun));
        noise(200);
        slack.calls.borrow_mut().clear();
        let plan = looked(&slack, &wanted).await;
        assert_eq!((plan.message, plan.more), (Move::Post(Why::None), true));
        assert_eq!(slack.count("conversations.history"), 5);
    });
}

#[test]
fn a_channel_that_cannot_be_read_gets_nothing_posted() {
    let rows: &[(&str, &str, &'static str, &str)] = &[
        (CHANNEL, "conversations.history", "missing_scope", "`channels:history`"),
        ("D0123456789", "conversations.history", "missing_scope", "`im:history`"),
        (CHANNEL, "conversations.history", "not_in_channel", "/invite"),
        ("#deploys", "users.conversations", "missing_scope", "C0123456789"),
        ("U0123456789", "conversations.open", "missing_scope", "`im:write`"),
        ("#nowhere", "", "", "/invite"),
    ];
    for (channel, method, word, hint) in rows {
        run(async {
            let slack = Slack { ills: vec![(method, 0, Ill::Word(word))], ..Slack::default() };
            let wanted = wanted("1", 1, "deploy", Status::Started);
            let trouble = look(&slack, channel, &wanted).await.unwrap_err();
            let failure = trouble.into_failure();
            assert!(failure.hint().unwrap().contains(hint), "{channel} {failure:?}");
            assert_eq!(slack.count("chat.postMessage"), 0);
        });
    }
}

#[test]
fn a_name_becomes_an_id() {
    run(async {
        let slack = Slack {
            channels: vec![("ci", "C0000000001"), ("deploys", "C0000000002")],
            ..Slack::default()
        };
        let wanted = wanted("1", 1, "deploy", Status::Started);
        for (name, id) in
            [("#deploys", "C0000000002"), ("ci", "C0000000001"), ("U0123456789", "D0123456789")]
        {
            assert_eq!(look(&slack, name, &wanted).await.unwrap().channel, id);
        }
    });
}

#[test]
fn what_others_forge_does_not_end_the_search() {
    run(async {
        let slack = Slack::default();
        let wanted = wanted("1", 1, "deploy", Status::Started);
        let first = tell(&slack, &wanted, "started").await;
        (0..300).for_each(|_| slack.forge(&json!({ "event_type": "other" })));
        slack.forge(&wanted.metadata());
        let plan = looked(&slack, &wanted).await;
        assert_eq!(plan.message, Move::Update(first.ts, Why::ThisRun));
    });
}

#[test]
fn what_is_old_by_the_clock_of_slack_is_not_found() {
    run(async {
        const DAY: u64 = 24 * 3600;
        let wanted = wanted("1", 1, "deploy", Status::Started);
        for (age, is_found) in [(6 * DAY, true), (8 * DAY, false)] {
            let slack = Slack::default();
            let ts = format!("{}.000001", super::fake::NOW - age);
            let there =
                json!({ "ts": ts, "bot_id": "B1", "text": "", "metadata": wanted.metadata() });
            slack.messages.borrow_mut().push(there);
            (0..200).for_each(|_| slack.forge(&json!({ "event_type": "other" })));
            let plan = looked(&slack, &wanted).await;
            assert_eq!(matches!(plan.message, Move::Update(..)), is_found, "{age}");
        }
    });
}

#[test]
fn what_goes_on_from_a_message_that_cannot_be_changed_is_no_twin_of_it() {
    run(async {
        let closed = Ill::Word("edit_window_closed");
        let slack = Slack { ills: vec![("chat.update", 0, closed)], ..Slack::default() };
        let first = tell(&slack, &wanted("1", 1, "a", Status::Started), "started").await;
        let done = wanted("1", 1, "a", Status::Success);
        let second = tell(&slack, &done, "done").await;
        // Said again, it is there already; said otherwise, another one goes on.
        assert_eq!(tell(&slack, &done, "done").await.ts, second.ts);
        let third = tell(&slack, &wanted("1", 1, "b", Status::Failure), "failed").await;
        let all: Vec<_> = slack.messages.borrow().iter().map(|one| one["ts"].clone()).collect();
        for lived in [&first, &second, &third] {
            assert!(all.contains(&json!(lived.ts)), "{all:?}");
        }
        assert_eq!(slack.channel().len(), 3);
        assert_eq!(slack.thread(&second.ts), ["step done"]);
    });
}

#[test]
fn the_message_of_a_job_that_was_killed_in_a_bad_moment_is_put_away_and_its_lines_move() {
    run(async {
        let slack = Slack::default();
        let (one, two) =
            (wanted("1", 1, "a", Status::Started), wanted("1", 1, "b", Status::Failure));
        let second = looked(&slack, &two).await;
        let first = tell(&slack, &one, "a").await;
        // It posts, sees nobody, writes its line, and is gone.
        let body = json!({ "channel": CHANNEL, "text": "b", "metadata": two.metadata() });
        let ts = slack.call("chat.postMessage", &body).await.unwrap()["ts"].clone();
        let line = json!({ "channel": CHANNEL, "thread_ts": ts, "text": "step b", "metadata": two.line_metadata() });
        slack.call("chat.postMessage", &line).await.unwrap();
        drop(second);
        let third = tell(&slack, &wanted("1", 1, "c", Status::Success), "c").await;
        assert_eq!((third.ts.as_str(), slack.channel().len()), (first.ts.as_str(), 1));
        assert_eq!(slack.thread(&first.ts), ["step a", "step b", "step c"]);
        assert_eq!(slack.channel(), ["step b"], "the worse end counts");
        assert!(slack.thread(ts.as_str().unwrap()).is_empty());
    });
}
