//! Tables of the plan: what each rule gives in each event, and why.

use super::*;
use crate::tags::images;
use crate::tags::rule;
use crate::tags::snapshot::sample;

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn request(tags: &[&str], flavor: &[&str], images: &[&str]) -> Request {
    Request {
        rules: rule::parse(&owned(tags)).unwrap().0,
        flavor: Flavor::parse(&owned(flavor)).unwrap(),
        images: images::parse(&owned(images)).unwrap(),
        levels: vec!["manifest".to_owned()],
        ..Request::default()
    }
}

fn planned(snapshot: &Snapshot, request: &Request) -> Plan {
    plan(snapshot, request, lines(snapshot, request).unwrap()).unwrap()
}

fn names(event: &str, reference: &str, tags: &[&str], flavor: &[&str]) -> String {
    planned(&sample(event, reference), &request(tags, flavor, &[])).tag_names.join(" ")
}

#[test]
fn the_default_rules_follow_the_event() {
    for (event, reference, expected) in [
        ("push", "refs/heads/main", "main"),
        ("push", "refs/heads/feature/a&b", "feature-a-b"),
        ("push", "refs/tags/v1.2.3", "v1.2.3 latest"),
        ("release", "refs/tags/v1.2.3", "v1.2.3 latest"),
        ("pull_request", "refs/pull/42/merge", "pr-42"),
        ("pull_request_target", "refs/pull/42/merge", "pr-42"),
        ("schedule", "refs/heads/main", "nightly main"),
        ("workflow_dispatch", "refs/heads/main", "main"),
        (
            "merge_group",
            "refs/heads/gh-readonly-queue/main/pr-7-ab",
            "gh-readonly-queue-main-pr-7-ab",
        ),
        ("create", "refs/tags/v1", "v1 latest"),
        ("delete", "refs/heads/main", "main"),
        ("issue_comment", "refs/heads/main", "main"),
        ("workflow_run", "", ""),
    ] {
        assert_eq!(names(event, reference, &[], &[]), expected, "{event} {reference}");
    }
}

#[test]
fn the_first_tag_says_whether_there_is_latest() {
    let semver = &["type=semver,pattern={{version}}", "type=semver,pattern={{major}}"][..];
    for (reference, tags, flavor, expected) in [
        ("refs/tags/v1.2.3", semver, &[][..], "1.2.3 1 latest"),
        ("refs/tags/v1.2.3", semver, &["latest=false"], "1.2.3 1"),
        ("refs/tags/v1.2.3-rc.1", semver, &[], "1.2.3-rc.1"),
        ("refs/tags/v1.2.3-rc.1", semver, &["latest=true"], "1.2.3-rc.1 latest"),
        (
            "refs/tags/v1.2.3",
            &["type=semver,pattern={{version}}", "x,priority=2000"],
            &[],
            "x 1.2.3",
        ),
        ("refs/tags/v1.2.3", &["type=semver,pattern={{version}}", "latest"], &[], "1.2.3 latest"),
        ("refs/tags/v1.2.3", semver, &["suffix=-s,onlatest=true"], "1.2.3-s 1-s latest-s"),
        (
            "refs/tags/v1.2.3",
            semver,
            &["suffix=-{{sha}},onlatest=true"],
            "1.2.3-5f0c1a2 1-5f0c1a2 latest-5f0c1a2",
        ),
        ("refs/heads/main", semver, &["latest=true"], ""),
    ] {
        assert_eq!(names("push", reference, tags, flavor), expected, "{tags:?} {flavor:?}");
    }
}

#[test]
fn strict_leaves_the_habits_of_the_reference() {
    for (reference, rule, habit, strict) in [
        ("refs/tags/v2.0.0-rc.1", "type=semver,pattern=v{{version}}", "2.0.0-rc.1", "v2.0.0-rc.1"),
        ("refs/tags/v2.0.0-rc.1", "type=semver,pattern={{major}}", "2.0.0-rc.1", ""),
        ("refs/tags/v2.0.0-rc.1", "type=semver,pattern={{raw}}", "v2.0.0-rc.1", "v2.0.0-rc.1"),
        (
            "refs/tags/v2.0.0-rc.1",
            "type=semver,pattern={{major}}-{{prerelease.[0]}}.{{prerelease.[1]}}",
            "2.0.0-rc.1",
            "2-rc.1",
        ),
        (
            "refs/tags/v1.2.3",
            r"type=semver,pattern={{version}},match=api/v(.*)",
            "1.2.3 latest",
            "",
        ),
        ("refs/tags/1.2.3rc1", "type=pep440,pattern=v{{version}}", "1.2.3rc1", "v1.2.3rc1"),
        ("refs/tags/1.2.3rc1", "type=pep440,pattern={{major}}", "1.2.3rc1", ""),
        ("refs/tags/1.2.3.post1", "type=pep440,pattern={{raw}}", "1.2.3.post1", "1.2.3.post1"),
        ("refs/tags/v1.2.3", "type=semver,pattern=v{{major}}", "v1 latest", "v1 latest"),
    ] {
        let snapshot = sample("push", reference);
        let lenient = request(&[rule], &[], &[]);
        assert_eq!(planned(&snapshot, &lenient).tag_names.join(" "), habit, "{rule}");
        let request = Request { strict: true, ..lenient };
        assert_eq!(planned(&snapshot, &request).tag_names.join(" "), strict, "{rule}");
    }
}

