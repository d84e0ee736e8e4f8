//! Every verb and flag, once: what is read, what `--help` prints, what the reference page says.

use crate::args::camel;
use crate::commands::{self, Command};

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is on or off.
    Nothing,
    /// A value, which must be there.
    Value(&'static str),
    /// A value that may be left out.
    Optional(&'static str),
}

/// A flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its letter.
    pub short: Option<char>,
    /// Its name, without dashes.
    pub long: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// One sentence.
    pub about: &'static str,
}

impl Flag {
    const fn switch(long: &'static str, about: &'static str) -> Self {
        Self { short: None, long, takes: Takes::Nothing, about }
    }

    const fn value(long: &'static str, value: &'static str, about: &'static str) -> Self {
        Self { short: None, long, takes: Takes::Value(value), about }
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    /// The name under which its value is found.
    pub fn key(&self) -> String {
        camel(self.long)
    }

    /// Whether a name as given, in camel case, is this flag.
    pub fn is_named(&self, name: &str) -> bool {
        self.key() == name || self.short.is_some_and(|short| short.to_string() == name)
    }

    /// As shown in help: `-o, --output <file>`.
    pub fn usage(&self) -> String {
        let short = self.short.map(|short| format!("-{short}, ")).unwrap_or_default();
        let value = match self.takes {
            Takes::Nothing => String::new(),
            Takes::Value(value) => format!(" <{value}>"),
            Takes::Optional(value) => format!(" [{value}]"),
        };
        format!("{short}--{}{value}", self.long)
    }
}

/// A verb.
#[derive(Clone, Copy)]
pub struct Verb {
    /// Its name.
    pub name: &'static str,
    /// An older name.
    pub alias: Option<&'static str>,
    /// The words it takes, as shown in help.
    pub words: &'static str,
    /// How many of them must be there.
    pub required: usize,
    /// How many there may be.
    pub allowed: usize,
    /// One sentence.
    pub about: &'static str,
    /// Its flags.
    pub flags: &'static [Flag],
    /// Examples, without the program's name.
    pub examples: &'static [&'static str],
    /// Whether exit codes are the documented ones rather than the peer's 0 and 1.
    pub own: bool,
    /// What it does.
    pub run: Command,
}

impl std::fmt::Debug for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verb({})", self.name)
    }
}

impl PartialEq for Verb {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Verb {
    /// The verb of a bare call.
    pub fn of_a_bare_call() -> &'static Self {
        const { &ADD }
    }

    /// Whether it goes by the name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.alias == Some(name)
    }

    /// Name and words.
    pub fn usage(&self) -> String {
        if self.words.is_empty() {
            self.name.to_owned()
        } else {
            format!("{} {}", self.name, self.words)
        }
    }
}

/// Flags of every verb that the peer has.
pub const GLOBAL: &[Flag] = &[
    Flag::switch("version", "Display version number").short('v'),
    Flag::switch("help", "Display this message").short('h'),
];

/// Flags of every verb that the peer does not have.
pub const OWN: &[Flag] =
    &[Flag::value("cwd", "dir", "Run in this folder instead of the current one")];

const SINCE: Flag = Flag::value(
    "since",
    "branch",
    "Compare with this branch, tag or commit instead of the base branch",
);
const PYTHON: Flag = Flag::value(
    "python-publish",
    "how",
    "Whether Python packages are for us to `upload`, the default, or only to `tag`",
);
const OUTPUT: Flag = Flag::value(
    "output",
    "file",
    "Write the result as JSON to a file; CHANGESETS_OUTPUT names one, too",
)
.short('o');

const ADD: Verb = Verb {
    name: "add",
    alias: None,
    words: "",
    required: 0,
    allowed: 0,
    about: "Add a changeset; what a bare call does",
    flags: &[
        Flag::switch("empty", "Add a changeset that releases nothing"),
        Flag::switch("open", "Open the new changeset in $VISUAL or $EDITOR"),
        SINCE,
        Flag::value("message", "text", "The summary, instead of being asked for it").short('m'),
        Flag::value("major", "pkg", "Packages with a breaking change, comma-separated"),
        Flag::value("minor", "pkg", "Packages with a new feature, comma-separated"),
        Flag::value("patch", "pkg", "Packages with a fix, comma-separated"),
    ],
    examples: &["--minor @acme/core -m 'Add dark mode'", "--since main"],
    own: false,
    run: commands::add,
};

