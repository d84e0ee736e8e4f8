//! What yarn 4 prints: a JSON record per line.

use super::super::npm::tests::{finished, with_request};
use super::*;

fn error(number: u32, data: &str) -> String {
    serde_json::json!({"type": "error", "name": number, "displayName": format!("YN{number:0>4}"), "data": data})
        .to_string()
}

#[test]
fn the_first_kind_of_error_is_reported_without_the_summary() {
    let stdout = [
        "noise".to_owned(),
        r#"{"type":"info","name":null,"data":"x"}"#.to_owned(),
        error(35, "\u{1b}[31mBad\u{1b}[39m request"),
        error(35, "second line"),
        error(0, "Failed with errors in 0s"),
        error(1, "another kind"),
    ]
    .join("\n");
    let reported = reported(&stdout).unwrap();
    assert_eq!(reported.to_string(), "YN0035: Bad request\nsecond line");
    assert_eq!(super::reported("{}"), None);
    let unnamed = super::reported(r#"{"type":"error","name":33,"data":"x"}"#).unwrap();
    assert_eq!(unnamed.code.as_deref(), Some("YN0033"));
}

#[test]
fn a_missing_package_is_unpublished() {
    let missing = error(35, "The remote server failed\nResponse Code: 404 (Not Found)");
    assert_eq!(read_info(&finished(1, &missing, "")), Ok(Info::Unpublished));
    let refused = error(35, "Response Code: 401");
    assert!(read_info(&finished(1, &refused, "")).is_err());
    assert!(read_info(&finished(0, "", "")).is_err());
    let there = "{\"name\":\"a\",\"versions\":[\"1.0.0\"],\"dist-tags\":{\"latest\":\"1.0.0\"}}\n";
    let info = Info::Published { versions: vec!["1.0.0".into()], has_latest: true };
    assert_eq!(read_info(&finished(0, there, "")), Ok(info));
}

#[test]
fn publishing_ends_in_one_of_four_ways() {
    use PublishResult::{AlreadyPublished, Failed, NeedsSecondFactor, Published};
    for (exit, stdout, result) in [
        (0, String::new(), Published),
        (
            1,
            error(35, "You cannot publish over the previously published versions"),
            AlreadyPublished,
        ),
        (1, error(33, "Invalid credentials"), NeedsSecondFactor),
        (1, error(35, "needs a One-Time Password"), NeedsSecondFactor),
        (1, error(35, "forbidden to robots"), Failed),
        (1, String::new(), Failed),
    ] {
        let outcome =
            with_request(|request| read_publish(request, &finished(exit, &stdout, "words")));
        assert_eq!(outcome.result, result, "{stdout}");
    }
}

#[test]
fn second_factor_words_are_whole_words() {
    for message in ["enter your OTP now", "authentication", "(one-time password)"] {
        assert!(speaks_of_second_factor(message), "{message}");
    }
    for message in ["laptop", "otp_code", "reauthentications", "robotparts"] {
        assert!(!speaks_of_second_factor(message), "{message}");
    }
}
