//! What is in the images, and what is not.

use std::collections::BTreeSet;
use std::path::Path;

use launchway_e2e::at;

use super::world::{images, world};

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found
}

/// The licences that lie in an image for a program, which are looked at.
fn licences(root: &Path, program: &str) -> [String; 3] {
    let files = ["LICENSE-APACHE", "LICENSE-MIT", "LICENSES-OTHERS"]
        .map(|name| format!("usr/share/doc/{program}/{name}"));
    let [apache, mit, others] = &files;
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    for (path, ours) in [(apache, "LICENSE-APACHE"), (mit, "LICENSE-MIT")] {
        assert_eq!(read(path), std::fs::read_to_string(at(ours)).unwrap(), "{path}");
    }
    // Of a crate in every program, and of one in this.
    let others = read(others);
    let own = match program {
        "launchway-changelog" => "git-cliff-core ",
        "launchway-health" => "h2 ",
        _ => "rustls ",
    };
    for words in ["serde_json ", own, "Permission is hereby granted, free of charge"] {
        assert!(others.contains(words), "{program}: {words}");
    }
    files
}

#[test]
fn an_image_holds_its_programs_and_nothing_to_go_on_with() {
    let Some(world) = world() else { return };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    for (stage, programs) in images() {
        let root = world.context().join(arch).join(stage);
        let found = files(&root);
        let is_library = |path: &&String| path.starts_with("lib/") || path.starts_with("lib64/");
        let rest: BTreeSet<_> = found.iter().filter(|path| !is_library(path)).cloned().collect();
        let mut expected: BTreeSet<_> =
            programs.iter().map(|name| format!("usr/local/bin/{name}")).collect();
        for program in programs {
            expected.extend(licences(&root, program));
        }
        if stage == "changelog" {
            expected.insert("usr/bin/git".to_owned());
            for package in ["git", "libc6", "libpcre2-8-0", "zlib1g"] {
                let copyright = format!("usr/share/doc/{package}/copyright");
                let text = std::fs::read(root.join(&copyright)).unwrap();
                let text = String::from_utf8_lossy(&text).into_owned();
                // Nothing is named that is not there.
                for rest in text.split("/usr/share/common-licenses/").skip(1) {
                    let licence = rest.split(['\'', ' ', '\n', ',', ')']).next().unwrap();
                    let licence = licence.trim_end_matches('.');
                    expected.insert(format!("usr/share/common-licenses/{licence}"));
                }
                expected.insert(copyright);
                let record = format!("var/lib/dpkg/status.d/{package}");
                let text = std::fs::read_to_string(root.join(&record)).unwrap();
                for line in [format!("Package: {package}\n"), "\nVersion: ".to_owned()] {
                    assert!(text.contains(&line), "{record}: {text}");
                }
                expected.insert(record);
            }
            expected.insert("etc/os-release".to_owned());
            assert!(expected.contains("usr/share/common-licenses/GPL-2"));
        }
        assert_eq!(rest, expected);
        if world.shipped && stage == "programs" {
            assert!(!found.iter().any(|path| is_library(&path)), "not static: {found:?}");
        }
        let shell = world.run(stage, &["--entrypoint", "/bin/sh"], &["-c", "echo hello"]).run();
        assert_eq!(shell.code, Some(127), "{}", shell.all());
        assert!(!shell.stdout.contains("hello"));
    }
}

#[test]
fn the_same_programs_give_the_same_image_with_its_labels() {
    let Some(world) = world() else { return };
    for stage in images().keys() {
        let (first, second) =
            (world.build(stage, &format!("{stage}-a")), world.build(stage, &format!("{stage}-b")));
        assert!(first.starts_with("sha256:"), "{first}");
        assert_eq!(first, second, "{stage} is not reproducible");
        let image = format!("localhost/{stage}");
        let inspected = world.podman().args(["image", "inspect", &image]).run().success();
        let inspected: serde_json::Value = serde_json::from_str(&inspected.stdout).unwrap();
        let (config, size) = (&inspected[0]["Config"], inspected[0]["Size"].as_u64().unwrap());
        println!("{stage}: {size} bytes{}", if world.shipped { "" } else { ", not what ships" });
        let labels = &config["Labels"];
        for (name, value) in [
            ("source", "https://github.com/launchway/launchway"),
            ("version", "1.2.3"),
            // git, glibc, PCRE2 and zlib.
            (
                "licenses",
                match stage.as_str() {
                    "changelog" => {
                        "(MIT OR Apache-2.0) AND GPL-2.0-only AND LGPL-2.1-or-later AND BSD-3-Clause AND Zlib"
                    }
                    _ => "MIT OR Apache-2.0",
                },
            ),
        ] {
            assert_eq!(labels[format!("org.opencontainers.image.{name}")], value, "{labels}");
        }
        for name in ["title", "description", "vendor"] {
            assert!(labels[format!("org.opencontainers.image.{name}")].is_string(), "{labels}");
        }
        assert!(config["User"].as_str().unwrap_or_default().is_empty(), "{config}");
        // Exec form: a string would be handed to a shell, and there is none.
        for form in ["Entrypoint", "Cmd"] {
            assert!(config[form].is_array() || config[form].is_null(), "{config}");
            assert_ne!(config[form][0], "/bin/sh", "{config}");
        }
        if world.shipped {
            let most = if stage == "changelog" { 20 } else { 24 };
            assert!(size <= most << 20, "{stage} has {size} bytes");
        }
    }
}

#[test]
fn a_program_is_started_by_its_name_under_the_hardest_terms() {
    let Some(world) = world() else { return };
    let hard =
        ["--user=65532:65532", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];
    for program in &images()["programs"] {
        let said = world.run("programs", &hard, &[program, "--version"]).run().success();
        assert!(said.stdout.starts_with(program), "{}", said.all());
    }
    let said = world.run("changelog", &hard, &["--version"]).run().success();
    assert!(said.stdout.starts_with("launchway-changelog"), "{}", said.all());
    let said = world.run("programs", &hard, &[]).run().success();
    assert!(said.stdout.contains("--url"), "{}", said.all());
}
