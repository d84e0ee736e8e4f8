//! Edits keep every other byte, and many changes are one.

#![expect(clippy::panic, reason = "a test that cannot set itself up has failed")]

use std::fs;

use launchway_workspace::ecosystem::{ALL, Cargo, Ecosystem};
use launchway_workspace::{Changes, Dependency, DependencyKind};
use proptest::prelude::*;

/// Samples of each ecosystem's manifest with the version `1.0.0` standing in it once.
fn samples(ecosystem: &dyn Ecosystem) -> Vec<String> {
    match ecosystem.id() {
        "npm" => [
            "{\"name\":\"a\",\"version\":\"1.0.0\"}",
            "{\r\n\t\"version\" :\t\"1.0.0\",\r\n\t\"name\": \"a\"\r\n}",
            "\u{feff}{\n  \"version\": \"1.0.0\",\n  \"name\": \"a\"\n}\n",
            "{\n    \"scripts\": {\"version\": \"x\"},\n    \"version\": \"1.0.0\"\n}\n\n",
            "{ \"name\": \"\\u00e9\\/\", \"version\": \"1.0.0\", \"n\": 1.50, \"e\": 1e3 }",
        ]
        .map(str::to_owned)
        .to_vec(),
        "cargo" => [
            "[package]\nname = \"a\"\nversion = \"1.0.0\"\n",
            "# head\r\n[package]\r\nversion=\"1.0.0\" # note\r\nname = 'a'\r\n",
            "\u{feff}package.version = \"1.0.0\"\npackage.name = \"a\"",
            "package = { name = \"a\", version = \"1.0.0\" }\n\n[dependencies]\nversion = '1'\n",
            "[dependencies.version]\nversion = \"1\"\n\n[package] \t# \"version\"\n\"version\"\t= \"\"\"1.0.0\"\"\"\n",
        ]
        .map(str::to_owned)
        .to_vec(),
        "python" => [
            "[project]\nname = \"a\"\nversion = \"1.0.0\"\n",
            "# head\r\n[project]\r\nversion=\"1.0.0\" # note\r\nname = 'a'\r\ndependencies = [\r\n 'b==1.0.0', # b\r\n]\r\n",
            "\u{feff}project.version = \"1.0.0\"\nproject.name = \"a\"",
            "project = { name = \"a\", version = \"1.0.0\" }\n\n[tool.version]\nversion = '1'\n",
            "[tool.poetry]\nname = \"a\"\n\"version\"\t= \"\"\"1.0.0\"\"\"\n[tool.poetry.dependencies]\nversion = \"*\"\n",
        ]
        .map(str::to_owned)
        .to_vec(),
        other => panic!("{other} has no samples: add them"),
    }
}

#[test]
fn every_ecosystem_changes_only_the_version() {
    for ecosystem in ALL {
        for before in samples(*ecosystem) {
            let after = ecosystem.edit(&before, Some("1.1.0-rc.0"), &[]).unwrap();
            let new = if ecosystem.id() == "python" { "1.1.0rc0" } else { "1.1.0-rc.0" };
            let wanted = before.replacen("\"1.0.0\"", &format!("\"{new}\""), 1);
            assert_eq!(after, wanted, "{} touched more than the version", ecosystem.id());
            let again = ecosystem.edit(&after, Some("1.1.0-rc.0"), &[]).unwrap();
            assert_eq!(again, after, "a second edit changes nothing");
        }
    }
}

/// JSON white space, as editors on every system leave it.
fn blank() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec![" ", "\t", "\n", "\r\n"]), 0..4)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn edits_keep_every_other_byte(
        blanks in prop::collection::vec(blank(), 16),
        names in prop::collection::btree_set("[a-z@/\"\\\\é✓ ]{1,8}", 1..5),
        bom in any::<bool>(),
        pick in any::<prop::sample::Index>(),
    ) {
        let mut gaps = blanks.iter().cycle();
        let mut gap = || gaps.next().unwrap().as_str();
        let names: Vec<String> = names.into_iter().collect();
        let chosen = pick.get(&names).clone();
        let mut before = String::from(if bom { "\u{feff}" } else { "" });
        let mut after = before.clone();
        let mut both = |text: &str| { before.push_str(text); after.push_str(text); };
        both(&format!("{}{{{}\"version\"{}:{}", gap(), gap(), gap(), gap()));
        before.push_str("\"1.0.0\"");
        after.push_str("\"2.0.0\"");
        let mut both = |text: &str| { before.push_str(text); after.push_str(text); };
        both(&format!("{},{}\"dependencies\":{}{{", gap(), gap(), gap()));
        for (i, name) in names.iter().enumerate() {
            let key = serde_json::Value::from(name.as_str()).to_string();
            let comma = if i == 0 { "" } else { "," };
            let head = format!("{comma}{}{key}{}:{}", gap(), gap(), gap());
            before.push_str(&head);
            after.push_str(&head);
            before.push_str("\"^1.0.0\"");
            after.push_str(if *name == chosen { "\"^2.0.0\"" } else { "\"^1.0.0\"" });
        }
        let tail = format!("{}}}{}}}{}", gap(), gap(), gap());
        before.push_str(&tail);
        after.push_str(&tail);
        let dependency = Dependency {
            kind: DependencyKind::Normal,
            name: chosen,
            range: "^1.0.0".to_owned(),
            inherited: false,
        };
        let got = ALL[0].edit(&before, Some("2.0.0"), &[(dependency, "^2.0.0".to_owned())]);
        prop_assert_eq!(got, Ok(after));
    }
}

