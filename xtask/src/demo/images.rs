//! An image of what was released, from its tags to production and back, by the image actions.

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::runner::How;
use launchway_testkit::{StepRun, TestRepo};

use super::Demo;
use super::story::Traffic;
use crate::shell;

/// Repositories of images, the build's and production's.
const BUILD: &str = "acme/app";
const PRODUCTION: &str = "acme/app-production";
/// The version that was released, and a fix of the line before.
const RELEASED: &str = "3.0.0";
const FIX: &str = "2.0.1";
const RULES: &str = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=semver,pattern={{major}}";
const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];

impl Demo {
    /// Tags, push, guard, promotion, rollback.
    pub(super) fn ships(&self) -> Result<()> {
        let story = &self.story;
        story.chapter("An image of the release: tagged, promoted and rolled back by digest");
        story.say("The build pushed an image for two platforms and says its digest. From here on nothing is built, pulled or unpacked: the image actions move tags in the registry.");
        let checkout = TestRepo::clone_of(self.remote.path());
        let before = self.now();
        let built = self.images.add_index(BUILD, "build-41", PLATFORMS);
        let tags = self.computed(&checkout, RELEASED)?;
        ensure!(tags.contains(&format!("{BUILD}:latest")), "no latest: {tags}");
        story.quote(&format!("tags of {RELEASED}, computed"), &tags);
        let run = self.put(&checkout, &built, &tags)?;
        ensure!(run.exit_code == 0, "the tags were not put:\n{}", run.log);
        story.summary(&run);
        for tag in [RELEASED, "3.0", "3", "latest"] {
            ensure!(self.images.digest(BUILD, tag).as_ref() == Some(&built), "{tag} is not put");
        }

        story.say(&format!("A fix of the line before, {FIX}, is tagged next. `latest` stays where it is, for {RELEASED} is higher."));
        let fixed = self.images.add_index(BUILD, "build-42", PLATFORMS);
        let tags = self.computed(&checkout, FIX)?;
        ensure!(!tags.contains("latest"), "latest would go back: {tags}");
        story.quote(&format!("tags of {FIX}, computed"), &tags);
        let run = self.put(&checkout, &fixed, &tags)?;
        ensure!(run.exit_code == 0, "the tags were not put:\n{}", run.log);

        story.say(&format!("Somebody builds {RELEASED} once more and gets other bytes. A version that is out is never overwritten, so nothing is written at all."));
        let again = self.images.add_index(BUILD, "build-43", PLATFORMS);
        let released = format!("{}:{RELEASED}", self.images.reference(BUILD));
        let run = self.put(&checkout, &again, &released)?;
        ensure!(run.exit_code == 1, "the version was overwritten:\n{}", run.log);
        story.quote("error", &run.messages("error").join("\n"));

        story.say(
            "Production follows by promotion, with a record; the fix goes back the way it came.",
        );
        let to = format!("{}:live", self.images.reference(PRODUCTION));
        for (version, digest) in [(FIX, &fixed), (RELEASED, &built)] {
            let run = self.promoted(&checkout, version, digest, &to)?;
            ensure!(run.exit_code == 0, "not promoted:\n{}", run.log);
            ensure!(self.images.digest(PRODUCTION, "live").as_ref() == Some(digest), "not live");
            if version == RELEASED {
                story.summary(&run);
            }
        }
        let program = shell::built("debug", "launchway-image");
        let words = ["rollback", "--record-file", "promotion.json"];
        let run = self.runner(&checkout)?.run_program(program, &words, How::Flags, &[]);
        let run = self.seen(run)?;
        ensure!(run.exit_code == 0, "not rolled back:\n{}", run.log);
        ensure!(self.images.digest(PRODUCTION, "live").as_ref() == Some(&fixed), "not back");
        story.summary(&run);
        let seen = self.since(&before);
        let elsewhere = |one: &&Traffic| one.to != "images" && one.is_write;
        ensure!(seen.iter().find(elsewhere).is_none(), "something was written elsewhere");
        story.requests(seen);
        Ok(())
    }

    /// The tags of a version, by the output of the release action.
    fn computed(&self, checkout: &TestRepo, version: &str) -> Result<String> {
        let published =
            serde_json::json!([{ "name": "@acme/app", "version": version }]).to_string();
        let images = self.images.reference(BUILD);
        let inputs = [
            ("images", images.as_str()),
            ("package", "@acme/app"),
            ("published-packages", &published),
            ("floating", "highest"),
            ("floating-source", "registry"),
            ("tags", RULES),
        ];
        let run = self.runner(checkout)?.run_action(shell::at("actions/image-tags"), &inputs);
        let run = self.seen(run)?;
        ensure!(run.exit_code == 0, "no tags were computed:\n{}", run.log);
        Ok(run.output("tags").to_owned())
    }

    fn put(&self, checkout: &TestRepo, digest: &str, tags: &str) -> Result<StepRun> {
        let image = format!("{}@{digest}", self.images.reference(BUILD));
        let inputs = [("image", image.as_str()), ("tags", tags)];
        self.seen(self.runner(checkout)?.run_action(shell::at("actions/image-push-tags"), &inputs))
    }

    fn promoted(
        &self,
        checkout: &TestRepo,
        version: &str,
        digest: &str,
        to: &str,
    ) -> Result<StepRun> {
        let from = format!("{}:{version}", self.images.reference(BUILD));
        let file = checkout.path().join("promotion.json");
        let file = file.to_str().context("a path is text")?;
        let inputs =
            [("from", from.as_str()), ("to", to), ("digest", digest), ("record-file", file)];
        self.seen(self.runner(checkout)?.run_action(shell::at("actions/image-promote"), &inputs))
    }
}
