use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::attempt::{Certificate, Timings};

const HTTP: Gives = Gives { status: true, headers: true, body: true, certificate: true };
const NOW: i64 = 1_800_000_000;

fn wanted(change: impl FnOnce(&mut Wanted)) -> Wanted {
    let mut wanted = Wanted::default();
    change(&mut wanted);
    wanted
}

fn answer(status: u16, body: &str) -> Observation {
    let mut headers = HeaderMap::new();
    headers.insert("x-version", HeaderValue::from_static(" v1.2.3"));
    headers.append("x-many", HeaderValue::from_static("one"));
    headers.append("x-many", HeaderValue::from_static("two"));
    headers.insert("x-raw", HeaderValue::from_bytes(b"caf\xe9").unwrap());
    Observation {
        timings: Timings { total: std::time::Duration::from_micros(20_001), ..Timings::default() },
        certificate: Some(Certificate { subject: "h".into(), not_after_unix: NOW + 10 * 86_400 }),
        response: Some(Response {
            status: Some(status),
            headers,
            body: body.as_bytes().to_vec(),
            body_is_cut: false,
        }),
        ..Observation::default()
    }
}

fn judge(seen: &Observation, change: impl FnOnce(&mut Wanted)) -> Option<Fault> {
    Expectations::parse(&wanted(change)).unwrap().check(seen, HTTP, NOW).0
}

fn reason(seen: &Observation, change: impl FnOnce(&mut Wanted)) -> Option<Reason> {
    judge(seen, change).map(|fault| fault.reason)
}

fn refused(change: impl FnOnce(&mut Wanted)) -> String {
    let failure = Expectations::parse(&wanted(change)).unwrap_err();
    assert_eq!(failure.kind().code(), 2);
    assert!(failure.hint().is_some(), "{failure}");
    failure.to_string()
}

#[test]
fn statuses_are_a_set() {
    for (set, status, good) in [
        ("", 204, true),
        ("", 304, false),
        ("200-299,304", 304, true),
        (" 200 , 404\n500-599,", 503, true),
        ("2xx,3XX", 302, true),
        ("200", 201, false),
        ("100-999", 999, true),
    ] {
        let fault = judge(&answer(status, "x"), |w| set.clone_into(&mut w.status));
        assert_eq!(fault.is_none(), good, "{set} {status}: {fault:?}");
    }
    for bad in
        ["abc", "200-", "-200", "300-200", "99", "1000", "200--300", "0200", "+20", "xx2", ","]
    {
        let text = refused(|w| bad.clone_into(&mut w.status));
        assert!(text.contains("`expected-status`"), "{text}");
    }
}

#[test]
fn an_unexpected_status_says_what_came() {
    let fault = judge(&answer(503, "upstream\x1b[2J down"), |_| ()).unwrap();
    assert_eq!((fault.reason, fault.is_final), (Reason::StatusMismatch, false));
    assert_eq!(fault.detail, "the status is 503, expected 200-299: upstream[2J down");
    for status in [401, 403] {
        assert!(judge(&answer(status, ""), |_| ()).unwrap().is_final);
    }
    let mut moved = answer(302, "<html>");
    moved.note = Some("the redirect points to `/b`".to_owned());
    let detail = judge(&moved, |_| ()).unwrap().detail;
    assert_eq!(detail, "the status is 302, expected 200-299: the redirect points to `/b`");
}

