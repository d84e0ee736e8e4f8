//! Version specifiers as Python reads them (PEP 440), and Poetry's `^1.2`, `~1.2` and `1.2`.

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifier};
use semver::Prerelease;

use super::Python;
use super::version;
use crate::ecosystem::{Linkage, Ranges, Release, WriteOptions};
use crate::package::{Dependency, Package};
use crate::version::{Bump, increment, parse_version};

/// Operators, the longer ones first.
const OPERATORS: [&str; 10] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">", "^", "~"];

/// One part of a range: `>= 1.2`.
#[derive(Clone, Copy, Debug)]
struct Clause<'a> {
    /// Operator with the blanks after it; empty for Poetry's bare version.
    sign: &'a str,
    operator: &'a str,
    /// The version, `.*` included.
    version: &'a str,
}

/// The parts of a range, in their order; `None` for what cannot be read.
fn clauses(range: &str) -> Option<Vec<Clause<'_>>> {
    let range = range.trim();
    if range.is_empty() || range == "*" {
        return Some(Vec::new());
    }
    range
        .split(',')
        .map(|part| {
            let part = part.trim();
            let operator = OPERATORS.into_iter().find(|operator| part.starts_with(operator));
            let operator = operator.unwrap_or_default();
            let version = part.get(operator.len()..)?.trim_start();
            let sign = part.get(..part.len() - version.len())?;
            let clause = Clause { sign, operator, version };
            clause.parse().is_some().then_some(clause)
        })
        .collect()
}

impl Clause<'_> {
    /// Its numbers as they are written, without `.*`.
    fn numbers(&self) -> Option<Vec<u64>> {
        let text = self.version.strip_suffix(".*").unwrap_or(self.version);
        Some(Version::from_str(text).ok()?.release().to_vec())
    }

    fn is_wildcard(&self) -> bool {
        self.version.ends_with(".*")
    }

    fn is_prerelease(&self) -> bool {
        Version::from_str(self.version).is_ok_and(|version| version.any_prerelease())
    }

    /// As specifiers: Poetry's operators stand for two.
    fn parse(&self) -> Option<Vec<VersionSpecifier>> {
        let specifier = |text: String| VersionSpecifier::from_str(&text).ok();
        let above = |next: Vec<u64>| {
            let next: Vec<String> = next.iter().map(u64::to_string).collect();
            Some(vec![
                specifier(format!(">={}", self.version))?,
                specifier(format!("<{}", next.join(".")))?,
            ])
        };
        match self.operator {
            "" => Some(vec![specifier(format!("=={}", self.version))?]),
            "^" => {
                let mut numbers = self.numbers()?;
                let place = numbers.iter().position(|number| *number != 0);
                let place = place.unwrap_or(numbers.len().saturating_sub(1));
                numbers.truncate(place + 1);
                let last = numbers.last_mut()?;
                *last = last.checked_add(1)?;
                above(numbers)
            }
            "~" => {
                let mut numbers = self.numbers()?;
                numbers.truncate(2);
                let last = numbers.last_mut()?;
                *last = last.checked_add(1)?;
                above(numbers)
            }
            operator => Some(vec![specifier(format!("{operator}{}", self.version))?]),
        }
    }

    fn holds(&self, version: &Version) -> bool {
        self.parse().is_some_and(|all| all.iter().all(|specifier| specifier.contains(version)))
    }

    /// Moved to the new version. Bounds above and exclusions stay while they hold.
    fn renewed(&self, new: &semver::Version, python: &Version) -> String {
        let whole = format!("{}{}", self.sign, self.version);
        match self.operator {
            "!=" | "<" | "<=" | ">" if self.holds(python) => whole,
            // A version that was shut out is in now: nothing of it may be left.
            "!=" => String::new(),
            // The next version that is incompatible by the part that was written last. Python shuts
            // prereleases of a bound out along with it.
            "<" => {
                let mut base = new.clone();
                base.pre = Prerelease::EMPTY;
                let next = increment(&base, self.bound());
                format!("{}{}", self.sign, self.precise(&next, &next.to_string()))
            }
            ">" => format!(">={python}"),
            _ => format!("{}{}", self.sign, self.precise(new, &python.to_string())),
        }
    }

    /// How far an upper bound moves: to the next major for `<2`, to the next minor for `<1.5`.
    fn bound(&self) -> Bump {
        match self.numbers().unwrap_or_default().as_slice() {
            [] | [_] => Bump::Major,
            [major, rest @ ..] if *major > 0 && rest.iter().all(|number| *number == 0) => {
                Bump::Major
            }
            [_, _] | [_, _, 0] => Bump::Minor,
            _ => Bump::Patch,
        }
    }

    /// The version with as many numbers as were written; a prerelease needs all of them.
    fn precise(&self, new: &semver::Version, python: &str) -> String {
        let is_final = new.pre.is_empty();
        let count = self.numbers().unwrap_or_default().len();
        let numbers = [new.major, new.minor, new.patch];
        // `~=1.4` means another thing than `~=1.4.0`, so that a prerelease keeps their number, too.
        if !is_final && (count >= 3 || self.operator != "~=") {
            return python.to_owned();
        }
        let numbers: Vec<String> =
            numbers.iter().take(count.clamp(1, 3)).map(u64::to_string).collect();
        let tail = python.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        match (self.is_wildcard(), is_final) {
            (true, _) => format!("{}.*", numbers.join(".")),
            (false, true) => numbers.join("."),
            // Only where the numbers left out are zeros is it the same version.
            (false, false) if new.patch == 0 && !tail.is_empty() => {
                let dot = if tail.starts_with("dev") { "." } else { "" };
                format!("{}{dot}{tail}", numbers.join("."))
            }
            (false, false) => python.to_owned(),
        }
    }
}

