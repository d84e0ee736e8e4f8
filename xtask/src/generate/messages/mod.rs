//! The index of messages: what ends a program, as it stands in the sources.
//!
//! The sources are read, not run. A text that is put together from variables is followed as far as
//! `scan` says; what cannot be followed is counted on the page and not passed over in silence.

mod calls;
mod fault;
mod index;
mod launcher;
mod page;
mod resolve;
mod said;
mod scan;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::shell;

pub(crate) use said::{Heard, compare};

/// Where the page stands.
pub(crate) const PAGE: &str = "docs/reference/messages.md";

/// How a program ends with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// 1: the check says no.
    Rejected,
    /// 2: bad input.
    Input,
    /// 3: a remote.
    Remote,
    /// 4: partly done.
    Partial,
    /// As the failure it passes on.
    Cause,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    /// What is printed, with `…` for what differs from run to run.
    text: String,
    /// The ways it ends; empty for what only stands behind another message.
    exits: Vec<Exit>,
    /// The hints that can stand with it.
    hints: Vec<String>,
}

/// What was found in one crate.
#[derive(Debug, Default)]
struct Found {
    messages: Vec<Message>,
    /// Places whose text is made at run time and could not be followed.
    unread: usize,
}

impl Found {
    /// Each text once, with all its exits and hints, in the order of the texts.
    fn settle(&mut self) {
        let mut by_text: BTreeMap<String, Message> = BTreeMap::new();
        for message in self.messages.drain(..) {
            let known = by_text.entry(message.text.clone()).or_insert_with(|| Message {
                text: message.text.clone(),
                exits: Vec::new(),
                hints: Vec::new(),
            });
            known.exits.extend(message.exits);
            known.hints.extend(message.hints);
        }
        for (_, mut message) in by_text {
            message.exits.sort_unstable();
            message.exits.dedup();
            message.hints.sort_unstable();
            message.hints.dedup();
            self.messages.push(message);
        }
        // What is read without regard to upper and lower case and to marks is found faster.
        self.messages.sort_by_key(|message| (page::anchor(&message.text), message.text.clone()));
    }
}

/// The page, from the sources of this tree.
pub(super) fn render() -> Result<String> {
    let (crates, scripts) = found()?;
    Ok(page::render(&crates, &scripts, &guides()?))
}

/// What the crates and the launcher can say.
fn found() -> Result<(Vec<page::Part>, Found)> {
    let mut crates = Vec::new();
    let folder = shell::at("crates");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .context("cannot read crates/")?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        // Tests only: its messages reach nobody.
        .filter(|name| name != "testkit")
        .collect();
    names.sort();
    for name in names {
        let sources = sources(&folder.join(&name).join("src"))?;
        if sources.is_empty() {
            continue;
        }
        let is_program = sources.iter().any(|(path, _)| path == "main.rs");
        let mut found = scan::scan(&sources).with_context(|| format!("crates/{name}"))?;
        found.settle();
        crates.push(page::Part { name, is_program, found });
    }
    let mut scripts = Found::default();
    for script in ["dist/launch.sh", "dist/launch.ps1"] {
        if let Ok(text) = std::fs::read_to_string(shell::at(script)) {
            scripts.messages.extend(launcher::messages(&text));
        }
    }
    scripts.settle();
    Ok((crates, scripts))
}

/// The Rust sources below a folder, by their path in it.
fn sources(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(dir) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let name = path.strip_prefix(folder).unwrap_or(&path);
                found.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The pages that explain messages, each with its path below `docs/`.
fn guides() -> Result<Vec<(String, String)>> {
    ["troubleshooting.md"]
        .into_iter()
        .map(|name| {
            let text = std::fs::read_to_string(shell::at("docs").join(name))
                .with_context(|| format!("cannot read docs/{name}"))?;
            Ok((name.to_owned(), text))
        })
        .collect()
}

/// The anchors the page has.
#[cfg(test)]
fn anchors(page: &str) -> Vec<&str> {
    let starts = page.split("<a id=\"").skip(1);
    starts.filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::said::is_said;
    use super::*;

    static PAGE: LazyLock<String> = LazyLock::new(|| render().unwrap());

    /// What the programs' own tests and the end-to-end tests see, found in the index.
    #[test]
    fn what_programs_are_seen_to_print_is_in_the_index() {
        let said = [
            // launchway-health
            "no target is given",
            "`mode: watch` needs `bake-time`",
            // launchway-notify
            "there is neither a `token` nor a `webhook`",
            "there is nothing to say",
            // launchway-image
            "`tags` names no tag",
            "there is no event to compute tags from",
            // launchway-release
            "`publish-script` and `release-mode` are both given",
            "people put commits on `…`, which would be lost",
            // libraries
            "is an unknown …",
            "cannot read `…`",
            // the launcher
            "LAUNCHWAY_PATH names nothing that can be run",
        ];
        let plain = |text: &str| text.replace("`` ", "").replace(" ``", "").replace("``", "");
        let page = plain(&PAGE);
        for message in said {
            assert!(page.contains(message), "{message}");
        }
    }

    #[test]
    fn what_built_programs_say_is_in_the_index() {
        let empty = tempfile::tempdir().unwrap();
        let rows: Vec<String> = PAGE
            .lines()
            .filter_map(|line| {
                Some(line.split_once("</a>")?.1.split(" | ").next()?.replace("\\|", "|"))
            })
            .map(|cell| cell.trim_matches(|c| c == '`' || c == ' ').to_owned())
            .collect();
        for (program, arguments) in [
            ("health", &[][..]),
            ("health", &["--url", "https://x.example", "--mode", "watch"]),
            ("health", &["--url", "shop.example"]),
            ("notify", &["slack", "--text", "x"]),
            (
                "notify",
                &["slack", "--token", "xoxb-1", "--channel", "C1", "--key", "a", "--reaction", "b"],
            ),
            ("image", &["tags"]),
            ("image", &["push-tags", "--image", "ghcr.io/a/b", "--tags", "ghcr.io/a/b:1"]),
            ("release", &["run"]),
            ("release", &["verify"]),
            ("deploy", &["start", "--environment", "x"]),
            ("changelog", &["--unreleased"]),
            ("changelog", &["--preset", "none"]),
            ("changeset", &["affected"]),
            ("changeset", &["init"]),
            ("changeset", &["status"]),
        ] {
            let name = format!("launchway-{program}");
            let built = shell::built("debug", &name);
            if !built.is_file() {
                assert!(
                    std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(),
                    "{name} is not built"
                );
                println!("skipped: {name} is not built");
                continue;
            }
            let mut command = std::process::Command::new(built);
            command.args(arguments).current_dir(&empty).env_clear();
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
            let output = command.stdin(std::process::Stdio::null()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let said = said.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or(&said);
            let plain = said.trim_matches(|c| c == '`' || c == ' ');
            assert_ne!(output.status.code(), Some(0), "{name} {arguments:?}");
            // A row of little else than holes would fit anything.
            let tells = |row: &&String| row.chars().filter(|c| c.is_alphabetic()).count() > 9;
            let row = rows.iter().filter(tells).find(|row| is_said(row, plain));
            assert!(row.is_some(), "{name} {arguments:?}: {said}");
        }
    }

    #[test]
    fn no_anchor_stands_twice() {
        let mut anchors = anchors(&PAGE);
        let count = anchors.len();
        anchors.sort_unstable();
        anchors.dedup();
        assert_eq!(anchors.len(), count);
        assert!(count > 400, "only {count}");
    }
}
