//! The one place a program starts its single-threaded runtime.

use std::future::Future;

use crate::HttpError;

/// Runs a future to its end on a runtime of this thread. A program does so once and calls the
/// rest of its code from inside.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, HttpError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| HttpError::Runtime { reason: error.to_string() })?;
    Ok(runtime.block_on(future))
}