#[test]
fn the_first_fault_wins_in_the_order_that_is_told() {
    let mut seen = answer(500, "not json");
    seen.fault = Some(Fault::new(Reason::ProtocolError, "cut off"));
    seen.certificate = Some(Certificate { subject: String::new(), not_after_unix: NOW - 1 });
    let all = |w: &mut Wanted| {
        w.version = Some("2".into());
        w.header = vec!["x-none".into()];
        w.body = vec!["absent".into()];
        w.json = vec!["/a".into()];
        w.max_latency_ms = Some(20);
        w.min_certificate_days = Some(1);
    };
    let mut reasons = Vec::new();
    let mut next = |seen: &Observation, change: &dyn Fn(&mut Wanted)| {
        reasons.push(reason(seen, |w| {
            all(w);
            change(w);
        }));
    };
    next(&seen, &|_| ());
    seen.response.as_mut().unwrap().status = Some(200);
    next(&seen, &|_| ());
    seen.fault = None;
    next(&seen, &|_| ());
    next(&seen, &|w| w.version = None);
    let without = |w: &mut Wanted| (w.version, w.header) = (None, vec![]);
    next(&seen, &without);
    next(&seen, &|w| (without(w), w.body.clear()).1);
    let fewer = |w: &mut Wanted| (without(w), w.body.clear(), w.json.clear()).2;
    next(&seen, &fewer);
    next(&seen, &|w| (fewer(w), w.max_latency_ms = None).1);
    next(&seen, &|w| (fewer(w), (w.max_latency_ms, w.min_certificate_days) = (None, None)).1);
    let expected = [
        Reason::StatusMismatch,
        Reason::ProtocolError,
        Reason::VersionMismatch,
        Reason::HeaderMismatch,
        Reason::BodyMismatch,
        Reason::BodyMismatch,
        Reason::Latency,
        Reason::TlsExpired,
    ];
    assert_eq!(reasons.pop(), Some(None));
    assert_eq!(reasons, expected.map(Some));
}

#[test]
fn a_kind_of_target_is_held_only_to_what_it_has() {
    let tcp = Gives::default();
    let all = Expectations::parse(&wanted(|w| {
        w.status = "204".into();
        w.version = Some("2".into());
        w.header = vec!["x-none".into()];
        w.body = vec!["absent".into()];
        w.json = vec!["/a".into()];
    }))
    .unwrap();
    assert_eq!(all.check(&Observation::default(), tcp, NOW), (None, None));
    assert!(all.fits(&[tcp, HTTP]).is_ok());
    let failure = all.fits(&[tcp]).unwrap_err();
    assert_eq!(failure.to_string(), "`expected-status` is given, and no target has a status");
    let exec = Gives { body: true, ..tcp };
    let in_header = Expectations::parse(&wanted(|w| {
        w.version = Some("2".into());
        w.version_from = "header:x-version".into();
    }))
    .unwrap();
    assert!(in_header.fits(&[exec]).unwrap_err().to_string().contains("headers"));
    assert!(!in_header.body_matters() && all.body_matters());
    let plain = Expectations::parse(&Wanted { status: DEFAULT_STATUS.into(), ..Wanted::default() });
    assert!(plain.unwrap().fits(&[tcp]).is_ok(), "the default is nobody's wish");
}

#[test]
fn headers_are_there_equal_or_match() {
    for (line, good) in [
        ("X-Version", true),
        ("x-version: v1.2.3", true),
        ("x-version: V1.2.3", false),
        (r"X-Version~^v\d", true),
        (r"x-version ~ ^\s*v1\.2\.3$", true),
        ("x-version~^2", false),
        ("x-many: two", true),
        ("x-many: three", false),
        ("x-raw~caf", true),
        ("x-none", false),
        ("x-none: ", false),
    ] {
        let fault = judge(&answer(200, ""), |w| w.header = vec![line.into()]);
        assert_eq!(fault.is_none(), good, "{line}: {fault:?}");
        assert!(fault.is_none_or(|fault| fault.reason == Reason::HeaderMismatch));
    }
    let fault = judge(&answer(200, ""), |w| w.header = vec!["x-many: three".into()]).unwrap();
    assert_eq!(fault.detail, "the header `x-many` is `one, two`, not `three`");
    for bad in ["a b: c", ": c", "~x", "x-a~("] {
        assert!(refused(|w| w.header = vec![bad.into()]).contains("`expected-header`"), "{bad}");
    }
}

