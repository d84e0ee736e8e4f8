//! Killed before and after every effect of a release, a second run completes the rest and repeats
//! nothing. (The version pull request has tests of its own.)

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use launchway_testkit::runner::How;
use launchway_testkit::{KillSwitch, Moment, StepRun};

use crate::market::Market;
use crate::shop::{PROGRAM, TOKEN};

/// What is run, on what.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// `run` with this release mode.
    Run(&'static str),
    /// `repair` after everything was published, but nothing tagged.
    Repair,
}

fn scene(way: Way) -> Market {
    match way {
        Way::Run(mode) => Market::merged(mode),
        Way::Repair => {
            let market = Market::merged("publish");
            market.registry.seed("@acme/core", "1.1.0").seed("@acme/app", "1.0.1");
            market
        }
    }
}

fn go(market: &Market, way: Way, switch: &KillSwitch) -> StepRun {
    let runner = market.runner().kill_switch(switch);
    let (verb, mut inputs) = match way {
        Way::Run(mode) => ("run", market.inputs(mode)),
        Way::Repair => ("repair", Vec::new()),
    };
    inputs.push(("github-token", TOKEN));
    runner.run_program(PROGRAM, &[verb], How::Json, &inputs)
}

fn arm(market: &Market, switch: &KillSwitch) {
    market.shop.github.kill_switch(switch);
    market.registry.kill_switch(switch);
}

/// How often each effect took place: requests that were done, whoever was told.
fn effects(market: &Market) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    let all = [market.shop.github.writes(), market.registry.writes()].concat();
    for write in all {
        // A tag object that no ref names is nothing anybody sees.
        if (200..300).contains(&write.status) && !write.path.ends_with("/git/tags") {
            let body = write.json();
            let what = body["tag_name"].as_str().or(body["ref"].as_str()).unwrap_or_default();
            *count.entry(format!("{} {what}", write.line())).or_default() += 1;
        }
    }
    count
}

/// Kills at every write and runs again, in the same job or (`later`) in that of the next push.
fn kill_everywhere(way: Way, later: bool) {
    let market = scene(way);
    let switch = KillSwitch::never();
    arm(&market, &switch);
    let _ = go(&market, way, &switch).success();
    let (writes, state, done) = (switch.writes(), market.state(), effects(&market));
    assert!(writes.len() >= 6, "{way:?}: {writes:#?}");
    let cases: Vec<(usize, Moment)> =
        (1..=writes.len()).flat_map(|n| [(n, Moment::Before), (n, Moment::After)]).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((n, moment)) = cases.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
            let place = format!("{way:?} {moment:?} write {n}, {}", writes[n - 1]);
            let market = scene(way);
            let switch = KillSwitch::at(n, moment);
            arm(&market, &switch);
            let killed = go(&market, way, &switch);
            assert!(switch.has_struck() && killed.exit_code == -1, "{place}\n{}", killed.log);
            // What was not published must not be published from another commit than planned, so the
            // next push only comes when everything is in the registry.
            let is_published = market.registry.versions("@acme/app").len() == 2;
            if later && (is_published || matches!(way, Way::Run("tag"))) {
                market.later();
            }
            let again = go(&market, way, &KillSwitch::never());
            assert_eq!(again.exit_code, 0, "{place}\n{}", again.log);
            assert_eq!(market.state(), state, "{place}\n{}", again.log);
            let seen = effects(&market);
            assert_eq!(seen, done, "{place}: done twice\n{}", again.log);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
}

#[test]
fn publishing_by_ourselves() {
    kill_everywhere(Way::Run("publish"), false);
}

#[test]
fn publishing_by_ourselves_completed_by_the_next_push() {
    kill_everywhere(Way::Run("publish"), true);
}

#[test]
fn publishing_by_a_script_completed_by_the_next_push() {
    kill_everywhere(Way::Run("script"), true);
}

#[test]
fn tags_only() {
    kill_everywhere(Way::Run("tag"), true);
}

#[test]
fn repair() {
    kill_everywhere(Way::Repair, false);
}
