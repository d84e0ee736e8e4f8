//! The stream for `git fast-import`: branches that grow and merge, commit by commit.

use std::collections::BTreeMap;

use super::message::{self, Message};
use super::random::Random;
use super::{Extra, HistorySpec, Shape};
use crate::git;

/// Branches that live at the same time in a diverged history.
const SIDES: usize = 4;
/// Files of each package and of what packages share.
const FILES: usize = 12;

/// A finished stream.
pub(super) struct Stream {
    pub(super) out: Vec<u8>,
    /// Tags that are only there for other tags to point to.
    pub(super) inner_tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    mode: &'static str,
    content: String,
}

/// A branch: its tip (a mark), its files, what was changed since it began, and how many commits it
/// has left.
#[derive(Clone, Default)]
struct Branch {
    tip: Option<usize>,
    files: BTreeMap<String, File>,
    changed: BTreeMap<String, Option<File>>,
    /// What the next commit writes.
    pending: BTreeMap<String, Option<File>>,
    left: usize,
}

impl Branch {
    /// A branch of this one for so many commits.
    fn side(&self, left: usize) -> Self {
        Self { changed: BTreeMap::new(), left, ..self.clone() }
    }

    fn set(&mut self, path: String, file: Option<File>) {
        match &file {
            Some(file) => self.files.insert(path.clone(), file.clone()),
            None => self.files.remove(&path),
        };
        self.pending.insert(path.clone(), file.clone());
        self.changed.insert(path, file);
    }
}

pub(super) struct Writer<'a> {
    pub(super) spec: &'a HistorySpec,
    pub(super) random: Random,
    out: Vec<u8>,
    /// The last mark: commits and inner tags have them.
    pub(super) mark: usize,
    /// The commit the branch of the stream is at.
    at: Option<usize>,
    commits: usize,
    pub(super) clock: i64,
    due: Vec<usize>,
    pub(super) tags: usize,
    pub(super) versions: Vec<(u64, u64, u64)>,
    pub(super) inner_tags: Vec<String>,
}

pub(super) fn write(spec: &HistorySpec) -> Stream {
    let mut random = Random::new(spec.seed ^ 0x6c61_756e_6368);
    let mut due: Vec<usize> = if spec.has(Extra::ScatteredTags) {
        (0..spec.tags).map(|_| 1 + random.below(spec.commits)).collect()
    } else {
        (1..=spec.tags).map(|tag| (tag * spec.commits / (spec.tags + 1)).max(1)).collect()
    };
    due.sort_unstable_by(|a, b| b.cmp(a));
    let mut writer = Writer {
        spec,
        random,
        out: Vec::new(),
        mark: 0,
        at: None,
        commits: 0,
        clock: git::EPOCH,
        due,
        tags: 0,
        versions: vec![(0, 0, 0); spec.packages],
        inner_tags: Vec::new(),
    };
    writer.history();
    Stream { out: writer.out, inner_tags: writer.inner_tags }
}

