use super::*;
use proptest::prelude::*;

fn version(package: &str, known: &[&str], tag: &str) -> Option<String> {
    let version = Family::Package { name: package, known }.version(tag);
    version.ok().map(|version| version.to_string())
}

#[test]
fn a_tag_of_the_package_in_each_form() {
    for (package, tag) in [
        ("api", "api@1.2.3"),
        ("api", "@scope/api@1.2.3"),
        ("api", "api/v1.2.3"),
        ("api", "api/1.2.3"),
        ("api", "api-v1.2.3"),
        ("api", "api-1.2.3"),
        ("api", "api_v1.2.3"),
        ("api", "api@v1.2.3"),
        ("@scope/api", "@scope/api@1.2.3"),
        ("@scope/api", "@scope/api/v1.2.3"),
        ("@scope/api", "api-v1.2.3"),
        ("@scope/api", "api@1.2.3"),
        ("team/api", "team/api/v1.2.3"),
        ("cargo:core", "cargo/core@1.2.3"),
        ("cargo:core", "core-v1.2.3"),
        ("api-2", "api-2-v1.2.3"),
        ("a.b", "a.b@1.2.3"),
        ("日本", "日本@1.2.3"),
    ] {
        assert_eq!(version(package, &[], tag).as_deref(), Some("1.2.3"), "{package} {tag}");
    }
    for text in
        ["1.2.3-rc.1", "1.2.3+build.5", "1.2.3-beta+x", "2026.11", "1.2.3rc1", "1.2.3.post1"]
    {
        assert_eq!(version("api", &[], &format!("api-v{text}")).as_deref(), Some(text));
        assert_eq!(version("api", &[], &format!("api@{text}")).as_deref(), Some(text));
    }
}

#[test]
fn a_tag_of_anything_else_is_none() {
    for (package, tag) in [
        ("api", "web@1.2.3"),
        ("api", "api-gateway-v1.2.3"),
        ("api", "apis-v1.2.3"),
        ("api", "my-api-v1.2.3"),
        ("api", "team/api/v1.2.3"),
        ("api", "v1.2.3"),
        ("api", "1.2.3"),
        ("api", "api"),
        ("api", "api@"),
        ("api", "api/v2"),
        ("api", "api1.2.3"),
        ("api", "API@1.2.3"),
        ("api", "@scope/web/api@1.2.3"),
        ("api", "@/api@1.2.3"),
        ("@scope/api", "@other/api@1.2.3"),
        ("team/api", "api/v1.2.3"),
        ("team/api", "@x/team/api@1.2.3"),
        ("", "@1.2.3"),
        ("", "-v1.2.3"),
    ] {
        assert_eq!(version(package, &[], tag), None, "{package} {tag}");
    }
}

#[test]
fn the_longest_known_name_has_the_tag() {
    assert_eq!(version("api", &["api", "api-1.0.0-x"], "api-1.0.0-x-2.0.0"), None);
    assert_eq!(
        version("api-1.0.0-x", &["api", "api-1.0.0-x"], "api-1.0.0-x-2.0.0").as_deref(),
        Some("2.0.0")
    );
    // Short for either: nobody knows.
    assert_eq!(version("@a/api", &["@a/api", "@b/api"], "api-v1.0.0"), None);
    assert_eq!(version("@a/api", &["@b/api"], "@a/api@1.0.0").as_deref(), Some("1.0.0"));
    // In full for one.
    assert_eq!(version("@a/api", &["@a/api", "api"], "api-v1.0.0"), None);
    assert_eq!(version("api", &["@a/api", "api"], "api-v1.0.0").as_deref(), Some("1.0.0"));
    assert_eq!(version("api", &["@a/api"], "@a/api@1.0.0").as_deref(), Some("1.0.0"));
}

