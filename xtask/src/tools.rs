//! The tools the tests use: where they are, and how they get there.
//!
//! Tests learn of them by variables, each set only when the tool is there:
//!
//! | variable | what it names |
//! | --- | --- |
//! | `LAUNCHWAY_NODE` | the Node.js 24 program |
//! | `LAUNCHWAY_NODE_MODULES` | the folder with every npm package of `tests/oracles.toml` |
//! | `LAUNCHWAY_CHANGESETS_CLI` | `bin.js` of `@changesets/cli`, to be run by that Node.js |
//! | `LAUNCHWAY_VERDACCIO` | verdaccio's script, likewise |
//! | `LAUNCHWAY_PNPM`, `LAUNCHWAY_YARN`, `LAUNCHWAY_PRETTIER` | their scripts, likewise |
//! | `LAUNCHWAY_NPM` | the npm program; `node` lies next to it or on `PATH` |
//! | `LAUNCHWAY_GIT_CLIFF` | the git-cliff program; only the one from `target/tools` |
//! | `LAUNCHWAY_UV` | the uv program; only the one from `target/tools` |
//! | `LAUNCHWAY_ACT` | nektos/act; only the one from `target/tools` |
//! | `LAUNCHWAY_PYTHON` | the Python with every package of `tests/oracles.toml` |
//! | `LAUNCHWAY_REQUIRE_TOOLS` | `1` where a missing tool is an error (CI, `--install`) |
//!
//! A test whose tool is missing prints one line `skipped: <what is missing>` and returns; unless
//! `LAUNCHWAY_REQUIRE_TOOLS` is set: then it fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::oracles::{self, Oracles};
use crate::shell;

const SCRIPTS: &[(&str, &str)] = &[
    ("LAUNCHWAY_CHANGESETS_CLI", "@changesets/cli/bin.js"),
    ("LAUNCHWAY_VERDACCIO", "verdaccio/bin/verdaccio"),
    ("LAUNCHWAY_PNPM", "pnpm/bin/pnpm.cjs"),
    ("LAUNCHWAY_YARN", "@yarnpkg/cli-dist/bin/yarn.js"),
    ("LAUNCHWAY_PRETTIER", "prettier/bin/prettier.cjs"),
];

/// What is there.
pub(crate) struct Tools {
    /// Whether a missing tool is an error.
    pub(crate) strict: bool,
}

impl Tools {
    /// Looks, and with `install` brings what is missing.
    pub(crate) fn ready(install: bool) -> Result<Self> {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1");
        let strict = install || ci;
        if strict {
            let oracles = oracles::read()?;
            debian(&oracles)?;
            npm(&oracles)?;
            pip(&oracles)?;
            cargo(&oracles)?;
            go(&oracles)?;
        }
        Ok(Self { strict })
    }

    /// The folder with the npm packages.
    pub(crate) fn node_modules() -> PathBuf {
        folder("node").join("node_modules")
    }

    /// A tool by name: from `target/tools`, else from `PATH`.
    pub(crate) fn find(name: &str) -> Option<PathBuf> {
        let file = |name: &str| format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let ours = match name {
            "node" => Self::node_modules().join("node/bin").join(file("node")),
            "git-cliff" | "go" | "uv" | "zizmor" => scripts(&folder("python")).join(file(name)),
            other => folder("bin").join(file(other)),
        };
        if ours.is_file() {
            return Some(ours);
        }
        // Another version is not the one we compare with.
        if matches!(name, "act" | "actionlint" | "git-cliff" | "go" | "node" | "uv") {
            None
        } else {
            shell::on_path(name)
        }
    }

    /// `PATH` with the tests' Node.js first, where there is one.
    pub(crate) fn path() -> Result<std::ffi::OsString> {
        let node = Self::find("node").and_then(|node| Some(node.parent()?.to_owned()));
        let old = std::env::var_os("PATH").unwrap_or_default();
        let dirs = node.into_iter().chain(std::env::split_paths(&old));
        std::env::join_paths(dirs).context("a folder of tools cannot stand in PATH")
    }

    /// The variables of the table above.
    pub(crate) fn variables(&self) -> BTreeMap<&'static str, PathBuf> {
        let mut found = BTreeMap::new();
        if let Some(node) = Self::find("node") {
            let modules = Self::node_modules();
            for (variable, script) in SCRIPTS {
                let script = modules.join(script);
                if script.is_file() {
                    found.insert(*variable, script);
                }
            }
            found.insert("LAUNCHWAY_NODE", node);
            found.insert("LAUNCHWAY_NODE_MODULES", modules);
        }
        let npm =
            Self::node_modules().join(".bin").join(if cfg!(windows) { "npm.cmd" } else { "npm" });
        if let Some(npm) = Some(npm).filter(|npm| npm.is_file()).or_else(|| shell::on_path("npm")) {
            found.insert("LAUNCHWAY_NPM", npm);
        }
        if let Some(uv) = Self::find("uv") {
            found.insert("LAUNCHWAY_UV", uv);
        }
        if let Some(cliff) = Self::find("git-cliff") {
            found.insert("LAUNCHWAY_GIT_CLIFF", cliff);
        }
        if let Some(act) = Self::find("act") {
            found.insert("LAUNCHWAY_ACT", act);
        }
        let python = format!("python{}", std::env::consts::EXE_SUFFIX);
        let python = scripts(&folder("python")).join(python);
        if python.is_file() {
            found.insert("LAUNCHWAY_PYTHON", python);
        }
        if self.strict {
            found.insert("LAUNCHWAY_REQUIRE_TOOLS", "1".into());
        }
        found
    }
}

