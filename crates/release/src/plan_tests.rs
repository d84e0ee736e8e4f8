//! Which way a run goes, and what its plan says.

use super::*;

fn found() -> Snapshot {
    Snapshot {
        base: Some("main".into()),
        reference: "refs/heads/main".into(),
        tags: true,
        releases: true,
        ..Snapshot::default()
    }
}

fn words(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[test]
fn which_way_a_run_goes() {
    let pending = || vec!["one".to_owned()];
    for (snapshot, mode) in [
        (Snapshot { pending: pending(), ..found() }, "version"),
        (
            Snapshot {
                pending: pending(),
                empty: pending(),
                publish_script: Some(words("x")),
                ..found()
            },
            "version",
        ),
        (Snapshot { publish_script: Some(words("x")), ..found() }, "script"),
        (Snapshot { empty: pending(), publish_script: Some(words("x")), ..found() }, "script"),
        (Snapshot { empty: pending(), ..found() }, "nothing"),
        (found(), "nothing"),
        (
            Snapshot {
                reference: "refs/heads/changeset-release/main".into(),
                pending: pending(),
                publish_script: Some(words("x")),
                ..found()
            },
            "nothing",
        ),
        (Snapshot { release_mode: Some(ReleaseMode::Publish), ..found() }, "nothing"),
        (Snapshot { release_mode: Some(ReleaseMode::Tag), ..found() }, "nothing"),
        (
            Snapshot {
                release_mode: Some(ReleaseMode::Tag),
                untagged: vec![TagWish::default()],
                ..found()
            },
            "tag",
        ),
        (
            Snapshot {
                release_mode: Some(ReleaseMode::Publish),
                unfinished: vec![Unfinished::default()],
                ..found()
            },
            "publish",
        ),
    ] {
        let plan = decide(&snapshot).unwrap();
        let json: serde_json::Value = serde_json::from_str(&plan.to_json()).unwrap();
        assert_eq!(json["mode"], mode, "{snapshot:?}");
        assert!(!plan.lines().is_empty());
    }
}

#[test]
fn empty_changesets_are_told_from_none() {
    let because = |snapshot: &Snapshot| decide(snapshot).unwrap().lines().concat();
    assert!(because(&found()).contains("no changesets are pending"));
    let empty = Snapshot { empty: vec!["x".into()], ..found() };
    assert!(because(&empty).contains("all pending changesets are empty"));
}

#[test]
fn contradictions_are_refused() {
    let both = Snapshot {
        publish_script: Some(words("x")),
        release_mode: Some(ReleaseMode::Tag),
        ..found()
    };
    assert!(decide(&both).unwrap_err().to_string().contains("both given"));
    let tagless = Snapshot { publish_script: Some(words("x")), tags: false, ..found() };
    assert!(decide(&tagless).unwrap_err().to_string().contains("needs its tag"));
    let fine =
        Snapshot { publish_script: Some(words("x")), tags: false, releases: false, ..found() };
    assert!(decide(&fine).is_ok());
    let branchless = Snapshot {
        base: None,
        reference: "refs/tags/v1".into(),
        pending: vec!["x".into()],
        ..found()
    };
    assert!(decide(&branchless).unwrap_err().to_string().contains("`refs/tags/v1`"));
}

#[test]
fn title_and_message_say_the_pre_mode() {
    let snapshot = Snapshot {
        pending: vec!["x".into()],
        pre: Some("rc".into()),
        title: Some("Release".into()),
        draft: Some(Draft::Create),
        ..found()
    };
    let Plan::Version(plan) = decide(&snapshot).unwrap() else { unreachable!() };
    assert_eq!(plan.title, "Release (rc)");
    assert_eq!(plan.commit_message, "Version Packages (rc)");
    assert_eq!(plan.branch, "changeset-release/main");
    assert!(plan.draft && !plan.draft_again);
    assert_eq!(plan.after, AfterMerge::Nothing);
}

#[test]
fn what_we_quote_becomes_code() {
    assert_eq!(
        with_code("patch because dependency `@a/b` leaves ^1.0.0, or `<img>`").as_str(),
        "patch because dependency `@a/b` leaves ^1.0.0, or `<img>`"
    );
    assert!(!with_code("<img> @you").as_str().contains("@you"));
}

#[test]
fn a_release_of_ranges_only_is_not_shown_as_a_move() {
    let release = |old: &str, new: &str| PlannedRelease {
        name: "a".into(),
        old_version: old.into(),
        new_version: new.into(),
        ..PlannedRelease::default()
    };
    let snapshot = Snapshot {
        pending: words("one"),
        forecast: Some(vec![release("1.0.0", "1.1.0"), release("0.0.0", "0.0.0")]),
        ..found()
    };
    let lines = decide(&snapshot).unwrap().lines();
    assert_eq!(lines[..2], ["a: 1.0.0 → 1.1.0", "a: version stays 0.0.0"]);
}
