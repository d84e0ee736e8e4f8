//! What reports of ordinary runs look like.

use launchway_health::attempt::Attempt;
use launchway_health::inputs::Mode;
use launchway_health::outcome::{Attempts, Outcome, Verdict};
use launchway_health::outputs::Outputs;
use launchway_health::reason::Reason;
use launchway_health::report::{Report, Run, annotations, json, junit, summary, text};
use serde_json::Value;

use super::samples::{bad, good, interrupted, ms, outcome, report, run, until};
use super::schema;

pub(super) fn json(report: &Report<'_>) -> Value {
    let mut out = Vec::new();
    json::write(report, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

pub(super) fn junit(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    junit::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// One that is healthy after two failures, one that is not, one nobody knows of.
fn three() -> Vec<Outcome> {
    let refused = |number| bad(number, Reason::ConnectionRefused, "127.0.0.1:8080 refused");
    vec![
        outcome("api", [refused(1), refused(2), good(3, 12)]),
        outcome("db", [good(1, 4), bad(2, Reason::StatusMismatch, "503 Service Unavailable")]),
        interrupted("cache"),
    ]
}

#[test]
fn the_json_holds_every_attempt_and_fits_its_schema() {
    let (run, outcomes) = (run(Mode::Wait), three());
    let found = json(&report(&run, &outcomes));
    schema::hold(&found);
    assert_eq!(found["verdict"], "unhealthy");
    assert_eq!(found["attempts"], 5);
    assert_eq!(found["failed"], 3);
    assert_eq!(found["started"], "2026-11-21T12:00:00.25Z");
    assert_eq!(found["elapsedMs"], 4321.0);
    let api = &found["targets"][0];
    assert_eq!(api["verdict"], "healthy");
    assert_eq!(api["timeToHealthyMs"], 2012.0);
    assert_eq!(api["reason"], Value::Null);
    assert_eq!(api["version"], "1.2.3");
    assert_eq!(
        serde_json::to_string(&api["attempts"][2]).unwrap(),
        r#"{"number":3,"started":"2026-11-21T12:00:02.25Z","startedMs":2000.0,"endedMs":2012.0,"ok":true,"status":200,"version":"1.2.3","address":"127.0.0.1:8080","requests":1,"timingsMs":{"dns":1.5,"connect":2.0,"firstByte":6.0,"total":12.0}}"#
    );
    let db = &found["targets"][1];
    assert_eq!(db["reason"], "status_mismatch");
    assert_eq!(db["hint"], Reason::StatusMismatch.hint());
    assert_eq!(db["attempts"][1]["detail"], "503 Service Unavailable");
    assert_eq!(db["total"]["relapses"], 1);
    assert_eq!(found["targets"][2]["verdict"], "interrupted");
    assert_eq!(found["targets"][2]["attempts"], Value::Array(Vec::new()));
}

#[test]
fn the_json_is_indented_with_an_attempt_on_each_line() {
    let (run, outcomes) = (run(Mode::Once), three());
    let mut out = Vec::new();
    json::write(&report(&run, &outcomes), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("{\n  \"version\": 1,\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("        {\"number\":")).count(), 5);
    assert!(text.ends_with("}\n"));
}

#[test]
fn a_very_long_run_says_what_it_left_out() {
    let run = run(Mode::Watch);
    let mut attempts = Attempts::among(500);
    (1..=5000).for_each(|number| attempts.push(good(number, number % 50)));
    let outcomes = [Outcome { attempts, ..outcome("api", [good(1, 1)]) }];
    let found = json(&report(&run, &outcomes));
    schema::hold(&found);
    let listed = found["targets"][0]["attempts"].as_array().unwrap();
    assert_eq!((found["attempts"].clone(), found["leftOut"].clone()), (5000.into(), 4980.into()));
    assert_eq!(listed.len(), 20);
    assert_eq!(listed[0]["number"], 1);
    assert_eq!(listed[19]["number"], 5000);
}

#[test]
fn the_xml_is_one_case_per_target() {
    let (run, outcomes) = (run(Mode::Wait), three());
    let text = junit(&report(&run, &outcomes));
    let document = roxmltree::Document::parse(&text).unwrap();
    let suites = document.root_element();
    assert_eq!(suites.attribute("tests"), Some("3"));
    assert_eq!(suites.attribute("failures"), Some("1"));
    assert_eq!(suites.attribute("errors"), Some("1"));
    assert_eq!(suites.attribute("time"), Some("4.321"));
    let suite = suites.first_element_child().unwrap();
    assert_eq!(suite.attribute("timestamp"), Some("2026-11-21T12:00:00.25"));
    let cases: Vec<_> = suite.children().filter(roxmltree::Node::is_element).collect();
    let names: Vec<_> = cases.iter().map(|case| case.attribute("name").unwrap()).collect();
    assert_eq!(names, ["api", "db", "cache"]);
    assert_eq!(cases[0].attribute("time"), Some("2.012"));
    assert_eq!(cases[0].attribute("classname"), Some("health.http"));
    assert_eq!(cases[0].first_element_child().unwrap().tag_name().name(), "system-out");
    let failure = cases[1].first_element_child().unwrap();
    assert_eq!(failure.tag_name().name(), "failure");
    assert_eq!(failure.attribute("type"), Some("status_mismatch"));
    assert_eq!(failure.attribute("message"), Some("the deadline of 2m passed"));
    assert!(failure.text().unwrap().contains("503 Service Unavailable"));
    let error = cases[2].first_element_child().unwrap();
    assert_eq!((error.tag_name().name(), error.attribute("type")), ("error", Some("interrupted")));
}

#[test]
fn the_summary_is_a_table_and_what_to_look_at() {
    let (run, outcomes) = (run(Mode::Wait), three());
    let text = summary::of(&report(&run, &outcomes)).render();
    let expected = "### ❌ Health: 1 of 3 targets is healthy\n\n\
        | Target | Verdict | Attempts | Healthy after | Answer | Median / slowest | Course |\n\
        | --- | --- | --- | --- | --- | --- | --- |\n\
        | `db` | ❌ `status_mismatch` | 2 (1 failed) | – | `1.2.3` | 4ms / 4ms | `█×` █ = 4ms |\n\
        | `cache` | ⚠️ interrupted | 0 | – | – | – | – |\n\
        | `api` | ✅ healthy | 3 (2 failed) | 2\\.01s | 200, `1.2.3` | 12ms / 12ms | `××█` █ = 12ms |\n\n\
        Course: time of each attempt, a full block is the slowest; × failed\n\n\
        `status_mismatch`: ";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("- `db`: the deadline of 2m passed; last: 503 Service Unavailable\n"));
    assert!(text.contains("not healthy\n\n- `cache`: interrupted by SIGTERM\n"), "{text}");
}

#[test]
fn two_hundred_targets_are_a_table_one_can_read() {
    let run = run(Mode::Wait);
    let outcomes: Vec<_> = (0..300)
        .map(|index| {
            let name = format!("t{index}");
            if index % 3 == 0 {
                outcome(&name, [bad(1, Reason::Reset, "torn down")])
            } else {
                outcome(&name, [good(1, 1)])
            }
        })
        .collect();
    let report = report(&run, &outcomes);
    let text = summary::of(&report).render();
    assert_eq!(text.lines().filter(|line| line.starts_with("| `t")).count(), 50);
    assert!(!text.contains("✅"), "those that are not healthy come first");
    assert!(text.contains("and 250 more targets (200 healthy)"), "{text}");
    assert!(text.contains("- and 95 more\n"));
    let all = annotations::of(&report);
    assert_eq!(all.len(), 8);
    assert!(all[7].message.starts_with("and 93 more are not healthy: t21, t24, "), "{:?}", all[7]);
    let lines = text::lines(&report);
    assert_eq!(lines.last().unwrap(), "200 of 300 targets are healthy, after 4.32s");
    assert_eq!(lines.iter().filter(|line| line.contains("hint: ")).count(), 1);
}

#[test]
fn the_course_shows_failures_and_its_scale() {
    let run = run(Mode::Watch);
    let times = [1, 10, 20, 40, 80];
    let mut attempts: Vec<Attempt> =
        times.iter().zip(1..).map(|(took, number)| good(number, *took)).collect();
    attempts.push(bad(6, Reason::Reset, "torn down"));
    attempts.push(good(7, 5));
    let outcomes = [outcome("api", attempts)];
    let text = summary::of(&report(&run, &outcomes)).render();
    assert!(text.contains("| `▁▁▂▄█×▁` █ = 80ms |"), "{text}");

    let many = (1..=200).map(|number| {
        if number < 100 || number % 10 == 0 {
            bad(number, Reason::Reset, "torn down")
        } else {
            good(number, 5)
        }
    });
    let outcomes = [outcome("api", many.chain([good(201, 10)]))];
    let text = summary::of(&report(&run, &outcomes)).render();
    assert!(text.contains(" █ = 10ms, 8 attempts each |"), "{text}");
    assert!(text.contains("`××××××××××××÷"), "{text}");
    assert!(text.contains("× failed; ÷ failed in part"), "{text}");
}

fn said(run: &Run, outcomes: &[Outcome]) -> Vec<String> {
    annotations::of(&report(run, outcomes)).iter().map(ToString::to_string).collect()
}

#[test]
fn annotations_name_target_reason_and_what_to_look_at() {
    let found = said(&run(Mode::Wait), &three());
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0],
        format!(
            "::error title=db is not healthy%3A status_mismatch::db: the deadline of 2m passed (status_mismatch)%0Atarget: http://db.example/%0Alast: 503 Service Unavailable%0Ahint: {}",
            Reason::StatusMismatch.hint()
        )
    );
    assert!(found[1].starts_with("::warning title=db is not steady::"), "{found:?}");
    // What was interrupted is to blame only where nothing else is.
    let known = |one: &Outcome| one.verdict != Verdict::Unhealthy;
    let others: Vec<_> = three().into_iter().filter(known).collect();
    assert_eq!(
        said(&run(Mode::Wait), &others),
        [
            "::error title=cache%3A interrupted::cache: interrupted by SIGTERM%0Atarget: http://cache.example/"
        ]
    );
}