/// The C compiler that programs for Linux are packaged with; with `install` it is brought first.
pub(crate) fn zig(install: bool) -> Result<Option<PathBuf>> {
    let dir = folder("zig");
    let find = || {
        let libraries = [dir.join("lib"), dir.join("Lib")];
        let versions =
            libraries.iter().flat_map(|lib| std::fs::read_dir(lib).into_iter().flatten());
        let python = versions.flatten().map(|entry| entry.path().join("site-packages"));
        let file = format!("ziglang/zig{}", std::env::consts::EXE_SUFFIX);
        python.map(|packages| packages.join(&file)).find(|zig| zig.is_file())
    };
    if install {
        let mut wanted = oracles::read()?.package;
        wanted.retain(|name, _| name == "ziglang");
        once("zig", &wanted, || packages(&dir, &wanted))?;
    }
    Ok(find())
}

fn folder(name: &str) -> PathBuf {
    shell::at("target/tools").join(name)
}

fn scripts(venv: &Path) -> PathBuf {
    venv.join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// Does `install` unless it was done for the same versions before.
fn once(
    name: &str,
    versions: &BTreeMap<String, String>,
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let stamp = folder(&format!("{name}.json"));
    let wanted = serde_json::to_string(versions)?;
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    println!("installing {name} tools of tests/oracles.toml into target/tools");
    std::fs::create_dir_all(folder("")).context("cannot make target/tools")?;
    install().with_context(|| format!("cannot install the {name} tools"))?;
    std::fs::write(&stamp, wanted).context("cannot write the stamp of an installation")
}

fn debian(oracles: &Oracles) -> Result<()> {
    let missing: Vec<_> =
        oracles.debian.iter().filter(|(program, _)| shell::on_path(program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let programs: Vec<_> = missing.iter().map(|(program, _)| program.as_str()).collect();
    if shell::on_path("apt-get").is_none() {
        bail!("install these programs first (there is no apt-get here): {}", programs.join(", "));
    }
    let root = shell::read(shell::command("id").arg("-u"))?.trim() == "0";
    let apt = || {
        let mut command = shell::command(if root { "apt-get" } else { "sudo" });
        if !root {
            command.args(["--non-interactive", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    println!("installing Debian packages for {}", programs.join(", "));
    shell::run(apt().args(["update", "--quiet"]))?;
    let packages = missing.iter().map(|(_, package)| package);
    shell::run(
        apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages),
    )
}

fn npm(oracles: &Oracles) -> Result<()> {
    once("npm", &oracles.npm, || {
        let dir = folder("node");
        std::fs::create_dir_all(&dir)?;
        let manifest = serde_json::json!({
            "private": true,
            "dependencies": oracles.npm,
            // verdaccio's audit plugin asks for a distribution tag that mirrors may lack.
            "overrides": { "verdaccio-audit": { "node-fetch": "2.7.0" } },
        });
        std::fs::write(dir.join("package.json"), serde_json::to_string_pretty(&manifest)?)?;
        let mut command = shell::command(shell::on_path("npm").context("npm is not on PATH")?);
        command.current_dir(&dir);
        // A script's directory must not shadow the Node.js that npm itself runs on.
        shell::run(command.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]))?;
        if Tools::find("node").is_none() {
            bail!("npm installed `node` without its program; is its install script forbidden?");
        }
        Ok(())
    })
}

fn pip(oracles: &Oracles) -> Result<()> {
    once("pip", &oracles.pip, || packages(&folder("python"), &oracles.pip))
}

/// Packages of Python, in an environment of their own.
fn packages(dir: &Path, wanted: &BTreeMap<String, String>) -> Result<()> {
    let python = shell::on_path("python3").or_else(|| shell::on_path("python"));
    let python = python.context("python3 is not on PATH")?;
    shell::run(shell::command(python).args(["-m", "venv"]).arg(dir))?;
    let wanted = wanted.iter().map(|(name, version)| format!("{name}=={version}"));
    let mut command = shell::command(scripts(dir).join("python"));
    shell::run(command.args(["-m", "pip", "install", "--quiet"]).args(wanted))
}

fn cargo(oracles: &Oracles) -> Result<()> {
    once("cargo", &oracles.cargo, || {
        for (name, version) in &oracles.cargo {
            // A debug build takes a quarter of the time and is fast enough here.
            shell::run(
                shell::cargo()
                    .args(["install", "--quiet", "--locked", "--debug", "--force"])
                    .args(["--version", version, name, "--root"])
                    .arg(folder(""))
                    .env("CARGO_PROFILE_DEV_DEBUG", "0")
                    .env("CARGO_TARGET_DIR", folder("build")),
            )?;
            // Only the program is used again.
            std::fs::remove_dir_all(folder("build")).ok();
        }
        Ok(())
    })
}

/// Go itself is one of the Python packages, so that no machine needs one.
fn go(oracles: &Oracles) -> Result<()> {
    once("go", &oracles.go, || {
        let go = Tools::find("go").context("the Python packages have no `go`")?;
        for (module, version) in &oracles.go {
            shell::run(
                shell::command(&go)
                    .arg("install")
                    .arg(format!("{module}@v{version}"))
                    // Not a newer Go than ours, and nothing of the machine's own settings.
                    .env("GOTOOLCHAIN", "local")
                    .env("GOFLAGS", "")
                    .env_remove("GOROOT")
                    .env("GOBIN", folder("bin")),
            )?;
        }
        Ok(())
    })
}
