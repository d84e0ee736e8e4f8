//! Which history a shallow clone lacks of the one that is asked for.

use std::collections::{BTreeSet, HashSet};

use launchway_git::{Deepen, Walked};

/// The commits of the boundary whose missing parents may belong to the asked-for history; none when
/// all of that is here. A shallow clone that holds the whole range is as good as a complete one.
///
/// `wanted` is the asked-for history as far as it is here, `excluded` the history that is left out,
/// `boundary` the commits whose parents are missing.
///
/// A cut inside the wanted history is a gap. A cut in the excluded history is one, too, when a
/// wanted commit is older than it: that commit may lie behind the cut, and then it was released long
/// ago.
pub fn gaps(
    wanted: &[Walked],
    excluded: &[Walked],
    boundary: &BTreeSet<String>,
) -> BTreeSet<String> {
    let inside: BTreeSet<String> =
        wanted.iter().filter(|commit| boundary.contains(&commit.id)).map(id).collect();
    if !inside.is_empty() {
        return inside;
    }
    let Some(oldest) = wanted.iter().map(|commit| commit.time).min() else {
        return BTreeSet::new();
    };
    excluded
        .iter()
        .filter(|commit| boundary.contains(&commit.id) && oldest < commit.time)
        .map(id)
        .collect()
}

fn id(commit: &Walked) -> String {
    commit.id.clone()
}

/// The next step of deepening, counted from 0: few generations first, as most ranges are short.
pub fn step(number: usize) -> Deepen {
    const STEPS: [u32; 4] = [100, 400, 1600, 6400];
    STEPS.get(number).map_or(Deepen::All, |by| Deepen::By(*by))
}

/// Of these commits, those that are in a walk.
pub fn among<'a>(walk: &[Walked], commits: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    let here: HashSet<&str> = walk.iter().map(|commit| commit.id.as_str()).collect();
    commits.map(String::as_str).filter(|id| here.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(commits: &[(&str, i64)]) -> Vec<Walked> {
        commits.iter().map(|(id, time)| Walked { id: (*id).to_owned(), time: *time }).collect()
    }

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_range_that_is_all_here_lacks_nothing() {
        let wanted = walk(&[("d", 40), ("c", 30)]);
        let excluded = walk(&[("b", 20), ("a", 10)]);
        assert_eq!(gaps(&wanted, &excluded, &set(&["a"])), set(&[]));
        // The tag itself may be where history was cut off.
        assert_eq!(gaps(&wanted, &walk(&[("b", 20)]), &set(&["b"])), set(&[]));
        assert_eq!(gaps(&wanted, &walk(&[("b", 30)]), &set(&["b"])), set(&[]));
        // Other branches may be cut anywhere.
        assert_eq!(gaps(&wanted, &excluded, &set(&["x", "y"])), set(&[]));
        assert_eq!(gaps(&[], &excluded, &set(&["a"])), set(&[]));
        assert_eq!(gaps(&wanted, &[], &set(&[])), set(&[]));
    }

    #[test]
    fn a_cut_in_the_range_is_a_gap() {
        let wanted = walk(&[("d", 40), ("c", 30), ("b", 20)]);
        assert_eq!(gaps(&wanted, &[], &set(&["b", "x"])), set(&["b"]));
        // As is one on a branch that was merged.
        assert_eq!(gaps(&wanted, &walk(&[("a", 10)]), &set(&["a", "c"])), set(&["c"]));
    }

    #[test]
    fn an_old_commit_may_lie_behind_a_cut_of_the_excluded_history() {
        let wanted = walk(&[("merge", 50), ("branch", 15), ("fork", 5)]);
        let excluded = walk(&[("tag", 40), ("cut", 30)]);
        assert_eq!(gaps(&wanted, &excluded, &set(&["cut"])), set(&["cut"]));
    }

    #[test]
    fn steps_grow_until_all_is_fetched() {
        let steps: Vec<Deepen> = (0..6).map(step).collect();
        let by = [100, 400, 1600, 6400].map(Deepen::By);
        assert_eq!(steps, [&by[..], &[Deepen::All, Deepen::All]].concat());
    }
}
