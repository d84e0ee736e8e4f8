//! What the shell in `deploy.yml` does: it reads the secret `deploy-env` and becomes the command.

use std::path::Path;

use launchway_testkit::{Finished, Scrubbed};
use tempfile::TempDir;
use yaml_serde::Value;

/// The steps of its job.
fn steps() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/workflows/deploy.yml");
    let text = std::fs::read_to_string(path).unwrap();
    let workflow: Value = yaml_serde::from_str(&text).unwrap();
    workflow["jobs"]["deploy"]["steps"].as_sequence().unwrap().clone()
}

/// Runs the text of a step as the runner does: a file, and the shell of the step.
fn run(step: &Value, dir: &Path, env: &[(&str, &str)]) -> Finished {
    let file = dir.join("step.sh");
    std::fs::write(&file, step["run"].as_str().unwrap()).unwrap();
    let shell = step["shell"].as_str().unwrap().replace("{0}", file.to_str().unwrap());
    let mut words = shell.split(' ');
    let program = format!("/bin/{}", words.next().unwrap());
    Scrubbed::new(program).args(words).dir(dir).envs(env.iter().copied()).run()
}

/// Prepares, and runs a command.
fn deploy(command: &str, secret: &str) -> Finished {
    let dir = TempDir::new().unwrap();
    let steps = steps();
    let script = dir.path().join("launchway-deploy.sh");
    let script = ("LAUNCHWAY_DEPLOY_RUN", script.to_str().unwrap());
    let prepare = steps.iter().find(|step| step["name"].as_str() == Some("Prepare the commands"));
    run(prepare.unwrap(), dir.path(), &[script, ("LAUNCHWAY_HEALTH_URL", "http://x")]).success();
    let deploy = steps.iter().find(|step| step["id"].as_str() == Some("deploy"));
    let env = [
        script,
        ("LAUNCHWAY_DEPLOY_COMMAND", command),
        ("LAUNCHWAY_DEPLOY_ENV", secret),
        ("DEPLOY_VERSION", "1.2.3"),
    ];
    run(deploy.unwrap(), dir.path(), &env)
}

#[test]
fn a_command_finds_what_it_was_given_and_nothing_else() {
    let secret =
        "# a comment\r\nHOST=shop.example\r\n\nPASSWORD=a=b %25 $(touch pwned) 'q'\nEMPTY=";
    let command = "printf '%s|%s|%s|%s\\n' \"$DEPLOY_VERSION\" \"$HOST\" \"$PASSWORD\" \"${EMPTY-unset}\"\nenv | grep -c LAUNCHWAY || true\nls";
    let run = deploy(command, secret).success();
    assert!(
        run.stdout.contains("1.2.3|shop.example|a=b %25 $(touch pwned) 'q'|\n0\n"),
        "{}",
        run.all()
    );
    assert!(run.stdout.contains("::add-mask::a=b %2525 $(touch pwned) 'q'\n"), "{}", run.all());
    assert!(!run.stdout.contains("\npwned"), "{}", run.all());
    assert_eq!(run.stdout.matches("::add-mask::").count(), 2);
}

#[test]
fn what_is_too_short_for_a_secret_is_not_masked() {
    let run = deploy("echo $A $B $C", "A=3\nB=true\nC=hunter2\n").success();
    assert!(run.stdout.contains("\n3 true hunter2\n"), "{}", run.all());
    assert_eq!(run.stdout.matches("::add-mask::").count(), 1);
    assert!(run.stdout.contains("::add-mask::hunter2\n"), "{}", run.all());
}

#[test]
fn no_name_of_a_user_is_one_of_the_script() {
    let names = ["number", "line", "name", "value", "masked", "command"];
    let secret = names.map(|name| format!("{name}=my-{name}\n")).concat();
    let echo = names.map(|name| format!("echo {name} is ${name}\n")).concat();
    let run = deploy(&echo, &secret).success();
    for name in names {
        assert!(run.stdout.contains(&format!("\n{name} is my-{name}\n")), "{}", run.all());
    }
}

#[test]
fn a_line_that_is_none_is_named_and_not_shown() {
    for secret in
        ["A=1\nswordfish", "A=1\n=swordfish", "A=1\nA B=swordfish", "A=1\n$(id)=swordfish"]
    {
        let run = deploy("echo ran", secret).exits(2);
        assert!(run.stdout.contains("line 2 of the secret deploy-env"), "{}", run.all());
        assert!(!run.all().contains("swordfish") && !run.all().contains("ran"), "{}", run.all());
    }
}

#[test]
fn a_command_that_fails_anywhere_fails() {
    for (command, code) in [
        ("exit 7", 7),
        ("false\necho on", 1),
        ("false | cat", 1),
        ("echo $UNSET_NAME", 1),
        ("echo fine", 0),
    ] {
        let run = deploy(command, "").exits(code);
        assert!(!run.stdout.contains("on\n"), "{command}: {}", run.all());
    }
}

#[test]
fn nobody_checking_is_a_warning() {
    let dir = TempDir::new().unwrap();
    let steps = steps();
    let prepare = steps.iter().find(|step| step["name"].as_str() == Some("Prepare the commands"));
    let script = dir.path().join("s");
    let env = [("LAUNCHWAY_DEPLOY_RUN", script.to_str().unwrap()), ("LAUNCHWAY_HEALTH_URL", "")];
    let run = run(prepare.unwrap(), dir.path(), &env).success();
    assert!(run.stdout.contains("::warning title=deploy::nothing checks"), "{}", run.all());
}

/// What is handed on by name exists: outputs of the actions, and inputs of both.
#[test]
fn steps_are_told_the_same_thing_twice_in_the_same_words() {
    let steps = steps();
    let step = |id: &str| steps.iter().find(|step| step["id"].as_str() == Some(id)).unwrap();
    let (deploy, rollback) = (&step("deploy")["env"], &step("rollback")["env"]);
    let names = |env: &Value| -> Vec<String> {
        let pairs = env.as_mapping().unwrap().iter();
        pairs
            .filter(|(name, _)| name.as_str() != Some("LAUNCHWAY_DEPLOY_COMMAND"))
            .map(|(name, value)| format!("{}={}", name.as_str().unwrap(), value.as_str().unwrap()))
            .collect()
    };
    assert_eq!(names(deploy), names(rollback));
    assert_eq!(step("finish")["if"].as_str(), Some("always()"));
}