#[test]
fn bodies_hold_and_match() {
    let seen = answer(200, "ready: caf\u{e9}\nv12");
    for (text, good) in [("caf\u{e9}", true), ("READY", false), ("", true)] {
        assert_eq!(judge(&seen, |w| w.body = vec![text.into()]).is_none(), good, "{text}");
    }
    for (regex, good) in [
        (r"^ready.*v\d+$", false),
        (r"(?s)^ready.*v\d+$", true),
        (r"(?im)^V12$", true),
        (r"\d{3}", false),
    ] {
        assert_eq!(judge(&seen, |w| w.body_regex = vec![regex.into()]).is_none(), good, "{regex}");
    }
    let both = judge(&seen, |w| w.body_regex = vec!["ready\nnothing".into()]).unwrap();
    assert_eq!(
        both.detail,
        "the body does not match `nothing`: the body is `ready: caf\u{e9} v12`"
    );
    let mut raw = answer(200, "");
    raw.response.as_mut().unwrap().body = b"\xff\xfeok\xff".to_vec();
    assert_eq!(reason(&raw, |w| w.body = vec!["ok".into()]), None);
    let fault = judge(&answer(200, ""), |w| w.body = vec!["x".into()]).unwrap();
    assert_eq!(fault.detail, "the body does not hold `x`: the body is empty");
    let text = refused(|w| w.body_regex = vec!["a(".into()]);
    assert_eq!(
        text,
        "`expected-body-regex` has `a(`, which is no regular expression: unclosed group"
    );
    assert!(
        refused(|w| w.body_regex = vec![r"((\w{1,999}){1,999}){1,999}".into()]).contains("regex")
    );
}

#[test]
fn a_body_that_did_not_come_whole_is_only_a_fault_where_it_matters() {
    let mut cut = answer(200, "begin");
    cut.response.as_mut().unwrap().body_is_cut = true;
    assert_eq!(reason(&cut, |_| ()), None);
    assert_eq!(reason(&cut, |w| w.body = vec!["begin".into()]), Some(Reason::BodyTooLarge));
    assert_eq!(reason(&cut, |w| w.version = Some("1".into())), Some(Reason::BodyTooLarge));
    let mut packed = answer(200, "begin");
    let brotli = HeaderValue::from_static("br");
    packed.response.as_mut().unwrap().headers.insert("content-encoding", brotli);
    assert_eq!(reason(&packed, |_| ()), None);
    let fault = judge(&packed, |w| w.json = vec!["/a".into()]).unwrap();
    assert_eq!(fault.reason, Reason::ProtocolError);
    assert!(fault.detail.contains("`br`"));
}

#[test]
fn json_is_compared_as_it_is_told() {
    let body = "\u{feff}{\"status\":\"ok\",\"n\":3,\"big\":9007199254740993,\"f\":1.50,\"t\":true,\"z\":null,
        \"list\":[{\"up\":true}],\"s\":\"12\",\"a=b\":1,\"a/b\":{\"c\":2},\"o\":{ \"x\" : [1, 2] }}";
    let seen = answer(200, body);
    for line in [
        "/status=ok",
        "/status = ok",
        "/status=\"ok\"",
        "/status!=bad",
        "/status~^o",
        "/status ~ k$",
        "/status",
        "/z",
        "/n=3",
        "/n>=3",
        "/n<=3",
        "/n>2.999",
        "/n<4e0",
        "/n!=4",
        "/n~^3$",
        "/big=9007199254740993",
        "/big>9007199254740992",
        "/big<9007199254740994",
        "/big!=9007199254740992",
        "/f=1.50",
        "/f>=1.5",
        "/t=true",
        "/z=null",
        "/list/0/up=true",
        "/s=12",
        "/s>=12",
        "/a~1b/c=2",
        "#/a%3Db=1",
        "/o={\"x\":[1,2]}",
        "/o/x=[1,2]",
        "/list~up",
    ] {
        assert_eq!(judge(&seen, |w| w.json = vec![line.into()]), None, "{line}");
    }
    for (line, detail) in [
        ("/status=bad", "`/status` is `ok`, not `bad`"),
        ("/status!=ok", "`/status` is `ok`, which it must not be"),
        ("/status~^x", "`/status` is `ok`, which does not match `^x`"),
        ("/status>1", "`/status` is `ok`, which is no number"),
        ("/n>3", "`/n` is `3`, not > 3"),
        ("/big>9007199254740993", "`/big` is `9007199254740993`, not > 9007199254740993"),
        ("/f=1.5", "`/f` is `1.50`, not `1.5`"),
        ("/none", "the body has nothing at `/none`"),
        ("/none!=x", "the body has nothing at `/none`"),
        ("/list/1", "the body has nothing at `/list/1`"),
        ("/z=", "`/z` is `null`, not ``"),
        ("/o={\"x\":[1]}", "`/o` is `{ \"x\" : [1, 2] }`, not `{\"x\":[1]}`"),
    ] {
        let fault = judge(&seen, |w| w.json = vec![line.into()]).unwrap();
        assert_eq!((fault.reason, fault.detail.as_str()), (Reason::BodyMismatch, detail));
    }
    let many = judge(&seen, |w| w.json = vec!["/n=3\n/t=true\n\n/n=4".into()]).unwrap();
    assert!(many.detail.contains("not `4`"));
    assert_eq!(judge(&answer(200, " 7 "), |w| w.json = vec!["=7".into()]), None);
    for (body, part) in [
        ("<html>", "the body is not JSON: the body is `<html>`"),
        ("", "the body is not JSON: the body is empty"),
        ("{\"a\":1} x", "not JSON"),
        ("{\"a\":1,}", "not JSON"),
        ("{\"a\":\"\\ud800\"}", "not JSON"),
    ] {
        let fault = judge(&answer(200, body), |w| w.json = vec!["/a=1".into()]).unwrap();
        assert_eq!(fault.reason, Reason::BodyMismatch);
        assert!(fault.detail.contains(part), "{}", fault.detail);
    }
}

