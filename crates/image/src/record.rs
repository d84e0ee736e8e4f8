//! The record of a run: who put which tags on which digest, and what they held before. `rollback`
//! reads it back.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use launchway_base::{Failure, Location};
use launchway_runtime::{Context, Session, files};
use serde::{Deserialize, Serialize};

/// What a record says it is; the number rises when a reader of the old form would be misled.
pub const SCHEMA: &str = "launchway.image.record/1";

/// One run of `push-tags`, `promote` or `rollback`. Its JSON is the output `record`, the file of
/// `record-file` and the layer of the OCI referrer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// The verb: `push-tags`, `promote` or `rollback`.
    pub verb: String,
    /// When it ended, RFC 3339 in UTC, to the second.
    pub at: String,
    /// Who started the run (`GITHUB_ACTOR`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Address of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What was moved, in the order of the input; a tag that already held its digest is not among
    /// it.
    pub changes: Vec<Change>,
}

/// One tag that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The tag with its registry and repository, as in `ghcr.io/acme/api:1.2.3`.
    pub tag: String,
    /// The digest it holds now.
    pub digest: String,
    /// The digest it held before; `null` when it did not exist.
    pub previous: Option<String>,
    /// Where the image came from, with its tag or digest, when that was another reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

impl Record {
    /// A record of this run, at this moment.
    pub fn new(session: &Session, verb: &str, changes: Vec<Change>) -> Self {
        Self::at(session.context(), verb, jiff::Timestamp::now(), changes)
    }

    fn at(context: &Context, verb: &str, now: jiff::Timestamp, changes: Vec<Change>) -> Self {
        let now = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self {
            schema: SCHEMA.to_owned(),
            verb: verb.to_owned(),
            at: now.to_string(),
            by: context.actor().ok().map(str::to_owned),
            run: context.run_url().ok(),
            changes,
        }
    }

    /// The JSON, on one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The tags that were moved, one per line: the output `changed`.
    pub fn changed(&self) -> String {
        self.changes.iter().map(|change| change.tag.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Tag → digest before, as JSON: the output `previous`.
    pub fn previous(&self) -> String {
        let map: BTreeMap<_, _> =
            self.changes.iter().map(|change| (&change.tag, &change.previous)).collect();
        serde_json::to_string(&map).unwrap_or_default()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// The text is no JSON of this shape, or of a schema this program does not know.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let hint = "give the output `record` of `push-tags` or `promote` as it is; the name of a file goes into `record-file`";
        let record: Self = serde_json::from_str(text.trim()).map_err(|error| {
            let failure = if error.is_data() {
                Failure::input("the record cannot be read").caused_by(error)
            } else {
                let place = format!("line {}, column {}", error.line(), error.column());
                Failure::input(format!("the record cannot be read: it is no JSON ({place})"))
            };
            failure.with_hint(hint)
        })?;
        if record.schema != SCHEMA {
            return Err(Failure::input(format!(
                "the record is of the form `{}`, not `{SCHEMA}`",
                record.schema.escape_debug()
            ))
            .with_hint("read it with the version of Launchway that wrote it, or a newer one"));
        }
        Ok(record)
    }

    /// Reads the record of a file.
    ///
    /// # Errors
    /// As for [`Self::parse`], and when the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = files::read_text(path, files::INPUT_LIMIT)?;
        Self::parse(&text).map_err(|failure| failure.at(Location::file(path.display().to_string())))
    }

    /// The record a file holds, for a run that is going to write it: anything else is replaced.
    pub fn told(path: &Path) -> Option<Self> {
        if path.exists() { Self::read(path).ok() } else { None }
    }

    /// Whether this run may go on with what another record tells: not if both are known to be of
    /// different runs.
    pub fn may_continue(&self, told: &Self) -> bool {
        self.run.is_none() || told.run.is_none() || self.run == told.run
    }

    /// The record without what was put back: the changes of `own` that are not among `left`.
    #[must_use]
    pub fn without(&self, own: &[Change], left: &[Change]) -> Self {
        let tags = |all: &[Change]| all.iter().map(|one| one.tag.clone()).collect::<HashSet<_>>();
        let (own, left) = (tags(own), tags(left));
        let stays = |one: &&Change| !own.contains(&one.tag) || left.contains(&one.tag);
        Self { changes: self.changes.iter().filter(stays).cloned().collect(), ..self.clone() }
    }

    /// Writes the record to a file, for `record-file`: whole, or what was there before stays.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = format!("{}\n", self.to_json());
        // A device, a pipe or a link is written as it is, and what cannot be replaced.
        let is_plain = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
        let done = if is_plain && replace(path, &text).is_ok() {
            Ok(())
        } else {
            std::fs::write(path, text)
        };
        done.map_err(|error| unwritable(path).caused_by(error))
    }
}