#[test]
fn the_run_says_which_version() {
    let list = published(
        r#"[{"name":"@acme/api","version":"1.2.3","tag":"v1.2.3","path":"api","ecosystem":"npm"},
            {"name":"web","version":"9.0.0"}]"#,
    )
    .unwrap();
    let tags = ["web@9.0.0".to_owned(), "api@1.2.2".to_owned(), "api-v1.10.0".to_owned()];
    let on = |reference| Facts { reference, ..Facts::default() };
    let release = Facts { reference: "refs/heads/main", release_tag: Some("api@3.0.0"), tags: &[] };
    let other_release = Facts { release_tag: Some("web@3.0.0"), ..release };
    let checked_out = Facts { reference: "refs/tags/web@9.0.0", release_tag: None, tags: &tags };
    for (facts, package, list, expected, reason) in [
        (on("refs/heads/main"), "@acme/api", &list[..], Some("1.2.3"), "was released"),
        (on("refs/heads/main"), "api", &list, Some("1.2.3"), "`@acme/api` 1.2.3 was released"),
        (
            on("refs/heads/main"),
            "cli",
            &list,
            None,
            "refs/heads/main names no version of `cli`, and `published-packages` lacks it",
        ),
        (
            on("refs/tags/cli@1.0.0"),
            "cli",
            &list,
            Some("1.0.0"),
            "the tag `cli@1.0.0` is 1.0.0 of `cli`",
        ),
        (on("refs/tags/api/v1.0.0"), "api", &[], Some("1.0.0"), "the tag"),
        (on("refs/tags/web@9.0.0"), "api", &[], None, "the tag `web@9.0.0` is not of `api`"),
        (on("refs/tags/v1.0.0"), "api", &[], None, "`v1.0.0` is not of `api`"),
        (on(""), "api", &[], None, "the run names no version"),
        (on("refs/heads/api@1.0.0"), "api", &[], None, "names no version"),
        (release, "api", &[], Some("3.0.0"), "the tag `api@3.0.0`"),
        (other_release, "api", &[], None, "`web@3.0.0` is not of `api`"),
        (checked_out, "api", &[], Some("1.10.0"), "`api-v1.10.0`"),
    ] {
        let answer = find(facts, package, list).unwrap();
        let found = answer.found.as_ref().map(|found| found.version.as_str());
        assert_eq!(found, expected, "{package} {facts:?}");
        assert!(answer.reason.contains(reason), "{}", answer.reason);
    }
    let found = find(on(""), "api", &list).unwrap().found.unwrap();
    assert_eq!(found.tag.as_deref(), Some("v1.2.3"));
}

#[test]
fn what_was_published_is_a_list_or_refused() {
    assert_eq!(published(" \n").unwrap(), []);
    assert_eq!(published("[]").unwrap(), []);
    for json in [
        "{}",
        "[1]",
        "[{\"name\":\"a\"}]",
        "true",
        "[",
        "null",
        "[{\"name\":1,\"version\":\"1.0.0\"}]",
    ] {
        let error = published(json).unwrap_err();
        assert!(error.to_string().contains("`published-packages`"), "{json}: {error}");
    }
    let two =
        published(r#"[{"name":"@a/api","version":"1.0.0"},{"name":"@b/api","version":"2.0.0"}]"#)
            .unwrap();
    let error = find(Facts::default(), "api", &two).unwrap_err();
    assert!(error.to_string().contains("`@a/api` or `@b/api`"), "{error}");
    let none = published(r#"[{"name":"api","version":"soon"}]"#).unwrap();
    assert!(find(Facts::default(), "api", &none).unwrap_err().to_string().contains("`soon`"));
    let v = published(r#"[{"name":"api","version":"v1.0.0"}]"#).unwrap();
    assert_eq!(find(Facts::default(), "api", &v).unwrap().found.unwrap().version, "1.0.0");
}

#[test]
fn families_without_a_package() {
    let plain = |tag: &str| Family::Plain.version(tag).ok().map(|version| version.to_string());
    assert_eq!(plain("v1.2.3").as_deref(), Some("1.2.3"));
    assert_eq!(plain("api-v1.2.3"), None);
    let around = Family::Around { prefix: "release/", suffix: "-alpine" };
    assert_eq!(around.version("release/v1.2.3-alpine").unwrap().to_string(), "1.2.3");
    assert!(around.version("v1.2.3-alpine").is_err());
    assert!(around.version("release/v1.2.3").is_err());
    // Prefix and suffix do not share characters.
    assert!(Family::Around { prefix: "a1.2", suffix: "1.2" }.version("a1.2").is_err());
}

proptest! {
    /// A tag of one package is never taken for one of another name of these.
    #[test]
    fn no_tag_is_of_two(
        names in prop::collection::btree_set("(@[a-c]/)?[a-c](-[a-c1])?(/[a-c])?", 2..5),
        separator in "[@/_-]v?",
        version_text in "[0-9]\\.[0-9]\\.[0-9](-rc\\.[0-9])?",
    ) {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        for owner in &known {
            let tag = format!("{owner}{separator}{version_text}");
            prop_assert_eq!(version(owner, &known, &tag), Some(version_text.clone()));
            for other in known.iter().filter(|other| *other != owner && !is_short_for(other, owner)) {
                prop_assert_eq!(version(other, &known, &tag), None, "{} {}", other, tag);
            }
        }
    }

    #[test]
    fn any_tag_is_judged(package in "\\PC{0,12}", tag in "\\PC{0,24}") {
        let _ = Family::Package { name: &package, known: &["a", "@a/b"] }.version(&tag);
    }
}
