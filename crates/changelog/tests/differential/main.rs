//! The program beside git-cliff on generated histories: where git-cliff succeeds, so do we, with the
//! same bytes.
//!
//! `LAUNCHWAY_GIT_CLIFF` names the peer. `LAUNCHWAY_CASES` is the number of random cases,
//! `LAUNCHWAY_SEED` the first of their seeds, `LAUNCHWAY_KEEP` keeps the repositories of failures.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot do its work stops"
)]

mod cases;
mod history;
mod layouts;
mod matrix;
mod peer;
mod properties;
mod random;
mod refusals;

use std::path::{Path, PathBuf};

use crate::history::History;
use crate::peer::Call;

/// A changelog that was there before.
const OLD: &str = "# Changes\n\n## v0.0.0\n\n- the very first\n";

/// The folder with the configurations.
fn configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/configs");
    let mut found: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// A configuration by its file name.
fn config(name: &str) -> String {
    let found = configs().into_iter().find(|path| path.ends_with(name)).unwrap();
    found.to_str().unwrap().to_owned()
}

/// A call in the root of a history with a configuration, or with what is found there.
fn call(history: &History, config: Option<&str>, line: &str) -> Call {
    let mut args: Vec<String> = vec!["--offline".into()];
    if let Some(config) = config {
        args.extend(["--config".into(), config.into()]);
    }
    args.extend(cases::words(line).iter().map(|word| history.fill(word)));
    Call { args, dir: history.path(), tree: history.path(), ..Call::default() }
}

/// Files that some command lines want.
fn furnish(history: &History) {
    history.write("OLD.md", OLD);
    history.write(
        "body.tera",
        "{{ version | default(value='next') }}\n{% for c in commits %}  {{ c.id }}\n{% endfor %}",
    );
    history.write("packages/a/here.txt", "");
    history.write("packages/b/here.txt", "");
}

/// Fails with all differences found.
#[track_caller]
fn none(found: &[String], of: usize) {
    assert!(found.is_empty(), "{} of {of} differ\n\n{}", found.len(), found.join("\n\n"));
}
