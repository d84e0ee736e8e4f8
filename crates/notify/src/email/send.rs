//! Sends it.

use std::time::{Duration, SystemTime};

use launchway_base::{Failure, Secret, show_duration};
use launchway_runtime::Session;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, MultiPart};
use lettre::{Address, Message as Mail};

use super::attach::{self, Attached};
use super::render::{Letter, letter};
use super::server::{Server, Tls};
use super::talk::{self, Talk};
use super::turns::OUT_OF_TURN;
use super::{Inputs, Outputs, limits, preview};
use crate::channel::compose::compose;
use crate::channel::run::{self, Plan};
use crate::channel::{once, page};
use crate::deliver::{Decision, Ended, Seen, decide};

/// Time left when there is no deadline.
const FOREVER: Duration = Duration::from_hours(24);

/// The header that says that no person wrote it (RFC 3834).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Makes the message and sends it.
///
/// # Errors
/// Bad input; the server refuses the message or cannot be reached.
pub async fn main(session: &Session, inputs: Inputs) -> Result<(), Failure> {
    let plan = Plan::new(&inputs.delivery, false)?;
    let delivery = &inputs.delivery;
    run::open(session, delivery);
    let variable = |name| session.env().get(name).filter(|text| !text.is_empty());
    let address = inputs.server.clone().or_else(|| variable("SMTP_URL").map(Secret::new));
    let given = inputs.password.clone().filter(|password| !password.is_empty());
    let password = given.or_else(|| variable("SMTP_PASSWORD").map(Secret::new));
    let server = match address.filter(|address| !address.is_empty()) {
        Some(address) => {
            // A dry run logs in nowhere.
            let user = inputs.username.as_deref();
            let user = user.filter(|_| password.is_some() || !delivery.dry_run);
            Some(Server::parse(address.expose(), user, password.as_ref())?)
        }
        None if delivery.dry_run => None,
        None => {
            return Err(Failure::input("`server` is missing").with_hint(
                "give the address of the mail server as `server` or in the variable `SMTP_URL`",
            ));
        }
    };
    let people = People::read(&inputs)?;
    let message = compose(session, &inputs.content, plan.deadline).await?;
    let letter = letter(&message);
    let id = message_id(session, inputs.content.matrix.as_deref(), &people.from.email, &letter);
    let files = attach::read(session, &inputs.attachments)?;
    let mail = mail(&people, &letter, &id, inputs.key.as_deref(), files)?;
    let bytes = mail.formatted();
    page::save(delivery, || preview::page(&letter.html))?;
    let Some(server) = server.filter(|_| !delivery.dry_run) else {
        return run::print(session, "the mail server", &String::from_utf8_lossy(&bytes));
    };
    let talk = Talk {
        tls: talk::tls(&server)?,
        server: &server,
        envelope: mail.envelope(),
        message: &bytes,
        timeout: plan.timeout,
        deadline: plan.deadline,
    };
    run::begin(session)?;
    let (ended, attempts, answer) = deliver(session, &plan, &talk).await;
    session.write_outputs(&Outputs {
        ok: Some((ended == Ended::Done).to_string()),
        message_id: Some(id),
        error: Some(run::error_word(&ended)),
        attempts: Some(attempts.to_string()),
        response: Some(answer),
    })?;
    run::conclude(session, delivery, "the mail server", &ended, hint(&ended, &server))
}

