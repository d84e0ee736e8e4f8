//! The report as JSON; `docs/schema/health-report.json` describes it.

use std::borrow::Cow;
use std::io::{self, Write};

use launchway_base::redact::redact;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::{Report, words};
use crate::attempt::{Attempt, Certificate};
use crate::inputs::Mode;
use crate::outcome::Outcome;
use crate::reason::Reason;

/// The version of the format. It rises when a reader of the old form would be misled.
pub const VERSION: u32 = 1;
/// From this depth on a value stands on one line: an attempt each.
const FOLDED: usize = 4;

/// Writes the report, secrets redacted, with a line end after it.
///
/// # Errors
/// Of the writer.
pub fn write(report: &Report<'_>, mut out: impl Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Folding::default());
    Document::of(report).serialize(&mut serializer)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: u32,
    program: String,
    mode: &'static str,
    invert: bool,
    verdict: &'static str,
    started: String,
    elapsed_ms: f64,
    attempts: u64,
    failed: u64,
    requests: u64,
    left_out: u64,
    targets: Targets<'a>,
}

impl<'a> Document<'a> {
    fn of(report: &Report<'a>) -> Self {
        let sum = |of: fn(&Outcome) -> u64| report.outcomes.iter().map(of).sum();
        Self {
            version: VERSION,
            program: format!("launchway-health {}", launchway_base::VERSION),
            mode: match report.run.mode {
                Mode::Wait => "wait",
                Mode::Once => "once",
                Mode::Watch => "watch",
            },
            invert: report.run.invert,
            verdict: report.verdict().as_str(),
            started: words::moment(report.run.started, std::time::Duration::ZERO).to_string(),
            elapsed_ms: words::millis(report.run.elapsed),
            attempts: report.attempts(),
            failed: sum(|one| one.attempts.failed()),
            requests: sum(|one| one.attempts.requests()),
            left_out: sum(|one| one.attempts.left_out()),
            targets: Targets(*report),
        }
    }
}

/// Made one after the other, as they are written.
struct Targets<'a>(Report<'a>);

impl Serialize for Targets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.outcomes.iter().map(|one| Target::of(one, self.0)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    name: Cow<'a, str>,
    #[serde(rename = "target")]
    shown: Cow<'a, str>,
    kind: &'static str,
    verdict: &'static str,
    reason: Option<Reason>,
    words: Cow<'a, str>,
    hint: Option<&'static str>,
    elapsed_ms: f64,
    time_to_healthy_ms: Option<f64>,
    status: Option<u16>,
    version: Option<Cow<'a, str>>,
    address: Option<String>,
    proxy: Option<Cow<'a, str>>,
    certificate: Option<Shown<'a>>,
    latency_ms: Option<Latency>,
    total: Total,
    attempts: Attempts<'a>,
}

#[derive(Serialize)]
struct Shown<'a> {
    subject: Cow<'a, str>,
    ends: Option<String>,
    days: i64,
}

#[derive(Serialize)]
struct Latency {
    median: f64,
    max: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    attempts: u64,
    failed: u64,
    relapses: u64,
    requests: u64,
    left_out: u64,
}

impl<'a> Target<'a> {
    fn of(outcome: &'a Outcome, report: Report<'a>) -> Self {
        let attempts = &outcome.attempts;
        let end = words::moment(report.run.started, outcome.elapsed);
        Self {
            name: redact(&outcome.name),
            shown: redact(&outcome.shown),
            kind: outcome.kind,
            verdict: outcome.verdict.as_str(),
            reason: outcome.reason,
            words: redact(&outcome.words),
            hint: outcome.hint(report.run.invert),
            elapsed_ms: words::millis(outcome.elapsed),
            time_to_healthy_ms: outcome.time_to_healthy.map(words::millis),
            status: outcome.status(),
            version: outcome.version().map(redact),
            address: attempts
                .last()
                .and_then(|last| last.address)
                .map(|address| address.to_string()),
            proxy: outcome.proxy().map(redact),
            certificate: outcome.certificate().map(|certificate| Shown {
                subject: redact(&certificate.subject),
                ends: ends(certificate),
                days: words::days_left(certificate, end),
            }),
            latency_ms: attempts.median().zip(attempts.slowest()).map(|(median, max)| Latency {
                median: words::millis(median),
                max: words::millis(max),
            }),
            total: Total {
                attempts: attempts.total(),
                failed: attempts.failed(),
                relapses: attempts.relapses(),
                requests: attempts.requests(),
                left_out: attempts.left_out(),
            },
            attempts: Attempts { outcome, report },
        }
    }
}

