//! Packages for npm: `launchway`, which starts programs, and one with the programs for each platform.
//!
//! No script runs while installing: npm, pnpm and yarn choose the platform's package by its `os` and `cpu`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::targets::{self, Target};
use crate::shell;

const RUN: &str = include_str!("run.js");
const README: &str = include_str!("README.md");
const REPOSITORY: &str = "https://github.com/launchway/launchway";

/// What to make packages of.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder `cargo xtask package` wrote to.
    #[arg(long, default_value = "target/package/out")]
    from: PathBuf,
    /// Where the packages go, one folder each, ready for `npm publish`.
    #[arg(long, default_value = "target/package/npm")]
    out: PathBuf,
}

/// Writes the folders.
pub(crate) fn run(args: &Args) -> Result<bool> {
    let (from, out) = (shell::at(&args.from), shell::at(&args.out));
    let version = std::fs::read_to_string(from.join("VERSION"))
        .with_context(|| format!("cannot read VERSION in {}", from.display()))?;
    let version = version.trim();
    let targets: Vec<Target> =
        targets::ALL.iter().copied().filter(|target| from.join(target.triple).is_dir()).collect();
    ensure!(!targets.is_empty(), "{} holds no programs", from.display());
    let programs = programs(&from, &targets)?;
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    for target in &targets {
        let package = out.join(platform(*target));
        for name in &programs {
            let file = target.program(name);
            let bytes = std::fs::read(from.join(target.triple).join(&file))
                .with_context(|| format!("cannot read {file}"))?;
            write(&package.join("bin").join(file), &bytes, true)?;
        }
        finish(&package, &platform_manifest(version, *target), &platform_readme(*target))?;
    }
    let package = out.join("launchway");
    write(&package.join("lib/run.js"), RUN.as_bytes(), false)?;
    for (file, text) in scripts(&programs) {
        write(&package.join(file), text.as_bytes(), true)?;
    }
    finish(&package, &manifest(version, &programs, &targets), README)?;
    println!("packages of {version} for {} platforms in {}", targets.len(), out.display());
    Ok(true)
}

/// The programs of every target, by name; an error where one lacks some.
fn programs(from: &Path, targets: &[Target]) -> Result<BTreeSet<String>> {
    let mut all: Option<(BTreeSet<String>, Target)> = None;
    for target in targets {
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(from.join(target.triple)).context("cannot list programs")? {
            let file = entry.context("cannot list programs")?.file_name();
            let file = file.to_string_lossy();
            let name = file.trim_end_matches(".exe").strip_prefix("launchway-");
            found.extend(name.map(ToOwned::to_owned));
        }
        match &all {
            Some((first, of)) if *first != found => {
                bail!("{} and {} do not hold the same programs", of.triple, target.triple)
            }
            Some(_) => {}
            None => all = Some((found, *target)),
        }
    }
    let (programs, _) = all.context("no target")?;
    ensure!(!programs.is_empty(), "there are no programs");
    Ok(programs)
}

/// As Node.js names a platform.
fn names(target: Target) -> (&'static str, &'static str) {
    let cpu = if target.triple.starts_with("aarch64") { "arm64" } else { "x64" };
    let os = match target.triple {
        triple if triple.contains("-linux-") => "linux",
        triple if triple.contains("-windows-") => "win32",
        _ => "darwin",
    };
    (os, cpu)
}

fn platform(target: Target) -> String {
    let (os, cpu) = names(target);
    format!("{os}-{cpu}")
}

fn shared(name: &str, version: &str, description: &str) -> Map<String, Value> {
    let value = json!({
        "name": name,
        "version": version,
        "description": description,
        "license": "MIT OR Apache-2.0",
        "homepage": REPOSITORY,
        "repository": { "type": "git", "url": format!("git+{REPOSITORY}.git") },
        "publishConfig": { "access": "public" },
    });
    value.as_object().cloned().unwrap_or_default()
}

