//! What npm prints, as recorded and shortened.

use std::path::Path;

use serde_json::json;

use super::*;

pub(crate) fn package(name: &str) -> Package {
    let temp = tempfile::tempdir().unwrap();
    let manifest = json!({"name": name, "version": "1.0.0"}).to_string();
    std::fs::write(temp.path().join("package.json"), manifest).unwrap();
    Workspace::discover(temp.path()).unwrap().package(name).unwrap().clone()
}

pub(crate) fn finished(exit: i32, stdout: &str, stderr: &str) -> Finished {
    Finished { exit: Some(exit), stdout: stdout.to_owned(), stderr: stderr.to_owned() }
}

pub(crate) fn with_request<T>(read: impl FnOnce(&PublishRequest<'_>) -> T) -> T {
    let package = package("@acme/a");
    read(&PublishRequest {
        package: &package,
        package_dir: Path::new("/w/packages/a"),
        version: "1.0.0",
        access: "public",
        tag: "latest",
        tarball: None,
        beside: &[],
        interactive: false,
        otp: None,
    })
}

#[test]
fn asking_follows_publish_config() {
    let config = json!({"registry": "http://r", "@acme:registry": "http://s", "access": "public"});
    assert_eq!(
        registry_flags("@acme/a", &config),
        ["--@acme:registry=http://s", "--registry=http://r"]
    );
    assert_eq!(registry_flags("@other/a", &config), ["--registry=http://r"]);
    assert_eq!(registry_flags("a", &config), ["--registry=http://r"]);
    assert!(registry_flags("a", &json!({"registry": ""})).is_empty());
    assert!(registry_flags("a", &Value::Null).is_empty());
}

#[test]
fn an_answer_about_a_package_is_a_document_nothing_or_an_error() {
    let read =
        |exit, stdout: &str, stderr: &str| read_view("npm info", &finished(exit, stdout, stderr));
    assert_eq!(read(0, "{\"versions\":[]}", "").unwrap(), Some(Ok(json!({"versions": []}))));
    assert_eq!(read(0, "[{\"versions\":[]}]", "").unwrap(), Some(Ok(json!({"versions": []}))));
    assert_eq!(read(0, "\n", "warn").unwrap(), None);
    assert!(read(0, "[]", "").is_err());
    assert!(read(0, "not json", "").is_err());
    let error = read(
        1,
        "{\"error\":{\"code\":\"E404\",\"summary\":\"Not Found\",\"detail\":\"gone\"}}",
        "npm error",
    );
    let expected = CommandError::new(Some("E404".into()), Some("Not Found\ngone".into()));
    assert_eq!(error.unwrap(), Some(Err(expected)));
    let error = read(1, "", "npm error ENOTFOUND\n").unwrap();
    assert_eq!(error, Some(Err(CommandError::new(None, Some("npm error ENOTFOUND".into())))));
}

#[test]
fn the_tarball_is_found_in_every_shape() {
    for (stdout, name) in [
        ("> prepack\n[{\"filename\":\"a-1.0.0.tgz\"}]", Some("a-1.0.0.tgz")),
        ("{\"filename\":\"@acme/a-1.0.0.tgz\"}", Some("a-1.0.0.tgz")),
        ("{\"@acme/a\":{\"filename\":\"acme-a-1.0.0.tgz\"}}", Some("acme-a-1.0.0.tgz")),
        ("{\"x\":1}", None),
        ("", None),
    ] {
        assert_eq!(packed_name(stdout).as_deref(), name, "{stdout}");
    }
}

#[test]
fn publishing_ends_in_one_of_four_ways() {
    use PublishResult::{AlreadyPublished, Failed, NeedsSecondFactor, Published};
    let json = |code: &str, summary: &str, detail: &str| {
        json!({"error": {"code": code, "summary": summary, "detail": detail}}).to_string()
    };
    for (exit, stdout, stderr, result, shown) in [
        (0, String::new(), "", Published, ""),
        (
            1,
            json("E403", "You cannot publish over the previously published versions: 1.0.0.", ""),
            "",
            AlreadyPublished,
            "",
        ),
        (
            1,
            json("E403", "cannot publish over the previously published versions", ""),
            "",
            AlreadyPublished,
            "E403: unknown error",
        ),
        (
            1,
            json("EOTP", "This operation requires a one-time password.", "see docs"),
            "",
            NeedsSecondFactor,
            "EOTP: This operation requires a one-time password.\nsee docs",
        ),
        (1, json("ENEEDAUTH", "need auth", ""), "", Failed, "ENEEDAUTH: need auth"),
        (1, "{\"other\":{}}".to_owned(), "boom", Failed, "boom"),
        (1, String::new(), "prepublishOnly failed", Failed, "prepublishOnly failed"),
        (1, String::new(), "", Failed, "unknown error"),
    ] {
        let outcome =
            with_request(|request| read_publish(request, &finished(exit, &stdout, stderr)));
        assert_eq!(outcome.result, result, "{stdout}");
        assert_eq!((outcome.name.as_str(), outcome.version.as_str()), ("@acme/a", "1.0.0"));
        if !shown.is_empty() {
            assert_eq!(outcome.error.unwrap().to_string(), shown);
        }
    }
}

#[test]
fn a_one_time_password_is_a_variable_of_the_child_only() {
    let runner = Runner::new([("NPM_CONFIG_OTP", "123456")]);
    let npm = Npm::new(runner);
    assert_eq!(npm.otp(None).unwrap().expose(), "123456");
    assert_eq!(npm.otp(Some(&Secret::new("654321"))).unwrap().expose(), "654321");
    assert_eq!(npm.otp(Some(&Secret::new(""))).unwrap().expose(), "123456", "empty is not given");
    let env = otp_variables(&OTP_VARIABLES, Some(&Secret::new("654321")));
    assert_eq!(
        env,
        [("NPM_CONFIG_OTP".into(), None), ("npm_config_otp".into(), Some("654321".to_owned()))]
    );
    assert!(otp_variables(&OTP_VARIABLES, None).iter().all(|(_, value)| value.is_none()));
}
