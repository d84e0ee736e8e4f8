//! What the composite actions do on Windows, as far as it is seen without PowerShell.

use launchway_testkit::{FakeRunner, StepRun};
use serde_json::Value;

use super::{Action, actions, checkout};

/// Names and values of the action file below a key.
fn declared(file: &yaml_serde::Value, key: &str) -> Vec<(String, String)> {
    let mapping = file.get(key).and_then(yaml_serde::Value::as_mapping);
    let names = mapping.into_iter().flatten().filter_map(|(name, _)| name.as_str());
    names.map(|name| (name.to_owned(), format!("{key} {name} 'and' \"$(id)\""))).collect()
}

fn lent(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The program and its verb that a step hands to the launcher, and the launcher.
fn launched<'a>(script: &'a str, action: &Action, variable: &str) -> (&'a str, std::path::PathBuf) {
    let (_, rest) = script.split_once(variable).unwrap();
    let (launcher, words) = rest.split_once('"').unwrap();
    let path = action.folder.join(launcher.replace('\\', "/").trim_start_matches('/'));
    let words = words.trim_start();
    (words.split_once(';').map_or(words, |(words, _)| words).trim_end_matches('\''), path)
}

#[test]
fn each_composite_action_hands_all_to_powershell_and_takes_all_back() {
    for action in actions().iter().filter(|action| !action.is_container) {
        let (name, repo) = (action.folder.display(), checkout());
        let text = std::fs::read_to_string(action.folder.join("action.yml")).unwrap();
        let file: yaml_serde::Value = yaml_serde::from_str(&text).unwrap();
        let (inputs, outputs) = (declared(&file, "inputs"), declared(&file, "outputs"));
        assert!(!inputs.is_empty() && !outputs.is_empty(), "{name}");

        let runner = FakeRunner::new(repo.path()).windows(&lent(&outputs));
        let run: StepRun = runner.run_action(&action.folder, &lent(&inputs)).success();
        assert_eq!(run.raw_log, "", "{name}: something was started");
        let [step] = &run.pretended[..] else { panic!("{name}: {:?}", run.pretended) };
        assert_eq!(step.id, "windows", "{name}");
        assert!(step.shell.starts_with("powershell ") && step.shell.ends_with("\"{0}\""), "{name}");
        // The script itself is the same whatever is given.
        assert!(text.contains(&step.script), "{name}: {}", step.script);
        if let Some(json) = step.env.get("LAUNCHWAY_INPUTS") {
            let given: Value = serde_json::from_str(json).unwrap();
            assert_eq!(given.as_object().unwrap().len(), inputs.len(), "{name}");
            assert!(inputs.iter().all(|(input, value)| given[input] == **value), "{name}: {json}");
        } else {
            assert_eq!(step.env["LAUNCHWAY_PROGRAMS"], inputs[0].1, "{name}");
        }
        let back: Vec<_> = run.outputs.iter().collect();
        let mut sorted: Vec<_> = outputs.iter().map(|(output, value)| (output, value)).collect();
        sorted.sort();
        assert_eq!(back, sorted, "{name}");

        // The same program and verb as elsewhere.
        let unix = text.lines().find(|line| line.contains("launch.sh")).unwrap();
        let (unix, shell) = launched(unix, action, "$GITHUB_ACTION_PATH");
        let (windows, power) = launched(&step.script, action, "$env:GITHUB_ACTION_PATH");
        assert_eq!(unix, windows, "{name}");
        assert!(
            shell.is_file() && power.is_file(),
            "{name}: {} {}",
            shell.display(),
            power.display()
        );
    }
}
