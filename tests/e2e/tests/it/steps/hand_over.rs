//! What goes from the job that builds to the job that publishes in release.yml.

use std::path::Path;

use launchway_e2e::at;

use super::{Done, Job, script, write};

fn stage(job: &Job, globs: &str) -> Option<Done> {
    job.run(&script("release.yml", "build", "stage"), &[("BUILD_FILES", globs)])
}

fn take(job: &Job, globs: &str) -> Option<Done> {
    job.run(&script("release.yml", "release", "take"), &[("BUILD_FILES", globs)])
}

/// The files below a folder, without git's own.
fn below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                if entry.file_name() != ".git" {
                    open.push(entry.path());
                }
            } else {
                let path = entry.path();
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn only_what_the_globs_name_is_handed_over() {
    let job = Job::new();
    for file in ["a/b/x.zip", "my dist/y z.zip", "other.txt", ".hidden.zip", "a/.secret/z.zip"] {
        write(&job.work().join(file), file);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", job.work().join("a/link.zip")).unwrap();
    let Some(done) = stage(&job, "**/*.zip\r\nmy dist/*.zip\n\nnothing/*") else { return };
    assert_eq!(done.good().output("built"), "true");
    assert_eq!(below(&job.file("launchway/files")), ["a/b/x.zip", "my dist/y z.zip"]);
}

#[test]
fn globs_stay_in_the_repository() {
    for globs in ["/etc/*", "../x", "a/../../x", "..", "ok/*\n/etc/host*"] {
        let Some(done) = stage(&Job::new(), globs) else { return };
        assert_eq!(done.code, 2, "{globs:?}: {}", done.said);
    }
}

#[test]
fn a_build_that_was_taken_over_changes_nothing_that_is_released() {
    let job = Job::new();
    job.git(&["init", "-q"]);
    write(&job.work().join("package.json"), "{}");
    job.git(&["add", "."]);
    let handed = |file: &str| job.file("launchway/files").join(file);
    write(&job.file("launchway/commit"), "0123456789abcdef\n");
    write(&job.file("launchway/packed/publish-plan.json"), "{}");
    for file in [
        "dist/a.zip",
        "dist/.npmrc",
        ".npmrc",
        ".git/hooks/pre-commit",
        "rust-toolchain.toml",
        "new/package.json",
    ] {
        write(&handed(file), "from the build");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", handed("dist/link")).unwrap();

    let Some(done) = take(&job, "dist/**") else { return };
    assert_eq!(done.good().output("subjects"), "true");
    assert_eq!(below(&job.work()), ["dist/a.zip", "package.json"]);
    assert!(!job.work().join(".git/hooks/pre-commit").exists());
    assert_eq!(below(&job.file("launchway-taken")), ["dist/a.zip"]);

    // Even where the globs are as wide as can be, nothing in git is replaced.
    write(&handed("package.json"), "from the build");
    let done = take(&job, "**").unwrap();
    assert_eq!(done.code, 2, "{}", done.said);
    assert!(done.said.contains("a file that is in git\nit is package.json"), "{}", done.said);
    assert_eq!(std::fs::read_to_string(job.work().join("package.json")).unwrap(), "{}");

    // Nor does a name speak to the runner.
    let name = "::add-mask::1";
    write(&job.work().join(name), "");
    job.git(&["add", "."]);
    write(&handed(name), "");
    let done = take(&job, "::*").unwrap();
    assert_eq!(done.code, 2, "{}", done.said);
    let spoken = done.said.lines().filter(|line| line.trim_start().starts_with("::")).count();
    assert_eq!(spoken, 1, "{}", done.said);
}

#[test]
fn what_was_built_of_another_commit_is_refused() {
    let job = Job::new();
    job.git(&["init", "-q"]);
    write(&job.file("launchway/commit"), "fedcba\n");
    let Some(done) = take(&job, "") else { return };
    assert_eq!(done.code, 2);
    assert!(done.said.contains("of another commit"), "{}", done.said);
}

#[test]
fn a_plan_alone_is_nothing_to_attest() {
    let job = Job::new();
    job.git(&["init", "-q"]);
    write(&job.file("launchway/commit"), "0123456789abcdef\n");
    write(&job.file("launchway/packed/publish-plan.json"), "{}");
    let Some(done) = take(&job, "") else { return };
    assert_eq!(done.good().output("subjects"), "");
}

#[test]
fn for_a_version_pull_request_nothing_is_built() {
    let job = Job::new();
    let script = script("release.yml", "build", "todo");
    let todo = |pending: &str| {
        let rest = [("DIRECTORY", "."), ("MODE", "publish"), ("BUILD", ""), ("PACK", "true")];
        job.run(&script, &[&rest[..], &[("PENDING", pending)]].concat())
    };
    let Some(done) = todo("true") else { return };
    assert_eq!(done.good().outputs, "pending=true\n");
    let done = todo("false").unwrap().good();
    assert_eq!((done.output("work"), done.output("pack")), ("true", "true"));
    assert_eq!(done.output("pending"), "");
    // Linux takes no variable of more than 128 KiB, and a plan may be longer.
    let file = std::fs::read_to_string(at(".github/workflows/release.yml")).unwrap();
    assert!(!file.contains("{{ steps.look.outputs.plan }}"));
}

#[test]
fn the_npm_token_stays_in_its_variable() {
    let job = Job::new();
    let script = script("release.yml", "release", "npm");
    let variables =
        [("DIRECTORY", "."), ("REGISTRY", "https://npm.example.com/private"), ("TOKEN", "true")];
    let Some(done) = job.run(&script, &variables) else { return };
    let done = done.good();
    let text = std::fs::read_to_string(done.output("settings")).unwrap();
    assert!(text.contains("\nregistry=https://npm.example.com/private/\n"), "{text}");
    assert!(
        text.contains("\n//npm.example.com/private/:_authToken=${NODE_AUTH_TOKEN}\n"),
        "{text}"
    );
}
