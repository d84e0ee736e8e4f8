//! `pre enter` and `pre exit`.

use launchway_base::{Failure, nearest};
use launchway_versioning::{enter_pre, exit_pre, find_root};

use crate::context::Context;

pub(crate) fn pre(context: &Context<'_>) -> Result<u8, Failure> {
    let mut words = context.args.words.iter().map(String::as_str);
    let (verb, tag) = (words.next().unwrap_or_default(), words.next());
    let session = context.session;
    match (verb, tag) {
        ("enter", None) => Err(Failure::input("`pre enter` needs a tag")
            .with_hint("such as `launchway-changeset pre enter beta`")),
        ("enter", Some(tag)) => {
            let workspace = find_root(&context.cwd)?;
            enter_pre(&workspace.root, tag)?.apply(&workspace.root)?;
            session.say(&format!(
                "Pre mode is on: the next `version` makes versions that end in `-{tag}.N`."
            ));
            Ok(0)
        }
        ("exit", _) => {
            let workspace = find_root(&context.cwd)?;
            exit_pre(&workspace.root)?.apply(&workspace.root)?;
            session.say(
                "Pre mode ends: the next `version` makes normal versions.\nThe changesets in \
                 `.changeset/pre` become their changelogs; remove what does not belong there.",
            );
            Ok(0)
        }
        (other, _) => {
            let failure = Failure::input(format!("`pre {other}` is neither enter nor exit"));
            Err(match nearest(other, ["enter", "exit"]) {
                Some(near) => failure.with_hint(format!("did you mean `pre {near}`?")),
                None => failure,
            })
        }
    }
}
