//! What was released is deployed, and a health check tells when it serves, by the health action.

use std::time::Duration;

use anyhow::{Result, ensure};
use launchway_testkit::target::{Act, Reply, Script, Target};
use launchway_testkit::{StepRun, TestRepo};

use super::Demo;
use crate::shell;

/// The version before, and the one that was released.
const BEFORE: &str = "2.0.1";
const RELEASED: &str = "3.0.0";
/// A pause fit for a demo.
const INTERVAL: (&str, &str) = ("interval", "50ms");

impl Demo {
    /// Old version, new version, an unhappy hour.
    pub(super) fn serves(&self) -> Result<()> {
        let story = &self.story;
        story.chapter("The release is deployed: does it serve?");
        story.say(&format!("The service still answers with {BEFORE}, and with 200. A check that asks for the status alone would be green by now; this one wants {RELEASED}."));
        let service = Target::start(page(BEFORE));
        let url = format!("shop={}", service.url("/health"));
        let wanted = [("url", url.as_str()), ("expected-version", RELEASED)];
        let run = self.checked(&[&wanted[..], &[("mode", "once")]].concat())?;
        ensure!(run.exit_code == 1, "the old version is healthy:\n{}", run.log);
        ensure!(run.output("reason") == "version_mismatch", "reason {}", run.output("reason"));
        story.quote("error", &run.messages("error").join("\n"));

        story.say("The deployment goes on: the new version starts, answers 503 while it warms up, and then serves. Three successes in a row are wanted.");
        service.turn(Script::from(Act::status(503)));
        service.turn_after(Duration::from_millis(600), page(RELEASED));
        let run = self.checked(
            &[&wanted[..], &[INTERVAL, ("timeout", "30s"), ("success-threshold", "3")]].concat(),
        )?;
        ensure!(run.exit_code == 0, "it did not become healthy:\n{}", run.log);
        ensure!(run.output("healthy") == "true" && run.output("reason").is_empty(), "not healthy");
        story.outputs(&run);
        story.summary(&run);

        story.say("While it bakes it is watched. After a moment it hangs: connections are taken, and nothing is answered. The watch ends at once and says so, long before its time is over.");
        service.turn_after(Duration::from_millis(400), Act::Silent);
        let watch =
            [("mode", "watch"), ("bake-time", "20s"), ("request-timeout", "500ms"), INTERVAL];
        let run = self.checked(&[&wanted[..], &watch].concat())?;
        ensure!(run.exit_code == 1, "a service that hangs is healthy:\n{}", run.log);
        ensure!(run.output("reason") == "response_timeout", "reason {}", run.output("reason"));
        story.quote("error", &run.messages("error").join("\n"));
        story.summary(&run);
        Ok(())
    }

    fn checked(&self, inputs: &[(&str, &str)]) -> Result<StepRun> {
        let checkout = TestRepo::clone_of(self.remote.path());
        self.seen(self.runner(&checkout)?.run_action(shell::at("actions/health-check"), inputs))
    }
}

/// What the service answers in this version.
fn page(version: &str) -> Script {
    Reply::new(200).json(&serde_json::json!({ "status": "ok", "version": version })).into()
}
