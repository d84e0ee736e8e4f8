use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use launchway_git::Git;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

fn write(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// A workspace of packages, a configuration, and changesets by id.
fn lay(packages: &[Value], config: &str, changesets: &Value) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path();
    write(dir, "package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#);
    write(dir, "package-lock.json", "{}");
    write(dir, ".changeset/config.json", config);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        write(dir, &format!("packages/{name}/package.json"), &package.to_string());
    }
    for (id, releases) in changesets.as_object().unwrap() {
        let lines: Vec<String> = releases
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, bump)| format!("\"{name}\": {}\n", bump.as_str().unwrap()))
            .collect();
        let lines = lines.concat();
        write(dir, &format!(".changeset/{id}.md"), &format!("---\n{lines}---\n\nx\n"));
    }
    root
}

fn observed(root: &TempDir) -> MigrationInput {
    observe_migration(root.path(), &Git::at(root.path())).unwrap()
}

/// What version 2.31.1 itself planned, for workspaces made at random.
#[test]
fn the_plan_of_version_2_is_known() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("old-plans.json")).unwrap();
    for (number, case) in cases.iter().enumerate() {
        let packages = case["packages"].as_array().unwrap();
        let root = lay(packages, &case["config"].to_string(), &case["changesets"]);
        let input = observed(&root);
        let editor = config::Editor::run(&input).unwrap();
        let config = Config::read(&editor.text, &input.workspace).unwrap().config;
        let source = Source {
            workspace: &input.workspace,
            changesets: &input.changesets,
            pre: input.pre.as_ref(),
        };
        let (plan, _) = source.old_plan(&config).unwrap();
        let got: BTreeMap<&str, Value> = plan
            .bumped()
            .map(|release| (release.name.as_str(), json!([release.bump, release.new_version])))
            .collect();
        assert_eq!(json!(got), case["plan"], "case {number}: {case}");
        migration(&input).unwrap();
    }
}

const PEER: &str = r#"{"name":"plugin","version":"1.0.0","peerDependencies":{"core":"^1.0.0"}}"#;

