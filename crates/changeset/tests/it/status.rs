use crate::shop::{command, run, shop};

#[test]
fn a_tree_says_what_and_why() {
    let repo = shop();
    let said = run(&repo, "status").success().stdout;
    assert_eq!(
        said,
        "minor\n└─ @acme/core  1.0.0 → 1.1.0\n   └─ minor: changeset `first`\n\n\
         patch\n└─ @acme/app  2.3.4 → 2.3.5\n   └─ patch because dependency `@acme/core` leaves ~1.0.0 for 1.1.0\n"
    );
}

#[test]
fn the_file_has_the_peers_bytes() {
    let repo = shop();
    let wanted = r#"{
  "changesets": [
    {
      "releases": [
        {
          "name": "@acme/core",
          "type": "minor"
        }
      ],
      "summary": "A feature",
      "id": "first"
    }
  ],
  "releases": [
    {
      "name": "@acme/core",
      "type": "minor",
      "oldVersion": "1.0.0",
      "changesets": [
        "first"
      ],
      "newVersion": "1.1.0"
    },
    {
      "name": "@acme/app",
      "type": "patch",
      "oldVersion": "2.3.4",
      "changesets": [],
      "newVersion": "2.3.5"
    }
  ]
}"#;
    run(&repo, "status --output out.json").success();
    assert_eq!(repo.read("out.json"), wanted);
    command(&repo, "status").env("CHANGESETS_OUTPUT", "env.json").run().success();
    assert_eq!(repo.read("env.json"), wanted);
}

#[test]
fn a_change_without_a_changeset_is_a_failure() {
    let repo = shop();
    repo.remove(".changeset/first.md");
    repo.commit("no changeset");
    run(&repo, "status").success();
    repo.branch("topic").write("packages/app/index.js", "1");
    repo.commit("a change");
    let said = run(&repo, "status").exits(1).stderr;
    assert!(said.contains("`@acme/app` changed since `main`"), "{said}");
    assert!(said.contains("add --empty"), "{said}");
    run(&repo, "add --empty").success();
    run(&repo, "status").success();
}

#[test]
fn since_looks_at_what_is_new_only() {
    let repo = shop();
    repo.write(".changeset/broken.md", "broken");
    repo.commit("broken");
    repo.branch("topic").write(".changeset/new.md", "---\n\"@acme/app\": patch\n---\n\nx\n");
    repo.commit("new");
    let said = run(&repo, "status --since main").success().stdout;
    assert!(said.contains("`new`") && !said.contains("`first`"), "{said}");
    run(&repo, "status").exits(1);
}
