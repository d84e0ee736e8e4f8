//! The rules of version 2 are tested with the library; here is what the verb makes of them.

use crate::shop::{APP, command, run, shop, tree};

#[test]
fn what_changes_is_shown_and_written_on_request() {
    let repo = shop();
    repo.write(
        APP,
        "{ \"name\": \"@acme/app\", \"version\": \"2.3.4\", \"private\": true, \"dependencies\": { \"@acme/core\": \"~1.0.0\" } }",
    );
    let before = tree(&repo);
    let said = run(&repo, "migrate --dry-run").success().stdout;
    assert!(said.contains("@acme/app") && said.contains("privatePackages"), "{said}");
    assert_eq!(tree(&repo), before);
    let json = run(&repo, "migrate --dry-run --json").success().stdout;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(tree(&repo), before);
    run(&repo, "migrate").success();
    assert!(repo.read(".changeset/config.json").contains("privatePackages"));
    run(&repo, "version").success();
    assert!(repo.read(APP).contains("2.3.5"));
}

#[test]
fn its_exit_codes_are_the_documented_ones() {
    let repo = shop();
    repo.remove(".changeset/config.json");
    command(&repo, "migrate").run().exits(2);
}