fn package(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_peer_major_cannot_be_kept_and_says_how_by_hand() {
    let core = json!({ "name": "core", "version": "1.0.0" });
    let changesets = json!({ "one": { "core": "minor" } });
    let root = lay(&[core, package(PEER)], "{ \"baseBranch\": \"main\" }", &changesets);
    let found = migration(&observed(&root)).unwrap();
    assert_eq!(found.config_edits, []);
    assert!(found.changes().is_empty());
    let [plugin] = found.differences.as_slice() else { panic!("{:?}", found.differences) };
    assert_eq!(plugin.package, "plugin");
    assert_eq!(plugin.before.as_ref().unwrap().version, "2.0.0");
    assert_eq!((&plugin.today, &plugin.after, plugin.kept), (&None, &None, false));
    assert!(plugin.reason.as_ref().unwrap().contains("`core` gets a minor release"));
    assert!(plugin.remedy.as_ref().unwrap().contains("add --major plugin"));
    // The remedy works: with that changeset both plans are one.
    write(root.path(), ".changeset/two.md", "---\n\"plugin\": major\n---\n\nx\n");
    assert_eq!(migration(&observed(&root)).unwrap().differences, []);
}

#[test]
fn private_packages_and_defaults_are_kept_by_configuration() {
    let app = json!({ "name": "app", "version": "1.0.0", "private": true });
    let text = "{\r\n  \"prettier\": false,\r\n  \"access\": \"private\"\r\n}\r\n";
    let root = lay(&[app], text, &json!({ "one": { "app": "minor" } }));
    let found = migration(&observed(&root)).unwrap();
    let keys: Vec<&str> = found.config_edits.iter().map(|edit| edit.key.as_str()).collect();
    assert_eq!(keys, ["privatePackages", "baseBranch", "format", "access"]);
    let wanted = "{\r\n  \"format\": false,\r\n  \"access\": \"restricted\",\r\n  \"privatePackages\": { \"version\": true, \"tag\": false },\r\n  \"baseBranch\": \"master\"\r\n}\r\n";
    assert_eq!(found.config, wanted);
    assert!(
        found.notes.iter().any(|note| note.text.contains("refused today")),
        "{:?}",
        found.notes
    );
    found.changes().apply(root.path()).unwrap();
    assert_eq!(fs::read_to_string(root.path().join(".changeset/config.json")).unwrap(), wanted);
    let again = migration(&observed(&root)).unwrap();
    assert_eq!((again.config_edits, again.differences), (vec![], vec![]));
}

#[test]
fn a_private_package_that_would_be_left_out_is_shown() {
    let app = json!({ "name": "app", "version": "1.0.0", "private": true });
    let root = lay(&[app], "{}", &json!({ "one": { "app": "minor" } }));
    let found = migration(&observed(&root)).unwrap();
    let [app] = found.differences.as_slice() else { panic!("{:?}", found.differences) };
    assert_eq!((app.today.is_none(), app.kept, app.before == app.after), (true, true, true));
    assert!(app.remedy.is_none());
}

#[test]
fn the_formatter_stays_prettier_where_there_is_one() {
    let root = lay(&[], "{ \"prettier\": true, \"baseBranch\": \"x\" }", &json!({}));
    let edited = |root: &TempDir| migration(&observed(root)).unwrap();
    let none = edited(&root);
    assert!(none.config.contains("\"format\": \"auto\""));
    assert!(none.notes.iter().any(|note| note.text.contains("install prettier")));
    write(root.path(), "node_modules/prettier/package.json", "{}");
    assert!(edited(&root).config.contains("\"format\": \"prettier\""));
    write(root.path(), ".changeset/config.json", "{ \"baseBranch\": \"x\" }");
    assert_eq!(edited(&root).config_edits, []);
    write(root.path(), "dprint.json", "{}");
    assert_eq!(edited(&root).config, "{ \"baseBranch\": \"x\", \"format\": \"prettier\" }");
}

#[test]
fn everything_else_is_noted_with_its_place() {
    let core = json!({ "name": "core", "version": "1.0.0" });
    let text = "{ \"baseBranch\": \"main\", \"fixed\": [[\"cor\"]] }";
    let root = lay(&[core], text, &json!({ "one": { "core": "major" } }));
    let dir = root.path();
    let manifest = "{\n\"name\":\"root\",\"private\":true,\"workspaces\":[\"packages/*\"],\n\"dependencies\":{\"core\":\"^1.0.0\"},\n\"scripts\":{\n\"release\":\"changeset version && changeset tag\"\n}}";
    write(dir, "package.json", manifest);
    write(dir, ".changeset/old.md", "---\n\"core\": patch\n---\n\nx\n");
    let pre =
        r#"{"mode":"pre","tag":"next","initialVersions":{"core":"1.0.0"},"changesets":["old"]}"#;
    write(dir, ".changeset/pre.json", pre);
    write(
        dir,
        ".github/workflows/w.yml",
        "- uses: changesets/action@v1\n  with:\n    publish: x\n",
    );
    let found = migration(&observed(&root)).unwrap();
    let places: Vec<(Option<&str>, Option<usize>)> =
        found.notes.iter().map(|note| (note.file.as_deref(), note.line)).collect();
    assert_eq!(
        places,
        [
            (Some(".changeset/config.json"), None),
            (Some(".changeset/config.json"), None),
            (Some("package.json"), None),
            (Some(".changeset/pre.json"), None),
            (Some("package.json"), Some(5)),
            (Some("package.json"), Some(5)),
            (Some(".github/workflows/w.yml"), Some(1)),
            (Some(".github/workflows/w.yml"), Some(3)),
            (Some(".github/workflows/w.yml"), Some(1)),
        ],
        "{:#?}",
        found.notes
    );
    assert!(found.notes.iter().any(|note| note.text.contains("`cor` in `fixed`")));
    assert!(found.notes.iter().any(|note| note.text.contains("too: `core`")));
    assert!(found.notes.iter().any(|note| note.text.contains("moves 1 released")));
}
