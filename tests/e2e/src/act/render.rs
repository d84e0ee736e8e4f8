//! A copy of the repository for act.
//!
//! What changes on the way, and nothing else:
//!
//! | here | for act | why |
//! | --- | --- | --- |
//! | `uses: $/x` | `uses: launchway/launchway/x@LOCAL` | act does not know `$/`; `LOCAL` is bound to the copy |
//! | `toJSON(inputs)` of an action | each input by its name | act knows the names in lower case only, and some older ones are not |
//! | `if:` of a step in an action of ours | `always() && …` | after a failure or a cancel GitHub asks only how the action's own steps went, act how the job went |
//! | `slack-notify` without `api-url` | `api-url: ${{ env.STAND_IN_SLACK }}` | the Slack on loopback; empty is the real one, as before |
//! | `permissions`, `concurrency`, `environment`, `cache-mode` | left out | act reads none of them, and refuses their newer keys |
//! | `services`, `container` of a job | left out | jobs run on this machine; a test starts what they name |
//! | – | a last job `launchway-report` in the calling workflow | it writes `needs` down for the test |

use std::path::Path;

use serde_json::Value;

use crate::pins::{self, Pin};

/// The labels of runners that are this machine.
pub const LABELS: &[&str] = &["ubuntu-24.04", "ubuntu-24.04-arm", "ubuntu-latest", "ubuntu-slim"];

/// What of the repository an action or a called workflow can read at run time.
const FOLDERS: &[&str] = &["actions", "dist", ".github/workflows"];

/// Keys act reads in no way, or does not know in full.
const LEFT_OUT: &[&str] = &["permissions", "concurrency", "environment", "cache-mode"];

