//! The version pull request of runs that were killed at each of their writes.

use launchway_testkit::{KillSwitch, Moment, TokenKind};

use crate::shop::{Shop, changeset};
use crate::version::BRANCH;

/// What a run leaves for people.
#[derive(Debug, PartialEq, Eq)]
struct State {
    tree: Vec<(String, Option<String>)>,
    parents: Vec<String>,
    pulls: Vec<(String, String, String)>,
    branches: Vec<String>,
}

fn state(shop: &Shop) -> State {
    let files = shop.handle.files_at(BRANCH);
    let read = |path: &String| (path.clone(), shop.handle.file_at(BRANCH, path));
    State {
        tree: files.iter().map(read).collect(),
        parents: shop.handle.commit_at(BRANCH).unwrap().parents,
        pulls: shop
            .handle
            .pulls()
            .into_iter()
            .map(|pull| (pull.title, pull.body, pull.state))
            .collect(),
        branches: shop.handle.branches(),
    }
}

/// With `update` the branch and its pull request are there already.
fn prepare(kind: TokenKind, update: bool) -> Shop {
    let shop = Shop::new(kind);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    if update {
        shop.run(&[]).success();
        shop.fresh_checkout();
        shop.changeset("two", &changeset(&[("@acme/core", "major")], "B."));
    }
    shop
}

#[test]
fn a_second_run_completes_and_repeats_nothing() {
    for (kind, update) in
        [(TokenKind::App, false), (TokenKind::App, true), (TokenKind::Personal, true)]
    {
        let whole = prepare(kind, update);
        let switch = KillSwitch::never();
        whole.github.kill_switch(&switch);
        whole.run_on(&whole.runner().kill_switch(&switch), &[]).success();
        let (expected, writes) = (state(&whole), switch.writes());
        assert!(writes.len() >= 4, "{writes:?}");
        for at in 1..=writes.len() {
            for moment in [Moment::Before, Moment::After] {
                let context = format!("{kind:?} update={update} {moment:?} {}", writes[at - 1]);
                let mut shop = prepare(kind, update);
                let switch = KillSwitch::at(at, moment);
                shop.github.kill_switch(&switch);
                let run = shop.run_on(&shop.runner().kill_switch(&switch), &[]);
                assert!(switch.has_struck() && run.exit_code != 0, "{context}");
                shop.github.kill_switch(&KillSwitch::never());
                shop.attempt = 2;
                shop.fresh_checkout();
                let run = shop.run(&[]).success();
                assert_eq!(state(&shop), expected, "{context}\n{}", run.log);
                let (head, edits) = (shop.handle.sha(BRANCH), shop.handle.pull(1).edits);
                shop.fresh_checkout();
                shop.github.forget_requests();
                shop.run(&[]).success();
                assert_eq!(shop.github.write_lines(), [""; 0], "{context}: nothing is left to do");
                assert_eq!((shop.handle.sha(BRANCH), shop.handle.pull(1).edits), (head, edits));
                assert!(edits <= 1, "{context}: edited once");
            }
        }
    }
}
