//! `push`: files become an image in a registry, once, whole, and only when all is right.

use std::path::Path;

use launchway_testkit::distribution::{Distribution, tool};
use launchway_testkit::oci::{FakeRegistry, OCI_MANIFEST, digest_of};
use launchway_testkit::runner::{FakeRunner, StepRun};
use launchway_testkit::{Fault, FaultRule, KillSwitch, Moment};
use serde_json::{Value, json};

use crate::push_layout::{Files, entry};
use crate::push_world::{REPO, run_on};

struct World {
    registry: FakeRegistry,
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { registry: FakeRegistry::start(), dir: tempfile::tempdir().unwrap() }
    }

    fn runner(&self) -> FakeRunner {
        let home = self.dir.path().display().to_string();
        FakeRunner::new(self.dir.path()).env("DOCKER_CONFIG", &home).env("HOME", &home)
    }

    fn files(&self) -> std::path::PathBuf {
        self.dir.path().join("built files")
    }

    /// Two platforms, each in an archive of its own. Returns the digests of their manifests.
    fn two(&self) -> [String; 2] {
        ["linux/arm64", "linux/amd64"].map(|platform| {
            let (files, digest) = Files::image(platform, &format!("content of {platform}"));
            let name = platform.replace('/', "-");
            files.write_tar(&self.files().join(name).join("image.tar"));
            digest
        })
    }

    fn push(&self, more: &[(&str, &str)]) -> StepRun {
        self.push_by(&self.runner(), more)
    }

    fn push_by(&self, runner: &FakeRunner, more: &[(&str, &str)]) -> StepRun {
        let (image, files) = (self.registry.reference(REPO), self.files().display().to_string());
        let mut inputs = vec![("image", image.as_str()), ("files", files.as_str())];
        inputs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        inputs.extend(more);
        run_on(runner, "push", &inputs)
    }

    /// Everything an image needs is there.
    fn is_whole(&self, digest: &str, context: &str) {
        let bytes = self.registry.manifest(REPO, digest);
        let bytes = bytes.unwrap_or_else(|| unreachable!("{context}: {digest} is missing"));
        let manifest: Value = serde_json::from_slice(&bytes).unwrap();
        for child in manifest["manifests"].as_array().into_iter().flatten() {
            self.is_whole(child["digest"].as_str().unwrap(), context);
        }
        let layers = manifest["layers"].as_array().into_iter().flatten();
        for blob in layers.chain(manifest.get("config")) {
            let digest = blob["digest"].as_str().unwrap();
            let bytes = self.registry.blob(REPO, digest);
            assert_eq!(bytes.map(|bytes| digest_of(&bytes)).as_deref(), Some(digest), "{context}");
        }
    }
}

#[test]
fn one_platform_is_its_own_manifest_and_has_no_tag() {
    for attested in [false, true] {
        let world = World::new();
        let make = if attested { Files::attested } else { Files::image };
        let (files, digest) = make("linux/amd64", "content");
        files.write_tar(&world.files().join("image.tar"));
        let run = world.push(&[("platforms", "linux/amd64")]).success();
        assert_eq!(run.output("digest"), digest);
        let image = world.registry.reference(format!("{REPO}@{digest}"));
        assert_eq!(run.output("image"), image);
        assert_eq!(run.output("platforms"), "linux/amd64");
        assert_eq!(world.registry.manifest(REPO, &digest).as_ref(), Some(files.read(&digest)));
        world.is_whole(&digest, "");
        assert!(world.registry.tags(REPO).is_empty());
        assert_eq!(world.registry.manifests(REPO), [digest]);
        assert_eq!(run.log.contains("1 attestations of the builder are left out"), attested);
    }
}

#[test]
fn several_platforms_are_one_index_whatever_order_they_come_in() {
    let world = World::new();
    let [arm, amd] = world.two();
    let run = world.push(&[("platforms", "linux/arm64, linux/amd64")]).success();
    let index = world.registry.manifest(REPO, run.output("digest")).unwrap();
    let size = |digest: &str| world.registry.manifest(REPO, digest).unwrap().len();
    let wanted = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"{OCI_MANIFEST}","digest":"{amd}","size":{},"platform":{{"os":"linux","architecture":"amd64"}}}},{{"mediaType":"{OCI_MANIFEST}","digest":"{arm}","size":{},"platform":{{"os":"linux","architecture":"arm64"}}}}]}}"#,
        size(&amd),
        size(&arm)
    );
    assert_eq!(String::from_utf8(index).unwrap(), wanted);
    assert_eq!(run.output("platforms"), "linux/amd64\nlinux/arm64");
    world.is_whole(run.output("digest"), "");
    // The other way round, by names, one as a folder: the same bytes, and nothing is sent.
    let (files, _) = Files::image("linux/arm64", "content of linux/arm64");
    files.write_folder(&world.dir.path().join("folder"));
    let lines = format!(
        "{}\r\n\n{}",
        world.dir.path().join("folder").display(),
        world.files().join("*amd64/*.tar").display()
    );
    world.registry.forget_requests();
    let again = world.push(&[("files", &lines)]).success();
    assert_eq!(again.output("digest"), run.output("digest"));
    assert_eq!(again.output("bytes-sent"), "0");
    assert!(world.registry.writes().is_empty(), "{:?}", world.registry.writes());
    assert_eq!(world.registry.requests().len(), 3, "a look for each manifest");
}

