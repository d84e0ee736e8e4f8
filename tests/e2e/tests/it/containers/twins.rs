//! A container action does what the composite action of the same name does.

use launchway_e2e::at;
use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::slack::{BOT_TOKEN, DEPLOYS, FakeSlack};
use launchway_testkit::target::{Act, Target};
use launchway_testkit::tls::{TlsServer, TlsSettings};
use launchway_testkit::{FakeRunner, StepRun, TestRepo};

use super::world::{RUNNER, World, give, world};
use crate::deeds::{actions, each};

/// How GitHub starts a container, and how somebody careful would: the user of the runner, who owns its
/// files, with nothing else.
const TERMS: [&[&str]; 3] = [
    &[],
    &["--read-only"],
    &["--user=1001:1001", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"],
];

/// The composite action.
fn composite(world: &World, runner: &FakeRunner, name: &str, inputs: &[(&str, &str)]) -> StepRun {
    let programs = world.programs.display().to_string();
    runner.clone().env("LAUNCHWAY_PATH", &programs).run_action(at("actions").join(name), inputs)
}

/// The container action.
fn container(
    world: &World,
    runner: &FakeRunner,
    name: &str,
    inputs: &[(&str, &str)],
    terms: &[&str],
) -> StepRun {
    let action = at("actions").join(name).join("container");
    runner.clone().containers(&world.containers(terms)).run_action(action, inputs)
}

/// Outputs and summary, without figures: times differ from run to run.
fn told(run: &StepRun) -> (Vec<(String, String)>, String) {
    let plain = |text: &str| {
        let mut plain = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' | '.' | '\\' if plain.ends_with('#') => {}
                '0'..='9' => plain.push('#'),
                other => plain.push(other),
            }
        }
        plain
    };
    // Paths are those of the container.
    let outputs = run.outputs.iter().filter(|(_, value)| !value.contains("/launchway-"));
    let outputs = outputs.map(|(name, value)| (name.clone(), plain(value))).collect();
    (outputs, plain(&run.summary))
}

#[track_caller]
fn same(composite: &StepRun, container: &StepRun, terms: &[&str]) {
    let log = &container.log;
    assert_eq!(composite.exit_code, container.exit_code, "{terms:?}\n{log}\n{}", composite.log);
    assert_eq!(told(composite), told(container), "{terms:?}\n{log}");
    assert_eq!(composite.annotations.len(), container.annotations.len(), "{terms:?}\n{log}");
    assert_eq!(composite.masks, container.masks, "{terms:?}\n{log}");
}

fn repository() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("a", "1").commit("feat: the first");
    repo.tag("v1.0.0");
    repo.write("a", "2").commit("fix: a thing that 'breaks' $(id)");
    repo
}

#[test]
fn image_tags() {
    let Some(world) = world() else { return };
    let repo = repository();
    give(repo.path(), RUNNER);
    let runner = FakeRunner::new(repo.path()).reference("refs/tags/v1.2.3");
    let inputs = [
        ("images", "ghcr.io/acme/shop\nregistry.example/acme/shop"),
        (
            "tags",
            "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=sha",
        ),
        ("labels", "a='b' \"c\"\nd=$(id)"),
    ];
    // The moment of the run is in the labels.
    let plain = composite(world, &runner, "image-tags", &inputs).success();
    assert!(plain.output("tags").contains("ghcr.io/acme/shop:1.2.3"));
    for terms in TERMS {
        let run = container(world, &runner, "image-tags", &inputs, terms).success();
        same(&plain, &run, terms);
        assert_eq!(plain.output("tags"), run.output("tags"));
        let bake = run.output("bake-file");
        assert!(bake.starts_with("/github/runner_temp/"), "{bake}");
    }
}

