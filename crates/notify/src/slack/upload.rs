//! Files by the name of a method there is none of: `files.uploadV2` of Slack's own libraries, which
//! is three calls. Its arguments are those of the libraries.

use std::path::Path;

use launchway_base::Failure;
use launchway_http::Url;
use launchway_runtime::Session;
use serde_json::{Map, Value, json};

use super::method::{self, Api, Call};
use super::report::Told;
use super::snippet::{self, Bytes};
use crate::deliver::{Ended, Sent};

/// The name.
pub const METHOD: &str = "files.uploadV2";

/// What a file is called that has no name.
const NAME: &str = "file.txt";

/// A file, looked at.
#[derive(Debug)]
struct Entry {
    bytes: Bytes,
    /// Asks where the bytes go.
    asks: Call,
    /// What is said of it in the end, but for its id.
    title: Value,
    highlight: Value,
}

/// Sends the files of these arguments. Answers the step that went wrong, or what all came to.
///
/// # Errors
/// The arguments are none; a file cannot be read; a step cannot be taken at all.
pub async fn put(session: &Session, api: &Api, call: &Call) -> Result<Told, Failure> {
    let entries = entries(&call.body)?;
    let mut tickets = Vec::new();
    for entry in &entries {
        match snippet::ask(session, api, &entry.asks).await? {
            Ok(ticket) => tickets.push(ticket),
            Err(asked) => return Ok(Told::of(&entry.asks.method, &asked)),
        }
    }
    for (entry, (_, url)) in entries.iter().zip(&tickets) {
        let sent = snippet::upload(session, api, url, &entry.bytes).await?;
        if sent.ended != Ended::Done {
            return Ok(Told::of("the upload of the file", &sent));
        }
    }
    let completes = completes(&call.body, &entries, &tickets);
    let sent = api.call(session, &completes).await?;
    Ok(told(&completes, &sent))
}

/// What is told of the last step: the answer of the libraries, which collects those of the calls.
fn told(call: &Call, sent: &Sent) -> Told {
    let mut told = Told::of(&call.method, sent);
    if told.is_ok() {
        METHOD.clone_into(&mut told.what);
        told.body = json!({ "ok": true, "files": [method::json(sent)] }).to_string();
    }
    told
}

/// Says what is wrong with the arguments, before anything is sent.
///
/// # Errors
/// They name no file, one that cannot be read, or several channels.
pub fn check(call: &Call) -> Result<(), Failure> {
    entries(&call.body).map(drop)
}

/// The files of the arguments: one at the top, more in `file_uploads`.
fn entries(body: &Map<String, Value>) -> Result<Vec<Entry>, Failure> {
    let mut all = Vec::new();
    if body.contains_key("file") || body.contains_key("content") {
        all.push(entry(body)?);
    }
    let list = match body.get("file_uploads") {
        None | Some(Value::Null) => &Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Failure::input("`file_uploads` in the payload is no list")),
    };
    for one in list {
        let Value::Object(one) = one else {
            return Err(Failure::input("an entry of `file_uploads` is no object"));
        };
        let outside = ["blocks", "channel_id", "channels", "initial_comment", "thread_ts"];
        if let Some(name) = outside.into_iter().find(|name| one.contains_key(*name)) {
            return Err(Failure::input(format!("`{name}` stands in an entry of `file_uploads`"))
                .with_hint("it is for all files: write it beside `file_uploads`"));
        }
        all.push(entry(one)?);
    }
    if all.is_empty() {
        return Err(Failure::input(format!("there is no file for `{METHOD}`"))
            .with_hint("give `file`, a path, or `content`, or a list of those as `file_uploads`"));
    }
    if channel(body).is_some_and(|channel| channel.contains(',')) {
        return Err(Failure::input("`channels` in the payload names several")
            .with_hint("Slack takes one channel per upload; use one step for each"));
    }
    Ok(all)
}

fn entry(one: &Map<String, Value>) -> Result<Entry, Failure> {
    let text = |name: &str| one.get(name).and_then(Value::as_str);
    let path = text("file");
    let (bytes, size) = match (path, text("content")) {
        (Some(path), _) => {
            let (body, size) = snippet::look("file", path)?;
            (Bytes::File(body), size)
        }
        (None, Some("")) => {
            return Err(Failure::input("`content` in the payload is empty")
                .with_hint("Slack takes no empty files"));
        }
        (None, Some(content)) => (Bytes::Text(content.to_owned()), content.len() as u64),
        (None, None) => {
            return Err(Failure::input("a file in the payload has no text as `file` or `content`"));
        }
    };
    let own = path.and_then(|path| Path::new(path).file_name()?.to_str()).unwrap_or(NAME);
    let name = text("filename").unwrap_or(own);
    let mut asks = Map::new();
    asks.insert("filename".to_owned(), name.into());
    asks.insert("length".to_owned(), size.into());
    for name in ["alt_text", "snippet_type"] {
        asks.extend(one.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    Ok(Entry {
        bytes,
        asks: Call::new("files.getUploadURLExternal", asks),
        title: one.get("title").cloned().unwrap_or_else(|| name.into()),
        highlight: one.get("highlight_type").cloned().unwrap_or_default(),
    })
}

fn channel(body: &Map<String, Value>) -> Option<&str> {
    let named = |name: &str| body.get(name).and_then(Value::as_str);
    named("channels").or_else(|| named("channel_id")).or_else(|| named("channel"))
}

/// The call that shows them all in one message.
fn completes(body: &Map<String, Value>, entries: &[Entry], tickets: &[(String, Url)]) -> Call {
    let files = entries.iter().zip(tickets).map(|(entry, (id, _))| {
        if entry.highlight.is_null() {
            json!({ "id": id, "title": entry.title })
        } else {
            json!({ "id": id, "title": entry.title, "highlight_type": entry.highlight })
        }
    });
    let mut last = Map::new();
    last.insert("files".to_owned(), files.collect());
    last.extend(channel(body).map(|channel| ("channel_id".to_owned(), channel.into())));
    for name in ["thread_ts", "initial_comment", "blocks"] {
        last.extend(body.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    Call::new("files.completeUploadExternal", last).as_form()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Vec<Entry>, String> {
        let Value::Object(body) = value else { unreachable!() };
        entries(&body).map_err(|failure| failure.to_string())
    }

    #[test]
    fn what_cannot_be_sent_is_said_before_anything_is() {
        for (body, said) in [
            (json!({}), "there is no file"),
            (json!({"content": ""}), "is empty"),
            (json!({"content": 7}), "no text"),
            (json!({"file": "no/such/file"}), "cannot read `file`"),
            (json!({"file_uploads": "x"}), "no list"),
            (json!({"file_uploads": ["x"]}), "no object"),
            (json!({"file_uploads": [{"content": "x", "thread_ts": "1.2"}]}), "`thread_ts`"),
            (json!({"content": "x", "channels": "C1,C2"}), "several"),
        ] {
            let error = read(body.clone()).unwrap_err();
            assert!(error.contains(said), "{body}: {error}");
        }
    }

    #[test]
    fn a_file_has_a_name_and_a_title() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("build.log");
        std::fs::write(&path, "x").unwrap();
        for (body, name, title) in [
            (json!({"content": "x"}), NAME, NAME),
            (json!({"content": "x", "filename": "a"}), "a", "a"),
            (json!({"content": "x", "filename": "a", "title": "A"}), "a", "A"),
            (json!({"file": path.to_str().unwrap()}), "build.log", "build.log"),
        ] {
            let all = read(body).unwrap();
            assert_eq!(all[0].asks.body["filename"], name);
            assert_eq!(all[0].title, title);
        }
    }
}