#[test]
fn what_is_no_tag_is_mended_and_reported() {
    let long = "x".repeat(150);
    for (value, expected) in [(".hidden", "hidden"), ("-1", "1"), ("---", "_")] {
        let plan = planned(&sample("push", ""), &request(&[value], &[], &[]));
        assert_eq!(plan.tag_names, [expected]);
        assert_eq!(plan.warnings.len(), 1, "{:?}", plan.warnings);
        assert!(plan.warnings[0].contains(value), "{:?}", plan.warnings);
    }
    let plan = planned(&sample("push", ""), &request(&[&long], &[], &[]));
    assert_eq!(plan.version.len(), 128);
    assert!(plan.warnings[0].contains("128"), "{:?}", plan.warnings);
}

#[test]
fn every_rule_has_its_reason() {
    let tags = [
        "type=semver,pattern={{version}}",
        "type=ref,event=branch",
        "type=raw,value=dup",
        "type=raw,value=dup,priority=1",
        "type=raw,value={{tag}}",
        "type=raw,value=x,enable={{is_default_branch}}",
        "type=edge,branch=main",
    ];
    let plan = planned(&sample("push", "refs/heads/side"), &request(&tags, &[], &[]));
    let shown: Vec<_> = plan
        .reasons
        .iter()
        .map(|reason| {
            (reason.rule.as_str(), reason.tag.as_deref(), reason.given, reason.reason.as_str())
        })
        .collect();
    assert_eq!(
        shown,
        [
            (tags[0], None, false, "the run is for no tag"),
            (tags[6], None, false, "the branch is `side`, not `main`"),
            (tags[1], Some("side"), true, "the branch is `side`"),
            (tags[2], Some("dup"), true, "a rule says so"),
            (tags[4], None, false, "its value is empty"),
            (tags[5], None, false, "`enable` is false"),
            (tags[3], Some("dup"), false, "an earlier rule gives it already"),
        ]
    );
}

#[test]
fn images_get_every_tag_and_none_where_all_are_disabled() {
    let snapshot = sample("push", "refs/tags/v1.2.3");
    let rules = ["type=semver,pattern={{version}}"];
    let plan = planned(&snapshot, &request(&rules, &[], &["Acme/A", "ghcr.io/acme/a", "acme/a"]));
    assert_eq!(
        plan.tags,
        ["acme/a:1.2.3", "acme/a:latest", "ghcr.io/acme/a:1.2.3", "ghcr.io/acme/a:latest"]
    );
    let plan = planned(&snapshot, &request(&rules, &[], &["acme/a,enable=false"]));
    assert_eq!((plan.tags.len(), plan.version.as_str()), (0, "1.2.3"));
    assert_eq!(plan.warnings, ["no tag is given: every image is disabled"]);
    let plan = planned(&snapshot, &request(&rules, &[], &[]));
    assert_eq!(plan.tags, ["1.2.3", "latest"]);
}

#[test]
fn refusals_name_the_rule() {
    for (rule, said) in [
        ("type=raw,value=x,enable=yes", "`enable` `yes`"),
        ("type=raw,value=x,enable=", "`enable` ``"),
        (r"type=semver,pattern={{version}},match=\d+", "no group 1"),
        ("type=match,pattern=v(.*", "v(.*"),
        ("type=raw,value={{nothing.", "{{nothing."),
    ] {
        let snapshot = sample("push", "refs/tags/v1.2.3");
        let failure = lines(&snapshot, &request(&[rule], &[], &[])).unwrap_err();
        assert!(failure.to_string().contains(said), "{rule}: {failure}");
        assert_eq!(failure.kind().code(), 2);
    }
    let snapshot = Snapshot {
        repository: crate::tags::snapshot::Repository::default(),
        ..sample("push", "refs/heads/main")
    };
    let failure = lines(&snapshot, &request(&["type=edge"], &[], &[])).unwrap_err();
    assert!(failure.hint().unwrap().contains("type=edge,branch=main"));
    assert_eq!(failure.kind().code(), 3);
}

#[test]
fn labels_come_from_the_repository_and_are_overruled() {
    let snapshot = sample("push", "refs/heads/main");
    let request = Request {
        labels: owned(&["dup=1", "dup=2", "none", "org.opencontainers.image.title=T", "A={{sha}}"]),
        ..request(&["x"], &[], &[])
    };
    let plan = planned(&snapshot, &request);
    assert_eq!(
        plan.labels.lines(),
        [
            "A=5f0c1a2",
            "dup=2",
            "org.opencontainers.image.created=2026-11-21T12:00:00.500Z",
            "org.opencontainers.image.description=Rockets, fast & small",
            "org.opencontainers.image.licenses=Apache-2.0",
            "org.opencontainers.image.revision=5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b",
            "org.opencontainers.image.source=https://github.com/acme/rocket",
            "org.opencontainers.image.title=T",
            "org.opencontainers.image.url=https://github.com/acme/rocket",
            "org.opencontainers.image.version=x",
        ]
    );
    assert_eq!(plan.leveled.len(), 8);
    assert!(plan.leveled[0].starts_with("manifest:org.opencontainers.image.created="));
}
