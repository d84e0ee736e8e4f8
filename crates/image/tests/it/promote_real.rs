//! `promote` and `rollback` between real registries (Debian's docker-registry), with images of the
//! real buildah, seen by the real skopeo.

use std::path::Path;
use std::time::Duration;

use launchway_testkit::command::Scrubbed;
use launchway_testkit::distribution::{Buildah, Distribution, PASSWORD, USER, tool};
use launchway_testkit::runner::{FakeRunner, How, StepRun};

use crate::push_world::PROGRAM;

const ARCHS: [&str; 2] = ["amd64", "arm64"];

fn promote(dir: &Path, to: &Distribution, inputs: &[(&str, &str)], verb: &str) -> StepRun {
    std::fs::write(dir.join("config.json"), to.docker_config()).unwrap();
    let home = dir.display().to_string();
    let mut runner = FakeRunner::new(dir)
        .sha("0123456789012345678901234567890123456789")
        .env("DOCKER_CONFIG", &home)
        .env("HOME", &home);
    if let Some(certificate) = to.certificate() {
        runner = runner.env("SSL_CERT_FILE", &certificate.display().to_string());
    }
    runner.run_program(PROGRAM, &[verb], How::Json, inputs)
}

/// The raw bytes of an index as skopeo sees them, with a login.
fn skopeo_raw(skopeo: &Path, dir: &Path, at: &Distribution, reference: &str) -> String {
    let mut run = Scrubbed::new(skopeo)
        .args(["inspect", "--raw"])
        .env("HOME", dir)
        .timeout(Duration::from_mins(1));
    if let Some(certificate) = at.certificate().filter(|_| at.tokens().is_none()) {
        let certs = dir.join("certs");
        std::fs::create_dir_all(&certs).unwrap();
        std::fs::copy(certificate, certs.join("ca.crt")).unwrap();
        run = run.arg("--cert-dir").arg(certs);
    } else {
        run = run.arg("--tls-verify=false");
    }
    run.arg(format!("--creds={USER}:{PASSWORD}"))
        .arg(format!("docker://{}", at.reference(reference)))
        .run()
        .success()
        .stdout
}

#[test]
fn an_index_of_buildah_goes_from_registry_to_registry() {
    let (Some(skopeo), Some(buildah)) = (tool("skopeo"), Buildah::new()) else { return };
    let kinds: [fn() -> Option<Distribution>; 4] =
        [Distribution::plain, Distribution::basic, Distribution::tls, Distribution::bearer];
    let Some(from) = Distribution::plain() else { return };
    let digest = buildah.push_index(&from, "acme/app", "dev", &ARCHS);
    let bytes = from.manifest("acme/app", &digest).unwrap();
    for kind in kinds {
        let Some(to) = kind() else { return };
        let dir = tempfile::tempdir().unwrap();
        let before = to.put_index("live/app", "prod", &["linux/amd64"]);
        let (source, goal) = (from.reference("acme/app:dev"), to.reference("live/app:prod"));
        let inputs = [
            ("from", source.as_str()),
            ("to", goal.as_str()),
            ("digest", digest.as_str()),
            ("record", "referrer"),
        ];
        let run = promote(dir.path(), &to, &inputs, "promote").success();
        assert_eq!(run.output("digest"), digest);
        assert_eq!(to.digest("live/app", "prod").as_ref(), Some(&digest));
        assert_eq!(to.manifest("live/app", "prod").as_ref(), Some(&bytes));
        let seen = skopeo_raw(&skopeo, dir.path(), &to, "live/app:prod");
        assert_eq!(seen.trim_end().as_bytes(), bytes.trim_ascii_end());
        // Everything under it is there: skopeo takes it whole.
        if to.tokens().is_none() && to.certificate().is_none() {
            let place = format!("oci:{}:x", dir.path().join("layout").display());
            Scrubbed::new(&skopeo)
                .args(["copy", "--all", "--src-tls-verify=false"])
                .arg(format!("--src-creds={USER}:{PASSWORD}"))
                .arg(format!("docker://{goal}"))
                .arg(place)
                .env("HOME", dir.path())
                .timeout(Duration::from_mins(1))
                .run()
                .success();
        }
        promote(dir.path(), &to, &inputs, "promote").success();
        let back = promote(dir.path(), &to, &[("tag", &goal)], "rollback").success();
        assert_eq!(back.output("digest"), before);
        assert_eq!(to.digest("live/app", "prod").as_ref(), Some(&before));
        promote(dir.path(), &to, &[("tag", &goal)], "rollback").success();
        assert!(!run.log.contains(PASSWORD));
    }
}

#[test]
fn within_a_real_registry() {
    let Some(registry) = Distribution::plain() else { return };
    let dir = tempfile::tempdir().unwrap();
    let digest = registry.put_index("acme/app", "dev", &["linux/amd64", "linux/arm64"]);
    let (from, within) = (registry.reference("acme/app:dev"), registry.reference("acme/app:prod"));
    let run = promote(dir.path(), &registry, &[("from", &from), ("to", &within)], "promote");
    let record = run.success().output("record").to_owned();
    assert_eq!(registry.digest("acme/app", "prod").as_ref(), Some(&digest));
    let mounted = registry.reference("live/app:prod");
    promote(dir.path(), &registry, &[("from", &from), ("to", &mounted)], "promote").success();
    assert_eq!(registry.digest("live/app", "prod").as_ref(), Some(&digest));
    // This one deletes no tags, and a digest takes its tags along: nothing is deleted.
    let run = promote(dir.path(), &registry, &[("record", &record)], "rollback").exits(3);
    assert!(run.log.contains("could not be deleted"), "{}", run.log);
    assert_eq!(registry.digest("acme/app", "dev").as_ref(), Some(&digest));
}

#[test]
fn without_a_login_nothing_is_copied() {
    let (Some(from), Some(to)) = (Distribution::plain(), Distribution::basic()) else { return };
    from.put_index("acme/app", "dev", &["linux/amd64"]);
    let dir = tempfile::tempdir().unwrap();
    let (source, goal) = (from.reference("acme/app:dev"), to.reference("live/app:prod"));
    let run = promote(dir.path(), &from, &[("from", &source), ("to", &goal)], "promote").exits(3);
    assert!(run.log.contains(to.host()), "{}", run.log);
    assert_eq!(to.digest("live/app", "prod"), None);
}
