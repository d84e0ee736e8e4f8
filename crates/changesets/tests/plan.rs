//! Plans as tables: packages and changesets in, versions and reasons out.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use launchway_changesets::{
    Changeset, ChangesetError, Config, Plan, PlanInput, PreMode, PreState, Snapshot, SnapshotTime,
};
use launchway_workspace::ecosystem::Npm;
use launchway_workspace::{
    Bump, Dependency, DependencyKind, Package, PublishConfig, Tool, Workspace,
};

/// `name@version` and its dependencies: `name range`, with `dev:`, `peer:` or `optional:` before it.
fn package(id: &str, dependencies: &[&str]) -> Package {
    let (name, version) = id.rsplit_once('@').unwrap();
    let dependencies = dependencies.iter().map(|text| {
        let (kind, rest) = match text.split_once(':') {
            Some(("dev", rest)) => (DependencyKind::Dev, rest),
            Some(("peer", rest)) => (DependencyKind::Peer, rest),
            Some(("optional", rest)) => (DependencyKind::Optional, rest),
            _ => (DependencyKind::Normal, *text),
        };
        let (name, range) = rest.split_once(' ').unwrap();
        Dependency { kind, name: name.to_owned(), range: range.to_owned(), inherited: false }
    });
    let mut dependencies: Vec<Dependency> = dependencies.collect();
    dependencies.sort_by_key(|dependency| dependency.kind);
    Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        private: false,
        dir: format!("packages/{name}"),
        manifest: format!("packages/{name}/package.json"),
        ecosystem: &Npm,
        dependencies,
        publish: PublishConfig::default(),
        version_from: None,
    }
}

fn workspace(packages: Vec<Package>) -> Workspace {
    let mut root = package("root@0.0.0", &[]);
    root.dir = String::new();
    Workspace::new("/repository".into(), Tool::Pnpm, Some(root), packages)
}

fn changesets(texts: &[&str]) -> Vec<Changeset> {
    let parse = |(i, text): (usize, &&str)| {
        Changeset::parse(&format!("c{i}"), &format!("---\n{text}\n---\n\nText")).unwrap()
    };
    texts.iter().enumerate().map(parse).collect()
}

fn plan_with(
    workspace: &Workspace,
    config: &Config,
    texts: &[&str],
    pre: Option<&PreState>,
) -> Result<Plan, ChangesetError> {
    let changesets = changesets(texts);
    Plan::make(PlanInput { workspace, config, changesets: &changesets, pre, snapshot: None })
}

fn versions(plan: &Plan) -> Vec<String> {
    plan.releases.iter().map(|r| format!("{}@{} {}", r.name, r.new_version, r.bump)).collect()
}

fn reasons(plan: &Plan, name: &str) -> Vec<String> {
    plan.release(name).unwrap().reasons.iter().map(ToString::to_string).collect()
}

#[test]
fn dependents_follow_when_their_range_is_left() {
    let workspace = workspace(vec![
        package("a@1.0.0", &[]),
        package("in-range@1.0.0", &["a ^1.0.0"]),
        package("left@1.0.0", &["a ~1.0.0"]),
        package("peer@1.0.0", &["peer:a ~1.0.0"]),
        package("dev@1.0.0", &["dev:a ~1.0.0"]),
        package("optional@1.0.0", &["optional:a 1.0.0"]),
        package("exact@1.0.0", &["a workspace:*"]),
        package("stale@1.0.0", &["a ^0.1.0"]),
        package("catalog@1.0.0", &["a catalog:"]),
    ]);
    let plan = plan_with(&workspace, &Config::default(), &["a: minor"], None).unwrap();
    assert_eq!(
        versions(&plan),
        [
            "a@1.1.0 minor",
            "left@1.0.1 patch",
            "peer@1.0.1 patch",
            "dev@1.0.0 none",
            "optional@1.0.1 patch",
            "exact@1.0.1 patch"
        ]
    );
    assert_eq!(reasons(&plan, "left"), ["patch because dependency `a` leaves ~1.0.0 for 1.1.0"]);
    assert_eq!(plan.complaints.len(), 2, "the stale range and the catalog: {:?}", plan.complaints);
}

#[test]
fn the_highest_bump_wins_and_every_changeset_is_a_reason() {
    let workspace = workspace(vec![package("a@1.2.3", &[])]);
    let texts = ["a: patch", "a: major", "a: minor"];
    let plan = plan_with(&workspace, &Config::default(), &texts, None).unwrap();
    assert_eq!(versions(&plan), ["a@2.0.0 major"]);
    let wanted = ["patch: changeset `c0`", "major: changeset `c1`", "minor: changeset `c2`"];
    assert_eq!(reasons(&plan, "a"), wanted);
}

