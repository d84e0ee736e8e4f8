//! Asking an index: its page of a project, and files of it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use launchway_base::{Deadline, Secret};
use launchway_http::{
    Client, HttpError, Redirects, Request, Response, Settings, StatusCode, Url, header, origin,
};
use launchway_workspace::ecosystem::Python;
use sha2::{Digest as _, Sha256};

use super::config::{Login, Reading};
use super::page::{File, read};
use crate::CommandError;

/// JSON first; every index has the other form.
const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";
/// A longer file is not fetched to look into it.
const LONGEST: usize = 512 << 20;
/// More than this is not unpacked.
const LARGEST: u64 = 2 << 30;

/// An index that can be asked.
#[derive(Clone, Debug)]
pub(super) struct Index {
    reading: Reading,
    /// The login for uploads, for an index of the same origin that is not read without one.
    upload: Option<Login>,
    client: Client,
}

impl Index {
    pub(super) fn new(
        reading: Reading,
        upload: Option<Login>,
        deadline: Deadline,
    ) -> Result<Self, CommandError> {
        let client = Client::new(Settings { deadline, ..Settings::default() });
        Ok(Self { reading, upload, client: client.map_err(|error| said(&error))? })
    }

    /// The files of a project; `None` when the index clearly does not know it. Whatever else it
    /// answers is an error: then nobody knows what is there.
    pub(super) async fn files(&self, name: &str) -> Result<Option<Vec<File>>, CommandError> {
        if !is_name(name) {
            let said = format!("`{}` is no name of a Python package", name.escape_debug());
            return Err(CommandError::new(None, Some(said)));
        }
        let base = self.reading.url.trim_end_matches('/');
        let url = format!("{base}/{}/", Python::normal_name(name));
        let answer = self
            .get(&url, ACCEPT, Redirects::SameOrigin)
            .await
            .map_err(|error| self.because(&error))?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = answer.success().map_err(|error| self.because(&error))?;
        let kind = answer.header("content-type").unwrap_or_default().to_lowercase();
        let mut files = read(&kind, &answer.text()).map_err(|why| {
            let said =
                format!("{}: {why}; {} says to ask there", answer.request, self.reading.from);
            CommandError::new(None, Some(said))
        })?;
        for file in &mut files {
            if let Ok(url) = answer.url.join(&file.url) {
                file.url = url.into();
            }
        }
        Ok(Some(files))
    }

    /// Whether a file of the index is the same as one here: byte for byte, or for a source
    /// distribution in all that is packed into it. Back ends write the time into archives.
    pub(super) async fn is_same(&self, there: &File, here: &Path) -> Result<bool, CommandError> {
        let own = std::fs::read(here).map_err(|error| {
            CommandError::new(None, Some(format!("cannot read `{}`: {error}", here.display())))
        })?;
        let hash = hex(&own);
        if there.sha256.as_ref() == Some(&hash) {
            return Ok(true);
        }
        let is_archive = there.name.ends_with(".tar.gz");
        if there.sha256.is_some() && !is_archive {
            return Ok(false);
        }
        let answer = self.get(&there.url, "*/*", Redirects::Any).await.and_then(Response::success);
        let body = answer.map_err(|error| self.because(&error))?.body;
        if there.sha256.as_ref().is_some_and(|told| *told != hex(&body)) {
            let said = format!(
                "`{}` is not what the index says it is: its hash is another one",
                there.name
            );
            return Err(CommandError::new(None, Some(said)));
        }
        Ok(hex(&body) == hash || (is_archive && is_same_content(&body, &own)))
    }

    /// A page that leads to another host is that of another index, such as the public one behind one
    /// of your own, and does not tell what this one holds.
    async fn get(
        &self,
        url: &str,
        accept: &str,
        redirects: Redirects,
    ) -> Result<Response, HttpError> {
        let login = self.reading.login.as_ref();
        let answer = self.get_as(url, accept, redirects, login).await?;
        // An index that shows itself only to those who upload. A name alone may be half a login.
        let has_password = login.is_some_and(|login| !login.password.expose().is_empty());
        match (&self.upload, answer.status) {
            (Some(upload), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) if !has_password => {
                self.get_as(url, accept, redirects, Some(upload)).await
            }
            _ => Ok(answer),
        }
    }

