//! The commits that were read as a graph in memory: in which order a walk meets them, and which tag
//! owns which.
//!
//! The order decides over bytes of the changelog wherever commits were made in the same second, so
//! it is the one of the library that git-cliff walks with: by date through a binary heap, or
//! children before parents from a stack.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// A commit in the graph; parents that were not read are left out.
#[derive(Debug, Default)]
struct Node {
    time: i64,
    parents: Vec<usize>,
}

/// The graph of what was read. Commits are known by their place in the order of reading.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    /// Makes the graph of commits, each with its hash, its time in seconds and its parents' hashes.
    pub fn new<'a>(commits: impl Iterator<Item = (&'a str, i64, &'a [String])> + Clone) -> Self {
        let index: HashMap<&str, usize> =
            commits.clone().enumerate().map(|(place, (id, _, _))| (id, place)).collect();
        let nodes = commits
            .map(|(_, time, parents)| Node {
                time,
                parents: parents.iter().filter_map(|id| index.get(id.as_str()).copied()).collect(),
            })
            .collect();
        Self { nodes }
    }

    /// The commits in the order of a walk, the newest first: by date, or with `topological`
    /// children before parents.
    pub fn walk(&self, topological: bool) -> Vec<usize> {
        self.walk_within(topological, &vec![true; self.nodes.len()])
    }

    /// The same for a part of the commits, as if no others were there.
    pub fn walk_within(&self, topological: bool, within: &[bool]) -> Vec<usize> {
        let dated = self.by_date(within);
        if topological { self.topological(&dated) } else { self.through_heap(&dated) }
    }

    fn node(&self, place: usize) -> (i64, &[usize]) {
        self.nodes.get(place).map_or((0, &[]), |node| (node.time, &node.parents))
    }

    /// Commits that are no parent of another one within.
    fn tips(&self, within: &[bool]) -> Vec<usize> {
        let mut is_tip = within.to_vec();
        for (node, _) in self.nodes.iter().zip(within).filter(|(_, within)| **within) {
            for parent in &node.parents {
                if let Some(mark) = is_tip.get_mut(*parent) {
                    *mark = false;
                }
            }
        }
        (0..).zip(is_tip).filter(|(_, is_tip)| *is_tip).map(|(place, _)| place).collect()
    }

    /// By place, whether one of these commits reaches it.
    pub fn reached(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut stack: Vec<usize> = from.into_iter().collect();
        while let Some(place) = stack.pop() {
            if let Some(mark) = reached.get_mut(place).filter(|mark| !**mark) {
                *mark = true;
                stack.extend(self.node(place).1);
            }
        }
        reached
    }

    /// From the tips on, always the newest commit that was met; of several equally new ones the one
    /// met first.
    fn by_date(&self, within: &[bool]) -> Vec<usize> {
        let mut met: Vec<bool> = within.iter().map(|within| !within).collect();
        let mut queue = BinaryHeap::new();
        let mut count = 0_usize;
        let mut enqueue = |place: usize, queue: &mut BinaryHeap<_>| {
            if let Some(met) = met.get_mut(place).filter(|met| !**met) {
                *met = true;
                queue.push((self.node(place).0, Reverse(count), place));
                count += 1;
            }
        };
        for tip in self.tips(within) {
            enqueue(tip, &mut queue);
        }
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some((_, _, place)) = queue.pop() {
            order.push(place);
            for parent in self.node(place).1 {
                enqueue(*parent, &mut queue);
            }
        }
        order
    }

    fn through_heap(&self, dated: &[usize]) -> Vec<usize> {
        let mut heap = DateHeap { graph: self, places: Vec::with_capacity(dated.len()) };
        for place in dated {
            heap.push(*place);
        }
        std::iter::from_fn(|| heap.pop()).collect()
    }

    fn topological(&self, dated: &[usize]) -> Vec<usize> {
        let mut children = vec![0_usize; self.nodes.len()];
        let mut is_there = vec![false; self.nodes.len()];
        for place in dated {
            if let Some(mark) = is_there.get_mut(*place) {
                *mark = true;
            }
        }
        for parent in dated.iter().flat_map(|place| self.node(*place).1) {
            if let Some(count) = children.get_mut(*parent) {
                *count += 1;
            }
        }
        let mut stack: Vec<usize> =
            dated.iter().copied().filter(|place| children.get(*place) == Some(&0)).collect();
        stack.reverse();
        let mut order = Vec::with_capacity(dated.len());
        while let Some(place) = stack.pop() {
            order.push(place);
            for parent in self.node(place).1 {
                if let Some(count) = children.get_mut(*parent).filter(|count| **count > 0) {
                    *count -= 1;
                    if *count == 0 && is_there.get(*parent) == Some(&true) {
                        stack.push(*parent);
                    }
                }
            }
        }
        order
    }

    /// For each commit the place in `tags` of the first tag whose commit reaches it: its release.
    /// One walk over the graph, whatever the number of tags.
    pub fn owners(&self, tags: impl Iterator<Item = usize>) -> Vec<Option<usize>> {
        let mut owners = vec![None; self.nodes.len()];
        let mut stack = Vec::new();
        for (tag, commit) in tags.enumerate() {
            stack.push(commit);
            while let Some(place) = stack.pop() {
                if let Some(owner) = owners.get_mut(place).filter(|owner| owner.is_none()) {
                    *owner = Some(tag);
                    stack.extend(self.node(place).1);
                }
            }
        }
        owners
    }
}

