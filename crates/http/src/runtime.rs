//! The one place a program starts its single-threaded runtime.

use std::future::Future;

use launchway_base::Failure;

/// Runs a future to its end on a runtime of this thread. A program does so once and calls the
/// rest of its code from inside.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::internal("cannot start the runtime").caused_by(error))?;
    Ok(runtime.block_on(future))
}
