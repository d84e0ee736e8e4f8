//! How docker.yml publishes what was tested: with skopeo, at a real registry.

use std::process::Command;

use launchway_testkit::distribution::{Distribution, tool};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Done, Job, script, write};

fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// An image of one platform as `BuildKit` writes it for `docker load`. Returns the digest of its manifest.
fn built(job: &Job, architecture: &str) -> String {
    let folder = job.file(&format!("made/{architecture}"));
    let put = |media_type: &str, bytes: &[u8]| {
        let digest = digest(bytes);
        let file = folder.join("blobs").join(digest.replace(':', "/"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    };
    // An archive of nothing: two empty blocks.
    let layer = [0u8; 1024];
    let config = json!({
        "architecture": architecture, "os": "linux", "config": {},
        "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
    });
    let config = put("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
    let layer = put("application/vnd.oci.image.layer.v1.tar", &layer);
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest =
        json!({ "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [layer] });
    let mut entry = put(media_type, manifest.to_string().as_bytes());
    entry["annotations"] = json!({ "io.containerd.image.name": "localhost/launchway/candidate" });
    write(
        &folder.join("index.json"),
        &json!({ "schemaVersion": 2, "manifests": [entry] }).to_string(),
    );
    write(&folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
    let to = job.file(&format!("launchway/images/launchway-image-k-{architecture}"));
    std::fs::create_dir_all(&to).unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-cf").arg(to.join("image.tar")).arg("-C").arg(&folder).arg(".");
    assert!(tar.status().unwrap().success());
    entry["digest"].as_str().unwrap().to_owned()
}

/// Runs the step that pushes, for so many platforms.
fn push(job: &Job, registry: &Distribution, platforms: usize) -> Option<Done> {
    tool("skopeo")?;
    write(&job.file("docker/config.json"), &registry.docker_config());
    let config = job.file("docker");
    let matrix = json!({ "include": vec![0; platforms] }).to_string();
    let repository = registry.reference("acme/rocket");
    job.run(
        &script("docker.yml", "publish", "push"),
        &[
            ("REPOSITORY", &repository),
            ("MATRIX", &matrix),
            ("DOCKER_CONFIG", config.to_str().unwrap()),
            ("SSL_CERT_FILE", registry.certificate().unwrap().to_str().unwrap()),
        ],
    )
}

#[test]
fn one_platform_is_published_as_it_was_tested_and_has_no_tag() {
    let (job, Some(registry)) = (Job::new(), Distribution::tls()) else { return };
    let tested = built(&job, "amd64");
    let Some(done) = push(&job, &registry, 1) else { return };
    let done = done.good();
    assert_eq!(done.output("digest"), tested);
    assert_eq!(done.output("image"), format!("{}@{tested}", registry.reference("acme/rocket")));
    assert!(registry.manifest("acme/rocket", &tested).is_some(), "{}", done.said);
    // A registry that has no tag of it says so, or does not know the name yet.
    let tags = registry.ask("GET acme/rocket/tags/list", &[], b"");
    let tags: Value = serde_json::from_slice(&tags.body).unwrap();
    assert!(tags["tags"].as_array().is_none_or(Vec::is_empty), "{tags}");
}

#[test]
fn several_platforms_are_one_index_of_what_was_tested_also_when_run_again() {
    let (job, Some(registry)) = (Job::new(), Distribution::tls()) else { return };
    let tested = [built(&job, "amd64"), built(&job, "arm64")];
    let Some(done) = push(&job, &registry, 2) else { return };
    let done = done.good();
    let index = registry.manifest("acme/rocket", done.output("digest")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    let found: Vec<_> = entries
        .iter()
        .map(|entry| {
            assert_eq!(entry["platform"]["os"], "linux");
            (entry["digest"].as_str().unwrap(), entry["platform"]["architecture"].as_str().unwrap())
        })
        .collect();
    assert_eq!(found, [(tested[0].as_str(), "amd64"), (tested[1].as_str(), "arm64")]);
    for digest in &tested {
        assert!(registry.manifest("acme/rocket", digest).is_some());
    }
    let again = push(&job, &registry, 2).unwrap().good();
    assert_eq!(again.output("digest"), done.output("digest"));
}

#[test]
fn a_platform_that_was_lost_is_not_left_out() {
    let (job, Some(registry)) = (Job::new(), Distribution::tls()) else { return };
    let tested = built(&job, "amd64");
    let Some(done) = push(&job, &registry, 2) else { return };
    assert_eq!(done.code, 2, "{}", done.said);
    assert!(done.said.contains("not every platform was handed over"), "{}", done.said);
    assert!(registry.manifest("acme/rocket", &tested).is_none());
}

#[test]
fn the_lists_of_several_platforms_are_one_whose_names_do_not_clash() {
    let job = Job::new();
    for name in ["amd64", "arm64"] {
        let list = json!({
            "bomFormat": "CycloneDX",
            "metadata": { "component": { "bom-ref": "root", "name": "image" } },
            "components": [{ "bom-ref": "one", "name": name }],
            "dependencies": [{ "ref": "root", "dependsOn": ["one"] }, { "ref": "one" }],
        });
        write(&job.file(&format!("launchway/reports/{name}/sbom.cdx.json")), &list.to_string());
    }
    let Some(done) = job.run(&script("docker.yml", "publish", "sbom"), &[]) else { return };
    done.good();
    let text = std::fs::read_to_string(job.file("launchway/sbom.cdx.json")).unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list["metadata"]["component"]["bom-ref"], "0:root");
    assert_eq!(
        list["components"],
        json!([{ "bom-ref": "0:one", "name": "amd64" }, { "bom-ref": "1:one", "name": "arm64" }])
    );
    assert_eq!(list["dependencies"][2], json!({ "ref": "1:root", "dependsOn": ["1:one"] }));
}

#[test]
fn what_is_published_is_said_in_one_line_of_json() {
    let variables = [
        ("NAME", "ghcr.io/acme/rocket"),
        ("DIGEST", "sha256:00"),
        ("TAGS", "ghcr.io/acme/rocket:1.2.3\nghcr.io/acme/rocket:1"),
        ("VERSION", "1.2.3"),
    ];
    let Some(done) = Job::new().run(&script("docker.yml", "publish", "say"), &variables) else {
        return;
    };
    let done = done.good();
    let found: Value = serde_json::from_str(done.output("artifact")).unwrap();
    let wanted = json!({
        "name": "ghcr.io/acme/rocket", "digest": "sha256:00", "version": "1.2.3",
        "tags": ["ghcr.io/acme/rocket:1.2.3", "ghcr.io/acme/rocket:1"],
    });
    assert_eq!(found, wanted);
}
