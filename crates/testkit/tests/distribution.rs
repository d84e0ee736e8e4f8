//! The traps of the real registry, as they are: what our client is written for.

use launchway_testkit::client::request;
use launchway_testkit::command::Scrubbed;
use launchway_testkit::distribution::{Buildah, Distribution, PASSWORD, USER, tool};
use launchway_testkit::oci::{OCI_INDEX, OCI_MANIFEST, image_manifest};

const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];

#[test]
fn if_none_match_is_ignored() {
    let Some(registry) = Distribution::plain() else { return };
    let old = registry.put_image("acme/app", "1.0.0");
    let new = registry.put_image("acme/app", "2.0.0");
    let bytes = registry.manifest("acme/app", &new).unwrap();
    let headers = [("content-type", OCI_MANIFEST), ("if-none-match", "*")];
    let answer = registry.ask("PUT acme/app/manifests/1.0.0", &headers, &bytes);
    assert_eq!(answer.status, 201);
    assert_ne!(registry.digest("acme/app", "1.0.0"), Some(old));
}

#[test]
fn several_tags_at_once_are_answered_with_201_and_not_made() {
    let Some(registry) = Distribution::plain() else { return };
    let digest = registry.put_image("acme/app", "1.0.0");
    let bytes = registry.manifest("acme/app", &digest).unwrap();
    let path = format!("PUT acme/app/manifests/{digest}?tag=latest&tag=1.0");
    let answer = registry.ask(&path, &[("content-type", OCI_MANIFEST)], &bytes);
    assert_eq!((answer.status, answer.header("oci-tag")), (201, None));
    assert_eq!(registry.digest("acme/app", "latest"), None);
}

#[test]
fn an_index_is_hidden_from_who_does_not_accept_it() {
    let Some(registry) = Distribution::plain() else { return };
    registry.put_index("acme/app", "1.0.0", PLATFORMS);
    let one = [("accept", OCI_MANIFEST)];
    let answer = registry.ask("GET acme/app/manifests/1.0.0", &one, b"");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["errors"][0]["code"], "MANIFEST_UNKNOWN");
    let answer = registry.ask("GET acme/app/manifests/1.0.0", &[("accept", OCI_INDEX)], b"");
    assert_eq!(answer.status, 200);
}

#[test]
fn an_index_without_its_children_is_refused() {
    let Some(registry) = Distribution::plain() else { return };
    let digest = registry.put_index("acme/app", "1.0.0", PLATFORMS);
    let bytes = registry.manifest("acme/app", &digest).unwrap();
    let answer =
        registry.ask("PUT acme/two/manifests/1.0.0", &[("content-type", OCI_INDEX)], &bytes);
    assert_eq!(answer.status, 400);
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    assert_eq!(errors.len(), 2);
    assert!(errors.iter().all(|error| error["code"] == "MANIFEST_BLOB_UNKNOWN"));
}

#[test]
fn deleting_a_tag_is_refused_and_by_digest_takes_every_tag() {
    let Some(registry) = Distribution::plain() else { return };
    let digest = registry.put_image("acme/app", "1.0.0");
    let bytes = registry.manifest("acme/app", &digest).unwrap();
    registry.put_manifest("acme/app", "latest", OCI_MANIFEST, &bytes);
    assert_eq!(registry.ask("DELETE acme/app/manifests/latest", &[], b"").status, 400);
    registry.delete("acme/app", &digest);
    assert_eq!(registry.digest("acme/app", "1.0.0"), None);
    assert_eq!(registry.digest("acme/app", "latest"), None);
}

#[test]
fn an_index_outlives_its_child() {
    let Some(registry) = Distribution::plain() else { return };
    let digest = registry.put_index("acme/app", "1.0.0", PLATFORMS);
    let index = registry.manifest("acme/app", &digest).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let child = index["manifests"][0]["digest"].as_str().unwrap();
    registry.delete("acme/app", child);
    assert_eq!(registry.digest("acme/app", "1.0.0"), Some(digest));
    assert_eq!(registry.manifest("acme/app", child), None);
}

#[test]
fn tags_come_unsorted_and_all_at_once() {
    let Some(registry) = Distribution::plain() else { return };
    let digest = registry.put_image("acme/app", "v0");
    let bytes = registry.manifest("acme/app", &digest).unwrap();
    for n in 1..30 {
        registry.put_manifest("acme/app", &format!("v{n}"), OCI_MANIFEST, &bytes);
    }
    let answer = registry.ask("GET acme/app/tags/list?n=3", &[], b"");
    let tags: Vec<String> = serde_json::from_value(answer.json()["tags"].clone()).unwrap();
    assert_eq!((tags.len(), answer.header("link")), (30, None));
    assert!(!tags.is_sorted(), "{tags:?}");
}

