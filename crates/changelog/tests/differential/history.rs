//! Git histories from a seed: merges, renames, odd encodings, clocks that go backwards.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use launchway_testkit::git;
use tempfile::TempDir;

/// The first instant of every history: 2024-01-01T00:00:00Z, long before any run.
const EPOCH: u64 = 1_704_067_200;

/// Numbers that look random and come again with the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// True `percent` times of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What a history has more of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape {
    /// How many commits.
    pub(crate) commits: usize,
    /// How many of a hundred commits start a branch, and how many merge one.
    pub(crate) branching: usize,
    /// How many of a hundred commits are tagged.
    pub(crate) tagged: usize,
    /// How many of a hundred messages are odd.
    pub(crate) odd: usize,
    /// Whether clocks go backwards or stand.
    pub(crate) skew: bool,
    /// Tags of two packages instead of one series.
    pub(crate) packages: bool,
}

impl Shape {
    /// The plainest history: one line, a tag now and then.
    pub(crate) const LINEAR: Self =
        Self { commits: 40, branching: 0, tagged: 12, odd: 5, skew: false, packages: false };
    /// Branches that are merged, tags on either side.
    pub(crate) const MERGED: Self =
        Self { commits: 60, branching: 25, tagged: 12, odd: 10, skew: false, packages: false };
    /// Everything at once.
    pub(crate) const WILD: Self =
        Self { commits: 60, branching: 35, tagged: 20, odd: 35, skew: true, packages: true };

    /// Some shape.
    pub(crate) fn any(dice: &mut Dice) -> Self {
        Self {
            commits: 1 + dice.below(70),
            branching: *dice.of(&[0, 0, 10, 30, 50]),
            tagged: *dice.of(&[0, 3, 10, 25, 60]),
            odd: *dice.of(&[0, 10, 50]),
            skew: dice.chance(30),
            packages: dice.chance(30),
        }
    }
}

/// A repository with a history.
#[derive(Debug)]
pub(crate) struct History {
    root: TempDir,
    /// Tags in the order they were made.
    pub(crate) tags: Vec<String>,
    /// Commits in the order they were made.
    pub(crate) commits: Vec<String>,
}

impl History {
    /// A new repository on branch `main`.
    pub(crate) fn new(seed: u64, shape: Shape) -> Self {
        let root = TempDir::with_prefix("launchway-history-").unwrap();
        // Times and paths in the output must not depend on links in the path.
        let work = root.path().canonicalize().unwrap().join("work");
        std::fs::create_dir(&work).unwrap();
        git::text(&work, &["init", "--quiet", "--initial-branch=main"]);
        let mut writer = Writer { dice: Dice(seed), shape, ..Writer::default() };
        writer.write();
        let marks = work.join(".git/marks");
        let marks_flag = format!("--export-marks={}", marks.display());
        let args =
            ["fast-import", "--quiet", "--force", "--date-format=raw-permissive", &marks_flag];
        let done = git::output(&work, &args, Some(&writer.stream));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let marks = std::fs::read_to_string(marks).unwrap();
        let mut commits: Vec<(usize, String)> = marks
            .lines()
            .filter_map(|line| {
                let (mark, id) = line.strip_prefix(':')?.split_once(' ')?;
                Some((mark.parse().ok()?, id.to_owned()))
            })
            .collect();
        commits.sort();
        let commits = commits.into_iter().map(|(_, id)| id).collect();
        git::text(&work, &["reset", "--quiet", "--hard", "main"]);
        Self { root, tags: writer.tags, commits }
    }

    /// The work tree.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap().join("work")
    }

    /// A folder next to the work tree.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(name)
    }

    /// Runs git in the work tree.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        git::text(&self.path(), args)
    }

    /// Leaves the folder behind for a look at it.
    pub(crate) fn keep(mut self) -> PathBuf {
        self.root.disable_cleanup(true);
        self.path()
    }

    /// Writes a file of the work tree.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        write(&self.path().join(path), text);
    }

    /// Replaces `{tag:N}` and `{commit:N}` (from the end when negative) in an argument.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (word, all) in [("{tag:", &self.tags), ("{commit:", &self.commits)] {
            while let Some(start) = out.find(word) {
                let end = start + out[start..].find('}').unwrap();
                let at: isize = out[start + word.len()..end].parse().unwrap();
                let count = isize::try_from(all.len()).unwrap();
                let at = if at < 0 { (count + at).max(0) } else { at.min(count - 1).max(0) };
                let value = all.get(usize::try_from(at).unwrap()).map_or("HEAD", String::as_str);
                out.replace_range(start..=end, value);
            }
        }
        out
    }
}

