//! How the programs come to a laptop: cargo binstall, Homebrew, manual pages, completions.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with its first fault"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use launchway_e2e::{at, needed};
use launchway_testkit::Scrubbed;
use launchway_testkit::distribution::tool;

use super::made::{LINUX, PROGRAMS, Room, VERSION, WINDOWS};

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> BTreeSet<String> {
    let listed = Scrubbed::new("find").args([".", "-type", "f"]).dir(folder).run().success();
    listed.stdout.lines().map(|line| line.trim_start_matches("./").to_owned()).collect()
}

/// Unpacks a program's archive for Linux.
fn unpacked(room: &Room, program: &str) -> PathBuf {
    let archive = room.at("out").join(format!("launchway-{program}-{VERSION}-{LINUX}.tar.gz"));
    let folder = room.at("unpacked").join(program);
    std::fs::create_dir_all(&folder).unwrap();
    Scrubbed::new("tar").arg("-xzf").arg(archive).dir(&folder).run().success();
    folder
}

#[track_caller]
fn packed(room: &Room, target: &str, programs: &[&str]) {
    let (code, said) = room.pack(target, programs, "out");
    assert_eq!(code, Some(0), "{said}");
}

/// Fills in a template of cargo-binstall.
fn filled(template: &str, name: &str, target: &str) -> String {
    let ending = if target == WINDOWS { ".exe" } else { "" };
    let values = [
        ("repo", "https://github.com/launchway/launchway"),
        ("version", VERSION),
        ("target", target),
        ("name", name),
        ("bin", name),
        ("binary-ext", ending),
    ];
    let text = values.iter().fold(template.to_owned(), |text, (key, value)| {
        text.replace(&format!("{{ {key} }}"), value)
    });
    assert!(!text.contains('{'), "{text}");
    text
}

#[test]
fn what_lies_in_an_archive_is_found_completes_and_can_be_read() {
    let Some(room) = Room::new() else { return };
    packed(&room, LINUX, PROGRAMS);
    // Nothing is compiled, but packing looks up every crate of a program.
    packed(&room, WINDOWS, &["changeset"]);
    what_cargo_binstall_asks_for_is_there(&room);
    bash_completes_verbs_and_flags(&room);
    manual_pages_are_read_without_a_warning(&room);
}

fn what_cargo_binstall_asks_for_is_there(room: &Room) {
    for program in PROGRAMS {
        let manifest = std::fs::read_to_string(at(format!("crates/{program}/Cargo.toml"))).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let package = &manifest["package"];
        let name = package["name"].as_str().unwrap();
        let binstall = &package["metadata"]["binstall"];
        for (target, kind) in [(LINUX, "tgz"), (WINDOWS, "zip")] {
            let own = binstall.get("overrides").and_then(|all| all.get(target));
            let said = |key: &str| {
                let found = own.and_then(|own| own.get(key)).unwrap_or_else(|| &binstall[key]);
                filled(found.as_str().unwrap(), name, target)
            };
            assert_eq!(said("pkg-fmt"), kind, "{program} for {target}");
            let url = said("pkg-url");
            let base =
                format!("https://github.com/launchway/launchway/releases/download/v{VERSION}/");
            let file = url.strip_prefix(&base).unwrap_or_else(|| panic!("{url}"));
            let archive = room.at("out").join(file);
            if target == WINDOWS && *program != "changeset" {
                continue;
            }
            assert!(archive.is_file(), "no {file}");
            let list = if kind == "tgz" {
                Scrubbed::new("tar").arg("-tzf").arg(&archive).run()
            } else {
                Scrubbed::new("python3").args(["-m", "zipfile", "-l"]).arg(&archive).run()
            };
            let list = list.success().stdout;
            let wanted = said("bin-dir");
            assert!(list.split_whitespace().any(|word| word == wanted), "{wanted}: {list}");
        }
    }
}

