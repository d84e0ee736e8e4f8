//! Jobs in every order, with everything that can go wrong between them: thousands of stories, each told by
//! its number. Whatever happens, in the end there is one message, and each line once.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use launchway_base::{Deadline, Failure};
use serde_json::{Value, json};

use super::fake::{NOW, Slack};
use super::order::ended;
use super::*;
use crate::status::Status;

const CHANNEL: &str = "C0123456789";

/// Chance, the same for the same number.
#[derive(Debug)]
struct Chance(Cell<u64>);

impl Chance {
    fn new(story: u64) -> Self {
        Self(Cell::new(story.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))
    }

    /// A number below `most`.
    fn below(&self, most: u64) -> u64 {
        let mut state = self.0.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.0.set(state);
        (state >> 20) % most
    }

    fn one_in(&self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn pick<T: Copy>(&self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// What may happen in a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing but other jobs.
    Calm,
    /// Answers get lost, before or after what they tell of; rate limits.
    Lossy,
    /// Programs are killed, too, and run again.
    Killed,
    /// And posts arrive after everybody gave them up, or can be read late.
    Late,
    /// And people delete messages.
    Deleted,
}

struct World {
    slack: Slack,
    chance: Chance,
    kind: Kind,
    /// How much may still go wrong.
    luck: Cell<u32>,
    /// Posts on their way.
    late: RefCell<Vec<Value>>,
    was_late: Cell<bool>,
    was_deleted: Cell<bool>,
    log: RefCell<Vec<String>>,
}

async fn step() {
    let mut first = true;
    poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// A job's view of the world.
struct Job<'a> {
    world: &'a World,
    name: &'a str,
}

impl Api for Job<'_> {
    async fn call(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        step().await;
        let world = self.world;
        let lost = || Trouble::Unknown(Failure::remote(format!("{method}: no answer")));
        let failed = || Trouble::Failed(Failure::remote(format!("{method}: not taken")));
        let mut what = 0;
        if world.kind != Kind::Calm && world.luck.get() > 0 && world.chance.one_in(6) {
            world.luck.set(world.luck.get() - 1);
            what = 1 + world.chance.below(5);
        }
        let told = body.get("ts").or(body.get("thread_ts")).unwrap_or(&Value::Null);
        world.log.borrow_mut().push(format!("{}: {method} {told} {what}", self.name));
        let answer = match what {
            1 => Err(lost()),
            2 => {
                let _ = world.slack.handle(method, body);
                Err(lost())
            }
            3 => Err(failed()),
            4 if method == "chat.postMessage" && world.kind as u8 >= Kind::Late as u8 => {
                world.late.borrow_mut().push(body.clone());
                world.was_late.set(true);
                Err(lost())
            }
            5 if method == "conversations.history" && world.kind as u8 >= Kind::Late as u8 => {
                world.was_late.set(true);
                let newest = world.slack.messages.borrow_mut().pop();
                let answer = world.slack.handle(method, body);
                world.slack.messages.borrow_mut().extend(newest);
                Ok(answer.unwrap())
            }
            _ => {
                for _ in 0..what * 3 {
                    step().await;
                }
                world.slack.handle(method, body).map_err(|word| Trouble::Refused {
                    word: word.to_owned(),
                    failure: Failure::rejected(format!("{method}: {word}")),
                })
            }
        };
        step().await;
        answer
    }

    fn deadline(&self) -> Deadline {
        Deadline::none()
    }

    fn now(&self) -> Duration {
        Duration::from_secs(NOW + 5)
    }

    async fn pause(&self, _: Duration) {
        for _ in 0..20 {
            step().await;
        }
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<Lived, Trouble>> + 'a>>;

fn start<'a>(world: &'a World, wanted: &'a Wanted) -> Running<'a> {
    Box::pin(async move {
        let job = Job { world, name: &wanted.run.job };
        let plan = look(&job, CHANNEL, wanted).await?;
        let text = format!("{} {}", wanted.run.job, wanted.status);
        let message = json!({ "text": text });
        send(&job, &plan, wanted, &message, &json!({ "text": format!("line {text}") })).await
    })
}

/// Lets all jobs run to a good end. Answers what they told of their lines.
fn play(world: &World, jobs: &[Wanted]) -> Vec<bool> {
    let mut running: Vec<Option<Running<'_>>> = jobs.iter().map(|_| None).collect();
    let mut lines = vec![None; jobs.len()];
    let mut context = Context::from_waker(Waker::noop());
    let chance = &world.chance;
    while lines.iter().any(Option::is_none) || !world.late.borrow().is_empty() {
        if world.kind as u8 >= Kind::Late as u8 && chance.one_in(30) {
            let body = world.late.borrow_mut().pop();
            if let Some(body) = body {
                world.log.borrow_mut().push("a late post arrives".to_owned());
                let _ = world.slack.handle("chat.postMessage", &body);
            }
        }
        if world.kind == Kind::Deleted && world.luck.get() > 0 && chance.one_in(60) {
            world.luck.set(world.luck.get() - 1);
            let of_channel =
                |one: &&Value| one.get("thread_ts").is_none() && one.get("subtype").is_none();
            let ts =
                world.slack.messages.borrow().iter().find(of_channel).map(|one| one["ts"].clone());
            if let Some(ts) = ts {
                world.was_deleted.set(true);
                world.log.borrow_mut().push(format!("{ts} is deleted"));
                world.slack.delete(ts.as_str().unwrap());
            }
        }
        let at = usize::try_from(chance.below(jobs.len() as u64)).unwrap();
        if lines[at].is_some() || (running[at].is_none() && !chance.one_in(20)) {
            continue;
        }
        if running[at].is_some()
            && world.kind as u8 >= Kind::Killed as u8
            && world.luck.get() > 0
            && chance.one_in(25)
        {
            world.luck.set(world.luck.get() - 1);
            world.log.borrow_mut().push(format!("{}: killed", jobs[at].run.job));
            running[at] = None;
            continue;
        }
        let future = running[at].get_or_insert_with(|| start(world, &jobs[at]));
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            running[at] = None;
            // Who failed is run again.
            match result {
                Ok(lived) => lines[at] = Some(lived.entry.is_ok()),
                Err(trouble) => world.log.borrow_mut().push(format!(
                    "{}: {}",
                    jobs[at].run.job,
                    trouble.into_failure()
                )),
            }
        }
    }
    lines.into_iter().map(Option::unwrap).collect()
}

fn wanted(attempt: u64, job: &str, status: Status) -> Wanted {
    let run = Run {
        id: "o/n/1".into(),
        attempt,
        job: job.into(),
        step: "tell".into(),
        leg: String::new(),
    };
    Wanted { key: Key::parse("deploy").unwrap(), run, status, words: "Deploy".into() }
}

impl World {
    fn new(number: u64, kind: Kind) -> Self {
        let chance = Chance::new(number);
        let luck = Cell::new(if kind == Kind::Calm {
            0
        } else {
            1 + u32::try_from(chance.below(5)).unwrap()
        });
        Self {
            slack: Slack::default(),
            chance,
            kind,
            luck,
            late: RefCell::default(),
            was_late: Cell::default(),
            was_deleted: Cell::default(),
            log: RefCell::default(),
        }
    }

    /// All messages and lines but the places of those that were deleted.
    fn messages(&self) -> Vec<Value> {
        let is_there = |one: &&Value| one.get("subtype").is_none();
        self.slack.messages.borrow().iter().filter(is_there).cloned().collect()
    }

    /// What happened, and what is there.
    fn told(&self) -> String {
        let shown = |one: &Value| format!("{} in {}: {}", one["ts"], one["thread_ts"], one["text"]);
        let all: Vec<_> = self.messages().iter().map(shown).collect();
        format!("{}\n\n{}", self.log.borrow().join("\n"), all.join("\n"))
    }
}

/// Two workflows with the same key at the same time.
fn two_runs(number: u64, kind: Kind) -> Result<(), String> {
    let world = World::new(number, kind);
    let of_run = |run: u64, job: &str, status| {
        let mut wanted = wanted(1, &format!("{run}{job}"), status);
        wanted.run.id = format!("o/n/{run}");
        wanted
    };
    let mut all: Vec<_> = (1..=4)
        .map(|job: u64| of_run(1 + job % 2, &format!("job{job}"), world.chance.pick(Status::ALL)))
        .collect();
    let mut lines = play(&world, &all);
    world.luck.set(0);
    for run in [1, 2] {
        let last = [of_run(run, "last", Status::Failure)];
        lines.extend(play(&world, &last));
        all.extend(last);
    }
    let messages = world.messages();
    let of_channel = messages.iter().filter(|one| one.get("thread_ts").is_none());
    let runs: Vec<_> = of_channel.map(|one| Mark::read(one).unwrap().run).collect();
    for run in ["o/n/1", "o/n/2"] {
        let count = runs.iter().filter(|one| *one == run).count();
        if count > 1 || runs.is_empty() {
            return Err(format!("{count} messages of {run}\n{}", world.told()));
        }
    }
    for (wanted, is_written) in all.iter().zip(lines) {
        let is_it =
            |one: &&Value| one["metadata"]["event_payload"]["line"] == wanted.line().as_str();
        let count = messages.iter().filter(is_it).count();
        // A line whose message another run carried on is written again below the next message.
        if is_written && kind == Kind::Calm && count == 0 {
            return Err(format!("{} has {count} lines\n{}", wanted.run.job, world.told()));
        }
    }
    Ok(())
}

#[test]
fn two_workflows_with_the_same_key() {
    stories(two_runs, Kind::Calm);
    stories(two_runs, Kind::Killed);
}

fn story(number: u64, kind: Kind) -> Result<(), String> {
    let world = World::new(number, kind);
    let mut all = Vec::new();
    let mut lines = Vec::new();
    let attempts = 1 + world.chance.below(2);
    for attempt in 1..=attempts {
        let jobs: Vec<_> = (0..2 + world.chance.below(3))
            .map(|job| {
                wanted(
                    attempt,
                    &format!("{attempt}{}", ["a", "b", "c", "d"][usize::try_from(job).unwrap()]),
                    world.chance.pick(Status::ALL),
                )
            })
            .collect();
        lines.extend(play(&world, &jobs));
        all.extend(jobs);
    }
    let calm = !world.was_late.get() && !world.was_deleted.get();
    let messages = || world.slack.messages.borrow().clone();
    let root = |one: &Value| one.get("thread_ts").is_none() && one.get("subtype").is_none();
    let roots = || messages().into_iter().filter(root).collect::<Vec<_>>();
    let said = || {
        let shown = |one: &Value| format!("{} in {}: {}", one["ts"], one["thread_ts"], one["text"]);
        let all: Vec<_> = messages().iter().map(shown).collect();
        format!("{}\n\n{}", world.log.borrow().join("\n"), all.join("\n"))
    };
    if kind == Kind::Calm && roots().len() != 1 {
        return Err(format!("{} messages at once\n{}", roots().len(), said()));
    }
    // The last job of a workflow, or one that is run again.
    world.luck.set(0);
    let last = [wanted(attempts, "last", Status::Neutral)];
    lines.extend(play(&world, &last));
    all.extend(last);
    let roots = roots();
    let [shown] = roots.as_slice() else {
        return Err(format!("{} messages\n{}", roots.len(), said()));
    };
    let threads: Vec<Value> = messages().into_iter().filter(|one| !root(one)).collect();
    for (wanted, is_written) in all.iter().zip(&lines) {
        let ours: Vec<_> = threads
            .iter()
            .filter(|one| one["metadata"]["event_payload"]["line"] == wanted.line().as_str())
            .collect();
        let good = ours.iter().filter(|one| one["thread_ts"] == shown["ts"]).count();
        let fits = if *is_written && calm {
            good == 1 && (kind != Kind::Calm || ours.len() == 1)
        } else {
            good <= 1
        };
        if !fits {
            return Err(format!(
                "{} has {good} of {} lines\n{}",
                wanted.run.job,
                ours.len(),
                said()
            ));
        }
    }
    let shown = Mark::read(shown).unwrap();
    for (wanted, is_written) in all.iter().zip(&lines) {
        if calm
            && *is_written
            && (stays(wanted.said(), shown.said())
                || (ended(wanted.status)
                    && !ended(shown.status)
                    && wanted.run.attempt == shown.attempt))
        {
            return Err(format!("{:?} hides {:?}\n{}", shown.said(), wanted.said(), said()));
        }
    }
    Ok(())
}

fn stories(story: fn(u64, Kind) -> Result<(), String>, kind: Kind) {
    let many = std::env::var("STORIES").ok().and_then(|many| many.parse().ok()).unwrap_or(400);
    for number in 1..=many {
        if let Err(wrong) = story(number, kind) {
            panic!("{kind:?} {number}: {wrong}");
        }
    }
}

#[test]
fn jobs_in_any_order() {
    stories(story, Kind::Calm);
}

#[test]
fn answers_that_get_lost() {
    stories(story, Kind::Lossy);
}

#[test]
fn programs_that_are_killed_and_run_again() {
    stories(story, Kind::Killed);
}

#[test]
fn posts_that_arrive_late() {
    stories(story, Kind::Late);
}

#[test]
fn messages_that_people_delete() {
    stories(story, Kind::Deleted);
}