/// A binary heap of commits, the newest on top. Equally new ones come out as the sifting leaves
/// them, which is the order of the reference; the heap of the standard library sifts otherwise.
struct DateHeap<'a> {
    graph: &'a Graph,
    places: Vec<usize>,
}

impl DateHeap<'_> {
    fn time(&self, at: usize) -> Option<i64> {
        self.places.get(at).map(|place| self.graph.node(*place).0)
    }

    fn push(&mut self, place: usize) {
        self.places.push(place);
        let mut at = self.places.len() - 1;
        while at > 0 {
            let above = (at - 1) / 2;
            if self.time(above) >= self.time(at) {
                break;
            }
            self.places.swap(above, at);
            at = above;
        }
    }

    fn pop(&mut self) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        let top = self.places.swap_remove(0);
        let mut at = 0;
        loop {
            let left = 2 * at + 1;
            let Some(left_time) = self.time(left) else { break };
            let newer = match self.time(left + 1) {
                Some(right_time) if right_time > left_time => left + 1,
                _ => left,
            };
            if self.time(at) >= self.time(newer) {
                break;
            }
            self.places.swap(at, newer);
            at = newer;
        }
        Some(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(commits: &[(&str, i64, &[&str])]) -> Graph {
        let parents: Vec<Vec<String>> = commits
            .iter()
            .map(|(_, _, parents)| parents.iter().map(ToString::to_string).collect())
            .collect();
        let rows = commits.iter().zip(&parents);
        Graph::new(rows.map(|((id, time, _), parents)| (*id, *time, parents.as_slice())))
    }

    #[test]
    fn dates_decide_and_in_one_second_the_heap() {
        let line = graph(&[("c", 3, &["b"]), ("b", 2, &["a"]), ("a", 1, &[])]);
        assert_eq!(line.walk(false), [0, 1, 2]);
        let skewed = graph(&[("c", 1, &["b"]), ("b", 5, &["a"]), ("a", 3, &[])]);
        assert_eq!(skewed.walk(false), [1, 2, 0]);
        assert_eq!(skewed.walk(true), [0, 1, 2]);
        let tied = graph(&[("d", 1, &["c"]), ("c", 1, &["b"]), ("b", 1, &["a"]), ("a", 1, &[])]);
        assert_eq!(tied.walk(false), [0, 3, 2, 1]);
        assert_eq!(tied.walk(true), [0, 1, 2, 3]);
    }

    #[test]
    fn a_merge_is_followed_to_both_sides() {
        let merge: &[(&str, i64, &[&str])] =
            &[("m", 9, &["x", "y"]), ("y", 8, &["a"]), ("x", 7, &["a"]), ("a", 1, &["outside"])];
        assert_eq!(graph(merge).walk(false), [0, 1, 2, 3]);
        assert_eq!(graph(merge).walk(true), [0, 1, 2, 3]);
        assert_eq!(graph(merge).owners([2, 0].into_iter()), [Some(1), Some(1), Some(0), Some(0)]);
        assert_eq!(graph(merge).owners([2].into_iter()), [None, None, Some(0), Some(0)]);
    }
}
