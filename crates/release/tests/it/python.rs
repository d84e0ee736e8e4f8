//! Python projects: versioned, tagged and released, with uploads or without.

use launchway_testkit::TokenKind;

use crate::shop::{Shop, changeset};

#[test]
fn a_python_project_is_tagged_and_released_and_nothing_is_uploaded() {
    let shop = Shop::new(TokenKind::App);
    let project = "[project]\nname = \"acme-core\"\nversion = \"1.0.0\" # moved\n";
    shop.repo.write("pyproject.toml", project);
    shop.repo.write(".changeset/config.json", "{\"launchway\":{\"ecosystems\":[\"python\"]}}\n");
    shop.changeset("one", &changeset(&[("acme-core", "minor")], "It flies."));
    let mode = [("release-mode", "publish"), ("python-publish", "tag")];
    let _ = shop.run(&mode).success();
    assert!(shop.handle.pull(1).body.contains("acme-core"));
    shop.merge();
    assert_eq!(shop.repo.read("pyproject.toml"), project.replace("1.0.0", "1.1.0"));
    // No package manager of any language is there, and none is asked.
    let runner = shop.runner();
    let record: serde_json::Value =
        serde_json::from_str(&shop.repo.read(".changeset/release.json")).unwrap();
    assert!(record.pointer("/packages/0/registry").unwrap().is_null(), "{record}");
    let dry = shop.run_on(&runner, &[mode[0], mode[1], ("dry-run", "true")]).success();
    assert!(dry.log.contains("tag only: acme-core@1.1.0"), "{}", dry.log);
    assert_eq!(shop.handle.tags(), [""; 0]);
    let run = shop.run_on(&runner, &mode).success();
    assert_eq!(shop.handle.tags(), ["v1.1.0"], "{}", run.log);
    assert!(shop.handle.release("v1.1.0").unwrap().body.unwrap().contains("It flies."));
    assert_eq!(run.output_json("tags")[0], "v1.1.0");
    shop.github.forget_requests();
    let again = shop.run_on(&runner, &mode).success();
    assert_eq!(shop.github.write_lines(), [""; 0], "{}", again.log);
}
