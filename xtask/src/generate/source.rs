//! The actions and programs there are. A new one is one entry here.

use clap::Command;
use launchway_runtime::inputs::{InputDecl, table};
use launchway_runtime::{OutputDecl, OutputSet as _};

/// One action.
pub(super) struct Action {
    /// Its folder below `actions/`.
    pub(super) name: &'static str,
    /// Its name on GitHub's marketplace.
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) icon: &'static str,
    pub(super) color: &'static str,
    /// Program and verb for `dist/launch.sh`.
    pub(super) words: &'static [&'static str],
    /// Whether the root action is the same.
    pub(super) is_root: bool,
    pub(super) inputs: Vec<InputDecl>,
    /// Names of a predecessor that no input has any more, with what to do instead.
    pub(super) retired: Vec<(String, String)>,
    pub(super) outputs: &'static [OutputDecl],
}

/// One program.
pub(super) struct Program {
    pub(super) command: Command,
    /// Markdown after its description; empty or ending with a newline.
    pub(super) preface: &'static str,
}

pub(super) fn actions() -> Vec<Action> {
    vec![release(), changelog()]
}

fn release() -> Action {
    let release = launchway_release::inputs::run_command();
    Action {
        name: "release",
        title: "Launchway Release",
        description: "Keeps a version pull request from your changesets; once it is merged, publishes, tags and releases. No Node.js needed.",
        icon: "package",
        color: "blue",
        words: &["release", "run"],
        is_root: true,
        retired: retired(&release),
        inputs: table(release),
        outputs: launchway_release::outputs::Outputs::table(),
    }
}

fn changelog() -> Action {
    let mut inputs = table(launchway_changelog::command());
    // Written out, the default of a switch would hide git-cliff's variable for it.
    for input in inputs.iter_mut().filter(|input| input.boolean) {
        input.default = None;
    }
    Action {
        name: "changelog",
        title: "Launchway Changelog",
        description: "From git history to changelog and release notes, with git-cliff's templates and configuration or finished layouts, many times faster.",
        icon: "list",
        color: "blue",
        words: &["changelog"],
        is_root: false,
        inputs,
        // The names of git-cliff-action that are none of ours.
        retired: vec![
            (
                "github_token".to_owned(),
                "Write `github-token` instead of `github_token`.".to_owned(),
            ),
            ("version".to_owned(), "Leave `version` out: no git-cliff is downloaded.".to_owned()),
        ],
        outputs: launchway_changelog::outputs::Outputs::table(),
    }
}

/// Older names of hidden arguments: the program still takes them, so the action declares them.
fn retired(command: &Command) -> Vec<(String, String)> {
    let hidden = command.get_arguments().filter(|arg| arg.is_hide_set());
    let named = hidden.flat_map(|arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let names = arg.get_all_aliases().unwrap_or_default();
        names.into_iter().map(move |name| (name.to_owned(), help.clone()))
    });
    named.collect()
}

pub(super) fn programs() -> Vec<Program> {
    let changelog = Program {
        command: launchway_changelog::command(),
        preface: "In a workflow it is the action [`launchway/launchway/actions/changelog`](../changelog.md), and reads its \
                  inputs from the step. Short flags and variables are those of git-cliff.\n",
    };
    let release = Program {
        command: launchway_release::command(),
        preface: "In a workflow it is the root action, [`launchway/launchway`](../release-action.md), and reads its \
                  inputs from the step. On a command line the same inputs are flags.\n",
    };
    vec![release, changelog]
}