#[test]
fn json_that_cannot_be_read_is_refused() {
    for (line, part) in [
        ("status=ok", "does not begin with `/`"),
        ("/a~2b", "regular expression"),
        ("/n>three", "which is no number"),
        ("/n<=", "which is no number"),
        ("/v~(", "unclosed group"),
        ("/a~=x", ""),
    ] {
        let parsed = Expectations::parse(&wanted(|w| w.json = vec![line.into()]));
        if line == "/a~=x" || line == "/a~2b" {
            assert!(parsed.is_ok(), "{line} matches a regular expression");
            continue;
        }
        let text = parsed.unwrap_err().to_string();
        assert!(text.contains("`expected-json`") && text.contains(part), "{text}");
    }
}

#[test]
fn the_version_is_found_where_it_is_told() {
    let body = "{\"version\":\" v1.2.3 \",\"n\":7,\"z\":null,\"e\":\"\"} build v4.5.6-rc1";
    let json = "{\"version\":\" v1.2.3 \",\"n\":7,\"z\":null,\"e\":\"\",\"o\":{}}";
    let check = |body: &str, version: &str, from: &str| {
        let wanted = wanted(|w| (w.version, w.version_from) = (Some(version.into()), from.into()));
        Expectations::parse(&wanted).unwrap().check(&answer(200, body), HTTP, NOW)
    };
    for (body, version, from, found) in [
        (json, "1.2.3", "", "v1.2.3"),
        (json, "v1.2.3", "json:/version", "v1.2.3"),
        (json, "7", "json:/n", "7"),
        (body, "1.2.3", "header: X-Version", "v1.2.3"),
        (body, "4.5.6-rc1", r"regex:build v(\S+)", "4.5.6-rc1"),
        (body, "v4.5.6-rc1", r"regex:v4\S+", "v4.5.6-rc1"),
    ] {
        assert_eq!(check(body, version, from), (None, Some(found.to_owned())), "{from}");
    }
    let (fault, found) = check(json, "2.0.0", "");
    assert_eq!(found.as_deref(), Some("v1.2.3"));
    let fault = fault.unwrap();
    assert_eq!((fault.reason, fault.is_final), (Reason::VersionMismatch, false));
    assert_eq!(fault.detail, "version `v1.2.3` serves, expected `2.0.0`");
    for (body, from, part) in [
        (json, "json:/none", "`json:/none`, expected `2`: there is nothing"),
        (json, "json:/z", "there is nothing"),
        (json, "json:/e", "there is nothing"),
        (json, "header:x-none", "there is nothing"),
        (json, "regex:nope", "there is nothing"),
        ("<html>", "", "the body is not JSON: the body is `<html>`"),
    ] {
        let (fault, found) = check(body, "2", from);
        let fault = fault.unwrap();
        assert_eq!((fault.reason, found), (Reason::VersionMismatch, None));
        assert!(fault.detail.contains(part), "{}", fault.detail);
    }
    for bad in ["version", "json:version", "header:a b", "regex:(", "xml:/a", "json:"] {
        let parsed = Expectations::parse(&wanted(|w| {
            (w.version, w.version_from) = (Some("1".into()), bad.into());
        }));
        if bad == "json:" {
            assert!(parsed.is_ok(), "the whole body is the version");
        } else {
            assert!(parsed.unwrap_err().to_string().contains("`version-from`"), "{bad}");
        }
    }
    for from in ["header:v", "json:/version"] {
        let text = refused(|w| (w.version, w.version_from) = (Some(" ".into()), from.into()));
        assert!(text.contains("`expected-version` is empty"), "{text}");
    }
    assert!(
        !Expectations::parse(&wanted(|w| w.version = Some(" ".into()))).unwrap().body_matters()
    );
}