#[test]
fn failures_on_the_way_are_a_warning_only_while_watching() {
    let outcomes = [outcome("api", [bad(1, Reason::Reset, "torn down"), good(2, 1), good(3, 1)])];
    assert!(said(&run(Mode::Wait), &outcomes).is_empty());
    assert_eq!(
        said(&run(Mode::Watch), &outcomes),
        ["::warning title=api is not steady::`api`: 1 of 3 attempts failed"]
    );
}

#[test]
fn certificates_that_end_soon_and_unchecked_ones_are_warned_of() {
    let day = 24 * 60 * 60;
    let ends = |days: i64| 1_795_262_400 + days * day + 3600;
    let outcomes = [14, 15, 0, -2, 1]
        .map(|days| outcome(&format!("in{days}"), [until(good(1, 1), ends(days))]));
    let run = Run { insecure: true, ..run(Mode::Once) };
    let found = said(&run, &outcomes);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[0].contains("`insecure`"));
    assert!(found[1].ends_with("the certificate of `in14` (shop.example) ends in 14 days"));
    assert!(found[2].ends_with("(shop.example) ends within a day"));
    assert!(found[3].ends_with("the same holds for 2 more targets, see the report"));
    let days = &json(&report(&run, &outcomes))["targets"][3]["certificate"]["days"];
    assert_eq!(days, -2);
}