/// Tries until it is taken, refused, or may not be tried again.
async fn deliver(session: &Session, plan: &Plan, talk: &Talk<'_>) -> (Ended, u32, String) {
    let mut attempts = 0;
    loop {
        if plan.deadline.is_over() {
            let why = "the time for the whole command was up before it was sent".to_owned();
            return (Ended::OutOfTime(why), attempts, String::new());
        }
        attempts += 1;
        let (seen, answer) = talk.try_once().await;
        let left = plan.deadline.remaining().unwrap_or(FOREVER);
        let said = said(&seen);
        let ended = match decide(&plan.terms, attempts, left, &seen) {
            Decision::Done => Ended::Done,
            Decision::Refused { word } => Ended::Refused(word),
            Decision::Ambiguous => Ended::Ambiguous(said),
            Decision::Exhausted => Ended::Exhausted(said),
            Decision::OutOfTime { wait } => Ended::OutOfTime(format!(
                "{said}; the next try would be in {}",
                show_duration(wait)
            )),
            Decision::Retry { after } => {
                session
                    .say(&format!("{said}; waiting {}, then trying again", show_duration(after)));
                tokio::time::sleep(after).await;
                continue;
            }
        };
        return (ended, attempts, answer);
    }
}

fn said(seen: &Seen) -> String {
    match seen {
        Seen::NotSent { why } | Seen::Unknown { why } => why.clone(),
        Seen::NotDone { word, .. } | Seen::Refused { word } => word.clone(),
        Seen::Accepted | Seen::Limited { .. } => String::new(),
    }
}

fn hint(ended: &Ended, server: &Server) -> Option<String> {
    let hint = match (ended, server.tls, server.port) {
        (Ended::Done | Ended::Ambiguous(_), ..) => return None,
        (Ended::Refused(word), ..) => refused(word),
        (_, Tls::Starttls, 465) => {
            "port 465 speaks TLS from the beginning: write `smtps://` for `smtp://`"
        }
        (_, Tls::Implicit, 25 | 587) => {
            "ports 25 and 587 begin without TLS and turn to it: write `smtp://` for `smtps://`"
        }
        (Ended::Exhausted(_) | Ended::OutOfTime(_), ..) => return None,
    };
    Some(hint.to_owned())
}

fn refused(word: &str) -> &'static str {
    if word.starts_with("530") {
        "the server wants a login: give `username` and `password`"
    } else if word.contains("logging in") {
        "check user and password; many providers want a password made for programs"
    } else if word.contains(OUT_OF_TURN) {
        "somebody may be in the way; use `smtps://` where the server has it"
    } else if word.contains("STARTTLS") {
        "use `smtps://` where the server speaks TLS at once, or `?tls=none` where it is in your own network"
    } else if word.contains("recipients") {
        "check `from`, `to`, `cc` and `bcc`; nobody got the message"
    } else {
        "ask who runs the server what its answer means"
    }
}

/// Who has to do with a message.
struct People {
    from: Mailbox,
    to: Mailboxes,
    cc: Mailboxes,
    bcc: Mailboxes,
    reply_to: Mailboxes,
}

impl People {
    fn read(inputs: &Inputs) -> Result<Self, Failure> {
        let from = inputs.from.as_deref().filter(|from| !from.is_empty()).ok_or_else(|| {
            Failure::input("`from` is missing").with_hint("name the address the message comes from")
        })?;
        let mut from = mailboxes("from", &[from.to_owned()])?.into_iter();
        let (Some(from), None) = (from.next(), from.next()) else {
            return Err(Failure::input("`from` is not one address"));
        };
        let people = Self {
            from,
            to: mailboxes("to", &inputs.to)?,
            cc: mailboxes("cc", &inputs.cc)?,
            bcc: mailboxes("bcc", &inputs.bcc)?,
            reply_to: mailboxes("reply-to", &inputs.reply_to)?,
        };
        let all = people.to.iter().count() + people.cc.iter().count() + people.bcc.iter().count();
        if all == 0 {
            return Err(Failure::input("`to` is missing").with_hint("name who gets the message"));
        }
        if all > limits::RECIPIENTS {
            return Err(Failure::input(format!("the message would go to {all} people")).with_hint(
                format!(
                    "a server need not take more than {}; use a list address",
                    limits::RECIPIENTS
                ),
            ));
        }
        Ok(people)
    }
}

