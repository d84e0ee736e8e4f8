//! Every kind of target against servers that speak nothing, too much or nonsense.

use std::time::Duration;

use launchway_testkit::target::{Act, BlackHole, Target};

use crate::checker::{MARGIN, check, in_time, report};

const MEMORY: u64 = 60 << 20;
const KINDS: [&str; 9] = [
    "http://HOST/",
    "https://HOST/",
    "grpc://HOST",
    "grpcs://HOST",
    "postgres://me:secret@HOST/shop",
    "mysql://me:secret@HOST/shop",
    "redis://me:secret@HOST",
    "rediss://me:secret@HOST",
    "tls://HOST",
];
#[test]
fn all_of_them_end_in_time_with_a_fitting_word() {
    let (hole, refused) = (BlackHole::open(), Target::reserved("ok"));
    let cases = [
        (Act::Silent, "response_timeout"),
        (Act::ResetAtOnce, "reset"),
        (Act::CloseAtOnce, "protocol_error"),
        (Act::GarbageAtOnce, "protocol_error"),
        (Act::FloodAtOnce(b'x'), "protocol_error"),
        (Act::FloodAtOnce(0), "protocol_error"),
        (Act::FloodAtOnce(0xff), "protocol_error"),
        (Act::FloodAtOnce(b'\n'), "protocol_error"),
    ];
    let targets = cases.map(|(act, reason)| (format!("{act:?}"), Target::start(act), reason));
    let mut places: Vec<_> = targets
        .iter()
        .map(|(act, target, reason)| (act.as_str(), target.address(), *reason))
        .collect();
    places.push(("hole", hole.address(), "connect_timeout"));
    places.push(("refused", refused.address(), "connection_refused"));
    let (mut urls, mut expected) = (Vec::new(), Vec::new());
    for kind in KINDS {
        for (act, address, reason) in &places {
            let name = format!("{} {act}", kind.split(':').next().unwrap());
            urls.push(format!("{name}={}", kind.replace("HOST", &address.to_string())));
            expected.push((name, *reason));
        }
    }
    let inputs = [
        ("targets", urls.join("\n")),
        ("timeout", "3s".to_owned()),
        ("request-timeout", "1s".to_owned()),
        ("fail-fast", "false".to_owned()),
    ];
    let inputs = inputs.each_ref().map(|(name, value)| (*name, value.as_str()));
    let run = in_time(Duration::from_secs(3) + MARGIN, || check(&inputs)).exits(1);
    assert!(run.peak < MEMORY, "{} KiB", run.peak >> 10);
    assert_eq!(run.masks, ["secret"]);
    assert!(!format!("{}{}{:?}", run.log, run.summary, run.outputs).contains("secret"));
    let report = report(&run);
    let mut wrong = Vec::new();
    for ((name, reason), found) in expected.iter().zip(report["targets"].as_array().unwrap()) {
        if found["reason"] != *reason {
            wrong.push(format!("{name}: {}, not {reason}: {}", found["reason"], found["words"]));
        }
    }
    assert!(run.log.contains("http GarbageAtOnce: the answer is not HTTP"), "{}", run.log);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
