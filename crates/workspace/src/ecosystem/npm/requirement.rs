//! What a range in a `package.json` says about a package of the same repository.

use super::Npm;
use crate::ecosystem::{Linkage, Ranges, Release, WriteOptions};
use crate::package::{Dependency, DependencyKind, Package};
use crate::range::{Range, satisfies};
use crate::version::{increment, parse_version};

const PROTOCOL: &str = "workspace:";

impl Ranges for Npm {
    fn linkage(&self, dependency: &Dependency, on: &Package, protocol_only: bool) -> Linkage {
        let range = match dependency.range.strip_prefix(PROTOCOL) {
            Some("*" | "^" | "~") => return Linkage::Linked,
            Some(path) if names_folder(path, on) => return Linkage::Linked,
            // A `workspace:` alias or a tag cannot be checked against a version.
            Some(range) if plain(range).is_none() => return Linkage::Stale,
            Some(range) => range,
            None if protocol_only => return Linkage::Elsewhere,
            None => dependency.range.as_str(),
        };
        if range.contains(':') {
            return Linkage::Stale;
        }
        match plain(range) {
            None => Linkage::Elsewhere,
            // A package without a readable version satisfies no range, not even `*`.
            Some(range) if on.semver().is_some_and(|version| range.matches(&version)) => {
                Linkage::Linked
            }
            Some(_) => Linkage::Stale,
        }
    }

    fn is_local_dev_only(&self, dependency: &Dependency) -> bool {
        dependency.kind == DependencyKind::Dev
            && (dependency.range.starts_with("link:") || dependency.range.starts_with("file:"))
    }

    fn leaves(&self, dependency: &Dependency, release: &Release<'_>) -> Option<bool> {
        let range = match dependency.range.strip_prefix(PROTOCOL) {
            Some("*") => release.old_version.to_owned(),
            Some(sign @ ("^" | "~")) => format!("{sign}{}", release.old_version),
            Some(rest) if Range::parse(rest).is_some() => rest.to_owned(),
            Some(path) if names_folder(path, release.package) => release.old_version.to_owned(),
            Some(_) => return None,
            None => dependency.range.clone(),
        };
        Some(!satisfies(release.new_version, &range))
    }

    fn is_range(&self, dependency: &Dependency) -> bool {
        let range = &dependency.range;
        range.starts_with(PROTOCOL) || Range::parse(range).is_some()
    }