/// Whether a record can be written to a file; nothing is changed. To be asked before anything is
/// done.
///
/// # Errors
/// Exit 2: it cannot.
pub fn check_writable(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let refuse = |error: std::io::Error| Err(unwritable(path).caused_by(error));
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => refuse(ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_file() => {
            let is_open = OpenOptions::new().append(true).open(path).map(drop);
            // What cannot be written may be replaced.
            match is_open.or_else(|error| trial(path).map_err(|_| error)) {
                Ok(()) => Ok(()),
                Err(error) => refuse(error),
            }
        }
        // A device, a pipe, a link: what becomes of it is seen when it is written.
        Ok(_) => Ok(()),
        Err(_) => trial(path).or_else(refuse),
    }
}

/// Makes a file beside this one, and takes it away again.
fn trial(path: &Path) -> std::io::Result<()> {
    let beside = beside(path);
    File::create_new(&beside)?;
    std::fs::remove_file(&beside)
}

fn unwritable(path: &Path) -> Failure {
    Failure::input(format!("cannot write the record to `{}`", path.display()))
        .with_hint("name a file in a folder that is there and may be written to")
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

/// What the log says of changes that are not of this run but stay in its record.
pub fn taken_over(count: usize, from: &str) -> String {
    let changes = if count == 1 { "one change".to_owned() } else { format!("{count} changes") };
    format!("the record keeps {changes} of an earlier run ({from})")
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = beside(path);
    let done = File::create_new(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&beside, path));
    if done.is_err() {
        drop(std::fs::remove_file(&beside));
    }
    done
}

#[cfg(test)]
mod tests {
    use launchway_runtime::Environment;

    use super::*;

    fn change(tag: &str, previous: Option<&str>) -> Change {
        Change {
            tag: tag.to_owned(),
            digest: "sha256:aa".to_owned(),
            previous: previous.map(str::to_owned),
            from: None,
        }
    }

    #[test]
    fn a_record_says_who_when_and_what_was_before() {
        let env = Environment::from_pairs([
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/api"),
            ("GITHUB_RUN_ID", "7"),
        ]);
        let now = "2026-11-21T12:00:00.25Z".parse().unwrap();
        let changes = vec![change("r/a:2", None), change("r/a:1", Some("sha256:bb"))];
        let record = Record::at(&Context::new(&env), "push-tags", now, changes);
        assert_eq!(
            record.to_json(),
            r#"{"schema":"launchway.image.record/1","verb":"push-tags","at":"2026-11-21T12:00:00Z","by":"octocat","run":"https://github.com/acme/api/actions/runs/7","changes":[{"tag":"r/a:2","digest":"sha256:aa","previous":null},{"tag":"r/a:1","digest":"sha256:aa","previous":"sha256:bb"}]}"#
        );
        assert_eq!(record.changed(), "r/a:2\nr/a:1");
        assert_eq!(record.previous(), r#"{"r/a:1":"sha256:bb","r/a:2":null}"#);
        assert_eq!(Record::parse(&record.to_json()).unwrap(), record);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for (text, said) in [
            ("", "cannot be read"),
            ("[]", "cannot be read"),
            (r#"{"schema":"x"}"#, "cannot be read"),
            (r#"{"schema":"x/9","verb":"promote","at":"","changes":[]}"#, "of the form `x/9`"),
        ] {
            let failure = Record::parse(text).unwrap_err();
            assert!(failure.to_string().contains(said), "{text}: {failure}");
            assert_eq!(failure.kind().code(), 2);
        }
    }
}