/// Writes a file with its folders.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// One branch while it is written.
#[derive(Clone, Debug, Default)]
struct Branch {
    name: String,
    tip: usize,
    files: Vec<String>,
}

/// Writes the stream that `git fast-import` reads.
#[derive(Debug)]
struct Writer {
    dice: Dice,
    shape: Shape,
    stream: Vec<u8>,
    clock: u64,
    branches: Vec<Branch>,
    tags: Vec<String>,
    marks: usize,
    version: [u64; 3],
    named: usize,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            dice: Dice(0),
            shape: Shape::default(),
            stream: Vec::new(),
            clock: EPOCH,
            branches: Vec::new(),
            tags: Vec::new(),
            marks: 0,
            version: [0, 0, 0],
            named: 0,
        }
    }
}

const PEOPLE: &[(&[u8], &str)] = &[
    (b"Ada Byron", "ada@example.com"),
    (b"Grace Hopper", "grace@example.com"),
    ("Bj\u{f6}rn \u{c5}ngstr\u{f6}m".as_bytes(), "bjorn@example.com"),
    ("\u{5c71}\u{7530}\u{592a}\u{90ce}".as_bytes(), "yamada@example.jp"),
    (b"renovate[bot]", "bot@users.example.com"),
    (b"Q", ""),
    (b"Latin \xe9\xe8", "latin@example.com"),
    (b"", "nameless@example.com"),
];

const TYPES: &[&str] =
    &["feat", "fix", "docs", "chore", "refactor", "perf", "test", "ci", "build", "FEAT", "deps"];
const SCOPES: &[&str] = &["", "", "", "(api)", "(ui)", "(deps)", "(core/db)", "(API)"];
const WORDS: &[&str] = &[
    "parser",
    "cache",
    "the login page",
    "release notes",
    "retry on 503",
    "a <b>bold</b> move",
    "support for *globs*",
    "`code` spans",
    "#12",
    "(#345)",
    "GH-9",
    "see https://example.com/a?b=c&d",
    "na\u{ef}ve caf\u{e9}",
    "\u{1f680} rockets",
    "tabs\there",
    "trailing blank ",
    "[link](x)",
    "50% | pipes",
    "@ada",
    "::error::no",
    "{{ braces }}",
    "{% tag %}",
    "back\\slash",
    "it's \"quoted\"",
    "a: b",
];

const BODIES: &[&str] = &[
    "Longer text about it.\nOver two lines.",
    "- one\n- two\n  - three",
    "Closes #7\nFixes: #8",
    "BREAKING CHANGE: the flag is gone\nand does not come back",
    "Reviewed-by: Grace <grace@example.com>\nRefs: #1, #2",
    "Some text\n\nSigned-off-by: Ada Byron <ada@example.com>\nCo-authored-by: B <b@example.com>",
    "BREAKING-CHANGE: all new\n\nRefs #99",
    "feat: another in the body\nfix(ui): and one more",
    "```\ncode: block\n```\n\nSkip-Changelog: yes",
];

/// Names of files, as the stream quotes them.
const FILES: &[&str] = &[
    "a.txt",
    "b.rs",
    "caf\u{e9}.md",
    "with blank.txt",
    "new\\nline.txt",
    "quo\\\"te.txt",
    "[x]*?.md",
    "tab\\t\\\\.rs",
    ".hidden",
];

/// Messages that no one should write.
const ODD: &[&[u8]] = &[
    b"",
    b"\n\n\n",
    b"   leading blanks",
    b"\n\nfeat: after empty lines\n\nbody\n\n\n",
    b"feat: carriage\r\n\r\nreturns\r\nhere\r\n\r\nRefs: #4\r\n",
    b"fix: lone\rreturn",
    b"feat: bytes \xff\xfe that are no text",
    b"fix: cut \xe2\x82 short",
    b"merge branch 'x' of y",
    b"Revert \"feat: parser\"\n\nThis reverts commit 0123456789abcdef.\n",
    b"feat!: loud",
    b"feat(api)!: louder\n\nBREAKING CHANGE: gone",
    b"feat:no blank",
    b"feat : blank before",
    b"feat(): empty scope",
    b"feat(a(b)): nested",
    b"feat(api: open",
    b"no type at all",
    b"fix: \x1b[31mred\x1b[0m",
    b"fix: \xc2\xa0nbsp and \xe2\x80\xae turned",
    b"feat: tab\x09and\x0bvertical\x0cfeed",
    b"::add-mask::secret\n::set-output name=a::b",
    b"##[error]stop\nfeat: x",
    b"fix: \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 family\n\n\xf0\x9f\x8e\x89",
    b"chore(release): prepare for v1.0.0 [skip ci]",
    b"feat: first line\nfix: second line\n\ndocs: fourth line",
    b"\xef\xbb\xbffeat: byte order mark",
    b"feat: a\n\ntoken: value\n continued\ntoken2 #value\n",
    b"Merge pull request #12 from fork/branch\n\nfeat: the title",
    b"  feat: indented\n    body\n",
    b"feat: x\n\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----",
    b"\xe2\x80\xa8feat: separator",
    b"feat: a zero\0 within\n\nand after",
    b"fix: \xe2\x80\xa8separator in\xe2\x80\xa9the middle",
];

