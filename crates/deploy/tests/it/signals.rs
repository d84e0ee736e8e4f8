//! A runner that cancels a job signals the step that runs: the end is written all the same.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use launchway_testkit::{Fault, FaultRule};

use crate::world::{JOB, TOKEN, World};

#[test]
fn a_signal_does_not_keep_it_from_its_end() {
    for signal in ["INT", "TERM"] {
        let world = World::new();
        let inputs = [("environment", "production"), ("version", "1.0.0")];
        let id = world.start(JOB, &inputs).success().output("deployment-id").to_owned();
        world.github.fail(FaultRule::new(Fault::Slow(Duration::from_secs(1))).method("GET"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_launchway-deploy"))
            .args(["finish", "--status=cancelled", &format!("--deployment-id={id}")])
            .env_clear()
            .env("GITHUB_API_URL", world.github.url())
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It has said so once signals are caught, and GitHub takes its time then.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.next().unwrap().unwrap();
        assert!(said.contains("cancelled"), "{said}");
        let killed =
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(killed.unwrap().success());
        for _ in lines.by_ref() {}
        assert_eq!(child.wait().unwrap().code(), Some(1), "{signal}");
        assert_eq!(world.all(), ["in_progress error"], "{signal}");
    }
}
