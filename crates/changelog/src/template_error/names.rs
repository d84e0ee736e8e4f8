//! The names there are in templates.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use git_cliff_core::commit::{Commit, Link, Range};
use git_cliff_core::config::RemoteConfig;
use git_cliff_core::contributor::RemoteContributor;
use git_cliff_core::statistics::{LinkCount, Statistics};
use serde_json::Value;

use crate::model::Release;
use crate::render::Which;
use crate::render::needs::Needs;
use crate::render::view::{Lens, ReleaseView};

/// The filters of the engine and of git-cliff.
pub const FILTERS: &[&str] = &[
    "abs",
    "addslashes",
    "as_str",
    "capitalize",
    "commit_groups",
    "concat",
    "date",
    "default",
    "escape",
    "escape_xml",
    "filesizeformat",
    "filter",
    "find_regex",
    "first",
    "float",
    "get",
    "group_by",
    "group_by_scope",
    "indent",
    "int",
    "join",
    "json_encode",
    "last",
    "length",
    "linebreaksbr",
    "lower",
    "map",
    "nth",
    "pluralize",
    "replace",
    "replace_regex",
    "reverse",
    "round",
    "safe",
    "slice",
    "slugify",
    "sort",
    "spaceless",
    "split",
    "split_regex",
    "striptags",
    "title",
    "trim",
    "trim_end",
    "trim_end_matches",
    "trim_start",
    "trim_start_matches",
    "truncate",
    "unique",
    "upper",
    "upper_first",
    "urlencode",
    "urlencode_strict",
    "wordcount",
];

/// The tests behind `is`.
pub const TESTS: &[&str] = &[
    "containing",
    "defined",
    "divisibleby",
    "ending_with",
    "even",
    "iterable",
    "matching",
    "number",
    "object",
    "odd",
    "starting_with",
    "string",
    "undefined",
];

/// The functions.
pub const FUNCTIONS: &[&str] = &["get_env", "get_random", "now", "range", "throw"];

/// A release that has everything, as templates get it.
static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
    let commit = Commit::new("a".to_owned(), "feat(b)!: c\n\nd\n\nRefs: e".to_owned());
    let mut commit = commit.into_conventional().unwrap_or_default();
    commit.remote = Some(RemoteContributor::default());
    commit.links = vec![Link { text: String::new(), href: String::new() }];
    let link = LinkCount { text: String::new(), href: String::new(), count: 1 };
    let mut release = Release {
        commit_range: Some(Range::new(&commit, &commit)),
        statistics: Some(Statistics {
            links: vec![link],
            commits_timespan: Some(1),
            days_passed_since_last_release: Some(1),
            ..Statistics::default()
        }),
        commits: vec![commit],
        ..Release::default()
    };
    release.contributors = std::array::from_fn(|_| vec![RemoteContributor::default()]);
    let lens = Lens { needs: &Needs::Everything, remotes: &HashMap::new() };
    serde_json::to_value(ReleaseView(&release, lens)).unwrap_or_default()
});

/// Fields of any object, and what the engine itself adds to loops and groups. Those of `extra` are
/// whatever somebody put there.
static FIELDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names =
        BTreeSet::from(["commits", "group", "index", "index0", "first", "last"].map(str::to_owned));
    collect(&SAMPLE, &mut names);
    if let Ok(remote) = serde_json::to_value(RemoteConfig::default()) {
        collect(&remote, &mut names);
    }
    names.into_iter().collect()
});

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                names.insert(key.clone());
                collect(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

/// The fields of all objects.
pub fn fields() -> &'static [String] {
    &FIELDS
}

/// The variables a template begins with.
pub fn roots(which: Which) -> Vec<String> {
    let own: Vec<String> = match (which, SAMPLE.as_object()) {
        (Which::Body, Some(release)) => release.keys().cloned().collect(),
        _ => vec!["releases".to_owned()],
    };
    own.into_iter().chain(["commit_parsers_groups", "remote"].map(str::to_owned)).collect()
}

/// The names that a template gives itself: those of loops, of `set`, and of a macro's arguments.
pub fn locals(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for code in text.split("{%").skip(1) {
        let code = code.split("%}").next().unwrap_or_default();
        let code = code.trim_start_matches('-').trim();
        let (tag, rest) = code.split_once(char::is_whitespace).unwrap_or((code, ""));
        match tag {
            "for" => {
                let names_of = rest.split(" in ").next().unwrap_or_default();
                names.extend(names_of.split(',').map(str::trim));
                names.push("loop");
            }
            "set" | "set_global" => names.extend(rest.split('=').next().map(str::trim)),
            "macro" => {
                let arguments = rest.split(['(', ')']).nth(1).unwrap_or_default().split(',');
                names.extend(arguments.filter_map(|one| one.split('=').next()).map(str::trim));
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}
