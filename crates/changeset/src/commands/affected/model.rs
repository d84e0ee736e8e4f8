//! The same question answered by brute force, for packages and changes nobody would think of.

use std::collections::BTreeSet;
use std::path::PathBuf;

use launchway_git::{ChangeKind, Difference};
use proptest::prelude::*;

use super::base::{Base, Start};
use super::files::Rules;
use super::members::{Member, Members};
use super::{Inputs, plan};

const DIRS: [&str; 7] = ["", "a", "a/b", "a/b/c", "ab", "c", "c/d"];
const ECOSYSTEMS: [&str; 4] = ["npm", "cargo", "python", "go"];
const NAMES: [&str; 16] = [
    "x.rs",
    "src/x.ts",
    "README.md",
    "sub/NOTES.md",
    "package.json",
    "tsconfig.base.json",
    "vite.config.ts",
    "package-lock.json",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "pyproject.toml",
    "requirements-dev.txt",
    "uv.lock",
    "go.mod",
    "go.work.sum",
];
const PATHS: [&str; 14] = [
    "docs/x.rs",
    "a/docs/x.rs",
    ".changeset/a.json",
    ".github/workflows/ci.yml",
    ".github/actions/x/action.yml",
    ".github/dependabot.yml",
    ".github/CODEOWNERS",
    "LICENSE-MIT",
    "a/LICENSE",
    ".github/pull_request_template.md",
    "tools/.hidden/x.py",
    "tools/gen.py",
    "tools/other.py",
    "tools/deep/package-lock.json",
];

/// What follows the last dot of a path.
fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, kind)| kind)
}

