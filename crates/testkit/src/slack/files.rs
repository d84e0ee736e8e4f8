//! Files: an address, the bytes, and the word that they are there.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::route::{No, Outcome, UPLOADS};
use super::state::{File, Token, Way, Workspace};
use crate::chat::Answer;
use crate::server::Incoming;

impl Workspace {
    pub(super) fn upload_url(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        token.needs("files:write")?;
        let name = arguments.filled("filename");
        let name = name.ok_or_else(|| No::arguments("missing required field: filename"))?;
        let length = arguments.number("length").and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|length| *length > 0);
        let length = length.ok_or_else(|| No::arguments("must be greater than 0: length"))?;
        let number = self.next();
        let id = format!("F{number:010}");
        let key = format!("fakeUploadKey{number:020}");
        let address = format!("{}/upload/v1/{key}", self.files_url);
        self.files.push(File {
            id: id.clone(),
            name,
            length,
            bytes: None,
            title: None,
            snippet_type: arguments.filled("snippet_type"),
            channels: Vec::new(),
            is_complete: false,
            key,
        });
        Ok(json!({ "upload_url": address, "file_id": id }))
    }

    /// The bytes, raw or as the first part of a form.
    pub(super) fn upload(&mut self, asked: &Incoming) -> Answer {
        let path = asked.path.strip_prefix(UPLOADS).unwrap_or(&asked.path);
        let key = path.strip_prefix("/upload/v1/").unwrap_or_default();
        if asked.method != "POST" {
            return Answer::text(405, "method_not_allowed");
        }
        let Some(file) = self.files.iter_mut().find(|file| file.key == key) else {
            return Answer::text(404, "not found");
        };
        let kind = asked.header("content-type").unwrap_or_default();
        let bytes = if kind.starts_with("multipart/form-data") {
            match part(kind, &asked.body) {
                Some(bytes) => bytes.to_vec(),
                None => return Answer::text(400, "invalid form"),
            }
        } else {
            asked.body.clone()
        };
        if bytes.len() != file.length {
            return Answer::text(400, "length mismatch");
        }
        let text = format!("OK - {}", bytes.len());
        file.bytes = Some(bytes);
        Answer::text(200, &text)
    }

    pub(super) fn complete_upload(&mut self, token: &Token, arguments: &Arguments) -> Outcome {
        token.needs("files:write")?;
        let wrong = || No::arguments("must provide an array: files");
        let files = arguments.tree("files").map_err(|()| wrong())?.ok_or_else(wrong)?;
        let files = files.as_array().filter(|files| !files.is_empty()).ok_or_else(wrong)?.clone();
        let channel = match arguments.filled("channel_id") {
            None => None,
            Some(_) => {
                let channel = self.seen(arguments, "channel_id")?;
                match channel {
                    channel if channel.is_archived => return Err("is_archived".into()),
                    channel if !channel.is_member => return Err("not_in_channel".into()),
                    channel => Some(channel.id),
                }
            }
        };
        let thread = arguments.filled("thread_ts");
        if let (Some(thread), Some(channel)) = (&thread, &channel)
            && self.message(channel, thread).is_none()
        {
            return Err("thread_not_found".into());
        }
        let known = |entry: &Value| {
            let found = self.files.iter().find(|file| entry["id"] == file.id.as_str());
            found.is_some_and(|file| file.bytes.is_some() && !file.is_complete)
        };
        if !files.iter().all(known) {
            return Err("file_not_found".into());
        }
        let mut shown = Vec::new();
        let mut ids = Vec::new();
        for entry in &files {
            let Some(file) = self.files.iter_mut().find(|file| entry["id"] == file.id.as_str())
            else {
                continue;
            };
            file.title = entry["title"].as_str().map(str::to_owned);
            file.is_complete = true;
            file.channels.extend(channel.clone());
            ids.push(file.id.clone());
            shown.push(json!({
                "id": file.id, "title": file.title, "name": file.name, "size": file.length,
                "permalink":
                    format!("https://launchway.slack.com/files/{}/{}/x", token.user, file.id),
            }));
        }
        if let Some(channel) = channel {
            let mut message = Self::draft(&channel, &token.user, Way::File);
            message.text = arguments.text("initial_comment").unwrap_or_default();
            message.thread_ts = thread;
            message.files = ids;
            message.arguments = arguments.all();
            self.keep(message);
        }
        Ok(json!({ "files": shown }))
    }
}

/// The first part of a form with a file.
fn part<'a>(kind: &str, body: &'a [u8]) -> Option<&'a [u8]> {
    let boundary = kind.split("boundary=").nth(1)?.trim_matches('"');
    let find =
        |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what);
    let start = find(body, b"\r\n\r\n")? + 4;
    let end = find(&body[start..], format!("\r\n--{boundary}").as_bytes())?;
    Some(&body[start..start + end])
}
