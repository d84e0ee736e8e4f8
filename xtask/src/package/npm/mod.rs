//! Packages for npm: `launchway`, which starts programs, and one with the programs for each platform.
//!
//! No script runs while installing: npm, pnpm and yarn choose the platform's package by its `os` and `cpu`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::archive;
use super::targets::{self, Target};
use crate::shell;

const RUN: &str = include_str!("run.js");
const README: &str = include_str!("README.md");
const REPOSITORY: &str = "https://github.com/launchway/launchway";

/// What to make packages of.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder with archives, as `cargo xtask package` writes and a Release holds them.
    #[arg(long, default_value = "target/package/out")]
    from: PathBuf,
    /// Where the packages go, one folder each, ready for `npm publish`.
    #[arg(long, default_value = "target/package/npm")]
    out: PathBuf,
}

/// Writes the folders.
pub(crate) fn run(args: &Args) -> Result<bool> {
    let (from, out) = (shell::at(&args.from), shell::at(&args.out));
    let version = super::version_of(&from)?;
    let found = archives(&from, &version)?;
    ensure!(!found.is_empty(), "{} holds no archives of {version}", from.display());
    let programs = same_programs(&found)?;
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    for (target, names) in &found {
        let package = out.join(platform(*target));
        for name in names {
            let path = from.join(archive_name(name, &version, *target));
            let packed =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let file = target.program(name);
            let bytes = archive::read(*target, &packed, &file)
                .with_context(|| path.display().to_string())?;
            write(&package.join("bin").join(file), &bytes, true)?;
            // Most licences want their text to go with every copy, in a package too.
            let others = archive::read(*target, &packed, "LICENSES-OTHERS")
                .with_context(|| path.display().to_string())?;
            write(&package.join(format!("licenses/launchway-{name}.txt")), &others, false)?;
        }
        finish(&package, &platform_manifest(&version, *target), &platform_readme(*target))?;
    }
    let targets: Vec<Target> = found.keys().copied().collect();
    let package = out.join("launchway");
    write(&package.join("lib/run.js"), RUN.as_bytes(), false)?;
    for (file, text) in scripts(&programs) {
        write(&package.join(file), text.as_bytes(), true)?;
    }
    finish(&package, &manifest(&version, &programs, &targets), README)?;
    println!("packages of {version} for {} platforms in {}", targets.len(), out.display());
    Ok(true)
}

fn archive_name(program: &str, version: &str, target: Target) -> String {
    format!("launchway-{program}-{version}-{}.{}", target.triple, target.ending())
}

/// The programs there are archives of, per target.
fn archives(from: &Path, version: &str) -> Result<BTreeMap<Target, BTreeSet<String>>> {
    let mut found: BTreeMap<Target, BTreeSet<String>> = BTreeMap::new();
    let read =
        std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in read {
        let file = entry.context("cannot list archives")?.file_name();
        let file = file.to_string_lossy();
        for target in targets::ALL {
            let end = format!("-{version}-{}.{}", target.triple, target.ending());
            let program = file.strip_prefix("launchway-").and_then(|rest| rest.strip_suffix(&end));
            if let Some(program) = program {
                found.entry(*target).or_default().insert(program.to_owned());
            }
        }
    }
    Ok(found)
}

/// The programs every target has; an error where one lacks some.
fn same_programs(found: &BTreeMap<Target, BTreeSet<String>>) -> Result<BTreeSet<String>> {
    let mut all = found.iter();
    let (first, programs) = all.next().context("no target")?;
    for (target, names) in all {
        if names != programs {
            bail!("{} and {} do not have the same programs", first.triple, target.triple);
        }
    }
    Ok(programs.clone())
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
    manifest.insert("files".to_owned(), json!(["bin", "licenses"]));
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
    fn a_platform_that_lacks_a_program_is_named() {
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect();
        let [one, other] = [targets::ALL[0], targets::ALL[4]];
        let mut found = BTreeMap::from([(one, names(&["a", "b"])), (other, names(&["b", "a"]))]);
        assert_eq!(same_programs(&found).unwrap().len(), 2);
        found.insert(other, names(&["a"]));
        assert!(same_programs(&found).unwrap_err().to_string().contains(other.triple));
    }

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
