//! Every GraphQL document is valid under GitHub's public schema.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use launchway_github::documents;

const VALIDATE: &str = "
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const load = createRequire(process.argv[1] + '/');
const { buildSchema, parse, validate } = load('graphql');
const text = readFileSync(process.argv[1] + '/@octokit/graphql-schema/schema.graphql', 'utf8');
const schema = buildSchema(text, { assumeValid: true, assumeValidSDL: true });
for (const [name, document] of JSON.parse(readFileSync(0, 'utf8'))) {
  for (const error of validate(schema, parse(document))) console.log(name + ': ' + error.message);
}";

#[test]
fn every_document_is_valid() {
    let (Ok(node), Ok(modules)) =
        (std::env::var("LAUNCHWAY_NODE"), std::env::var("LAUNCHWAY_NODE_MODULES"))
    else {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "Node.js is missing");
        println!("skipped: Node.js with @octokit/graphql-schema");
        return;
    };
    assert!(Path::new(&modules).join("@octokit/graphql-schema").exists(), "the schema is missing");
    let mut child = Command::new(node)
        .args(["-e", VALIDATE, &modules])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut documents = documents();
    documents.push(("planted", "query { viewer { nonsense } }".to_owned()));
    let text = serde_json::to_vec(&documents).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert!(matches!(lines.as_slice(), [only] if only.starts_with("planted: ")), "{said}");
}
