//! The fake npm registry, asked as a publisher would.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use launchway_testkit::client::request;
use launchway_testkit::{FakeRegistry, Fault, FaultRule};
use serde_json::{Value, json};

fn document(name: &str, version: &str) -> Vec<u8> {
    let file = format!("{name}-{version}.tgz");
    json!({
        "_id": name, "name": name, "dist-tags": { "latest": version },
        "versions": { version: { "name": name, "version": version, "license": "MIT" } },
        "_attachments": { file: { "data": STANDARD.encode("bytes"), "length": 5 } },
    })
    .to_string()
    .into_bytes()
}

fn put(registry: &FakeRegistry, path: &str, token: &str, body: &[u8]) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let url = format!("{}/{path}", registry.url());
    let answer = request("PUT", &url, &[("authorization", &bearer)], body).unwrap();
    (answer.status, answer.json())
}

#[test]
fn what_is_published_can_be_read_and_not_published_again() {
    let registry = FakeRegistry::start();
    registry.add_token("npm_a", "ann");
    let get = |path: &str| request("GET", &format!("{}{path}", registry.url()), &[], b"").unwrap();
    assert_eq!(get("/@acme%2fa").status, 404);
    let body = document("@acme/a", "1.0.0");
    assert_eq!(put(&registry, "@acme%2fa", "npm_a", &body).0, 201);
    assert_eq!(put(&registry, "@acme%2fa", "npm_a", &body).0, 403);
    let packument = get("/@acme%2fa").json();
    assert_eq!(packument["dist-tags"]["latest"], "1.0.0");
    let tarball = packument["versions"]["1.0.0"]["dist"]["tarball"].as_str().unwrap();
    assert_eq!(request("GET", tarball, &[], b"").unwrap().body, b"bytes");
    assert_eq!(get("/@acme/a/1.0.0").json()["license"], "MIT");
    assert_eq!(registry.versions("@acme/a"), ["1.0.0"]);
    assert_eq!(registry.writes().len(), 2);
}

#[test]
fn a_publisher_needs_a_token_for_the_package() {
    let registry = FakeRegistry::start();
    registry.add_limited_token("npm_b", "bob", &["b"]);
    assert_eq!(put(&registry, "a", "none", &document("a", "1.0.0")).0, 401);
    assert_eq!(put(&registry, "a", "npm_b", &document("a", "1.0.0")).0, 403);
    assert_eq!(put(&registry, "b", "npm_b", &document("b", "1.0.0")).0, 201);
}

#[test]
fn an_identity_token_is_exchanged_for_the_packages_that_trust_it() {
    let registry = FakeRegistry::start();
    let (url, request_token) = registry.offer_identity("ey.identity");
    registry.trust("a", "ey.identity");
    let bearer = format!("Bearer {request_token}");
    let identity = request("GET", &url, &[("authorization", &bearer)], b"").unwrap().json();
    let bearer = format!("Bearer {}", identity["value"].as_str().unwrap());
    let exchange = |name: &str| {
        let path = format!("/-/npm/v1/oidc/token/exchange/package/{name}");
        let url = format!("{}{path}", registry.url());
        request("POST", &url, &[("authorization", &bearer)], b"").unwrap()
    };
    assert_eq!(exchange("b").status, 404);
    let token = exchange("a").json()["token"].as_str().unwrap().to_owned();
    assert_eq!(put(&registry, "a", &token, &document("a", "1.0.0")).0, 201);
    assert_eq!(put(&registry, "b", &token, &document("b", "1.0.0")).0, 403);
}

#[test]
fn a_publish_may_be_done_although_the_answer_says_no() {
    let registry = FakeRegistry::start();
    registry.add_token("npm_a", "ann");
    registry.fail(FaultRule::new(Fault::CommitThenFail).method("PUT"));
    assert_eq!(put(&registry, "a", "npm_a", &document("a", "1.0.0")).0, 502);
    assert_eq!(registry.versions("a"), ["1.0.0"]);
}
