//! Sends one message by one request at a time, as [`policy`](super::policy) decides.

use std::time::{Duration, Instant};

use launchway_base::{Deadline, Failure, Fault as _, Secret, show_duration};
use launchway_http::{Client, HttpError, Proxies, Redirects, Request, Response, Settings};
use launchway_runtime::Session;

use super::policy::{Decision, Seen, Terms, decide};

/// The most of an answer that is read, in bytes.
const ANSWER: usize = 4 << 20;
/// Time left when there is no deadline.
const FOREVER: Duration = Duration::from_hours(24);

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was taken.
    Done,
    /// It was refused, with this word.
    Refused(String),
    /// It may have arrived; what was seen.
    Ambiguous(String),
    /// It did not arrive, and the tries are used up; what was seen.
    Exhausted(String),
    /// It did not arrive in time; what was seen, and what would have to be waited.
    OutOfTime(String),
}

/// What came of sending.
#[derive(Clone, Debug)]
pub struct Sent {
    /// How it ended.
    pub ended: Ended,
    /// The last answer.
    pub response: Option<Response>,
    /// How many requests were sent.
    pub attempts: u32,
}

/// A client for messages: short answers, this long for one request and in all; through `proxy`
/// where one is given, else through those of the environment.
///
/// # Errors
/// The proxy or the root certificates cannot be used.
pub fn client(
    timeout: Duration,
    deadline: Deadline,
    proxy: Option<&Secret>,
) -> Result<Client, Failure> {
    let proxies = proxy.map(|proxy| {
        Proxies::read(|name| match name {
            "all_proxy" => Some(proxy.expose().to_owned()),
            // Hosts the environment excludes are excluded still.
            "no_proxy" | "NO_PROXY" => std::env::var(name).ok(),
            _ => None,
        })
    });
    let proxies = proxies.transpose().map_err(|_| {
        Failure::input("`proxy` is not the URL of an `http` or `https` proxy")
            .with_hint("write it as in `http://proxy.example:3128`")
    })?;
    Ok(Client::new(Settings {
        // Shorter than the whole: who is not connected has not sent, and that has to be known.
        connect_timeout: timeout.mul_f64(0.75),
        timeout,
        body_limit: ANSWER,
        deadline,
        proxies,
    })?)
}

/// Sends a request until it is taken, refused, or may not be sent again. `read` says what an answer
/// means. Each wait is said in the log.
///
/// # Errors
/// The request cannot be sent at all, as with a header no request may hold.
pub async fn send(
    session: &Session,
    client: &Client,
    request: Request,
    terms: &Terms,
    read: impl Fn(&Response) -> Seen,
) -> Result<Sent, Failure> {
    let request = request.with_attempts(1).with_redirects(Redirects::None);
    let mut attempts = 0;
    let mut last = None;
    loop {
        if client.deadline().is_over() {
            let why = "the time for the whole command was up before it was sent".to_owned();
            return Ok(Sent { ended: Ended::OutOfTime(why), response: last, attempts });
        }
        attempts += 1;
        let began = Instant::now();
        let (seen, hint) = match client.send(&request).await {
            Ok(response) => {
                let seen = read(&response);
                last = Some(response);
                (seen, None)
            }
            Err(error) => {
                let hint = error.hint();
                (unanswered(error)?, hint)
            }
        };
        tracing::debug!("attempt {attempts} took {:?}: {seen:?}", began.elapsed());
        let left = client.deadline().remaining().unwrap_or(FOREVER);
        let ended = match decide(terms, attempts, left, &seen) {
            Decision::Done => Ended::Done,
            Decision::Refused { word } => Ended::Refused(word),
            Decision::Ambiguous => Ended::Ambiguous(said(&seen)),
            Decision::Exhausted => {
                let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                Ended::Exhausted(format!("{}{hint}", said(&seen)))
            }
            Decision::OutOfTime { wait } => Ended::OutOfTime(format!(
                "{}; the next try would be in {}, and {} are left until the deadline",
                said(&seen),
                show_duration(wait),
                show_duration(Duration::from_secs(left.as_secs())),
            )),
            Decision::Retry { after } => {
                session.say(&format!(
                    "{}; waiting {}, then sending again (retry {attempts} of {})",
                    said(&seen),
                    show_duration(after),
                    terms.retries.count,
                ));
                tokio::time::sleep(after).await;
                continue;
            }
        };
        return Ok(Sent { ended, response: last, attempts });
    }
}

/// What a request without a whole answer says of the message.
fn unanswered(error: HttpError) -> Result<Seen, Failure> {
    let why = error.to_string();
    match error {
        HttpError::Url { .. } | HttpError::Invalid { .. } | HttpError::Runtime { .. } => {
            Err(error.into())
        }
        HttpError::Connect { .. } | HttpError::Proxy { .. } | HttpError::Tls { .. } => {
            Ok(Seen::NotSent { why })
        }
        // The time may have been up while it was on its way.
        _ => Ok(Seen::Unknown { why }),
    }
}

fn said(seen: &Seen) -> String {
    match seen {
        Seen::NotSent { why } | Seen::Unknown { why } => why.clone(),
        Seen::Accepted => "it was taken".to_owned(),
        Seen::Limited { wait: Some(wait) } => {
            format!("a rate limit was hit, which asks to wait {}", show_duration(*wait))
        }
        Seen::Limited { wait: None } => "a rate limit was hit".to_owned(),
        Seen::NotDone { word, .. } | Seen::Refused { word } => format!("it answered `{word}`"),
    }
}
