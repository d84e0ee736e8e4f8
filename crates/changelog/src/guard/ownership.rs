//! Directories that belong to another user, as in a container whose workspace is mounted.

use std::path::Path;

use launchway_base::Failure;
use launchway_git::Git;

/// Git that may read its directory.
///
/// Git refuses a repository that belongs to another user, whose configuration could run programs.
/// The workspace of a runner is what we were called to work on, and is read all the same;
/// `workspace` is that of `GITHUB_WORKSPACE`, on a runner only. Any other directory needs `trust`
/// (`--trust-directory`). It is trusted by its exact path and for our own processes alone: no
/// configuration is written, and no other program is told.
///
/// No process is run where the owner is seen to be our own user.
///
/// # Errors
/// The directory belongs to another user and there is no leave to read it (exit 2).
pub fn open(
    git: Git,
    workspace: Option<&Path>,
    trust: bool,
    say: &mut dyn FnMut(&str),
) -> Result<Git, Failure> {
    if !git.is_foreign_owned()? {
        return Ok(git);
    }
    let Some(folder) = git.repository_folder() else { return Ok(git) };
    if folder.file_name().is_some_and(|name| name == "*") {
        // Newer versions of git read it as "everything in the folder above".
        return Err(Failure::input(format!(
            "`{}` belongs to another user, and its name stands for every folder beside it",
            folder.display()
        ))
        .with_hint("rename it"));
    }
    let is_workspace = workspace
        .and_then(|workspace| workspace.canonicalize().ok())
        .is_some_and(|workspace| workspace == folder);
    if !trust && !is_workspace {
        return Err(refusal(&folder, "git refuses to read it", true));
    }
    let trusting = git.trusting(&folder);
    if trusting.is_foreign_owned()? {
        // Git before 2.38 is told by configuration files only.
        return Err(refusal(&folder, "this git can be told so by its configuration only", false));
    }
    let why = if is_workspace { "it is the workspace" } else { "`--trust-directory` says so" };
    (say)(&format!(
        "`{}` belongs to another user and is read all the same, by this program alone: {why}",
        folder.display()
    ));
    Ok(trusting)
}

fn refusal(folder: &Path, why: &str, has_flag: bool) -> Failure {
    let path = folder.display().to_string();
    let command = format!("git config --global --add safe.directory {}", quoted(&path));
    let hint = if has_flag {
        format!("if you trust it, give `--trust-directory`, or run `{command}`")
    } else {
        format!("if you trust it, run `{command}`")
    };
    Failure::input(format!("`{path}` belongs to another user, and {why}")).with_hint(hint)
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_path_is_quoted_for_the_shell() {
        assert_eq!(quoted("/github/workspace"), "/github/workspace");
        assert_eq!(quoted("/my repo/it's"), "'/my repo/it'\\''s'");
        assert_eq!(quoted("/$(id)"), "'/$(id)'");
    }
}
