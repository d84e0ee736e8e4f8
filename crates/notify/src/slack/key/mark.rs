//! What a message says of itself to machines: message metadata of Slack's.

use launchway_base::Failure;
use launchway_runtime::Environment;
use serde_json::{Value, json};

use super::entry::line;
use super::order::{Said, ended};
use crate::hash;
use crate::message::Message;
use crate::status::Status;

/// The event type of the metadata of our messages and of the lines of their threads.
pub const EVENT: &str = "launchway_message";

/// Most characters of a key that are shown; the whole of it goes into its id.
const SHOWN: usize = 120;

/// Most bytes of a key. More is a mistake, such as a whole payload.
const LONGEST: usize = 4096;

/// What a message is about. It may hold anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    shown: String,
    id: String,
}

impl Key {
    /// A key as it was given. White space around it does not count.
    ///
    /// # Errors
    /// It is empty, or too long to be meant.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::input("`key` is empty")
                .with_hint("name what the message is about, such as `deploy-production`"));
        }
        if text.len() > LONGEST {
            return Err(Failure::input(format!(
                "`key` has {} bytes; at most {LONGEST} are allowed",
                text.len()
            )));
        }
        Ok(Self { shown: text.chars().take(SHOWN).collect(), id: hash(&[text]) })
    }

    /// What stands for it in metadata: letters and digits, whatever the key holds.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key for people, cut where it is long. Not escaped.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

/// Where a message comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// `owner/name/id` of the run, the same for all its jobs and attempts; empty outside a workflow.
    pub id: String,
    /// Its attempt, from 1.
    pub attempt: u64,
    /// The id of the job.
    pub job: String,
    /// The id of the step.
    pub step: String,
    /// The leg of a matrix, for people: legs have the id of their job in common. Empty without a matrix.
    pub leg: String,
}

impl Run {
    /// What the runner says of itself. `matrix` are the values of the leg, as JSON.
    pub fn read(env: &Environment, matrix: &str) -> Self {
        let get = |name| env.get(name).unwrap_or_default();
        let id = match (get("GITHUB_REPOSITORY"), get("GITHUB_RUN_ID")) {
            (_, "") => String::new(),
            (repository, run) => format!("{repository}/{run}"),
        };
        Self {
            id,
            attempt: get("GITHUB_RUN_ATTEMPT").parse().unwrap_or(1),
            job: get("GITHUB_JOB").to_owned(),
            step: get("GITHUB_ACTION").to_owned(),
            leg: leg(matrix),
        }
    }
}

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is about.
    pub key: Key,
    /// Where it comes from.
    pub run: Run,
    /// Where it stands.
    pub status: Status,
    /// What tells this line of the thread from others of the same step, such as the title. It has to
    /// be the same when the step runs again.
    pub words: String,
}

impl Wanted {
    /// What a message tells. `matrix` are the values of the leg, as JSON.
    pub fn of(key: Key, env: &Environment, matrix: &str, message: &Message) -> Self {
        Self {
            key,
            run: Run::read(env, matrix),
            status: message.status,
            words: message.title.clone(),
        }
    }

    /// The body of its line in the thread; `called` is who is called, in Slack's markup.
    pub fn entry(&self, message: &Message, called: &str) -> Value {
        let words = match self.run.leg.as_str() {
            leg if leg.is_empty() || self.words.contains(leg) => self.words.clone(),
            leg => format!("{} ({leg})", self.words),
        };
        line(self.status, &words, message.url.as_deref(), self.run.attempt, called)
    }

    /// The id of its line in the thread. A beginning and what goes on is told once per run, an end
    /// once per attempt: a second failure is news.
    pub fn line(&self) -> String {
        let attempt = if ended(self.status) { self.run.attempt.to_string() } else { String::new() };
        hash(&[
            &self.run.id,
            &self.run.job,
            &self.run.step,
            &self.run.leg,
            self.status.as_str(),
            &self.words,
            &attempt,
        ])
    }

    /// What it says, beside what a message of the same run says.
    pub fn said(&self) -> Said {
        (self.run.attempt, self.status)
    }

    /// The metadata of the message.
    pub fn metadata(&self) -> Value {
        self.mark().payload(&self.key.shown)
    }

    /// The metadata of a message with this [`Mark::after`].
    pub(super) fn metadata_after(&self, ts: &str) -> Value {
        Mark { after: ts.to_owned(), ..self.mark() }.payload(&self.key.shown)
    }

    /// The metadata of its line in the thread.
    pub fn line_metadata(&self) -> Value {
        Mark { line: self.line(), by: String::new(), ..self.mark() }.payload(&self.key.shown)
    }

    fn mark(&self) -> Mark {
        Mark {
            id: self.key.id.clone(),
            run: self.run.id.clone(),
            attempt: self.run.attempt,
            job: self.run.job.clone(),
            status: self.status,
            by: self.line(),
            ..Mark::default()
        }
    }
}

/// What the metadata of a message found says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// [`Key::id`].
    pub id: String,
    /// [`Run::id`].
    pub run: String,
    /// [`Run::attempt`].
    pub attempt: u64,
    /// [`Run::job`].
    pub job: String,
    /// How it stood.
    pub status: Status,
    /// [`Wanted::line`] for a line of the thread; empty for the message.
    pub line: String,
    /// For the message, [`Wanted::line`] of who wrote it last.
    pub by: String,
    /// For the message, the `ts` of the one it goes on from, which could no longer be changed.
    pub after: String,
}

