//! Programs that come out the same wherever and whenever they are built.
//!
//! One Rust, by exact version; for Linux one C compiler for every machine (the one of zig, by exact version) and Rust's
//! own linker; no flags or profiles from the environment; no path of this machine in what is built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::sbom::Project;
use super::targets::Target;
use crate::{oracles, shell, tools};

/// No time of building can get in. The earliest that a zip file knows.
const TIME: &str = "315532800";

/// What makes Linux programs smaller and no slower: relocations fit into a bit each, equal functions are one, and a
/// program that ends at a panic needs no tables to unwind by. The standard library brings such tables all the same, so
/// they are left out by the linker.
const SMALL: &[&str] = &[
    "-Clink-arg=-zpack-relative-relocs",
    "-Clink-arg=--icf=all",
    "-Clink-arg=--no-eh-frame-hdr",
    "-Clink-arg=-O2",
];
const NO_TABLES: &str =
    "SECTIONS { /DISCARD/ : { *(.eh_frame) *(.eh_frame.*) } } INSERT AFTER .comment;\n";

/// A folder for what packaging builds.
pub(super) fn folder(name: &str) -> PathBuf {
    shell::target().join("package").join(name)
}

/// Whether the tools are there: rustup with the version of Rust and the parts for `targets`, and zig where it is needed.
/// With `install` they are brought. Otherwise what is missing.
pub(crate) fn ready(targets: &[Target], install: bool) -> Result<Option<String>> {
    let Some(rustup) = shell::on_path("rustup") else {
        return Ok(Some("rustup is missing".into()));
    };
    let rust = rust()?;
    let listed = || {
        let mut command = shell::command(&rustup);
        shell::read(command.args(["target", "list", "--installed", "--toolchain", &rust]))
    };
    let installed = listed().unwrap_or_default();
    let missing = |target: &&Target| !installed.lines().any(|line| line == target.triple);
    let missing: Vec<_> = targets.iter().filter(missing).map(|target| target.triple).collect();
    if !missing.is_empty() {
        if !install {
            return Ok(Some(format!("Rust {rust} for {} is missing", missing.join(" and "))));
        }
        let mut command = shell::command(&rustup);
        command.args(["toolchain", "install", &rust, "--profile", "minimal", "--no-self-update"]);
        shell::run(command.args(missing.iter().flat_map(|target| ["--target", target])))?;
    }
    if targets.iter().any(|target| target.is_linux()) && tools::zig(install)?.is_none() {
        return Ok(Some("zig is missing".into()));
    }
    Ok(None)
}

fn rust() -> Result<String> {
    let version = oracles::read()?.package.remove("rust");
    version.context("tests/oracles.toml names no version of `rust` to package with")
}

/// Builds the programs in one go, so that what they share is compiled once; the folder where they are.
///
/// What they share is built with the features that any program of ours wants of it, also when only some are built:
/// the bytes of a program must not depend on which others are built along.
pub(super) fn programs(
    source: &Path,
    work: &Path,
    target: Target,
    programs: &[String],
) -> Result<PathBuf> {
    if let Some(missing) = ready(&[target], true)? {
        anyhow::bail!("{missing}: packaging needs rustup and Python");
    }
    let mut command = clean(Command::new("rustup"));
    command.args(["run", &rust()?, "cargo", "build", "--release", "--locked", "--quiet"]);
    command.args(["--target", target.triple]).current_dir(source);
    for name in Project::read()?.programs(&[])? {
        command.arg("--package").arg(format!("launchway-{name}"));
    }
    for name in programs {
        command.arg("--bin").arg(format!("launchway-{name}"));
    }
    command.env("CARGO_TARGET_DIR", work).env("CARGO_INCREMENTAL", "0");
    command.env("SOURCE_DATE_EPOCH", TIME);
    let moved = moved(source, work)?;
    let mut flags: Vec<_> = moved
        .iter()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
        .collect();
    if target.is_windows() {
        // No library of a Visual Studio on the user's machine, and no time in the file.
        flags.extend(["-Ctarget-feature=+crt-static".into(), "-Clink-arg=/Brepro".into()]);
    }
    if target.is_linux() {
        zig(&mut command, target, &moved)?;
        flags.extend(SMALL.iter().map(|flag| (*flag).to_owned()));
        let script = folder("zig").join("no-tables.ld");
        std::fs::write(&script, NO_TABLES).context("cannot write a script for the linker")?;
        flags.push(format!("-Clink-arg=-T{}", script.display()));
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    println!("building {} programs for {}", programs.len(), target.triple);
    let began = std::time::Instant::now();
    shell::run(&mut command)?;
    println!("built in {} s", began.elapsed().as_secs());
    Ok(work.join(target.triple).join("release"))
}

/// The same command without what would change the outcome.
fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let starts =
            ["CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_", "RUSTC", "CC_", "CFLAGS", "AR_"];
        let is = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CC", "AR", "RUSTUP_TOOLCHAIN", "CARGO"];
        if starts.iter().any(|start| text.starts_with(start)) || is.contains(&&*text) {
            command.env_remove(&name);
        }
    }
    command
}