    fn is_updated(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> bool {
        let range = match dependency.range.strip_prefix(PROTOCOL) {
            Some("*") => return true,
            Some(sign @ ("^" | "~")) => format!("{sign}{}", release.old_version),
            Some(rest) if Range::parse(rest).is_none() => {
                return names_folder(rest, release.package);
            }
            Some(rest) => rest.to_owned(),
            None => dependency.range.clone(),
        };
        if !satisfies(release.new_version, &range) {
            return true;
        }
        match dependency.kind {
            DependencyKind::Peer => !options.peers_only_when_out_of_range,
            _ => release.bump >= options.smallest,
        }
    }

    fn rewrite(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> Option<String> {
        let written = dependency.range.as_str();
        if written.is_empty() || written.starts_with("file:") || written.starts_with("link:") {
            return None;
        }
        let (protocol, range) = match written.strip_prefix(PROTOCOL) {
            Some("*" | "^" | "~") => return None,
            Some(rest) => (PROTOCOL, rest),
            None if options.protocol_only => return None,
            None => ("", written),
        };
        let parsed = Range::parse(range)?;
        if !self.is_updated(dependency, release, options) {
            return None;
        }
        // A snapshot's name can make a version that is none (`pr#1`): it is written all the same.
        let is_prerelease =
            parse_version(release.new_version).is_some_and(|new| !new.pre.is_empty());
        if parsed.is_any() && !is_prerelease {
            return None;
        }
        let range = if options.snapshot {
            release.new_version.to_owned()
        } else {
            next_range(range, &parsed, release)
        };
        Some(format!("{protocol}{range}"))
    }
}

/// The range, unless it is a protocol or none.
fn plain(range: &str) -> Option<Range> {
    if range.contains(':') { None } else { Range::parse(range) }
}

/// Whether `workspace:packages/a` names the package's folder.
fn names_folder(path: &str, package: &Package) -> bool {
    let folder = if package.dir.is_empty() { "." } else { package.dir.as_str() };
    normalize(path) == folder
}

/// A POSIX path without `.`, `..` and doubled `/`; a trailing `/` stays, as in Node.
fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut text = parts.join("/");
    if path.starts_with('/') {
        text.insert(0, '/');
    }
    if text.is_empty() {
        text.push('.');
    }
    if path.ends_with('/') && text != "/" {
        text.push('/');
    }
    text
}

/// The same kind of range around the new version.
fn next_range(written: &str, parsed: &Range, release: &Release<'_>) -> String {
    let new = release.new_version;
    if let [first, second] = parsed.comparators()
        && written.contains('>')
        && written.contains('<')
    {
        let lower_first = first.is_lower_bound();
        let upper = if lower_first { second } else { first };
        if (lower_first || second.is_lower_bound()) && upper.is_upper_bound() {
            let mut upper = upper.to_string();
            if !satisfies(new, &upper) {
                let next = parse_version(new).map(|version| increment(&version, release.bump));
                upper = next.map_or(upper, |next| format!("<{next}"));
            }
            return if lower_first {
                format!(">={new} {upper}")
            } else {
                format!("{upper} >={new}")
            };
        }
    }
    let sign = ["^", "~", ">=", "<=", ">"].into_iter().find(|sign| written.starts_with(sign));
    format!("{}{new}", sign.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::PublishConfig;
    use crate::version::Bump;

    fn package() -> Package {
        Package {
            name: "a".into(),
            version: Some("1.0.0".into()),
            private: false,
            dir: "packages/a".into(),
            manifest: "packages/a/package.json".into(),
            ecosystem: &Npm,
            dependencies: Vec::new(),
            publish: PublishConfig::default(),
            version_from: None,
        }
    }

    const OPTIONS: WriteOptions = WriteOptions {
        smallest: Bump::Patch,
        peers_only_when_out_of_range: false,
        protocol_only: false,
        snapshot: false,
    };

    fn dependency(range: &str) -> Dependency {
        Dependency {
            kind: DependencyKind::Normal,
            name: "a".into(),
            range: range.into(),
            inherited: false,
        }
    }

    #[test]
    fn ranges_are_rewritten_in_kind() {
        let package = package();
        for (range, bump, new, wanted) in [
            ("^1.0.0", Bump::Patch, "1.0.1", Some("^1.0.1")),
            ("~1.0.0", Bump::Minor, "1.1.0", Some("~1.1.0")),
            (">=1.0.0", Bump::Minor, "1.1.0", Some(">=1.1.0")),
            ("<=1.0.0", Bump::Minor, "1.1.0", Some("<=1.1.0")),
            (">0.9.0", Bump::Minor, "1.1.0", Some(">1.1.0")),
            ("1.x", Bump::Minor, "1.1.0", Some("1.1.0")),
            ("=1.0.0", Bump::Minor, "1.1.0", Some("1.1.0")),
            ("^1 || ^2", Bump::Minor, "1.1.0", Some("^1.1.0")),
            (">=1.0.0 <2.0.0", Bump::Minor, "1.1.0", Some(">=1.1.0 <2.0.0")),
            (">=1.0.0 <2.0.0", Bump::Major, "2.0.0", Some(">=2.0.0 <3.0.0")),
            ("<2.0.0 >=1.0.0", Bump::Minor, "1.1.0", Some("<2.0.0 >=1.1.0")),
            ("*", Bump::Major, "2.0.0", None),
            ("*", Bump::Major, "2.0.0-rc.0", Some("2.0.0-rc.0")),
            ("^1.0.0", Bump::Minor, "0.0.0-pr#1", Some("^0.0.0-pr#1")),
            ("*", Bump::Minor, "0.0.0-pr#1", None),
            ("workspace:^", Bump::Major, "2.0.0", None),
            ("workspace:packages/a", Bump::Major, "2.0.0", None),
            ("workspace:^1.0.0", Bump::Major, "2.0.0", Some("workspace:^2.0.0")),
            ("file:../a", Bump::Major, "2.0.0", None),
            ("npm:b@1", Bump::Major, "2.0.0", None),
            ("latest", Bump::Major, "2.0.0", None),
        ] {
            let release =
                Release { package: &package, bump, old_version: "1.0.0", new_version: new };
            let got = Npm.rewrite(&dependency(range), &release, &OPTIONS);
            assert_eq!(got.as_deref(), wanted, "{range} {bump} {new}");
        }
    }

    #[test]
    fn a_release_leaves_the_ranges_it_does_not_satisfy() {
        let package = package();
        let release = Release {
            package: &package,
            bump: Bump::Minor,
            old_version: "1.0.0",
            new_version: "1.1.0",
        };
        for (range, wanted) in [
            ("^1.0.0", Some(false)),
            ("~1.0.0", Some(true)),
            ("workspace:*", Some(true)),
            ("workspace:^", Some(false)),
            ("workspace:~", Some(true)),
            ("workspace:./packages/a", Some(true)),
            ("workspace:packages/b", None),
            ("catalog:", Some(true)),
        ] {
            assert_eq!(Npm.leaves(&dependency(range), &release), wanted, "{range}");
        }
    }

    #[test]
    fn edges_need_a_range_the_current_version_satisfies() {
        let package = package();
        for (range, protocol_only, wanted) in [
            ("^1.0.0", false, Linkage::Linked),
            ("^1.0.0", true, Linkage::Elsewhere),
            ("workspace:^", true, Linkage::Linked),
            ("workspace:packages/a", false, Linkage::Linked),
            ("workspace:packages/b", false, Linkage::Stale),
            ("workspace:^2.0.0", false, Linkage::Stale),
            ("^2.0.0", false, Linkage::Stale),
            ("npm:a@1", false, Linkage::Stale),
            ("latest", false, Linkage::Elsewhere),
        ] {
            assert_eq!(Npm.linkage(&dependency(range), &package, protocol_only), wanted, "{range}");
        }
    }
}
