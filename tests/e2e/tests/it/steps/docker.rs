//! `docker.yml` beside the actions it calls: what it hands them, and what it does with their answers.

use std::collections::BTreeSet;

use launchway_e2e::at;
use yaml_serde::Value;

use super::Job;

fn text() -> String {
    std::fs::read_to_string(at(".github/workflows/docker.yml")).unwrap()
}

fn yaml(path: &str) -> Value {
    yaml_serde::from_str(&std::fs::read_to_string(at(path)).unwrap()).unwrap()
}

/// The steps of the job that plans.
fn steps() -> Vec<Value> {
    let file = yaml(".github/workflows/docker.yml");
    let plan = file.get("jobs").and_then(|jobs| jobs.get("plan")?.get("steps"));
    plan.unwrap().as_sequence().unwrap().clone()
}

/// The plan hashes what makes two calls of one run differ, so each input has to reach it.
#[test]
fn the_plan_is_told_every_input_it_knows() {
    let is_plan = |step: &&Value| step.get("id").and_then(Value::as_str) == Some("plan");
    let plan = steps().iter().find(is_plan).unwrap().clone();
    let action = yaml("actions/image-build-plan/action.yml");
    let keys = |value: &Value| -> BTreeSet<String> {
        let fields = value.as_mapping().unwrap();
        fields.iter().map(|(key, _)| key.as_str().unwrap().to_owned()).collect()
    };
    let given = plan.get("with").unwrap();
    let mut known = keys(action.get("inputs").unwrap());
    // The token is there without a word, and a called workflow has no files to read inputs from.
    known.retain(|name| name != "github-token" && !name.ends_with("-file"));
    assert_eq!(keys(given), known);
    for (name, value) in given.as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        let wanted = match name {
            "registry-login" => "${{ secrets.registry-password != '' }}".to_owned(),
            _ => format!("${{{{ inputs.{name} }}}}"),
        };
        assert_eq!(value.as_str(), Some(wanted.as_str()), "{name}");
    }
}

/// What the workflow takes of its inputs is what the plan takes, with the same value where none is given.
#[test]
fn defaults_are_those_of_the_plan() {
    let workflow = yaml(".github/workflows/docker.yml");
    let workflow = &workflow["on"]["workflow_call"]["inputs"];
    let action = yaml("actions/image-build-plan/action.yml");
    for (name, input) in action.get("inputs").unwrap().as_mapping().unwrap() {
        let Some(ours) = workflow.get(name.as_str().unwrap()) else { continue };
        let shown = |input: &Value| match input.get("default") {
            Some(Value::Bool(value)) => value.to_string(),
            Some(value) => value.as_str().unwrap().to_owned(),
            None => String::new(),
        };
        assert_eq!(shown(ours), shown(input), "{name:?}");
    }
}

#[test]
fn artifacts_are_named_by_the_call() {
    let text = text();
    for name in ["launchway-image-${{ needs.plan.", "launchway-report-${{ needs.plan."] {
        let uses: Vec<_> =
            text.lines().filter(|line| line.contains(name) && !line.contains("group:")).collect();
        assert!(!uses.is_empty());
        assert!(uses.iter().all(|line| line.contains("outputs.files }}")), "{name}");
    }
}

#[test]
fn a_health_check_of_nothing_is_refused() {
    let first = steps().remove(0);
    assert_eq!(
        first.get("if").unwrap().as_str(),
        Some("inputs.health-url != '' && inputs.test-compose == ''")
    );
    let Some(done) = Job::new().run(first["run"].as_str().unwrap(), &[]) else { return };
    assert_eq!(done.code, 2, "{}", done.said);
    assert!(
        done.said.contains("::error title=Launchway::health-url needs test-compose"),
        "{}",
        done.said
    );
}

#[test]
fn github_s_token_goes_to_no_other_registry() {
    let text = text();
    let logins: Vec<_> = text.split("docker/login-action@").skip(1).collect();
    assert_eq!(logins.len(), 2);
    for login in logins {
        let password = login.lines().find_map(|line| line.trim().strip_prefix("password: "));
        assert_eq!(
            password,
            Some(
                "${{ secrets.registry-password || (inputs.registry == 'ghcr.io' && github.token || '') }}"
            )
        );
    }
}

/// Decisions are the programs'.
#[test]
fn scripts_decide_nothing() {
    let text = text();
    for word in ["jq ", "sed ", "case ", "openssl", "GITHUB_OUTPUT"] {
        assert!(!text.contains(word), "{word}");
    }
}
