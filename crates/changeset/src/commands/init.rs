//! `init`: the folder, the configuration, a word of explanation.

use launchway_base::Failure;
use launchway_workspace::Changes;
use serde_json::{Value, json};

use crate::ask::{Asker, Canceled};
use crate::context::Context;

/// What every folder of changesets says about itself.
const README: &str = "# Changesets\n\n\
Each file here says which packages a change releases, and why: the packages with their bump at the\n\
top, the words for the changelog below. Add one with every change that users will notice:\n\n\
```\nlaunchway-changeset add\n```\n\n\
`launchway-changeset status` shows what they release, `launchway-changeset version` releases it.\n";

pub(crate) fn init(context: &Context<'_>) -> Result<u8, Failure> {
    let workspace = launchway_versioning::discover(&context.cwd)?;
    let folder = workspace.root.join(".changeset");
    if folder.join("config.json").exists() {
        context.session.say("`.changeset/config.json` is there already: nothing to do.");
        return Ok(0);
    }
    let mut asker = Asker::on_terminal().ok_or_else(|| {
        Failure::input("`init` asks questions, and there is no terminal to answer them")
            .with_hint("run it on a terminal, or write `{}` to `.changeset/config.json`")
    })?;
    let config = match ask(&mut asker) {
        Ok(config) => config,
        Err(canceled) => return canceled.end(context),
    };
    let mut changes = Changes::default();
    changes.write(".changeset/config.json", format!("{config:#}\n"));
    if !folder.join("README.md").exists() {
        changes.write(".changeset/README.md", README);
    }
    changes.apply(&workspace.root)?;
    context.session.say(
        "`.changeset/config.json` and `.changeset/README.md` are written; commit them, then add \
         changesets with `launchway-changeset add`.",
    );
    Ok(0)
}

fn ask(asker: &mut Asker<'_>) -> Result<Value, Canceled> {
    let changelog =
        if asker.yes("Link pull requests and authors on GitHub in changelogs?", false)? {
            let repo = asker.text("Repository on GitHub, such as org/repo", None)?;
            json!(["@changesets/changelog-github", { "repo": repo }])
        } else {
            json!("@changesets/cli/changelog")
        };
    let commit = asker.yes("Commit changesets and versions automatically?", false)?;
    let public = asker.yes("Publish packages for everyone (`public`)?", false)?;
    let base = asker.text("Base branch", Some("main"))?;
    Ok(json!({
        "baseBranch": base,
        "access": if public { "public" } else { "restricted" },
        "format": "auto",
        "changelog": changelog,
        "commit": commit,
        "ignore": [],
        "fixed": [],
        "linked": [],
        "updateInternalDependencies": "patch",
    }))
}
