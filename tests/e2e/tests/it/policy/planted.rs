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
    let found = complaints(&world, &health);
    assert!(found.iter().any(|text| text.contains("no row for `patience`")), "{found:?}");
    assert!(found.iter().any(|text| text.contains("a row for `timeout`")), "{found:?}");
}
