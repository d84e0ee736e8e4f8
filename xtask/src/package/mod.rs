//! `cargo xtask package`: what ships, from source to the files of a release.
//!
//! In the order in which it happens: [`build`] makes the programs of a target, [`elf`] looks whether they need
//! nothing of the machine they will run on, [`archive`] packs them with what [`extras`] adds, [`sbom`] lists what is
//! in them, [`sums`] hashes, [`limits`] weighs. [`seal`] writes the hashes into the tree that will be tagged, and
//! compares files with them.

mod archive;
mod build;
mod elf;
mod extras;
mod ghes;
mod homebrew;
mod limits;
mod notes;
mod notices;
mod npm;
mod sbom;
mod seal;
mod sums;
pub(crate) mod targets;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::shell;
use archive::Entry;
use sbom::Project;
use targets::Target;

pub(crate) use build::ready;

/// What to package; without a verb the programs are built and packed.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    pack: Pack,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Writes the variant of the tree for GitHub Enterprise Server into a folder.
    Ghes(ghes::Args),
    /// Writes version, hashes and images into `dist/`, from the files that will be released.
    Seal(seal::Args),
    /// Says whether the files in a folder are those the tree was sealed with.
    Verify(seal::Compare),
    /// Says whether `dist/` is sealed for the version in `Cargo.toml`: prints `sealed` or `unsealed`.
    Status(seal::Status),
    /// Makes the packages for npm out of packaged programs.
    Npm(npm::Args),
    /// Writes the formula for Homebrew of packaged programs.
    Homebrew(homebrew::Args),
    /// Prints the version in `Cargo.toml`.
    Version,
    /// Prints the text of the Release: what the changelogs of the programs say about the version in `Cargo.toml`.
    Notes,
}

#[derive(clap::Args)]
pub(crate) struct Pack {
    /// A platform, such as `aarch64-unknown-linux-musl`; repeat it for more. The one of this machine unless given.
    #[arg(long = "target", value_name = "TRIPLE")]
    pub(crate) targets: Vec<String>,
    /// A program, such as `health`; repeat it for more. All of them unless given.
    #[arg(long = "program", value_name = "NAME")]
    pub(crate) programs: Vec<String>,
    /// Where the files go.
    #[arg(long, default_value = "target/package/out")]
    pub(crate) out: PathBuf,
    /// Builds the same once more in another folder, and fails where a byte differs.
    #[arg(long)]
    pub(crate) check_reproducible: bool,
    /// Builds the source in this folder, such as a checkout of another commit.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) source: Option<PathBuf>,
    /// Takes the programs from `<FOLDER>/<target>/` instead of building them.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) prebuilt: Option<PathBuf>,
}

/// Does what is asked; whether all is as it must be.
pub(crate) fn run(args: &Args) -> Result<bool> {
    match &args.verb {
        None => pack(&args.pack),
        Some(Verb::Ghes(args)) => ghes::run(args),
        Some(Verb::Seal(args)) => seal::run(args),
        Some(Verb::Verify(args)) => seal::compare(args),
        Some(Verb::Status(args)) => seal::status(args),
        Some(Verb::Npm(args)) => npm::run(args),
        Some(Verb::Homebrew(args)) => homebrew::run(args),
        Some(Verb::Version) => {
            println!("{}", version(shell::root())?);
            Ok(true)
        }
        Some(Verb::Notes) => notes::print(&Project::read()?.programs(&[])?),
    }
}

/// Builds and packs; whether every file is within its limit and, if asked, comes out the same twice.
pub(crate) fn pack(args: &Pack) -> Result<bool> {
    let targets = targets::chosen(&args.targets)?;
    let project = Project::read()?;
    let programs = project.programs(&args.programs)?;
    let out = shell::at(&args.out);
    std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut weights = Vec::new();
    let mut same = true;
    for target in targets {
        let folder = match &args.prebuilt {
            Some(folder) => shell::at(folder).join(target.triple),
            None => built(target, &programs, args.source.as_deref())?,
        };
        if args.check_reproducible {
            same &= twice(target, &programs, args.source.as_deref())?;
        }
        for name in &programs {
            weights.push(one(&project, target, name, &folder, &out)?);
        }
    }
    std::fs::write(out.join("VERSION"), format!("{}\n", project.version))?;
    std::fs::write(out.join("SHA256SUMS"), sums::render(&sums::of(&out)?))?;
    println!("{}", limits::table(&weights));
    println!("in {}", out.display());
    let heavy = limits::complaints(&weights);
    for complaint in &heavy {
        println!("{complaint}");
    }
    Ok(heavy.is_empty() && same)
}