impl Writer {
    fn write(&mut self) {
        self.branches.push(Branch { name: "main".into(), ..Branch::default() });
        self.commit(0, &[]);
        while self.marks < self.shape.commits {
            let count = self.branches.len();
            if self.dice.chance(self.shape.branching) && count < 6 {
                let from = self.branches[self.dice.below(count)].clone();
                let orphan = self.dice.chance(4);
                let tip = if orphan { 0 } else { from.tip };
                let files = if orphan { Vec::new() } else { from.files };
                let name = format!("side-{}", self.marks);
                self.branches.push(Branch { name, tip, files });
                self.commit(count, &[]);
            } else if count > 1 && self.dice.chance(self.shape.branching) {
                let into = if self.dice.chance(70) { 0 } else { self.dice.below(count) };
                let mut others: Vec<usize> = (0..count).filter(|at| *at != into).collect();
                if !self.dice.chance(10) {
                    others = vec![*self.dice.of(&others)];
                }
                self.commit(into, &others);
                if self.dice.chance(60) {
                    others.retain(|at| *at != 0);
                    for at in others.into_iter().rev() {
                        self.branches.remove(at);
                    }
                }
            } else {
                let at = self.dice.below(count);
                self.commit(at, &[]);
            }
        }
    }

    fn line(&mut self, text: &str) {
        self.stream.extend_from_slice(text.as_bytes());
        self.stream.push(b'\n');
    }

    fn data(&mut self, bytes: &[u8]) {
        self.line(&format!("data {}", bytes.len()));
        self.stream.extend_from_slice(bytes);
        self.stream.push(b'\n');
    }

    fn person(&mut self, role: &str, time: u64) {
        let known = if self.dice.chance(self.shape.odd) { PEOPLE.len() } else { 3 };
        let (name, mail) = PEOPLE[self.dice.below(known)];
        let zone = self.dice.of(&["+0000", "+0000", "+0530", "-0800"]);
        self.stream.extend_from_slice(role.as_bytes());
        self.stream.push(b' ');
        self.stream.extend_from_slice(name);
        self.line(&format!(" <{mail}> {time} {zone}"));
    }

    fn tick(&mut self) -> u64 {
        let odd = self.shape.skew;
        match self.dice.below(if odd { 10 } else { 6 }) {
            0 => self.clock += 86_400 * 3,
            1..=5 => self.clock += 60 + self.clock % 7,
            6 | 7 => {}
            8 => self.clock = self.clock.saturating_sub(86_400),
            _ => return self.clock.saturating_sub(500_000),
        }
        self.clock
    }

    fn message(&mut self) -> Vec<u8> {
        if self.dice.chance(self.shape.odd) {
            return self.dice.of(ODD).to_vec();
        }
        let mut text = String::new();
        if self.dice.chance(85) {
            let bang = if self.dice.chance(8) { "!" } else { "" };
            write!(text, "{}{}{bang}: ", self.dice.of(TYPES), self.dice.of(SCOPES)).unwrap();
        }
        let verb = self.dice.of(&["add", "remove", "speed up", "Rework"]);
        write!(text, "{verb} {}", self.dice.of(WORDS)).unwrap();
        if self.dice.chance(20) {
            write!(text, " {}", self.dice.of(WORDS)).unwrap();
        }
        for _ in 0..2 {
            if self.dice.chance(25) {
                write!(text, "\n\n{}", self.dice.of(BODIES)).unwrap();
            }
        }
        if self.dice.chance(70) {
            text.push('\n');
        }
        text.into_bytes()
    }

