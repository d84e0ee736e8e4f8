//! What an answer of Slack's says of the message, for each of the three ways in. Pure.

use std::time::Duration;

use serde_json::Value;

use super::errors::{self, Class};
use crate::deliver::Seen;

/// A way into Slack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An incoming webhook.
    Webhook,
    /// A workflow trigger.
    Trigger,
    /// A method of the Web API.
    Method,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Its status code.
    pub status: u16,
    /// Its body.
    pub body: &'a str,
    /// How long its header asks to wait.
    pub wait: Option<Duration>,
}

/// What the answer says.
pub fn read(way: Way, answer: &Answer<'_>) -> Seen {
    let json: Option<Value> = serde_json::from_str(answer.body).ok();
    let wait = answer.wait.or_else(|| json.as_ref().and_then(asked));
    if answer.status == 429 {
        return Seen::Limited { wait };
    }
    if let Some(word) = word(answer.body, json.as_ref()) {
        // Text that only looks like a word tells nothing where all else says that it went well.
        let is_object = json.as_ref().is_some_and(Value::is_object);
        let is_hearsay = answer.status >= 500 || (answer.status < 300 && !is_object);
        return by_word(word, answer.status, wait, is_hearsay);
    }
    let said_ok = json.as_ref().and_then(|json| json.get("ok")).and_then(Value::as_bool);
    let good = match way {
        // Servers that speak like Slack confirm in one form or the other.
        Way::Webhook => answer.body.trim() == "ok" || said_ok == Some(true),
        // A workflow that starts may answer nothing at all; a page is the answer of somebody else.
        Way::Trigger => match &json {
            Some(json) => json.is_object() && said_ok != Some(false),
            None => matches!(answer.body.trim(), "" | "ok"),
        },
        Way::Method => said_ok == Some(true),
    };
    match answer.status {
        200..=299 if good => Seen::Accepted,
        // A server that was not given the whole request did nothing with it.
        408 => Seen::NotDone { word: "http 408".to_owned(), wait },
        503 if wait.is_some() => Seen::NotDone { word: "http 503".to_owned(), wait },
        200..=299 | 500..=599 => Seen::Unknown { why: doubt(answer, said_ok) },
        status => Seen::Refused { word: format!("http {status}") },
    }
}

/// The word in the body: alone in a text, or the `error` of a JSON object that is not `ok`.
pub fn word<'a>(body: &'a str, json: Option<&'a Value>) -> Option<&'a str> {
    let text = body.trim();
    match json {
        Some(Value::Object(object)) => {
            if object.get("ok").and_then(Value::as_bool) == Some(true) {
                return None;
            }
            object.get("error").and_then(Value::as_str).filter(|word| errors::is_word(word))
        }
        _ => Some(text).filter(|text| *text != "ok" && errors::is_word(text)),
    }
}

fn by_word(word: &str, status: u16, wait: Option<Duration>, is_hearsay: bool) -> Seen {
    let word = word.to_owned();
    match errors::class(&word) {
        Class::AlreadyDone => Seen::Accepted,
        Class::Limited => Seen::Limited { wait },
        Class::Transient => Seen::NotDone { word, wait },
        Class::MaybeDone => Seen::Unknown { why: format!("it answered `{word}`") },
        // A word nobody knows is no reason to trust a server in trouble.
        Class::Fatal if is_hearsay && errors::find(&word).is_none() => {
            Seen::Unknown { why: format!("it answered {status} with `{word}`") }
        }
        Class::Fatal => Seen::Refused { word },
    }
}

fn doubt(answer: &Answer<'_>, said_ok: Option<bool>) -> String {
    if answer.status >= 500 {
        format!("it answered {}", answer.status)
    } else if answer.body.trim().is_empty() {
        format!("it answered {} with nothing in it", answer.status)
    } else if said_ok == Some(false) {
        format!("it answered {} and `ok: false` without a reason", answer.status)
    } else {
        format!("it answered {} with something Slack does not answer", answer.status)
    }
}