/// Blanks, line ends and comments as they stand between the lines of TOML.
fn lines() -> impl Strategy<Value = String> {
    let choices = vec!["\n", "\r\n", "# version = \"1.0.0\" é\n", "  \t\r\n", "\n\n"];
    prop::collection::vec(prop::sample::select(choices), 1..4).prop_map(|parts| parts.concat())
}

/// A dependency on `name` with a requirement, in one of the forms there are, and whether more may
/// stand below it in the same table.
fn toml_entry(name: &str, form: usize, range: &str) -> String {
    match form % 6 {
        0 => format!("{name} = {{ path = '../x', version = {range} }} # why"),
        1 => format!("\"{name}\" = {{version={range},path=\"../x\",features=[\n 'a', # b\n]}}"),
        2 => format!("{name}.version = {range}\n{name}.path = \"../x\""),
        3 => format!("alias-{name} = {{ package = '{name}', path = \"../x\", version = {range} }}"),
        4 => format!("'{name}' . path = \"../x\"\n{name} . \"version\"\t=\t{range}"),
        _ => format!("{name} = {{ path = \"../x\", package = \"{name}\", version = {range} }}\t"),
    }
}

proptest! {
    #[test]
    fn edits_of_toml_keep_every_other_byte(
        gaps in prop::collection::vec(lines(), 16),
        names in prop::collection::btree_map("[a-z][a-z0-9_-]{0,7}", (0..6_usize, any::<bool>()), 1..5),
        table in prop::sample::select(vec![
            "dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies",
            "target.\"x86_64-unknown-linux-musl\".build-dependencies",
        ]),
        version_below in any::<bool>(),
        bom in any::<bool>(),
        pick in any::<prop::sample::Index>(),
    ) {
        let chosen = pick.get(&names.keys().cloned().collect::<Vec<_>>()).clone();
        let manifest = |version: &str, range: &str| {
            let mut gaps = gaps.iter().cycle();
            let mut gap = || gaps.next().unwrap().as_str();
            let package = format!("[package]{}name = 'p'{}version = \"{version}\"{}", gap(), gap(), gap());
            let mut table = format!("[{table}]{}", gap());
            for (name, (form, single)) in &names {
                let range = if *name == chosen { range } else { "^1.0.0" };
                let quote = if *single { '\'' } else { '"' };
                table.push_str(&toml_entry(name, *form, &format!("{quote}{range}{quote}")));
                table.push_str(gap());
            }
            let bom = if bom { "\u{feff}" } else { "" };
            if version_below { format!("{bom}{table}{package}") } else { format!("{bom}{package}{table}") }
        };
        let dependency = Dependency {
            kind: DependencyKind::Normal,
            name: chosen.clone(),
            range: "^1.0.0".to_owned(),
            inherited: false,
        };
        let got = Cargo.edit(
            &manifest("1.0.0", "^1.0.0"),
            Some("2.0.0"),
            &[(dependency, "^2.0.0".to_owned())],
        );
        prop_assert_eq!(got, Ok(manifest("2.0.0", "^2.0.0")));
    }
}

#[test]
fn changes_are_all_made() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::write(root.join("old"), "x").unwrap();
    let mut changes = Changes::default();
    changes.write("new/folder/file", "text");
    changes.remove("old");
    changes.remove("never there");
    changes.apply(root).unwrap();
    assert_eq!(fs::read_to_string(root.join("new/folder/file")).unwrap(), "text");
    assert!(!root.join("old").exists());
    changes.apply(root).unwrap();
}

#[test]
fn a_change_that_fails_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::write(root.join("a"), "before").unwrap();
    fs::write(root.join("removed"), "before").unwrap();
    // A folder where a file is to go: the last rename fails whoever runs the test.
    fs::create_dir_all(root.join("z/full")).unwrap();
    let mut changes = Changes::default();
    changes.write("a", "after");
    changes.remove("removed");
    changes.write("b", "new");
    changes.write("z", "impossible");
    let error = changes.apply(root).unwrap_err();
    assert!(error.to_string().contains("`z`"), "{error}");
    assert_eq!(fs::read_to_string(root.join("a")).unwrap(), "before");
    assert_eq!(fs::read_to_string(root.join("removed")).unwrap(), "before");
    let mut left: Vec<_> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a", "removed", "z"], "no temporary file is left");
}

#[cfg(unix)]
#[test]
fn modes_and_links_survive() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::write(root.join("script"), "before").unwrap();
    fs::set_permissions(root.join("script"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("script", root.join("link")).unwrap();
    let mut changes = Changes::default();
    changes.write("link", "after");
    changes.apply(root).unwrap();
    assert!(root.join("link").is_symlink());
    assert_eq!(fs::read_to_string(root.join("script")).unwrap(), "after");
    let mode = fs::metadata(root.join("script")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}
