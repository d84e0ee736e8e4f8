//! Dependency order: what a package needs is published before it.

use std::collections::HashMap;

use launchway_base::nearest;
use launchway_workspace::{DependencyKind, Graph, GraphOptions, Workspace};

use crate::{Entry, PublishError};

/// What Cargo's packages are called.
pub(crate) const CARGO: &str = "cargo";

/// What Python's packages are called.
pub(crate) const PYTHON: &str = "python";

/// Entries in dependency order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordered {
    /// The chunks; the entries of one do not need each other, unless they are a cycle.
    pub chunks: Vec<Vec<Entry>>,
    /// Packages that depend on each other in a circle; they are published at once.
    pub cycles: Vec<Vec<String>>,
}

/// Orders entries by what depends on what, development dependencies aside. Within a chunk the given
/// order stays. An entry of a package the workspace does not have is an error.
pub fn order(
    workspace: &Workspace,
    entries: &[Entry],
    protocol_only: bool,
) -> Result<Ordered, PublishError> {
    let needs = needs(workspace, &entries.iter().collect::<Vec<_>>(), protocol_only)?;
    let (chunks, cycles) = sequence(&needs);
    let names = |cycle: &Vec<usize>| {
        cycle.iter().filter_map(|i| Some(entries.get(*i)?.name().to_owned())).collect()
    };
    let cycles = cycles.iter().map(names).collect();
    let chunks = chunks
        .iter()
        .map(|chunk| chunk.iter().filter_map(|i| entries.get(*i).cloned()).collect())
        .collect();
    Ok(Ordered { chunks, cycles })
}

/// What each entry needs of the others, by their numbers: all but what only development needs. Cargo
/// looks a development dependency up in the registry, too, where it names a version.
pub(crate) fn needs(
    workspace: &Workspace,
    entries: &[&Entry],
    protocol_only: bool,
) -> Result<Vec<Vec<usize>>, PublishError> {
    let graph = Graph::of(workspace, GraphOptions { protocol_only, without_dev: true });
    let mut place: HashMap<&str, usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if workspace.package(entry.name()).is_none() {
            return Err(unknown(workspace, entry.name()));
        }
        place.insert(entry.name(), index);
    }
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for name in workspace.names() {
        let Some(needed) = place.get(name) else { continue };
        for dependent in graph.dependents(name) {
            if let Some(list) =
                place.get(dependent.as_str()).and_then(|index| needs.get_mut(*index))
            {
                list.push(*needed);
            }
        }
    }
    for (index, entry) in entries.iter().enumerate() {
        let package = workspace.package(entry.name()).filter(|p| p.ecosystem.id() == CARGO);
        let looked_up = package.into_iter().flat_map(|package| &package.dependencies).filter(|d| {
            d.kind == DependencyKind::Dev && !d.range.trim().is_empty() && d.name != entry.name()
        });
        for needed in looked_up.filter_map(|dependency| place.get(dependency.name.as_str())) {
            if let Some(list) = needs.get_mut(index).filter(|list| !list.contains(needed)) {
                list.push(*needed);
            }
        }
    }
    Ok(needs)
}

/// The error for a package that is not there, with the nearest name.
pub(crate) fn unknown(workspace: &Workspace, name: &str) -> PublishError {
    PublishError::UnknownPackage {
        name: name.to_owned(),
        nearest: nearest(name, workspace.names()).map(str::to_owned),
    }
}

/// Chunks of nodes whose needs are all met by earlier chunks. Where none is free, one longest
/// cycle through each remaining node is taken out as a chunk.
fn sequence(needs: &[Vec<usize>]) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let mut left: Vec<bool> = vec![true; needs.len()];
    let (mut chunks, mut cycles) = (Vec::new(), Vec::new());
    let is_left = |left: &[bool], node: usize| left.get(node).copied().unwrap_or(false);
    while left.contains(&true) {
        let is_free = |node: &usize| {
            is_left(&left, *node)
                && needs.get(*node).is_none_or(|n| !n.iter().any(|need| is_left(&left, *need)))
        };
        let mut chunk: Vec<usize> = (0..needs.len()).filter(is_free).collect();
        if chunk.is_empty() {
            for node in 0..needs.len() {
                if let Some(cycle) =
                    is_left(&left, node).then(|| cycle_through(node, needs, &left)).flatten()
                {
                    cycle
                        .iter()
                        .filter_map(|node| left.get_mut(*node).map(|slot| *slot = false))
                        .for_each(drop);
                    chunk.extend(&cycle);
                    cycles.push(cycle);
                }
            }
        }
        if chunk.is_empty() {
            // Cannot be: where no node is free there is a cycle. Ends the loop all the same.
            chunk = (0..needs.len()).filter(|node| is_left(&left, *node)).collect();
        }
        for node in &chunk {
            if let Some(slot) = left.get_mut(*node) {
                *slot = false;
            }
        }
        chunks.push(chunk);
    }
    (chunks, cycles)
}

/// The longest of the cycles a breadth-first walk finds from a node back to itself.
fn cycle_through(start: usize, needs: &[Vec<usize>], left: &[bool]) -> Option<Vec<usize>> {
    let mut seen = vec![false; needs.len()];
    let mut paths = std::collections::VecDeque::from([vec![start]]);
    let mut longest: Option<Vec<usize>> = None;
    while let Some(path) = paths.pop_front() {
        for need in path.last().and_then(|node| needs.get(*node)).into_iter().flatten() {
            if *need == start {
                if longest.as_ref().is_none_or(|longest| longest.len() < path.len()) {
                    longest = Some(path.clone());
                }
            } else if left.get(*need) == Some(&true)
                && let Some(slot @ false) = seen.get_mut(*need)
            {
                *slot = true;
                paths.push_back(path.iter().chain([need]).copied().collect());
            }
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::sequence;

    type Case =
        (&'static [&'static [usize]], &'static [&'static [usize]], &'static [&'static [usize]]);

    #[test]
    fn needs_come_first_and_cycles_together() {
        let cases: &[Case] = &[
            (&[], &[], &[]),
            (&[&[], &[]], &[&[0, 1]], &[]),
            (&[&[1], &[2], &[]], &[&[2], &[1], &[0]], &[]),
            (&[&[], &[0], &[0], &[1, 2]], &[&[0], &[1, 2], &[3]], &[]),
            // 0 and 1 need each other, 2 needs 0, 3 is free.
            (&[&[1], &[0], &[0], &[]], &[&[3], &[0, 1], &[2]], &[&[0, 1]]),
            (&[&[0]], &[&[0]], &[&[0]]),
            // Two separate cycles leave as one chunk.
            (&[&[1], &[0], &[3], &[2]], &[&[0, 1, 2, 3]], &[&[0, 1], &[2, 3]]),
            // 0 has a short cycle with 1 and a long one with 2 and 3: the long one counts.
            (&[&[1, 2], &[0], &[3], &[0]], &[&[0, 2, 3], &[1]], &[&[0, 2, 3]]),
        ];
        for (needs, chunks, cycles) in cases {
            let needs: Vec<Vec<usize>> = needs.iter().map(|n| n.to_vec()).collect();
            let found = sequence(&needs);
            let list = |lists: &[&[usize]]| lists.iter().map(|l| l.to_vec()).collect::<Vec<_>>();
            assert_eq!(found, (list(chunks), list(cycles)), "{needs:?}");
        }
    }
}
