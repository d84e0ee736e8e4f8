//! A tree names the files of its release; what is not one of them is found out.
#![expect(clippy::unwrap_used, reason = "a test ends with its first fault")]

use std::path::PathBuf;

use super::made::{LINUX, PROGRAMS, Room, VERSION};

/// A tree of a version, and all files of a release for one target.
fn release(room: &Room, version: &str) -> PathBuf {
    let tree = room.at("tree");
    std::fs::create_dir_all(tree.join("dist")).unwrap();
    let manifest = format!("[workspace.package]\nversion = \"{version}\"\n");
    std::fs::write(tree.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(tree.join("dist/VERSION"), format!("{version}\n")).unwrap();
    std::fs::write(tree.join("dist/SHA256SUMS"), "").unwrap();
    let (code, said) = room.pack(LINUX, PROGRAMS, "out");
    assert_eq!(code, Some(0), "{said}");
    tree
}

#[test]
fn a_sealed_tree_knows_its_files_and_nothing_else() {
    let Some(room) = Room::new() else { return };
    let tree = release(&room, VERSION);
    let (tree, out) = (tree.to_str().unwrap(), room.at("out"));
    let run = |words: &[&str]| room.package(&[words, &["--tree", tree]].concat());
    let verify = || run(&["verify", "--complete", out.to_str().unwrap()]);
    let seal = |words: &[&str]| run(&[&["seal", out.to_str().unwrap()], words].concat());

    assert_eq!(run(&["status"]), (Some(0), "unsealed\n".to_owned()));
    let (code, said) = verify();
    assert!(code == Some(1) && said.contains("the tree is not sealed"), "{said}");
    // All targets are wanted unless some are named.
    let (code, said) = seal(&[]);
    assert!(code == Some(1) && said.contains("missing: aarch64-apple-darwin/launchway-"), "{said}");
    assert_eq!(std::fs::read(room.at("tree/dist/SHA256SUMS")).unwrap(), b"", "sealed in part");

    // Of several jobs that packed one target each, the hashes of one are left; and the formula lies there.
    std::fs::write(out.join("SHA256SUMS"), "").unwrap();
    std::fs::write(out.join("launchway.rb"), "class Launchway\n").unwrap();
    let (code, said) = seal(&["--target", LINUX]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(run(&["status"]), (Some(0), "sealed\n".to_owned()));
    let read = |path: &str| std::fs::read_to_string(room.at(path)).unwrap();
    assert_eq!(read("tree/dist/SHA256SUMS"), read("out/SHA256SUMS"));
    assert_eq!(read("tree/dist/VERSION"), format!("{VERSION}\n"));
    let (code, said) = verify();
    let good = format!("21 hashes are as sealed for {VERSION}");
    assert!(code == Some(0) && said.contains(&good), "{said}");

    // A flipped byte, anywhere.
    let archive = out.join(format!("launchway-health-{VERSION}-{LINUX}.cdx.json"));
    let good = std::fs::read(&archive).unwrap();
    let mut bytes = good.clone();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&archive, &bytes).unwrap();
    let (code, said) = verify();
    assert!(code == Some(1) && said.contains("sealed is"), "{said}");
    std::fs::write(&archive, &good).unwrap();

    // A program that is not the one that was sealed, packed well.
    let given = room.at("given").join(LINUX).join("launchway-health");
    let mut bytes = std::fs::read(&given).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&given, bytes).unwrap();
    assert_eq!(room.pack(LINUX, &["health"], "out").0, Some(0));
    let (code, said) = verify();
    let named = [
        format!("{LINUX}/launchway-health is"),
        format!("launchway-health-{VERSION}-{LINUX}.tar.gz is"),
    ];
    assert!(code == Some(1) && named.iter().all(|name| said.contains(name)), "{said}");

    // What is missing or comes from elsewhere.
    std::fs::remove_file(out.join(format!("launchway-image-{VERSION}-{LINUX}.tar.gz"))).unwrap();
    std::fs::write(out.join("install.sh"), "").unwrap();
    let (code, said) = verify();
    assert_eq!(code, Some(1));
    for part in [
        format!("launchway-image-{VERSION}-{LINUX}.tar.gz is missing"),
        format!("{LINUX}/launchway-image is missing"),
        "install.sh is not part of the sealed release".to_owned(),
    ] {
        assert!(said.contains(&part), "{said}");
    }
}

#[test]
fn files_and_tree_are_of_one_version() {
    let Some(room) = Room::new() else { return };
    let tree = release(&room, "9999.0.0");
    let (tree, out) = (tree.to_str().unwrap(), room.at("out"));
    let words = ["seal", out.to_str().unwrap(), "--target", LINUX, "--tree", tree];
    let (code, said) = room.package(&words);
    assert_eq!(code, Some(1));
    assert!(
        said.contains(&format!(
            "the files are of version {VERSION}, the tree is of version 9999.0.0"
        )),
        "{said}"
    );

    // Sealed, and then the version moved on.
    let manifest = |version: &str| format!("[workspace.package]\nversion = \"{version}\"\n");
    std::fs::write(room.at("tree/Cargo.toml"), manifest(VERSION)).unwrap();
    assert_eq!(room.package(&words).0, Some(0));
    std::fs::write(room.at("tree/Cargo.toml"), manifest("9999.1.0")).unwrap();
    let (code, said) = room.package(&["verify", out.to_str().unwrap(), "--tree", tree]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains(&format!("the tree is of version 9999.1.0 and sealed for {VERSION}")),
        "{said}"
    );
    assert_eq!(room.package(&["status", "--tree", tree]).1, "unsealed\n");
}

#[test]
fn sums_that_are_no_sums_are_an_error_and_not_nothing() {
    let Some(room) = Room::new() else { return };
    let tree = release(&room, VERSION);
    for text in ["not a hash  launchway-health\n", "\u{0}\n"] {
        std::fs::write(tree.join("dist/SHA256SUMS"), text).unwrap();
        let (code, said) = room.package(&["status", "--tree", tree.to_str().unwrap()]);
        assert!(code == Some(1) && said.contains("line 1 of SHA256SUMS"), "{said}");
    }
}
