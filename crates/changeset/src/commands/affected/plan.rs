//! From changed files to packages, and on to their dependents. Pure.

use std::collections::{HashMap, HashSet, VecDeque};

use launchway_base::Failure;
use launchway_git::{ChangeKind, Difference};
use launchway_workspace::glob::{Glob, selected};

use super::Inputs;
use super::base::{Base, Start};
use super::files::{Counts, Rules};
use super::members::{Member, Members};

/// A package that is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Affected {
    /// Its place among the members.
    pub(super) place: usize,
    /// Whether it changed itself, or counts as if.
    pub(super) changed: bool,
    /// Why it is there.
    pub(super) why: String,
}

/// What is affected, in the order of the members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) affected: Vec<Affected>,
    /// Whether everything counts as changed, and why.
    pub(super) everything: Option<String>,
    /// Changed files that belong to no package.
    pub(super) homeless: Vec<String>,
    /// How many changed files were looked at.
    pub(super) files: usize,
}

/// Makes it.
pub(super) fn make(
    members: &Members,
    differences: &[Difference],
    rules: &Rules,
    base: &Base,
    only_changed: bool,
) -> Plan {
    let mut plan = Plan { files: differences.len(), ..Plan::default() };
    if base.start == Start::Everything {
        plan.everything = Some(base.why.clone());
    }
    let mut by_dir: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, member) in members.all.iter().enumerate() {
        by_dir.entry(&member.dir).or_default().push(place);
    }
    // Folders with packages below them.
    let roofs: HashSet<&str> = members
        .all
        .iter()
        .flat_map(|member| std::iter::successors(above(&member.dir), |dir| above(dir)))
        .collect();
    let mut why: Vec<Option<(bool, String)>> = vec![None; members.all.len()];
    let mut mark = |place: usize, reason: String| {
        if let Some(slot @ None) = why.get_mut(place) {
            *slot = Some((true, reason));
        }
    };
    for difference in differences {
        let path = difference.path.as_str();
        let shown = path.escape_debug().to_string();
        let owners = owners(path, &by_dir);
        let inner = owners.is_some_and(|(dir, _)| !dir.is_empty() && !roofs.contains(dir));
        let removed = difference.kind == ChangeKind::Deleted;
        let mut known = false;
        for (place, _) in rules.watched.iter().filter(|(_, glob)| glob.matches(path)) {
            mark(*place, format!("watches `{shown}`"));
            known = true;
        }
        match rules.of(path, inner, removed) {
            Counts::Nothing => continue,
            Counts::All => {
                plan.everything
                    .get_or_insert_with(|| format!("`{shown}` counts for every package"));
                continue;
            }
            Counts::Ecosystem { id, dir, what } => {
                let hit =
                    members.all.iter().enumerate().filter(|(_, member)| {
                        member.ecosystem == id && is_below(&member.dir, &dir)
                    });
                for (place, member) in hit {
                    // Its own manifest is not "settings" to a package alone in its folder.
                    let own = what == "settings" && member.dir == dir;
                    let reason = if own {
                        format!("`{shown}` changed")
                    } else {
                        format!("{what} `{shown}` changed")
                    };
                    mark(
                        place,
                        if what == "removed package" {
                            format!("`{shown}` was removed")
                        } else {
                            reason
                        },
                    );
                    known = true;
                }
            }
            Counts::Owner => {}
        }
        // Packages may lie in a submodule, whose files are not told.
        if difference.submodule {
            for (place, member) in members.all.iter().enumerate() {
                if is_below(&member.dir, path) {
                    mark(place, format!("submodule `{shown}` changed"));
                    known = true;
                }
            }
        }
        match owners {
            Some((_, places)) => {
                for place in places {
                    mark(*place, format!("`{shown}` changed"));
                }
            }
            None if !known => plan.homeless.push(shown),
            None => {}
        }
    }
    if let Some(reason) = &plan.everything {
        for slot in &mut why {
            slot.get_or_insert_with(|| (true, reason.clone()));
        }
    }
    if !only_changed {
        spread(members, &mut why);
    }
    let found = why
        .into_iter()
        .enumerate()
        .filter_map(|(place, slot)| slot.map(|(changed, why)| Affected { place, changed, why }));
    plan.affected = found.collect();
    plan
}

/// From the changed ones to those that depend on them, nearest first.
fn spread(members: &Members, why: &mut [Option<(bool, String)>]) {
    let mut queue: VecDeque<usize> =
        why.iter().enumerate().filter(|(_, slot)| slot.is_some()).map(|(place, _)| place).collect();
    while let Some(place) = queue.pop_front() {
        let Some(member) = members.all.get(place) else { continue };
        for dependent in &member.dependents {
            if let Some(slot @ None) = why.get_mut(*dependent) {
                *slot = Some((false, format!("depends on `{}`", member.name)));
                queue.push_back(*dependent);
            }
        }
    }
}

/// The packages of the innermost folder with any that a path lies in.
fn owners<'a>(path: &str, by_dir: &'a HashMap<&str, Vec<usize>>) -> Option<(&'a str, &'a [usize])> {
    let mut dir = path;
    loop {
        if let Some((dir, places)) = by_dir.get_key_value(dir) {
            return Some((dir, places));
        }
        dir = above(dir)?;
    }
}

/// The folder that a path lies in; `None` of the root.
fn above(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| path.rsplit_once('/').map_or("", |(above, _)| above))
}

fn is_below(dir: &str, above: &str) -> bool {
    above.is_empty()
        || dir.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Plan {
    /// Only what the filter lets through.
    pub(super) fn only(mut self, members: &Members, inputs: &Inputs) -> Result<Self, Failure> {
        if inputs.filter.is_empty() {
            return Ok(self);
        }
        let mut globs: Vec<Glob> = inputs.filter.iter().map(|text| Glob::new(text)).collect();
        // Only words about what to leave out: everything else stays.
        if globs.iter().all(Glob::is_negated) {
            globs.insert(0, Glob::new("**"));
        }
        let passes = |member: &Member| {
            // What is left out by name or by folder is out; else either lets in.
            let (out, into): (Vec<_>, Vec<_>) = globs.iter().cloned().partition(Glob::is_negated);
            let hit =
                |glob: &Glob| glob.matches_bare(&member.name) || glob.matches_bare(member.path());
            into.iter().any(|glob| hit(glob) || selected(member.path(), std::slice::from_ref(glob)))
                && !out.iter().any(hit)
        };
        if !members.all.iter().any(passes) {
            return Err(Failure::input("input `filter` lets no package through")
                .with_hint("its globs are compared with names and folders of packages"));
        }
        self.affected.retain(|affected| members.all.get(affected.place).is_some_and(passes));
        Ok(self)
    }
}