fn manifest(version: &str, programs: &BTreeSet<String>, targets: &[Target]) -> Value {
    let mut manifest = shared(
        "launchway",
        version,
        "Release and delivery for GitHub in small static programs: changesets, versions, changelogs, images, health, messages.",
    );
    let mut bins = Map::new();
    bins.insert("launchway".to_owned(), json!("bin/launchway.js"));
    for name in programs {
        bins.insert(format!("launchway-{name}"), json!(format!("bin/launchway-{name}.js")));
    }
    let platforms: Map<String, Value> = targets
        .iter()
        .map(|target| (format!("@launchway/{}", platform(*target)), json!(version)))
        .collect();
    manifest.insert("bin".to_owned(), Value::Object(bins));
    manifest.insert("files".to_owned(), json!(["bin", "lib"]));
    manifest.insert("engines".to_owned(), json!({ "node": ">=18" }));
    manifest.insert("optionalDependencies".to_owned(), Value::Object(platforms));
    Value::Object(manifest)
}

/// Static programs need no C library of a kind, so Linux has no `libc` here.
fn platform_manifest(version: &str, target: Target) -> Value {
    let (os, cpu) = names(target);
    let name = format!("@launchway/{os}-{cpu}");
    let mut manifest =
        shared(&name, version, &format!("The programs of Launchway for {os} on {cpu}."));
    manifest.insert("os".to_owned(), json!([os]));
    manifest.insert("cpu".to_owned(), json!([cpu]));
    manifest.insert("files".to_owned(), json!(["bin"]));
    // A program cannot be started out of yarn's archive.
    manifest.insert("preferUnplugged".to_owned(), json!(true));
    Value::Object(manifest)
}

fn platform_readme(target: Target) -> String {
    let (os, cpu) = names(target);
    format!(
        "# Launchway for {os} on {cpu}\n\nThe programs of [`launchway`]({REPOSITORY}), which depends on this package. Built for `{}`.\n",
        target.triple
    )
}

/// What npm links into a project's `.bin`.
fn scripts(programs: &BTreeSet<String>) -> Vec<(String, String)> {
    let script = |call: &str| {
        format!(
            "#!/usr/bin/env node\n'use strict';\nconst {{ main, run }} = require('../lib/run.js');\n{call};\n"
        )
    };
    let mut scripts = vec![(
        "bin/launchway.js".to_owned(),
        script("main(process.argv.slice(2))").replace("main, run", "main"),
    )];
    for name in programs {
        let call =
            script(&format!("run('{name}', process.argv.slice(2))")).replace("main, run", "run");
        scripts.push((format!("bin/launchway-{name}.js"), call));
    }
    scripts
}

/// The files every package has.
fn finish(package: &Path, manifest: &Value, readme: &str) -> Result<()> {
    let text = serde_json::to_string_pretty(manifest)? + "\n";
    write(&package.join("package.json"), text.as_bytes(), false)?;
    write(&package.join("README.md"), readme.as_bytes(), false)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let text = std::fs::read(shell::at(licence)).with_context(|| licence.to_owned())?;
        write(&package.join(licence), &text, false)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8], runs: bool) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    std::fs::write(path, bytes).with_context(|| path.display().to_string())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(if runs { 0o755 } else { 0o644 });
        std::fs::set_permissions(path, mode).with_context(|| path.display().to_string())?;
    }
    #[cfg(not(unix))]
    let _ = runs;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_is_chosen_by_os_and_cpu_at_the_very_version() {
        let programs = BTreeSet::from(["changeset".to_owned(), "health".to_owned()]);
        let front = manifest("1.2.3", &programs, targets::ALL);
        let chosen = front["optionalDependencies"].as_object().unwrap();
        assert_eq!(chosen.len(), targets::ALL.len());
        let mut seen = BTreeSet::new();
        for target in targets::ALL {
            let one = platform_manifest("1.2.3", *target);
            assert_eq!(chosen[one["name"].as_str().unwrap()], "1.2.3");
            assert!(seen.insert((one["os"][0].to_string(), one["cpu"][0].to_string())), "{one}");
            assert!(one["scripts"].is_null() && front["scripts"].is_null(), "a script would run");
        }
        for (name, file) in front["bin"].as_object().unwrap() {
            let scripts = scripts(&programs);
            let script = scripts.iter().find(|(path, _)| path == file.as_str().unwrap());
            assert!(
                script.is_some_and(|(_, text)| text.starts_with("#!/usr/bin/env node\n")),
                "{name}"
            );
        }
    }
}
