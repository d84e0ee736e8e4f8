//! The stand-in for a Cargo registry, with the real cargo.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use launchway_testkit::{CargoRegistry, Fault, FaultRule, client};
use serde_json::json;

/// Crates `one`, and `two` that needs it, with a Cargo home beside them.
fn workspace(registry: &CargoRegistry) -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = temp.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("home/config.toml", &registry.config("stand-in"));
    write("work/Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"2\"\n");
    let manifest = |name: &str, more: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"x\"\n{more}"
        )
    };
    write("work/one/Cargo.toml", &manifest("one", ""));
    write("work/one/src/lib.rs", "");
    let needs =
        "[dependencies]\none = { path = \"../one\", version = \"1\", registry = \"stand-in\" }\n";
    write("work/two/Cargo.toml", &manifest("two", needs));
    write("work/two/src/lib.rs", "");
    temp
}

fn cargo(dir: &Path, args: &[&str]) -> Output {
    Command::new("cargo")
        .args(args)
        .current_dir(dir.join("work"))
        .env("CARGO_HOME", dir.join("home"))
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_REGISTRIES_STAND_IN_TOKEN", "cargo-good-token")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn cargo_publishes_and_reads() {
    let registry = CargoRegistry::start();
    registry.add_token("cargo-good-token");
    let temp = workspace(&registry);
    for name in ["one", "two"] {
        let output = cargo(temp.path(), &["publish", "-p", name]);
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_eq!(registry.uploads(), ["one@1.0.0", "two@1.0.0"]);
    let metadata = registry.metadata("two", "1.0.0").unwrap();
    assert_eq!(metadata.pointer("/deps/0/name"), Some(&json!("one")));
    assert!(!registry.file("two", "1.0.0").unwrap().is_empty());
    let output = cargo(temp.path(), &["info", "one@1.0.0", "--registry", "stand-in"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&cargo(temp.path(), &["publish", "-p", "one"])).contains("already exists"));
}

#[test]
fn refusals_are_those_of_a_real_registry() {
    let registry = CargoRegistry::start();
    registry.add_limited_token("cargo-good-token", &["two"]);
    let temp = workspace(&registry);
    let output = cargo(temp.path(), &["publish", "-p", "one"]);
    assert!(said(&output).contains("403 Forbidden"), "{}", said(&output));
    registry.add_token("cargo-good-token").limit_new_crates(0, Duration::from_hours(1));
    let output = cargo(temp.path(), &["publish", "-p", "one"]);
    assert!(said(&output).contains("Please try again after"), "{}", said(&output));
    registry.fail(FaultRule::new(Fault::status(500)).method("PUT"));
    assert!(said(&cargo(temp.path(), &["publish", "-p", "one"])).contains("500"));
    assert!(registry.crates().is_empty());
}

#[test]
fn identity_tokens_are_exchanged_for_the_registry_they_are_for() {
    let registry = CargoRegistry::start();
    let (url, token) = registry.offer_identity("identity");
    registry.trust("one", "identity");
    let tokens = format!("{}/api/v1/trusted_publishing/tokens", registry.url());
    let audience = registry.url().trim_start_matches("http://").replace(':', "%3A");
    let bearer = format!("Bearer {token}");
    let body = json!({ "jwt": "identity" }).to_string();
    let exchange = || client::request("POST", &tokens, &[], body.as_bytes()).unwrap();
    assert_eq!(exchange().status, 400);
    let asked = client::request(
        "GET",
        &format!("{url}&audience={audience}"),
        &[("authorization", &bearer)],
        b"",
    );
    assert_eq!(asked.unwrap().json()["value"], "identity");
    let answer = exchange();
    let made = answer.json()["token"].as_str().expect("a token").to_owned();
    let bearer = format!("Bearer {made}");
    let revoke =
        || client::request("DELETE", &tokens, &[("authorization", bearer.as_str())], b"").unwrap();
    assert_eq!((revoke().status, revoke().status), (204, 401));
    assert_eq!((registry.issued(), registry.revoked()), (vec![made.clone()], vec![made]));
}
