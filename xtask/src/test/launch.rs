//! `dist/launch.sh`: shellcheck, and what it does with hostile and odd surroundings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result};

use super::{Context, Outcome};
use crate::shell;

/// A program that says what reached it.
const FAKE: &str = r#"#!/bin/sh
printf 'program %s\n' "${0##*/}"
for word in "$@"; do printf 'word [%s]\n' "$word"; done
printf 'BASH_ENV=%s ENV=%s CDPATH=%s SHELLOPTS=%s umask=%s\n' "${BASH_ENV-none}" "${ENV-none}" "${CDPATH-none}" "$(env | grep -c '^SHELLOPTS=')" "$(umask)"
exit 7
"#;

/// A cargo that says what it was asked and what it could see, and makes the program.
const CARGO: &str = r#"#!/bin/sh
printf 'cargo %s\n' "$*" >&2
printf 'in %s, inputs %s\n' "$PWD" "${LAUNCHWAY_INPUTS-none}" >&2
while [ "$1" != --target-dir ]; do shift; done
mkdir -p "$2/release" && cp "$FAKE_PROGRAM" "$2/release/launchway-release"
"#;

pub(super) fn check(context: &Context) -> Result<Outcome> {
    if cfg!(windows) {
        return Ok(Outcome::skip("dist/launch.sh is for POSIX shells"));
    }
    let mut outcome = behaviour()?;
    match context.tool("shellcheck") {
        Ok(shellcheck) => {
            let good = shell::ok(shell::command(shellcheck).arg("dist/launch.sh"))?;
            outcome.passed += usize::from(good);
            outcome.failed += usize::from(!good);
        }
        Err(missing) => {
            outcome.failed += missing.failed;
            outcome.skipped.extend(missing.skipped);
        }
    }
    Ok(outcome)
}

fn executable(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    shell::run(shell::command("chmod").arg("755").arg(path))
}

struct Case {
    name: &'static str,
    good: bool,
    said: String,
}

fn case(name: &'static str, output: &Output, good: impl FnOnce(&str) -> bool) -> Case {
    let said = format!(
        "{}{}exit {:?}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        output.status.code()
    );
    Case { name, good: good(&said), said }
}

/// A folder with programs that are not ours, a working directory and a tool cache, all with blanks.
struct Room {
    dir: tempfile::TempDir,
    programs: PathBuf,
    workspace: PathBuf,
    poison: PathBuf,
}

impl Room {
    fn new() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("launch way ").tempdir()?;
        let programs = dir.path().join("built here");
        let workspace = dir.path().join("work space");
        let poison = dir.path().join("poison.sh");
        for folder in [&programs, &workspace, &dir.path().join("bin"), &dir.path().join("bare")] {
            std::fs::create_dir(folder)?;
        }
        executable(&programs.join("launchway-release"), FAKE)?;
        executable(&programs.join("launchway-changelog"), FAKE)?;
        executable(&dir.path().join("bin/cargo"), CARGO)?;
        std::fs::write(&poison, "echo POISONED\n")?;
        // Everything the script needs, and no cargo.
        for tool in ["sh", "dirname", "find", "cksum", "sort", "mkdir", "env", "grep", "cp"] {
            if let Some(file) = shell::on_path(tool) {
                let link = dir.path().join("bare").join(tool);
                shell::run(shell::command("ln").arg("-s").arg(file).arg(link))?;
            }
        }
        Ok(Self { dir, programs, workspace, poison })
    }

    fn program(&self) -> PathBuf {
        self.programs.join("launchway-release")
    }

    /// The script as an action starts it, in an empty environment.
    fn start(&self, shell: &str) -> Command {
        let mut command = Command::new(shell);
        command.arg(shell::at("dist/launch.sh")).arg("release");
        command.current_dir(&self.workspace).env_clear().env("HOME", self.dir.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// As an action starts it, to build.
    fn build(&self, with_cargo: bool) -> Command {
        let mut path = self.dir.path().join("bare").into_os_string();
        if with_cargo {
            path.push(":");
            path.push(self.dir.path().join("bin"));
        }
        let mut command = self.start("sh");
        command.env("PATH", path).env("RUNNER_TOOL_CACHE", self.dir.path().join("tool cache"));
        command.env("FAKE_PROGRAM", self.program());
        command.env("LAUNCHWAY_INPUTS", "{\"github-token\":\"s3cret\"}");
        command
    }
}

fn behaviour() -> Result<Outcome> {
    let room = Room::new()?;
    let mut cases = finding(&room)?;
    cases.push(action(&room, "", "program launchway-release\nword [run]\n")?);
    cases.push(action(&room, "actions/changelog", "program launchway-changelog\nBASH_ENV")?);
    cases.extend(building(&room)?);
    let left = std::fs::read_dir(&room.workspace)?.count();
    cases.push(Case {
        name: "the working directory is untouched",
        good: left == 0,
        said: format!("{left} files"),
    });
    let mut outcome = Outcome::default();
    for Case { name, good, said } in cases {
        println!("  {} {name}", if good { "ok    " } else { "FAILED" });
        if good {
            outcome.passed += 1;
        } else {
            outcome.failed += 1;
            println!("{said}");
        }
    }
    Ok(outcome)
}

fn finding(room: &Room) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for shell in ["sh", "bash"] {
        let mut inner = room.start(shell);
        inner.env("LAUNCHWAY_PATH", &room.programs).args(["run", "two words", "$(echo no)"]);
        inner.env("ENV", &room.poison).env("CDPATH", "/").env("SHELLOPTS", "braceexpand");
        if shell == "sh" {
            // bash reads it before its first line, which is why the action starts bash with -p;
            // what counts here is that nothing below the script sees it any more.
            inner.env("BASH_ENV", &room.poison);
        }
        // A known mask, so that what the program gets can be compared.
        let mut command = Command::new("sh");
        command.args(["-c", "umask 022; exec \"$@\"", "sh"]).arg(inner.get_program());
        command.args(inner.get_args()).env_clear().current_dir(&room.workspace);
        command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let name = "a poisoned environment does not reach the program";
        cases.push(case(name, &command.output()?, |said| {
            said.contains("word [two words]\nword [$(echo no)]\n")
                && said.contains("BASH_ENV=none ENV=none CDPATH=none SHELLOPTS=0 umask=0022")
                && !said.contains("POISONED")
                && said.contains("exit Some(7)")
        }));
    }
    let output = room.start("sh").env("LAUNCHWAY_PATH", room.program()).output()?;
    cases.push(case("LAUNCHWAY_PATH may name the program itself", &output, |said| {
        said.contains("program launchway-release") && said.contains("exit Some(7)")
    }));
    let output = room.start("sh").env("LAUNCHWAY_PATH", &room.workspace).output()?;
    cases.push(case("a folder without the program is named", &output, |said| {
        said.contains("holds no program launchway-release")
            && said.contains("hint: ")
            && said.contains("exit Some(2)")
    }));
    let mut command = Command::new("sh");
    let output = command.arg(shell::at("dist/launch.sh")).arg("../x").env_clear().output()?;
    cases.push(case("a program's name is a plain word", &output, |said| {
        said.contains("without the name of a program") && said.contains("exit Some(2)")
    }));
    Ok(cases)
}

