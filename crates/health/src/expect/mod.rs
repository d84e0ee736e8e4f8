//! What is expected of an answer: one file each. Pure: an observation in, a fault or none out.

use std::borrow::Cow;

use launchway_base::Failure;
use regex::{Regex, RegexBuilder};

use crate::attempt::{Fault, Observation, Response};
use crate::foreign::quote;
use crate::inputs::Inputs;
use crate::probe::Gives;
use crate::probe::http::encoding::Encoding;
use crate::reason::Reason;

mod body;
mod body_regex;
mod certificate;
mod header;
mod json;
mod latency;
mod number;
mod pointer;
mod status;
mod version;

/// The statuses that are good when nothing else is said.
pub const DEFAULT_STATUS: &str = "200-299";

/// Where the version is looked for when nothing else is said.
pub const DEFAULT_VERSION_FROM: &str = "json:/version";

/// What is expected, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Statuses and ranges of them, by commas; empty = [`DEFAULT_STATUS`].
    pub status: String,
    /// Texts the body holds, each as it stands.
    pub body: Vec<String>,
    /// Regular expressions the body matches somewhere, one per line.
    pub body_regex: Vec<String>,
    /// `POINTER`, or `POINTER`, a comparison and a value; each for one value of a JSON body.
    pub json: Vec<String>,
    /// `Name`, `Name: value` or `Name~REGEX`, each for one header.
    pub header: Vec<String>,
    /// The version that serves.
    pub version: Option<String>,
    /// Where it says so: `json:POINTER`, `header:NAME` or `regex:REGEX`; empty =
    /// [`DEFAULT_VERSION_FROM`].
    pub version_from: String,
    /// The longest all of a look may take, in milliseconds.
    pub max_latency_ms: Option<u64>,
    /// How many days the certificate has to be valid for yet.
    pub min_certificate_days: Option<u32>,
}

impl From<&Inputs> for Wanted {
    fn from(inputs: &Inputs) -> Self {
        Self {
            status: inputs.expected_status.clone(),
            body: inputs.expected_body.iter().map(|text| text.as_str().to_owned()).collect(),
            body_regex: inputs.expected_body_regex.clone(),
            json: inputs.expected_json.clone(),
            header: inputs.expected_header.clone(),
            version: inputs.expected_version.clone(),
            version_from: inputs.version_from.clone().unwrap_or_default(),
            max_latency_ms: inputs.max_latency_ms,
            min_certificate_days: inputs.min_certificate_days,
        }
    }
}

/// What is expected of every answer.
#[derive(Debug)]
pub struct Expectations {
    status: status::Statuses,
    status_is_given: bool,
    version: Option<version::Version>,
    headers: Vec<header::Header>,
    body: Vec<body::Contains>,
    body_regex: Vec<body_regex::Matches>,
    json: Vec<json::Json>,
    latency: Option<latency::AtMost>,
    certificate: Option<certificate::DaysLeft>,
}

impl Expectations {
    /// Reads them. What cannot be read is bad input and names the input.
    pub fn parse(wanted: &Wanted) -> Result<Self, Failure> {
        let status = wanted.status.trim();
        let status_is_given = !status.is_empty() && status != DEFAULT_STATUS;
        Ok(Self {
            status: status::Statuses::parse(if status.is_empty() {
                DEFAULT_STATUS
            } else {
                status
            })?,
            status_is_given,
            version: version::Version::parse(
                wanted.version.as_deref().unwrap_or_default(),
                &wanted.version_from,
            )?,
            headers: lines(&wanted.header).map(header::Header::parse).collect::<Result<_, _>>()?,
            body: wanted
                .body
                .iter()
                // A YAML block ends with a line break that nobody means.
                .map(|text| text.trim_end_matches(['\r', '\n']))
                .filter(|text| !text.is_empty())
                .map(|text| body::Contains(text.to_owned()))
                .collect(),
            body_regex: lines(&wanted.body_regex)
                .map(body_regex::Matches::parse)
                .collect::<Result<_, _>>()?,
            json: lines(&wanted.json).map(json::Json::parse).collect::<Result<_, _>>()?,
            latency: wanted.max_latency_ms.map(latency::AtMost),
            certificate: wanted.min_certificate_days.map(certificate::DaysLeft),
        })
    }

    /// Whether anything is expected of bodies: then they have to come whole.
    pub fn body_matters(&self) -> bool {
        !self.body.is_empty()
            || !self.body_regex.is_empty()
            || !self.json.is_empty()
            || self.version.as_ref().is_some_and(version::Version::is_in_the_body)
    }