#[test]
fn groups_share_bump_and_version() {
    let workspace =
        workspace(vec![package("a@1.0.0", &[]), package("b@1.3.0", &[]), package("c@1.1.0", &[])]);
    let group = vec![vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]];
    let fixed = Config { fixed: group.clone(), ..Config::default() };
    let plan = plan_with(&workspace, &fixed, &["a: minor"], None).unwrap();
    assert_eq!(versions(&plan), ["a@1.4.0 minor", "b@1.4.0 minor", "c@1.4.0 minor"]);
    assert_eq!(reasons(&plan, "c"), ["minor: fixed group with `a`, counted from 1.3.0"]);

    let linked = Config { linked: group, ..Config::default() };
    let plan = plan_with(&workspace, &linked, &["a: minor", "c: patch"], None).unwrap();
    assert_eq!(versions(&plan), ["a@1.4.0 minor", "c@1.4.0 minor"]);
}

#[test]
fn pre_mode_counts_and_ends() {
    let workspace = workspace(vec![
        package("a@1.1.0-beta.0", &[]),
        package("b@1.0.0", &["a ^1.1.0-beta.0"]),
        package("c@1.0.0", &[]),
    ]);
    let mut pre = PreState::new(PreMode::Pre, "beta");
    let config = Config::default();
    let plan = plan_with(&workspace, &config, &["a: patch", "c: minor"], Some(&pre)).unwrap();
    assert_eq!(versions(&plan), ["a@1.1.0-beta.1 patch", "c@1.1.0-beta.0 minor"]);
    pre.mode = PreMode::Exit;
    let plan = plan_with(&workspace, &config, &[], Some(&pre)).unwrap();
    assert_eq!(versions(&plan), ["a@1.1.0 patch"]);
    assert_eq!(reasons(&plan, "a"), ["patch: pre mode ends and it is on a prerelease"]);
}

#[test]
fn a_prerelease_without_a_number_is_refused_in_pre_mode() {
    let workspace = workspace(vec![package("a@1.0.0-beta.x", &[])]);
    let pre = PreState::new(PreMode::Pre, "beta");
    let error = plan_with(&workspace, &Config::default(), &["a: patch"], Some(&pre)).unwrap_err();
    assert!(matches!(error, ChangesetError::Version { .. }), "{error}");
}

#[test]
fn what_is_not_released_stays() {
    let mut private = package("private@1.0.0", &["a workspace:*"]);
    private.private = true;
    let workspace = workspace(vec![package("a@1.0.0", &[]), private]);
    let config = Config::default();
    let plan = plan_with(&workspace, &config, &["a: minor"], None).unwrap();
    assert_eq!(versions(&plan), ["a@1.1.0 minor", "private@1.0.0 none"]);
    let plan = plan_with(&workspace, &config, &["private: minor"], None).unwrap();
    assert!(plan.releases.is_empty());
    let mixed = plan_with(&workspace, &config, &["a: minor\nprivate: minor"], None).unwrap_err();
    assert!(matches!(mixed, ChangesetError::Mixed { .. }), "{mixed}");
}

#[test]
fn an_unknown_package_is_named_with_the_nearest() {
    let workspace = workspace(vec![package("@acme/core@1.0.0", &[])]);
    let error = plan_with(&workspace, &Config::default(), &["core: minor"], None).unwrap_err();
    let ChangesetError::UnknownPackage { nearest, file, .. } = error else { panic!("{error}") };
    assert_eq!((file.as_str(), nearest.as_deref()), (".changeset/c0.md", Some("@acme/core")));
}

#[test]
fn snapshots_keep_the_plan_and_change_the_versions() {
    let workspace = workspace(vec![package("a@1.0.0", &[]), package("b@1.0.0", &["a ~1.0.0"])]);
    let snapshot =
        Snapshot { tag: Some("pr".into()), commit: None, time: SnapshotTime::from_millis(0) };
    let changesets = changesets(&["a: minor"]);
    let make = |config: &Config| {
        let input = PlanInput {
            workspace: &workspace,
            config,
            changesets: &changesets,
            pre: None,
            snapshot: Some(&snapshot),
        };
        versions(&Plan::make(input).unwrap())
    };
    let plain = make(&Config::default());
    assert_eq!(plain, ["a@0.0.0-pr-19700101000000 minor", "b@0.0.0-pr-19700101000000 patch"]);
    let calculated = make(&Config { snapshot_calculated: true, ..Config::default() });
    assert_eq!(calculated[0], "a@1.1.0-pr-19700101000000 minor");
}

#[test]
fn always_moves_dependents_that_are_in_range() {
    let workspace = workspace(vec![package("a@1.0.0", &[]), package("b@1.0.0", &["a ^1.0.0"])]);
    let config = Config { always_update_dependents: true, ..Config::default() };
    let plan = plan_with(&workspace, &config, &["a: minor"], None).unwrap();
    assert_eq!(versions(&plan), ["a@1.1.0 minor", "b@1.0.1 patch"]);
    assert_eq!(reasons(&plan, "b"), ["patch because dependency `a` is released"]);
    assert_eq!(plan.release("b").unwrap().bump, Bump::Patch);
}
