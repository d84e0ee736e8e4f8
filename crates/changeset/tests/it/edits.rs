//! Whatever a manifest looks like, only versions and ranges change.

use proptest::prelude::*;

use crate::shop::{APP, CORE, run, shop};

fn blank() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", " ", "\n", "\r\n", "\t", "\n    ", "  \r\n"])
        .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_other_byte_is_kept(
        blanks in prop::collection::vec(blank(), 8),
        mark in prop::bool::ANY,
        end in prop::sample::select(vec!["", "\n", "\r\n", "\n\n"]),
        extra in "[a-zA-Z \\u{e9}\\u{1f98b}]{0,12}",
    ) {
        let [a, b, c, d, e, f, g, h] = <[String; 8]>::try_from(blanks).unwrap();
        let mark = if mark { "\u{feff}" } else { "" };
        let text = format!(
            "{mark}{{{a}\"version\"{b}:{c}\"2.3.4\"{d},\"x\":\"{extra}\",{e}\"name\":\"@acme/app\",{f}\"dependencies\":{g}{{\"@acme/core\":{h}\"~1.0.0\"}}}}{end}"
        );
        let repo = shop();
        repo.write(APP, &text);
        run(&repo, "version").success();
        let wanted = text.replace("\"2.3.4\"", "\"2.3.5\"").replace("~1.0.0", "~1.1.0");
        prop_assert_eq!(repo.read(APP), wanted);
    }
}

#[test]
fn changelogs_keep_their_line_ends_and_last_byte() {
    let repo = shop();
    let old = "\u{feff}# @acme/core\r\n\r\n## 1.0.0\r\n\r\n- old";
    repo.write("packages/core/CHANGELOG.md", old);
    run(&repo, "version").success();
    let new = repo.read("packages/core/CHANGELOG.md");
    assert!(new.starts_with("\u{feff}# @acme/core\r\n\r\n## 1.1.0"), "{new:?}");
    assert!(new.ends_with("## 1.0.0\r\n\r\n- old"), "{new:?}");
}

#[test]
fn a_byte_order_mark_is_no_reason_to_refuse() {
    let repo = shop();
    let mark = |path: &str| {
        let text = repo.read(path);
        repo.write(path, format!("\u{feff}{text}"));
    };
    for path in ["package.json", "package-lock.json", ".changeset/config.json", CORE] {
        mark(path);
    }
    run(&repo, "pre enter beta").success();
    mark(".changeset/pre.json");
    run(&repo, "version").success();
    assert!(
        repo.read(CORE)
            .starts_with("\u{feff}{\n  \"name\": \"@acme/core\",\n  \"version\": \"1.1.0-beta.0\"")
    );
    run(&repo, "pre exit").success();
    run(&repo, "version").success();
    run(&repo, "migrate").success();
}

#[cfg(unix)]
#[test]
fn modes_and_links_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let repo = shop();
    repo.write_executable(CORE, repo.read(CORE));
    let shared = repo.path().join("shared.json");
    std::fs::rename(repo.path().join(APP), &shared).unwrap();
    std::os::unix::fs::symlink("../../shared.json", repo.path().join(APP)).unwrap();
    run(&repo, "version").success();
    let mode = std::fs::metadata(repo.path().join(CORE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111);
    assert!(repo.path().join(APP).is_symlink());
    assert!(repo.read("shared.json").contains("2.3.5"));
}
