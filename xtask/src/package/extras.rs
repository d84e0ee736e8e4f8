//! What lies beside a program in its archive: licences, manual pages, completions for shells.

use anyhow::{Context as _, Result};
use clap::Command;
use clap_complete::Shell;

use super::archive::Entry;
use super::notices;
use super::sbom::{Package, Project};
use crate::{generate, shell};

/// What [`licences`] gives, by name.
pub(super) const LICENCES: [&str; 3] = ["LICENSE-MIT", "LICENSE-APACHE", "LICENSES-OTHERS"];

/// Our licences, and those of these crates.
pub(super) fn licences(crates: &[&Package]) -> Result<Vec<Entry>> {
    let [mit, apache, others] = LICENCES;
    let mut entries = Vec::new();
    for licence in [mit, apache] {
        let text = std::fs::read_to_string(shell::at(licence));
        let text = text.with_context(|| format!("cannot read {licence}"))?;
        entries.push(Entry::text(licence, text.replace("\r\n", "\n")));
    }
    entries.push(Entry::text(others, notices::of(crates)?));
    Ok(entries)
}

/// All of it.
pub(super) fn of(project: &Project, crates: &[&Package], name: &str) -> Result<Vec<Entry>> {
    let mut entries = licences(crates)?;
    let command = generate::commands()
        .into_iter()
        .find(|command| command.get_name().strip_prefix("launchway-") == Some(name));
    let command = command.with_context(|| format!("launchway-{name} declares no command line"))?;
    // A command line of clap keeps only text that lives for ever.
    let version: &'static str = project.version.clone().leak();
    let mut command = command.version(version);
    command.build();
    pages(&mut entries, &command, command.get_name())?;
    for (shell, file) in [
        (Shell::Bash, format!("launchway-{name}.bash")),
        (Shell::Elvish, format!("launchway-{name}.elv")),
        (Shell::Fish, format!("launchway-{name}.fish")),
        (Shell::PowerShell, format!("_launchway-{name}.ps1")),
        (Shell::Zsh, format!("_launchway-{name}")),
    ] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, format!("launchway-{name}"), &mut text);
        if matches!(shell, Shell::Bash) {
            // clap_complete 4.6 writes the hyphen of a program's name in two ways, and then completes nothing
            // after a verb.
            text =
                String::from_utf8(text)?.replace("launchway__subcmd__", "launchway__").into_bytes();
        }
        entries.push(Entry::text(format!("completions/{file}"), text));
    }
    Ok(entries)
}

/// A manual page for the command and each below it: `launchway-image.1`, `launchway-image-tags.1`.
fn pages(entries: &mut Vec<Entry>, command: &Command, name: &str) -> Result<()> {
    let mut page = Vec::new();
    let shown = command.clone().disable_help_subcommand(true);
    clap_mangen::Man::new(shown).title(name.to_owned()).render(&mut page)?;
    entries.push(Entry::text(format!("man/{name}.1"), page));
    for below in command.get_subcommands() {
        if !below.is_hide_set() && below.get_name() != "help" {
            pages(entries, below, &format!("{name}-{}", below.get_name()))?;
        }
    }
    Ok(())
}