/// `retry_after` in seconds, as a number or as text.
fn asked(json: &Value) -> Option<Duration> {
    let value = json.get("retry_after")?;
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::{Decision, Terms, decide};
    use crate::inputs::OnAmbiguous;
    use crate::slack::errors::TABLE;

    fn seen(way: Way, status: u16, body: &str) -> Seen {
        read(way, &Answer { status, body, wait: None })
    }

    #[test]
    fn every_word_by_every_way_under_every_policy() {
        let left = Duration::from_mins(1);
        for entry in TABLE {
            for way in [Way::Webhook, Way::Trigger, Way::Method] {
                let json = format!(r#"{{"ok":false,"error":"{}"}}"#, entry.word);
                let bodies: &[(u16, &str)] = match way {
                    Way::Webhook => &[(400, entry.word), (500, entry.word), (404, &json)],
                    Way::Trigger => &[(400, &json), (200, &json), (404, entry.word)],
                    Way::Method => &[(200, &json), (500, &json)],
                };
                for (status, body) in bodies {
                    for idempotent in [false, true] {
                        for on_ambiguous in [OnAmbiguous::Fail, OnAmbiguous::Retry] {
                            for retries in ["0", "5", "RAPID"] {
                                let retries = retries.parse().unwrap();
                                let terms = Terms { idempotent, on_ambiguous, retries };
                                let got = decide(&terms, 1, left, &seen(way, *status, body));
                                let again = retries.count > 0;
                                let risky = idempotent || on_ambiguous == OnAmbiguous::Retry;
                                let fits = match entry.class {
                                    Class::Fatal => {
                                        got == Decision::Refused { word: entry.word.to_owned() }
                                    }
                                    Class::AlreadyDone => got == Decision::Done,
                                    Class::MaybeDone if !(again && risky) => {
                                        got == Decision::Ambiguous
                                    }
                                    Class::Limited | Class::Transient if !again => {
                                        got == Decision::Exhausted
                                    }
                                    _ => matches!(got, Decision::Retry { .. }),
                                };
                                assert!(fits, "{} {way:?} {status} {terms:?}: {got:?}", entry.word);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn good_answers_differ_by_way() {
        let cases = [
            (Way::Webhook, 200, "ok", true),
            (Way::Webhook, 200, "ok\n", true),
            (Way::Webhook, 200, r#"{"ok":true}"#, true),
            (Way::Webhook, 200, "", false),
            (Way::Webhook, 200, "<html>sign in</html>", false),
            (Way::Webhook, 502, "ok", false),
            (Way::Trigger, 200, "", true),
            (Way::Trigger, 200, r#"{"ok":true}"#, true),
            (Way::Trigger, 200, r#"{"ok":false}"#, false),
            (Way::Trigger, 500, "", false),
            (Way::Trigger, 200, "ok", true),
            (Way::Trigger, 200, "<html>sign in</html>", false),
            (Way::Trigger, 200, "\"started\"", false),
            (Way::Trigger, 200, "started", false),
            (Way::Webhook, 200, "success", false),
            (Way::Webhook, 200, "true", false),
            (Way::Method, 200, "null", false),
            (Way::Method, 200, r#"{"ok":true,"error":"odd"}"#, true),
            (Way::Method, 200, "", false),
            (Way::Method, 200, "ok", false),
            (Way::Method, 200, "{\"ok\":true", false),
            (Way::Method, 500, r#"{"ok":true}"#, false),
        ];
        for (way, status, body, good) in cases {
            let got = seen(way, status, body);
            assert_eq!(got == Seen::Accepted, good, "{way:?} {status} {body}: {got:?}");
            assert!(good || matches!(got, Seen::Unknown { .. }), "{way:?} {status} {body}");
        }
    }

    #[test]
    fn a_rate_limit_has_many_forms() {
        let limited =
            |seconds: Option<f64>| Seen::Limited { wait: seconds.map(Duration::from_secs_f64) };
        for way in [Way::Webhook, Way::Trigger, Way::Method] {
            let body = r#"{"ok":false,"error":"rate_limited","retry_after":3}"#;
            assert_eq!(seen(way, 429, body), limited(Some(3.0)));
            assert_eq!(seen(way, 429, r#"{"retry_after":"0.5"}"#), limited(Some(0.5)));
            assert_eq!(seen(way, 429, r#"{"retry_after":-1}"#), limited(None));
            assert_eq!(seen(way, 429, "rate_limited"), limited(None));
            assert_eq!(seen(way, 429, ""), limited(None));
            let wait = Some(Duration::from_secs(9));
            let got = read(way, &Answer { status: 429, body, wait });
            assert_eq!(got, limited(Some(9.0)), "the header comes first");
        }
        assert_eq!(seen(Way::Method, 200, r#"{"ok":false,"error":"ratelimited"}"#), limited(None));
    }

    #[test]
    fn statuses_without_a_word() {
        let refused = |word: &str| Seen::Refused { word: word.to_owned() };
        assert_eq!(seen(Way::Webhook, 404, "<html>"), refused("http 404"));
        assert_eq!(seen(Way::Method, 302, ""), refused("http 302"));
        assert!(matches!(seen(Way::Webhook, 408, ""), Seen::NotDone { .. }));
        assert!(matches!(seen(Way::Webhook, 503, ""), Seen::Unknown { .. }));
        let wait = Some(Duration::from_secs(1));
        let got = read(Way::Method, &Answer { status: 503, body: "", wait });
        assert!(matches!(got, Seen::NotDone { .. }));
        assert!(matches!(seen(Way::Webhook, 500, "who_knows"), Seen::Unknown { .. }));
        assert_eq!(seen(Way::Webhook, 403, "who_knows"), refused("who_knows"));
    }
}
