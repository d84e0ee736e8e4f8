//! `verify` and `list`: what tags hold, and who signed it.

use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use launchway_testkit::distribution::tool;
use launchway_testkit::oci::{OCI_MANIFEST, digest_of};
use launchway_testkit::runner::StepRun;
use launchway_testkit::{Fault, FaultRule};
use serde_json::{Value, json};

use crate::push_world::{REPO, World, shell};

const KINDS: [&str; 5] = ["p256", "p384", "rsa", "rsa4096", "ed25519"];

fn openssl(dir: &Path, args: &[&str]) {
    let mut command = Command::new("openssl");
    command.args(args).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "openssl {}", args.join(" "));
}

/// A key of this kind: `NAME.pem` and `NAME.pub`.
fn make_key(dir: &Path, name: &str, kind: &str) {
    let (private, public) = (format!("{name}.pem"), format!("{name}.pub"));
    let how: &[&str] = match kind {
        "p256" => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384" => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "rsa" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        "rsa4096" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
        _ => &["-algorithm", "ED25519"],
    };
    openssl(dir, &[&["genpkey"], how, &["-out", &private]].concat());
    openssl(dir, &["pkey", "-in", &private, "-pubout", "-out", &public]);
}

fn sign(dir: &Path, name: &str, message: &[u8]) -> String {
    std::fs::write(dir.join("message"), message).unwrap();
    let key = format!("{name}.pem");
    let text = std::fs::read_to_string(dir.join(format!("{name}.pub"))).unwrap();
    // An Ed25519 key is 12 bytes and 32.
    if text.lines().filter(|line| !line.starts_with('-')).map(str::len).sum::<usize>() == 60 {
        let args = ["pkeyutl", "-sign", "-inkey", &key, "-rawin", "-in", "message", "-out", "sig"];
        openssl(dir, &args);
    } else {
        openssl(dir, &["dgst", "-sha256", "-sign", &key, "-out", "sig", "message"]);
    }
    STANDARD.encode(std::fs::read(dir.join("sig")).unwrap())
}

fn payload(digest: &str) -> Vec<u8> {
    json!({ "critical": {
        "identity": { "docker-reference": "registry.example/acme/api" },
        "image": { "docker-manifest-digest": digest },
        "type": "cosign container image signature",
    }, "optional": null })
    .to_string()
    .into_bytes()
}

fn verify(world: &World, name: &str) -> StepRun {
    let (image, file) = (world.image(), world.dir.path().join(format!("{name}.pub")));
    world.run("verify", &[("image", &image), ("key-file", file.to_str().unwrap())])
}

#[test]
fn tags_hold_the_image_or_not() {
    let world = World::new();
    world.push(&["1.1.0", "latest"]).success();
    world.registry.forget_requests();
    let (image, good) = (world.image(), world.tags(&["1.1.0", "latest"]));
    let run = world.run("verify", &[("image", &image), ("tags", &good)]).success();
    assert_eq!(run.output("digest"), world.new);
    assert!(run.summary.contains("yes"));
    let bad = world.tags(&["1.1.0", "1.0.0", "gone"]);
    let run = world.run("verify", &[("image", &image), ("tags", &bad)]).exits(1);
    let said = run.messages("error").join("\n");
    assert!(said.contains(&world.old) && said.contains(&world.new), "{said}");
    assert!(said.contains("gone` is not there") && !said.contains("1.1.0`"), "{said}");
    assert!(run.summary.contains("| no |"), "{}", run.summary);
    assert!(world.registry.writes().is_empty());
}

#[test]
fn what_cannot_be_told_is_no_proof() {
    let world = World::new();
    let (image, tags) = (world.image(), world.tags(&["latest"]));
    world.run("verify", &[("image", &image)]).exits(2);
    world.run("verify", &[("image", &image), ("key", "nope")]).exits(2);
    world.run("verify", &[("image", &tags), ("tags", &tags)]).exits(2);
    let absent = world.registry.reference(format!("{REPO}@sha256:{}", "0".repeat(64)));
    world.run("verify", &[("image", &absent), ("tags", &tags)]).exits(3);
    let rule = FaultRule::new(Fault::status(403)).path("*/manifests/latest");
    world.registry.fail(rule.always());
    world.run("verify", &[("image", &image), ("tags", &tags)]).exits(3);
}

