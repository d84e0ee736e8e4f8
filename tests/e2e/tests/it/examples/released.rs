//! A package that is only tagged, and its image: the release hands it over, and the plan builds it.

use launchway_e2e::{at, built, needed};
use launchway_testkit::github::FULL;
use launchway_testkit::runner::{How, StepRun};
use launchway_testkit::{FakeGitHub, FakeRunner, TestRepo, TokenKind};
use serde_json::Value;

use super::copied;

const TOKEN: &str = "ghs_token_of_an_example";

/// The example tagged by the real program, as `release.yml` does it with `mode: tag`; `None` after a
/// line that says what is missing.
fn released(folder: &str) -> Option<(TestRepo, FakeGitHub, StepRun)> {
    let release = needed("launchway-release", built("launchway-release"))?;
    let repo = copied(folder);
    let bare = repo.bare_remote();
    repo.push();
    let github = FakeGitHub::start();
    github.add_repository_at("acme", "shop", &bare);
    github.add_token(TOKEN, TokenKind::Actions, FULL);
    let inputs = [("github-token", TOKEN), ("release-mode", "tag")];
    let run = FakeRunner::new(repo.path()).api_url(github.url()).run_program(
        &release,
        &["run"],
        How::Json,
        &inputs,
    );
    Some((repo, github, run.success()))
}

/// What `docker.yml` would build.
fn plan(repo: &TestRepo, inputs: &[(&str, &str)]) -> Option<StepRun> {
    let image = needed("launchway-image", built("launchway-image"))?;
    Some(FakeRunner::new(repo.path()).run_program(&image, &["build-plan"], How::Json, inputs))
}

#[test]
fn the_image_of_the_python_service_is_built_after_its_release() {
    let path = at("examples/python-service/.github/workflows/release.yml");
    let workflow: Value = yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(workflow["jobs"]["release"]["with"]["mode"], "tag");
    let job = &workflow["jobs"]["image"];
    let list = "needs.release.outputs.released-packages";
    assert_eq!(job["if"], format!("{list} != '' && {list} != '[]'"));
    assert_eq!(job["with"]["published-packages"], format!("${{{{ {list} }}}}"));
    let package = job["with"]["package"].as_str().unwrap();

    let Some((repo, _github, run)) = released("python-service") else { return };
    assert_eq!(run.output("published-packages"), "[]", "nothing is uploaded");
    let packages = run.output("released-packages");
    let Some(plan) = plan(&repo, &[("package", package), ("published-packages", packages)]) else {
        return;
    };
    let plan = plan.success();
    assert_eq!((plan.output("build"), plan.output("push")), ("true", "true"), "{}", plan.log);
    assert_eq!(plan.output("version"), "0.4.0");
}

#[test]
fn of_several_packages_each_image_gets_its_own_version() {
    let Some((repo, _github, run)) = released("polyglot-monorepo") else { return };
    let packages = run.output("released-packages");
    let tags = run.output_json("tags");
    assert!(tags.as_array().unwrap().len() > 2, "{tags}");
    let of: Vec<Value> = serde_json::from_str(packages).unwrap();
    let of: Vec<&Value> = of.iter().map(|one| &one["tag"]).collect();
    assert_eq!(of, tags.as_array().unwrap().iter().collect::<Vec<_>>(), "each tag's package");
    for (package, version) in [("@acme/orders", "0.5.0"), ("@acme/gate", "0.2.0")] {
        let inputs = [("package", package), ("published-packages", packages)];
        let Some(plan) = plan(&repo, &inputs) else { return };
        let plan = plan.success();
        assert_eq!((plan.output("build"), plan.output("version")), ("true", version));
    }
    let Some(plan) = plan(&repo, &[("package", "other"), ("published-packages", packages)]) else {
        return;
    };
    assert_eq!(plan.success().output("build"), "false");
}
