//! What an answer of a gRPC server means. Pure.

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::codec;
use crate::attempt::Fault;
use crate::foreign::quote;
use crate::reason::Reason;

/// An answer, read whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) trailers: HeaderMap,
}

impl Answer {
    /// A field of the trailers, or of the headers, where an answer without a body has it. One with a body
    /// that only the headers call good has lost its end.
    fn last(&self, name: &str) -> Option<&HeaderValue> {
        let is_headers_only = self.body.is_empty() && self.trailers.is_empty();
        let last = if is_headers_only { &self.headers } else { &self.trailers };
        last.get(name)
    }
}

/// The word for a serving status when the service is up.
///
/// # Errors
/// Why it is not healthy.
pub(super) fn judge(service: &str, answer: &Answer) -> Result<&'static str, Fault> {
    let broken = |detail: String| Fault::new(Reason::ProtocolError, detail);
    let Some(code) = answer.last("grpc-status") else {
        if answer.status != StatusCode::OK {
            return Err(proxy(answer.status));
        }
        let kind = answer.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        return Err(broken(match kind {
            None => "the answer has no content type and is not gRPC's".to_owned(),
            Some(kind) if !is_grpc(kind) => {
                format!("the answer is of the type `{}`, not gRPC's", quote(kind))
            }
            Some(_) => "the answer ends without a gRPC status".to_owned(),
        }));
    };
    let code = code
        .to_str()
        .ok()
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| broken(format!("`{}` is no gRPC status", quote(code.as_bytes()))))?;
    if code != 0 {
        let words = answer.last("grpc-message").map(|value| codec::words(value.as_bytes()));
        return Err(refused(service, code, &words.unwrap_or_default()));
    }
    let kind = answer.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if answer.status != StatusCode::OK || !is_grpc(kind) {
        return Err(broken(format!(
            "the answer is of the type `{}` with status {}, not gRPC's",
            quote(kind),
            answer.status.as_u16()
        )));
    }
    let status = codec::status(&answer.body).map_err(|why| broken(format!("the answer {why}")))?;
    let named = named(service);
    match status {
        1 => Ok("SERVING"),
        0 => Err(not_serving(format!("{named} does not know yet whether it serves (UNKNOWN)"))),
        2 => Err(not_serving(format!("{named} does not serve (NOT_SERVING)"))),
        3 => Err(not_serving(format!("the server does not know {named} (SERVICE_UNKNOWN)"))),
        other => Err(not_serving(format!("{named} has the serving status {other}"))),
    }
}

fn not_serving(detail: String) -> Fault {
    Fault::new(Reason::NotServing, detail)
}

fn named(service: &str) -> String {
    if service.is_empty() {
        "the server".to_owned()
    } else {
        format!("the service `{}`", quote(service.as_bytes()))
    }
}

/// `application/grpc`, alone or with what follows it by the rules.
fn is_grpc(kind: &[u8]) -> bool {
    const KIND: &[u8] = b"application/grpc";
    kind.get(..KIND.len()).is_some_and(|start| start.eq_ignore_ascii_case(KIND))
        && matches!(kind.get(KIND.len()), None | Some(b'+' | b';' | b' '))
}