#[test]
fn latency_and_days_have_sharp_limits() {
    let seen = answer(200, "");
    assert_eq!(judge(&seen, |w| w.max_latency_ms = Some(21)), None);
    let fault = judge(&seen, |w| w.max_latency_ms = Some(20)).unwrap();
    assert_eq!(fault.detail, "the answer took 21 ms, more than 20 ms");
    assert_eq!(judge(&seen, |w| w.min_certificate_days = Some(10)), None);
    let fault = judge(&seen, |w| w.min_certificate_days = Some(11)).unwrap();
    assert_eq!(fault.detail, "the certificate of `h` ends in 10 days, sooner than 11");
    assert!(fault.is_final);
    let mut none = answer(200, "");
    none.certificate = None;
    assert_eq!(reason(&none, |w| w.min_certificate_days = Some(1)), Some(Reason::ProtocolError));
}

proptest! {
    #[test]
    fn whatever_is_wanted_is_read_or_refused(text in "\\PC{0,24}", body in "\\PC{0,60}") {
        let all = [
            wanted(|w| w.status = text.clone()),
            wanted(|w| w.body_regex = vec![text.clone()]),
            wanted(|w| w.json = vec![text.clone()]),
            wanted(|w| w.json = vec![format!("/{text}")]),
            wanted(|w| w.header = vec![text.clone()]),
            wanted(|w| (w.version, w.version_from) = (Some("1".into()), format!("json:{text}"))),
        ];
        for wanted in all {
            match Expectations::parse(&wanted) {
                Ok(expectations) => {
                    let (fault, version) = expectations.check(&answer(200, &body), HTTP, NOW);
                    for text in fault.map(|fault| fault.detail).into_iter().chain(version) {
                        prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
                    }
                }
                Err(failure) => prop_assert!(!failure.to_string().contains('\n')),
            }
        }
    }

    #[test]
    fn what_a_document_holds_is_equal_to_itself(text in "\\PC{0,12}", n: i64) {
        let body = serde_json::json!({ "text": text, "n": n, "list": [text] }).to_string();
        let seen = answer(200, &body);
        let shown = text.trim().to_owned();
        let lines = vec![format!("/n={n}"), format!("/n>={n}"), format!("/list=[{}]", serde_json::json!(text))];
        prop_assert_eq!(judge(&seen, |w| w.json = lines), None);
        if shown == text && !text.contains(['\u{b}', '\u{85}', '\u{2028}', '\u{2029}']) {
            prop_assert_eq!(judge(&seen, |w| w.json = vec![format!("/text={text}")]), None);
        }
        let other = format!("/text={text}x");
        prop_assert!(judge(&seen, |w| w.json = vec![other]).is_some());
    }
}
