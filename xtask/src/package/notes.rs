//! The text of a Release: what the changelogs of all programs say about its version.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};

use crate::shell;

/// The text, as Markdown.
pub(super) fn of(version: &str, programs: &[String]) -> Result<String> {
    let mut notes = String::new();
    for name in programs {
        let path = format!("crates/{name}/CHANGELOG.md");
        // A program that never changed has none.
        let Ok(changelog) = std::fs::read_to_string(shell::at(&path)) else { continue };
        // All programs share one version; not each has something to say about it.
        let says = |text: &&str| !text.is_empty() && *text != "No changes in this release.";
        if let Some(section) = section(&changelog, version).filter(says) {
            let _ = write!(notes, "## launchway-{name}\n\n{section}\n\n");
        }
    }
    ensure!(!notes.is_empty(), "no changelog says anything about {version}");
    notes.push_str(
        "Which file is which says `SHA256SUMS`; where they were built say their attestations \
         (`gh attestation verify FILE --repo launchway/launchway`).\n",
    );
    Ok(notes)
}

/// What stands below the heading of a version, without it.
fn section<'a>(changelog: &'a str, version: &str) -> Option<&'a str> {
    let heading = format!("## {version}\n");
    let start = if changelog.starts_with(&heading) {
        heading.len()
    } else {
        changelog.find(&format!("\n{heading}"))? + heading.len() + 1
    };
    let rest = changelog.get(start..)?;
    Some(rest.split("\n## ").next().unwrap_or(rest).trim())
}

/// Prints it.
pub(super) fn print(programs: &[String]) -> Result<bool> {
    let version = super::version(shell::root())?;
    let notes = of(&version, programs).context("there are no notes")?;
    print!("{notes}");
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_where_the_next_version_begins() {
        let changelog = "# a\n\n## 1.10.0\n\n### Minor Changes\n\n- b\n\n## 1.1.0\n\n- c\n";
        assert_eq!(section(changelog, "1.10.0"), Some("### Minor Changes\n\n- b"));
        assert_eq!(section(changelog, "1.1.0"), Some("- c"));
        assert_eq!(section(changelog, "1.1"), None);
        assert_eq!(section(changelog, "0.1.0"), None);
    }
}