/// A failure with its code and words.
fn refused(service: &str, code: u32, words: &str) -> Fault {
    let (name, reason) = match code {
        1 => ("CANCELLED", Reason::NotServing),
        2 => ("UNKNOWN", Reason::NotServing),
        3 => ("INVALID_ARGUMENT", Reason::ProtocolError),
        4 => ("DEADLINE_EXCEEDED", Reason::ResponseTimeout),
        5 => ("NOT_FOUND", Reason::NotServing),
        6 => ("ALREADY_EXISTS", Reason::ProtocolError),
        7 => ("PERMISSION_DENIED", Reason::AuthFailed),
        8 => ("RESOURCE_EXHAUSTED", Reason::NotServing),
        9 => ("FAILED_PRECONDITION", Reason::NotServing),
        10 => ("ABORTED", Reason::NotServing),
        11 => ("OUT_OF_RANGE", Reason::ProtocolError),
        12 => ("UNIMPLEMENTED", Reason::ProtocolError),
        13 => ("INTERNAL", Reason::NotServing),
        14 => ("UNAVAILABLE", Reason::NotServing),
        15 => ("DATA_LOSS", Reason::NotServing),
        16 => ("UNAUTHENTICATED", Reason::AuthFailed),
        _ => ("no code of gRPC", Reason::ProtocolError),
    };
    let meaning = match code {
        5 if service.is_empty() => "the server has no health status of the whole".to_owned(),
        5 => format!("the server does not know {}", named(service)),
        12 => "the server has no health service (grpc.health.v1.Health)".to_owned(),
        7 | 16 => "the server refuses the call".to_owned(),
        4 => "the server says that the time was up".to_owned(),
        _ => "the server failed".to_owned(),
    };
    let said = if words.is_empty() { String::new() } else { format!(": {words}") };
    Fault::new(reason, format!("{meaning} (status {code}, {name}){said}"))
}

/// An HTTP status without a gRPC status: something in front of the server spoke. What it means is
/// decided as every gRPC client decides it.
fn proxy(status: StatusCode) -> Fault {
    let reason = match status.as_u16() {
        401 | 403 => Reason::AuthFailed,
        429 | 502..=504 => Reason::NotServing,
        _ => Reason::ProtocolError,
    };
    Fault::new(reason, format!("HTTP status {} instead of an answer of gRPC", status.as_u16()))
}

/// A stream or a connection that the server ended with a code.
pub(super) fn ended(reason: h2::Reason, is_connection: bool) -> Fault {
    let what = if is_connection { "the connection" } else { "the call" };
    let words = if is_connection { "GOAWAY" } else { "RST_STREAM" };
    let name = name_of(reason);
    let detail = format!("the server ended {what} ({words}, {name})");
    match reason {
        h2::Reason::REFUSED_STREAM | h2::Reason::ENHANCE_YOUR_CALM => not_serving(detail),
        h2::Reason::NO_ERROR if is_connection => not_serving(detail),
        h2::Reason::HTTP_1_1_REQUIRED => {
            Fault::new(Reason::ProtocolError, "the server wants HTTP/1.1 and speaks no gRPC")
        }
        h2::Reason::PROTOCOL_ERROR
        | h2::Reason::FRAME_SIZE_ERROR
        | h2::Reason::FLOW_CONTROL_ERROR
        | h2::Reason::COMPRESSION_ERROR
        | h2::Reason::INADEQUATE_SECURITY => Fault::new(Reason::ProtocolError, detail),
        _ => Fault::new(Reason::Reset, detail),
    }
}