#[test]
fn blobs_are_mounted_and_referrers_are_unknown() {
    let Some(registry) = Distribution::plain() else { return };
    let digest = registry.put_image("acme/app", "1.0.0");
    assert_eq!(registry.ask(&format!("GET acme/app/referrers/{digest}"), &[], b"").status, 404);
    let blob = registry.put_blob("acme/app", b"a blob");
    let mount = format!("POST acme/two/blobs/uploads/?mount={blob}&from=acme/app");
    assert_eq!(registry.ask(&mount, &[], b"").status, 201);
    let (manifest, ..) = image_manifest("linux/amd64", "not there");
    let line = "PUT acme/app/manifests/2.0.0";
    assert_eq!(registry.ask(line, &[("content-type", OCI_MANIFEST)], &manifest).status, 400);
    let long = format!("PUT acme/app/manifests/{}", "a".repeat(129));
    let bytes = registry.manifest("acme/app", &digest).unwrap();
    assert_eq!(registry.ask(&long, &[("content-type", OCI_MANIFEST)], &bytes).status, 404);
}

#[test]
fn logins_are_asked_for() {
    let Some(registry) = Distribution::basic() else { return };
    registry.put_image("acme/app", "1.0.0");
    let url = format!("http://{}/v2/acme/app/tags/list", registry.host());
    let answer = request("GET", &url, &[], b"").unwrap();
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"test\""));
    let login = [("authorization", "Basic cm9ja2V0OnNlY3JldA==")];
    assert_eq!(request("GET", &url, &login, b"").unwrap().status, 200);
}

#[test]
fn tokens_are_believed_and_limited() {
    let Some(registry) = Distribution::bearer() else { return };
    registry.put_image("acme/app", "1.0.0");
    let url = format!("http://{}/v2/acme/app/tags/list", registry.host());
    let answer = request("GET", &url, &[], b"").unwrap();
    let challenge = answer.header("www-authenticate").unwrap().to_owned();
    assert!(challenge.contains("scope=\"repository:acme/app:pull\""), "{challenge}");
    let realm = registry.tokens().unwrap().realm();
    let ask = format!("{realm}?service=registry.test&scope=repository:acme/app:pull,push");
    let token = request("GET", &ask, &[], b"").unwrap().json();
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let with = [("authorization", bearer.as_str())];
    assert_eq!(request("GET", &url, &with, b"").unwrap().status, 200);
    let upload = format!("http://{}/v2/acme/app/blobs/uploads/", registry.host());
    assert_eq!(request("POST", &upload, &with, b"").unwrap().status, 401, "nobody may write");
    let login = [("authorization", "Basic cm9ja2V0OnNlY3JldA==")];
    let token = request("GET", &ask, &login, b"").unwrap().json();
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let with = [("authorization", bearer.as_str())];
    assert_eq!(request("POST", &upload, &with, b"").unwrap().status, 202);
}

#[test]
fn skopeo_copies_over_tls_what_buildah_built() {
    let (Some(from), Some(to)) = (Distribution::plain(), Distribution::tls()) else { return };
    let (Some(buildah), Some(skopeo)) = (Buildah::new(), tool("skopeo")) else { return };
    let single = buildah.push_image(&from, "acme/app", "1.0.0", "hello");
    let index = buildah.push_index(&from, "acme/app", "multi", &["amd64", "arm64"]);
    assert_ne!(single, index);
    let certs = tempfile::tempdir().unwrap();
    std::fs::copy(to.certificate().unwrap(), certs.path().join("ca.crt")).unwrap();
    Scrubbed::new(skopeo)
        .args(["--insecure-policy", "copy", "--all", "--preserve-digests"])
        .args(["--src-tls-verify=false", "--dest-creds", &format!("{USER}:{PASSWORD}")])
        .arg("--dest-cert-dir")
        .arg(certs.path())
        .arg(format!("docker://{}", from.reference("acme/app:multi")))
        .arg(format!("docker://{}", to.reference("other/app:copied")))
        .run()
        .success();
    assert_eq!(to.digest("other/app", "copied"), Some(index));
}
