//! Whatever a version script leaves in the tree arrives on the version branch as git would store it.

use launchway_testkit::TokenKind;

use crate::shop::{Shop, changeset};

const BRANCH: &str = "changeset-release/main";

fn pending(kind: TokenKind) -> Shop {
    let shop = Shop::new(kind);
    shop.repo.write("old name.txt", "renamed later\n").write("gone.txt", "x\n");
    shop.repo.write(".gitignore", "dist/\n*.log\n").write("tracked.keep", "x\n");
    shop.changeset("one", &changeset(&[("@acme/core", "patch")], "Fix."));
    shop
}

/// What the commit on the version branch is at git's own word, against the checkout.
fn differs(shop: &Shop) -> String {
    shop.repo.git(&["fetch", "-q", "origin", &format!("{BRANCH}:refs/heads/made")]);
    shop.repo.git(&["add", "--all"]);
    shop.repo.git(&["diff", "--cached", "--raw", "--no-renames", "made"])
}

#[test]
fn odd_files_and_names_arrive_as_git_stores_them() {
    let text = concat!(
        "set -e\nrm .changeset/one.md gone.txt\nmv 'old name.txt' 'new name.txt'\n",
        "mkdir -p dist 'quo\"te' deep/er\necho x > dist/ignored.js\necho x > debug.log\n",
        "echo x > 'quo\"te/a b.txt'\nprintf x > $'line\\nbreak.txt'\nprintf x > $'tab\\tand \\\\ back'\n",
        "echo x > 'ünï/cödé' 2>/dev/null || { mkdir 'ünï'; echo x > 'ünï/cödé'; }\n",
        "echo x > ':(glob)*'\necho x > -- \ncp -- -- deep/er/-x\n: > empty\n",
        "printf '\\357\\273\\277bom\\r\\n' > bom.txt\nprintf 'latin \\351' > latin1.txt\n",
        "printf '#!/bin/sh\\n' > run.sh\nchmod +x run.sh\nln -s 'new name.txt' link\nln -s nowhere dangling\n",
        "head -c 2500000 /dev/urandom > big.bin\n",
    );
    for kind in [TokenKind::App, TokenKind::Personal] {
        for git in ["false", "true"] {
            let shop = pending(kind);
            let script = shop.script(text);
            let _ = shop.run(&[("version-script", &script), ("push-with-git-cli", git)]).success();
            assert_eq!(differs(&shop), "", "{kind:?} {git}");
            let files = shop.handle.files_at(BRANCH);
            assert!(!files.iter().any(|path| path.contains("dist") || path == "debug.log"));
        }
    }
}

#[test]
fn line_ends_are_converted_as_git_would() {
    for setting in ["true", "input"] {
        let shop = pending(TokenKind::App);
        shop.repo.git(&["config", "core.autocrlf", setting]);
        let script = shop.script(
            "rm .changeset/one.md\nprintf 'a\\r\\nb\\r\\n' > windows.txt\nprintf 'a\\r\\n\\000' > data.bin\n",
        );
        let _ = shop.run(&[("version-script", &script)]).success();
        assert_eq!(shop.handle.file_at(BRANCH, "windows.txt").as_deref(), Some("a\nb\n"));
        assert_eq!(differs(&shop), "", "{setting}");
        shop.fresh_checkout();
        shop.github.forget_requests();
        let _ = shop.run(&[("version-script", &script)]).success();
        assert_eq!(shop.github.write_lines(), [""; 0], "an unchanged plan stays unchanged");
    }
}

#[test]
fn thousands_of_files_are_changed_and_removed() {
    let shop = pending(TokenKind::App);
    for n in 0..1250 {
        shop.repo.write(&format!("old/{n}.txt"), "x\n");
    }
    shop.commit("many");
    let script = shop.script(
        "rm -r .changeset/one.md old\nmkdir new\nfor i in $(seq 1250); do echo $i > new/$i; done\n",
    );
    let _ = shop.run(&[("version-script", &script)]).success();
    assert_eq!(differs(&shop), "");
}

#[test]
fn a_file_becomes_a_folder_and_a_folder_a_file() {
    let shop = pending(TokenKind::App);
    shop.repo.write("folder/inside.txt", "x\n").write("file", "x\n");
    shop.commit("both");
    let script = shop.script(
        "rm -r .changeset/one.md folder file\necho x > folder\nmkdir file\necho x > file/inside.txt\n",
    );
    let _ = shop.run(&[("version-script", &script)]).success();
    assert_eq!(differs(&shop), "");
}

#[test]
fn a_name_that_is_not_utf_8_is_refused_before_anything_is_sent() {
    let shop = pending(TokenKind::App);
    let script = shop.script("rm .changeset/one.md\necho x > $'\\377.txt'\n");
    let run = shop.run(&[("version-script", &script)]).exits(2);
    assert!(run.messages("error")[0].contains("UTF-8"), "{:?}", run.messages("error"));
    assert_eq!(shop.github.write_lines(), [""; 0]);
}

#[test]
fn a_submodule_that_moved_is_refused() {
    let shop = pending(TokenKind::App);
    let other = launchway_testkit::TestRepo::with_files(&[("x", "x")]);
    let url = other.path().to_string_lossy().into_owned();
    shop.repo.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", &url, "sub"]);
    shop.commit("a submodule");
    let script = shop.script("rm .changeset/one.md\ncd sub && git -c user.name=a -c user.email=a@b.c commit -q --allow-empty -m x\n");
    let run = shop.run(&[("version-script", &script)]).exits(2);
    assert!(run.messages("error")[0].contains("submodule `sub`"), "{:?}", run.messages("error"));
    assert_eq!(shop.github.write_lines(), [""; 0]);
}
