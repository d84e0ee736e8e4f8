//! `actions/checkout`: a real clone of a bare repository of this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Done, Step, output, run, variable};

pub(super) fn run_in(folder: &Path, args: &[&str]) -> Result<String, String> {
    run(Command::new("git").current_dir(folder).args(args))
}

pub(super) fn run_checkout(step: &mut Step) -> Done {
    let repository = step.take("repository");
    let repository =
        if repository.is_empty() { variable("GITHUB_REPOSITORY")? } else { repository };
    let own = repository == variable("GITHUB_REPOSITORY")?;
    let wanted = step.take("ref");
    let depth = step.take("fetch-depth");
    let tags = step.on("fetch-tags")?;
    let persist = step.on("persist-credentials")?;
    let path = step.take("path");
    let token = step.take("token");
    let filter = step.take("filter");
    step.ignore(&["show-progress", "set-safe-directory"]);
    step.done()?;

    let workspace = PathBuf::from(variable("GITHUB_WORKSPACE")?);
    let folder = workspace.join(&path);
    let bare = PathBuf::from(variable("STAND_IN_GIT")?).join(format!("{repository}.git"));
    if !bare.exists() {
        return Err(format!("there is no repository {repository} on this machine"));
    }
    let url = format!("{}/{repository}", variable("GITHUB_SERVER_URL")?);
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let git = |args: &[&str]| run_in(&folder, args);
    if !folder.join(".git").exists() {
        git(&["init", "--quiet", "--initial-branch=main"])?;
        git(&["remote", "add", "origin", &url])?;
        // GitHub's address, kept on this machine.
        let key = format!("url.file://{}.insteadOf", bare.display());
        git(&["config", &key, &url])?;
    }
    let sha = variable("GITHUB_SHA")?;
    let reference = match (wanted.as_str(), own) {
        ("", true) => sha,
        ("", false) => "HEAD".to_owned(),
        (other, _) => other.to_owned(),
    };
    let filter = (!filter.is_empty()).then(|| format!("--filter={filter}"));
    let deep = (depth != "0").then(|| format!("--depth={depth}"));
    let fetch = |wanted: &[&str]| {
        let mut args = vec!["fetch", "--quiet", "--force", "--no-tags"];
        args.extend(filter.as_deref().into_iter().chain(deep.as_deref()).chain(["origin"]));
        args.extend(wanted);
        git(&args)
    };
    if tags || deep.is_none() {
        fetch(&["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"])?;
    }
    // A commit that is on no branch (a pull request's) can be asked for by its hash, too.
    fetch(&[&reference])?;
    let branch = branch(&bare, &reference, &wanted)?;
    match &branch {
        Some(branch) => {
            git(&["checkout", "--quiet", "--force", "-B", branch, "FETCH_HEAD"])?;
        }
        None => {
            git(&["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"])?;
        }
    }
    git(&["clean", "-ffdqx"])?;
    if persist {
        let token = if token.is_empty() { variable("STAND_IN_TOKEN")? } else { token };
        let server = variable("GITHUB_SERVER_URL")?;
        git(&[
            "config",
            &format!("http.{server}/.extraheader"),
            &format!("AUTHORIZATION: basic {}", token.len()),
        ])?;
    }
    output("ref", &wanted)?;
    output("commit", git(&["rev-parse", "HEAD"])?.trim())
}

/// The branch that is checked out: the one asked for, else that of the run, as the real one does.
fn branch(bare: &Path, reference: &str, wanted: &str) -> Result<Option<String>, String> {
    let name = if wanted.is_empty() { variable("GITHUB_REF")? } else { reference.to_owned() };
    let name = name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned();
    let known = run_in(bare, &["for-each-ref", "--format=%(refname:short)", "refs/heads"])?;
    Ok(known.lines().any(|line| line == name).then_some(name))
}
