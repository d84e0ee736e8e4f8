//! The report as `JUnit` XML: a test case per target.

use std::io::{self, Write};
use std::time::Duration;

use super::{Report, words};
use crate::outcome::{Outcome, Verdict};

/// The most attempts that are told of a target.
const TOLD: usize = 20;

/// Writes the report, secrets redacted.
///
/// # Errors
/// Of the writer.
pub fn write(report: &Report<'_>, mut out: impl Write) -> io::Result<()> {
    let count = |verdict| report.outcomes.iter().filter(|one| one.verdict == verdict).count();
    let counts = format!(
        r#"tests="{}" failures="{}" errors="{}" time="{}""#,
        report.outcomes.len(),
        count(Verdict::Unhealthy),
        count(Verdict::Interrupted),
        seconds(report.run.elapsed)
    );
    let started = words::moment(report.run.started, Duration::ZERO).to_string();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="launchway-health" {counts}>"#)?;
    writeln!(
        out,
        r#"  <testsuite name="health" {counts} skipped="0" timestamp="{}">"#,
        started.trim_end_matches('Z')
    )?;
    for outcome in report.outcomes {
        out.write_all(case(outcome, report).as_bytes())?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn case(outcome: &Outcome, report: &Report<'_>) -> String {
    let sentence = words::line(&outcome.words, words::SENTENCE);
    let open = format!(
        "    <testcase name=\"{}\" classname=\"health.{}\" time=\"{}\">\n",
        attribute(&words::name(outcome)),
        attribute(outcome.kind),
        seconds(outcome.elapsed)
    );
    let (element, kind) = match outcome.verdict {
        Verdict::Healthy => {
            let told = text(&told(outcome, report));
            return format!("{open}      <system-out>{told}</system-out>\n    </testcase>\n");
        }
        Verdict::Unhealthy => ("failure", outcome.reason.map_or("unhealthy", |why| why.as_str())),
        Verdict::Interrupted => ("error", "interrupted"),
    };
    format!(
        "{open}      <{element} type=\"{kind}\" message=\"{}\">{}</{element}>\n    </testcase>\n",
        attribute(&sentence),
        text(&told(outcome, report))
    )
}

/// The target, why and its last attempts, a line each.
fn told(outcome: &Outcome, report: &Report<'_>) -> String {
    let mut lines = vec![
        words::line(&outcome.shown, words::SENTENCE),
        words::line(&outcome.words, words::SENTENCE),
    ];
    lines.extend(outcome.hint(report.run.invert).map(str::to_owned));
    let mut last: Vec<_> = outcome.attempts.kept().rev().take(TOLD).collect();
    last.reverse();
    let earlier = outcome.attempts.total() - u64::try_from(last.len()).unwrap_or_default();
    if earlier > 0 {
        lines.push(format!("{} before", words::count(earlier, "attempt")));
    }
    let mut before = None;
    for attempt in last {
        lines.push(words::attempt_after(attempt, before.replace(attempt)));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n") + "\n"
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// Text between tags, without the characters that XML 1.0 cannot hold.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // Else `]]>` would end what did not begin.
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Text in a quoted attribute, on one line.
fn attribute(value: &str) -> String {
    text(value).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What XML 1.0 can hold.
    fn may_stand(c: char) -> bool {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        for number in 0..=0x0011_0000 {
            let Some(c) = char::from_u32(number) else { continue };
            assert!(text(&c.to_string()).chars().all(may_stand), "{c:?}");
        }
        assert_eq!(text("a\n\t\u{1b}\u{ffff}\rb"), "a\n\t\u{fffd}\u{fffd}\u{fffd}b");
        assert_eq!(text("]]>&\"<"), "]]&gt;&amp;&quot;&lt;");
        assert_eq!(attribute("a\n\"b"), "a &quot;b");
    }

    proptest! {
        #[test]
        fn text_reads_back(value in "[ -~é🦀\n]{0,60}") {
            let xml = format!("<x y=\"{}\">{}</x>", attribute(&value), text(&value));
            let read = roxmltree::Document::parse(&xml).unwrap();
            prop_assert_eq!(read.root_element().text().unwrap_or_default(), value.as_str());
            let flat = value.replace('\n', " ");
            prop_assert_eq!(read.root_element().attribute("y"), Some(flat.as_str()));
        }
    }
}