    fn commit(&mut self, at: usize, merged: &[usize]) {
        self.marks += 1;
        let mark = self.marks;
        let branch = self.branches[at].clone();
        let time = self.tick();
        if branch.tip == 0 {
            self.line(&format!("reset refs/heads/{}", branch.name));
        }
        self.line(&format!("commit refs/heads/{}\nmark :{mark}", branch.name));
        let earlier = time - self.dice.below(5000) as u64;
        self.person("author", earlier);
        self.person("committer", time);
        let mut message = if merged.is_empty() || self.dice.chance(40) {
            self.message()
        } else {
            format!("Merge branch '{}'", self.branches[merged[0]].name).into_bytes()
        };
        if self.dice.chance(self.shape.odd / 6) {
            self.line("encoding ISO-8859-1");
            message = b"fix: M\xfcll im Caf\xe9\n\nK\xf6rper".to_vec();
        }
        self.data(&message);
        if branch.tip != 0 {
            self.line(&format!("from :{}", branch.tip));
        }
        let mut files = branch.files;
        for other in merged {
            let other = self.branches[*other].clone();
            if other.tip != branch.tip && other.tip != 0 {
                self.line(&format!("merge :{}", other.tip));
            }
        }
        self.edit(&mut files, mark);
        self.stream.push(b'\n');
        self.branches[at].tip = mark;
        self.branches[at].files = files;
        if self.dice.chance(self.shape.tagged) {
            self.tag(mark, time);
        }
    }

    /// Some changes to files, or none.
    fn edit(&mut self, files: &mut Vec<String>, mark: usize) {
        for _ in 0..*self.dice.of(&[0, 1, 1, 1, 2, 4]) {
            match self.dice.below(10) {
                0 if !files.is_empty() => {
                    let gone = self.dice.below(files.len());
                    let gone = files.remove(gone);
                    self.line(&format!("D \"{gone}\""));
                }
                1 if !files.is_empty() => {
                    let at = self.dice.below(files.len());
                    let new = format!("{}moved-{mark}.txt", self.folder());
                    if !files.contains(&new) {
                        let old = std::mem::replace(&mut files[at], new.clone());
                        self.line(&format!("R \"{old}\" \"{new}\""));
                    }
                }
                choice => {
                    let known = if cfg!(target_os = "linux") { FILES.len() } else { 4 };
                    let name = *self.dice.of(&FILES[..known]);
                    let path = if choice < 5 && !files.is_empty() {
                        self.dice.of(files).clone()
                    } else {
                        format!("{}{name}", self.folder())
                    };
                    let mode = if choice == 9 { "100755" } else { "100644" };
                    self.line(&format!("M {mode} inline \"{path}\""));
                    let lines = self.dice.below(6);
                    let mut text = format!("{mark}\n");
                    for line in 0..lines {
                        writeln!(text, "line {}", line + self.dice.below(3)).unwrap();
                    }
                    let mut text = text.into_bytes();
                    if self.dice.chance(5) {
                        text.extend_from_slice(b"\0binary\xff");
                    }
                    self.data(&text);
                    if !files.contains(&path) {
                        files.push(path);
                    }
                }
            }
        }
    }

    fn folder(&mut self) -> &'static str {
        const FOLDERS: &[&str] = &[
            "",
            "src/",
            "src/deep/",
            "packages/a/",
            "packages/a/src/",
            "packages/b/",
            "d\u{f6}cs/",
        ];
        let folder: &&str = self.dice.of(FOLDERS);
        folder
    }

    fn tag(&mut self, mark: usize, time: u64) {
        let name = if self.dice.chance(self.shape.odd / 4) {
            self.named += 1;
            format!(
                "{}-{}",
                self.dice.of(&["nightly", "weird+tag", "deploy/prod", "caf\u{e9}"]),
                self.named
            )
        } else {
            match self.dice.below(8) {
                0 => self.version = [self.version[0] + 1, 0, 0],
                1..=4 => self.version = [self.version[0], self.version[1] + 1, 0],
                _ => self.version[2] += 1,
            }
            let [major, minor, patch] = self.version;
            let rc = if self.dice.chance(15) { "-rc.1" } else { "" };
            let known: &[&str] =
                if self.shape.packages { &["v", "pkg-a/v", "pkg-b@"] } else { &["v"] };
            let prefix = self.dice.of(known);
            format!("{prefix}{major}.{minor}.{patch}{rc}")
        };
        match self.dice.below(4) {
            0 | 1 => {
                self.line(&format!("reset refs/tags/{name}\nfrom :{mark}\n"));
            }
            _ => {
                self.line(&format!("tag {name}\nfrom :{mark}"));
                self.person("tagger", time + 30);
                let texts: &[&[u8]] = &[
                    b"Release of the week\n",
                    b"Title\n\nWith a body.\n\n- and a list\n",
                    b"Signed\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n",
                    b"",
                    b"caf\xe9 in latin",
                    b"carriage\r\nreturn\r\n",
                ];
                let text = self.dice.of(texts).to_vec();
                self.data(&text);
            }
        }
        self.tags.push(name);
    }
}