#[test]
fn only_what_is_missing_is_sent() {
    let world = World::new();
    let (files, digest) = Files::image("linux/amd64", "content");
    files.write_tar(&world.files().join("image.tar"));
    world.registry.add_blob(REPO, b"content");
    let dry = world.push(&[("dry-run", "true")]).success();
    assert!(dry.log.contains("dry run: one blob ("), "{}", dry.log);
    assert_eq!((dry.output("digest"), dry.output("bytes-sent")), (digest.as_str(), "0"));
    assert!(world.registry.writes().is_empty());
    let run = world.push(&[]).success();
    let config = run.output("bytes-sent").parse::<usize>().unwrap();
    assert!(config > 0 && run.log.contains(&format!("one blob ({config} bytes)")), "{}", run.log);
    assert_eq!(world.registry.writes().len(), 3, "a place, the configuration, the manifest");
    world.is_whole(&digest, "");
}

#[test]
fn what_is_not_as_it_should_be_is_refused_before_anything_is_asked() {
    let good = || Files::image("linux/amd64", "content").0;
    let (_, manifest) = Files::image("linux/amd64", "content");
    let layer = format!("blobs/{}", digest_of(b"content").replace(':', "/"));
    let without = |name: &str| {
        let mut files = good();
        files.0.retain(|(known, _)| known != name);
        files.tar()
    };
    let with = |name: &str, bytes: &[u8]| {
        let mut files = good();
        files.set(name, bytes);
        files.tar()
    };
    let special = |name: &str, kind: u8| {
        let mut files = good();
        files.0.retain(|(known, _)| known != name);
        let mut bytes = Vec::new();
        entry(&mut bytes, name, kind, b"");
        [bytes, files.tar()].concat()
    };
    let entries = |entries: &[Value]| {
        let mut files = good();
        let mut all: Vec<Value> = entries.to_vec();
        let size = files.read(&manifest).len();
        all.insert(0, json!({ "mediaType": OCI_MANIFEST, "digest": manifest, "size": size }));
        files.close(&all);
        files.tar()
    };
    let as_an_index = {
        let mut files = good();
        let size = files.read(&manifest).len();
        let media_type = "application/vnd.oci.image.index.v1+json";
        files.close(&[json!({ "mediaType": media_type, "digest": manifest, "size": size })]);
        files.tar()
    };
    let blank = {
        let mut files = Files::default();
        let config = files.blob(b"{}");
        let text = json!({ "schemaVersion": 2, "layers": [],
            "config": { "mediaType": "a/b", "digest": config, "size": 2 } })
        .to_string();
        let digest = files.blob(text.as_bytes());
        files.close(&[json!({ "mediaType": OCI_MANIFEST, "digest": digest, "size": text.len() })]);
        files.tar()
    };
    let other = json!({ "mediaType": OCI_MANIFEST, "digest": digest_of(b"x"), "size": 1 });
    for (bytes, said) in [
        (Vec::new(), "is empty"),
        (b"\x1f\x8b\x08rest".to_vec(), "is compressed with gzip"),
        (b"\x28\xb5\x2f\xfdrest".to_vec(), "is compressed with zstd"),
        (b"no archive at all".to_vec(), "is no tar archive"),
        (good().tar()[..3000].to_vec(), "was cut off"),
        (without("oci-layout"), "holds no OCI layout"),
        (with("oci-layout", br#"{"imageLayoutVersion":"2.0.0"}"#), "version `2.0.0`"),
        (with("oci-layout", b"\xff"), "no valid `oci-layout`"),
        (without("index.json"), "lacks `index.json`"),
        (with("index.json", b"{\"manifests\":[\xff]}"), "no valid `index.json`"),
        (with("index.json", b"[]"), "no valid `index.json`"),
        (with("index.json", br#"{"manifests":[]}"#), "holds no image"),
        (without(&layer), "lacks sha256:"),
        (with(&layer, b"kontent"), "where sha256:"),
        (with(&layer, b"more content"), "which is to have 7"),
        (with(&format!("blobs/{}", manifest.replace(':', "/")), b"{}"), "bytes of sha256:"),
        (entries(&[other]), "holds 2 images"),
        (as_an_index, "what it is not"),
        (blank, "which platform"),
        (special(&layer, b'2'), "has a link where"),
        (special("index.json", b'1'), "has a link where"),
        (special(&layer, b'6'), "has a special file where"),
        (special("../outside", b'0'), "outside of it"),
        (special("/etc/passwd", b'0'), "outside of it"),
        (special("sparse", b'S'), "sparse file"),
    ] {
        let world = World::new();
        std::fs::create_dir(world.files()).unwrap();
        std::fs::write(world.files().join("bad.tar"), bytes).unwrap();
        // One that is good does not make it better.
        Files::image("linux/arm64", "arm").0.write_tar(&world.files().join("good.tar"));
        let run = world.push(&[]).exits(2);
        assert!(run.log.contains(said) && run.log.contains("bad.tar"), "{said}: {}", run.log);
        assert!(world.registry.requests().is_empty(), "{said}");
        assert_eq!(run.output("digest"), "");
    }
}

/// A configuration that was found good in one archive is not believed in another.
#[test]
fn a_platform_is_read_from_bytes_that_were_checked() {
    let world = World::new();
    let (files, digest) = Files::image("linux/amd64", "content");
    let mut manifest: Value = serde_json::from_slice(files.read(&digest)).unwrap();
    let config = manifest["config"]["digest"].as_str().unwrap().to_owned();
    let lie = String::from_utf8(files.read(&config).clone()).unwrap().replace("amd64", "arm64");
    manifest["annotations"] = json!({ "other": "one" });
    let mut other = files.clone();
    let text = manifest.to_string();
    let entry = json!({ "mediaType": OCI_MANIFEST, "digest": other.blob(text.as_bytes()),
        "size": text.len() });
    other.close(&[entry]);
    other.set(&format!("blobs/{}", config.replace(':', "/")), lie.as_bytes());
    files.write_tar(&world.files().join("a.tar"));
    other.write_tar(&world.files().join("b.tar"));
    let run = world.push(&[("platforms", "linux/amd64,linux/arm64")]).exits(2);
    assert!(run.log.contains("two different images are for linux/amd64"), "{}", run.log);
    assert!(world.registry.requests().is_empty());
}

#[test]
fn every_platform_is_there_and_no_other() {
    let world = World::new();
    world.two();
    for (platforms, said) in [
        ("linux/amd64,linux/arm64,linux/s390x", "handed over; linux/s390x is missing"),
        ("linux/amd64", "is for linux/arm64, which `platforms` does not name"),
    ] {
        let run = world.push(&[("platforms", platforms)]).exits(2);
        assert!(run.log.contains(said), "{}", run.log);
    }
    let none = world.dir.path().join("none").display().to_string();
    let run = world.push(&[("files", &none), ("platforms", "linux/amd64")]).exits(2);
    assert!(run.log.contains("not every platform was handed over"), "{}", run.log);
    assert!(run.log.contains("run all jobs again"), "{}", run.log);
    let run = world.push(&[("files", &none)]).exits(2);
    assert!(run.log.contains("holds no image"), "{}", run.log);
    // Two builds of one platform: nobody can tell which is meant.
    Files::image("linux/amd64", "other").0.write_tar(&world.files().join("z.tar"));
    let run = world.push(&[]).exits(2);
    assert!(run.log.contains("two different images are for linux/amd64"), "{}", run.log);
    assert!(world.registry.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn nobody_waits_for_a_fifo() {
    let world = World::new();
    let fifo = world.dir.path().join("fifo.tar");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let run = world.push(&[("files", &fifo.display().to_string())]).exits(2);
    assert!(run.log.contains("is no file on a disk"), "{}", run.log);
}

#[cfg(unix)]
#[test]
fn a_folder_leads_nowhere_else() {
    let world = World::new();
    let (files, _) = Files::image("linux/amd64", "content");
    let folder = world.files().join("layout");
    files.write_folder(&folder);
    let layer = folder.join("blobs").join(digest_of(b"content").replace(':', "/"));
    let elsewhere = world.dir.path().join("elsewhere");
    std::fs::rename(&layer, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &layer).unwrap();
    let run = world.push(&[]).exits(2);
    assert!(run.log.contains("has no plain file at"), "{}", run.log);
    assert!(world.registry.requests().is_empty());
}

#[test]
fn killed_anywhere_it_is_completed_by_running_it_again() {
    let count = KillSwitch::never();
    let world = World::new();
    world.two();
    world.registry.kill_switch(&count);
    let digest = world.push_by(&world.runner().kill_switch(&count), &[]).success();
    let digest = digest.output("digest").to_owned();
    let writes = count.writes();
    assert!(writes.len() >= 11, "{writes:?}");
    assert!(writes.last().unwrap().contains(&digest), "the index is last: {writes:?}");
    for at in 1..=writes.len() {
        for moment in [Moment::Before, Moment::After] {
            let context = format!("{moment:?} {}", writes[at - 1]);
            let world = World::new();
            world.two();
            let switch = KillSwitch::at(at, moment);
            world.registry.kill_switch(&switch);
            let run = world.push_by(&world.runner().kill_switch(&switch), &[]);
            assert!(switch.has_struck() && run.exit_code != 0, "{context}");
            if world.registry.manifest(REPO, &digest).is_some() {
                world.is_whole(&digest, &context);
            }
            world.registry.kill_switch(&KillSwitch::never());
            let run = world.push(&[]).success();
            assert_eq!(run.output("digest"), digest, "{context}");
            world.is_whole(&digest, &context);
            assert!(world.registry.tags(REPO).is_empty(), "{context}");
            world.registry.forget_requests();
            world.push(&[]).success();
            assert!(world.registry.writes().is_empty(), "{context}: nothing is left to do");
        }
    }
}

#[test]
fn faults_on_the_way() {
    let rule = |method: &str, path: &str, fault: &Fault| {
        FaultRule::new(fault.clone()).method(method).path(path)
    };
    for fault in
        [Fault::status(500), Fault::status(429), Fault::CutConnection, Fault::CommitThenCut]
    {
        for (method, path) in [
            ("HEAD", "*/manifests/*"),
            ("HEAD", "*/blobs/*"),
            ("POST", "*/blobs/uploads/*"),
            ("PUT", "*/blobs/uploads/*"),
            ("PUT", "*/manifests/*"),
        ] {
            let world = World::new();
            world.two();
            world.registry.fail(rule(method, path, &fault));
            let run = world.push(&[]);
            let context = format!("{fault:?} {method} {path}: {}", run.log);
            assert_eq!(run.exit_code, 0, "{context}");
            world.is_whole(run.output("digest"), &context);
        }
    }
    let world = World::new();
    world.two();
    world.registry.fail(rule("PUT", "*/blobs/uploads/*", &Fault::status(403)).always());
    let run = world.push(&[]).exits(3);
    assert!(run.log.contains("run it again"), "{}", run.log);
    assert!(world.registry.manifests(REPO).is_empty(), "no manifest before its blobs");
    assert_eq!(run.output("digest"), "");
}

fn real(dir: &Path, registry: &Distribution, inputs: &[(&str, &str)]) -> StepRun {
    std::fs::write(dir.join("config.json"), registry.docker_config()).unwrap();
    let mut runner = FakeRunner::new(dir).env("DOCKER_CONFIG", dir.to_str().unwrap());
    if let Some(certificate) = registry.certificate() {
        runner = runner.env("SSL_CERT_FILE", certificate.to_str().unwrap());
    }
    run_on(&runner, "push", inputs)
}

#[test]
fn a_real_registry_holds_what_skopeo_would_have_put_there() {
    let kinds = [Distribution::plain, Distribution::basic, Distribution::tls, Distribution::bearer];
    for start in kinds {
        let Some(registry) = start() else { return };
        let world = World::new();
        world.two();
        let image = registry.reference(REPO);
        let files = world.files().display().to_string();
        let inputs = [("image", image.as_str()), ("files", files.as_str())];
        let run = real(world.dir.path(), &registry, &inputs).success();
        let digest = run.output("digest").to_owned();
        assert!(registry.manifest(REPO, &digest).is_some(), "{}", run.log);
        let again = real(world.dir.path(), &registry, &inputs).success();
        assert_eq!((again.output("digest"), again.output("bytes-sent")), (digest.as_str(), "0"));
        // A single platform, and what another tool makes of the same file.
        let (files, single) = Files::image("linux/amd64", "content of linux/amd64");
        let tar = files.write_tar(&world.dir.path().join("one/image.tar"));
        let tar = tar.display().to_string();
        let inputs = [("image", image.as_str()), ("files", tar.as_str())];
        let run = real(world.dir.path(), &registry, &inputs).success();
        assert_eq!((run.output("digest"), run.output("bytes-sent")), (single.as_str(), "0"));
        if registry.certificate().is_some() {
            continue;
        }
        let Some(skopeo) = tool("skopeo") else { return };
        let mut copy = std::process::Command::new(skopeo);
        copy.args(["--tmpdir", world.dir.path().to_str().unwrap()]);
        copy.args(["copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false"]);
        copy.arg("--authfile").arg(world.dir.path().join("config.json"));
        copy.arg(format!("oci-archive:{tar}"));
        copy.arg(format!("docker://{}", registry.reference("other/place:skopeo")));
        let output = copy.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(registry.digest("other/place", "skopeo"), Some(single.clone()));
        let theirs = registry.manifest("other/place", &single);
        assert_eq!(theirs, registry.manifest(REPO, &single));
    }
}
