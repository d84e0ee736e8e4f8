//! Shallow clones and missing tags.

use launchway_base::Failure;
use launchway_changelog::guard::{Leave, Need, Tags, history};
use launchway_testkit::git;

use crate::world::{OFFLINE, World, refused};

#[test]
fn a_complete_clone_with_tags_costs_no_process() {
    let world = World::new(9, &[("v1", 3)]);
    let clone = world.clone(&[]);
    assert!(!clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert!(!clone.ensure(Leave::default(), || clone.full()).unwrap());
    assert_eq!(clone.processes(), 0);
}

#[test]
fn a_shallow_clone_is_deepened_in_steps_until_the_tag_turns_up() {
    let world = World::new(900, &[("v1", 250), ("light", 300), ("v0", 5)]);
    let clone = world.clone(&["--depth=1", "--no-tags"]);
    assert!(clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    let requests = clone.requests();
    let deepened: Vec<&String> = requests
        .iter()
        .filter(|line| line.contains("--deepen") || line.contains("--unshallow"))
        .collect();
    assert_eq!(deepened.len(), 3, "{requests:?}");
    for (line, by) in deepened.iter().zip([100, 400, 1600]) {
        assert!(line.contains(&format!("--deepen={by}")), "{requests:?}");
    }
    assert_eq!(clone.text(&["tag"]), "light\nv0\nv1");
    assert_eq!(clone.count("light..HEAD"), "600");
    assert_eq!(requests.iter().filter(|line| line.starts_with("ls-remote")).count(), 1);
    let said = clone.said.borrow().join("\n");
    assert!(said.contains("this clone is shallow: fetching 100 more commits"), "{said}");
    assert!(said.contains("fetching 3 tags (`light`, `v0`, `v1`) from `origin`"), "{said}");
    // Only what was asked for came: no branch but the one that was cloned.
    assert_eq!(
        clone.text(&["for-each-ref", "--format=%(refname)", "refs/remotes"]).lines().count(),
        2
    );
}

#[test]
fn deepening_stops_where_the_range_is_complete() {
    let world = World::new(900, &[("v1", 500), ("v2", 850)]);
    let clone = world.clone(&["--depth=1", "--no-tags"]);
    assert!(clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert_eq!(clone.text(&["tag"]), "v2");
    assert_eq!(clone.count("HEAD"), "101");
    // All of it, this time.
    assert!(clone.ensure(Leave::default(), || clone.full()).unwrap());
    assert_eq!(clone.count("HEAD"), "900");
    assert_eq!(clone.text(&["tag"]), "v1\nv2");
    assert_eq!(clone.text(&["rev-parse", "--is-shallow-repository"]), "false");
}

#[test]
fn a_shallow_clone_that_holds_the_range_is_fine() {
    let world = World::new(60, &[("v1", 50)]);
    let clone = world.clone(&["--depth=20"]);
    assert_eq!(clone.text(&["tag"]), "v1");
    assert!(!clone.ensure(OFFLINE, || clone.unreleased()).unwrap());
    assert!(clone.requests().is_empty());
    refused(
        clone.ensure(OFFLINE, || clone.full()),
        "`--offline` fetches nothing",
        "fetch-depth: 0",
    );
    assert!(clone.requests().is_empty());
    // With its own flag it goes on, says so and fetches no history.
    let leave = Leave { shallow: true, missing_tags: true, offline: false };
    assert!(!clone.ensure(leave, || clone.full()).unwrap());
    assert!(clone.requests().is_empty());
    assert!(clone.said.borrow().join("\n").contains("goes unread"));
}

#[test]
fn tags_of_the_remote_are_fetched_when_none_is_here() {
    let world = World::new(30, &[("v1", 10), ("v2", 20), ("other", 20)]);
    let clone = world.clone(&["--no-tags"]);
    let only_v = |name: &str| name.starts_with('v');
    let mut say = |text: &str| clone.said.borrow_mut().push(text.to_owned());
    let fetched = history::ensure(
        &clone.api(),
        Leave::default(),
        &only_v,
        &mut || Ok(clone.unreleased()),
        &mut say,
    )
    .unwrap();
    assert!(fetched);
    assert_eq!(clone.text(&["tag"]), "v1\nv2");
    assert_eq!(clone.requests().len(), 2);
}

#[test]
fn a_repository_without_tags_is_fine() {
    let world = World::new(3, &[]);
    let clone = world.clone(&[]);
    assert!(!clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert_eq!(clone.requests().len(), 1);
    assert!(!clone.ensure(OFFLINE, || clone.unreleased()).unwrap());
    assert_eq!(clone.requests().len(), 1);
    clone.text(&["remote", "remove", "origin"]);
    assert!(!clone.ensure(Leave::default(), || clone.unreleased()).unwrap());
    assert_eq!(clone.requests().len(), 1);
    assert!(clone.said.borrow().is_empty());
}

#[test]
fn a_given_range_may_name_a_tag_of_the_remote() {
    let world = World::new(200, &[("v1", 20), ("v2", 150)]);
    let range = || Need { revisions: vec!["v1..v2".to_owned()], tags: Tags::Unused, given: true };
    let clone = world.clone(&["--depth=1", "--no-tags"]);
    assert!(clone.ensure(Leave::default(), range).unwrap());
    assert_eq!(clone.count("v1..v2"), "130");
    // What nobody knows is left to git to say.
    let nonsense = || Need { revisions: vec!["v7..v8".to_owned()], ..range() };
    clone.ensure(Leave::default(), nonsense).unwrap();
}

#[test]
fn tags_at_depth_one_do_not_hide_the_gap() {
    let world = World::new(300, &[("v1", 100), ("v2", 200)]);
    // As `actions/checkout` with `fetch-tags: true` leaves it: every tag an island.
    let clone = world.clone(&["--depth=1"]);
    clone.text(&["fetch", "--quiet", "--depth=1", "origin", "+refs/tags/*:refs/tags/*"]);
    let range = || Need { revisions: vec!["v2..HEAD".to_owned()], tags: Tags::Found, given: false };
    refused(clone.ensure(OFFLINE, range), "history of `v2..HEAD`", "fetch-depth: 0");
    assert!(clone.ensure(Leave::default(), range).unwrap());
    assert_eq!(clone.count("v2..HEAD"), "100");
}

#[test]
fn a_tag_on_another_branch_is_fetched_when_the_range_names_it() {
    let world = World::new(20, &[("v1", 5)]);
    let stream = "commit refs/heads/side\ncommitter A <a@example.com> 1800000000 +0000\n\
                  data 1\nx\nfrom refs/heads/main~10\n\nreset refs/tags/side-1\nfrom refs/heads/side\n\n";
    git::output(&world.origin(), &["fast-import", "--quiet"], Some(stream.as_bytes()));
    for options in [&["--no-tags", "--single-branch"][..], &["--no-tags", "--depth=3"]] {
        let clone = world.clone(options);
        let need =
            || Need { revisions: vec!["v1..side-1".to_owned()], tags: Tags::Unused, given: true };
        let no_name = |_: &str| false;
        let mut say = |text: &str| clone.said.borrow_mut().push(text.to_owned());
        let leave = Leave::default();
        history::ensure(&clone.api(), leave, &no_name, &mut || Ok(need()), &mut say).unwrap();
        assert_eq!(clone.count("v1..side-1"), "6", "{options:?}");
        std::fs::remove_dir_all(&clone.dir).unwrap();
    }
}

#[test]
fn what_fails_for_want_of_a_tag_is_asked_again_when_it_is_here() {
    let world = World::new(300, &[("v1", 5), ("v2", 300)]);
    for options in [&["--no-tags"][..], &["--no-tags", "--depth=1"]] {
        let clone = world.clone(options);
        let mut say = |text: &str| clone.said.borrow_mut().push(text.to_owned());
        // As `--current` reads it.
        let mut need = || {
            git::try_text(&clone.dir, &["describe", "--tags", "--exact-match"])
                .ok_or_else(|| Failure::input("no tag here"))?;
            let before = git::try_text(&clone.dir, &["describe", "--tags", "--abbrev=0", "HEAD~"]);
            let range = before.map_or("HEAD".to_owned(), |tag| format!("{tag}..HEAD"));
            Ok(Need { revisions: vec![range], tags: Tags::Found, given: false })
        };
        let all = |_: &str| true;
        assert!(
            history::ensure(&clone.api(), Leave::default(), &all, &mut need, &mut say).unwrap()
        );
        assert_eq!(clone.count("v1..v2"), "295");
        // What no fetch helps keeps its own words.
        clone.text(&["tag", "-d", "v2"]);
        clone.text(&["remote", "remove", "origin"]);
        let failure = history::ensure(&clone.api(), Leave::default(), &all, &mut need, &mut say);
        let failure = failure.unwrap_err();
        assert!(
            [
                "no tag here",
                "history of `HEAD` is missing in this shallow clone, and there is no remote"
            ]
            .contains(&failure.to_string().as_str()),
            "{failure}"
        );
        std::fs::remove_dir_all(&clone.dir).unwrap();
    }
}
