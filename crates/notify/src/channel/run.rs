//! From the inputs to a message, and from what came of sending it to the end of the step.

use std::time::Duration;

use launchway_base::{Deadline, Failure, Secret};
use launchway_http::{Method, Request, Response, Url};
use launchway_runtime::{Session, redact};

use crate::deliver::{self, Ended, Seen, Sent, Terms};
use crate::inputs::Delivery;

/// How often and how long, read from the inputs.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// When a request is sent again.
    pub terms: Terms,
    /// Longest time of one request.
    pub timeout: Duration,
    /// When everything ends.
    pub deadline: Deadline,
}

impl Plan {
    /// The plan; the deadline runs from now on.
    ///
    /// # Errors
    /// `retries` is no number.
    pub fn new(delivery: &Delivery, idempotent: bool) -> Result<Self, Failure> {
        let retries = delivery.retries.parse().map_err(|error: String| {
            Failure::input(format!("`retries` cannot be used: {error}"))
        })?;
        Ok(Self {
            terms: Terms { idempotent, on_ambiguous: delivery.on_ambiguous, retries },
            timeout: Duration::from_secs(delivery.timeout_seconds),
            deadline: Deadline::after(Duration::from_secs(delivery.deadline_seconds)),
        })
    }
}

/// The address of a webhook: that of the input, else that of the variable. It is a secret with all its parts.
///
/// # Errors
/// There is none, or it is none; the address is not part of the error.
pub fn address(session: &Session, given: Option<&Secret>, variable: &str) -> Result<Url, Failure> {
    let from_env = || session.env().get(variable).filter(|text| !text.is_empty()).map(Secret::new);
    let secret =
        given.filter(|secret| !secret.is_empty()).cloned().or_else(from_env).ok_or_else(|| {
            Failure::input("`webhook` is missing").with_hint(format!(
                "give the address of the webhook as `webhook` or in the variable `{variable}`"
            ))
        })?;
    let url = Url::parse(secret.expose())
        .map_err(|error| Failure::input(format!("`webhook` is no address: {error}")))?;
    deliver::hide(&url);
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && loopback) {
        return Ok(url);
    }
    Err(Failure::input("`webhook` is no `https` address")
        .with_hint("messages go over `https`; `http` is for this machine only"))
}

/// Where it goes; nowhere in a dry run that was given no address.
///
/// # Errors
/// As with [`address`].
pub fn place(
    session: &Session,
    delivery: &Delivery,
    given: Option<&Secret>,
    variable: &str,
) -> Result<Option<Url>, Failure> {
    let is_given = given.is_some_and(|secret| !secret.is_empty());
    match address(session, given, variable) {
        Err(_) if delivery.dry_run && !is_given => Ok(None),
        found => found.map(Some),
    }
}

/// Keeps the standard output for the message where nothing is sent. It comes first of all, as masks are printed, too.
pub fn open(session: &Session, delivery: &Delivery) {
    if delivery.dry_run {
        session.stdout_is_a_document();
    }
}

/// Prints what would be sent to the standard output, and nothing else there.
///
/// # Errors
/// It cannot be written.
pub fn print(session: &Session, name: &str, body: &str) -> Result<(), Failure> {
    session.say(&format!("nothing is sent; {name} would get this:"));
    session.inert_document(body)
}

/// A request with a JSON body whose address is not shown.
///
/// # Errors
/// The address is none a request can go to.
pub fn json(method: Method, url: &Url, body: String) -> Result<Request, Failure> {
    let kind = launchway_http::header::CONTENT_TYPE;
    Ok(Request::new(method, url.as_str())?
        .with_secret_path()
        .with_header(kind, "application/json")?
        .with_body(body))
}

launchway_runtime::outputs! {
    /// What every channel hands to the steps after it.
    struct Begun {
        /// Whether the message was taken.
        ok => "ok",
        /// Why it was not.
        error => "error",
    }
}

/// Writes what stands where the program is stopped while it sends: nobody knows.
///
/// # Errors
/// The outputs cannot be written.
pub fn begin(session: &Session) -> Result<(), Failure> {
    let (ok, error) = (Some(false.to_string()), Some("unknown".to_owned()));
    session.write_outputs(&Begun { ok, error })
}

