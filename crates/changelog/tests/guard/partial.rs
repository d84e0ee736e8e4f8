//! Clones that were made with a filter.

use launchway_changelog::guard::{Leave, partial};
use launchway_git::{LogChanges, LogQuery};

use crate::world::{Clone, OFFLINE, World, refused};

fn ensure(
    clone: &Clone,
    changes: &LogChanges,
    leave: Leave,
) -> Result<bool, launchway_base::Failure> {
    let mut say = |text: &str| clone.said.borrow_mut().push(text.to_owned());
    partial::ensure(&clone.api(), changes, &["v1..HEAD".to_owned()], leave, &mut say)
}

/// How many files the log of the range names, fetching nothing on the way.
fn files(clone: &Clone, changes: &LogChanges) -> usize {
    let query = LogQuery {
        revisions: vec!["v1..HEAD".to_owned()],
        changes: changes.clone(),
        ..LogQuery::default()
    };
    let mut files = 0;
    let git = clone.api().with_env("GIT_NO_LAZY_FETCH", "1");
    git.log(&query, |entry| files += entry.files.len()).unwrap();
    files
}

fn world() -> World {
    let world = World::new(40, &[("v1", 10)]);
    launchway_testkit::git::text(&world.origin(), &["config", "uploadpack.allowFilter", "true"]);
    world
}

#[test]
fn a_clone_that_is_not_partial_costs_no_process() {
    let world = world();
    let clone = world.clone(&[]);
    assert!(!ensure(&clone, &LogChanges::Lines, Leave::default()).unwrap());
    assert_eq!(clone.processes(), 0);
}

#[test]
fn paths_need_no_contents() {
    let world = world();
    let clone = world.clone(&["--filter=blob:none", "--bare"]);
    assert!(!ensure(&clone, &LogChanges::None, OFFLINE).unwrap());
    assert!(!ensure(&clone, &LogChanges::Paths, OFFLINE).unwrap());
    assert_eq!(files(&clone, &LogChanges::Paths), 30);
    assert!(clone.requests().is_empty());
}

#[test]
fn contents_come_in_one_request_and_only_those_of_the_range() {
    let world = world();
    let clone = world.clone(&["--filter=blob:none", "--bare"]);
    refused(ensure(&clone, &LogChanges::Lines, OFFLINE), "`--offline` fetches nothing", "filter");
    assert!(ensure(&clone, &LogChanges::Lines, Leave::default()).unwrap());
    assert_eq!(files(&clone, &LogChanges::Lines), 30);
    assert_eq!(clone.requests().len(), 1);
    // The second time all is here.
    assert!(!ensure(&clone, &LogChanges::Lines, OFFLINE).unwrap());
    let said = clone.said.borrow().join("\n");
    assert!(said.contains("fetching the contents of 37 changed files from `origin`"), "{said}");
}

#[test]
fn folders_come_in_one_request() {
    let world = world();
    let clone = world.clone(&["--filter=tree:0", "--bare"]);
    refused(ensure(&clone, &LogChanges::Paths, OFFLINE), "`--offline` fetches nothing", "filter");
    assert!(ensure(&clone, &LogChanges::Paths, Leave::default()).unwrap());
    assert_eq!(files(&clone, &LogChanges::Paths), 30);
    assert_eq!(clone.requests().len(), 1);
    assert!(!ensure(&clone, &LogChanges::Paths, OFFLINE).unwrap());
}
