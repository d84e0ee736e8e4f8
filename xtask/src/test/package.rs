//! What ships, built as it ships: both Linux targets, weighed, in part built twice, and run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Context, Outcome, cargo};
use crate::package::{self, Pack, targets};
use crate::shell;

/// Where the files are; the tests learn of it by `LAUNCHWAY_PACKAGES`.
const OUT: &str = "target/package/out";

/// The programs that are built a second time: one with C code and one with another allocator. All of them would take as
/// long as the first build; on a release they are compared with what another machine built.
const TWICE: &[&str] = &["changelog", "health"];

pub(super) fn check(context: &Context) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::skip("programs for Linux are packaged on Linux"));
    }
    // Any Rust will do for everything else, so a machine may have one without rustup. Nothing here can bring it.
    if shell::on_path("rustup").is_none() {
        let why = "rustup is missing, which brings the one Rust that programs are packaged with; \
                   install it from https://rustup.rs, without a default toolchain where there is a Rust already";
        if context.tools.strict {
            anyhow::bail!(why);
        }
        return Ok(Outcome::skip(why));
    }
    let linux: Vec<_> = targets::ALL.iter().filter(|target| target.is_linux()).copied().collect();
    if let Some(missing) = package::ready(&linux, context.tools.strict)? {
        return Ok(context.missing(&missing));
    }
    std::fs::remove_dir_all(shell::at(OUT)).ok();
    let mut good = 0;
    let mut bad = 0;
    let mut count = |all_well: bool| if all_well { good += 1 } else { bad += 1 };
    count(package::pack(&Pack {
        targets: linux.iter().map(|target| target.triple.to_owned()).collect(),
        programs: Vec::new(),
        out: PathBuf::from(OUT),
        check_reproducible: false,
        source: None,
        prebuilt: None,
    })?);
    let (first, names) = (linux.first().context("no target for Linux")?, TWICE.iter());
    let names: Vec<_> = names.map(|name| (*name).to_owned()).collect();
    count(package::twice(*first, &names, None)?);
    // The very build of the stage `tests`: another choice of packages would compile their dependencies once more.
    let built = shell::read(shell::cargo().args([
        "test",
        "--workspace",
        "--no-run",
        "--message-format",
        "json",
    ]))?;
    let test = built.lines().find_map(executable).context("cargo built no end-to-end tests")?;
    let mut variables: Vec<(&str, OsString)> =
        context.variables.iter().map(|(name, path)| (*name, path.into())).collect();
    variables.push(("LAUNCHWAY_PACKAGES", shell::at(OUT).into()));
    let mut outcome = Outcome::default();
    let parts = [(&["packages::", "packaged"][..], false), (&["containers::"][..], true)];
    for (filters, as_root) in parts {
        let mut command = program(&test, &variables, as_root && context.tools.strict)?;
        let found = cargo::counted(command.args(filters).arg("--show-output"))?;
        if found.passed + found.failed + found.skipped.len() == 0 {
            bail!("no test is called {}", filters.join(" or "));
        }
        outcome.passed += found.passed;
        outcome.failed += found.failed;
        outcome.skipped.extend(found.skipped);
    }
    outcome.passed += good;
    outcome.failed += bad;
    outcome.note = format!("two targets, {} built twice", TWICE.join(" and "));
    Ok(outcome)
}

/// The tests with these variables; by sudo where they are to run as root and this is somebody else.
fn program(test: &Path, variables: &[(&str, OsString)], as_root: bool) -> Result<Command> {
    if !as_root || shell::read(shell::command("id").arg("-u"))?.trim() == "0" {
        let mut command = shell::command(test);
        command.envs(variables.iter().cloned());
        return Ok(command);
    }
    // sudo hands on no variables by itself.
    let mut command = shell::command("sudo");
    command.args(["--non-interactive", "env"]);
    let own = ["PATH", "HOME"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    for (name, value) in own.chain(variables.iter().cloned()) {
        let mut word = OsString::from(name);
        word.push("=");
        word.push(value);
        command.arg(word);
    }
    command.arg(test);
    Ok(command)
}

/// The end-to-end tests, if cargo's message is about them.
fn executable(line: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let is_ours = message.get("manifest_path")?.as_str()?.ends_with("e2e/Cargo.toml")
        && message.get("target")?.get("name")?.as_str()? == "it";
    message.get("executable")?.as_str().filter(|_| is_ours).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_to_end_tests_are_found_among_cargos_messages() {
        let line = |manifest: &str, name: &str| {
            format!(
                r#"{{"manifest_path":"/x/{manifest}/Cargo.toml","target":{{"name":"{name}"}},"executable":"/x/it-1"}}"#
            )
        };
        assert_eq!(executable(&line("tests/e2e", "it")), Some(PathBuf::from("/x/it-1")));
        assert_eq!(executable(&line("crates/http", "it")), None);
        assert_eq!(executable(&line("tests/e2e", "launchway_e2e")), None);
        assert_eq!(executable("{}"), None);
    }
}
