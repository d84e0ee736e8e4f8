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
    vec![
        release(),
        changeset_status(),
        changeset_affected(),
        changelog(),
        image_tags(),
        image_build_plan(),
        image_push(),
        image_push_tags(),
        image_merge_sboms(),
        image_promote(),
        health_check(),
        slack_notify(),
        teams_notify(),
        email_notify(),
        discord_notify(),
        webhook_notify(),
        deployment_start(),
        deployment_finish(),
        super::setup::action(),
    ]
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

fn changeset_status() -> Action {
    Action {
        name: "changeset-status",
        title: "Launchway Changeset Status",
        description: "Tells a pull request whether it carries its changeset, and what that will release; needs no token and no Node.js.",
        icon: "check-circle",
        color: "blue",
        words: &["changeset", "check"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_changeset::own::verb("check")),
        outputs: launchway_changeset::own::CheckOutputs::table(),
    }
}

fn changeset_affected() -> Action {
    // A document on stdout is for command lines; a step has outputs.
    let inputs = table(launchway_changeset::own::verb("affected"));
    Action {
        name: "changeset-affected",
        title: "Launchway Changeset Affected",
        description: "The packages that a change affects, with their dependents and the reason for each, as the matrix of the next job.",
        icon: "git-branch",
        color: "blue",
        words: &["changeset", "affected"],
        is_root: false,
        retired: Vec::new(),
        inputs: inputs.into_iter().filter(|input| input.name != "json").collect(),
        outputs: launchway_changeset::own::AffectedOutputs::table(),
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

fn image_tags() -> Action {
    let inputs = table(launchway_image::verb("tags"));
    Action {
        name: "image-tags",
        title: "Launchway Image Tags",
        description: "Tags, labels, annotations and bake files of an image from the event, as docker/metadata-action gives them, in milliseconds and with latest on the highest version.",
        icon: "tag",
        color: "blue",
        words: &["image", "tags"],
        is_root: false,
        retired: Vec::new(),
        inputs,
        outputs: launchway_image::tags::Outputs::table(),
    }
}

fn image_build_plan() -> Action {
    Action {
        name: "image-build-plan",
        title: "Launchway Image Build Plan",
        description: "One step before an image is built: platforms and their runners as a matrix, tags, labels, caches, and whether what passes is published. All that cannot be meant is said at once.",
        icon: "map",
        color: "blue",
        words: &["image", "build-plan"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_image::verb("build-plan")),
        outputs: launchway_image::build_plan::Outputs::table(),
    }
}

fn image_merge_sboms() -> Action {
    Action {
        name: "image-merge-sboms",
        title: "Launchway Image Merge SBOMs",
        description: "One CycloneDX list of what an image holds from those of its platforms: no name clashes, each component says its platform, none is left out.",
        icon: "list",
        color: "blue",
        words: &["image", "merge-sboms"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_image::verb("merge-sboms")),
        outputs: launchway_image::merge_sboms::Outputs::table(),
    }
}

fn image_push_tags() -> Action {
    Action {
        name: "image-push-tags",
        title: "Launchway Image Push Tags",
        description: "Puts tags on an image in the registry by digest: no daemon, no pull, no version ever overwritten, all tags or none.",
        icon: "upload-cloud",
        color: "blue",
        words: &["image", "push-tags"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_image::verb("push-tags")),
        outputs: launchway_image::outputs::PushTagsOutputs::table(),
    }
}

fn image_push() -> Action {
    Action {
        name: "image-push",
        title: "Launchway Image Push",
        description: "Publishes the very files that were built and tested as one image by digest: every byte checked before, several platforms joined, no tag, no daemon.",
        icon: "upload-cloud",
        color: "blue",
        words: &["image", "push"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_image::verb("push")),
        outputs: launchway_image::push::Outputs::table(),
    }
}

fn image_promote() -> Action {
    Action {
        name: "image-promote",
        title: "Launchway Image Promote",
        description: "Promotes an image from tag to tag by digest, across repositories and registries, with its platforms and signatures, and a record to roll back by.",
        icon: "fast-forward",
        color: "blue",
        words: &["image", "promote"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_image::verb("promote")),
        outputs: launchway_image::outputs::Outputs::table(),
    }
}

fn health_check() -> Action {
    Action {
        name: "health-check",
        title: "Launchway Health Check",
        description: "Tells whether what was deployed serves, in the right version, steadily, within a time that always holds; and if not, why not.",
        icon: "activity",
        color: "blue",
        words: &["health"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_health::command()),
        outputs: launchway_health::outputs::Outputs::table(),
    }
}

/// The action of one channel of the notifier; the last of `words` is its verb.
fn notify(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    icon: &'static str,
    words: &'static [&'static str],
    outputs: &'static [OutputDecl],
) -> Action {
    let verb = words.last().copied().unwrap_or_default();
    Action {
        name,
        title,
        description,
        icon,
        color: "blue",
        words,
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_notify::verb(verb)),
        outputs,
    }
}