/// Copies the repository's actions and workflows into `to`.
///
/// # Panics
/// When a file cannot be read or is not YAML.
pub fn suite(to: &Path) {
    let mut files = vec!["action.yml".into()];
    for folder in FOLDERS {
        collect(Path::new(folder), &mut files);
    }
    for file in files {
        let from = crate::at(&file);
        let target = to.join(&file);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder can be made");
        if file.extension().is_some_and(|kind| kind == "yml") {
            let text = std::fs::read_to_string(&from).expect("the file can be read");
            std::fs::write(&target, rendered(&text, &file.to_string_lossy()))
                .expect("the copy can be written");
        } else {
            std::fs::copy(&from, &target).expect("the file can be copied");
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(crate::at(folder)) else { return };
    for entry in entries.flatten() {
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// A workflow or action file for act.
///
/// # Panics
/// When the text is not YAML.
pub fn rendered(text: &str, name: &str) -> String {
    let mut file: Value =
        yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{name} is not YAML: {error}"));
    change(&mut file);
    yaml_serde::to_string(&file).expect("it can be written again")
}

/// The calling workflow, with the job that reports.
///
/// # Panics
/// When the text is not YAML, or not a workflow.
pub fn caller(text: &str) -> String {
    let mut file: Value = yaml_serde::from_str(text)
        .unwrap_or_else(|error| panic!("the workflow is not YAML: {error}\n{text}"));
    change(&mut file);
    let jobs = file["jobs"].as_object_mut().expect("a workflow has jobs");
    let names: Vec<String> = jobs.keys().cloned().collect();
    let report = serde_json::json!({
        "needs": names,
        "if": "${{ always() }}",
        "runs-on": "ubuntu-24.04",
        "steps": [{
            "name": "report",
            "run": "printf '%s' \"$NEEDS\" >\"$LAUNCHWAY_REPORT\"",
            "env": { "NEEDS": "${{ toJSON(needs) }}" },
        }],
    });
    jobs.insert("launchway-report".into(), report);
    yaml_serde::to_string(&file).expect("it can be written again")
}

fn change(file: &mut Value) {
    if let Some(file) = file.as_object_mut() {
        for key in LEFT_OUT {
            file.remove(*key);
        }
    }
    for job in file["jobs"].as_object_mut().into_iter().flat_map(|jobs| jobs.values_mut()) {
        if let Some(job) = job.as_object_mut() {
            for key in LEFT_OUT.iter().chain(&["services", "container"]) {
                job.remove(*key);
            }
        }
        uses(job);
        steps(&mut job["steps"]);
    }
    named(file);
    steps(&mut file["runs"]["steps"]);
    // Indexing made what was not there.
    prune(file);
}

/// `toJSON(inputs)` of an action, with the names as they are declared; and its steps run whatever
/// became of the job.
fn named(file: &mut Value) {
    let Some(inputs) = file.get("inputs").and_then(Value::as_object) else { return };
    let pairs: Vec<String> = inputs
        .keys()
        .map(|name| format!("\"{name}\": ${{{{ toJSON(inputs['{name}']) }}}}"))
        .collect();
    let all = format!("{{{}}}", pairs.join(", "));
    for step in file["runs"]["steps"].as_array_mut().into_iter().flatten() {
        // There is one step for each system, and none before it in the action.
        if let Some(condition) = step["if"].as_str().filter(|text| text.contains("runner.os")) {
            step["if"] = format!("${{{{ always() && {condition} }}}}").into();
        }
        for value in step["env"].as_object_mut().into_iter().flat_map(|env| env.values_mut()) {
            if value.as_str().is_some_and(|text| text.trim() == "${{ toJSON(inputs) }}") {
                *value = all.clone().into();
            }
        }
    }
}

fn steps(steps: &mut Value) {
    for step in steps.as_array_mut().into_iter().flatten() {
        uses(step);
    }
}

fn uses(step: &mut Value) {
    if let Some(pin) = step["uses"].as_str().and_then(|uses| pins::of(pins(), uses)) {
        for name in step.get("with").and_then(Value::as_object).into_iter().flat_map(|w| w.keys()) {
            // act drops it without a word.
            assert!(pin.inputs.contains(name), "{} has no input {name}", pin.action);
        }
    }
    if let Some(reference) = step.get("uses").and_then(Value::as_str)
        && let Some(path) = reference.strip_prefix("$/")
    {
        let path = path.trim_end_matches('/');
        let slash = if path.is_empty() { "" } else { "/" };
        let says = path == "actions/slack-notify";
        step["uses"] = format!("launchway/launchway{slash}{path}@LOCAL").into();
        if says && step["with"].get("api-url").is_none() {
            step["with"]["api-url"] = "${{ env.STAND_IN_SLACK }}".into();
        }
    }
}

fn prune(file: &mut Value) {
    if let Some(jobs) = file.get_mut("jobs") {
        for job in jobs.as_object_mut().into_iter().flat_map(|jobs| jobs.values_mut()) {
            if let Some(job) = job.as_object_mut()
                && job.get("steps").is_some_and(Value::is_null)
            {
                job.remove("steps");
            }
        }
    }
    if let Some(file) = file.as_object_mut() {
        if file.get("jobs").is_some_and(Value::is_null) {
            file.remove("jobs");
        }
        let empty = file.get("runs").is_some_and(|runs| runs.get("using").is_none());
        if empty {
            file.remove("runs");
        }
    }
}

fn pins() -> &'static [Pin] {
    static PINS: std::sync::LazyLock<Vec<Pin>> = std::sync::LazyLock::new(pins::read);
    &PINS
}

/// The action of others in `folder/owner/name/<sha>/…`: its inputs and outputs, and one step that
/// starts our [stand-in](crate::stand_in).
///
/// # Panics
/// When the file cannot be written.
pub fn stand_in(folder: &Path, pin: &Pin) {
    let inputs: serde_json::Map<String, Value> =
        pin.inputs.iter().map(|name| (name.clone(), serde_json::json!({}))).collect();
    let output = |name: &String| {
        let value = format!("${{{{ steps.run.outputs.{name} }}}}");
        (name.clone(), serde_json::json!({ "value": value }))
    };
    let outputs: serde_json::Map<String, Value> = pin.outputs.iter().map(output).collect();
    let file = serde_json::json!({
        "name": pin.action,
        "inputs": inputs,
        "outputs": outputs,
        "runs": { "using": "composite", "steps": [{
            "id": "run",
            "shell": "sh",
            "run": format!("\"$LAUNCHWAY_STAND_IN\" {}", pin.action),
            "env": {
                "INPUTS": "${{ toJSON(inputs) }}",
                "STAND_IN_TOKEN": "${{ github.token }}",
                "STAND_IN_EVENT": "${{ github.event_name }}",
                "STAND_IN_STATUS": "${{ job.status }}",
            },
        }] },
    });
    let folder = folder.join(pin.repository()).join(&pin.sha).join(pin.path());
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let text = yaml_serde::to_string(&file).expect("it can be written");
    std::fs::write(folder.join("action.yml"), text).expect("it can be written");
}