/// Sends it as planned.
///
/// # Errors
/// The request cannot be sent at all.
pub async fn send(
    session: &Session,
    plan: &Plan,
    request: Request,
    read: impl Fn(&Response) -> Seen,
) -> Result<Sent, Failure> {
    let client = deliver::client(plan.timeout, plan.deadline, None)?;
    begin(session)?;
    deliver::send(session, &client, request, &plan.terms, read).await
}

/// What the status of an answer says of the message, where `2xx` takes it.
pub fn by_status(response: &Response) -> Seen {
    let status = response.status.as_u16();
    let word = || {
        let text = redact(&response.text()).into_owned();
        let text = crate::line::one(&text, 200);
        if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }
    };
    match status {
        200..=299 => Seen::Accepted,
        429 => Seen::Limited { wait: response.wait },
        503 if response.wait.is_some() => Seen::NotDone { word: word(), wait: response.wait },
        408 | 500..=599 => Seen::Unknown { why: format!("it answered {}", word()) },
        300..=399 => Seen::Refused { word: format!("{status}, a redirect, which is not followed") },
        _ => Seen::Refused { word: word() },
    }
}

/// The word of an error for the outputs; empty where the message was taken.
pub fn error_word(ended: &Ended) -> String {
    match ended {
        Ended::Done => String::new(),
        Ended::Refused(word) => word.clone(),
        Ended::Ambiguous(_) => "unknown".to_owned(),
        Ended::Exhausted(_) => "unreachable".to_owned(),
        Ended::OutOfTime(_) => "deadline".to_owned(),
    }
}

/// Ends the step: well, with a warning where `fail-on-error` is false, or not well. `name` is the channel's,
/// `hint` what to do where the message did not arrive, if the channel knows.
///
/// # Errors
/// The message was not taken, and that fails the step.
pub fn conclude(
    session: &Session,
    delivery: &Delivery,
    name: &str,
    ended: &Ended,
    hint: Option<String>,
) -> Result<(), Failure> {
    let failure = match ended {
        Ended::Done => {
            session.say(&format!("{name} has the message"));
            return Ok(());
        }
        Ended::Refused(word) => {
            let hint = hint.unwrap_or_else(|| refused(word).to_owned());
            Failure::rejected(format!("{name} refused the message: {word}")).with_hint(hint)
        }
        Ended::Ambiguous(why) => Failure::remote(format!(
            "whether {name} has the message is unknown: {why}"
        ))
        .with_hint(
            "look there before you send it again; `on-ambiguous: retry` would, at the risk of two",
        ),
        Ended::Exhausted(why) => {
            let usual = if why.contains("certificate") {
                "check the host of the address, or point SSL_CERT_FILE to the certificates to trust"
            } else {
                "it did not arrive; run again"
            };
            Failure::remote(format!("{name} does not have the message: {why}"))
                .with_hint(hint.unwrap_or_else(|| usual.to_owned()))
        }
        Ended::OutOfTime(why) => {
            let usual = "allow more time with `deadline-seconds`, or run again";
            Failure::remote(format!("{name} does not have the message: {why}"))
                .with_hint(hint.unwrap_or_else(|| usual.to_owned()))
        }
    };
    deliver::settle(session, delivery.fail_on_error != Some(false), failure)
}

/// What to do about an answer of this status, where the channel knows nothing better.
fn refused(word: &str) -> &'static str {
    match word.get(..3).unwrap_or_default() {
        "401" | "403" => "check the address and its secrets: the receiver does not know the sender",
        "404" | "410" => "the address leads nowhere any more: copy it again from where it was made",
        code if code.starts_with('3') => "give the address it leads to",
        _ => "its answer stands in the output `response`",
    }
}

/// An answer for the outputs.
pub fn answer(response: Option<&Response>) -> String {
    response
        .map(|response| crate::text::cut::text(&redact(&response.text()), 10_000))
        .unwrap_or_default()
}

/// The status code of an answer for the outputs; empty where none came.
pub fn status(response: Option<&Response>) -> String {
    response.map(|response| response.status.as_u16().to_string()).unwrap_or_default()
}