/// Folders of this machine, and what stands for each in what is built. A later one wins over an earlier one, so the
/// folders inside others come last.
fn moved(source: &Path, work: &Path) -> Result<Vec<(PathBuf, &'static str)>> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(PathBuf::from(home?).join(".cargo")));
    let cargo = cargo.context("neither CARGO_HOME nor HOME is set")?;
    let mut rustc = clean(Command::new("rustup"));
    let sysroot = shell::read(
        rustc.args(["run", &rust()?, "rustc", "--print", "sysroot"]).current_dir(source),
    )?;
    // Where the sources of the standard library are installed, their paths would get in.
    let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    Ok(vec![
        (source.to_owned(), "/launchway"),
        (cargo, "/cargo"),
        (library, "/rust"),
        (work.to_owned(), "/build"),
    ])
}

/// The C compiler and the linker for a Linux target.
fn zig(command: &mut Command, target: Target, moved: &[(PathBuf, &str)]) -> Result<()> {
    let zig = tools::zig(false)?.context("zig is missing")?;
    let zig = zig.to_str().filter(|path| !path.contains('\'')).context("zig is at an odd path")?;
    let tools = folder("zig");
    std::fs::create_dir_all(&tools)?;
    let arch = target.triple.split('-').next().unwrap_or_default();
    // The compiler's name for the platform is not Rust's, which build scripts add.
    let compile = format!(
        "#!/bin/sh\nfor word; do shift; case $word in --target=*) ;; *) set -- \"$@\" \"$word\" ;; esac; done\n\
         exec '{zig}' cc -target {arch}-linux-musl \"$@\"\n"
    );
    let cc = script(&tools.join(format!("{arch}-cc")), &compile)?;
    let ar = script(&tools.join("ar"), &format!("#!/bin/sh\nexec '{zig}' ar \"$@\"\n"))?;
    let name = target.triple.replace('-', "_");
    let flags: Vec<_> = moved
        .iter()
        .map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display()))
        .collect();
    ensure!(
        !flags.iter().any(|flag| flag.contains(' ')),
        "a folder with a blank in its name: {flags:?}"
    );
    command.env(format!("CC_{name}"), cc).env(format!("AR_{name}"), ar);
    command.env(format!("CFLAGS_{name}"), flags.join(" "));
    command.env(format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), "rust-lld");
    for cache in ["ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"] {
        command.env(cache, tools.join("cache"));
    }
    Ok(())
}

fn script(path: &Path, text: &str) -> Result<PathBuf> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(path.to_owned())
}

/// The files git knows or would take of a checkout, in another folder.
pub(super) fn copy_of_the_source(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    let mut list = shell::command("git");
    list.args(["ls-files", "-z", "-co", "--exclude-standard"]).current_dir(from);
    let listed = shell::read(&mut list)?;
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        // What is deleted and not yet committed is listed as well.
        let from = from.join(file);
        if !from.is_file() {
            continue;
        }
        let to = to.join(file);
        std::fs::create_dir_all(to.parent().unwrap_or(&to))?;
        std::fs::copy(from, to).with_context(|| format!("cannot copy {file}"))?;
    }
    Ok(())
}
