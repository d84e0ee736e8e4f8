//! Each rule can fail: one mistake planted in a good file is one complaint of that rule.

use super::files::{File, Kind, World};
use super::{RULES, complaints};

const GOOD: &str = r#"
name: Good
on:
  workflow_call:
    inputs:
      environment:
        type: string
        required: true
    secrets:
      key:
        required: false
permissions: {}
concurrency:
  group: good
  queue: max
jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: write
    outputs:
      version: ${{ steps.say.outputs.version }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - id: say
        shell: bash --noprofile --norc -euo pipefail {0}
        run: |
          echo "version=1.0.0" >>"$GITHUB_OUTPUT"
        env:
          KEY: ${{ secrets.key }}
      - id: health
        uses: $/actions/health-check
        with:
          url: http://127.0.0.1
      - if: steps.health.outputs.healthy == 'true'
        run: echo
  deploy:
    needs: build
    permissions:
      contents: read
      deployments: write
      id-token: write
    uses: $/.github/workflows/deploy.yml
    with:
      environment: ${{ inputs.environment }}
      command: ./deploy
      version: ${{ needs.build.outputs.version }}
    secrets:
      deploy-token: ${{ secrets.key }}
"#;

/// The rule, what is replaced by what, and a part of the complaint.
const PLANTED: &[(&str, &str, &str, &str)] = &[
    (
        "uses",
        "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "@v7",
        "is not in tests/actions",
    ),
    ("uses", "# v7.0.1", "# v7.0.0", "the comment says"),
    ("uses", "# v7.0.1", "", "the comment says"),
    ("uses", "$/actions/health-check", "$/actions/health-check@v1", "takes no version"),
    ("uses", "$/actions/health-check", "launchway/launchway/actions/health-check@v1", "`$/…` here"),
    ("uses", "actions/checkout@3d3", "actions/checkout@4d3", "is not in tests/actions"),
    ("uses-exists", "$/actions/health-check", "$/actions/health-chek", "not in this repository"),
    ("no-local", "$/actions/health-check", "./actions/health-check", "in the workspace"),
    (
        "no-local",
        "$/.github/workflows/deploy.yml",
        "./.github/workflows/deploy.yml",
        "in the workspace",
    ),
    ("checkout", "persist-credentials: false", "persist-credentials: true", "keeps credentials"),
    ("with", "          url: http", "          urll: http", "has no input `urll`"),
    ("with", "      command: ./deploy\n", "", "needs the input `command`"),
    (
        "with",
        "          persist-credentials: false",
        "          persist-credentials: false\n          depth: 1",
        "has no input `depth`",
    ),
    (
        "secrets",
        "secrets:\n      deploy-token: ${{ secrets.key }}",
        "secrets: inherit",
        "gets every secret",
    ),
    ("secrets", "      deploy-token:", "      deploy-tokn:", "has no secret"),
    ("grants", "      deployments: write\n", "", "`deployments: write` and gets none"),
    ("grants", "      deployments: write\n", "      deployments: read\n", "gets read"),
    (
        "grants",
        "      id-token: write\n",
        "      id-token: write\n      issues: read\n",
        "no use for",
    ),
    ("no-injection", "run: echo\n", "run: echo ${{ inputs.environment }}\n", "in a script"),
    (
        "triggers",
        "  workflow_call:",
        "  pull_request_target:\n  workflow_call:",
        "pull_request_target",
    ),
    ("permissions", "permissions: {}\n", "permissions: read-all\n", "at the top"),
    ("permissions", "permissions: {}\n", "", "at the top"),
    ("permissions", "    permissions:\n      contents: write\n", "", "names no permissions"),
    ("timeouts", "    timeout-minutes: 5\n", "", "no time limit"),
    ("queue", "  queue: max\n", "", "without `queue: max`"),
    (
        "queue",
        "  queue: max\n",
        "  queue: max\n  cancel-in-progress: true\n",
        "without `queue: max`",
    ),
    (
        "shells",
        "        shell: bash --noprofile --norc -euo pipefail {0}\n        run: |\n",
        "        run: |\n          true\n",
        "goes on after an error",
    ),
    ("references", "outputs.healthy ==", "outputs.helthy ==", "is not set"),
    ("references", "steps.health.outputs", "steps.helth.outputs", "is no step"),
    ("references", "steps.say.outputs.version }}", "steps.say.outputs.versoin }}", "is not set"),
    ("references", "needs.build.outputs.version", "needs.build.outputs.versoin", "is not set"),
    ("references", "    needs: build\n", "", "does not need it"),
    ("references", "${{ inputs.environment }}", "${{ inputs.envirnment }}", "is not declared"),
    (
        "references",
        "deploy-token: ${{ secrets.key }}",
        "deploy-token: ${{ secrets.kye }}",
        "is not declared",
    ),
    ("inputs-used", "environment: ${{ inputs.environment }}", "environment: staging", "never read"),
    (
        "inputs-used",
        "environment: ${{ inputs.environment }}\n      command: ./deploy\n",
        "environment: staging\n      command: ./deploy inputs.environment\n",
        "`inputs.environment` is declared and never read",
    ),
    (
        "inputs-used",
        "  workflow_call:",
        "  workflow_dispatch:\n    inputs:\n      dry: { type: boolean }\n  workflow_call:",
        "`inputs.dry` is declared and never read",
    ),
    (
        "uses",
        "      - id: say\n",
        "      - { uses: actions/checkout@v7 }\n      - id: say\n",
        "no line `uses: …` of its own",
    ),
    (
        "with",
        "      - id: say\n",
        "      - uses: actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5\n        \
         with: { path: x }\n      - id: say\n",
        "needs the input `key`",
    ),
];

fn file(text: &str) -> File {
    let yaml = yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    File { path: "planted".into(), kind: Kind::Workflow, text: text.into(), yaml }
}

fn found(world: &World, text: &str) -> Vec<String> {
    let mut found = complaints(world, &file(text));
    // It has no page, and need not have one.
    found.retain(|complaint| !complaint.contains("docs/workflows/planted.md"));
    found
}

#[test]
fn each_rule_finds_what_is_planted_and_nothing_in_a_good_file() {
    let world = World::read();
    assert_eq!(found(&world, GOOD), [""; 0]);
    for (rule, old, new, says) in PLANTED {
        assert_eq!(GOOD.matches(old).count(), 1, "{old:?} stands not once in the good file");
        let found = found(&world, &GOOD.replace(old, new));
        let hit =
            found.iter().any(|text| text.contains(&format!(": {rule}: ")) && text.contains(says));
        assert!(hit, "{rule} does not see {new:?}: {found:#?}");
    }
    let proven = |rule: &str| {
        rule == "inputs-documented" || PLANTED.iter().any(|(planted, ..)| *planted == rule)
    };
    let unproven: Vec<_> =
        RULES.iter().map(|(rule, _)| *rule).filter(|rule| !proven(rule)).collect();
    assert_eq!(unproven, [""; 0], "nothing is planted for these");
}

/// A page that says one input too few, and one too many.
#[test]
fn a_row_that_is_missing_and_a_row_too_many_are_found() {
    let world = World::read();
    let mut health = world
        .files()
        .into_iter()
        .find(|file| file.path == "actions/health-check/action.yml")
        .unwrap_or_else(|| panic!("actions/health-check is gone"));
    assert_eq!(complaints(&world, &health), [""; 0]);
    let inputs = health.yaml["inputs"].as_object_mut().unwrap();
    inputs.remove("timeout");
    inputs.insert("patience".into(), serde_json::json!({}));
    let outputs = health.yaml["outputs"].as_object_mut().unwrap();
    outputs.remove("healthy");
    outputs.insert("cured".into(), serde_json::json!({ "value": "" }));
    let found = complaints(&world, &health);
    assert!(found.iter().any(|text| text.contains("no row for `patience`")), "{found:?}");
    assert!(found.iter().any(|text| text.contains("a row for `timeout`")), "{found:?}");
    assert!(found.iter().any(|text| text.contains("no row for `cured`")), "{found:?}");
    assert!(found.iter().any(|text| text.contains("a row for `healthy`")), "{found:?}");
}

/// What a page shows without what stands around it is looked at, too.
#[test]
fn a_part_of_a_workflow_keeps_the_rules() {
    let world = World::read();
    for (text, says) in [
        ("build:\n  runs-on: x\n  steps:\n    - run: echo ${{ github.ref }}\n", "in a script"),
        ("run: echo ${{ github.ref }}\n", "in a script"),
        (
            "uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n",
            "keeps cred",
        ),
        (
            "uses: launchway/launchway/.github/workflows/deploy.yml@v1\nsecrets: inherit\n",
            "every secret",
        ),
        (
            "go:\n  uses: launchway/launchway/.github/workflows/deploy.yml@v1\n  with:\n    comand: x\n",
            "no input `comand`",
        ),
    ] {
        let part = File { kind: Kind::Snippet, ..file(text) };
        let found = complaints(&world, &part);
        assert!(found.iter().any(|found| found.contains(says)), "{text}: {found:?}");
    }
}

#[test]
fn a_workflow_is_one_whatever_its_file_is_called() {
    let mut world = World::read();
    let count = world.files().len();
    world.add(".github/workflows/x.yaml", "on: pull_request_target\njobs: {}\n");
    world.add("examples/x/.github/workflows/x.yaml", "on: push\njobs: {}\n");
    let files = world.files();
    assert_eq!((files.len(), files[count].kind), (count + 2, Kind::Workflow));
    let found = complaints(&world, &files[count]);
    assert!(found.iter().any(|text| text.contains("pull_request_target")), "{found:?}");
}
