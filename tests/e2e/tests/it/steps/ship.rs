//! The scripts of ship.yml that may run again, or late.

use std::path::PathBuf;
use std::process::Command;

use super::{Done, Job, script, write};

/// A release in a repository; `origin` stands for GitHub.
struct Ship {
    job: Job,
    origin: PathBuf,
    commit: String,
}

fn path() -> String {
    std::env::var("PATH").unwrap()
}

impl Ship {
    fn new() -> Self {
        let job = Job::new();
        let origin = job.file("acme/shop");
        std::fs::create_dir_all(&origin).unwrap();
        job.git(&["init", "-q", "--bare", origin.to_str().unwrap()]);
        job.git(&["init", "-q"]);
        write(&job.work().join("dist/VERSION"), "1.2.0\n");
        write(&job.work().join("dist/SHA256SUMS"), "sealed\n");
        job.git(&["add", "."]);
        job.git(&["commit", "-q", "-m", "sealed"]);
        let head = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(job.work()).output();
        let commit = String::from_utf8(head.unwrap().stdout).unwrap().trim().to_owned();
        Self { job, origin, commit }
    }

    /// Puts a tag on the commit of the run, or on a later one.
    fn tag(&self, name: &str, is_here: bool) {
        if !is_here {
            self.job.git(&["commit", "-q", "--allow-empty", "-m", name]);
        }
        let what = if is_here { self.commit.as_str() } else { "HEAD" };
        let refspec = format!("{what}:refs/tags/{name}");
        self.job.git(&["push", "-q", "--force", self.origin.to_str().unwrap(), &refspec]);
    }

    fn tagged(&self, name: &str) -> String {
        let words = ["rev-parse", "--verify", "--quiet", name];
        let output = Command::new("git").args(words).current_dir(&self.origin).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn run(&self, job: &str, id: &str, path: &str) -> Option<Done> {
        self.job.run(
            &script("ship.yml", job, id),
            &[
                ("GITHUB_SERVER_URL", self.job.file("acme").to_str().unwrap()),
                ("GITHUB_REPOSITORY", "shop"),
                ("GITHUB_SHA", &self.commit),
                ("VERSION", "1.2.0"),
                ("EVENT", "push"),
                ("BRANCH", "main"),
                ("PATH", path),
            ],
        )
    }
}

#[test]
fn a_run_that_is_run_again_makes_what_is_missing() {
    let ship = Ship::new();
    let state = || Some(ship.run("look", "look", &path())?.good().output("state").to_owned());
    let Some(first) = state() else { return };
    assert_eq!(first, "publish");
    ship.tag("v1.2.0", true);
    assert_eq!(state().unwrap(), "publish");
    // The commits after it are not the release.
    ship.tag("v1.2.0", false);
    assert_eq!(state().unwrap(), "nothing");
}

#[test]
fn a_release_is_published_once_and_only_where_its_tag_is() {
    let ship = Ship::new();
    let gh = ship.job.file("bin/gh");
    let log = ship.job.file("log");
    let path = format!("{}:{}", gh.parent().unwrap().display(), path());
    let answer = |draft: bool| {
        let refspec = format!("{}:refs/tags/v1.2.0", ship.commit);
        let (origin, log) = (ship.origin.display(), log.display());
        let edit = format!("echo \"$*\" >>'{log}'; git push -q '{origin}' {refspec}");
        let text =
            format!("#!/bin/sh\ncase \"$2\" in\nview) echo {draft} ;;\nedit) {edit} ;;\nesac\n");
        write(&gh, &text);
        Command::new("chmod").args(["755", gh.to_str().unwrap()]).status().unwrap();
    };
    answer(true);
    let Some(done) = ship.run("publish", "release", &path) else { return };
    done.good();
    assert_eq!(ship.tagged("v1.2.0"), ship.commit);
    answer(false);
    ship.run("publish", "release", &path).unwrap().good();
    assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 1, "edited once");
    ship.tag("v1.2.0", false);
    let done = ship.run("publish", "release", &path).unwrap();
    assert_eq!(done.code, 1, "{}", done.said);
}

#[test]
fn an_old_run_does_not_move_the_floating_tags_back() {
    let ship = Ship::new();
    ship.tag("v1.2.0", true);
    let Some(done) = ship.run("float", "move", &path()) else { return };
    done.good();
    assert_eq!(ship.tagged("v1"), ship.commit);
    assert_eq!(ship.tagged("v1.2"), ship.commit);
    for (newer, line) in [("v1.10.0", "v1"), ("v1.2.1", "v1.2")] {
        ship.tag(newer, false);
        ship.tag(line, false);
        let here = ship.tagged(line);
        ship.run("float", "move", &path()).unwrap().good();
        assert_eq!(ship.tagged(line), here, "{line} was moved back");
    }
    let nobody =
        [("GITHUB_SERVER_URL", "/nowhere"), ("GITHUB_REPOSITORY", "x"), ("VERSION", "1.2.0")];
    let done = ship.job.run(&script("ship.yml", "float", "move"), &nobody).unwrap();
    assert_ne!(done.code, 0, "nobody knows which is newest: {}", done.said);
}
