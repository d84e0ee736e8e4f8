//! Version requirements as Cargo reads them: caret unless said otherwise.

use semver::{Comparator, Op, Prerelease, Version, VersionReq};

use super::Cargo;
use crate::ecosystem::{Linkage, Ranges, Release, WriteOptions};
use crate::package::{Dependency, Package};
use crate::version::{Bump, increment, parse_version};

impl Ranges for Cargo {
    /// How a path dependency is tied to the package it names. Without a requirement any version suits.
    fn linkage(&self, dependency: &Dependency, on: &Package, _protocol_only: bool) -> Linkage {
        if dependency.range.is_empty() {
            return Linkage::Linked;
        }
        match (VersionReq::parse(&dependency.range), on.semver()) {
            (Ok(requirement), Some(version)) if requirement.matches(&version) => Linkage::Linked,
            (Ok(_), None) => Linkage::Linked,
            _ => Linkage::Stale,
        }
    }

    /// Whether the new version leaves the requirement; `None` if it cannot be read.
    fn leaves(&self, dependency: &Dependency, release: &Release<'_>) -> Option<bool> {
        let requirement = VersionReq::parse(&dependency.range).ok()?;
        let version = parse_version(release.new_version)?;
        Some(!requirement.matches(&version))
    }

    /// The requirement after the release, in the same style and as precise as before; `None` if it stays.
    fn rewrite(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> Option<String> {
        let written = dependency.range.as_str();
        let new = parse_version(release.new_version)?;
        let requirement = VersionReq::parse(written).ok()?;
        if options.snapshot {
            return changed(written, format!("={new}"));
        }
        if !self.is_updated(dependency, release, options) {
            return None;
        }
        let parts: Vec<&str> = written.split(',').map(str::trim).collect();
        if parts.len() != requirement.comparators.len() {
            // `*` has no comparator; it suits every version but a prerelease.
            let suits = requirement.matches(&new);
            return if suits { None } else { changed(written, new.to_string()) };
        }
        let renewed: Vec<String> = requirement
            .comparators
            .iter()
            .zip(&parts)
            .map(|(comparator, part)| renew(comparator, part, &new))
            .collect();
        let separator = if written.contains(", ") { ", " } else { "," };
        let text = renewed.join(separator);
        let suits = VersionReq::parse(&text).is_ok_and(|renewed| renewed.matches(&new));
        changed(written, if suits { text } else { new.to_string() })
    }
}

fn changed(written: &str, new: String) -> Option<String> {
    (written != new).then_some(new)
}

/// One comparator, moved to the new version. Bounds above and exclusions stay while they hold.
fn renew(comparator: &Comparator, part: &str, new: &Version) -> String {
    let sign: String = part.chars().take_while(|c| !c.is_ascii_digit()).collect();
    let holds = comparator.matches(new);
    match comparator.op {
        Op::Less | Op::LessEq | Op::Greater if holds => part.to_owned(),
        // The next version that is incompatible by the part that was written last.
        Op::Less => {
            let next = increment(new, bound(comparator));
            format!("{sign}{}", precise(comparator, &next))
        }
        Op::Greater => format!(">={new}"),
        Op::Wildcard => wildcard(comparator, part, new),
        _ => format!("{sign}{}", precise(comparator, new)),
    }
}

/// How far an upper bound moves: to the next major for `<2`, to the next minor for `<1.5`.
fn bound(comparator: &Comparator) -> Bump {
    match (comparator.minor, comparator.patch) {
        (None, _) => Bump::Major,
        (Some(0), None | Some(0)) if comparator.major > 0 => Bump::Major,
        (Some(_), None | Some(0)) => Bump::Minor,
        (Some(_), Some(_)) => Bump::Patch,
    }
}

/// The version with as many numbers as were written; a prerelease needs all of them.
fn precise(comparator: &Comparator, new: &Version) -> String {
    if new.pre != Prerelease::EMPTY {
        return new.to_string();
    }
    match (comparator.minor, comparator.patch) {
        (None, _) => new.major.to_string(),
        (Some(_), None) => format!("{}.{}", new.major, new.minor),
        (Some(_), Some(_)) => format!("{}.{}.{}", new.major, new.minor, new.patch),
    }
}

/// `1.*` and `1.2.*`, with the sign of the wildcard as it was.
fn wildcard(comparator: &Comparator, part: &str, new: &Version) -> String {
    if new.pre != Prerelease::EMPTY {
        return new.to_string();
    }
    let sign = part.chars().find(|c| matches!(c, '*' | 'x' | 'X')).unwrap_or('*');
    match comparator.minor {
        None => format!("{}.{sign}", new.major),
        Some(_) => format!("{}.{}.{sign}", new.major, new.minor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{DependencyKind, PublishConfig};

    fn package(version: &str) -> Package {
        Package {
            name: "a".into(),
            version: Some(version.into()),
            private: false,
            dir: "a".into(),
            manifest: "a/Cargo.toml".into(),
            ecosystem: &Cargo,
            dependencies: Vec::new(),
            publish: PublishConfig::default(),
            version_from: None,
        }
    }

    fn dependency(range: &str) -> Dependency {
        Dependency {
            kind: DependencyKind::Normal,
            name: "a".into(),
            range: range.into(),
            inherited: false,
        }
    }

    const OPTIONS: WriteOptions = WriteOptions {
        smallest: Bump::Patch,
        peers_only_when_out_of_range: false,
        protocol_only: false,
        snapshot: false,
    };

    #[test]
    fn requirements_are_rewritten_in_kind() {
        let package = package("1.2.3");
        for (range, bump, new, wanted) in [
            ("1", Bump::Minor, "1.3.0", None),
            ("1", Bump::Major, "2.0.0", Some("2")),
            ("1.2", Bump::Patch, "1.2.4", None),
            ("1.2", Bump::Minor, "1.3.0", Some("1.3")),
            ("1.2.3", Bump::Patch, "1.2.4", Some("1.2.4")),
            ("0.4", Bump::Minor, "0.5.0", Some("0.5")),
            ("^1.2", Bump::Major, "2.0.0", Some("^2.0")),
            ("~1.2", Bump::Minor, "1.3.0", Some("~1.3")),
            ("= 1.2.3", Bump::Patch, "1.2.4", Some("= 1.2.4")),
            ("=1.2", Bump::Patch, "1.2.4", None),
            (">=1.2", Bump::Minor, "1.3.0", Some(">=1.3")),
            (">=1.2, <2", Bump::Minor, "1.3.0", Some(">=1.3, <2")),
            (">=1.2, <2", Bump::Major, "2.0.0", Some(">=2.0, <3")),
            (">=1.2,<1.3", Bump::Minor, "1.3.0", Some(">=1.3,<1.4")),
            (">=1.2.3, <2.0.0", Bump::Major, "2.0.0", Some(">=2.0.0, <3.0.0")),
            (">1.2", Bump::Major, "2.0.0", None),
            ("<2", Bump::Major, "2.0.0", Some("<3")),
            ("<2", Bump::Minor, "1.3.0", None),
            ("1.*", Bump::Minor, "1.3.0", None),
            ("1.*", Bump::Major, "2.0.0", Some("2.*")),
            ("1.2.x", Bump::Minor, "1.3.0", Some("1.3.x")),
            ("*", Bump::Major, "2.0.0", None),
            ("*", Bump::Major, "2.0.0-rc.0", Some("2.0.0-rc.0")),
            ("1.2", Bump::Major, "2.0.0-rc.0", Some("2.0.0-rc.0")),
            ("~1.2", Bump::Major, "2.0.0-rc.0", Some("~2.0.0-rc.0")),
            ("", Bump::Major, "2.0.0", None),
            ("workspace:^", Bump::Major, "2.0.0", None),
        ] {
            let release =
                Release { package: &package, bump, old_version: "1.2.3", new_version: new };
            let got = Cargo.rewrite(&dependency(range), &release, &OPTIONS);
            assert_eq!(got.as_deref(), wanted, "{range} {bump} {new}");
            if let Some(got) = got {
                let version = Version::parse(new).unwrap();
                assert!(VersionReq::parse(&got).unwrap().matches(&version), "{got} for {new}");
            }
        }
    }

    #[test]
    fn a_smaller_release_than_asked_for_rewrites_only_what_it_leaves() {
        let package = package("1.2.3");
        let options = WriteOptions { smallest: Bump::Minor, ..OPTIONS };
        for (range, new, wanted) in [("1.2.3", "1.2.4", None), ("=1.2.3", "1.2.4", Some("=1.2.4"))]
        {
            let release = Release {
                package: &package,
                bump: Bump::Patch,
                old_version: "1.2.3",
                new_version: new,
            };
            let got = Cargo.rewrite(&dependency(range), &release, &options);
            assert_eq!(got.as_deref(), wanted, "{range}");
        }
        let release = Release {
            package: &package,
            bump: Bump::Minor,
            old_version: "1.2.3",
            new_version: "0.0.0-pr-1",
        };
        let snapshot = WriteOptions { snapshot: true, ..OPTIONS };
        let got = Cargo.rewrite(&dependency("1.2"), &release, &snapshot);
        assert_eq!(got.as_deref(), Some("=0.0.0-pr-1"));
    }

    #[test]
    fn edges_need_a_requirement_the_current_version_satisfies() {
        for (range, version, wanted) in [
            ("1.2", "1.2.3", Linkage::Linked),
            ("", "1.2.3", Linkage::Linked),
            ("2", "1.2.3", Linkage::Stale),
            ("0.4", "0.5.0", Linkage::Stale),
            ("1", "1.0.0-rc.1", Linkage::Stale),
            ("nonsense", "1.2.3", Linkage::Stale),
        ] {
            assert_eq!(
                Cargo.linkage(&dependency(range), &package(version), false),
                wanted,
                "{range}"
            );
        }
    }
}
