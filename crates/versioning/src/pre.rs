//! Entering and leaving pre mode.

use std::path::Path;

use launchway_base::{Failure, Location};
use launchway_changesets::{PreMode, PreState};
use launchway_workspace::{Changes, parse_version};
use serde_json::{Map, Value, json};

use crate::observe::{PRE_FILE, read, utf8};

/// What turns pre mode on.
pub fn enter_pre(root: &Path, tag: &str) -> Result<Changes, Failure> {
    if parse_version(&format!("1.0.0-{tag}.0")).is_none() {
        return Err(Failure::input(format!("`{tag}` cannot be part of a version"))
            .with_hint("use letters, digits and `-`, such as `beta`"));
    }
    let known = current(root)?;
    if known.as_ref().is_some_and(|(state, _)| state.mode == PreMode::Pre) {
        return Err(Failure::input("pre mode is on already")
            .at(Location::file(PRE_FILE))
            .with_hint("to leave it, run `launchway-changeset pre exit`"));
    }
    let mut changes = Changes::default();
    if let Some((state, _)) = &known {
        put_away(root, state, &mut changes)?;
    }
    changes.write(PRE_FILE, PreState::new(PreMode::Pre, tag).render());
    Ok(changes)
}

/// What makes the next `version` end pre mode.
pub fn exit_pre(root: &Path) -> Result<Changes, Failure> {
    let (state, mut file) = current(root)?.ok_or_else(|| {
        Failure::input("pre mode is not on")
            .with_hint("to turn it on, run `launchway-changeset pre enter TAG`")
    })?;
    let mut changes = Changes::default();
    put_away(root, &state, &mut changes)?;
    file.shift_remove("initialVersions");
    file.shift_remove("changesets");
    file.insert("mode".to_owned(), json!("exit"));
    changes.write(PRE_FILE, format!("{:#}\n", Value::Object(file)));
    Ok(changes)
}

/// The state of pre mode, `None` when it is off. Released changesets that a file of version 2 lists
/// are left where they are.
pub fn pre_state(root: &Path) -> Result<Option<PreState>, Failure> {
    Ok(current(root)?.map(|(state, _)| state))
}

/// The state and the file as it is.
type Current = (PreState, Map<String, Value>);

/// Reads the file, `None` without pre mode.
fn current(root: &Path) -> Result<Option<Current>, Failure> {
    let Some(bytes) = read(root, PRE_FILE)? else { return Ok(None) };
    let text = utf8(PRE_FILE, &bytes)?.trim_start_matches('\u{feff}');
    let state = PreState::parse(text)?;
    let file = serde_json::from_str(text).unwrap_or_default();
    Ok(Some((state, file)))
}

/// Moves what a file of version 2 lists as released to `.changeset/pre/`.
fn put_away(root: &Path, state: &PreState, changes: &mut Changes) -> Result<(), Failure> {
    for id in &state.released {
        let path = format!(".changeset/{id}.md");
        if let Some(content) = read(root, &path)? {
            changes.remove(path);
            changes.write(format!(".changeset/pre/{id}.md"), content);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(pre: Option<&str>) -> std::path::PathBuf {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root =
            std::env::temp_dir().join(format!("launchway-pre-{}-{number}", std::process::id()));
        std::fs::create_dir_all(root.join(".changeset")).unwrap();
        std::fs::write(root.join(".changeset/x.md"), "x").unwrap();
        if let Some(pre) = pre {
            std::fs::write(root.join(PRE_FILE), pre).unwrap();
        }
        root
    }

    #[test]
    fn a_file_of_version_2_is_moved_on_the_way_out() {
        let old = r#"{"mode":"pre","tag":"beta","initialVersions":{},"changesets":["x","gone"]}"#;
        let root = folder(Some(old));
        let changes = exit_pre(&root).unwrap();
        let text = "{\n  \"mode\": \"exit\",\n  \"tag\": \"beta\"\n}\n";
        assert_eq!(changes.content(PRE_FILE), Some(text.as_bytes()));
        assert_eq!(changes.content(".changeset/pre/x.md"), Some(&b"x"[..]));
        assert_eq!(changes.len(), 3);
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn one_enters_once_and_leaves_what_was_entered() {
        let root = folder(None);
        assert!(exit_pre(&root).is_err());
        enter_pre(&root, "beta").unwrap().apply(&root).unwrap();
        assert!(enter_pre(&root, "beta").is_err());
        exit_pre(&root).unwrap().apply(&root).unwrap();
        enter_pre(&root, "rc").unwrap().apply(&root).unwrap();
        for tag in ["", "a b", "a/b", "01", "\u{e9}"] {
            assert!(enter_pre(&root, tag).is_err(), "{tag}");
        }
        std::fs::remove_dir_all(root).unwrap();
    }
}
