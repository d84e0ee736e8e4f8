//! What the tests of `push-tags`, `verify` and `list` start from.

use std::path::PathBuf;

use launchway_testkit::oci::{FakeRegistry, image_manifest};
use launchway_testkit::runner::{FakeRunner, How, StepRun};
use launchway_testkit::{KillSwitch, command};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_launchway-image");
/// The repository of most tests.
pub(crate) const REPO: &str = "acme/api";

/// A registry with two images, `old` under `1.0.0` and `latest`, and `new` without a tag.
pub(crate) struct World {
    pub(crate) registry: FakeRegistry,
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) dir: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let registry = FakeRegistry::start();
        let old = registry.add_index(REPO, "1.0.0", &["linux/amd64", "linux/arm64"]);
        registry.tag(REPO, "latest", &old);
        let new = registry.add_index(REPO, "building", &["linux/amd64", "linux/arm64"]);
        registry.untag(REPO, "building");
        Self { registry, old, new, dir: tempfile::tempdir().unwrap() }
    }

    /// The image to tag.
    pub(crate) fn image(&self) -> String {
        self.registry.reference(format!("{REPO}@{}", self.new))
    }

    /// References to these tags of [`REPO`], one per line.
    pub(crate) fn tags(&self, tags: &[&str]) -> String {
        let lines: Vec<String> =
            tags.iter().map(|tag| self.registry.reference(format!("{REPO}:{tag}"))).collect();
        lines.join("\n")
    }

    pub(crate) fn runner(&self) -> FakeRunner {
        FakeRunner::new(self.dir.path())
            .sha("0123456789012345678901234567890123456789")
            .env("DOCKER_CONFIG", &self.dir.path().display().to_string())
            .env("HOME", &self.dir.path().display().to_string())
    }

    pub(crate) fn run(&self, verb: &str, inputs: &[(&str, &str)]) -> StepRun {
        run_on(&self.runner(), verb, inputs)
    }

    /// Puts tags of [`REPO`] on the new image.
    pub(crate) fn push(&self, tags: &[&str]) -> StepRun {
        self.push_with(tags, &[])
    }

    pub(crate) fn push_with(&self, tags: &[&str], more: &[(&str, &str)]) -> StepRun {
        let (image, tags) = (self.image(), self.tags(tags));
        let mut inputs = vec![("image", image.as_str()), ("tags", tags.as_str())];
        inputs.extend(more);
        self.run("push-tags", &inputs)
    }

    /// The same, killed where the switch says.
    pub(crate) fn push_killed(&self, tags: &[&str], switch: &KillSwitch) -> StepRun {
        self.registry.kill_switch(switch);
        let inputs = [("image", self.image()), ("tags", self.tags(tags))];
        let inputs: Vec<_> = inputs.iter().map(|(k, v)| (*k, v.as_str())).collect();
        run_on(&self.runner().kill_switch(switch), "push-tags", &inputs)
    }

    /// The digest a tag of [`REPO`] holds.
    pub(crate) fn at(&self, tag: &str) -> Option<String> {
        self.registry.digest(REPO, tag)
    }

    /// Methods and ends of the paths of all requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.registry.requests();
        requests
            .iter()
            .map(|one| {
                let end = one.path.rsplit('/').next().unwrap_or_default();
                let end = end.get(..19).filter(|end| end.starts_with("sha256:")).unwrap_or(end);
                format!("{} {end}", one.method)
            })
            .collect()
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// Another image of the registry, with bytes of its own.
pub(crate) fn another(registry: &FakeRegistry, repo: &str, content: &str) -> String {
    let (manifest, config, layer) = image_manifest("linux/amd64", content);
    registry.add_blob(repo, &config);
    registry.add_blob(repo, &layer);
    let media_type = launchway_testkit::oci::OCI_MANIFEST;
    registry.add_manifest(repo, None, media_type, &manifest)
}

/// One step of a job.
pub(crate) fn run_on(runner: &FakeRunner, verb: &str, inputs: &[(&str, &str)]) -> StepRun {
    runner.run_program(PROGRAM, &[verb], How::Json, inputs)
}

/// The program outside of a runner.
pub(crate) fn shell() -> command::Scrubbed {
    command::Scrubbed::new(PROGRAM)
}
