//! Which packages the lists of the configuration name: `ignore`, `fixed`, `linked`.

use std::collections::{BTreeMap, HashSet};

use launchway_workspace::glob::Glob;
use launchway_workspace::{Package, Workspace, ecosystem};

use crate::config::Config;

/// The names of the packages that a list of patterns selects, in package order. A pattern with an
/// ecosystem in front, as in `cargo:*`, selects among its packages.
pub(crate) fn resolve(workspace: &Workspace, patterns: &[String]) -> Vec<String> {
    let globs: Vec<Pattern<'_>> = patterns.iter().map(|pattern| Pattern::new(pattern)).collect();
    let packages = workspace.packages.iter().filter(|package| {
        globs.iter().fold(false, |passed, pattern| match (passed, pattern.glob.is_negated()) {
            (false, false) => pattern.matches(package),
            (true, true) => !pattern.matches(package),
            _ => passed,
        })
    });
    packages.map(|package| package.name.clone()).collect()
}

/// A pattern for names of packages.
struct Pattern<'a> {
    ecosystem: Option<&'a str>,
    glob: Glob,
}

impl<'a> Pattern<'a> {
    fn new(pattern: &'a str) -> Self {
        let (sign, body) = match pattern.strip_prefix('!') {
            Some(rest) if !rest.starts_with('(') => ("!", rest),
            _ => ("", pattern),
        };
        let qualified = ecosystem::ALL.iter().find_map(|ecosystem| {
            Some((ecosystem.id(), body.strip_prefix(ecosystem.id())?.strip_prefix(':')?))
        });
        match qualified {
            Some((id, body)) => {
                Self { ecosystem: Some(id), glob: Glob::new(&format!("{sign}{body}")) }
            }
            None => Self { ecosystem: None, glob: Glob::new(pattern) },
        }
    }

    /// Whether the pattern, without its `!`, matches.
    fn matches(&self, package: &Package) -> bool {
        self.ecosystem.is_none_or(|id| id == package.ecosystem.id())
            && self.glob.matches_bare(package.manifest_name())
    }
}

/// What is wrong with a bare name that two ecosystems have.
pub(crate) fn ambiguous(workspace: &Workspace, key: &str, pattern: &str) -> Option<String> {
    let choices = workspace.homonyms(pattern.trim_start_matches('!'));
    let choices: Vec<String> = choices.iter().map(|name| format!("`{name}`")).collect();
    (!choices.is_empty())
        .then(|| format!("has `{pattern}` in `{key}`, which is {}", choices.join(" or ")))
}

/// Patterns of a group that no package fits, each completes "`.changeset/config.json` …".
pub(crate) fn unmatched(key: &str, groups: &[Vec<String>], workspace: &Workspace) -> Vec<String> {
    groups
        .iter()
        .flatten()
        .filter(|pattern| {
            let glob = Pattern::new(pattern);
            let negated = glob.glob.is_negated();
            !workspace.packages.iter().any(|package| glob.matches(package) != negated)
        })
        .map(|pattern| format!("has `{pattern}` in `{key}`, which matches no package"))
        .collect()
}

/// Packages that stand in two groups.
pub(crate) fn group_problems(config: &Config) -> Vec<String> {
    let doubled = |groups: &[Vec<String>]| {
        let mut seen = Vec::new();
        let mut doubled = Vec::new();
        for name in groups.iter().flatten() {
            if seen.contains(&name) && !doubled.contains(&name) {
                doubled.push(name);
            }
            seen.push(name);
        }
        doubled.into_iter().cloned().collect::<Vec<_>>()
    };
    let mut problems = Vec::new();
    for (key, groups) in [("fixed", &config.fixed), ("linked", &config.linked)] {
        for name in doubled(groups) {
            problems.push(format!("has `{name}` in more than one group of `{key}`"));
        }
    }
    let linked: Vec<&String> = config.linked.iter().flatten().collect();
    let mut both: Vec<&String> =
        config.fixed.iter().flatten().filter(|name| linked.contains(name)).collect();
    both.dedup();
    for name in both {
        problems.push(format!("has `{name}` in both `fixed` and `linked`"));
    }
    problems
}

impl Config {
    /// Packages that inherit one version can only be released together: their group, joined with
    /// every `fixed` group it overlaps.
    pub(crate) fn join_inherited(&mut self, workspace: &Workspace, problems: &mut Vec<String>) {
        let mut inherited: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for package in &workspace.packages {
            if let Some(shared) = &package.version_from {
                inherited.entry(shared).or_default().push(package.name.clone());
            }
        }
        for (manifest, members) in inherited {
            let linked =
                members.iter().find(|name| self.linked.iter().flatten().any(|n| n == *name));
            if let (Some(name), [_, _, ..]) = (linked, members.as_slice()) {
                problems.push(format!(
                    "has `{name}` in `linked`, but it inherits its version from `{manifest}` and so is fixed to the others that do"
                ));
                continue;
            }
            let known: HashSet<&String> = members.iter().collect();
            let overlaps = |group: &Vec<String>| group.iter().any(|name| known.contains(name));
            let (joined, apart): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.fixed).into_iter().partition(overlaps);
            self.fixed = apart;
            let all: HashSet<String> = joined.into_iter().flatten().chain(members).collect();
            let in_order = workspace.names().filter(|name| all.contains(*name));
            self.fixed.push(in_order.map(str::to_owned).collect());
        }
    }
}