fn name_of(reason: h2::Reason) -> String {
    let text = format!("{reason:?}");
    if text.starts_with("Reason(") { format!("code {}", u32::from(reason)) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&'static str, &'static [u8])]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| {
                (http::HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap())
            })
            .collect()
    }

    fn whole(serving: u8) -> Answer {
        Answer {
            headers: map(&[("content-type", b"application/grpc+proto")]),
            body: vec![0, 0, 0, 0, 2, 8, serving],
            trailers: map(&[("grpc-status", b"0")]),
            ..Answer::default()
        }
    }

    fn why(service: &str, answer: &Answer) -> (Reason, String) {
        let fault = judge(service, answer).unwrap_err();
        (fault.reason, fault.detail)
    }

    #[test]
    fn serving_is_healthy_and_nothing_else_is() {
        assert_eq!(judge("", &whole(1)), Ok("SERVING"));
        for (serving, words) in [
            (0, "the service `a.B` does not know yet"),
            (2, "the service `a.B` does not serve (NOT_SERVING)"),
            (3, "does not know the service `a.B`"),
            (9, "serving status 9"),
        ] {
            let (reason, detail) = why("a.B", &whole(serving));
            assert_eq!(reason, Reason::NotServing);
            assert!(detail.contains(words), "{detail}");
        }
        assert!(why("", &whole(2)).1.contains("the server does not serve"));
    }

    #[test]
    fn a_failure_means_the_same_in_headers_and_trailers() {
        for (code, reason, words) in [
            ("5", Reason::NotServing, "does not know the service `a.B`"),
            ("12", Reason::ProtocolError, "no health service"),
            ("14", Reason::NotServing, "(status 14, UNAVAILABLE): gone for lunch"),
            ("16", Reason::AuthFailed, "refuses the call"),
            ("7", Reason::AuthFailed, "PERMISSION_DENIED"),
            ("4", Reason::ResponseTimeout, "time was up"),
            ("2", Reason::NotServing, "UNKNOWN"),
            ("99", Reason::ProtocolError, "no code of gRPC"),
            ("-1", Reason::ProtocolError, "`-1` is no gRPC status"),
        ] {
            let fields = map(&[("grpc-message", b"gone%20for%20lunch")]);
            let mut only = Answer { headers: fields.clone(), ..Answer::default() };
            only.headers.insert("grpc-status", code.parse().unwrap());
            let mut both = whole(1);
            both.body.clear();
            both.trailers = fields;
            both.trailers.insert("grpc-status", code.parse().unwrap());
            for answer in [only, both] {
                let (got, detail) = why("a.B", &answer);
                assert_eq!(got, reason, "{detail}");
                assert!(detail.contains(words), "{detail}");
            }
        }
    }

    #[test]
    fn what_is_not_grpc_is_said() {
        for (status, kind, reason, words) in [
            (200, "text/html", Reason::ProtocolError, "type `text/html`"),
            (200, "", Reason::ProtocolError, "type ``"),
            (200, "application/grpcx", Reason::ProtocolError, "type `application/grpcx`"),
            (200, "application/grpc; x", Reason::ProtocolError, "ends without a gRPC status"),
            (502, "text/html", Reason::NotServing, "HTTP status 502"),
            (404, "", Reason::ProtocolError, "HTTP status 404"),
            (401, "", Reason::AuthFailed, "HTTP status 401"),
        ] {
            let mut answer = whole(1);
            answer.status = StatusCode::from_u16(status).unwrap();
            answer.trailers.clear();
            answer.headers.insert("content-type", kind.parse().unwrap());
            let (got, detail) = why("", &answer);
            assert_eq!(got, reason, "{detail}");
            assert!(detail.contains(words), "{detail}");
        }
        // Its end is missing, whatever its beginning says.
        let mut answer = whole(1);
        answer.headers.insert("grpc-status", HeaderValue::from_static("0"));
        answer.trailers.clear();
        assert!(why("", &answer).1.contains("ends without a gRPC status"));
        // A success must be one throughout.
        let mut answer = whole(1);
        answer.headers.clear();
        assert_eq!(why("", &answer).0, Reason::ProtocolError);
    }

    #[test]
    fn an_end_by_the_server_has_its_code() {
        for (code, is_connection, reason, words) in [
            (7, false, Reason::NotServing, "RST_STREAM, REFUSED_STREAM"),
            (0, true, Reason::NotServing, "GOAWAY, NO_ERROR"),
            (2, false, Reason::Reset, "INTERNAL_ERROR"),
            (11, true, Reason::NotServing, "ENHANCE_YOUR_CALM"),
            (1, true, Reason::ProtocolError, "PROTOCOL_ERROR"),
            (13, false, Reason::ProtocolError, "HTTP/1.1"),
            (4711, false, Reason::Reset, "code 4711"),
        ] {
            let fault = ended(h2::Reason::from(code), is_connection);
            assert_eq!(fault.reason, reason, "{code}");
            assert!(fault.detail.contains(words), "{}", fault.detail);
        }
    }
}
