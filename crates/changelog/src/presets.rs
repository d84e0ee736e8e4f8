//! Looks that need no configuration, each a configuration file of git-cliff's format.
//!
//! They are chosen by `--preset`, never by `--config`, where the same names mean the reference's
//! own files. Their templates print nothing of a commit but what [`dress`] made of it.

mod dress;

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

#[cfg(test)]
#[path = "presets/presets_tests.rs"]
mod tests;
