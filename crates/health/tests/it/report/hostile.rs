//! Text that would like to act, in every place that shows it.

use launchway_health::attempt::Attempt;
use launchway_health::inputs::Mode;
use launchway_health::outcome::{Outcome, Verdict};
use launchway_health::reason::Reason;
use launchway_health::report::{annotations, summary, text};
use launchway_runtime::{Environment, ProgramInfo, Session};
use proptest::prelude::*;

use super::form::{json, junit};
use super::samples::{bad, good, outcome, report, run, until};
use super::schema;

const NASTY: &[&str] = &[
    "",
    "\n::error::forged\n",
    "\r::add-path::/tmp",
    "##[set-output name=a;]b",
    "]]>",
    "<!-- --></failure><testcase name=\"x\"/>",
    "a\"b'c&d<e>&#0;&lt;",
    "\0\u{1}\u{8}\u{b}\u{c}\u{1b}[31m\u{7f}\u{85}\u{9b}2J",
    "\u{fffe}\u{ffff}\u{feff}\u{202e}\u{2028}",
    "🦀👩‍👩‍👧‍👦",
    "| a | b |\n| - | - |\n```\n</details>",
    "`x` @everyone #1 <img src=x>",
    "%0A%25::stop-commands::x",
];

fn hostile(name: &str, detail: &str, words: &str, good_too: bool) -> Outcome {
    let failed = Attempt {
        note: Some(words.to_owned()),
        version: Some(name.to_owned()),
        proxy: Some(detail.to_owned()),
        ..until(bad(1, Reason::BodyMismatch, detail), i64::MAX)
    };
    let mut attempts = vec![failed];
    if good_too {
        attempts.push(Attempt { version: Some(name.to_owned()), ..until(good(2, 1), i64::MIN) });
    }
    let found = outcome(name, attempts);
    Outcome { words: words.to_owned(), shown: detail.to_owned(), ..found }
}

/// How a runner finds commands.
fn commands(log: &str) -> Vec<&str> {
    let lines = log.split(['\n', '\r']);
    lines.filter(|l| l.trim_start().starts_with("::") || l.contains("##[")).collect()
}

fn check(outcomes: &[Outcome]) {
    let run = run(Mode::Watch);
    let report = report(&run, outcomes);
    schema::hold(&json(&report));

    let xml = junit(&report);
    assert!(!xml.chars().any(|c| c.is_control() && c != '\n'), "{xml:?}");
    let document = roxmltree::Document::parse(&xml).unwrap();
    let named = |name: &str| document.descendants().filter(|one| one.has_tag_name(name)).count();
    assert_eq!(named("testcase"), outcomes.len());
    let failed = outcomes.iter().filter(|one| one.verdict == Verdict::Unhealthy).count();
    assert_eq!(named("failure"), failed);

    for line in text::lines(&report) {
        assert!(!line.contains(['\n', '\r', '\u{1b}', '\0']), "{line:?}");
    }
    let page = summary::of(&report).render();
    assert_eq!(page.lines().filter(|line| line.starts_with("| ")).count(), 2 + outcomes.len());
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells = line.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 8, "{line}");
    }

    let log = logged(outcomes);
    let ours = annotations::of(&report).len();
    for command in commands(&log) {
        assert!(
            command.starts_with("::error title=") || command.starts_with("::warning "),
            "{command}"
        );
    }
    assert!(commands(&log).len() <= ours, "{log}");
}

/// What a runner gets to read.
fn logged(outcomes: &[Outcome]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let file = std::fs::File::create(&path).unwrap();
    let env = Environment::from_pairs([("GITHUB_ACTIONS", "true")]);
    let other = Box::new(file.try_clone().unwrap());
    let session =
        Session::with_writers(ProgramInfo::new("launchway-health"), env, Box::new(file), other);
    let run = run(Mode::Watch);
    let places = launchway_health::report::files::Places::default();
    launchway_health::report::finish(&session, &report(&run, outcomes), &places).unwrap();
    std::fs::read_to_string(&path).unwrap()
}

#[test]
fn nothing_of_it_acts() {
    for one in NASTY {
        for other in NASTY {
            check(&[hostile(one, other, one, false), hostile(other, one, one, true)]);
        }
    }
    let huge = "x::error::]]>\n".repeat(8000);
    check(&[hostile(&huge, &huge, &huge, false), hostile(&huge, &huge, &huge, true)]);
    let page = summary::of(&report(&run(Mode::Wait), &[hostile(&huge, &huge, &huge, false)]));
    assert!(page.render().len() < 20_000);
}

#[test]
fn a_secret_is_in_none_of_it() {
    let secret = "hunter2\"<&>-very-secret";
    launchway_base::redact::register(secret);
    let outcomes = [hostile(secret, secret, secret, false), hostile(secret, secret, secret, true)];
    let run = run(Mode::Wait);
    let report = report(&run, &outcomes);
    let annotations: Vec<_> = annotations::of(&report).iter().map(ToString::to_string).collect();
    for text in [
        json(&report).to_string(),
        junit(&report),
        summary::of(&report).render(),
        text::lines(&report).concat(),
        annotations.concat(),
    ] {
        assert!(!text.contains("hunter2") && text.contains("***"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_stands_in_it(
        name in "(?s).{0,40}",
        detail in "(?s)([:#\\[\\]<>&\"|`\r\n\\x00-\\x20a]|::error::|\\]\\]>){0,40}",
        words in "(?s).{0,40}",
    ) {
        check(&[hostile(&name, &detail, &words, false), hostile(&words, &name, &detail, true)]);
    }
}