impl Writer<'_> {
    fn history(&mut self) {
        if self.spec.commits == 0 {
            return;
        }
        let mut main = Branch::default();
        self.start(&mut main);
        for root in 1..self.spec.roots {
            let mut other = Branch::default();
            let path = format!("other-{root}/README.md");
            other.set(path, Some(File { mode: "100644", content: format!("root {root}\n") }));
            if self.room(2) {
                self.write_commit(&mut other, &format!("feat: root {root}\n").into(), &[]);
                self.merge(&mut main, vec![other]);
            }
        }
        match self.spec.shape {
            Shape::Linear => {
                while self.room(1) {
                    self.grow(&mut main);
                }
            }
            Shape::Merged => self.merged(&mut main),
            Shape::Diverged => self.diverged(&mut main),
        }
        self.reference("refs/heads/main", main.tip);
        self.line("done");
    }

    /// Whether so many commits more are wanted.
    fn room(&self, commits: usize) -> bool {
        self.commits + commits <= self.spec.commits
    }

    fn merged(&mut self, main: &mut Branch) {
        while self.room(1) {
            if self.random.percent(30) && self.room(3) {
                let mut side = main.side(0);
                let most = (self.spec.commits - self.commits - 1).min(6);
                for _ in 0..=self.random.below(most) {
                    if !self.room(2) {
                        break;
                    }
                    self.grow(&mut side);
                    if self.room(2) && self.random.percent(25) {
                        self.grow(main);
                    }
                }
                if self.room(1) {
                    self.merge(main, vec![side]);
                }
            } else {
                self.grow(main);
            }
        }
    }

    fn diverged(&mut self, main: &mut Branch) {
        let mut sides: Vec<Branch> = Vec::new();
        while self.room(sides.len() + 1) {
            if sides.len() < SIDES && self.random.percent(8) && self.room(sides.len() + 3) {
                let from = self.random.below(sides.len() * 2 + 2);
                let left = 3 + self.random.below(60);
                // Mostly of main, sometimes of another branch.
                sides.push(sides.get(from).unwrap_or(main).side(left));
            }
            let choice = self.random.below(sides.len() + 1);
            let Some(side) = sides.get_mut(choice) else {
                self.grow(main);
                continue;
            };
            if side.left > 0 {
                side.left -= 1;
                if self.random.percent(4) && side.tip != main.tip {
                    // What came from there does not go back.
                    let own = side.changed.clone();
                    self.merge(side, vec![main.clone()]);
                    side.changed = own;
                } else {
                    self.grow(side);
                }
                continue;
            }
            let mut parents = vec![sides.remove(choice)];
            if !sides.is_empty() && self.random.percent(15) {
                let choice = self.random.below(sides.len());
                parents.push(sides.remove(choice));
            }
            self.merge(main, parents);
        }
        if sides.len() > 1
            && self.random.percent(50)
            && let Some(side) = sides.pop()
        {
            self.reference("refs/heads/unmerged", side.tip);
        }
        for side in sides {
            if self.room(1) {
                self.merge(main, vec![side]);
            }
        }
        while self.room(1) {
            self.grow(main);
        }
    }

    /// The first commit: an npm workspace.
    fn start(&mut self, main: &mut Branch) {
        let file = |content: String| Some(File { mode: "100644", content });
        let root = "{\n  \"name\": \"workspace\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n";
        main.set("package.json".into(), file(root.into()));
        // Without a lock file nobody knows whose workspaces these are.
        main.set("package-lock.json".into(), file("{}\n".into()));
        for package in 0..self.spec.packages {
            let manifest =
                format!("{{\n  \"name\": \"pkg-{package:02}\",\n  \"version\": \"0.0.0\"\n}}\n");
            main.set(format!("packages/pkg-{package:02}/package.json"), file(manifest));
        }
        if self.spec.has(Extra::Submodule) {
            let modules = "[submodule \"vendor/lib\"]\n\tpath = vendor/lib\n\turl = ../lib\n";
            main.set(".gitmodules".into(), file(modules.into()));
        }
        self.write_commit(main, &"chore: start\n".to_owned().into(), &[]);
    }

    /// One more commit on a branch.
    fn grow(&mut self, branch: &mut Branch) {
        let number = self.commits + 1;
        let package = self.random.below(self.spec.packages + self.spec.packages / 8 + 1);
        let package = (package < self.spec.packages).then(|| format!("pkg-{package:02}"));
        let message = if self.random.percent(self.spec.odd) {
            message::odd(&mut self.random, number)
        } else {
            message::usual(&mut self.random, number, package.as_deref(), self.spec.conventional)
        };
        self.change(branch, package.as_deref(), number);
        self.write_commit(branch, &message, &[]);
    }

    /// One to three changed files in one package, or in what packages share.
    fn change(&mut self, branch: &mut Branch, package: Option<&str>, number: usize) {
        if self.spec.has(Extra::EmptyCommits) && self.random.percent(3) {
            return;
        }
        let folder = package.map_or_else(|| "shared".into(), |name| format!("packages/{name}"));
        for _ in 0..=self.random.below(3) {
            let part = self.random.below(FILES);
            let path = match part {
                0 => format!("{folder}/README.md"),
                part => format!("{folder}/src/part-{part}.ts"),
            };
            let content = format!("// {number}\n{}", "export {};\n".repeat(part));
            let file = File { mode: "100644", content };
            let old = branch.files.get(&path).cloned();
            let (Some(old), true) = (old, self.spec.has(Extra::Renames)) else {
                branch.set(path, Some(file));
                continue;
            };
            match self.random.below(12) {
                0 => branch.set(path, None),
                1 => {
                    branch.set(path, None);
                    branch.set(format!("{folder}/src/moved/{number}-{part}.ts"), Some(old));
                }
                2 => {
                    let mode = if old.mode == "100644" { "100755" } else { "100644" };
                    branch.set(path, Some(File { mode, ..old }));
                }
                _ => branch.set(path, Some(file)),
            }
        }
        if self.spec.has(Extra::Submodule) && self.random.percent(5) {
            let commit = format!("{:040x}", self.random.next());
            branch.set("vendor/lib".into(), Some(File { mode: "160000", content: commit }));
        }
    }

    /// Merges branches into one: what they changed, as they have it.
    fn merge(&mut self, into: &mut Branch, sides: Vec<Branch>) {
        let number = self.commits + 1;
        let text = match (sides.len(), self.random.below(3)) {
            (1, 0) => format!("Merge branch 'topic-{number}'\n"),
            (1, 1) => format!("feat: merged with a message of its own {number}\n"),
            (1, _) => format!(
                "Merge pull request #{number} from octocat/topic-{number}\n\nTitle of the pull request\n"
            ),
            _ => format!("Merge branches 'one-{number}' and 'two-{number}'\n"),
        };
        let mut parents = Vec::new();
        for side in sides {
            parents.extend(side.tip.filter(|tip| Some(*tip) != into.tip));
            for (path, file) in side.changed {
                if into.files.get(&path) != file.as_ref() {
                    into.set(path, file);
                }
            }
        }
        parents.dedup();
        self.write_commit(into, &text.into(), &parents);
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'\n');
    }

    pub(super) fn data(&mut self, data: &[u8]) {
        self.line(&format!("data {}", data.len()));
        self.out.extend_from_slice(data);
        self.out.push(b'\n');
    }

    pub(super) fn reference(&mut self, name: &str, commit: Option<usize>) {
        if let Some(commit) = commit {
            self.line(&format!("reset {name}\nfrom :{commit}\n"));
        }
    }

    /// Writes the files of a branch that changed as a commit.
    fn write_commit(&mut self, branch: &mut Branch, message: &Message, merged: &[usize]) {
        if self.commits > 0 && !self.random.percent(self.spec.same_second) {
            self.clock += i64::try_from(1 + self.random.below(7000)).unwrap_or(1);
        }
        let back =
            if self.random.percent(self.spec.skewed) { self.random.below(90_000) } else { 0 };
        let committed = self.clock - i64::try_from(back).unwrap_or(0);
        let authored = committed - if self.random.percent(20) { 300 } else { 0 };
        let zone = self.random.pick(&["+0000", "+0200", "-0730"]);
        let author = message::author(&mut self.random, self.spec.odd_authors);
        let committer = message::author(&mut self.random, self.spec.odd_authors);

        if branch.tip.is_none() {
            // Else the commit would go on where the stream is.
            self.line("reset refs/heads/main\n");
        }
        self.mark += 1;
        let mark = self.mark;
        self.line(&format!("commit refs/heads/main\nmark :{mark}"));
        for (role, person, date) in
            [("author ", author, authored), ("committer ", committer, committed)]
        {
            self.out.extend_from_slice(role.as_bytes());
            self.out.extend_from_slice(&person);
            self.line(&format!(" {date} {zone}"));
        }
        if let Some(encoding) = message.encoding {
            self.line(&format!("encoding {encoding}"));
        }
        self.data(&message.text);
        if let Some(tip) = branch.tip.filter(|tip| self.at != Some(*tip)) {
            self.line(&format!("from :{tip}"));
        }
        for parent in merged {
            self.line(&format!("merge :{parent}"));
        }
        for (path, file) in std::mem::take(&mut branch.pending) {
            match file {
                None => self.line(&format!("D {path}")),
                Some(File { mode: "160000", content }) => {
                    self.line(&format!("M 160000 {content} {path}"));
                }
                Some(File { mode, content }) => {
                    self.line(&format!("M {mode} inline {path}"));
                    self.data(content.as_bytes());
                }
            }
        }
        self.line("");
        branch.tip = Some(mark);
        self.at = Some(mark);
        self.commits += 1;
        if self.due.last().is_some_and(|due| *due <= self.commits) {
            self.due.pop();
            self.tag(mark);
        }
    }
}
