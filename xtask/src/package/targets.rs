//! The platforms a release is made for.

use anyhow::{Context as _, Result};

/// One platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// As Rust names it.
    pub(crate) triple: &'static str,
}

/// All of them, in the order in which tables show them.
pub(crate) const ALL: &[Target] = &[
    Target { triple: "x86_64-unknown-linux-musl" },
    Target { triple: "aarch64-unknown-linux-musl" },
    Target { triple: "x86_64-apple-darwin" },
    Target { triple: "aarch64-apple-darwin" },
    Target { triple: "x86_64-pc-windows-msvc" },
    Target { triple: "aarch64-pc-windows-msvc" },
];

impl Target {
    /// Whether its programs are static ELF files.
    pub(crate) fn is_linux(self) -> bool {
        self.triple.ends_with("-linux-musl")
    }

    /// Whether its programs end in `.exe` and its archives in `.zip`.
    pub(crate) fn is_windows(self) -> bool {
        self.triple.contains("-windows-")
    }

    /// What archives are called after their dot.
    pub(crate) fn ending(self) -> &'static str {
        if self.is_windows() { "zip" } else { "tar.gz" }
    }

    /// The file of a program.
    pub(crate) fn program(self, name: &str) -> String {
        format!("launchway-{name}{}", if self.is_windows() { ".exe" } else { "" })
    }
}

/// The platform of that name.
pub(crate) fn named(triple: &str) -> Result<Target> {
    let found = ALL.iter().find(|target| target.triple == triple).copied();
    let all = || ALL.iter().map(|target| target.triple).collect::<Vec<_>>().join(", ");
    found.with_context(|| format!("`{triple}` is no target of ours; there are {}", all()))
}

/// The platforms of these names, or where there are none, that of this machine.
pub(crate) fn chosen(triples: &[String]) -> Result<Vec<Target>> {
    if !triples.is_empty() {
        return triples.iter().map(|triple| named(triple)).collect();
    }
    let system = match std::env::consts::OS {
        "linux" => "unknown-linux-musl",
        "macos" => "apple-darwin",
        _ => "pc-windows-msvc",
    };
    Ok(vec![named(&format!("{}-{system}", std::env::consts::ARCH))?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_platform() {
        let names = |triple| named(triple).map(|it| (it.program("health"), it.ending())).unwrap();
        assert_eq!(names("x86_64-unknown-linux-musl"), ("launchway-health".into(), "tar.gz"));
        assert_eq!(names("aarch64-apple-darwin"), ("launchway-health".into(), "tar.gz"));
        assert_eq!(names("x86_64-pc-windows-msvc"), ("launchway-health.exe".into(), "zip"));
        assert_eq!(ALL.iter().filter(|target| target.is_linux()).count(), 2);
        assert!(named("x86_64-unknown-linux-gnu").is_err());
    }

    /// The release builds each of them, once.
    #[test]
    fn the_release_builds_all_of_them() {
        let path = crate::shell::root().join(".github/workflows/ship.yml");
        let text = std::fs::read_to_string(path).unwrap();
        let rows = text.lines().filter_map(|line| line.trim().strip_prefix("- { target: "));
        let mut built: Vec<_> = rows.filter_map(|row| row.split(',').next()).collect();
        let mut all: Vec<_> = ALL.iter().map(|target| target.triple).collect();
        built.sort_unstable();
        all.sort_unstable();
        assert_eq!(built, all);
    }
}
