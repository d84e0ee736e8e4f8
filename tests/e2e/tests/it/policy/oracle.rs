//! Our runner's expressions mean what GitHub's own evaluator says they mean.

use std::fmt::Write as _;
use std::path::PathBuf;

use launchway_testkit::{FakeRunner, Scrubbed};
use serde_json::json;

const INPUTS: &[(&str, &str)] = &[
    ("a", "x"),
    ("flag", "true"),
    ("empty", ""),
    ("number", "10"),
    ("list", "[1, \"two\", null]"),
    ("object", "{\"b\": {\"c\": \"d\"}, \"n\": 1.5}"),
    ("quote", "it's {0} ${x}"),
];

/// Each kind of value there is, written in an expression.
const VALUES: &[&str] = &[
    "''",
    "'a'",
    "'A'",
    "'0'",
    "'1'",
    "'true'",
    "0",
    "1",
    "1.5",
    "true",
    "false",
    "null",
    "inputs.a",
    "inputs.empty",
    "inputs.number",
];

/// What our runner knows besides; what it does not know is an error in it, never another answer.
const MORE: &[&str] = &[
    "!inputs.empty",
    "!inputs.a",
    "!!inputs.a",
    "!(inputs.a == 'x')",
    "inputs['a']",
    "inputs.flag == 'true' && 'yes' || 'no'",
    "inputs.flag == true && 'yes' || 'no'",
    "inputs.a == 'X' && (inputs.empty || 'none')",
    "true && false || true",
    "false || false && true",
    "!true || true",
    "'it''s'",
    "'a }} b'",
    "format('{0}-{1}', inputs.a, inputs.number)",
    "format('{1}{0}', 'a', 'b')",
    "format('{{0}} {0}', 'a')",
    "format('{0}', inputs.quote)",
    "format('{0} {1}', '{1}', 'b')",
    "format('{0}', true)",
    "format('{0}', null)",
    "startsWith('Launch', 'lAU')",
    "startsWith(inputs.a, '')",
    "endsWith('way', 'AY')",
    "contains('Launchway', 'CHW')",
    "contains(inputs.a, 'y')",
    "contains(fromJSON(inputs.list), 'TWO')",
    "contains(fromJSON(inputs.list), 'tw')",
    "contains(fromJSON(inputs.list), '1')",
    "fromJSON(inputs.number) == 10",
    "fromJSON(inputs.flag) && 'yes'",
    "toJSON(fromJSON(inputs.object))",
    "toJSON(inputs.quote)",
    "toJSON(inputs.empty)",
    "toJSON(true)",
    "toJSON(inputs)",
];

fn expressions() -> Vec<String> {
    let mut all: Vec<String> = MORE.iter().map(|text| (*text).to_owned()).collect();
    for left in VALUES {
        all.push((*left).to_owned());
        for right in VALUES {
            for sign in ["==", "!=", "&&", "||"] {
                all.push(format!("{left} {sign} {right}"));
            }
        }
    }
    all
}

#[test]
fn expressions_mean_here_what_they_mean_on_github() {
    let node = std::env::var_os("LAUNCHWAY_NODE").map(PathBuf::from);
    let modules = std::env::var_os("LAUNCHWAY_NODE_MODULES");
    let found = node
        .zip(modules)
        .filter(|(_, modules)| PathBuf::from(modules).join("@actions/expressions").is_dir());
    let Some((node, modules)) = launchway_e2e::needed("@actions/expressions", found) else {
        return;
    };
    let all = expressions();
    let inputs: serde_json::Map<_, _> =
        INPUTS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let said = Scrubbed::new(node)
        .arg(launchway_e2e::at("tests/workflows/expressions.mjs"))
        .env("LAUNCHWAY_NODE_MODULES", modules)
        .stdin(json!({ "inputs": inputs, "expressions": all }).to_string())
        .run()
        .success();
    let theirs: Vec<String> = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(theirs.len(), all.len());

    // Ours, as the outputs of an action.
    let folder = tempfile::tempdir().unwrap();
    let mut action = String::from("name: Table\ndescription: A table\ninputs:\n");
    for (name, _) in INPUTS {
        let _ = writeln!(action, "  {name}:\n    description: one");
    }
    action.push_str("outputs:\n");
    for (number, text) in all.iter().enumerate() {
        let value = json!(format!("${{{{ {text} }}}}"));
        let _ = writeln!(action, "  o{number}:\n    description: one\n    value: {value}");
    }
    action.push_str("runs:\n  using: composite\n  steps:\n    - run: 'true'\n      shell: sh\n");
    std::fs::write(folder.path().join("action.yml"), action).unwrap();
    let ours = FakeRunner::new(folder.path()).run_action(folder.path(), INPUTS).success();

    let mut wrong = Vec::new();
    for (number, (text, theirs)) in all.iter().zip(&theirs).enumerate() {
        let ours = ours.output(&format!("o{number}"));
        if ours != theirs {
            wrong.push(format!("{text}: {ours:?}, on GitHub {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}