#[test]
fn health_check_with_an_authority_of_the_workspace() {
    let Some(world) = world() else { return };
    let repo = repository();
    let target = Target::start(Act::ok("{\"version\":\"1.2.3\"}"));
    let url = target.url("/health");
    let runner = FakeRunner::new(repo.path());
    let healthy = [("url", url.as_str()), ("mode", "once")];
    let wrong = [("url", url.as_str()), ("mode", "once"), ("expected-status", "204")];
    for inputs in [&healthy[..], &wrong[..]] {
        let plain = composite(world, &runner, "health-check", inputs);
        assert_eq!(plain.exit_code, i32::from(inputs.len() == 3), "{}", plain.log);
        for terms in TERMS {
            same(&plain, &container(world, &runner, "health-check", inputs, terms), terms);
        }
    }

    let Some(certificates) = Certificates::new() else { return };
    let server = TlsServer::start(&TlsSettings::new(
        &certificates.make(&Wanted::server(&["DNS:localhost", "IP:127.0.0.1"])),
    ));
    let url = format!("https://{}/", server.address());
    let inputs = [("url", url.as_str()), ("mode", "once")];
    // There is no store of authorities in the image: those built in do not know this one.
    let run = container(world, &runner, "health-check", &inputs, TERMS[2]).exits(1);
    assert!(run.log.contains("certificate"), "{}", run.log);
    let file = repo.path().join("authority.pem");
    std::fs::copy(certificates.authority(), &file).unwrap();
    give(repo.path(), RUNNER);
    let runner = runner.env("SSL_CERT_FILE", &file.display().to_string());
    container(world, &runner, "health-check", &inputs, TERMS[2]).success();
}

#[test]
fn slack_notify() {
    let Some(world) = world() else { return };
    let repo = repository();
    let slack = FakeSlack::start();
    let api = slack.api_url();
    let inputs = [
        ("token", BOT_TOKEN),
        ("api-url", api.as_str()),
        ("channel", DEPLOYS),
        ("text", "it's \"done\"\n$(id) ${{ secrets.TOKEN }}"),
        ("fields", "Version=1.4.2\nBy=octocat"),
    ];
    let runner = FakeRunner::new(repo.path());
    let plain = composite(world, &runner, "slack-notify", &inputs).success();
    for terms in TERMS {
        let run = container(world, &runner, "slack-notify", &inputs, terms).success();
        same(&plain, &run, terms);
        assert!(!run.log.contains(BOT_TOKEN) && !run.summary.contains(BOT_TOKEN), "{}", run.log);
    }
    let messages = slack.messages(DEPLOYS);
    assert_eq!(messages.len(), 1 + TERMS.len());
    assert!(messages.iter().all(|message| message.text == messages[0].text));
}

#[test]
fn changelog_of_a_workspace_that_belongs_to_another_user() {
    let Some(world) = world() else { return };
    for owner in [RUNNER, 54321] {
        let repo = repository();
        give(repo.path(), owner);
        let runner = FakeRunner::new(repo.path());
        let inputs = [("unreleased", "true"), ("strip", "all")];
        let plain = composite(world, &runner, "changelog", &inputs).success();
        assert!(plain.output("content").contains("$(id)"), "{}", plain.log);
        for terms in TERMS {
            let run = container(world, &runner, "changelog", &inputs, terms).success();
            same(&plain, &run, terms);
            assert_eq!(plain.output("content"), run.output("content"));
        }
    }
}

#[test]
fn a_user_who_may_not_write_the_files_of_the_runner_is_told() {
    let Some(world) = world() else { return };
    let repo = repository();
    let runner = FakeRunner::new(repo.path()).reference("refs/tags/v1.2.3");
    let inputs = [("images", "ghcr.io/acme/shop")];
    for terms in [&["--user=65532:65532"][..], &["--cap-drop=ALL"]] {
        let run = container(world, &runner, "image-tags", &inputs, terms).exits(2);
        assert!(run.log.contains("cannot write"), "{}", run.log);
        assert!(run.log.contains("--user 1001"), "{}", run.log);
    }
}

#[test]
fn tags_from_git_need_the_composite_action() {
    let Some(world) = world() else { return };
    let repo = repository();
    give(repo.path(), RUNNER);
    let runner = FakeRunner::new(repo.path()).reference("refs/tags/v1.2.3");
    let inputs = [("images", "ghcr.io/acme/shop"), ("context", "git")];
    let run = container(world, &runner, "image-tags", &inputs, &[]).exits(2);
    assert!(run.log.contains("git"), "{}", run.log);
}

/// As GitHub starts it, and under the hardest terms; more of them is what the tests above are for.
#[test]
fn every_container_action_does_its_work() {
    let Some(world) = world() else { return };
    let twins: Vec<_> = actions().into_iter().filter(|action| action.is_container).collect();
    for action in &twins {
        let _ = action.deed();
    }
    each(&twins, |action| {
        for terms in [TERMS[0], TERMS[2]] {
            action.deed()(&|repo, runner, inputs| {
                // The files of a workspace are the runner's.
                give(repo.path(), RUNNER);
                container(world, runner, &action.name, inputs, terms)
            });
        }
    });
}