    /// That each expectation can be checked for one of the targets at least.
    pub fn fits(&self, targets: &[Gives]) -> Result<(), Failure> {
        let has = |what: fn(&Gives) -> bool| targets.iter().any(what);
        let in_body = self.version.as_ref().map(version::Version::is_in_the_body);
        let asked: [(&str, bool, &str, bool); 9] = [
            ("expected-status", self.status_is_given, "a status", has(|g| g.status)),
            ("expected-version", in_body == Some(true), "a body", has(|g| g.body)),
            ("expected-version", in_body == Some(false), "headers", has(|g| g.headers)),
            ("expected-header", !self.headers.is_empty(), "headers", has(|g| g.headers)),
            ("expected-body", !self.body.is_empty(), "a body", has(|g| g.body)),
            ("expected-body-regex", !self.body_regex.is_empty(), "a body", has(|g| g.body)),
            ("expected-json", !self.json.is_empty(), "a body", has(|g| g.body)),
            (
                "min-certificate-days",
                self.certificate.is_some(),
                "a certificate",
                has(|g| g.certificate),
            ),
            ("max-latency-ms", self.latency.is_some(), "a latency", !targets.is_empty()),
        ];
        match asked.into_iter().find(|(_, given, _, possible)| *given && !possible) {
            Some((input, _, what, _)) => {
                Err(Failure::input(format!("`{input}` is given, and no target has {what}"))
                    .with_hint(
                        "take it out, or ask for a target that has one, such as an `https://` URL",
                    ))
            }
            None => Ok(()),
        }
    }

    /// The first fault there is, and the version that was found, both fit to be shown. Checked are
    /// status, what the probe itself found, version, headers, body, JSON, latency and certificate, in
    /// this order, each if the kind of target gives it.
    ///
    /// The status comes first because it says more than what happened to the body after it.
    pub fn check(
        &self,
        seen: &Observation,
        gives: Gives,
        now_unix: i64,
    ) -> (Option<Fault>, Option<String>) {
        let found = self
            .version
            .as_ref()
            .filter(|version| version.is_given(gives))
            .zip(seen.response.as_ref())
            .map(|(version, response)| version.find(response));
        let fault = self.all(seen, gives, found.as_ref(), now_unix).err();
        let version = found.and_then(Result::ok);
        (fault, version.map(|version| quote(version.as_bytes())))
    }

    fn all(
        &self,
        seen: &Observation,
        gives: Gives,
        found: Option<&Result<String, Fault>>,
        now_unix: i64,
    ) -> Result<(), Fault> {
        let nothing = Response::default();
        let response = seen.response.as_ref().unwrap_or(&nothing);
        if gives.status {
            self.status.check(response, seen.note.as_deref())?;
        }
        if let Some(fault) = &seen.fault {
            return Err(fault.clone());
        }
        if let Some(version) = &self.version
            && let Some(found) = found
        {
            version.check(found.as_ref().map_err(Clone::clone)?)?;
        }
        if gives.headers {
            self.headers.iter().try_for_each(|header| header.check(response))?;
        }
        if gives.body {
            self.body.iter().try_for_each(|body| body.check(response))?;
            self.body_regex.iter().try_for_each(|body| body.check(response))?;
            json::check(&self.json, response)?;
        }
        self.latency.iter().try_for_each(|latency| latency.check(&seen.timings))?;
        if gives.certificate || seen.certificate.is_some() {
            let shown = seen.certificate.as_ref();
            self.certificate.iter().try_for_each(|days| days.check(shown, now_unix))?;
        }
        Ok(())
    }
}

/// The lines that are more than blanks.
fn lines(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().flat_map(|value| value.lines()).map(str::trim).filter(|line| !line.is_empty())
}

/// The most memory one compiled expression takes, in bytes.
const REGEX_SIZE: usize = 2 << 20;

/// A regular expression. It takes time linear in the text, whatever it is.
fn regex(input: &str, text: &str) -> Result<Regex, Failure> {
    RegexBuilder::new(text).size_limit(REGEX_SIZE).build().map_err(|error| {
        // The whole message draws the place over several lines; its last line says what is wrong.
        let message = error.to_string();
        let last = message.lines().last().unwrap_or_default().trim();
        let what = last.strip_prefix("error: ").unwrap_or(last);
        Failure::input(format!(
            "`{input}` has `{}`, which is no regular expression: {what}",
            quote(text.as_bytes())
        ))
        .with_hint(
            "the syntax is that of Rust's `regex`: like Perl's, without look-around and back-references",
        )
    })
}

/// The body as text, if all of it came and can be read.
fn text(response: &Response) -> Result<Cow<'_, str>, Fault> {
    if let Err(name) = Encoding::of(&response.headers) {
        return Err(Fault::new(
            Reason::ProtocolError,
            format!(
                "the body is encoded as `{name}`, which cannot be read; it reads gzip and deflate"
            ),
        ));
    }
    if response.body_is_cut {
        return Err(Fault::new(
            Reason::BodyTooLarge,
            format!("the body has more than {} bytes", response.body.len()),
        ));
    }
    Ok(String::from_utf8_lossy(&response.body))
}

/// What of a body is shown next to a mismatch; `quote` cuts it.
fn shown(body: &str) -> String {
    let shown = quote(body.as_bytes());
    if shown.is_empty() { "the body is empty".to_owned() } else { format!("the body is `{shown}`") }
}

#[cfg(test)]
mod tests;