/// The step of the action in a folder as the runner starts it, and what the program says first.
fn action(room: &Room, folder: &str, starts: &str) -> Result<Case> {
    let folder = shell::at(folder);
    let yml = std::fs::read_to_string(folder.join("action.yml"))
        .with_context(|| format!("cannot read the action.yml of {}", folder.display()))?;
    let value = |key: &str| {
        let line = yml.lines().find_map(|line| line.trim_start().strip_prefix(key));
        line.map(str::trim).with_context(|| format!("action.yml has no `{key}`"))
    };
    let script = room.dir.path().join("step.sh");
    std::fs::write(&script, value("run:")?.trim_matches('\''))?;
    let mut words = value("shell:")?.split(' ');
    let mut command = Command::new(words.next().unwrap_or("bash"));
    // What the runner makes of `sh`.
    anyhow::ensure!(words.next().is_none(), "the step's shell is a plain `sh`");
    command.arg("-e").arg(&script).env("BASHOPTS", "").env("ENV", "").env("SHELLOPTS", "");
    command.current_dir(&room.workspace).env_clear().env("HOME", room.dir.path());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GITHUB_ACTION_PATH", &folder).env("LAUNCHWAY_PATH", &room.programs);
    command.env("BASH_ENV", "").env("BASH_FUNC_dirname%%", "() { echo POISONED; }");
    let name = "the action's step reads no BASH_ENV and no function of an earlier step";
    Ok(case(name, &command.output()?, |said| {
        said.contains(starts)
            && said.contains("BASH_ENV=none")
            && !said.contains("POISONED")
            && said.contains("exit Some(7)")
    }))
}

fn building(room: &Room) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let output = room.build(false).env("GITHUB_ACTIONS", "true").output()?;
    cases.push(case("without cargo the annotation says what to do", &output, |said| {
        said.contains("::error title=Launchway::")
            && said.contains("there is no cargo on this runner; install Rust")
            && said.contains("exit Some(2)")
    }));
    let source = std::fs::canonicalize(shell::root())?;
    let name = "it is built in the source's folder, locked and without the inputs";
    cases.push(case(name, &room.build(true).output()?, |said| {
        said.contains("--locked --release --package launchway-release --target-dir")
            && said.contains(&format!("in {}, inputs none", source.display()))
            && !said.contains("s3cret")
            && said.contains("exit Some(7)")
    }));
    cases.push(case("the same source is built once", &room.build(true).output()?, |said| {
        !said.contains("cargo build") && said.contains("program launchway-release")
    }));
    Ok(cases)
}
