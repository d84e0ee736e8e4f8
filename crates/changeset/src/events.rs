//! What happened, as lines of JSON for the action that called: `--output`, `CHANGESETS_OUTPUT`.

use std::fs::{File, OpenOptions};
use std::io::Write;

use launchway_base::Failure;
use serde_json::json;

use crate::context::Context;

/// The file of events, if one was asked for. Lines are added to what is there.
#[derive(Debug)]
pub(crate) struct Events {
    file: Option<(String, File)>,
}

impl Events {
    /// Opens the file, so that it is there even if nothing happens.
    pub(crate) fn open(context: &Context<'_>) -> Result<Self, Failure> {
        let Some(output) = context.output() else { return Ok(Self { file: None }) };
        let path = context.cwd.join(&output);
        let failed = |error| Failure::input(format!("cannot write `{output}`")).caused_by(error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = OpenOptions::new().append(true).create(true).open(&path).map_err(failed)?;
        Ok(Self { file: Some((output, file)) })
    }

    /// A tag was made.
    pub(crate) fn git_tag(&mut self, tag: &str, package: &str) -> Result<(), Failure> {
        let Some((output, file)) = &mut self.file else { return Ok(()) };
        let line = json!({ "type": "git-tag", "tag": tag, "packageName": package });
        writeln!(file, "{line}").map_err(|error| {
            Failure::partial(format!("tag `{tag}` was made, but `{output}` cannot be written"))
                .caused_by(error)
        })
    }
}
