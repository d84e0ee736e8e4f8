//! The scripts of ship.yml that may run again, or late.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Done, Job, script, write};

/// A release in a repository; `origin` stands for GitHub.
struct Ship {
    job: Job,
    origin: PathBuf,
    commit: String,
}

/// Where a version is sealed.
const BRANCH: &str = "refs/heads/changeset-release/main";

/// Writes a program of this text.
fn program(path: &Path, text: &str) {
    write(path, &format!("#!/bin/sh\n{text}"));
    assert!(Command::new("chmod").arg("755").arg(path).status().unwrap().success());
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

    /// Lets the branch be at the commit of the run, or at a later one.
    fn branch(&self, is_here: bool) {
        if !is_here {
            self.job.git(&["commit", "-q", "--allow-empty", "-m", "later"]);
        }
        let what = if is_here { self.commit.as_str() } else { "HEAD" };
        let refspec = format!("{what}:{BRANCH}");
        self.job.git(&["push", "-q", "--force", self.origin.to_str().unwrap(), &refspec]);
    }

    fn tagged(&self, name: &str) -> String {
        let words = ["rev-parse", "--verify", "--quiet", name];
        let output = Command::new("git").args(words).current_dir(&self.origin).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn run(&self, job: &str, id: &str, path: &str) -> Option<Done> {
        self.run_for(job, id, path, "1.2.0")
    }

    fn run_for(&self, job: &str, id: &str, path: &str, version: &str) -> Option<Done> {
        self.job.run(
            &script("ship.yml", job, id),
            &[
                ("GITHUB_SERVER_URL", self.job.file("acme").to_str().unwrap()),
                ("GITHUB_REPOSITORY", "shop"),
                ("GITHUB_SHA", &self.commit),
                ("GITHUB_REF", BRANCH),
                ("VERSION", version),
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
        program(&gh, &format!("case \"$2\" in\nview) echo {draft} ;;\nedit) {edit} ;;\nesac\n"));
    };
    answer(true);
    let Some(done) = ship.run("publish", "release", &path) else { return };
    done.good();
    assert_eq!(ship.tagged("v1.2.0"), ship.commit);
    answer(false);
    ship.run("publish", "release", &path).unwrap().good();
    let said = std::fs::read_to_string(&log).unwrap();
    assert_eq!(said.lines().count(), 1, "edited once");
    assert!(!said.contains("--prerelease"), "{said}");
    ship.tag("v1.2.0", false);
    let done = ship.run("publish", "release", &path).unwrap();
    assert_eq!(done.code, 1, "{}", done.said);
    // What comes before a version is not the latest.
    answer(true);
    ship.run_for("publish", "release", &path, "1.2.0-rc.1").unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.lines().last().unwrap().ends_with("--prerelease"), "{said}");
}

#[test]
fn a_draft_that_is_there_says_what_is_new_now_and_holds_nothing_else() {
    let ship = Ship::new();
    let gh = ship.job.file("bin/gh");
    let log = ship.job.file("log");
    let path = format!("{}:{}", gh.parent().unwrap().display(), path());
    let kept = "launchway-health-1.2.0-x.tar.gz";
    for name in [kept, "launchway-health-1.2.0-x.zip", "launchway-health-1.2.0-x.cdx.json"] {
        write(&ship.job.work().join("target/package/out").join(name), "");
    }
    write(&ship.job.work().join("target/package/out/SHA256SUMS"), "");
    let answer = |list: &str| {
        let text = format!(
            "case \"$1 $2 $*\" in\napi*) {list} ;;\n*assets*) printf '%s\\n' {kept} SHA256SUMS launchway-gone.zip ;;\n\
             *) echo \"$2 $4 $5\" >>'{}' ;;\nesac\n",
            log.display()
        );
        program(&gh, &text);
        write(&log, "");
    };
    let said = || std::fs::read_to_string(&log).unwrap();
    ship.branch(true);
    answer("true");
    let Some(done) = ship.run("seal", "draft", &path) else { return };
    done.good();
    assert!(said().starts_with("create --draft") && !said().contains("delete"), "{}", said());
    answer("echo draft");
    ship.run("seal", "draft", &path).unwrap().good();
    let lines = said();
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines[0], "edit --notes-file target/package/notes.md");
    assert_eq!(lines[1], "delete-asset launchway-gone.zip --yes");
    assert!(lines.len() == 3 && lines[2].starts_with("upload --clobber"), "{lines:?}");
    for list in ["echo released", "printf 'draft\\ndraft\\n'", "exit 1"] {
        answer(list);
        assert_eq!(ship.run("seal", "draft", &path).unwrap().code, 1, "{list}");
        assert_eq!(said(), "", "{list}: something was touched");
    }
    // Run again late: the draft is that of the commit sealed since.
    ship.branch(false);
    answer("echo draft");
    let done = ship.run("seal", "draft", &path).unwrap().good();
    assert!(done.said.contains("the branch moved on"), "{}", done.said);
    assert_eq!(said(), "", "the files of another seal were replaced");
}

#[test]
fn a_draft_that_is_not_what_was_sealed_goes_no_further() {
    let ship = Ship::new();
    let cargo = ship.job.file("bin/cargo");
    let path = format!("{}:{}", cargo.parent().unwrap().display(), path());
    let folder = ship.job.work().join("target/package");
    let draft = folder.join("draft");
    for job in ["draft", "publish"] {
        for (sums, formula, verify, good) in [
            ("sealed\n", "formula\n", "exit 0", true),
            ("other\n", "formula\n", "exit 0", false),
            ("sealed\n", "other\n", "exit 0", false),
            ("sealed\n", "formula\n", "exit 1", false),
        ] {
            write(&draft.join("SHA256SUMS"), sums);
            write(&draft.join("launchway.rb"), formula);
            let asked = "'xtask package verify --complete target/package/draft'";
            let formulas = "'xtask package homebrew --from target/package/draft'";
            let write = format!("echo formula >'{}'", folder.join("launchway.rb").display());
            let cases = format!("{asked}) {verify} ;;\n{formulas}) {write} ;;\n*) exit 3 ;;");
            program(&cargo, &format!("case \"$*\" in\n{cases}\nesac\n"));
            let Some(done) = ship.run(job, "compare", &path) else { return };
            let said = &done.said;
            assert_eq!(done.code == 0, good, "{job}, {sums}, {formula}, {verify}: {said}");
        }
    }
}

#[test]
fn only_the_head_of_the_branch_is_sealed() {
    let ship = Ship::new();
    let cargo = ship.job.file("bin/cargo");
    let path = format!("{}:{}", cargo.parent().unwrap().display(), path());
    program(&cargo, "case \"$4\" in version) echo 1.2.0 ;; *) echo unsealed ;; esac\n");
    let branch = [
        ("EVENT", "push"),
        ("BRANCH", "changeset-release/main"),
        ("GITHUB_SHA", ship.commit.as_str()),
        ("GITHUB_REF", BRANCH),
        ("GITHUB_REPOSITORY", "shop"),
        ("PATH", &path),
    ];
    let server = ship.job.file("acme");
    let mut variables = branch.to_vec();
    variables.push(("GITHUB_SERVER_URL", server.to_str().unwrap()));
    let state = || {
        let done = ship.job.run(&script("ship.yml", "look", "look"), &variables)?;
        Some(done.good().output("state").to_owned())
    };
    ship.branch(true);
    let Some(first) = state() else { return };
    assert_eq!(first, "seal");
    ship.branch(false);
    assert_eq!(state().unwrap(), "nothing", "it would take the draft from the newer one");
}

/// What was published stays as it is, so it is tried before; what everybody gets moves last.
#[test]
fn nothing_is_published_before_six_platforms_ran_it_and_the_floating_tags_move_last() {
    let path = launchway_e2e::at(".github/workflows/ship.yml");
    let file: yaml_serde::Value =
        yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let jobs = file.get("jobs").unwrap();
    let needs = |job: &str| -> Vec<String> {
        match jobs.get(job).unwrap().get("needs") {
            Some(yaml_serde::Value::String(one)) => vec![one.clone()],
            Some(some) => yaml_serde::from_value(some.clone()).unwrap(),
            None => Vec::new(),
        }
    };
    let before = |job: &str| {
        let mut found = needs(job);
        let mut next = 0;
        while let Some(one) = found.get(next).cloned() {
            found.extend(needs(&one));
            next += 1;
        }
        found
    };
    for (job, wanted) in [
        ("seal", "attest"),
        ("draft", "compare"),
        ("smoke", "draft"),
        ("publish", "smoke"),
        ("arrive", "publish"),
        ("laptops", "publish"),
        ("float", "arrive"),
        ("float", "laptops"),
    ] {
        assert!(before(job).iter().any(|one| one == wanted), "{job} does not wait for {wanted}");
        // Run in spite of a job before it that failed, it would wait in vain.
        let condition = jobs.get(job).unwrap().get("if").and_then(yaml_serde::Value::as_str);
        assert!(condition.is_none_or(|text| !text.contains('(')), "{job}: {condition:?}");
    }
    let smoke = jobs.get("smoke").unwrap();
    let os = smoke.get("strategy").and_then(|some| some.get("matrix")?.get("os")?.as_sequence());
    assert_eq!(os.unwrap().len(), 6);
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

#[test]
fn an_old_run_does_not_move_npms_latest_back() {
    let ship = Ship::new();
    let log = ship.job.file("log");
    let npm = ship.job.file("bin/npm");
    let path = format!("{}:{}", npm.parent().unwrap().display(), path());
    for package in ["linux-x64", "launchway"] {
        let manifest = format!("{{\"name\":\"{package}\"}}");
        write(
            &ship.job.work().join(format!("target/package/npm/{package}/package.json")),
            &manifest,
        );
    }
    program(&ship.job.file("bin/jq"), "echo a-package\n");
    let answers = |latest: &str| {
        let text = format!(
            "case \"$*\" in\n*dist-tags.latest) {latest} ;;\nview*) exit 1 ;;\npublish*) echo \"$*\" >>'{}' ;;\nesac\n",
            log.display()
        );
        program(&npm, &text);
    };
    for (latest, tag) in [
        ("echo npm error code E404 >&2; exit 1", "latest"),
        ("echo 1.1.10", "latest"),
        ("echo 1.2.0", "latest"),
        ("echo 1.10.0", "older"),
    ] {
        answers(latest);
        write(&log, "");
        let Some(done) = ship.run("laptops", "publish", &path) else { return };
        done.good();
        let said = std::fs::read_to_string(&log).unwrap();
        let lines: Vec<_> = said.lines().collect();
        // What starts the programs comes last.
        let wanted = ["linux-x64", "launchway"]
            .map(|name| format!("publish ./target/package/npm/{name} --tag {tag}"));
        assert_eq!(lines, wanted, "{latest}");
    }
    // Nobody knows which is the newest: nothing is published.
    answers("echo npm error code ETIMEDOUT >&2; exit 1");
    write(&log, "");
    let done = ship.run("laptops", "publish", &path).unwrap();
    assert!(done.code != 0 && done.said.contains("ETIMEDOUT"), "{}", done.said);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "");
}
