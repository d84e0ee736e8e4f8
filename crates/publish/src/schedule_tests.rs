use super::Progress::{Done, Failed, Held, Paused, Running, Waiting};
use super::*;

fn nodes(needs: &[&[usize]]) -> Vec<Node> {
    let node = |needs: &&[usize]| Node { needs: needs.to_vec(), lane: "npm", at_once: 10 };
    needs.iter().map(node).collect()
}

/// Needs, states, the limit; then what starts and what is held.
type Case = (
    &'static [&'static [usize]],
    &'static [Progress],
    usize,
    &'static [usize],
    &'static [(usize, usize)],
);

#[test]
fn the_table() {
    let diamond: &[&[usize]] = &[&[], &[0], &[0], &[1, 2]];
    let cases: &[Case] = &[
        (&[], &[], 9, &[], &[]),
        (diamond, &[Waiting; 4], 9, &[0], &[]),
        (diamond, &[Running, Waiting, Waiting, Waiting], 9, &[], &[]),
        (diamond, &[Done, Waiting, Waiting, Waiting], 9, &[1, 2], &[]),
        (diamond, &[Done, Waiting, Waiting, Waiting], 1, &[1], &[]),
        (diamond, &[Done, Running, Waiting, Waiting], 1, &[], &[]),
        (diamond, &[Done, Done, Running, Waiting], 9, &[], &[]),
        (diamond, &[Done, Done, Done, Waiting], 9, &[3], &[]),
        // What failed holds what needs it, and what needs that, by its own name.
        (diamond, &[Failed, Waiting, Waiting, Waiting], 9, &[], &[(1, 0), (2, 0), (3, 0)]),
        (diamond, &[Done, Failed, Waiting, Waiting], 9, &[2], &[(3, 1)]),
        (diamond, &[Done, Held(0), Running, Waiting], 9, &[], &[(3, 0)]),
        // What is paused neither starts nor holds.
        (diamond, &[Paused, Waiting, Waiting, Waiting], 9, &[], &[]),
        (&[&[], &[], &[0]], &[Failed, Waiting, Waiting], 9, &[1], &[(2, 0)]),
        (&[&[], &[], &[]], &[Waiting; 3], 2, &[0, 1], &[]),
        (&[&[]], &[Waiting], 0, &[], &[]),
    ];
    for (needs, progress, most, start, hold) in cases {
        let step = next(&nodes(needs), progress, *most);
        let expected = Step { start: start.to_vec(), hold: hold.to_vec() };
        assert_eq!(step, expected, "{needs:?} {progress:?} {most}");
    }
}

#[test]
fn each_lane_has_its_own_limit() {
    let node = |lane, at_once| Node { needs: Vec::new(), lane, at_once };
    let nodes =
        [node("cargo", 1), node("cargo", 1), node("npm", 2), node("npm", 2), node("npm", 2)];
    assert_eq!(next(&nodes, &[Waiting; 5], 9).start, [0, 2, 3]);
    assert_eq!(next(&nodes, &[Waiting; 5], 2).start, [0, 2]);
    let progress = [Running, Waiting, Done, Running, Waiting];
    assert_eq!(next(&nodes, &progress, 9).start, [4]);
}

/// A small deterministic generator; its seed is printed by the assertion that fails.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

#[test]
fn random_graphs_end_with_everything_that_no_failure_reaches() {
    for seed in 0..3000 {
        let mut random = Random(seed);
        let count = 1 + random.below(14);
        let nodes: Vec<Node> = (0..count)
            .map(|index| Node {
                needs: (0..index).filter(|_| random.below(4) == 0).collect(),
                lane: if random.below(3) == 0 { "cargo" } else { "npm" },
                at_once: if random.below(3) == 0 { 1 } else { 3 },
            })
            .collect();
        let fails: Vec<bool> = (0..count).map(|_| random.below(6) == 0).collect();
        let most = 1 + random.below(5);
        let mut progress = vec![Waiting; count];
        let mut starts = vec![0; count];
        loop {
            let step = next(&nodes, &progress, most);
            for (index, by) in &step.hold {
                assert_eq!(progress[*by], Failed, "seed {seed}: only what failed holds");
                progress[*index] = Held(*by);
            }
            for index in &step.start {
                let needs = &nodes[*index].needs;
                assert!(needs.iter().all(|need| progress[*need] == Done), "seed {seed}: too early");
                starts[*index] += 1;
                progress[*index] = Running;
            }
            let running: Vec<usize> = (0..count).filter(|i| progress[*i] == Running).collect();
            assert!(running.len() <= most, "seed {seed}");
            let Some(ends) = running.get(random.below(running.len())) else { break };
            // Now and then one has to come back later.
            progress[*ends] = match (random.below(8), fails[*ends]) {
                (0, _) => Paused,
                (_, true) => Failed,
                (_, false) => Done,
            };
            if random.below(2) == 0 || !progress.contains(&Running) {
                for state in &mut progress {
                    if *state == Paused {
                        *state = Waiting;
                    }
                }
            }
        }
        let mut reached = fails.clone();
        for index in 0..count {
            let by_need = nodes[index].needs.iter().any(|need| reached[*need]);
            match progress[index] {
                Done => assert!(!reached[index] && !by_need, "seed {seed}"),
                Failed => assert!(fails[index] && !by_need, "seed {seed}"),
                Held(_) => assert!(by_need && starts[index] == 0, "seed {seed}"),
                other => panic!("seed {seed}: {other:?} is no end"),
            }
            reached[index] |= by_need;
        }
    }
}