fn slack_notify() -> Action {
    notify(
        "slack-notify",
        "Launchway Slack Notify",
        "Posts to Slack exactly once: messages worth reading without writing JSON, one that lives through a deployment, and a clear word when it could not be sent.",
        "message-square",
        &["notify", "slack"],
        launchway_notify::slack::outputs::Outputs::table(),
    )
}

fn teams_notify() -> Action {
    notify(
        "teams-notify",
        "Launchway Teams Notify",
        "Posts to Microsoft Teams by a workflow's webhook, with the same messages as the other channels.",
        "message-square",
        &["notify", "teams"],
        launchway_notify::teams::Outputs::table(),
    )
}

fn email_notify() -> Action {
    notify(
        "email-notify",
        "Launchway E-Mail Notify",
        "Sends an e-mail as text and HTML over a server of yours, with the same messages as the other channels.",
        "mail",
        &["notify", "email"],
        launchway_notify::email::Outputs::table(),
    )
}

fn discord_notify() -> Action {
    notify(
        "discord-notify",
        "Launchway Discord Notify",
        "Posts to Discord by a webhook, with the same messages as the other channels; nobody is called by accident.",
        "message-square",
        &["notify", "discord"],
        launchway_notify::discord::Outputs::table(),
    )
}

fn webhook_notify() -> Action {
    notify(
        "webhook-notify",
        "Launchway Webhook Notify",
        "Sends a message as signed JSON to any address.",
        "send",
        &["notify", "webhook"],
        launchway_notify::webhook::Outputs::table(),
    )
}

fn deployment_start() -> Action {
    Action {
        name: "deployment-start",
        title: "Launchway Deployment Start",
        description: "Begins a GitHub deployment with version and digest in it, once however often it runs, and says what served before.",
        icon: "play-circle",
        color: "blue",
        words: &["deploy", "start"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_deploy::verb("start")),
        outputs: launchway_deploy::start::Outputs::table(),
    }
}

fn deployment_finish() -> Action {
    Action {
        name: "deployment-finish",
        title: "Launchway Deployment Finish",
        description: "Ends a GitHub deployment in the state that is true: deployed, rolled back, failed or cancelled.",
        icon: "check-circle",
        color: "blue",
        words: &["deploy", "finish"],
        is_root: false,
        retired: Vec::new(),
        inputs: table(launchway_deploy::verb("finish")),
        outputs: launchway_deploy::finish::Outputs::table(),
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
    let image = Program {
        command: launchway_image::command(),
        preface: "In a workflow `tags`, `build-plan`, `push`, `merge-sboms`, `push-tags` and `promote` are the actions \
                  [`launchway/launchway/actions/image-tags`](../images.md), \
                  [`image-build-plan`](../images.md#a-build-in-jobs-of-your-own), \
                  [`image-push`, `image-merge-sboms`, `image-push-tags` and `image-promote`](../promotion.md), and read their inputs from the step.\n",
    };
    let health = Program {
        command: launchway_health::command(),
        preface: "In a workflow it is the action [`launchway/launchway/actions/health-check`](../health.md), and reads its \
                  inputs from the step. On a command line the same inputs are flags.\n",
    };
    let notify = Program {
        command: launchway_notify::command(),
        preface: "In a workflow its verbs are the actions `slack-notify`, `teams-notify`, `email-notify`, `discord-notify` and \
                  `webhook-notify` ([guide](../notifications.md)), and read their inputs from the step.\n",
    };
    let deploy = Program {
        command: launchway_deploy::command(),
        preface: "In a workflow its verbs are the actions `deployment-start` and `deployment-finish` \
                  ([guide](../deployments.md)), and read their inputs from the step.\n",
    };
    vec![release, changelog, image, health, notify, deploy]
}
