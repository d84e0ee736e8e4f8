//! Commit messages: plain, conventional and odd ones.

use super::random::Random;

const TYPES: &[&str] = &[
    "feat", "feat", "feat", "fix", "fix", "fix", "docs", "perf", "refactor", "style", "test",
    "chore", "ci", "build", "revert",
];
const VERBS: &[&str] =
    &["add", "drop", "rework", "speed up", "guard", "simplify", "rename", "cache"];
const THINGS: &[&str] = &[
    "the parser",
    "config loading",
    "retry on 429",
    "`resolve()`",
    "error messages",
    "the README",
    "a flag for dry runs",
    "Windows paths",
    "the cache key",
    "type inference",
    "lock file updates",
];
const PLAIN: &[&str] = &[
    "Update dependencies",
    "WIP",
    "Fix typo",
    "Bump version",
    "Apply suggestions from review",
    "initial import",
    "Merge branch 'topic' by hand",
    "fix tests",
    "Release",
    "feat missing colon",
    "feat : blank before the colon",
    "unknown: type of its own",
    "FEAT: loud",
    "Fix(api): capital",
];
const FOOTERS: &[&str] = &[
    "Signed-off-by: Test Author <author@example.com>",
    "Refs: #123",
    "Fixes #77",
    "Co-authored-by: Ann Other <ann@example.com>",
    "Reviewed-by: Z",
];

/// The message of a commit and, where it is not UTF-8, its encoding.
pub(super) struct Message {
    pub(super) text: Vec<u8>,
    pub(super) encoding: Option<&'static str>,
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self { text: text.into_bytes(), encoding: None }
    }
}

/// A usual message of a commit that changes a package (or shared files).
pub(super) fn usual(
    random: &mut Random,
    number: usize,
    package: Option<&str>,
    conventional: u8,
) -> Message {
    if !random.percent(conventional) {
        return format!("{} {number}\n", random.pick(PLAIN)).into();
    }
    let scope = match package {
        Some(package) if random.percent(60) => format!("({package})"),
        _ => String::new(),
    };
    let breaking = if random.percent(2) { "!" } else { "" };
    let pull = if random.percent(30) { format!(" (#{})", number % 997 + 1) } else { String::new() };
    let mut text = format!(
        "{}{scope}{breaking}: {} {} {number}{pull}\n",
        random.pick(TYPES),
        random.pick(VERBS),
        random.pick(THINGS)
    );
    if random.percent(25) {
        text.push_str("\nWhat was there before did not say why,\nand nobody could tell.\n");
        if random.percent(30) {
            text.push_str("\n- one point\n- another point\n\n    indented\n");
        }
    }
    if random.percent(1) {
        text.push_str("\nBREAKING CHANGE: callers pass the path\nand the name.\n");
    } else if random.percent(15) {
        text.push('\n');
        for _ in 0..=random.below(2) {
            text.push_str(random.pick(FOOTERS));
            text.push('\n');
        }
    }
    text.into()
}

/// A message that something will stumble over.
pub(super) fn odd(random: &mut Random, number: usize) -> Message {
    const KINDS: usize = 26;
    let n = number;
    let mut encoding = None;
    let text: Vec<u8> = match random.below(KINDS) {
        0 => format!("feat: line ends of Windows {n}\r\n\r\nA body\r\nof two lines\r\n\r\nRefs: #{n}\r\n").into(),
        1 => String::new().into(),
        2 => "   \n".into(),
        3 => "\n\n \t\n\n".into(),
        4 => format!("\n\nfix: leading blank lines {n}\n").into(),
        5 => format!("feat(api)!: breaking by a mark {n}\n").into(),
        6 => format!("fix: breaking by a footer {n}\n\nBody.\n\nBREAKING CHANGE: gone\nBREAKING-CHANGE: gone too\n").into(),
        7 => format!("fix: trailing blanks {n}   \t\n\nbody  \n\n\n").into(),
        8 => format!("feat: \u{1F680} rocket {n} \u{1F469}\u{200D}\u{1F4BB} e\u{301}\n").into(),
        9 => format!("feat: {} {n}\n", "long ".repeat(2000)).into(),
        10 => format!("fix: ## heading [link](javascript:alert(1)) <script>alert({n})</script> **bold**\n").into(),
        11 => format!("::error file=x::hostile {n}\n").into(),
        12 => format!("chore: fine {n}\n\n::set-output name=version::9.9.9\n::add-mask::a\n").into(),
        13 => [format!("fix: not UTF-8 {n} ").as_bytes(), b"\xff\xfe\xc3\n".as_slice()].concat(),
        14 => {
            encoding = Some("ISO-8859-1");
            [format!("feat: Latin-1 {n} ").as_bytes(), b"caf\xe9 \xdcber\n\nStra\xdfe\n".as_slice()].concat()
        }
        15 => format!("feat: no line end {n}").into(),
        16 => format!("fix: template {{{{ version }}}} {{% if x %}} {{# no #}} ${{{{ github.token }}}} {n}\n").into(),
        17 => format!("feat(scope with blanks, and more): {n}\n").into(),
        18 => format!("fix: footers {n}\n\nBody: not a footer yet\n\nCloses #1\nRefs: #2\n more of it\nSigned-off-by: A <a@b.c>\n").into(),
        19 => format!("fix: subject {n}\nbody without a blank line\n").into(),
        20 => format!("Revert \"feat: something {n}\"\n\nThis reverts commit 0123456789012345678901234567890123456789.\n").into(),
        21 => format!("feat: html &amp; <b>bold</b> <!-- comment --> @octocat {n}\n").into(),
        22 => format!("feat: quotes \" ' ` \\ and \u{1b}[31mcolour\u{1b}[0m \u{202e}turned {n}\n").into(),
        23 => format!("chore(release): {n} [skip ci]\n").into(),
        24 => {
            encoding = Some("no-such-encoding");
            format!("feat: an encoding nobody knows {n}\n").into()
        }
        _ => format!("feat: many paragraphs {n}\n{}", "\nA paragraph\nof two lines.\n".repeat(40)).into(),
    };
    Message { text, encoding }
}

/// Name and address of an author, as git writes them before the date.
pub(super) fn author(random: &mut Random, odd: u8) -> Vec<u8> {
    if random.percent(odd) {
        let odd: &[&[u8]] = &[
            b"<nobody@example.com>",
            b"No Address <>",
            "J\u{fc}rgen \u{0141}ukasz \u{5c71}\u{7530} <j@example.com>".as_bytes(),
            b"Caf\xe9 Owner <cafe@example.com>",
            b"dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
            b"O'Brien \"Quote\" & Co. <o@example.com>",
        ];
        return random.pick(odd).to_vec();
    }
    let names = ["Ann Other", "Ben Zine", "Cleo Patra", "Dan Druff", "Test Author"];
    let name = random.pick(&names);
    let address = name.to_lowercase().replace(' ', ".");
    format!("{name} <{address}@example.com>").into_bytes()
}

/// The message of an annotated tag.
pub(super) fn tag(random: &mut Random, name: &str, signed: bool) -> String {
    match random.below(4) {
        0 if signed => format!(
            "{name}\n\nNotes of {name}.\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
        ),
        1 if signed => format!("Release {name}\n\nFirst paragraph\nin two lines.\n\nSecond.\n"),
        2 if signed => String::new(),
        _ => format!("Release {name}\n"),
    }
}