#[test]
fn a_signature_under_the_tag() {
    if tool("openssl").is_none() {
        return;
    }
    for kind in KINDS {
        let world = World::new();
        let dir = world.dir.path();
        make_key(dir, "cosign", kind);
        make_key(dir, "other", kind);
        let run = verify(&world, "cosign").exits(1);
        assert!(run.log.contains("has no signature"), "{}", run.log);
        let payload = payload(&world.new);
        let signature = sign(dir, "cosign", &payload);
        world.registry.add_cosign_signature(REPO, &world.new, &payload, &signature);
        let run = verify(&world, "cosign").success();
        let tag = format!("{}.sig", world.new.replacen(':', "-", 1));
        assert_eq!(run.output("signature"), tag, "{kind}");
        let run = verify(&world, "other").exits(1);
        assert!(run.log.contains("not made with this key"), "{kind}: {}", run.log);
    }
}

#[test]
fn a_good_signature_of_something_else() {
    if tool("openssl").is_none() {
        return;
    }
    let world = World::new();
    let dir = world.dir.path();
    make_key(dir, "cosign", "p256");
    let cases = [
        (payload(&world.old), "it is of another image"),
        (b"{}".to_vec(), "not that of a signature"),
        (b"\xff".to_vec(), "no JSON"),
    ];
    for (payload, said) in cases {
        let signature = sign(dir, "cosign", &payload);
        world.registry.add_cosign_signature(REPO, &world.new, &payload, &signature);
        let run = verify(&world, "cosign").exits(1);
        assert!(run.log.contains(said), "{}", run.log);
    }
    let payload = payload(&world.new);
    let signature = sign(dir, "cosign", &payload);
    let tampered = String::from_utf8(payload.clone()).unwrap().replace("acme", "evil");
    let cases = [(tampered.into_bytes(), signature.as_str()), (payload, "no base64!")];
    for (payload, signature) in cases {
        world.registry.add_cosign_signature(REPO, &world.new, &payload, signature);
        verify(&world, "cosign").exits(1);
    }
    // Others may sign, too, before or after.
    let tag = format!("{}.sig", world.new.replacen(':', "-", 1));
    let layers: Vec<Value> = [("{}", "AAAA"), ("[]", "BBBB")]
        .iter()
        .map(|(payload, signature)| {
            world.registry.add_blob(REPO, payload.as_bytes());
            layer(payload.as_bytes(), signature)
        })
        .collect();
    let good = crate::verify_tags::payload(&world.new);
    world.registry.add_blob(REPO, &good);
    let own = layer(&good, &sign(dir, "cosign", &good));
    let layers = [layers, vec![own]].concat();
    put_signatures(&world, Some(&tag), &layers, None);
    verify(&world, "cosign").success();
}

fn layer(payload: &[u8], signature: &str) -> Value {
    json!({ "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
        "digest": digest_of(payload), "size": payload.len(),
        "annotations": { "dev.cosignproject.cosign/signature": signature } })
}

fn put_signatures(world: &World, tag: Option<&str>, layers: &[Value], artifact: Option<&str>) {
    let config = world.registry.add_blob(REPO, b"{}");
    let mut manifest = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": layers,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": config } });
    if let Some(artifact) = artifact {
        manifest["artifactType"] = artifact.into();
        manifest["subject"] = json!({ "mediaType": "application/vnd.oci.image.index.v1+json",
            "digest": world.new, "size": 1 });
    }
    world.registry.add_manifest(REPO, tag, OCI_MANIFEST, manifest.to_string().as_bytes());
}

fn bundle(dir: &Path, predicate: &str, digest: &str) -> Vec<u8> {
    let statement = json!({ "_type": "https://in-toto.io/Statement/v1", "predicateType": predicate,
        "subject": [{ "name": "", "digest": { "sha256": digest.trim_start_matches("sha256:") } }],
        "predicate": {} })
    .to_string();
    let kind = "application/vnd.in-toto+json";
    let message = format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len());
    let signature = sign(dir, "cosign", message.as_bytes());
    let bundle = json!({ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "x" }, "tlogEntries": [] },
        "dsseEnvelope": { "payload": STANDARD.encode(statement), "payloadType": kind,
            "signatures": [{ "sig": signature }] } });
    bundle.to_string().into_bytes()
}