#[test]
fn the_log_ends_with_a_line_for_each_and_one_for_all() {
    let slow = Attempt {
        timings: launchway_health::attempt::Timings {
            first_byte: Some(ms(4900)),
            total: ms(5000),
            ..good(1, 1).timings
        },
        ..bad(1, Reason::ResponseTimeout, "no answer within 5s")
    };
    let mut outcomes = three();
    outcomes.push(outcome("slow-one", [slow]));
    let run = run(Mode::Wait);
    let lines = text::lines(&report(&run, &outcomes));
    let hint = |reason: Reason| format!("             hint: {}", reason.hint());
    assert_eq!(
        lines,
        [
            "healthy      api       200, version 1.2.3, after 2.01s (3 attempts), took 12ms".to_owned(),
            "unhealthy    db        status_mismatch: the deadline of 2m passed (2 attempts in 1s, took 4ms)".to_owned(),
            "             http://db.example/".to_owned(),
            "             last: 503 Service Unavailable".to_owned(),
            hint(Reason::StatusMismatch),
            "interrupted  cache     interrupted by SIGTERM (0 attempts in 0ms)".to_owned(),
            "             http://cache.example/".to_owned(),
            "unhealthy    slow-one  response_timeout: the deadline of 2m passed (1 attempt in 3ms)".to_owned(),
            "             http://slow-one.example/".to_owned(),
            "             last: no answer within 5s".to_owned(),
            "             time of the last look: dns 1.5ms, connect 2ms, first byte 4.9s, total 5s".to_owned(),
            hint(Reason::ResponseTimeout),
            "1 of 4 targets is healthy, after 4.32s".to_owned(),
        ]
    );
}

#[test]
fn outputs_tell_of_the_first_target_that_is_not_healthy() {
    let run = run(Mode::Wait);
    let text = |text: &str| Some(text.to_owned());
    let all = three();
    let outputs = |outcomes: &[Outcome]| report(&run, outcomes).outputs(Some("r.json"));
    assert_eq!(
        outputs(&all),
        Outputs {
            healthy: text("false"),
            attempts: text("5"),
            elapsed_ms: text("4321"),
            time_to_healthy_ms: text(""),
            status: text(""),
            reason: text("status_mismatch"),
            report: text("r.json"),
        }
    );
    let good = outputs(&all[..1]);
    assert_eq!((good.healthy, good.reason), (text("true"), text("")));
    assert_eq!((good.status, good.time_to_healthy_ms), (text("200"), text("2012")));
    assert_eq!(report(&run, &all).outputs(None).report, text(""));
}
