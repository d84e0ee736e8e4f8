//! What the tests of `promote` and `rollback` start from.

use launchway_testkit::KillSwitch;
use launchway_testkit::oci::{FakeRegistry, OCI_INDEX, OCI_MANIFEST};
use launchway_testkit::runner::{FakeRunner, How, StepRun};

use crate::push_world::PROGRAM;

/// The repository of the sources.
pub(crate) const APP: &str = "acme/app";
pub(crate) const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// Two registries. In the first, [`APP`] has an index under `dev`, signed in both ways, and another
/// under `prod`.
pub(crate) struct Shop {
    pub(crate) near: FakeRegistry,
    pub(crate) far: FakeRegistry,
    pub(crate) dev: String,
    pub(crate) prod: String,
    pub(crate) signature: String,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) run_id: u32,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let (near, far) = (FakeRegistry::start(), FakeRegistry::start());
        let prod = near.add_index(APP, "prod", &PLATFORMS);
        let dev = near.add_index(APP, "dev", &PLATFORMS);
        let signature = near.add_referrer(APP, &dev, "application/spdx+json", b"{\"sbom\":1}");
        near.add_cosign_signature(APP, &dev, b"payload", "c2lnbmF0dXJl");
        Self { near, far, dev, prod, signature, dir: tempfile::tempdir().unwrap(), run_id: 7 }
    }

    pub(crate) fn runner(&self) -> FakeRunner {
        let home = self.dir.path().display().to_string();
        FakeRunner::new(self.dir.path())
            .sha("0123456789012345678901234567890123456789")
            .env("DOCKER_CONFIG", &home)
            .env("HOME", &home)
            .env("GITHUB_RUN_ID", &self.run_id.to_string())
    }

    pub(crate) fn run(&self, verb: &str, inputs: &[(&str, &str)]) -> StepRun {
        run_on(&self.runner(), verb, inputs)
    }

    /// The same, killed where the switch says.
    pub(crate) fn killed(
        &self,
        verb: &str,
        inputs: &[(&str, &str)],
        switch: &KillSwitch,
    ) -> StepRun {
        self.switch(switch);
        let run = run_on(&self.runner().kill_switch(switch), verb, inputs);
        self.switch(&KillSwitch::never());
        run
    }

    fn switch(&self, switch: &KillSwitch) {
        self.near.kill_switch(switch);
        self.far.kill_switch(switch);
    }

    /// From a tag of [`APP`] to a tag of it.
    pub(crate) fn within(&self, from: &str, to: &str, more: &[(&str, &str)]) -> StepRun {
        let (from, to) = (self.app(from), self.app(to));
        let mut inputs = vec![("from", from.as_str()), ("to", to.as_str())];
        inputs.extend(more);
        self.run("promote", &inputs)
    }

    /// A tag of [`APP`] in the first registry.
    pub(crate) fn app(&self, tag: &str) -> String {
        self.near.reference(format!("{APP}:{tag}"))
    }

    pub(crate) fn at(&self, tag: &str) -> Option<String> {
        self.near.digest(APP, tag)
    }
}

/// Runs a verb.
pub(crate) fn run_on(runner: &FakeRunner, verb: &str, inputs: &[(&str, &str)]) -> StepRun {
    runner.run_program(PROGRAM, &[verb], How::Json, inputs)
}

/// Whether a repository has an index with all of its manifests and blobs, byte for byte.
pub(crate) fn is_whole(from: (&FakeRegistry, &str), to: (&FakeRegistry, &str), index: &str) {
    let list = to.0.manifest(to.1, index).unwrap();
    assert_eq!(Some(&list), from.0.manifest(from.1, index).as_ref(), "the bytes are the same");
    assert_eq!(to.0.media_type(to.1, index).as_deref(), Some(OCI_INDEX));
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    for child in list["manifests"].as_array().unwrap() {
        let digest = child["digest"].as_str().unwrap();
        let bytes = to.0.manifest(to.1, digest).unwrap();
        assert_eq!(to.0.media_type(to.1, digest).as_deref(), Some(OCI_MANIFEST));
        let manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let layers = manifest["layers"].as_array().unwrap().iter();
        for blob in layers.chain(std::iter::once(&manifest["config"])) {
            let digest = blob["digest"].as_str().unwrap();
            assert_eq!(to.0.blob(to.1, digest), from.0.blob(from.1, digest), "{digest}");
            assert!(to.0.blob(to.1, digest).is_some(), "{digest}");
        }
    }
}
