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
    let output = runtime.block_on(future);
    // A thread that still waits for a name server or another program is not waited for.
    runtime.shutdown_background();
    Ok(output)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::block_on;

    #[test]
    fn a_thread_that_waits_for_something_holds_up_nothing() {
        let started = Instant::now();
        let given = block_on(async {
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(20)));
            tokio::time::sleep(Duration::from_millis(50)).await;
            7
        });
        assert_eq!(given.unwrap(), 7);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
