//! A blob on its way from one registry to another: never held whole, checked before its last
//! piece goes on.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use launchway_http::{HttpError, Incoming};

use crate::digest::Hasher;
use crate::{Digest, RegistryError};

/// What went wrong with the content itself: the request it breaks off cannot say it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrong(Arc<Mutex<Option<RegistryError>>>);

impl Wrong {
    pub(crate) fn take(&self) -> Option<RegistryError> {
        self.0.lock().ok()?.take()
    }

    fn set(&self, error: RegistryError) -> RegistryError {
        if let Ok(mut slot) = self.0.lock() {
            *slot = Some(error.clone());
        }
        error
    }
}

/// A body that ends well only when it has this digest and size.
#[derive(Debug)]
pub(crate) struct Verified<B = Incoming> {
    body: B,
    hasher: Option<Hasher>,
    what: String,
    expected: Digest,
    left: u64,
    wrong: Wrong,
}

impl<B> Verified<B> {
    pub(crate) fn new(body: B, what: String, expected: Digest, size: u64, wrong: Wrong) -> Self {
        let hasher = Some(Hasher::new(expected.algorithm()));
        Self { body, hasher, what, expected, left: size, wrong }
    }

    fn check(&mut self, data: &Bytes) -> Result<(), RegistryError> {
        let size = |reason: &str| RegistryError::Unexpected {
            what: self.what.clone(),
            reason: format!("the registry sends {reason} bytes than its manifest says"),
        };
        let Some(left) = self.left.checked_sub(data.len() as u64) else { return Err(size("more")) };
        self.left = left;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(data);
        }
        if left > 0 {
            return Ok(());
        }
        match self.hasher.take().map(Hasher::finish) {
            Some(found) if found != self.expected => {
                let (what, expected) = (self.what.clone(), self.expected.clone());
                Err(RegistryError::Mismatch { what, expected, found })
            }
            _ => Ok(()),
        }
    }
}

impl<B> Body for Verified<B>
where
    B: Body<Data = Bytes, Error = HttpError> + Unpin,
{
    type Data = Bytes;
    type Error = RegistryError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, RegistryError>>> {
        let this = self.get_mut();
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else {
            return Poll::Pending;
        };
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(match frame.data_ref().map(|data| this.check(data)) {
                Some(Err(error)) => Err(this.wrong.set(error)),
                _ => Ok(frame),
            }),
            Some(Err(error)) => Some(Err(this.wrong.set(error.into()))),
            None if this.left > 0 => {
                let reason = "the registry sends fewer bytes than its manifest says".to_owned();
                let what = this.what.clone();
                Some(Err(this.wrong.set(RegistryError::Unexpected { what, reason })))
            }
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
