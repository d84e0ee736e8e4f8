//! Running other programs, always from the repository's root.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A path below the root.
pub(crate) fn at(path: impl AsRef<Path>) -> PathBuf {
    root().join(path)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| at("target"), at)
}

/// A binary cargo built; `profile` is `debug` or `release`.
pub(crate) fn built(profile: &str, program: &str) -> PathBuf {
    target().join(profile).join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds the programs as debug binaries; where they are says [`built`].
///
/// Together with this package, so that the dependencies are those cargo compiled to get here: alone
/// they would be built with fewer features, and so once more.
pub(crate) fn build_programs() -> Result<()> {
    let packages = std::iter::once("xtask".to_owned()).chain(programs()?);
    run(cargo().arg("build").args(packages.flat_map(|name| ["--package".to_owned(), name])))
}

/// The programs of this tree, by name, sorted: every crate with a `main` of its own.
pub(crate) fn programs() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(at("crates")).context("cannot list crates")? {
        let entry = entry.context("cannot list crates")?;
        if entry.path().join("src/main.rs").is_file() {
            names.push(format!("launchway-{}", entry.file_name().to_string_lossy()));
        }
    }
    names.sort();
    Ok(names)
}

/// A program, started in the root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// A command as one line, to be read.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line =
        program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

/// Runs it with its output on ours; whether it ended well.
pub(crate) fn ok(command: &mut Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    Ok(status.success())
}

/// Runs it with its output on ours; an error when it did not end well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    if !ok(command)? {
        bail!("`{}` failed", shown(command));
    }
    Ok(())
}

/// Its standard output; an error with its standard error when it did not end well.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` failed\n{}", shown(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Hands each line of its standard output to `each` as it comes; whether it ended well.
pub(crate) fn lines(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).split(b'\n') {
            let line = line.context("cannot read what it prints")?;
            each(String::from_utf8_lossy(&line).trim_end_matches('\r'));
        }
    }
    Ok(child.wait().context("cannot wait for it")?.success())
}

/// A program on `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|dir| dir.join(&name)).find(|file| file.is_file())
}
