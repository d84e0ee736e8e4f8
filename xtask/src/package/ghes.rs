//! The variant for GitHub Enterprise Server: the same tree, without what only github.com has.
//!
//! What is missing there, as of November 2026: `$/` references, `queue` of `concurrency`, `deployment` of `environment`
//! before 3.22, artifact attestations, artifacts of version 4 and later, and `actions.lock`. Nothing else is changed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::build;
use crate::shell;

/// What to render.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Owner of the repository on your server.
    #[arg(long)]
    owner: String,
    /// Name of the repository on your server.
    #[arg(long, default_value = "launchway")]
    repository: String,
    /// Tag or branch the files will be at there. `v` and the version in `dist/VERSION` unless given.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,
    /// Where the archives of the release are for your runners, `https://…` or `file://…`: written into the workflows.
    #[arg(long, value_name = "BASE")]
    mirror: Option<String>,
    /// Where the tree goes; a folder that is not there yet, or empty.
    #[arg(long)]
    out: PathBuf,
}

/// What stands for what only github.com has.
struct Server<'a> {
    /// `owner/repository`.
    repository: String,
    reference: String,
    mirror: Option<&'a str>,
}

/// An action whose version here does not run there: its name, the last one that does, and the inputs that one has.
const OLDER: [(&str, &str, &[&str]); 2] = [
    (
        "actions/upload-artifact",
        "c24449f33cd45d4826c6702db7e49f7cdb9b551d # v3.2.1-node20",
        &["name", "path", "if-no-files-found", "retention-days", "include-hidden-files"],
    ),
    (
        "actions/download-artifact",
        "ad191675b41f6a5b46da9a048cb6893812da158b # v3.1.0-node20",
        &["name", "path"],
    ),
];

/// Actions that have no counterpart there: their steps are left out.
const WITHOUT: [&str; 1] = ["actions/attest"];

pub(super) fn run(args: &Args) -> Result<bool> {
    let plain = |text: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
        !text.is_empty() && text.chars().all(fits)
    };
    ensure!(plain(&args.owner) && !args.owner.contains('/'), "`{}` is no owner", args.owner);
    ensure!(plain(&args.repository), "`{}` is no repository", args.repository);
    let reference = match &args.reference {
        Some(reference) => reference.clone(),
        None => format!("v{}", std::fs::read_to_string(shell::at("dist/VERSION"))?.trim()),
    };
    ensure!(plain(&reference), "`{reference}` is no tag or branch");
    if let Some(mirror) = &args.mirror {
        let known = mirror.starts_with("https://") || mirror.starts_with("file://");
        let clean =
            !mirror.contains(|c: char| c.is_whitespace() || c.is_control() || "'\"#".contains(c));
        ensure!(known && clean, "`{mirror}` is no address of a mirror");
    }
    let empty = std::fs::read_dir(&args.out).map_or(true, |mut entries| entries.next().is_none());
    ensure!(empty, "{} is not empty", args.out.display());

    build::copy_of_the_source(shell::root(), &args.out)?;
    let server = Server {
        repository: format!("{}/{}", args.owner, args.repository),
        reference,
        mirror: args.mirror.as_deref(),
    };
    let folder = args.out.join(".github/workflows");
    let mut rendered = 0;
    for entry in std::fs::read_dir(&folder).context("no workflows")? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        if path.extension().is_some_and(|kind| kind == "yml") && text.contains("\n  workflow_call:")
        {
            std::fs::write(&path, render(&text, &server))?;
            rendered += 1;
        } else {
            // What is left builds and ships Launchway itself, or is a lock nobody there reads.
            std::fs::remove_file(&path)?;
        }
    }
    ensure!(rendered > 0, "no workflow can be called");
    std::fs::write(args.out.join("GHES.md"), note(&server))?;
    println!(
        "{rendered} workflows for {}@{} in {}",
        server.repository,
        server.reference,
        shown(&args.out)
    );
    Ok(true)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// One workflow, as the server takes it.