/// The verbs, in the order of help.
pub const VERBS: &[Verb] = &[
    Verb {
        name: "init",
        alias: None,
        words: "",
        required: 0,
        allowed: 0,
        about: "Set up .changeset in this repository",
        flags: &[],
        examples: &[],
        own: false,
        run: commands::init,
    },
    ADD,
    Verb {
        name: "version",
        alias: None,
        words: "",
        required: 0,
        allowed: 0,
        about: "Turn changesets into versions and changelogs",
        flags: &[
            Flag::value("ignore", "pkg", "Packages to leave alone, comma-separated"),
            Flag {
                short: None,
                long: "snapshot",
                takes: Takes::Optional("name"),
                about: "Make throw-away prereleases",
            },
            Flag::value(
                "snapshot-prerelease-template",
                "template",
                "The part after the dash: {tag} {commit} {commit-short} {datetime} {timestamp}",
            ),
            Flag::switch("dry-run", "Show the plan and the files it changes; write nothing"),
            Flag::switch("json", "Print the plan with its reasons as JSON to stdout"),
        ],
        examples: &["version --dry-run", "version --snapshot pr-123"],
        own: false,
        run: commands::version,
    },
    Verb {
        name: "status",
        alias: None,
        words: "",
        required: 0,
        allowed: 0,
        about: "Show what the changesets will release, and why",
        flags: &[
            SINCE,
            Flag::switch("verbose", "Show changesets and every reason").short('v'),
            OUTPUT,
        ],
        examples: &["status --verbose", "status --since origin/main"],
        own: false,
        run: commands::status,
    },
    Verb {
        name: "pre",
        alias: None,
        words: "<enter|exit> [tag]",
        required: 1,
        allowed: 2,
        about: "Enter or leave pre mode, in which versions are prereleases",
        flags: &[],
        examples: &["pre enter beta", "pre exit"],
        own: false,
        run: commands::pre,
    },
    Verb {
        name: "git-tag",
        alias: Some("tag"),
        words: "",
        required: 0,
        allowed: 0,
        about: "Make annotated git tags for the current versions",
        flags: &[],
        examples: &[],
        own: false,
        run: commands::git_tag,
    },
    Verb {
        name: "publish-plan",
        alias: None,
        words: "",
        required: 0,
        allowed: 0,
        about: "Show what the registry lacks",
        flags: &[OUTPUT, PYTHON],
        examples: &[],
        own: false,
        run: commands::publish_plan,
    },
    Verb {
        name: "pack",
        alias: None,
        words: "",
        required: 0,
        allowed: 0,
        about: "Make tarballs of what the registry lacks",
        flags: &[
            Flag::value(
                "from-publish-plan",
                "file",
                "Pack this plan instead of asking the registry",
            ),
            Flag::value("out-dir", "dir", "Write tarballs and plan into this folder"),
            PYTHON,
        ],
        examples: &["pack --out-dir packed"],
        own: false,
        run: commands::pack,
    },
    Verb {
        name: "publish",
        alias: None,
        words: "",
        required: 0,
        allowed: 0,
        about: "Publish what the registry lacks, and tag it",
        flags: &[
            Flag::value("otp", "code", "One-time password for the registry"),
            Flag::value("tag", "name", "Publish under this dist-tag instead of latest"),
            Flag::value("from-pack-dir", "dir", "Publish the tarballs that `pack` made"),
            Flag::switch("git-tag", "Make git tags for what was published; on unless --no-git-tag"),
            PYTHON,
        ],
        examples: &["publish --otp 123456", "publish --tag beta"],
        own: false,
        run: commands::publish,
    },
    Verb {
        name: "migrate",
        alias: None,
        words: "",
        required: 0,
        allowed: 0,
        about: "Bring a repository from version 2 of @changesets/cli here with the same next release",
        flags: &[
            Flag::switch("dry-run", "Show it; write nothing"),
            Flag::switch("json", "Print it as JSON to stdout"),
        ],
        examples: &["migrate --dry-run"],
        own: true,
        run: commands::migrate,
    },
];
