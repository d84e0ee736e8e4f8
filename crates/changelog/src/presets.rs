//! Looks that need no configuration, each a configuration file of git-cliff's format.
//!
//! They are chosen by `--preset`, never by `--config`, where the same names mean the reference's
//! own files. Their templates print nothing of a commit but what [`dress`] made of it.

mod dress;

use std::path::Path;

use launchway_base::Failure;

use crate::home::Home;
use crate::model::{Release, Remotes};
use crate::release_yml;

pub use dress::{Dress, dress};

/// Every preset with its configuration.
const ALL: [(&str, &str); 5] = [
    ("keepachangelog", include_str!("../presets/keepachangelog.toml")),
    ("github", include_str!("../presets/github.toml")),
    ("conventional", include_str!("../presets/conventional.toml")),
    ("detailed", include_str!("../presets/detailed.toml")),
    ("changesets", include_str!("../presets/changesets.toml")),
];

/// The names of the presets.
pub const NAMES: [&str; 5] = {
    let [a, b, c, d, e] = ALL;
    [a.0, b.0, c.0, d.0, e.0]
};

/// The configuration of a preset as TOML, if there is one of that name.
pub fn text(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Makes processed releases, the newest first, ready for the templates of a preset, and says what
/// there is to say, one sentence each. `root` is the repository's.
///
/// # Errors
/// The preset reads a file of the repository that cannot be read (exit 2).
pub fn prepare(
    name: &str,
    releases: &mut [Release],
    root: &Path,
    home: Option<&Home>,
    remotes: &Remotes,
) -> Result<Vec<String>, Failure> {
    let (release_yml, mut said) =
        if name == "github" { release_yml::find(root)? } else { Default::default() };
    let with = Dress { home, release_yml: Some(&release_yml), remotes };
    let unlisted = dress(releases, &with);
    if name == "github" && !unlisted.is_empty() {
        let numbers: Vec<String> = unlisted.iter().map(|number| format!("#{number}")).collect();
        said.push(format!(
            "no category of `.github/release.yml` takes {}; one with the label `*` would",
            numbers.join(", ")
        ));
    }
    Ok(said)
}

#[cfg(test)]
#[path = "presets/presets_tests.rs"]
mod tests;
