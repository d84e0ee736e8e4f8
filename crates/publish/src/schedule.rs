//! What may be published next: a table without clock, network or registry.

use std::collections::HashMap;

/// How far one package of a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not tried yet.
    Waiting,
    /// Tried and to be tried again, but not now.
    Paused,
    /// On its way.
    Running,
    /// There, or as far as it gets by itself.
    Done,
    /// Tried, and not there.
    Failed,
    /// Not tried, because of this other one, which failed.
    Held(usize),
}

/// What to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// To be started now.
    pub(crate) start: Vec<usize>,
    /// To be given up, each with the failed package that holds it.
    pub(crate) hold: Vec<(usize, usize)>,
}

/// One package of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// What must be there before; always smaller than its own number.
    pub(crate) needs: Vec<usize>,
    /// Packages of one lane share a limit.
    pub(crate) lane: &'static str,
    /// How many of its lane may be on their way at once.
    pub(crate) at_once: usize,
}

/// What may be started, and what can never be. `most` bounds all lanes together.
pub(crate) fn next(nodes: &[Node], progress: &[Progress], most: usize) -> Step {
    let mut seen = progress.to_vec();
    let mut running: HashMap<&str, usize> = HashMap::new();
    for (node, state) in nodes.iter().zip(progress) {
        *running.entry(node.lane).or_default() += usize::from(*state == Progress::Running);
    }
    let mut step = Step::default();
    for (index, node) in nodes.iter().enumerate() {
        if seen.get(index) != Some(&Progress::Waiting) {
            continue;
        }
        let states = || node.needs.iter().filter_map(|need| Some((*need, *seen.get(*need)?)));
        let holder = states().find_map(|(need, state)| match state {
            Progress::Failed => Some(need),
            Progress::Held(by) => Some(by),
            _ => None,
        });
        if let Some(by) = holder {
            step.hold.push((index, by));
            if let Some(state) = seen.get_mut(index) {
                *state = Progress::Held(by);
            }
            continue;
        }
        let all: usize = running.values().sum();
        let lane = running.entry(node.lane).or_default();
        if *lane < node.at_once && all < most && states().all(|(_, state)| state == Progress::Done)
        {
            *lane += 1;
            step.start.push(index);
        }
    }
    step
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