fn render(text: &str, server: &Server<'_>) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut rest = lines.as_slice();
    while let Some((line, after)) = rest.split_first() {
        let depth = indent(line);
        if line.trim_start().starts_with("- ") && depth == STEP {
            let end =
                after.iter().position(|next| !next.trim().is_empty() && indent(next) <= depth);
            let (step, others) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
            for line in step_for(step, server).unwrap_or_default() {
                out.push_str(&line);
                out.push('\n');
            }
            rest = others;
            continue;
        }
        rest = after;
        let word = line.trim_start();
        if word.starts_with("queue: max") {
            // Of several that wait the server keeps the newest only; one that runs is not ended.
            out.push_str(line.get(..depth).unwrap_or_default());
            out.push_str("cancel-in-progress: false");
        } else if word.starts_with("attestations: write") || word.starts_with("deployment: false") {
            continue;
        } else if let (0, "permissions: {}", Some(mirror)) = (depth, word, server.mirror) {
            out.push_str(line);
            out.push_str("\n\nenv:\n  LAUNCHWAY_MIRROR: '");
            out.push_str(mirror);
            out.push('\'');
        } else {
            out.push_str(&own(line, server));
        }
        out.push('\n');
    }
    out
}

/// How deep a step of a job stands.
const STEP: usize = 6;

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A line with our own actions and workflows by their full name.
fn own(line: &str, server: &Server<'_>) -> String {
    match line.split_once("uses: $/") {
        Some((before, path)) => {
            let Server { repository, reference, .. } = server;
            format!("{before}uses: {repository}/{path}@{reference}")
        }
        None => line.to_owned(),
    }
}

/// A step as the server takes it; `None` when there is nothing like it.
fn step_for(step: &[&str], server: &Server<'_>) -> Option<Vec<String>> {
    let used = step
        .iter()
        .find_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: "));
    let action = used.and_then(|used| used.split_once('@')).map_or("", |(action, _)| action);
    if WITHOUT.contains(&action) {
        return None;
    }
    let older = OLDER.iter().find(|(name, _, _)| *name == action);
    let Some((name, version, inputs)) = older else {
        return Some(step.iter().map(|line| own(line, server)).collect());
    };
    let mut lines = Vec::new();
    let mut with = false;
    for line in step {
        let word = line.trim_start();
        with = (with && indent(line) > STEP + 2) || word == "with:";
        let is_input = with && indent(line) == STEP + 4;
        let input = word.split(':').next().unwrap_or_default();
        if let Some((before, _)) = line.split_once("uses: ") {
            lines.push(format!("{before}uses: {name}@{version}"));
        } else if !is_input || inputs.contains(&input) {
            lines.push((*line).to_owned());
        }
    }
    lines.extend(only_matching(step));
    Some(lines)
}

/// A download by a pattern takes all artifacts there; what takes away the others again.
fn only_matching(step: &[&str]) -> Vec<String> {
    let of = |name: &str| {
        step.iter().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(": "))
    };
    let (Some(pattern), Some(path)) = (of("pattern"), of("path")) else { return Vec::new() };
    let mut lines = vec!["      - name: Nothing else".to_owned()];
    lines.extend(of("if").map(|condition| format!("        if: {condition}")));
    for line in [
        "shell: bash",
        "run: |",
        "  for artifact in \"$FOLDER\"/*; do",
        "    case \"${artifact##*/}\" in $WANTED) ;; *) rm -rf -- \"$artifact\" ;; esac",
        "  done",
        "env:",
    ] {
        lines.push(format!("        {line}"));
    }
    lines.push(format!("          FOLDER: {path}"));
    lines.push(format!("          WANTED: {pattern}"));
    lines
}