fn bash_completes_verbs_and_flags(room: &Room) {
    let Some(bash) = needed("bash", Some(PathBuf::from("/bin/bash")).filter(|bash| bash.is_file()))
    else {
        return;
    };
    let script = "source \"$1\"; shift; name=$1; shift; COMP_WORDS=(\"$name\" \"$@\"); COMP_CWORD=$#; COMPREPLY=()\n\
                  function=$(complete -p \"$name\" | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n\
                  previous=${COMP_WORDS[COMP_CWORD-1]}; \"$function\" \"$name\" \"${COMP_WORDS[COMP_CWORD]}\" \"$previous\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let cases: [(&str, &[&str], &str); 8] = [
        ("changeset", &["ad"], "add"),
        ("changeset", &["status", "--sin"], "--since"),
        ("changelog", &["--unrel"], "--unreleased"),
        ("deploy", &["st"], "start"),
        ("health", &["--expected-st"], "--expected-status"),
        ("image", &["push-t"], "push-tags"),
        ("notify", &["slack", "--chan"], "--channel"),
        ("release", &["run", "--publish-s"], "--publish-script"),
    ];
    for (program, words, wanted) in cases {
        let name = format!("launchway-{program}");
        let file = unpacked(room, program).join("completions").join(format!("{name}.bash"));
        let run = Scrubbed::new(&bash)
            .args(["--norc", "-c", script, "bash"])
            .arg(&file)
            .arg(&name)
            .args(words)
            .run()
            .success();
        assert!(run.stdout.lines().any(|line| line == wanted), "{words:?}: {}", run.all());
        assert!(run.stderr.is_empty(), "{}", run.stderr);
    }
}

fn manual_pages_are_read_without_a_warning(room: &Room) {
    let Some(groff) = tool("groff") else { return };
    let mut pages = 0;
    for program in PROGRAMS {
        let folder = unpacked(room, program).join("man");
        for page in files(&folder) {
            let run = Scrubbed::new(&groff)
                .args(["-ww", "-K", "utf8", "-man", "-Tutf8"])
                .arg(folder.join(&page))
                .run();
            let run = run.success();
            assert!(run.stderr.is_empty(), "{page}: {}", run.stderr);
            let words = run.stdout.split_whitespace().count();
            assert!(words > 30, "{page} has {words} words");
            pages += 1;
        }
    }
    assert!(pages >= PROGRAMS.len());
}

#[test]
fn the_formula_installs_everything_on_each_of_its_platforms() {
    let Some(room) = Room::new() else { return };
    let Some(ruby) = tool("ruby") else { return };
    let programs = ["changeset", "image"];
    let platforms = [
        ("linux", "intel", LINUX),
        ("linux", "arm", "aarch64-unknown-linux-musl"),
        ("macos", "arm", "aarch64-apple-darwin"),
        ("macos", "intel", "x86_64-apple-darwin"),
    ];
    for (_, _, target) in platforms {
        let given = room.at("given").join(target);
        std::fs::create_dir_all(&given).unwrap();
        for program in programs {
            let name = format!("launchway-{program}");
            let mut bytes = std::fs::read(room.at("given").join(LINUX).join(&name)).unwrap();
            // To be told from those of the others.
            bytes.extend(target.bytes().filter(|_| target != LINUX));
            std::fs::write(given.join(name), bytes).unwrap();
        }
        packed(&room, target, &programs);
    }
    let (out, formula) = (room.at("out"), room.at("launchway.rb"));
    let base = format!("file://{}", out.display());
    let (out, formula) = (out.to_str().unwrap(), formula.to_str().unwrap());
    let (code, said) =
        room.package(&["homebrew", "--from", out, "--out", formula, "--base", &base]);
    assert_eq!(code, Some(0), "{said}");
    Scrubbed::new(&ruby).args(["-wc", formula]).run().success();
    let shim = at("tests/e2e/tests/it/packages/homebrew.rb");
    for (system, processor, target) in platforms {
        let prefix = room.at("prefix").join(target);
        let run =
            Scrubbed::new(&ruby).arg(&shim).args([formula, system, processor]).arg(&prefix).run();
        assert_eq!(run.success().stdout, format!("{VERSION}\n"));
        let found = files(&prefix);
        for program in programs {
            let name = format!("launchway-{program}");
            for path in [
                format!("bin/{name}"),
                format!("etc/bash_completion.d/{name}"),
                format!("share/doc/launchway/{name}-licenses.txt"),
                format!("share/fish/vendor_completions.d/{name}.fish"),
                format!("share/man/man1/{name}.1"),
                format!("share/zsh/site-functions/_{name}"),
            ] {
                assert!(found.contains(&path), "{path} is not in {found:?}");
            }
            let installed = std::fs::read(prefix.join("bin").join(&name)).unwrap();
            assert!(target == LINUX || installed.ends_with(target.as_bytes()), "{target}");
        }
    }
    // Another byte is another hash.
    let archive = room.at("out").join(format!("launchway-image-{VERSION}-{LINUX}.tar.gz"));
    let mut bytes = std::fs::read(&archive).unwrap();
    bytes.push(0);
    std::fs::write(&archive, bytes).unwrap();
    let run =
        Scrubbed::new(&ruby).arg(&shim).args([formula, "linux", "intel"]).arg(room.at("p")).run();
    assert!(run.code != Some(0) && run.stderr.contains("another hash"), "{}", run.all());
}
