//! Questions to the system's resolver.
//!
//! One takes a thread for as long as the system likes, whoever has stopped waiting. So a name is asked for once at
//! a time: who asks in the meantime gets the same answer, and a dead name server holds one thread per name.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::broken::words;

/// Addresses, or the system's words.
type Found = Result<Vec<IpAddr>, String>;
type Running = Arc<Mutex<HashMap<String, Shared<BoxFuture<'static, Found>>>>>;
type Ask = fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;

/// The questions that are asked now.
pub(super) struct Lookups {
    ask: Ask,
    running: Running,
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups").finish_non_exhaustive()
    }
}

impl Lookups {
    /// Asks the system.
    pub(super) fn system() -> Self {
        Self::new(|name| {
            async move {
                // A port is no part of the question, but its function wants one.
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            }
            .boxed()
        })
    }

    fn new(ask: Ask) -> Self {
        Self { ask, running: Running::default() }
    }

    /// The addresses of a name, in the system's order. May take long; who stops waiting leaves the question to
    /// those who still do.
    pub(super) async fn ask(&self, name: &str) -> Found {
        let answer = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.entry(name.to_owned()).or_insert_with(|| self.start(name.to_owned())).clone()
        };
        answer.await
    }

    fn start(&self, name: String) -> Shared<BoxFuture<'static, Found>> {
        let (running, question) = (Arc::clone(&self.running), (self.ask)(name.clone()));
        // A task of its own, so that the question is off the list as soon as it is answered.
        let task = tokio::spawn(async move {
            let found = question.await;
            running.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
            found.map_err(|error| words(&error))
        });
        async move { task.await.unwrap_or_else(|error| Err(error.to_string())) }.boxed().shared()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn a_name_is_asked_for_once_at_a_time_and_anew_after_that() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let lookups = Lookups::new(|name| {
            async move {
                let count = u8::try_from(ASKED.fetch_add(1, Ordering::SeqCst)).unwrap();
                sleep(Duration::from_millis(50)).await;
                if name == "bad" {
                    return Err(io::Error::other("Name not known"));
                }
                Ok(vec![Ipv4Addr::new(192, 0, 2, count).into()])
            }
            .boxed()
        });
        let first = [IpAddr::from([192, 0, 2, 0])];
        for found in join_all((0..200).map(|_| lookups.ask("good"))).await {
            assert_eq!(found.unwrap(), first);
        }
        assert_eq!(ASKED.load(Ordering::SeqCst), 1);
        assert_ne!(lookups.ask("good").await.unwrap(), first, "an answer is not kept");
        assert_eq!(lookups.ask("bad").await, Err("name not known".to_owned()));
        assert!(lookups.running.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_dead_name_server_holds_one_question_per_name_and_nobody_up() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let lookups = Lookups::new(|name| {
            async move {
                ASKED.fetch_add(1, Ordering::SeqCst);
                if name == "dead" {
                    sleep(Duration::from_mins(10)).await;
                }
                Ok(Vec::new())
            }
            .boxed()
        });
        let started = Instant::now();
        for _ in 0..20 {
            assert!(timeout(Duration::from_millis(5), lookups.ask("dead")).await.is_err());
        }
        assert_eq!(ASKED.load(Ordering::SeqCst), 1);
        assert_eq!(lookups.ask("other").await, Ok(Vec::new()));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
