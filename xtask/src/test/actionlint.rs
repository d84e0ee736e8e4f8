//! Workflows before actionlint, whose last release knows the syntax of April 2026.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::{Context, Outcome, actions};
use crate::shell;

/// What it reports of syntax that came after it, word for word; GitHub's own validator, which knows
/// it, looks at the same files. Everything else it says counts.
const NEWER: &[(&str, &str)] = &[
    (
        "unexpected key \"queue\" for \"concurrency\" section. expected one of \
         \"cancel-in-progress\", \"group\"",
        "",
    ),
    (
        "specifying action \"$/",
        "\" in invalid format because ref is missing. available formats are \
         \"{owner}/{repo}@{ref}\" or \"{owner}/{repo}/{path}@{ref}\"",
    ),
];

#[derive(Deserialize)]
struct Finding {
    message: String,
    filepath: String,
    line: usize,
    kind: String,
}

impl Finding {
    fn is_newer_syntax(&self) -> bool {
        NEWER.iter().any(|(start, end)| {
            self.message.strip_prefix(start).is_some_and(|rest| match *end {
                "" => rest.is_empty(),
                end => rest.strip_suffix(end).is_some_and(|name| !name.contains(['"', '@'])),
            })
        })
    }
}

pub(super) fn check(context: &Context) -> Result<Outcome> {
    let actionlint = match context.tool("actionlint") {
        Ok(actionlint) => actionlint,
        Err(outcome) => return Ok(outcome),
    };
    let files =
        actions::files(|path| actions::is_workflow_file(path) || actions::is_example(path))?;
    let mut command = shell::command(actionlint);
    command.args(["-no-color", "-pyflakes=", "-format", "{{json .}}"]).args(&files);
    // What is a matter of taste in a script of three lines is none of ours.
    let output = command
        .env("SHELLCHECK_OPTS", "--severity=warning")
        .output()
        .context("cannot start actionlint")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Ok(found) = serde_json::from_str::<Vec<Finding>>(text.trim()) else {
        bail!("actionlint: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    let newer = found.iter().filter(|finding| finding.is_newer_syntax()).count();
    let complaints: Vec<_> = found
        .iter()
        .filter(|finding| !finding.is_newer_syntax())
        .map(|Finding { message, filepath, line, kind }| {
            format!("{filepath}:{line}: {message} [{kind}]")
        })
        .collect();
    let note = format!("{} files; {newer} reports of newer syntax left out", files.len());
    Ok(Outcome::complaints(&complaints, note))
}

#[cfg(test)]
mod tests {
    use super::Finding;

    fn newer(message: &str) -> bool {
        let finding = |message: &str| Finding {
            message: message.into(),
            filepath: "a.yml".into(),
            line: 1,
            kind: "action".into(),
        };
        finding(message).is_newer_syntax()
    }

    #[test]
    fn only_newer_syntax_is_left_out() {
        let own = "specifying action \"$/actions/setup\" in invalid format because ref is missing. \
                   available formats are \"{owner}/{repo}@{ref}\" or \"{owner}/{repo}/{path}@{ref}\"";
        assert!(newer(own));
        assert!(!newer(&own.replace("$/actions", "actions")));
        assert!(!newer(
            "unexpected key \"quue\" for \"concurrency\" section. expected one of \
                        \"cancel-in-progress\", \"group\""
        ));
    }
}
