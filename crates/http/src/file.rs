//! A file as the body of a request, read while it is sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// What is read and sent at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// A file of a known size.
#[derive(Clone, Debug)]
pub struct FileBody {
    path: PathBuf,
    size: u64,
}

impl FileBody {
    /// A file that has `size` bytes; an error when it cannot be opened or has another size.
    pub fn open(path: &Path, size: u64) -> io::Result<Self> {
        let body = Self { path: path.to_owned(), size };
        let found = File::open(path)?.metadata()?.len();
        if found == size {
            Ok(body)
        } else {
            Err(io::Error::other(format!(
                "`{}` had {size} bytes before and has {found} now",
                path.display()
            )))
        }
    }

    pub(crate) fn stream(&self) -> io::Result<FileStream> {
        Ok(FileStream { file: File::open(&self.path)?, left: self.size })
    }
}

/// The bytes of a file, from its begin.
#[derive(Debug)]
pub(crate) struct FileStream {
    file: File,
    left: u64,
}

impl Body for FileStream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let most = usize::try_from(this.left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut buffer = vec![0; most];
        // A local file answers at once, so waiting for it here holds up nothing.
        Poll::Ready(Some(match this.file.read(&mut buffer) {
            Ok(0) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Ok(count) => {
                buffer.truncate(count);
                this.left = this.left.saturating_sub(count as u64);
                Ok(Frame::data(buffer.into()))
            }
            Err(error) => Err(error),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
