//! git out of Debian's packages, for any architecture, without installing anything.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::Arch;
use crate::shell;

/// git and what it is linked with.
pub(super) const PACKAGES: &[&str] = &["git", "libc6", "libpcre2-8-0", "zlib1g"];

/// Where Debian has the texts of licences that many packages name.
pub(super) const LICENCES: &str = "/usr/share/common-licenses/";

/// Where an image without a package manager says what it holds; scanners and who looks for sources read it.
pub(super) const RECORDS: &str = "/var/lib/dpkg/status.d/";

/// Where a system says so of all its packages.
const STATUS: &str = "var/lib/dpkg/status";

/// The package that brings the licences, and the name of the distribution.
const BASE: &str = "base-files";

/// The licences that the file `copyright` of a package names by their place.
pub(super) fn licences(copyright: &str) -> BTreeSet<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let names = copyright.split(LICENCES).skip(1).map(|rest| {
        let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default().trim_end_matches('.')
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// What the system below `from` says of a package: version and source among it.
///
/// # Errors
/// Where it has no such package for `arch`.
pub(super) fn record(from: &Path, package: &str, arch: Arch) -> Result<String> {
    let path = from.join(STATUS);
    let status = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let found = of_package(&status, package, arch);
    let found = found.with_context(|| format!("`{}` says nothing of {package}", path.display()))?;
    Ok(format!("{found}\n"))
}

/// The paragraph on a package in a text of dpkg's.
fn of_package<'a>(status: &'a str, package: &str, arch: Arch) -> Option<&'a str> {
    status.split("\n\n").map(str::trim).find(|paragraph| {
        let has = |line: String| paragraph.lines().any(|other| other == line);
        has(format!("Package: {package}"))
            && (has(format!("Architecture: {}", arch.name()))
                || has("Architecture: all".to_owned()))
    })
}

/// A folder with the packages unpacked. From the sources this machine's apt is set up with, by the keys it
/// trusts; with lists of its own, so that another architecture than this one can be asked for. Ubuntu keeps
/// other architectures in another place, which is named for it.
pub(super) fn unpacked(arch: Arch) -> Result<TempDir> {
    let work = TempDir::with_prefix("launchway-git-").context("no temporary folder")?;
    let root = TempDir::with_prefix("launchway-git-root-").context("no temporary folder")?;
    for folder in ["lists/partial", "archives/partial"] {
        std::fs::create_dir_all(work.path().join(folder)).context("no temporary folder")?;
    }
    std::fs::write(work.path().join("status"), "").context("no temporary file")?;
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if let Some(ports) = ports(&release, arch == Arch::here()) {
        std::fs::write(work.path().join("sources.list"), ports).context("no temporary file")?;
    }
    // apt downloads as a user of its own.
    open(work.path())?;
    shell::run(apt(work.path(), arch).args(["--quiet", "--quiet", "update"]))?;
    shell::run(
        apt(work.path(), arch).args(["--quiet", "--quiet", "download", BASE]).args(PACKAGES),
    )?;
    let mut status = String::new();
    for entry in std::fs::read_dir(work.path()).context("cannot list the packages")? {
        let path = entry.context("cannot list the packages")?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            shell::run(shell::command("dpkg-deb").arg("-x").arg(&path).arg(root.path()))?;
            status += &shell::read(shell::command("dpkg-deb").arg("-f").arg(&path))?;
            status += "\n\n";
            if let Some(name) = path.file_name() {
                println!("took {}", name.to_string_lossy());
            }
        }
    }
    let path = root.path().join(STATUS);
    std::fs::create_dir_all(root.path().join("var/lib/dpkg")).context("no temporary folder")?;
    std::fs::write(&path, status).context("no temporary file")?;
    Ok(root)
}

fn apt(work: &Path, arch: Arch) -> std::process::Command {
    let mut command = shell::command("apt-get");
    let at = |name: &str| work.join(name).display().to_string();
    for (option, value) in [
        ("APT::Architecture", arch.name().to_owned()),
        ("APT::Architectures", arch.name().to_owned()),
        ("Dir::State::lists", at("lists")),
        ("Dir::State::status", at("status")),
        ("Dir::Cache", at("")),
        ("Dir::Cache::archives", at("archives")),
    ] {
        command.arg("-o").arg(format!("{option}={value}"));
    }
    if work.join("sources.list").is_file() {
        command.arg("-o").arg(format!("Dir::Etc::SourceList={}", at("sources.list")));
        command.args(["-o", "Dir::Etc::SourceParts=/dev/null"]);
    }
    command.current_dir(work);
    command
}

/// Where Ubuntu has what is not for this machine; `release` is the text of `/etc/os-release`.
fn ports(release: &str, is_here: bool) -> Option<String> {
    let value = |key: &str| {
        let found = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.map(|value| value.trim_matches('"'))
    };
    if is_here || value("ID") != Some("ubuntu") {
        return None;
    }
    let name = value("VERSION_CODENAME")?;
    let line = |suite: &str| {
        format!(
            "deb [signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg] http://ports.ubuntu.com/ubuntu-ports {name}{suite} main\n"
        )
    };
    Some(["", "-updates", "-security"].map(line).concat())
}

#[cfg(unix)]
fn open(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
        .context("no temporary folder")
}

#[cfg(not(unix))]
fn open(_: &Path) -> Result<()> {
    anyhow::bail!("there is no apt here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_found_by_their_place() {
        let text = "in '/usr/share/common-licenses/GPL' and\n(/usr/share/common-licenses/LGPL-2.1).\n\
            /usr/share/common-licenses/GPL-2 file, /usr/share/common-licenses/GPL.\n\
            below /usr/share/common-licenses/";
        assert_eq!(Vec::from_iter(licences(text)), ["GPL", "GPL-2", "LGPL-2.1"]);
    }

    #[test]
    fn a_package_is_found_in_its_architecture() {
        let paragraph = |name: &str, arch: &str, version: &str| {
            format!("Package: {name}\nArchitecture: {arch}\nVersion: {version}\n\n")
        };
        let status = paragraph("git-man", "all", "1")
            + &paragraph("git", "arm64", "2")
            + &paragraph("git", "amd64", "3");
        let found = of_package(&status, "git", Arch::Amd64).unwrap();
        assert!(found.ends_with("Version: 3"), "{found}");
        assert!(of_package(&status, "git-man", Arch::Arm64).is_some());
        assert_eq!(of_package(&status, "gi", Arch::Amd64), None);
    }

    #[test]
    fn only_ubuntu_has_another_place_for_another_architecture() {
        let ubuntu = "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_CODENAME=noble\n";
        let found = ports(ubuntu, false).unwrap();
        assert_eq!(found.lines().count(), 3, "{found}");
        assert!(found.contains("/ubuntu-ports noble-security main\n"), "{found}");
        assert_eq!(ports(ubuntu, true), None);
        assert_eq!(ports("ID=debian\nVERSION_CODENAME=bookworm\n", false), None);
    }
}
