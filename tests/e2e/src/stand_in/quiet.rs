//! Actions that only look whether a tool is there, or whose work makes no difference to what a
//! workflow does: caches are always empty.

use std::process::Command;

use serde_json::json;

use super::{Done, Step, export, output, run, variable};

pub(super) fn cache(step: &mut Step) -> Done {
    let (paths, key) = (step.lines("path"), step.take("key"));
    let restore = step.lines("restore-keys");
    step.done()?;
    if paths.is_empty() || key.is_empty() || key.len() > 512 || key.contains(',') {
        return Err(format!("a cache needs paths and a key of at most 512 characters: {key:?}"));
    }
    step.record("caches", &json!({ "paths": paths, "key": key, "restore": restore }))?;
    if step.name != "actions/cache/save" {
        output("cache-hit", "false")?;
        if step.name == "actions/cache/restore" {
            output("cache-primary-key", &key)?;
        }
    }
    Ok(())
}

pub(super) fn app_token(step: &mut Step) -> Done {
    let id = [step.take("client-id"), step.take("app-id")].concat();
    let key = step.take("private-key");
    let owner = step.take("owner");
    let repositories = step.take("repositories");
    let granted: Vec<_> = step
        .inputs
        .iter()
        .filter(|(name, value)| name.starts_with("permission-") && !value.is_empty())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, _) in &granted {
        step.ignore(&[name]);
    }
    step.done()?;
    if id.is_empty() || key.is_empty() {
        return Err("an App needs its id and its private key".into());
    }
    step.record(
        "app-tokens",
        &json!({ "id": id, "owner": owner, "repositories": repositories, "permissions": granted }),
    )?;
    output("token", &variable("STAND_IN_APP_TOKEN")?)?;
    output("app-slug", "launchway-test")
}

pub(super) fn node(step: &mut Step) -> Done {
    let version = step.take("node-version");
    let file = step.take("node-version-file");
    let registry = step.take("registry-url");
    let scope = step.take("scope");
    step.ignore(&["cache", "cache-dependency-path", "package-manager-cache", "check-latest"]);
    step.done()?;
    wanted("node", &version, &file)?;
    if !registry.is_empty() {
        let path = format!("{}/.npmrc", variable("RUNNER_TEMP")?);
        let address = registry.split_once("://").map_or("", |(_, rest)| rest);
        let key =
            if scope.is_empty() { "registry".to_owned() } else { format!("{scope}:registry") };
        let text = format!("//{address}:_authToken=${{NODE_AUTH_TOKEN}}\n{key}={registry}\n");
        std::fs::write(&path, text).map_err(|error| error.to_string())?;
        export("NPM_CONFIG_USERCONFIG", &path)?;
    }
    output("node-version", run(Command::new("node").arg("--version"))?.trim())
}

pub(super) fn python(step: &mut Step) -> Done {
    let version = step.take("python-version");
    let file = step.take("python-version-file");
    step.ignore(&["cache", "cache-dependency-path", "check-latest", "update-environment"]);
    step.done()?;
    wanted("python3", &version, &file)?;
    let version = run(Command::new("python3").arg("--version"))?;
    output("python-version", version.trim().trim_start_matches("Python "))
}

pub(super) fn go(step: &mut Step) -> Done {
    let version = step.take("go-version");
    let file = step.take("go-version-file");
    step.ignore(&["cache", "cache-dependency-path", "check-latest"]);
    step.done()?;
    wanted("go", &version, &file)?;
    output("go-version", run(Command::new("go").arg("version"))?.trim())
}

/// The program of this machine does, whatever its version, as long as a version is said.
fn wanted(program: &str, version: &str, file: &str) -> Done {
    if version.is_empty() && file.is_empty() {
        return Err(format!("no version of {program} is said"));
    }
    if version.is_empty() && !std::path::Path::new(file).is_file() {
        return Err(format!("there is no file {file}, which would say the version of {program}"));
    }
    run(Command::new(program).arg(if program == "go" { "version" } else { "--version" })).map(drop)
}