impl Mark {
    /// Reads the metadata of `message`; none where it is not ours.
    pub fn read(message: &Value) -> Option<Self> {
        let metadata = message.get("metadata")?;
        if metadata.get("event_type")?.as_str()? != EVENT {
            return None;
        }
        let payload = metadata.get("event_payload")?;
        let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
        Some(Self {
            id: text("id").to_owned(),
            run: text("run").to_owned(),
            attempt: text("attempt").parse().unwrap_or_default(),
            job: text("job").to_owned(),
            status: text("status").parse().unwrap_or_default(),
            line: text("line").to_owned(),
            by: text("by").to_owned(),
            after: text("after").to_owned(),
        })
    }

    /// What it says.
    pub fn said(&self) -> Said {
        (self.attempt, self.status)
    }

    /// The metadata of a message that says what this, a line, says. `after` is [`Self::after`] of the message.
    pub(super) fn told(&self, key: &Key, after: &str) -> Value {
        Self { by: self.line.clone(), line: String::new(), after: after.to_owned(), ..self.clone() }
            .payload(&key.shown)
    }

    /// The metadata that says this. `key` is for people.
    pub(super) fn payload(&self, key: &str) -> Value {
        let mut payload = json!({
            "id": self.id,
            "key": key,
            "run": self.run,
            "attempt": self.attempt.to_string(),
            "job": self.job,
            "status": self.status.as_str(),
        });
        let more = [("line", &self.line), ("by", &self.by), ("after", &self.after)];
        if let Some(payload) = payload.as_object_mut() {
            let more = more.into_iter().filter(|(_, text)| !text.is_empty());
            payload.extend(more.map(|(name, text)| (name.to_owned(), json!(text))));
        }
        json!({ "event_type": EVENT, "event_payload": payload })
    }
}

/// The values of a leg as GitHub shows them behind the name of the job.
fn leg(matrix: &str) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match serde_json::from_str(matrix) {
        Ok(Value::Object(values)) => values.values().map(shown).collect::<Vec<_>>().join(", "),
        Ok(Value::Null) => String::new(),
        _ => matrix.trim().to_owned(),
    }
}

/// A hash of texts: 40 hexadecimal digits, as metadata has little room.
fn hash(parts: &[&str]) -> String {
    let mut hash = hash::of(parts);
    hash.truncate(40);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(key: &str, status: Status, attempt: u64) -> Wanted {
        let run = Run {
            id: "o/n/1".into(),
            attempt,
            job: "deploy".into(),
            step: "tell".into(),
            leg: String::new(),
        };
        Wanted { key: Key::parse(key).unwrap(), run, status, words: "Deploy".into() }
    }

    #[test]
    fn a_key_may_hold_anything() {
        for text in [
            "deploy-prod",
            "a \" b\\",
            "<!channel> & co",
            "発射 🚀",
            "a\r\nb",
            "\u{0}x",
            &"é".repeat(2000),
        ] {
            let key = Key::parse(text).unwrap();
            assert!(
                key.id().len() == 40 && key.id().bytes().all(|one| one.is_ascii_hexdigit()),
                "{text}"
            );
            assert!(key.shown().chars().count() <= SHOWN);
            let mark =
                Mark::read(&json!({ "metadata": wanted(text, Status::Started, 1).metadata() }))
                    .unwrap();
            assert_eq!(
                (mark.id.as_str(), mark.line.as_str(), mark.said()),
                (key.id(), "", (1, Status::Started))
            );
        }
        assert_eq!(Key::parse(" a ").unwrap(), Key::parse("a").unwrap());
        let long = "x".repeat(500);
        assert_ne!(Key::parse(&long).unwrap().id(), Key::parse(&format!("{long}y")).unwrap().id());
        assert!(Key::parse(" \n").is_err());
        assert!(Key::parse(&"x".repeat(5000)).is_err());
    }

    #[test]
    fn an_end_is_told_once_per_attempt_and_the_rest_once_per_run() {
        let line = |status, attempt| wanted("k", status, attempt).line();
        assert_eq!(line(Status::Started, 1), line(Status::Started, 2));
        assert_eq!(line(Status::Failure, 1), line(Status::Failure, 1));
        assert_ne!(line(Status::Failure, 1), line(Status::Failure, 2));
        assert_ne!(line(Status::Failure, 1), line(Status::Success, 1));
    }

    #[test]
    fn legs_of_a_matrix_have_lines_of_their_own() {
        for (matrix, shown) in [
            ("", ""),
            ("null", ""),
            ("{}", ""),
            (r#"{"region":"eu","size":2,"more":{"a":[true]}}"#, r#"eu, 2, {"a":[true]}"#),
            ("eu", "eu"),
        ] {
            assert_eq!(leg(matrix), shown);
            let mut wanted = wanted("k", Status::Success, 1);
            let without = wanted.line();
            wanted.run.leg = leg(matrix);
            assert_eq!(wanted.line() == without, shown.is_empty(), "{matrix}");
            let entry = wanted.entry(&Message::default(), "")["text"].to_string();
            assert_eq!(entry.contains(" (eu"), !shown.is_empty(), "{entry}");
        }
    }

    #[test]
    fn metadata_of_others_is_none_of_ours() {
        for message in [
            json!({}),
            json!({ "metadata": {} }),
            json!({ "metadata": { "event_type": "task", "event_payload": { "id": "1" } } }),
            json!({ "metadata": { "event_type": 7, "event_payload": [] } }),
            json!({ "metadata": { "event_type": EVENT } }),
        ] {
            assert_eq!(Mark::read(&message), None, "{message}");
        }
        let odd = Mark::read(
            &json!({ "metadata": { "event_type": EVENT, "event_payload": { "id": [1], "status": "sad" } } }),
        );
        assert_eq!(odd, Some(Mark::default()));
    }
}