/// Packs one program; what it weighs.
fn one(
    project: &Project,
    target: Target,
    name: &str,
    folder: &Path,
    out: &Path,
) -> Result<limits::Weight> {
    let file = target.program(name);
    let built = folder.join(&file);
    let bytes =
        std::fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    if target.is_linux() {
        elf::is_alone(&bytes).with_context(|| built.display().to_string())?;
    }
    let mut entries = vec![Entry::program(file.clone(), bytes.clone())];
    let (crates, uses) = project.crates(target, name)?;
    entries.extend(extras::of(project, &crates, name)?);
    let packed = archive::pack(target, entries)?;
    let stem = format!("launchway-{name}-{}-{}", project.version, target.triple);
    let put = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    put(&format!("{stem}.{}", target.ending()), &packed)?;
    put(&format!("{stem}.cdx.json"), &project.sbom(target, &crates, &uses, &bytes)?)?;
    // Unpacked as well: what runs it from here needs no tar.
    let unpacked = out.join(target.triple);
    std::fs::create_dir_all(&unpacked)?;
    std::fs::copy(&built, unpacked.join(&file)).context("cannot copy a program")?;
    Ok(limits::Weight {
        program: name.to_owned(),
        target,
        bytes: bytes.len(),
        packed: packed.len(),
    })
}

/// The licences of a program, by name: ours, and those of the crates in it. Out of its archive where `from` has that:
/// only what builds programs needs the sources of all crates.
pub(crate) fn licences(from: &Path, target: Target, name: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let path = from.join(format!(
        "launchway-{name}-{}-{}.{}",
        version_of(from)?,
        target.triple,
        target.ending()
    ));
    if path.is_file() {
        let packed = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let read = |file: &&str| {
            let bytes = archive::read(target, &packed, file);
            Ok(((*file).to_owned(), bytes.with_context(|| path.display().to_string())?))
        };
        return extras::LICENCES.iter().map(read).collect();
    }
    let project = Project::read()?;
    let entries = extras::licences(&project.crates(target, name)?.0)?;
    Ok(entries.into_iter().map(|entry| (entry.path, entry.bytes)).collect())
}

/// Builds programs; the folder where they are.
fn built(target: Target, programs: &[String], source: Option<&Path>) -> Result<PathBuf> {
    let source = source.map_or_else(|| shell::root().to_owned(), shell::at);
    build::programs(&source, &build::folder("build"), target, programs)
}

/// Whether a second build, from a copy of the source in another folder, gives the same bytes.
pub(crate) fn twice(target: Target, programs: &[String], from: Option<&Path>) -> Result<bool> {
    let first = built(target, programs, from)?;
    // Longer than the first path, so that a path left in a program moves what follows it.
    let room = build::folder("once-more/in-a-folder-with-a-longer-name");
    let source = room.join("source");
    build::copy_of_the_source(&from.map_or_else(|| shell::root().to_owned(), shell::at), &source)?;
    let second = build::programs(&source, &room.join("build"), target, programs)?;
    let mut same = true;
    for name in programs {
        let file = target.program(name);
        let [one, two] = [&first, &second].map(|folder| std::fs::read(folder.join(&file)));
        let (one, two) = (sums::sha256(&one?), sums::sha256(&two?));
        let word = if one == two { "the same twice" } else { "DIFFERS" };
        println!("{:<26} {file:<24} {word}: {}", target.triple, one.get(..16).unwrap_or_default());
        same &= one == two;
    }
    std::fs::remove_dir_all(&room).context("cannot remove the second build")?;
    Ok(same)
}

/// The version of the files in a folder; that of the tree where they do not say.
fn version_of(folder: &Path) -> Result<String> {
    let said = std::fs::read_to_string(folder.join("VERSION"));
    let version = said.or_else(|_| std::fs::read_to_string(shell::at("dist/VERSION")));
    Ok(version.context("cannot read dist/VERSION")?.trim().to_owned())
}

/// The version every crate of the workspace in `root` has.
fn version(root: &Path) -> Result<String> {
    let path = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: toml::Table = toml::from_str(&text).context("Cargo.toml")?;
    let version = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    let version = version.context("Cargo.toml names no [workspace.package] version")?;
    ensure!(!version.is_empty(), "Cargo.toml has an empty version");
    if version.contains(['/', '\\', ' ']) {
        bail!("`{version}` in Cargo.toml is no version");
    }
    Ok(version.to_owned())
}
