//! What pnpm prints: its own way since 11, npm's before.

use serde_json::json;

use super::super::npm::tests::{finished, with_request};
use super::*;

#[test]
fn publishing_is_read_in_both_ways() {
    use PublishResult::{AlreadyPublished, Failed, NeedsSecondFactor, Published};
    let own = |code: &str, message: &str| {
        json!({"error": {"code": code, "message": message}}).to_string()
    };
    let npms = |code: &str, summary: &str| {
        json!({"error": {"code": code, "summary": summary}}).to_string()
    };
    for (major, exit, stdout, result, shown) in [
        (11, 0, String::new(), Published, ""),
        (
            11,
            1,
            own("ERR_PNPM_OTP_NON_INTERACTIVE", " otp wanted "),
            NeedsSecondFactor,
            "ERR_PNPM_OTP_NON_INTERACTIVE: otp wanted",
        ),
        (
            11,
            1,
            own("E", "cannot publish over the previously published versions: 1"),
            AlreadyPublished,
            "E: unknown error",
        ),
        (11, 1, own("ERR_PNPM_FETCH_401", "no"), Failed, "ERR_PNPM_FETCH_401: no"),
        (10, 1, own("ERR_PNPM_GIT", "dirty"), Failed, "ERR_PNPM_GIT: dirty"),
        (10, 1, npms("EOTP", "otp"), NeedsSecondFactor, "EOTP: otp"),
        (
            10,
            1,
            npms("E403", "cannot publish over the previously published versions"),
            AlreadyPublished,
            "E403: unknown error",
        ),
        (11, 1, npms("EOTP", "otp"), Failed, "words"),
        (11, 1, String::new(), Failed, "words"),
    ] {
        let outcome =
            with_request(|request| read_publish(request, &finished(exit, &stdout, "words"), major));
        assert_eq!(outcome.result, result, "{major} {stdout}");
        assert_eq!(
            outcome.error.map(|e| e.to_string()).unwrap_or_default(),
            shown,
            "{major} {stdout}"
        );
    }
}

#[test]
fn a_missing_package_has_three_names() {
    for code in ["E404", "ERR_PNPM_FETCH_404", "ERR_PNPM_PACKAGE_NOT_FOUND"] {
        assert!(is_not_found(&CommandError::new(Some(code.into()), None)), "{code}");
    }
    assert!(!is_not_found(&CommandError::new(Some("E401".into()), None)));
    assert!(!is_not_found(&CommandError::default()));
}

#[test]
fn every_spelling_of_the_one_time_password_is_taken_and_removed() {
    for name in OTP_VARIABLES {
        let pnpm = Pnpm::new(Runner::new([(name, "123456")]), 10);
        assert_eq!(pnpm.otp(None).unwrap().expose(), "123456", "{name}");
    }
    assert_eq!(otp_variables(&OTP_VARIABLES, None).len(), 4);
}
