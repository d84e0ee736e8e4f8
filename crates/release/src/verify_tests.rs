use launchway_github::TagRelease;

use super::*;

fn expected() -> Expected {
    Expected {
        package: Some("a".into()),
        version: Some("1.0.0".into()),
        tag: Some("a@1.0.0".into()),
        right: Right::Record("blob".into()),
        release: true,
        assets: Vec::new(),
        registry: true,
    }
}

fn state(commit: Option<&str>, file: Option<&str>, release: bool) -> TagState {
    TagState {
        commit: commit.map(str::to_owned),
        file: file.map(str::to_owned),
        release: release.then(|| TagRelease { id: 1, url: "u".into() }),
    }
}

#[test]
fn everything_that_is_missing_is_named() {
    let cases: [(TagState, Answer, &[&str], bool); 8] = [
        (state(Some("c"), Some("blob"), true), Answer::There, &[], false),
        (
            state(None, None, false),
            Answer::Missing,
            &[
                "tag `a@1.0.0`: is not there",
                "Release `a@1.0.0`: is not there, or still a draft",
                "registry version `a@1.0.0`: the registry does not have it",
            ],
            true,
        ),
        (
            state(Some("c"), Some("other"), true),
            Answer::There,
            &["tag `a@1.0.0`: is at c, which is no commit of this release; it was not moved"],
            false,
        ),
        (
            state(Some("c"), None, true),
            Answer::There,
            &["tag `a@1.0.0`: is at c, which is no commit of this release; it was not moved"],
            false,
        ),
        (
            state(Some("c"), Some("blob"), false),
            Answer::There,
            &["Release `a@1.0.0`: is not there, or still a draft"],
            true,
        ),
        (
            state(Some("c"), Some("blob"), true),
            Answer::Unheard,
            &["registry version `a@1.0.0`: the registry does not have it"],
            true,
        ),
        (
            state(Some("c"), Some("blob"), true),
            Answer::Silent("no npm".into()),
            &["registry version `a@1.0.0`: the registry could not be asked: no npm"],
            true,
        ),
        (
            // A Release without its tag, as when somebody deleted the tag.
            state(None, None, true),
            Answer::There,
            &["tag `a@1.0.0`: is not there"],
            true,
        ),
    ];
    for (state, answer, lines, may_lag) in cases {
        let missing = judge(&expected(), Some(&state), Some(&answer));
        let seen: Vec<String> = missing.iter().map(Unkept::line).collect();
        assert_eq!(seen, lines);
        assert_eq!(missing.iter().any(|one| one.may_lag), may_lag, "{lines:?}");
    }
}

#[test]
fn a_tag_of_this_run_belongs_to_its_commit() {
    let mut one = Expected { right: Right::Commit("c".into()), ..expected() };
    one.registry = false;
    assert_eq!(judge(&one, Some(&state(Some("c"), None, true)), None), []);
    assert_eq!(judge(&one, Some(&state(Some("d"), None, true)), None).len(), 1);
    one.right = Right::Any;
    assert_eq!(judge(&one, Some(&state(Some("d"), None, true)), None), []);
    one.release = false;
    assert_eq!(judge(&one, Some(&state(Some("d"), None, false)), None), []);
}

#[test]
fn what_is_there_is_counted() {
    let all = [expected(), Expected { tag: None, ..expected() }];
    let lost = judge(&all[0], None, Some(&Answer::There));
    let found = total(&all, true, lost);
    assert_eq!((found.tags, found.releases, found.versions, found.missing.len()), (0, 0, 2, 2));
    assert_eq!(found.counts(), "2 registry versions");
    assert_eq!(total(&[expected()], false, Vec::new()).counts(), "1 tag, 1 Release");
    assert_eq!(Verified::default().counts(), "nothing");
}
