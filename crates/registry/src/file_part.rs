//! Blobs out of files: ranges of an archive, or whole files.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::blobs::finish;
use crate::digest::Hasher;
use crate::{Algorithm, Digest, Registry, RegistryError, Repository};

/// What is read and sent at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// A range of a file: a blob as it lies in an archive or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// The file.
    pub path: PathBuf,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// How many bytes it has.
    pub size: u64,
}

impl FilePart {
    /// The digest of its bytes, which are read piece by piece.
    ///
    /// # Errors
    /// The file cannot be read, or ends too early.
    pub fn digest(&self, algorithm: Algorithm) -> io::Result<Digest> {
        let mut hasher = Hasher::new(algorithm);
        let mut open = self.open()?;
        while let Some(piece) = open.next()? {
            hasher.update(&piece);
        }
        Ok(hasher.finish())
    }

    /// All of its bytes, at most `limit`; `None` when there are more.
    ///
    /// # Errors
    /// The file cannot be read, or ends too early.
    pub fn read(&self, limit: usize) -> io::Result<Option<Bytes>> {
        let Some(size) = usize::try_from(self.size).ok().filter(|size| *size <= limit) else {
            return Ok(None);
        };
        let mut bytes = vec![0; size];
        self.open()?.file.read_exact(&mut bytes)?;
        Ok(Some(bytes.into()))
    }

    fn open(&self) -> io::Result<Open> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        Ok(Open { file, left: self.size })
    }
}

/// The bytes of a part that are still to come.
#[derive(Debug)]
struct Open {
    file: File,
    left: u64,
}

impl Open {
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        let most = usize::try_from(self.left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut buffer = vec![0; most];
        let count = self.file.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer.truncate(count);
        self.left = self.left.saturating_sub(count as u64);
        Ok(Some(buffer.into()))
    }
}

impl Body for Open {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        // A local file answers at once, so waiting for it here holds up nothing.
        Poll::Ready(self.get_mut().next().transpose().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl Registry {
    /// Sends a blob out of a file, without holding it whole. When an answer is lost, a look tells
    /// whether the blob arrived, and the whole is sent again when not, a few times. The registry
    /// checks the digest: a file that changed meanwhile is refused.
    pub async fn send_blob(
        &self,
        to: &Repository,
        digest: &Digest,
        part: &FilePart,
    ) -> Result<(), RegistryError> {
        if part.size == 0 {
            return self.put_whole(to, digest, &Bytes::new()).await;
        }
        let mut attempt = 1;
        loop {
            let Err(error) = self.send_once(to, digest, part).await else { return Ok(()) };
            if !self.worth_again(to, digest, error, &mut attempt).await? {
                return Ok(());
            }
        }
    }

    async fn send_once(
        &self,
        to: &Repository,
        digest: &Digest,
        part: &FilePart,
    ) -> Result<(), RegistryError> {
        let body = part.open().map_err(|error| RegistryError::Unexpected {
            what: format!("blob {}", to.at(digest.clone())),
            reason: format!("cannot read `{}`: {error}", part.path.display()),
        })?;
        let place = self.begin(to, digest).await?;
        let call = finish(to, digest, place);
        let prepared = self.prepare(&call).await?;
        let sent = Box::pin(self.http().upload(&prepared.request, part.size, body)).await;
        self.judge(&call, &prepared, sent?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_and_a_short_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("archive");
        std::fs::write(&path, b"..content..").unwrap();
        let part = FilePart { path, offset: 2, size: 7 };
        assert_eq!(part.read(7).unwrap().unwrap(), "content");
        assert_eq!(part.read(6).unwrap(), None);
        assert_eq!(part.digest(Algorithm::Sha256).unwrap(), Digest::of(b"content"));
        let long = FilePart { size: 10, ..part };
        assert!(long.read(10).is_err() && long.digest(Algorithm::Sha256).is_err());
    }
}