    async fn get_as(
        &self,
        url: &str,
        accept: &str,
        redirects: Redirects,
        login: Option<&Login>,
    ) -> Result<Response, HttpError> {
        let mut request = Request::get(url)?
            .with_header(header::ACCEPT, accept)?
            .with_redirects(redirects)
            .with_body_limit(LONGEST);
        let is_own =
            |own: &str| Url::parse(own).is_ok_and(|own| origin(&own) == origin(request.url()));
        if let Some(login) = login.filter(|_| is_own(&self.reading.url)) {
            let pair = STANDARD.encode(format!("{}:{}", login.user, login.password.expose()));
            let value = Secret::new(format!("Basic {pair}"));
            request = request.with_secret_header(header::AUTHORIZATION, &value)?;
        }
        self.client.send(&request).await
    }

    fn because(&self, error: &HttpError) -> CommandError {
        let CommandError { code, message, is_certain } = said(error);
        let what = match code.as_deref() {
            Some("401" | "403") => {
                "; an index that is not public takes a login in the address, in `UV_INDEX_<NAME>_USERNAME` and `UV_INDEX_<NAME>_PASSWORD`, or in `.netrc`"
            }
            _ => "",
        };
        let message =
            message.map(|said| format!("{said} ({} says to ask there){what}", self.reading.from));
        CommandError { code, message, is_certain }
    }
}

fn said(error: &HttpError) -> CommandError {
    let code = match error {
        HttpError::Status { status, .. } => Some(status.to_string()),
        _ => None,
    };
    CommandError::new(code, Some(error.to_string()))
}

/// Whether a name is one that can stand in an address: as Python's packages are named.
fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    name.bytes().all(is_part) && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
    Sha256::digest(bytes).iter().flat_map(digits).flatten().collect()
}

/// Whether two archives hold the same files, whatever times and owners they tell.
fn is_same_content(one: &[u8], other: &[u8]) -> bool {
    matches!((content(one), content(other)), (Ok(one), Ok(other)) if one == other)
}

/// The kind of an entry, where a link leads, the hash of the bytes.
type Entry = (u8, Vec<u8>, String);

/// What is at each path.
fn content(archive: &[u8]) -> std::io::Result<BTreeMap<Vec<u8>, Entry>> {
    let unpacked = flate2::read::GzDecoder::new(archive).take(LARGEST);
    let mut archive = tar::Archive::new(unpacked);
    let mut found = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() {
            continue;
        }
        let path = entry.path_bytes().into_owned();
        let link = entry.link_name_bytes().unwrap_or_default().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        found.insert(path, (kind.as_byte(), link, hex(&bytes)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn archive(files: &[(&str, &str)], mtime: u64) -> Vec<u8> {
        let gz = flate2::GzBuilder::new().mtime(u32::try_from(mtime).unwrap());
        let mut builder = tar::Builder::new(gz.write(Vec::new(), flate2::Compression::fast()));
        for (path, text) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_mtime(mtime);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        let mut gz = builder.into_inner().unwrap();
        gz.flush().unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn only_names_are_asked_for() {
        for name in ["acme", "Acme_Core", "a.b-c", "2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "..", "a/b", "a?b", "a#b", "a b", "a%2f", "ä", "a\n"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn archives_are_the_same_whenever_they_were_made() {
        let one = archive(&[("a", "1"), ("b", "2")], 1);
        assert_ne!(one, archive(&[("a", "1"), ("b", "2")], 2));
        assert!(is_same_content(&one, &archive(&[("b", "2"), ("a", "1")], 2)));
        for other in [
            archive(&[("a", "1")], 1),
            archive(&[("a", "1"), ("b", "3")], 1),
            archive(&[("a", "1"), ("c", "2")], 1),
            b"no archive".to_vec(),
            Vec::new(),
        ] {
            assert!(!is_same_content(&one, &other));
        }
        assert!(!is_same_content(b"x", b"x"), "what cannot be read is nothing");
    }
}
