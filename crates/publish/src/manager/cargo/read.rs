//! Reading what Cargo prints.

use std::time::{Duration, SystemTime};

use launchway_workspace::parse_version;

use crate::CommandError;
use crate::run::Finished;

/// What a registry is given that asks to come back later without saying when.
const UNSAID: Duration = Duration::from_mins(1);

/// What became of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Upload {
    /// The registry took it; whether its index shows it by now.
    Taken {
        /// Cargo saw it there.
        is_seen: bool,
    },
    /// Exactly this version was there before.
    WasThere,
    /// The registry did nothing and asks to come back after this time.
    Limited(Duration, CommandError),
    /// It is not there, as far as Cargo can tell.
    Failed(CommandError),
}

/// What `cargo publish` ended with.
pub(super) fn read_upload(
    finished: &Finished,
    name: &str,
    version: &str,
    now: SystemTime,
) -> Upload {
    let said = &finished.stderr;
    if finished.is_success() {
        let seen = format!("Published {name} v{version} ");
        return Upload::Taken {
            is_seen: said.lines().any(|line| line.trim_start().starts_with(&seen)),
        };
    }
    let error = complaint(finished);
    let words = error.message.clone().unwrap_or_default();
    if words.contains(&format!("crate {name}@{version} already exists"))
        || (words.contains("already uploaded") && words.contains(version))
    {
        return Upload::WasThere;
    }
    if error.code.as_deref() == Some("429") {
        return Upload::Limited(wait_of(&words, now).unwrap_or(UNSAID), error);
    }
    // Before it uploads nothing has left the machine.
    let is_certain = !said.lines().any(|line| line.trim_start().starts_with("Uploading "));
    Upload::Failed(CommandError { is_certain, ..error })
}

/// What Cargo complained about, from its first `error:` on, with the status the registry answered.
pub(super) fn complaint(finished: &Finished) -> CommandError {
    let text = crate::output::plain(&finished.stderr);
    let from =
        if text.starts_with("error: ") { Some(0) } else { text.find("\nerror: ").map(|at| at + 1) };
    let said = from.and_then(|at| text.get(at..)).unwrap_or(&text);
    let said = said.strip_prefix("error: ").unwrap_or(said);
    let status = ["(status ", "response, got ", "successful HTTP response from "]
        .iter()
        .find_map(|before| said.split_once(before))
        .and_then(|(_, rest)| rest.get(..3))
        .filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()));
    CommandError::new(status.map(str::to_owned), Some(said.to_owned()))
}

/// How long the registry asks to wait: a date in its words, or seconds in a header.
fn wait_of(said: &str, now: SystemTime) -> Option<Duration> {
    let lower = said.to_ascii_lowercase();
    if let Some((_, rest)) = lower.split_once("try again after ") {
        let at =
            rest.find("gmt").and_then(|end| said.get(said.len() - rest.len()..)?.get(..end + 3));
        if let Some(at) = at.and_then(|at| httpdate::parse_http_date(at).ok()) {
            // A date has whole seconds; the registry's clock may be a little ahead of its words.
            let wait = at.duration_since(now).unwrap_or_default();
            return Some(wait + Duration::from_secs(1));
        }
    }
    let seconds = lower.split_once("retry-after:")?.1.trim_start();
    let digits: String = seconds.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Duration::from_secs)
}

/// What `cargo info` found of a crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The version it tells of, and the newest where that is another.
    pub(super) versions: Vec<String>,
}

impl Found {
    pub(super) fn has(&self, version: &str) -> bool {
        self.versions.iter().any(|there| there == version)
    }

    /// Whether what was found says that the version cannot be there: it is newer than the newest,
    /// which Cargo tells of unless it is a prerelease.
    pub(super) fn rules_out(&self, version: &str) -> bool {
        let Some(wanted) = parse_version(version).filter(|version| version.pre.is_empty()) else {
            return false;
        };
        let is_older = |there: &String| parse_version(there).is_some_and(|there| there < wanted);
        self.versions.iter().all(is_older)
    }
}

/// What `cargo info` said: what it found, `None` when there is nothing of the kind.
pub(super) fn read_info(finished: &Finished, name: &str) -> Result<Option<Found>, CommandError> {
    if finished.is_success() {
        let line = finished.stdout.lines().find_map(|line| line.strip_prefix("version: "));
        let (version, rest) = line.map(|line| line.split_once(' ').unwrap_or((line, ""))).unzip();
        let latest = rest
            .and_then(|rest| rest.split_once("(latest "))
            .and_then(|(_, latest)| latest.split([' ', ')']).next());
        let versions: Vec<String> = version.into_iter().chain(latest).map(str::to_owned).collect();
        if versions.is_empty() {
            let said = "`cargo info` printed no version".to_owned();
            return Err(CommandError::new(None, Some(said)));
        }
        return Ok(Some(Found { versions }));
    }
    if finished.stderr.contains(&format!("could not find `{name}")) {
        return Ok(None);
    }
    Err(complaint(finished))
}

/// The address of the registry's API: `cargo login` says where a token is made, which is beside it.
pub(super) fn read_api(finished: &Finished) -> Option<String> {
    let (_, rest) = finished.stderr.split_once("paste the token found on ")?;
    let page = rest.split_whitespace().next()?;
    let api = page.strip_suffix("/me")?;
    (api.starts_with("https://") || api.starts_with("http://")).then(|| api.to_owned())
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