/// Reads addresses, one per line or with commas between.
fn mailboxes(input: &str, lines: &[String]) -> Result<Mailboxes, Failure> {
    let mut all = Mailboxes::new();
    let lines = lines.iter().flat_map(|lines| lines.lines()).map(str::trim);
    for line in lines.filter(|line| !line.is_empty()) {
        let bad = |why: &str| {
            let shown = crate::line::one(line, 60);
            Failure::input(format!("`{shown}` in `{input}` is no address: {why}"))
                .with_hint("write `ann@example.com` or `Ann <ann@example.com>`")
        };
        if line.chars().any(char::is_control) {
            return Err(bad("it has control characters"));
        }
        let found: Mailboxes =
            line.trim_end_matches(',').parse().map_err(|error| bad(&format!("{error}")))?;
        for one in found {
            all.push(one);
        }
    }
    Ok(all)
}

fn mail(
    people: &People,
    letter: &Letter,
    id: &str,
    key: Option<&str>,
    files: Vec<Attached>,
) -> Result<Mail, Failure> {
    let mut builder = Mail::builder()
        .from(people.from.clone())
        .subject(letter.subject.clone())
        .date(SystemTime::now())
        .message_id(Some(format!("<{id}>")))
        // So that nobody's absence answers it.
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .user_agent(format!("launchway-notify/{}", launchway_base::VERSION));
    for to in people.to.iter() {
        builder = builder.to(to.clone());
    }
    for cc in people.cc.iter() {
        builder = builder.cc(cc.clone());
    }
    for bcc in people.bcc.iter() {
        builder = builder.bcc(bcc.clone());
    }
    for reply_to in people.reply_to.iter() {
        builder = builder.reply_to(reply_to.clone());
    }
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        // Readers put together what refers to the same letter, also where nobody has that one.
        let thread = format!("<{}>", thread_id(key, &people.from.email));
        builder = builder.in_reply_to(thread.clone()).references(thread);
    }
    let mut whole = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    if !files.is_empty() {
        whole = MultiPart::mixed().multipart(whole);
    }
    for file in files {
        whole = whole.singlepart(file.part()?);
    }
    builder
        .multipart(whole)
        .map_err(|error| Failure::input("the message is no letter").caused_by(error))
}

fn thread_id(key: &str, from: &Address) -> String {
    let digest = crate::hash::of(&["thread", key, from.as_ref()]);
    format!("launchway.{}@{}", digest.get(..32).unwrap_or_default(), from.domain())
}

/// The same for every try of one step, so that a server or reader can tell a second copy.
fn message_id(session: &Session, matrix: Option<&str>, from: &Address, letter: &Letter) -> String {
    let name = once::name(session, matrix, &[&letter.subject, &letter.text]);
    format!("launchway.{}@{}", name.get(..32).unwrap_or_default(), from.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_that_does_not_fit_the_port_is_named() {
        let server = |text: &str| Server::parse(text, None, None).unwrap();
        let lost = Ended::Exhausted("no answer".to_owned());
        let late = Ended::OutOfTime("no answer".to_owned());
        for (address, told) in [
            ("smtp://h:465", Some("`smtps://` for")),
            ("smtps://h:587", Some("`smtp://` for")),
            ("smtps://h:25", Some("`smtp://` for")),
            ("smtp://h", None),
            ("smtps://h", None),
            ("smtp://h:25?tls=none", None),
        ] {
            for ended in [&lost, &late] {
                let hint = hint(ended, &server(address)).unwrap_or_default();
                assert!(hint.contains(told.unwrap_or_default()), "{address}: {hint}");
                assert_eq!(hint.is_empty(), told.is_none(), "{address}: {hint}");
            }
        }
        let word = "530 5.7.0 Authentication required (naming sender and recipients)".to_owned();
        let hint = hint(&Ended::Refused(word), &server("smtp://h")).unwrap();
        assert!(hint.contains("`username`"), "{hint}");
    }
}