/// A pattern, and whether a path matches it.
type Pattern = (&'static str, fn(&str) -> bool);

const PATTERNS: [Pattern; 5] = [
    ("tools/**", |path| path.starts_with("tools/")),
    ("a/b/**", |path| path.starts_with("a/b/")),
    ("**/*.rs", |path| extension(path) == "rs"),
    ("c/*", |path| path.strip_prefix("c/").is_some_and(|rest| !rest.contains('/'))),
    ("a/README.md", |path| path == "a/README.md"),
];

#[derive(Clone, Debug)]
struct World {
    members: Vec<(usize, usize)>,
    edges: Vec<(usize, usize)>,
    files: Vec<(String, u8)>,
    ignore: Vec<(usize, bool)>,
    global: Vec<(usize, bool)>,
    watch: Vec<(usize, usize)>,
}

fn world() -> impl Strategy<Value = World> {
    let file = prop_oneof![
        4 => (0..DIRS.len(), 0..NAMES.len()).prop_map(|(dir, name)| match DIRS[dir] {
            "" => NAMES[name].to_owned(),
            dir => format!("{dir}/{}", NAMES[name]),
        }),
        1 => (0..PATHS.len()).prop_map(|at| PATHS[at].to_owned()),
    ];
    let words = || prop::collection::vec((0..PATTERNS.len(), any::<bool>()), 0..3);
    (
        prop::collection::vec((0..DIRS.len(), 0..ECOSYSTEMS.len()), 1..8),
        prop::collection::vec((0..8_usize, 0..8_usize), 0..8),
        prop::collection::vec((file, 0..3_u8), 0..4),
        words(),
        prop_oneof![3 => Just(Vec::new()), 1 => words()],
        prop::collection::vec((0..8_usize, 0..PATTERNS.len()), 0..2),
    )
        .prop_map(|(members, edges, files, ignore, global, watch)| {
            let count = members.len();
            let edges = edges.into_iter().map(|(a, b)| (a % count, b % count)).collect();
            let watch = watch.into_iter().map(|(a, b)| (a % count, b)).collect();
            World { members, edges, files, ignore, global, watch }
        })
}

/// Whether the last word about a path lets it through, of the usual and a user's.
fn chosen(usual: bool, words: &[(usize, bool)], path: &str) -> bool {
    let said = words.iter().rev().find(|(at, _)| PATTERNS[*at].1(path));
    said.map_or(usual, |(_, takes)| *takes)
}

fn lies_in(path: &str, dir: &str) -> bool {
    dir.is_empty() || path == dir || path.starts_with(&format!("{dir}/"))
}

/// The ecosystem whose lock file, settings or manifest the name is.
fn of_name(name: &str) -> (Option<&'static str>, Option<&'static str>, Option<&'static str>) {
    match name {
        "package-lock.json" => (Some("npm"), None, None),
        "Cargo.lock" => (Some("cargo"), None, None),
        "uv.lock" => (Some("python"), None, None),
        "go.work.sum" => (Some("go"), None, None),
        "package.json" => (None, Some("npm"), Some("npm")),
        "Cargo.toml" => (None, Some("cargo"), Some("cargo")),
        "pyproject.toml" => (None, Some("python"), Some("python")),
        "go.mod" => (None, None, Some("go")),
        "tsconfig.base.json" | "vite.config.ts" => (None, Some("npm"), None),
        ".cargo/config.toml" => (None, Some("cargo"), None),
        "requirements-dev.txt" => (None, Some("python"), None),
        _ => (None, None, None),
    }
}

impl World {
    fn dir(&self, place: usize) -> &'static str {
        DIRS[self.members[place].0]
    }

    fn ecosystem(&self, place: usize) -> &'static str {
        ECOSYSTEMS[self.members[place].1]
    }

    /// The changed ones.
    fn changed(&self) -> BTreeSet<usize> {
        let all = 0..self.members.len();
        let mut changed = BTreeSet::new();
        for (path, kind) in &self.files {
            let watchers = self.watch.iter().filter(|(_, at)| PATTERNS[*at].1(path));
            changed.extend(watchers.map(|(place, _)| *place));
            let usual = [".github/workflows/", ".github/actions/"];
            if chosen(usual.iter().any(|dir| path.starts_with(dir)), &self.global, path) {
                return all.collect();
            }
            let unimportant = extension(path) == "md"
                || path.starts_with("docs/")
                || path.starts_with(".changeset/")
                || path.starts_with("LICENSE")
                || path.ends_with("CODEOWNERS")
                || path == ".github/dependabot.yml";
            if chosen(unimportant, &self.ignore, path) {
                continue;
            }
            let (dir, name) = match path.strip_suffix(".cargo/config.toml") {
                Some(dir) => (dir.trim_end_matches('/'), ".cargo/config.toml"),
                None => path.rsplit_once('/').unwrap_or(("", path)),
            };
            let home = all
                .clone()
                .map(|place| self.dir(place))
                .filter(|dir| lies_in(path, dir))
                .max_by_key(|dir| dir.len());
            let is_roof = home.is_none_or(|home| {
                let mut dirs = all.clone().map(|place| self.dir(place));
                home.is_empty() || dirs.any(|dir| dir != home && lies_in(dir, home))
            });
            let (lock, settings, manifest) = of_name(name);
            for place in all.clone() {
                let (ecosystem, below) =
                    (Some(self.ecosystem(place)), lies_in(self.dir(place), dir));
                let removed = *kind == 2 && is_roof && manifest == ecosystem;
                let shared = below && (lock == ecosystem || (is_roof && settings == ecosystem));
                if removed || shared || home == Some(self.dir(place)) {
                    changed.insert(place);
                }
            }
        }
        changed
    }

    /// Those and whoever depends on them, however far.
    fn affected(&self) -> BTreeSet<usize> {
        let mut found = self.changed();
        loop {
            let more = self.edges.iter().filter(|(_, on)| found.contains(on)).map(|(who, _)| *who);
            let more: BTreeSet<usize> = more.filter(|who| !found.contains(who)).collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }

    fn told(&self, only_changed: bool) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let words = |words: &[(usize, bool)]| -> Vec<String> {
            let word = |(at, takes): &(usize, bool)| {
                format!("{}{}", if *takes { "" } else { "!" }, PATTERNS[*at].0)
            };
            words.iter().map(word).collect()
        };
        let watch = |(place, at): &(usize, usize)| format!("p{place}={}", PATTERNS[*at].0);
        let inputs = Inputs {
            since: None,
            uncommitted: false,
            dev_dependencies: true,
            only_changed,
            ecosystem: Vec::new(),
            filter: Vec::new(),
            global: words(&self.global),
            ignore: words(&self.ignore),
            watch: self.watch.iter().map(watch).collect(),
            shards: None,
            json: false,
            cwd: PathBuf::new(),
        };
        let member = |place: usize| Member {
            name: format!("p{place}"),
            dir: self.dir(place).to_owned(),
            ecosystem: self.ecosystem(place),
            version: String::new(),
            dependents: self
                .edges
                .iter()
                .filter(|(_, on)| *on == place)
                .map(|(who, _)| *who)
                .collect(),
        };
        let members = Members { all: (0..self.members.len()).map(member).collect() };
        let kinds = [ChangeKind::Added, ChangeKind::Modified, ChangeKind::Deleted];
        let difference = |(path, kind): &(String, u8)| Difference {
            path: path.clone(),
            kind: kinds[usize::from(*kind)],
            submodule: false,
        };
        let differences: Vec<_> = self.files.iter().map(difference).collect();
        let base = Base { start: Start::Commit("0".repeat(40)), why: String::new(), warning: None };
        let rules = Rules::new(&inputs, &members).unwrap();
        let plan = plan::make(&members, &differences, &rules, &base, only_changed);
        let changed = plan.affected.iter().filter(|one| one.changed).map(|one| one.place);
        (changed.collect(), plan.affected.iter().map(|one| one.place).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn it_says_what_brute_force_says(world in world()) {
        let (changed, affected) = world.told(false);
        prop_assert_eq!(&changed, &world.changed());
        prop_assert_eq!(&affected, &world.affected());
        prop_assert_eq!(world.told(true), (changed.clone(), changed));
    }
}
