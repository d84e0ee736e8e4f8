//! `push-tags`, `verify` and `list` on Debian's real registry, with every kind of login.

use std::path::Path;

use launchway_testkit::distribution::{Buildah, Distribution};
use launchway_testkit::runner::{FakeRunner, How, StepRun};

use crate::push_world::PROGRAM;

const REPO: &str = "acme/api";
const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];

fn run(dir: &Path, registry: &Distribution, verb: &str, inputs: &[(&str, &str)]) -> StepRun {
    std::fs::write(dir.join("config.json"), registry.docker_config()).unwrap();
    let mut runner = FakeRunner::new(dir)
        .sha("0123456789012345678901234567890123456789")
        .env("DOCKER_CONFIG", dir.to_str().unwrap());
    if let Some(certificate) = registry.certificate() {
        runner = runner.env("SSL_CERT_FILE", certificate.to_str().unwrap());
    }
    runner.run_program(PROGRAM, &[verb], How::Json, inputs)
}

#[test]
fn tags_are_put_with_every_kind_of_login() {
    let kinds = [Distribution::plain, Distribution::basic, Distribution::tls, Distribution::bearer];
    for start in kinds {
        let Some(registry) = start() else { return };
        let dir = tempfile::tempdir().unwrap();
        let old = registry.put_index(REPO, "1.0.0", PLATFORMS);
        let new = registry.put_index(REPO, "building", PLATFORMS);
        let image = registry.reference(&format!("{REPO}@{new}"));
        let reference = |tag: &str| registry.reference(tag);
        let tags = [
            reference(&format!("{REPO}:1.1.0")),
            reference(&format!("{REPO}:latest")),
            reference("other/mirror:1.1.0"),
        ]
        .join("\n");
        let inputs = [("image", image.as_str()), ("tags", tags.as_str())];
        let first = run(dir.path(), &registry, "push-tags", &inputs).success();
        assert_eq!(first.output("changed"), tags);
        for (repo, tag) in [(REPO, "1.1.0"), (REPO, "latest"), ("other/mirror", "1.1.0")] {
            assert_eq!(registry.digest(repo, tag).as_ref(), Some(&new), "{repo}:{tag}");
        }
        let again = run(dir.path(), &registry, "push-tags", &inputs).success();
        assert_eq!(again.output("changed"), "");
        run(dir.path(), &registry, "verify", &inputs).success();
        let version = reference(&format!("{REPO}:1.0.0"));
        let inputs = [("image", image.as_str()), ("tags", version.as_str())];
        let refused = run(dir.path(), &registry, "push-tags", &inputs).exits(1);
        assert!(refused.log.contains(&old) && refused.log.contains(&new));
        run(dir.path(), &registry, "verify", &inputs).exits(1);
        let list = run(dir.path(), &registry, "list", &[("image", &reference(REPO))]).success();
        let rows: Vec<_> = list.log.lines().filter(|line| line.contains("sha256:")).collect();
        assert!(rows[0].starts_with("1.1.0") && rows[1].starts_with("1.0.0"), "{}", list.log);
        assert_eq!(rows.len(), 4);
    }
}

#[test]
fn many_tags_are_there_although_it_ignores_the_short_way() {
    let Some(registry) = Distribution::plain() else { return };
    let dir = tempfile::tempdir().unwrap();
    let digest = registry.put_image(REPO, "building");
    let tags: Vec<String> = (0..60).map(|n| registry.reference(&format!("{REPO}:t{n}"))).collect();
    let image = registry.reference(&format!("{REPO}@{digest}"));
    let inputs = [("image", image.as_str()), ("tags", &tags.join("\n"))];
    run(dir.path(), &registry, "push-tags", &inputs).success();
    for n in 0..60 {
        assert_eq!(registry.digest(REPO, &format!("t{n}")).as_ref(), Some(&digest));
    }
}

#[test]
fn what_buildah_built_is_tagged() {
    let Some(registry) = Distribution::plain() else { return };
    let Some(buildah) = Buildah::new() else { return };
    let dir = tempfile::tempdir().unwrap();
    let single = buildah.push_image(&registry, REPO, "single", "content");
    let multi = buildah.push_index(&registry, REPO, "multi", &["amd64", "arm64"]);
    for (digest, tag) in [(single, "1.0.0"), (multi, "2.0.0")] {
        let image = registry.reference(&format!("{REPO}@{digest}"));
        let tag_there = registry.reference(&format!("mirror/api:{tag}"));
        let tags = format!("{}\n{tag_there}", registry.reference(&format!("{REPO}:{tag}")));
        let inputs = [("image", image.as_str()), ("tags", tags.as_str())];
        run(dir.path(), &registry, "push-tags", &inputs).success();
        assert_eq!(registry.digest(REPO, tag), Some(digest.clone()));
        assert_eq!(registry.digest("mirror/api", tag), Some(digest));
    }
}