/// A date that a calendar has.
fn ends(certificate: &Certificate) -> Option<String> {
    jiff::Timestamp::from_second(certificate.not_after_unix).ok().map(|at| at.to_string())
}

struct Attempts<'a> {
    outcome: &'a Outcome,
    report: Report<'a>,
}

impl Serialize for Attempts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for attempt in self.outcome.attempts.kept() {
            list.serialize_element(&One::of(attempt, self.report))?;
        }
        list.end()
    }
}

/// What is not known of an attempt is left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One<'a> {
    number: u64,
    started: String,
    started_ms: f64,
    ended_ms: f64,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
    #[serde(rename = "final", skip_serializing_if = "std::ops::Not::not")]
    is_final: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<Cow<'a, str>>,
    requests: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_days: Option<i64>,
    timings_ms: Timings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Timings {
    #[serde(skip_serializing_if = "Option::is_none")]
    dns: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte: Option<f64>,
    total: f64,
}

impl<'a> One<'a> {
    fn of(attempt: &'a Attempt, report: Report<'_>) -> Self {
        let started = words::moment(report.run.started, attempt.started);
        let fault = attempt.fault.as_ref();
        let timings = &attempt.timings;
        Self {
            number: attempt.number,
            started: started.to_string(),
            started_ms: words::millis(attempt.started),
            ended_ms: words::millis(attempt.ended),
            ok: attempt.is_success(),
            reason: fault.map(|fault| fault.reason),
            detail: fault.map(|fault| redact(&fault.detail)),
            is_final: fault.is_some_and(|fault| fault.is_final),
            cut: attempt.cut,
            status: attempt.status,
            version: attempt.version.as_deref().map(redact),
            address: attempt.address.map(|address| address.to_string()),
            proxy: attempt.proxy.as_deref().map(redact),
            requests: attempt.requests,
            note: attempt.note.as_deref().map(redact),
            certificate_days: attempt
                .certificate
                .as_ref()
                .map(|certificate| words::days_left(certificate, started)),
            timings_ms: Timings {
                dns: timings.dns.map(words::millis),
                connect: timings.connect.map(words::millis),
                tls: timings.tls.map(words::millis),
                first_byte: timings.first_byte.map(words::millis),
                total: words::millis(timings.total),
            },
        }
    }
}

/// Indented, but for what stands deep: that is on one line.
#[derive(Default)]
struct Folding {
    depth: usize,
    pretty: PrettyFormatter<'static>,
}

impl Folding {
    fn is_folded(&self) -> bool {
        self.depth > FOLDED
    }
}

/// Hands a method on to one of the two formatters.
macro_rules! either {
    ($name:ident($($arg:ident: $type:ty),*)) => {
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $type)*) -> io::Result<()> {
            if self.is_folded() {
                CompactFormatter.$name(writer $(, $arg)*)
            } else {
                self.pretty.$name(writer $(, $arg)*)
            }
        }
    };
    (in $name:ident) => {
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
            self.depth += 1;
            if self.is_folded() { CompactFormatter.$name(writer) } else { self.pretty.$name(writer) }
        }
    };
    (out $name:ident) => {
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
            let is_folded = self.is_folded();
            self.depth = self.depth.saturating_sub(1);
            if is_folded { CompactFormatter.$name(writer) } else { self.pretty.$name(writer) }
        }
    };
}

impl Formatter for Folding {
    either!(in begin_array);
    either!(out end_array);
    either!(begin_array_value(first: bool));
    either!(end_array_value());
    either!(in begin_object);
    either!(out end_object);
    either!(begin_object_key(first: bool));
    either!(begin_object_value());
    either!(end_object_value());
}
