//! A file for a channel: an address is asked for, the bytes go there, then the upload is completed.

use std::path::Path;

use launchway_base::{Failure, redact, show_duration};
use launchway_http::{FileBody, Request, Response, Url, header};
use launchway_runtime::Session;
use serde_json::{Map, Value, json};

use super::method::{self, Api, Call, is_safe};
use crate::deliver::{self, Ended, Seen, Sent, Terms, hide};

/// The largest file Slack takes, in bytes.
pub const LARGEST: u64 = 1 << 30;

/// A file to be sent.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    body: FileBody,
}

/// Where a file goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The id of the channel.
    pub channel: String,
    /// The message it belongs to, where there is one.
    pub thread: Option<String>,
}

impl Snippet {
    /// A file, looked at.
    ///
    /// # Errors
    /// It cannot be opened, is empty, or is larger than Slack takes.
    pub fn open(path: &str) -> Result<Self, Failure> {
        let (body, size) = look("snippet", path)?;
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, size, body })
    }

    /// The call that asks where the bytes go.
    pub fn asks(&self) -> Call {
        let mut body = Map::new();
        body.insert("filename".to_owned(), self.name.clone().into());
        body.insert("length".to_owned(), self.size.into());
        Call::new("files.getUploadURLExternal", body)
    }

    /// The call that completes the upload of a file of this id.
    pub fn completes(&self, id: &str, place: &Place) -> Call {
        let mut body = Map::new();
        body.insert("files".to_owned(), json!([{ "id": id, "title": self.name }]));
        body.insert("channel_id".to_owned(), place.channel.clone().into());
        if let Some(thread) = &place.thread {
            body.insert("thread_ts".to_owned(), thread.clone().into());
        }
        Call::new("files.completeUploadExternal", body)
    }

    /// Puts it there. Answers the last step that was taken, which is the one that went wrong where
    /// one did, and its name.
    ///
    /// # Errors
    /// A step cannot be taken at all.
    pub async fn put(
        &self,
        session: &Session,
        api: &Api,
        place: &Place,
    ) -> Result<(&'static str, Sent), Failure> {
        let (id, url) = match ask(session, api, &self.asks()).await? {
            Ok(ticket) => ticket,
            Err(asked) => return Ok(("files.getUploadURLExternal", asked)),
        };
        let uploaded = upload(session, api, &url, &Bytes::File(self.body.clone())).await?;
        if uploaded.ended != Ended::Done {
            return Ok(("the upload of the file", uploaded));
        }
        let call = self.completes(&id, place);
        Ok(("files.completeUploadExternal", api.call(session, &call).await?))
    }
}

/// A file to be sent and its size, looked at; `what` is the name of the input it comes from.
///
/// # Errors
/// It cannot be opened, is empty, or is larger than Slack takes.
pub fn look(what: &str, path: &str) -> Result<(FileBody, u64), Failure> {
    let unreadable =
        |error| Failure::input(format!("cannot read `{what}`, `{path}`")).caused_by(error);
    let found = Path::new(path).metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err(Failure::input(format!("`{what}`, `{path}`, is no file")));
    }
    let size = found.len();
    if size == 0 {
        return Err(Failure::input(format!("`{what}`, `{path}`, is empty"))
            .with_hint(format!("Slack takes no empty files; leave `{what}` out")));
    }
    if size > LARGEST {
        return Err(Failure::input(format!("`{what}`, `{path}`, is larger than 1 GiB")));
    }
    Ok((FileBody::open(Path::new(path), size).map_err(unreadable)?, size))
}

/// What is sent as a file.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// A file.
    File(FileBody),
    /// A text.
    Text(String),
}

/// Asks where bytes go: the id of the file and the address, or what went wrong.
///
/// # Errors
/// The call cannot be sent at all.
pub async fn ask(
    session: &Session,
    api: &Api,
    call: &Call,
) -> Result<Result<(String, Url), Sent>, Failure> {
    let asked = api.call(session, call).await?;
    if asked.ended != Ended::Done {
        return Ok(Err(asked));
    }
    let answer = method::json(&asked);
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let url = text("upload_url").and_then(|url| Url::parse(url).ok());
    // Who knows the address may put bytes there.
    text("upload_url").into_iter().for_each(redact::register);
    url.iter().for_each(hide);
    let url = url.filter(|url| url.has_host() && is_safe(url));
    let id = text("file_id").filter(|id| !id.is_empty());
    Ok(match url.zip(id) {
        Some((url, id)) => Ok((id.to_owned(), url)),
        None => {
            let why = "it names no `https` address to upload to, or no file".to_owned();
            Err(Sent { ended: Ended::Ambiguous(why), ..asked })
        }
    })
}

/// Sends the bytes. The address is a secret of its own, and the token does not go there. Sent
/// twice they are the same file.
///
/// # Errors
/// The request cannot be sent at all.
pub async fn upload(
    session: &Session,
    api: &Api,
    url: &Url,
    bytes: &Bytes,
) -> Result<Sent, Failure> {
    let timeout = api.client.deadline().remaining().unwrap_or(UPLOAD).min(UPLOAD);
    tracing::debug!("a file in at most {}", show_duration(timeout));
    let request = Request::post(url.as_str())?
        .with_secret_path()
        .with_header(header::CONTENT_TYPE, "application/octet-stream")?
        .with_timeout(timeout);
    let request = match bytes {
        Bytes::File(body) => request.with_file(body.clone()),
        Bytes::Text(text) => request.with_body(text.clone()),
    };
    let terms = Terms { idempotent: true, ..api.terms };
    deliver::send(session, &api.client, request, &terms, read).await
}

/// The longest time of an upload: a large file needs more than a message.
const UPLOAD: std::time::Duration = std::time::Duration::from_mins(10);

/// What the host for uploads says.
fn read(response: &Response) -> Seen {
    match response.status.as_u16() {
        200..=299 => Seen::Accepted,
        429 => Seen::Limited { wait: response.wait },
        status @ 500..=599 => Seen::Unknown { why: format!("it answered {status}") },
        status => Seen::Refused { word: format!("http {status}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_looked_at_before_anything_is_sent() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log & <x>.txt");
        let name = path.to_str().unwrap();
        assert!(Snippet::open(name).unwrap_err().to_string().contains("cannot read"));
        std::fs::write(&path, "").unwrap();
        assert!(Snippet::open(name).unwrap_err().to_string().contains("is empty"));
        assert!(Snippet::open(dir.path().to_str().unwrap()).is_err());
        std::fs::File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(Snippet::open(name).unwrap_err().to_string().contains("1 GiB"));
        std::fs::write(&path, "hello").unwrap();
        let file = Snippet::open(name).unwrap();
        assert_eq!(file.asks().encoded().0, "filename=log+%26+%3Cx%3E.txt&length=5");
        let place = Place { channel: "C1".into(), thread: Some("1.2".into()) };
        let body = Value::Object(file.completes("F1", &place).body);
        assert_eq!(body["files"][0]["id"], "F1");
        assert_eq!((&body["channel_id"], &body["thread_ts"]), (&json!("C1"), &json!("1.2")));
    }
}
