use launchway_base::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ReleaseYml, find};

fn read(text: &str) -> ReleaseYml {
    let (read, said) = ReleaseYml::parse(".github/release.yml", text).expect("a valid file");
    assert_eq!(said, Vec::<String>::new());
    read
}

fn pull(number: u64, author: &str, labels: &[&str]) -> Value {
    json!({ "number": number, "author": author, "labels": labels })
}

/// Titles with the numbers below them, then the numbers no category takes.
fn assigned(text: &str, pulls: &[Value]) -> (Vec<(String, Vec<u64>)>, Vec<u64>) {
    let assigned = read(text).assign(pulls);
    let numbers =
        |pulls: Vec<Value>| pulls.iter().filter_map(|pull| pull["number"].as_u64()).collect();
    let categories = assigned.categories.into_iter();
    let lists = categories.map(|(title, pulls)| (title.unwrap_or_default(), numbers(pulls)));
    (lists.collect(), assigned.unlisted)
}

const FILE: &str = "\
changelog:
  exclude:
    labels: [ignore-for-release]
    authors: [octocat, dependabot]
  categories:
    - title: Breaking 🛠
      labels: [Semver-Major]
    - title: Features
      labels:
        - enhancement
      exclude:
        labels: [internal]
        authors: [hubot]
    - title: Bugs
      labels: [bug]
    - title: Other
      labels: ['*']
    - title: Never
      labels: [bug]
";

#[test]
fn the_first_category_that_fits_takes_it() {
    let pulls = [
        pull(1, "a", &["bug", "enhancement"]),
        pull(2, "a", &["semver-major", "bug"]),
        pull(3, "a", &[]),
        pull(4, "a", &["bug"]),
        pull(5, "a", &["enhancement", "internal"]),
        pull(6, "hubot", &["enhancement"]),
    ];
    let (lists, unlisted) = assigned(FILE, &pulls);
    assert_eq!(
        lists,
        [
            ("Breaking 🛠".to_owned(), vec![2]),
            ("Features".to_owned(), vec![1]),
            ("Bugs".to_owned(), vec![4]),
            ("Other".to_owned(), vec![3, 5, 6]),
        ]
    );
    assert_eq!(unlisted, [0; 0]);
}

#[test]
fn exclusion_wins_over_every_category() {
    let pulls = [
        pull(1, "Octocat", &["bug"]),
        pull(2, "a", &["bug", "Ignore-For-Release"]),
        pull(3, "dependabot[bot]", &["bug"]),
    ];
    assert_eq!(assigned(FILE, &pulls), (vec![], vec![]));
    assert!(read(FILE).assign(&pulls).listed.is_empty());
}

#[test]
fn without_a_catch_all_the_rest_is_left_out_and_named() {
    let text = "changelog:\n  categories:\n  - title: Bugs\n    labels: [bug]\n";
    let (lists, unlisted) = assigned(text, &[pull(1, "a", &["bug"]), pull(2, "a", &["docs"])]);
    assert_eq!(lists, [("Bugs".to_owned(), vec![1])]);
    assert_eq!(unlisted, [2]);
}

#[test]
fn without_categories_there_is_one_list() {
    for text in ["", "# nothing\n", "changelog:\n", "changelog:\n  categories: []\n"] {
        let lists = assigned(text, &[pull(1, "a", &[]), pull(2, "b", &["bug"])]).0;
        assert_eq!(lists, [(String::new(), vec![1, 2])], "{text}");
    }
    assert_eq!(assigned("", &[]).0, []);
}

#[test]
fn what_is_not_the_shape_is_refused_with_its_line() {
    for (text, line) in [
        ("changelog:\n  categories:\n    - title: A\n      labels: bug\n", 4),
        ("changelog:\n  categories:\n    - labels: [bug]\n", 3),
        ("changelog:\n  exclude: [a]\n", 2),
        ("changelog: [\n", 1),
        ("changelog:\n  categories:\n  - [\n  }\n", 3),
    ] {
        let failure = ReleaseYml::parse("release.yml", text).expect_err(text);
        assert_eq!(failure.kind(), Kind::Input);
        let place = failure.location().and_then(|place| place.line);
        assert_eq!(place, Some(line), "{text}{failure}");
        assert!(failure.to_string().starts_with("`release.yml` is not"), "{failure}");
    }
}

#[test]
fn unknown_keys_are_named() {
    let text = "changelog:\n  catagories: []\n  exclude:\n    label: [a]\nother: 1\n";
    let (_, said) = ReleaseYml::parse("r.yml", text).expect("a valid file");
    assert_eq!(
        said,
        [
            "`other` in `r.yml` means nothing to GitHub",
            "`catagories` in `r.yml` means nothing to GitHub; did you mean `categories`?",
            "`label` in `r.yml` means nothing to GitHub; did you mean `labels`?",
        ]
    );
}

#[test]
fn the_file_is_optional_but_has_to_be_text() {
    let root = tempfile::tempdir().expect("a directory");
    assert_eq!(find(root.path()).expect("nothing"), (ReleaseYml::default(), vec![]));
    let folder = root.path().join(".github");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("release.yaml"), b"\xff").expect("a file");
    assert_eq!(
        find(root.path()).expect_err("no text").to_string(),
        "`.github/release.yaml` is not UTF-8"
    );
    std::fs::write(folder.join("release.yml"), FILE).expect("a file");
    assert_eq!(find(root.path()).expect("the first").0, read(FILE));
}

proptest! {
    #[test]
    fn every_pull_request_has_one_place(
        categories in proptest::collection::vec(("[A-C]", proptest::collection::vec("[a-d*]", 0..3)), 0..4),
        pulls in proptest::collection::vec(proptest::collection::vec("[a-eA-E]", 0..3), 0..8),
        excluded in "[a-e]",
    ) {
        let categories: Vec<Value> = categories
            .iter()
            .map(|(title, labels)| json!({ "title": title, "labels": labels }))
            .collect();
        let file = json!({ "changelog": { "exclude": { "labels": [excluded] }, "categories": categories } });
        let (read, _) = ReleaseYml::parse("r.yml", &file.to_string()).expect("JSON is YAML");
        let pulls: Vec<Value> =
            (1..).zip(&pulls).map(|(n, labels)| json!({ "number": n, "author": "a", "labels": labels })).collect();
        let assigned = read.assign(&pulls);
        let number = |pull: &Value| pull["number"].as_u64().unwrap_or_default();
        let mut placed: Vec<u64> = assigned.unlisted.clone();
        placed.extend(assigned.categories.iter().flat_map(|(_, pulls)| pulls.iter().map(number)));
        placed.sort_unstable();
        prop_assert_eq!(placed, assigned.listed.iter().map(number).collect::<Vec<_>>());
        prop_assert!(assigned.categories.iter().all(|(_, pulls)| !pulls.is_empty()));
        for pull in &pulls {
            let skip = pull["labels"].as_array().into_iter().flatten().filter_map(Value::as_str)
                .any(|label| label.eq_ignore_ascii_case(&excluded));
            prop_assert_eq!(skip, !assigned.listed.contains(pull));
        }
    }
}
