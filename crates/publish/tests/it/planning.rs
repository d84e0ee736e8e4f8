//! From the registry's answers to a plan.

use launchway_publish::{Asked, Info, PlanOptions, make_plan, private_tags};
use serde_json::json;

use crate::space::{Space, options, show, three};

fn asked(name: &str, versions: &[&str]) -> Asked {
    let info = if versions.is_empty() {
        Info::Unpublished
    } else {
        let versions = versions.iter().map(|version| (*version).to_owned()).collect();
        Info::Published { versions, has_latest: true }
    };
    Asked { name: name.to_owned(), info, is_limited: false }
}

#[test]
fn what_is_not_there_is_planned_in_dependency_order() {
    let workspace = Space::new(&three()).read();
    let untagged = private_tags(&workspace, &options());
    let answers = [asked("@acme/a", &[]), asked("@acme/b", &["1.0.0"])];
    let report = make_plan(&workspace, &answers, untagged, &options()).unwrap();
    let expected = [
        ["@acme/a 1.0.0 public latest"],
        ["@acme/b 1.1.0 public latest"],
        ["app 0.1.0 only tagged"],
    ];
    assert_eq!(show(&report.plan), expected);
    assert_eq!(report.not_found, ["@acme/a"]);
    assert_eq!(report.already_published, 0);

    let answers = [asked("@acme/a", &["1.0.0"]), asked("@acme/b", &["1.1.0"])];
    let report = make_plan(&workspace, &answers, Vec::new(), &options()).unwrap();
    assert!(report.plan.is_empty());
    assert_eq!(report.already_published, 2);
}

#[test]
fn private_and_ignored_packages_are_left_out() {
    let workspace = Space::new(&three()).read();
    assert!(private_tags(&workspace, &PlanOptions { tag_private: false, ..options() }).is_empty());
    let ignoring = PlanOptions { ignore: vec!["app".into(), "@acme/b".into()], ..options() };
    assert!(private_tags(&workspace, &ignoring).is_empty());
    let answers = [asked("@acme/a", &[]), asked("@acme/b", &[])];
    let report = make_plan(&workspace, &answers, Vec::new(), &ignoring).unwrap();
    assert_eq!(show(&report.plan), [["@acme/a 1.0.0 public latest"]]);
}

#[test]
fn manifests_decide_access_and_pre_mode_the_tag() {
    let space = Space::new(&[
        json!({"name": "a", "version": "2.0.0-next.1", "publishConfig": {"access": "restricted"}}),
        json!({"name": "b", "version": "1.0.0-next.1"}),
        json!({"name": "c", "version": "1.0.0-next.1"}),
    ]);
    let pre = PlanOptions { pre_tag: Some("next".into()), ..options() };
    let answers = [asked("a", &["1.0.0"]), asked("b", &["1.0.0-next.0"]), asked("c", &[])];
    let report = make_plan(&space.read(), &answers, Vec::new(), &pre).unwrap();
    let expected = [[
        "a 2.0.0-next.1 restricted next",
        "b 1.0.0-next.1 public latest",
        "c 1.0.0-next.1 public next",
    ]];
    assert_eq!(show(&report.plan), expected);
    assert_eq!(report.first_as_latest, ["b"]);
}

#[test]
fn a_circle_is_reported_and_published_at_once() {
    let space = Space::new(&[
        json!({"name": "a", "version": "1.0.0", "dependencies": {"b": "^1.0.0"}}),
        json!({"name": "b", "version": "1.0.0", "dependencies": {"a": "^1.0.0"}}),
        json!({"name": "c", "version": "1.0.0", "devDependencies": {"d": "^1.0.0"}}),
        json!({"name": "d", "version": "1.0.0"}),
    ]);
    let answers = ["a", "b", "c", "d"].map(|name| asked(name, &[]));
    let report = make_plan(&space.read(), &answers, Vec::new(), &options()).unwrap();
    let all = |names: &[&str]| {
        names.iter().map(|n| format!("{n} 1.0.0 public latest")).collect::<Vec<_>>()
    };
    assert_eq!(
        show(&report.plan),
        [all(&["c", "d"]), all(&["a", "b"])],
        "development needs do not order"
    );
    assert_eq!(report.cycles, [["a", "b"]]);
}
