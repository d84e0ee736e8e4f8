//! Images: names for them, files into a registry, tags, the way from one place to the next.

use launchway_testkit::oci::{FakeRegistry, OCI_MANIFEST, digest_of, image_manifest};
use launchway_testkit::{FakeRunner, TestRepo};
use serde_json::json;

use super::{Act, checkout, refused};

const REPO: &str = "acme/shop";

/// A runner whose logins are those of the checkout: none.
fn runner(repo: &TestRepo) -> FakeRunner {
    FakeRunner::new(repo.path())
        .reference("refs/tags/v1.2.3")
        .env("DOCKER_CONFIG", &repo.path().to_string_lossy())
}

pub(super) fn tags(act: Act<'_>) {
    let repo = checkout();
    let inputs = [("images", "ghcr.io/acme/shop"), ("tags", "type=semver,pattern={{version}}")];
    let run = act(&repo, &runner(&repo), &inputs).success();
    assert_eq!(run.output("tags"), "ghcr.io/acme/shop:1.2.3\nghcr.io/acme/shop:latest");
    assert_eq!(run.output("version"), "1.2.3");
    assert_eq!(run.env_written["DOCKER_METADATA_OUTPUT_VERSION"], "1.2.3");
    let wrong = [("images", "ghcr.io/acme/shop"), ("tags", "type=semvr,pattern={{version}}")];
    refused(act(&repo, &runner(&repo), &wrong), 2, "semver");
}

pub(super) fn build_plan(act: Act<'_>) {
    let repo = checkout();
    let asks = |platforms| {
        [("images", "ghcr.io/acme/shop"), ("platforms", platforms), ("floating", "off")]
    };
    let run = act(&repo, &runner(&repo), &asks("linux/amd64,linux/arm64")).success();
    let rows = &run.output_json("matrix")["include"];
    assert_eq!((&rows[0]["id"], &rows[1]["id"]), (&json!("linux-amd64"), &json!("linux-arm64")));
    assert_eq!((run.output("image"), run.output("push")), ("ghcr.io/acme/shop", "true"));
    assert!(run.output("tags").starts_with("ghcr.io/acme/shop:1.2.3\n"), "{:?}", run.outputs);
    refused(act(&repo, &runner(&repo), &asks("linux/riscv64")), 2, "linux/riscv64");
}

pub(super) fn merge_sboms(act: Act<'_>) {
    let repo = checkout();
    for platform in ["amd64", "arm64"] {
        let list = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": { "component": { "bom-ref": "root", "type": "container", "name": "image.tar" } },
            "components": [{ "bom-ref": "libc", "type": "library", "name": "libc6" }],
        });
        repo.write(&format!("lists/linux-{platform}/sbom.cdx.json"), list.to_string());
    }
    let image = format!("ghcr.io/acme/shop@{}", digest_of(b"built"));
    let asks = |platforms| {
        [
            ("files", "lists"),
            ("output", "all.cdx.json"),
            ("image", image.as_str()),
            ("platforms", platforms),
        ]
    };
    let run = act(&repo, &runner(&repo), &asks("linux/amd64,linux/arm64")).success();
    assert_eq!(run.output("file"), "all.cdx.json");
    let merged: serde_json::Value = serde_json::from_str(&repo.read("all.cdx.json")).unwrap();
    assert_eq!(merged["metadata"]["component"]["version"], digest_of(b"built"));
    let libraries = merged["components"].to_string().matches("\"libc6\"").count();
    assert_eq!(libraries, 2, "{merged}");
    // A platform whose list did not arrive.
    let more = asks("linux/amd64,linux/arm64,linux/riscv64");
    refused(act(&repo, &runner(&repo), &more), 2, "linux/riscv64");
}

/// Writes the image of one platform as an OCI layout; the digest of its manifest.
fn layout(repo: &TestRepo) -> String {
    let (manifest, config, layer) = image_manifest("linux/amd64", "built");
    for blob in [&manifest, &config, &layer] {
        repo.write(&format!("built/blobs/{}", digest_of(blob).replace(':', "/")), blob);
    }
    let digest = digest_of(&manifest);
    let entry = json!({ "mediaType": OCI_MANIFEST, "digest": digest, "size": manifest.len() });
    let index = json!({ "schemaVersion": 2, "manifests": [entry] });
    repo.write("built/index.json", index.to_string());
    repo.write("built/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    digest
}

pub(super) fn push(act: Act<'_>) {
    let (repo, registry) = (checkout(), FakeRegistry::start());
    let (digest, image) = (layout(&repo), registry.reference(REPO));
    let inputs = [("files", "built"), ("image", image.as_str()), ("platforms", "linux/amd64")];
    let run = act(&repo, &runner(&repo), &inputs).success();
    assert_eq!(run.output("digest"), digest);
    assert_eq!(run.output("image"), format!("{image}@{digest}"));
    assert!(registry.manifest(REPO, &digest).is_some() && registry.blobs(REPO).len() == 2);
    // One byte of the layer is another one.
    let layer = digest_of(b"built").replace(':', "/");
    repo.write(&format!("built/blobs/{layer}"), b"Built");
    registry.forget_requests();
    refused(act(&repo, &runner(&repo), &inputs), 2, "sha256");
    assert!(registry.writes().is_empty());
}

pub(super) fn push_tags(act: Act<'_>) {
    let (repo, registry) = (checkout(), FakeRegistry::start());
    let digest = registry.add_index(REPO, "building", &["linux/amd64", "linux/arm64"]);
    let image = registry.reference(format!("{REPO}@{digest}"));
    let tag = registry.reference(format!("{REPO}:1.2.3"));
    let run =
        act(&repo, &runner(&repo), &[("image", &image), ("tags", &tag), ("record-file", "r.json")])
            .success();
    assert_eq!((run.output("digest"), run.output("changed")), (&*digest, &*tag));
    assert_eq!(run.output_json("artifact")["version"], "1.2.3");
    assert_eq!(registry.digest(REPO, "1.2.3"), Some(digest.clone()));
    assert!(repo.read("r.json").contains(&digest));
    // A version never moves.
    let other = registry.reference(format!("{REPO}@{}", registry.add_image(REPO, "other")));
    refused(act(&repo, &runner(&repo), &[("image", &other), ("tags", &tag)]), 1, &digest);
    assert_eq!(registry.digest(REPO, "1.2.3"), Some(digest));
}

pub(super) fn promote(act: Act<'_>) {
    let (repo, near, far) = (checkout(), FakeRegistry::start(), FakeRegistry::start());
    let digest = near.add_index(REPO, "dev", &["linux/amd64", "linux/arm64"]);
    let (from, to) = (near.reference("acme/shop:dev"), far.reference("acme/live:production"));
    let inputs = [("from", from.as_str()), ("to", to.as_str()), ("digest", digest.as_str())];
    let run = act(&repo, &runner(&repo), &inputs).success();
    assert_eq!((run.output("digest"), run.output("changed")), (&*digest, &*to));
    assert_eq!(run.output_json("record")["changes"][0]["digest"], digest);
    assert_eq!(far.digest("acme/live", "production"), Some(digest.clone()));
    assert!(run.summary.contains("rollback"), "{}", run.summary);
    // It holds another image by now than the one that was tested.
    let moved = near.add_image(REPO, "dev");
    refused(act(&repo, &runner(&repo), &inputs), 1, &moved);
}