fn note(server: &Server<'_>) -> String {
    let Server { repository, reference, mirror } = server;
    let mirror = mirror.map_or_else(
        || {
            "Runners fetch the programs from github.com. Where they cannot, put the archives of the release on a server \
             of yours and render anew with `--mirror`, or set `LAUNCHWAY_MIRROR` in the environment of the runners."
                .to_owned()
        },
        |mirror| format!("The workflows fetch the programs from `{mirror}`; for actions in workflows of your own set `LAUNCHWAY_MIRROR` to it."),
    );
    format!(
        "# Launchway for GitHub Enterprise Server\n\n\
         Push this tree to `{repository}` and tag it `{reference}`; then write `uses: {repository}/actions/health-check@{reference}`.\n\n\
         {mirror}\n\n\
         Different from github.com: of several releases that wait for each other only the newest is kept; nothing is \
         attested, whatever `attest` says; artifacts are those of version 3. The actions of others that the workflows use \
         have to be on the server, by GitHub Connect or `actions-sync`. There are no runners named `ubuntu-24.04`: give \
         the labels of yours.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(mirror: Option<&'static str>) -> Server<'static> {
        Server { repository: "tools/launchway".to_owned(), reference: "v1.2.3".to_owned(), mirror }
    }

    const FILE: &str = "\
permissions: {}

jobs:
  a:
    permissions:
      contents: read # x
      attestations: write # y
    concurrency:
      group: g
      queue: max # in order
    environment:
      name: e
      deployment: false # ours
    steps:
      - name: Attest
        uses: actions/attest@0123 # v4.2.2
        with:
          subject-path: x
      - name: Health
        uses: $/actions/health-check
        with:
          url: x
      - uses: actions/upload-artifact@0123 # v7.0.0
        if: always()
        with:
          name: n
          path: |
            a
            b
          compression-level: 0 # none
          overwrite: true
      - name: Get
        if: inputs.x
        uses: actions/download-artifact@0123 # v8.0.1
        with:
          pattern: a-${{ inputs.key }}-*
          path: ${{ runner.temp }}/all
      - run: echo '$/actions/x'
  b:
    uses: $/.github/workflows/c.yml
";

    #[test]
    fn what_only_github_com_has_is_replaced_and_nothing_else() {
        let found = render(FILE, &server(None));
        let wanted = "\
permissions: {}

jobs:
  a:
    permissions:
      contents: read # x
    concurrency:
      group: g
      cancel-in-progress: false
    environment:
      name: e
    steps:
      - name: Health
        uses: tools/launchway/actions/health-check@v1.2.3
        with:
          url: x
      - uses: actions/upload-artifact@c24449f33cd45d4826c6702db7e49f7cdb9b551d # v3.2.1-node20
        if: always()
        with:
          name: n
          path: |
            a
            b
      - name: Get
        if: inputs.x
        uses: actions/download-artifact@ad191675b41f6a5b46da9a048cb6893812da158b # v3.1.0-node20
        with:
          path: ${{ runner.temp }}/all
      - name: Nothing else
        if: inputs.x
        shell: bash
        run: |
          for artifact in \"$FOLDER\"/*; do
            case \"${artifact##*/}\" in $WANTED) ;; *) rm -rf -- \"$artifact\" ;; esac
          done
        env:
          FOLDER: ${{ runner.temp }}/all
          WANTED: a-${{ inputs.key }}-*
      - run: echo '$/actions/x'
  b:
    uses: tools/launchway/.github/workflows/c.yml@v1.2.3
";
        assert_eq!(found, wanted);
    }

    #[test]
    fn the_mirror_is_written_where_every_job_sees_it() {
        let found = render(FILE, &server(Some("https://mirror.example/v1.2.3")));
        assert!(found.starts_with(
            "permissions: {}\n\nenv:\n  LAUNCHWAY_MIRROR: 'https://mirror.example/v1.2.3'\n\njobs:\n"
        ));
    }

    #[test]
    fn every_workflow_of_ours_is_rendered_whole() {
        for workflow in std::fs::read_dir(shell::at(".github/workflows")).unwrap() {
            let path = workflow.unwrap().path();
            if path.extension().is_none_or(|kind| kind != "yml") {
                continue;
            }
            let found = render(&std::fs::read_to_string(&path).unwrap(), &server(None));
            for left in [
                "uses: $/",
                "queue: max",
                "deployment: false",
                "attestations:",
                "uses: actions/attest@",
                "compression-level",
                "pattern:",
            ] {
                assert!(!found.contains(left), "{}: {left}", path.display());
            }
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        let args = |owner: &str, mirror: Option<&str>| Args {
            owner: owner.to_owned(),
            repository: "launchway".to_owned(),
            reference: Some("v1".to_owned()),
            mirror: mirror.map(str::to_owned),
            out: PathBuf::from("never-made"),
        };
        for bad in [
            args("a b", None),
            args("a/b", None),
            args("", None),
            args("a", Some("http://x")),
            args("a", Some("https://x'\ny")),
        ] {
            assert!(run(&bad).is_err());
        }
    }
}
