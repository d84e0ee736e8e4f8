//! Two runs at once, in any order, killed anywhere, with answers that are lost, run again: whatever
//! happens on the way, what is said in the end is true.

use std::collections::BTreeSet;

use launchway_testkit::{Fault, FaultRule, KillSwitch, Moment};

use crate::world::{JOB, Job, World};

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

const OUTCOMES: [(&str, i32); 4] =
    [("deployed", 0), ("rolled-back", 1), ("failed", 1), ("cancelled", 1)];

/// A run that deploys, as far as it has come.
struct Deploy {
    job: Job,
    version: String,
    id: Option<String>,
}

impl Deploy {
    fn inputs(&self) -> [(&str, &str); 2] {
        [("environment", "production"), ("version", &self.version)]
    }

    fn end<'a>(&'a self, status: &'a str) -> Vec<(&'a str, &'a str)> {
        let id = self.id.as_deref().unwrap_or_default();
        vec![("environment", "production"), ("deployment-id", id), ("status", status)]
    }
}

/// Something that goes wrong, or nothing.
fn trouble(world: &World, dice: &mut Dice) -> KillSwitch {
    let faults = [Fault::CommitThenCut, Fault::CommitThenFail, Fault::CutConnection];
    match dice.below(4) {
        0 => {
            let moment = [Moment::Before, Moment::After][dice.below(2)];
            KillSwitch::at(1 + dice.below(3), moment)
        }
        1 => {
            let fault = faults[dice.below(faults.len())].clone();
            world.github.fail(FaultRule::new(fault).method("POST"));
            KillSwitch::never()
        }
        _ => KillSwitch::never(),
    }
}

fn check(world: &World, context: &str) {
    let all = world.repo.deployments();
    let serving = all.iter().filter(|one| one.state() == "success").count();
    assert!(serving <= 1, "{context}: {:?}", world.all());
    let stamps: Vec<String> = all.iter().map(|one| one.payload["launchway"].to_string()).collect();
    let single: BTreeSet<&String> = stamps.iter().collect();
    assert_eq!(single.len(), stamps.len(), "{context}: twice of {stamps:#?}");
    assert!(
        all.iter().all(|one| !matches!(one.state(), "" | "in_progress")),
        "{context}: {:?}",
        world.all()
    );
}

#[test]
fn in_any_order_there_is_one_of_each_and_one_that_serves() {
    for seed in 1..=5_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let world = World::new();
        for round in 0..3 {
            let deploy = |at: u64| Deploy {
                job: Job { run: 10 * (round + 1) + at, ..JOB },
                version: format!("{round}.{at}"),
                id: None,
            };
            let mut both = [deploy(0), deploy(1)];
            for deploy in &mut both {
                let switch = trouble(&world, &mut dice);
                world.killed("deployment-start", deploy.job, &deploy.inputs(), &switch);
                world.github.heal();
                match dice.below(3) {
                    // As a step that runs again, or as the job's next attempt; or never.
                    0 => {}
                    way => {
                        deploy.job.attempt += u64::from(way == 2);
                        let run = world.start(deploy.job, &deploy.inputs()).success();
                        deploy.id = Some(run.output("deployment-id").to_owned());
                    }
                }
            }
            let outcomes = [OUTCOMES[dice.below(4)], OUTCOMES[dice.below(4)]];
            let first = dice.below(2);
            for (turn, at) in [first, 1 - first].into_iter().enumerate() {
                let (deploy, (status, code)) = (&both[at], outcomes[at]);
                let context = format!("seed {seed}, round {round}, turn {turn}, {status}");
                let switch = trouble(&world, &mut dice);
                let end = deploy.end(status);
                world.killed("deployment-finish", deploy.job, &end, &switch);
                world.github.heal();
                let run = world.finish(deploy.job, &end);
                // A start that was killed before it began anything leaves nothing to end.
                let code = match (run.output("deployment-id"), status) {
                    ("", "deployed") => 1,
                    ("", _) => 0,
                    _ => code,
                };
                assert_eq!(run.exit_code, code, "{context}: {}", run.log);
                assert_eq!(run.output("outcome"), status, "{context}");
            }
            check(&world, &format!("seed {seed}, round {round}, {outcomes:?}"));
        }
    }
}

/// Whoever ends second sees both, in whatever order requests come.
#[test]
fn two_that_end_at_once_leave_one_that_serves() {
    for round in 0..4_u64 {
        let world = World::new();
        world.deployed(1, "production", "1");
        let ids: Vec<String> = (0..3_u64)
            .map(|at| {
                let inputs = [("environment", "production"), ("version", "2")];
                let run = world.start(Job { run: 2 + at, ..JOB }, &inputs).success();
                run.output("deployment-id").to_owned()
            })
            .collect();
        std::thread::scope(|scope| {
            for (at, id) in ids.iter().enumerate() {
                let world = &world;
                let job = Job { run: 2 + u64::try_from(at).unwrap(), ..JOB };
                let status = if (round, at) == (3, 1) { "rolled-back" } else { "deployed" };
                scope
                    .spawn(move || world.finish(job, &[("deployment-id", id), ("status", status)]));
            }
        });
        let all = world.repo.deployments();
        let serving: Vec<String> = all
            .iter()
            .filter(|one| one.state() == "success")
            .map(|one| one.id.to_string())
            .collect();
        assert_eq!(serving, [ids[2].clone()], "{:?}", world.all());
    }
}
