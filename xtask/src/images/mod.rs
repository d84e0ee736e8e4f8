//! `cargo xtask images`: collects what the container images are made of, the context of `dist/Containerfile`.
//!
//! `<context>/<architecture>/<stage>/` is the root directory of an image: static programs, and for the one
//! with git that program with its libraries out of Debian's packages, which apt checks the signatures of.

mod debian;
mod elf;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::generate::container::{FOLDER, IMAGES};
use crate::package;
use crate::package::targets::{self, Target};

/// What to collect, and where.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder with the programs: `<target>/launchway-<program>`, or the programs themselves.
    #[arg(long)]
    programs: PathBuf,
    /// Folder to fill; it is made when missing.
    #[arg(long)]
    context: PathBuf,
    /// Architecture, as containers name it. May repeat; unless given, that of this machine.
    #[arg(long, value_parser = clap::value_parser!(Arch))]
    arch: Vec<Arch>,
    /// Root directory with an installed git to take instead of downloading packages: `/` is this machine.
    #[arg(long)]
    git: Option<PathBuf>,
}

/// An architecture of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Arch {
    /// x86-64.
    Amd64,
    /// ARM, 64 bits.
    Arm64,
}

impl Arch {
    fn here() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::Amd64 }
    }

    /// As containers and Debian name it.
    fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The first part of its targets.
    fn machine(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }

    /// What its programs are built for.
    fn target(self) -> Result<Target> {
        targets::named(&format!("{}-unknown-linux-musl", self.machine()))
    }
}

/// Collects everything.
pub(crate) fn run(args: &Args) -> Result<bool> {
    let arches = if args.arch.is_empty() { vec![Arch::here()] } else { args.arch.clone() };
    for arch in arches {
        for image in IMAGES {
            let root = args.context.join(arch.name()).join(image.name);
            if root.exists() {
                std::fs::remove_dir_all(&root).with_context(|| shown(&root))?;
            }
            for program in image.programs {
                let name = format!("launchway-{program}");
                let from = find(&args.programs, arch, &name)?;
                put_program(&from, &root, &format!("{FOLDER}/{name}"))?;
                // Static programs name no library: this is for builds that are not.
                elf::libraries(Path::new("/"), &from, arch, &root)?;
                for (file, text) in package::licences(&args.programs, arch.target()?, program)? {
                    write(&text, &root, &format!("/usr/share/doc/{name}/{file}"))?;
                }
            }
            if image.git {
                git(args.git.as_deref(), arch, &root)?;
            }
            println!("collected {} for {}", image.name, arch.name());
        }
    }
    Ok(true)
}

fn find(programs: &Path, arch: Arch, name: &str) -> Result<PathBuf> {
    let places = [programs.join(arch.target()?.triple).join(name), programs.join(name)];
    let Some(found) = places.iter().find(|place| place.is_file()) else {
        bail!("there is no `{}`", shown(&places[0]));
    };
    if !elf::is_for(found, arch)? {
        bail!("`{}` is not for {}", shown(found), arch.name());
    }
    Ok(found.clone())
}

/// Puts git and its libraries into an image; downloaded where no root directory is given.
fn git(installed: Option<&Path>, arch: Arch, root: &Path) -> Result<()> {
    let downloaded;
    let from = match installed {
        Some(from) => from,
        None => {
            downloaded = debian::unpacked(arch)?;
            downloaded.path()
        }
    };
    let program = from.join("usr/bin/git");
    put_program(&program, root, "/usr/bin/git")?;
    elf::libraries(from, &program, arch, root)?;
    for package in debian::PACKAGES {
        let path = format!("/usr/share/doc/{package}/copyright");
        let file = from.join(&path[1..]);
        put(&file, root, &path)?;
        let record = debian::record(from, package, arch)?;
        write(record.as_bytes(), root, &format!("{}{package}", debian::RECORDS))?;
        // Debian has the text of a well-known licence once, and only names it elsewhere.
        let text = std::fs::read(&file).with_context(|| shown(&file))?;
        for name in debian::licences(&String::from_utf8_lossy(&text)) {
            let path = format!("{}{name}", debian::LICENCES);
            put(&from.join(&path[1..]), root, &path)?;
        }
    }
    // Without it scanners do not know whose packages those are.
    put(&from.join("usr/lib/os-release"), root, "/etc/os-release")
}

/// Copies a file to a path below `root`, always with the same mode, whatever the umask here.
fn put(from: &Path, root: &Path, path: &str) -> Result<()> {
    let to = place(root, path)?;
    std::fs::copy(from, &to)
        .with_context(|| format!("cannot copy `{}` to `{}`", shown(from), shown(&to)))?;
    open_up(root, &to)
}

/// The same with a text.
fn write(bytes: &[u8], root: &Path, path: &str) -> Result<()> {
    let to = place(root, path)?;
    std::fs::write(&to, bytes).with_context(|| shown(&to))?;
    open_up(root, &to)
}

/// A path below `root`, in a folder that is there.
fn place(root: &Path, path: &str) -> Result<PathBuf> {
    let to = root.join(path.trim_start_matches('/'));
    let folder = to.parent().unwrap_or(root);
    std::fs::create_dir_all(folder).with_context(|| shown(folder))?;
    Ok(to)
}

/// Copies what is to be run, also where it came as an artifact of a workflow: those keep no modes.
fn put_program(from: &Path, root: &Path, path: &str) -> Result<()> {
    put(from, root, path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let to = root.join(path.trim_start_matches('/'));
        std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o755))
            .with_context(|| shown(&to))?;
    }
    Ok(())
}

/// Lets everybody read, and nobody but root write: images run as any user.
#[cfg(unix)]
fn open_up(root: &Path, file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for path in file.ancestors().take_while(|path| path.starts_with(root)) {
        let mode = std::fs::metadata(path).with_context(|| shown(path))?.permissions().mode();
        let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .with_context(|| shown(path))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn open_up(_: &Path, _: &Path) -> Result<()> {
    bail!("images are made on Linux")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// `actions/upload-artifact` makes every file one of mode 644.
    #[test]
    fn a_program_that_came_as_an_artifact_can_be_run() {
        let dir = tempfile::TempDir::new().unwrap();
        let (from, root) = (dir.path().join("launchway-health"), dir.path().join("root"));
        std::fs::write(&from, "").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for given in [0o644, 0o600, 0o755] {
            std::fs::set_permissions(&from, std::fs::Permissions::from_mode(given)).unwrap();
            put_program(&from, &root, "/usr/local/bin/launchway-health").unwrap();
            assert_eq!(mode(&root.join("usr/local/bin/launchway-health")), 0o755, "{given:o}");
            assert_eq!(mode(&root.join("usr/local/bin")), 0o755);
        }
    }
}