#[test]
fn signatures_that_refer_to_the_image() {
    const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
    const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
    if tool("openssl").is_none() {
        return;
    }
    for api in [true, false] {
        let world = World::new();
        world.registry.referrers_api(api);
        let dir = world.dir.path();
        make_key(dir, "cosign", "p256");
        for (predicate, digest, code) in [
            ("https://slsa.dev/provenance/v1", &world.new, 1),
            (SIGN, &world.old, 1),
            (SIGN, &world.new, 0),
        ] {
            let bytes = bundle(dir, predicate, digest);
            add_bundle(&world, &bytes, BUNDLE);
            verify(&world, "cosign").exits(code);
        }
    }
    // The form between: the layers of the tag, but as a referrer.
    let world = World::new();
    let dir = world.dir.path();
    make_key(dir, "cosign", "p256");
    let payload = payload(&world.new);
    world.registry.add_blob(REPO, &payload);
    let layers = [layer(&payload, &sign(dir, "cosign", &payload))];
    put_signatures(&world, None, &layers, Some("application/vnd.dev.cosign.artifact.sig.v1+json"));
    verify(&world, "cosign").success();
}

/// As cosign 3 does, with the list under the fallback tag where there is no other.
fn add_bundle(world: &World, bytes: &[u8], kind: &str) {
    let blob = world.registry.add_blob(REPO, bytes);
    let config = world.registry.add_blob(REPO, b"{}");
    let manifest = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": kind,
        "layers": [{ "mediaType": kind, "digest": blob, "size": bytes.len() }],
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": config },
        "subject": { "mediaType": "application/vnd.oci.image.index.v1+json", "digest": world.new, "size": 1 } });
    let manifest = manifest.to_string();
    let digest = world.registry.add_manifest(REPO, None, OCI_MANIFEST, manifest.as_bytes());
    let tag = world.new.replacen(':', "-", 1);
    let index = json!({ "schemaVersion": 2, "manifests": [{ "mediaType": OCI_MANIFEST,
        "digest": digest, "size": manifest.len(), "artifactType": kind }] });
    let index_type = "application/vnd.oci.image.index.v1+json";
    world.registry.add_manifest(REPO, Some(&tag), index_type, index.to_string().as_bytes());
}

#[test]
fn a_key_that_is_private_is_never_shown() {
    let world = World::new();
    let image = world.image();
    let pem = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\naHVudGVyMg==\n";
    let run = world.run("verify", &[("image", &image), ("key", pem)]).exits(2);
    assert!(run.log.contains("private key") && !run.log.contains("aHVudGVyMg"), "{}", run.log);
}

#[test]
fn tags_are_listed_by_version() {
    let world = World::new();
    world.registry.page_tags(2);
    for tag in ["1.10.0", "v1.9.0", "main", "1.10"] {
        world.registry.tag(REPO, tag, &world.new);
    }
    let list = |args: &[&str]| {
        let image = world.registry.reference(REPO);
        shell().args(["list", "--image", &image]).args(args).env("HOME", world.dir.path()).run()
    };
    let run = list(&["--json"]).success();
    let rows: Value = serde_json::from_str(&run.stdout).unwrap();
    let tags: Vec<_> = rows.as_array().unwrap().iter().map(|row| &row["tag"]).collect();
    assert_eq!(tags, ["1.10", "1.10.0", "v1.9.0", "1.0.0", "latest", "main"]);
    assert_eq!(rows[3]["digest"], world.old);
    world.registry.forget_requests();
    let run = list(&["--limit", "2"]).success();
    assert!(run.all().contains(&format!("1.10.0  {}", world.new)), "{}", run.all());
    assert!(run.all().contains("4 more tags are not shown"), "{}", run.all());
    let heads = world.lines().iter().filter(|line| line.starts_with("HEAD")).count();
    assert_eq!(heads, 2);
    for (image, code) in [("acme/none", 3), ("acme/api:1", 2), ("Acme", 2)] {
        let image = world.registry.reference(image);
        shell().args(["list", "--image", &image]).env("HOME", world.dir.path()).run().exits(code);
    }
}
