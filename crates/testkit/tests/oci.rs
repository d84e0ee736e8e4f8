//! The registry of images: what it answers, refuses and gets wrong.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use launchway_testkit::client::{Answer, request};
use launchway_testkit::oci::{
    Auth, FakeRegistry, Immutable, MultiTag, OCI_INDEX, OCI_MANIFEST, digest_of, fallback_tag,
    image_manifest, limit_in_message,
};
use launchway_testkit::{Fault, FaultRule};

const ACCEPT: (&str, &str) = (
    "accept",
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json",
);

fn ask(registry: &FakeRegistry, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let url = match path.strip_prefix("http://") {
        Some(_) => path.to_owned(),
        None => format!("{}/v2/{path}", registry.url()),
    };
    request(method, &url, headers, body).unwrap()
}

fn put(registry: &FakeRegistry, path: &str, media_type: &str, body: &[u8]) -> Answer {
    ask(registry, &format!("PUT {path}"), &[("content-type", media_type)], body)
}

fn code(answer: &Answer) -> String {
    answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn manifests_are_given_to_who_accepts_their_type() {
    let registry = FakeRegistry::start();
    let digest = registry.add_index("acme/app", "1.0.0", &["linux/amd64", "linux/arm64/v8"]);
    let got = ask(&registry, "GET acme/app/manifests/1.0.0", &[ACCEPT], b"");
    assert_eq!(got.status, 200);
    assert_eq!(got.header("docker-content-digest"), Some(digest.as_str()));
    assert_eq!(got.header("content-type"), Some(OCI_INDEX));
    assert_eq!(digest_of(&got.body), digest);
    let head = ask(&registry, "HEAD acme/app/manifests/1.0.0", &[ACCEPT], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(got.body.len().to_string().as_str()));
    let child = got.json()["manifests"][1]["digest"].as_str().unwrap().to_owned();
    assert_eq!(got.json()["manifests"][1]["platform"]["variant"], "v8");
    assert_eq!(
        ask(&registry, &format!("GET acme/app/manifests/{child}"), &[ACCEPT], b"").status,
        200
    );
    let plain = [("accept", OCI_MANIFEST)];
    let refused = ask(&registry, "GET acme/app/manifests/1.0.0", &plain, b"");
    assert_eq!((refused.status, code(&refused).as_str()), (404, "MANIFEST_UNKNOWN"));
    registry.strict_accept(false);
    assert_eq!(ask(&registry, "GET acme/app/manifests/1.0.0", &plain, b"").status, 200);
    assert_eq!(code(&ask(&registry, "GET acme/none/manifests/1", &[ACCEPT], b"")), "NAME_UNKNOWN");
}

#[test]
fn an_upload_and_a_mount_and_then_the_manifest() {
    let registry = FakeRegistry::start();
    let (manifest, config, layer) = image_manifest("linux/amd64", "content");
    let early = put(&registry, "acme/app/manifests/1.0.0", OCI_MANIFEST, &manifest);
    assert_eq!((early.status, code(&early).as_str()), (400, "MANIFEST_BLOB_UNKNOWN"));
    for blob in [&config, &layer] {
        let start = ask(&registry, "POST acme/app/blobs/uploads/", &[], b"");
        assert_eq!(start.status, 202);
        let place = start.header("location").unwrap().to_owned();
        let done = format!("PUT {place}&digest={}", digest_of(blob));
        assert_eq!(ask(&registry, &done, &[], blob).status, 201);
        assert_eq!(ask(&registry, &done, &[], blob).status, 404, "a session ends");
    }
    let done = put(&registry, "acme/app/manifests/1.0.0", OCI_MANIFEST, &manifest);
    assert_eq!(done.status, 201);
    assert_eq!(registry.digest("acme/app", "1.0.0"), Some(digest_of(&manifest)));

    let layer = digest_of(&layer);
    let mount = format!("POST acme/two/blobs/uploads/?mount={layer}&from=acme/app");
    assert_eq!(ask(&registry, &mount, &[], b"").status, 201);
    assert!(registry.blob("acme/two", &layer).is_some());
    registry.mounts(false);
    assert_eq!(ask(&registry, &mount, &[], b"").status, 202);
    let wrong = put(&registry, &format!("acme/app/manifests/{layer}"), OCI_MANIFEST, &manifest);
    assert_eq!(code(&wrong), "DIGEST_INVALID");
}

#[test]
fn several_tags_at_once_in_four_ways() {
    let registry = FakeRegistry::start();
    let digest = registry.add_image("acme/app", "1.0.0");
    let bytes = registry.manifest("acme/app", &digest).unwrap();
    let path = format!("acme/app/manifests/{digest}?tag=a&tag=b");
    let named = |answer: &Answer| -> Vec<String> {
        let tags = answer.headers.iter().filter(|(name, _)| name == "oci-tag");
        tags.map(|(_, value)| value.clone()).collect()
    };
    for (mode, said, made) in [
        (MultiTag::Ignored, vec![], vec![]),
        (MultiTag::Lie, vec!["a", "b"], vec![]),
        (MultiTag::Partial, vec!["a"], vec!["a"]),
        (MultiTag::Supported, vec!["a", "b"], vec!["a", "b"]),
    ] {
        registry.multi_tag(mode);
        let answer = put(&registry, &path, OCI_MANIFEST, &bytes);
        assert_eq!(
            (answer.status, named(&answer)),
            (201, said.into_iter().map(String::from).collect())
        );
        let have = registry.tags("acme/app");
        let made: Vec<_> = made.into_iter().chain(["1.0.0"]).collect();
        assert!(made.iter().all(|tag| have.contains_key(*tag)) && have.len() == made.len());
        registry.untag("acme/app", "a").untag("acme/app", "b");
    }
}

#[test]
fn referrers_by_api_and_by_fallback_tag() {
    let registry = FakeRegistry::start();
    let digest = registry.add_image("acme/app", "1.0.0");
    let sbom = registry.add_referrer("acme/app", &digest, "application/spdx+json", b"{}");
    registry.add_referrer("acme/app", &digest, "application/vnd.example", b"x");
    let all = ask(&registry, &format!("GET acme/app/referrers/{digest}"), &[], b"");
    assert_eq!(all.header("content-type"), Some(OCI_INDEX));
    assert_eq!(all.json()["manifests"].as_array().unwrap().len(), 2);
    let some = format!("GET acme/app/referrers/{digest}?artifactType=application/spdx%2Bjson");
    let some = ask(&registry, &some, &[], b"");
    assert_eq!(some.header("oci-filters-applied"), Some("artifactType"));
    assert_eq!(some.json()["manifests"][0]["digest"], sbom);
    registry.page_referrers(1);
    let page = ask(&registry, &format!("GET acme/app/referrers/{digest}"), &[], b"");
    assert!(page.header("link").unwrap().contains("?at=1"));

    registry.referrers_api(false);
    let none = ask(&registry, &format!("GET acme/app/referrers/{digest}"), &[], b"");
    assert_eq!(none.status, 404);
    let third = registry.add_referrer("acme/app", &digest, "application/vnd.third", b"y");
    let tag = fallback_tag(&digest);
    let index = ask(&registry, &format!("GET acme/app/manifests/{tag}"), &[ACCEPT], b"");
    assert_eq!(index.json()["manifests"][0]["digest"], third);
}

#[test]
fn tags_come_unsorted_and_in_pages() {
    let registry = FakeRegistry::start();
    let digest = registry.add_image("acme/app", "b");
    registry.tag("acme/app", "a", &digest).tag("acme/app", "c", &digest);
    let list = ask(&registry, "GET acme/app/tags/list?n=1", &[], b"");
    assert_eq!(list.json()["tags"], serde_json::json!(["b", "a", "c"]));
    registry.page_tags(2);
    let first = ask(&registry, "GET acme/app/tags/list", &[], b"");
    assert_eq!(first.json()["tags"], serde_json::json!(["b", "a"]));
    assert_eq!(first.header("link"), Some("</v2/acme/app/tags/list?n=2&last=a>; rel=\"next\""));
    let second = ask(&registry, "GET acme/app/tags/list?n=2&last=a", &[], b"");
    assert_eq!(
        (second.json()["tags"].clone(), second.header("link")),
        (serde_json::json!(["c"]), None)
    );
}

#[test]
fn tags_that_may_not_move() {
    let registry = FakeRegistry::start();
    let digest = registry.add_image("acme/app", "1.0.0");
    let bytes = registry.manifest("acme/app", &digest).unwrap();
    registry.immutable_tags("acme/app", Immutable::Ecr, "1.*");
    let refused = put(&registry, "acme/app/manifests/1.0.0", OCI_MANIFEST, &bytes);
    assert_eq!((refused.status, code(&refused).as_str()), (400, "TAG_INVALID"));
    assert_eq!(put(&registry, "acme/app/manifests/1.0.1", OCI_MANIFEST, &bytes).status, 201);
    assert_eq!(put(&registry, "acme/app/manifests/latest", OCI_MANIFEST, &bytes).status, 201);
    assert_eq!(put(&registry, "acme/app/manifests/latest", OCI_MANIFEST, &bytes).status, 201);
}

#[test]
fn deleting_by_tag_is_refused_and_by_digest_takes_the_tags() {
    let registry = FakeRegistry::start();
    let digest = registry.add_image("acme/app", "1.0.0");
    assert_eq!(ask(&registry, "DELETE acme/app/manifests/1.0.0", &[], b"").status, 400);
    assert_eq!(
        ask(&registry, &format!("DELETE acme/app/manifests/{digest}"), &[], b"").status,
        202
    );
    assert!(registry.tags("acme/app").is_empty());
}

#[test]
fn tokens_are_limited_in_scope_and_use() {
    let registry = FakeRegistry::start();
    registry.add_image("acme/app", "1.0.0");
    registry.auth(Auth::Bearer).add_limited_user("reader", "secret", &[("acme/*", &["pull"])]);
    registry.separate_token_service().token_uses(1);
    let get = "GET acme/app/manifests/1.0.0";
    let challenged = ask(&registry, get, &[ACCEPT], b"");
    let challenge = challenged.header("www-authenticate").unwrap().to_owned();
    assert_eq!(challenged.status, 401);
    assert!(challenge.ends_with("scope=\"repository:acme/app:pull\""), "{challenge}");
    let realm = challenge.split('"').nth(1).unwrap().to_owned();
    let scope = "service=fake&scope=repository:acme/app:pull,push";
    let login = [("authorization", "Basic cmVhZGVyOnNlY3JldA==")];
    let wrong = [("authorization", "Basic cmVhZGVyOndyb25n")];
    assert_eq!(ask(&registry, &format!("GET {realm}?{scope}"), &wrong, b"").status, 401);
    let token = ask(&registry, &format!("GET {realm}?{scope}"), &login, b"").json();
    let token = format!("Bearer {}", token["token"].as_str().unwrap());
    let with = [ACCEPT, ("authorization", token.as_str())];
    assert_eq!(ask(&registry, get, &with, b"").status, 200);
    assert_eq!(ask(&registry, get, &with, b"").status, 401, "it was good once");
    let upload = ask(&registry, "POST acme/app/blobs/uploads/?mount=sha256:a&from=x/y", &with, b"");
    let challenge = upload.header("www-authenticate").unwrap();
    assert!(challenge.contains("repository:acme/app:push,pull repository:x/y:pull"), "{challenge}");
    assert_eq!(registry.token_requests().len(), 2);

    registry.refresh_token("reader", "identity");
    let form =
        "grant_type=refresh_token&refresh_token=identity&service=fake&scope=repository:a:pull";
    assert_eq!(ask(&registry, &format!("POST {realm}"), &[], form.as_bytes()).status, 200);
}

#[test]
fn basic_logins_and_anonymous_reading() {
    let registry = FakeRegistry::start();
    registry.add_image("acme/app", "1.0.0");
    registry.auth(Auth::Basic).add_limited_user("reader", "secret", &[("acme/*", &["pull"])]);
    let get = "GET acme/app/manifests/1.0.0";
    let login = ("authorization", "Basic cmVhZGVyOnNlY3JldA==");
    assert_eq!(ask(&registry, get, &[ACCEPT], b"").status, 401);
    assert_eq!(ask(&registry, get, &[ACCEPT, login], b"").status, 200);
    assert_eq!(ask(&registry, "POST acme/app/blobs/uploads/", &[login], b"").status, 403);
    registry.anonymous_reads();
    assert_eq!(ask(&registry, get, &[ACCEPT], b"").status, 200);
    assert_eq!(ask(&registry, "POST acme/app/blobs/uploads/", &[], b"").status, 401);
}

#[test]
fn a_redirected_blob_lies_with_who_refuses_logins() {
    let registry = FakeRegistry::start();
    let blob = registry.add_blob("acme/app", b"bytes");
    registry.redirect_blobs();
    let there = ask(&registry, &format!("GET acme/app/blobs/{blob}"), &[], b"");
    assert_eq!(there.status, 307);
    let place = format!("GET {}", there.header("location").unwrap());
    assert_eq!(ask(&registry, &place, &[], b"").body, b"bytes");
    assert_eq!(ask(&registry, &place, &[("authorization", "Basic x")], b"").status, 400);
    assert_eq!(registry.storage_requests().len(), 2);
}

#[test]
fn lies_stale_reads_and_limits() {
    let registry = FakeRegistry::start();
    let old = registry.add_image("acme/app", "latest");
    let new = registry.add_image("acme/app", "1.0.0");
    let bytes = registry.manifest("acme/app", &new).unwrap();
    let latest = "acme/app/manifests/latest";
    registry.fail(FaultRule::new(Fault::LieOk).method("PUT"));
    assert_eq!(put(&registry, latest, OCI_MANIFEST, &bytes).status, 201);
    assert_eq!(registry.digest("acme/app", "latest"), Some(old.clone()));

    registry.fail(FaultRule::new(Fault::Stale).method("GET"));
    assert_eq!(put(&registry, latest, OCI_MANIFEST, &bytes).status, 201);
    let said = |answer: &Answer| answer.header("docker-content-digest").map(str::to_owned);
    let get = format!("GET {latest}");
    assert_eq!(said(&ask(&registry, &get, &[ACCEPT], b"")), Some(old));
    assert_eq!(said(&ask(&registry, &get, &[ACCEPT], b"")), Some(new));

    registry.fail(FaultRule::new(limit_in_message(250)));
    let limited = ask(&registry, &get, &[ACCEPT], b"");
    assert_eq!(limited.status, 429);
    assert!(limited.text().contains("retry-after: 250ms"));
    registry.wrong_digests(true);
    assert_eq!(said(&ask(&registry, &get, &[ACCEPT], b"")), Some(digest_of(b"wrong")));
}