/// Whether a version suits; a prerelease only suits a range that speaks of prereleases.
fn suits(clauses: &[Clause<'_>], version: &Version) -> bool {
    let may = !version.any_prerelease() || clauses.iter().any(Clause::is_prerelease);
    may && clauses.iter().all(|clause| clause.holds(version))
}

/// Whether a range lets a package of this version in. Without a range any version suits.
pub(super) fn is_linked(range: &str, version: Option<&str>) -> bool {
    match (clauses(range), version.map(version::read)) {
        _ if range.is_empty() => true,
        (Some(_), None) => true,
        (Some(clauses), Some(Some(version))) => suits(&clauses, &version),
        _ => false,
    }
}

/// The range as it has to be for a new version, in the same style and as precise as before.
fn renewed(written: &str, clauses: &[Clause<'_>], python: &Version) -> Option<String> {
    if clauses.is_empty() {
        // `*` suits every version but a prerelease.
        return Some(if suits(clauses, python) { written.to_owned() } else { python.to_string() });
    }
    let new = parse_version(&version::to_semver(&python.to_string())?)?;
    let renewed: Vec<String> = clauses
        .iter()
        .map(|clause| clause.renewed(&new, python))
        .filter(|clause| !clause.is_empty())
        .collect();
    let separator = if written.contains(", ") { ", " } else { "," };
    let text = renewed.join(separator);
    let fits = self::clauses(&text).is_some_and(|renewed| suits(&renewed, python));
    Some(if fits && !text.is_empty() { text } else { exact(clauses, python) })
}

/// Exactly this version. Poetry's bare version is an exact one.
fn exact(clauses: &[Clause<'_>], python: &Version) -> String {
    let is_poetry = clauses.iter().any(|clause| matches!(clause.operator, "" | "^" | "~"));
    if is_poetry { python.to_string() } else { format!("=={python}") }
}

/// What a range of a package on itself becomes when the package gets a version; `None` if it stays.
pub(super) fn following(written: &str, version: &str) -> Option<String> {
    let clauses = clauses(written).filter(|_| !written.is_empty())?;
    let python = version::read(version)?;
    if suits(&clauses, &python) { None } else { renewed(written, &clauses, &python) }
}

impl Ranges for Python {
    fn linkage(&self, dependency: &Dependency, on: &Package, _protocol_only: bool) -> Linkage {
        if is_linked(&dependency.range, on.version.as_deref()) {
            Linkage::Linked
        } else {
            Linkage::Stale
        }
    }

    /// Whether the new version leaves the range; `None` if there is none, or it cannot be read.
    fn leaves(&self, dependency: &Dependency, release: &Release<'_>) -> Option<bool> {
        let clauses = clauses(&dependency.range).filter(|_| !dependency.range.is_empty())?;
        Some(!suits(&clauses, &version::read(release.new_version)?))
    }

    /// The range after the release, in the same style and as precise as before; `None` if it stays.
    fn rewrite(
        &self,
        dependency: &Dependency,
        release: &Release<'_>,
        options: &WriteOptions,
    ) -> Option<String> {
        let written = dependency.range.as_str();
        let python = version::read(release.new_version)?;
        let clauses = clauses(written).filter(|_| !written.is_empty())?;
        let new = if options.snapshot {
            exact(&clauses, &python)
        } else if self.is_updated(dependency, release, options) {
            renewed(written, &clauses, &python)?
        } else {
            return None;
        };
        (written != new).then_some(new)
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
            manifest: "a/pyproject.toml".into(),
            ecosystem: &Python,
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
    fn ranges_keep_their_style() {
        let package = package("1.2.3");
        for (range, new, wanted) in [
            ("==1.2.3", "1.2.4", Some("==1.2.4")),
            ("===1.2.3", "1.2.4", Some("===1.2.4")),
            ("== 1.2.*", "1.3.0", Some("== 1.3.*")),
            ("==1.2.*", "1.2.4", None),
            ("==1.*", "2.0.0", Some("==2.*")),
            ("~=1.2", "1.3.0", Some("~=1.3")),
            ("~=1.2.0", "1.3.0", Some("~=1.3.0")),
            ("~=1.2", "2.0.0", Some("~=2.0")),
            (">=1.2", "1.3.0", Some(">=1.3")),
            (">=1.2,<2", "1.3.0", Some(">=1.3,<2")),
            (">=1.2, <2", "2.0.0", Some(">=2.0, <3")),
            (">=1.2.3,<1.3", "1.3.0", Some(">=1.3.0,<1.4")),
            (">=0.4,<0.5.0", "0.5.0", Some(">=0.5,<0.6.0")),
            (">= 1.2.3 , != 1.2.5", "1.2.4", Some(">= 1.2.4, != 1.2.5")),
            ("!=1.2.4", "1.2.4", Some("==1.2.4")),
            (">=1,!=1.2.4", "1.2.4", Some(">=1")),
            ("<=1.2.3", "1.2.4", Some("<=1.2.4")),
            ("<=1.9", "1.3.0", None),
            (">1.2", "1.3.0", None),
            (">=1.2,<2", "2.0.0-rc.0", Some(">=2.0.0rc0,<3")),
            ("==1.2.3", "1.3.0-rc.1", Some("==1.3.0rc1")),
            ("~=1.2", "2.0.0-rc.1", Some("~=2.0rc1")),
            ("==1.2.*", "1.3.0-rc.1", Some("==1.3.0rc1")),
            (">=1.3.0rc1", "1.3.0-rc.2", Some(">=1.3.0rc2")),
            (">=1.3.0rc1", "1.3.0", Some(">=1.3.0")),
            ("^1.2", "1.3.0", Some("^1.3")),
            ("^1.2.3", "2.0.0", Some("^2.0.0")),
            ("~1.2", "1.3.0", Some("~1.3")),
            ("1.2.3", "1.2.4", Some("1.2.4")),
            ("1.2.*", "1.3.0", Some("1.3.*")),
            ("*", "1.3.0", None),
            ("*", "1.3.0-rc.0", Some("1.3.0rc0")),
            ("", "2.0.0", None),
            ("^1 || ^2", "3.0.0", None),
            ("nonsense", "2.0.0", None),
            ("^18446744073709551615", "2.0.0", None),
            ("~1.18446744073709551615", "2.0.0", None),
        ] {
            let release = Release {
                package: &package,
                bump: Bump::Minor,
                old_version: "1.2.3",
                new_version: new,
            };
            let got = Python.rewrite(&dependency(range), &release, &OPTIONS);
            assert_eq!(got.as_deref(), wanted, "{range} {new}");
            if let Some(got) = got {
                let left = Python.leaves(&dependency(&got), &release);
                assert_eq!(left, Some(false), "{got} for {new}");
                let again = Python.rewrite(&dependency(&got), &release, &OPTIONS);
                assert_eq!(again, None, "{got} stays");
            }
        }
    }

    #[test]
    fn a_smaller_release_than_asked_for_rewrites_only_what_it_leaves() {
        let package = package("1.2.3");
        let options = WriteOptions { smallest: Bump::Minor, ..OPTIONS };
        let mut release = Release {
            package: &package,
            bump: Bump::Patch,
            old_version: "1.2.3",
            new_version: "1.2.4",
        };
        assert_eq!(Python.rewrite(&dependency(">=1.2.3"), &release, &options), None);
        let got = Python.rewrite(&dependency("==1.2.3"), &release, &options);
        assert_eq!(got.as_deref(), Some("==1.2.4"));
        release.new_version = "0.0.0-canary-20261121101500";
        let snapshot = WriteOptions { snapshot: true, ..OPTIONS };
        for (range, wanted) in
            [(">=1.2", "==0.0.0.dev20261121101500"), ("^1.2", "0.0.0.dev20261121101500")]
        {
            let got = Python.rewrite(&dependency(range), &release, &snapshot);
            assert_eq!(got.as_deref(), Some(wanted), "{range}");
        }
    }

    #[test]
    fn what_a_package_says_of_itself_follows_where_it_has_to() {
        for (range, version, wanted) in [
            ("==1.2", "1.3.0", Some("==1.3")),
            ("== 1.2.0", "2.0.0-rc.1", Some("== 2.0.0rc1")),
            (">=1.2,<2", "2.0.0", Some(">=2.0,<3")),
            (">=1.2", "1.3.0", None),
            ("==1.*", "1.3.0", None),
            ("", "1.3.0", None),
            ("nonsense", "1.3.0", None),
        ] {
            assert_eq!(following(range, version).as_deref(), wanted, "{range}");
        }
    }

    #[test]
    fn edges_need_a_range_the_current_version_satisfies() {
        for (range, version, wanted) in [
            ("", "1.2.3", Linkage::Linked),
            (">=1.2", "1.2.3", Linkage::Linked),
            ("~=1.2", "1.9.0", Linkage::Linked),
            ("~=1.2.0", "1.9.0", Linkage::Stale),
            ("==1.2.*", "1.2.9", Linkage::Linked),
            (">=1", "1.3.0-rc.1", Linkage::Stale),
            (">=1.3.0rc0", "1.3.0-rc.1", Linkage::Linked),
            ("^0.2", "0.3.0", Linkage::Stale),
            ("^0.0", "0.0.9", Linkage::Linked),
            ("^1", "1.9.0", Linkage::Linked),
            ("~1", "1.9.0", Linkage::Linked),
            (">=2", "1.2.3", Linkage::Stale),
            ("nonsense", "1.2.3", Linkage::Stale),
        ] {
            assert_eq!(
                Python.linkage(&dependency(range), &package(version), false),
                wanted,
                "{range}"
            );
        }
    }
}
