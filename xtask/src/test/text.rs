//! What no tracked file may say: a registry's host name, a path of somebody's machine.

use std::path::Path;

use anyhow::Result;

use super::{Context, Outcome};
use crate::shell;

/// In two parts, so that this file does not find itself.
const HOSTS: &[(&str, &str)] = &[
    ("npmjs", ".org"),
    ("npmjs", ".com"),
    ("crates", ".io"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("yarnpkg", ".com"),
];

pub(super) fn check(_: &Context) -> Result<Outcome> {
    let listed =
        shell::read(shell::command("git").args(["ls-files", "-z", "-co", "--exclude-standard"]))?;
    let mut unwanted: Vec<(String, &str)> =
        HOSTS.iter().map(|(a, b)| (format!("{a}{b}"), "a registry's host name")).collect();
    let home = std::env::var("HOME").unwrap_or_default();
    for path in [shell::root().to_string_lossy().into_owned(), home] {
        // `/` and the like would be found everywhere.
        if path.len() > 3 {
            unwanted.push((format!("{}/", path.trim_end_matches('/')), "a path of this machine"));
        }
    }
    let mut complaints = Vec::new();
    let mut files = 0;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        // Cargo writes its registry's name into the lock file.
        if name == "Cargo.lock" {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(shell::at(Path::new(name))) else { continue };
        files += 1;
        complaints.extend(judge(name, &text, &unwanted));
    }
    Ok(Outcome::complaints(&complaints, format!("{files} files")))
}

fn judge(name: &str, text: &str, unwanted: &[(String, &str)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (pattern, what) in unwanted {
            if line.contains(pattern) {
                complaints.push(format!("{name}:{}: {what}: `{pattern}`", number + 1));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_with_its_line() {
        let host = format!("example{}", ".test");
        let unwanted = [(host.clone(), "a registry's host name")];
        let found = judge("a.md", &format!("fine\nsee {host}/x\n"), &unwanted);
        assert_eq!(found, [format!("a.md:2: a registry's host name: `{host}`")]);
    }
}
