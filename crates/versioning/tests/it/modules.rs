use launchway_base::{Deadline, Failure};
use launchway_testkit::TestRepo;
use launchway_versioning::{CommitMessages, GeneratorContext, commit_messages_within, observe};

use crate::support::{Table, path_with, prepared, tool, version};

fn node_env() -> Option<Table> {
    let node = tool("LAUNCHWAY_NODE", Some("node"))?;
    Some(Table::new([("PATH", &path_with(&node))]))
}

/// Two packages, `b` depends on `a`; one changeset for both.
fn repo(config: &str, files: &[(&str, &str)]) -> TestRepo {
    let repo = TestRepo::with_files(&[
        ("package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#),
        ("package-lock.json", "{}"),
        ("packages/a/package.json", r#"{"name":"a","version":"1.0.0","note":7}"#),
        (
            "packages/b/package.json",
            r#"{"name":"b","version":"1.0.0","dependencies":{"a":"^1.0.0"}}"#,
        ),
        (".changeset/config.json", config),
        (".changeset/one.md", "---\n\"a\": major\n\"b\": patch\n---\n\nHello\n"),
    ]);
    for (path, text) in files {
        repo.write(path, text);
    }
    repo.commit("files");
    repo
}

const ECHO: &str = r#"
console.log("::error::words of the module");
console.error("more words");
const calls = [];
exports.default = {
  async getReleaseLine(changeset, type, options) {
    calls.push(type);
    const here = process.cwd() === require("node:path").dirname(__dirname);
    const inputs = Object.keys(process.env).filter((name) => /^(INPUT_|LAUNCHWAY_)/.test(name));
    return `- ${calls.length} ${JSON.stringify([changeset, type, options, here, inputs])}`;
  },
  getDependencyReleaseLine(changesets, dependencies, options) {
    if (!dependencies.length) return undefined;
    const same = dependencies.map((d) => ({ ...d, dir: require("node:path").relative(process.cwd(), d.dir) }));
    return "- " + JSON.stringify([changesets.map((c) => c.id), same, options]);
  },
};
"#;

#[test]
fn a_module_gets_what_the_peer_gives_it() {
    let Some(env) = node_env() else { return };
    let config = r#"{ "changelog": ["./lines.cjs", { "x": [1] }], "format": false }"#;
    let repo = repo(config, &[(".changeset/lines.cjs", ECHO)]);
    let commit =
        repo.git(&["log", "-1", "--format=%H", "--diff-filter=A", "--", ".changeset/one.md"]);
    let commit = commit.trim();
    version(&repo, &env).unwrap();
    let changeset = format!(
        r#"{{"releases":[{{"name":"a","type":"major"}},{{"name":"b","type":"patch"}}],"summary":"Hello","id":"one","commit":"{commit}"}}"#
    );
    assert_eq!(
        repo.read("packages/a/CHANGELOG.md"),
        format!(
            "# a\n\n## 2.0.0\n\n### Major Changes\n\n- 1 [{changeset},\"major\",{{\"x\":[1]}},true,[]]\n"
        )
    );
    let release = r#"{"name":"a","type":"major","oldVersion":"1.0.0","changesets":["one"],"newVersion":"2.0.0","dir":"packages/a","relativeDir":"packages/a","packageJson":{"name":"a","version":"1.0.0","note":7}}"#;
    assert_eq!(
        repo.read("packages/b/CHANGELOG.md"),
        format!(
            "# b\n\n## 1.0.1\n\n### Patch Changes\n\n- 2 [{changeset},\"patch\",{{\"x\":[1]}},true,[]]\n- [[\"one\"],[{release}],{{\"x\":[1]}}]\n"
        )
    );
}

#[test]
fn an_installed_package_with_a_nested_default_is_found() {
    let Some(env) = node_env() else { return };
    let module = "const functions = { getReleaseLine: async () => '- from a package', getDependencyReleaseLine: () => '' };\nexport default { default: functions };\n";
    let repo = repo(
        r#"{ "changelog": "@acme/lines", "format": false }"#,
        &[
            (
                "node_modules/@acme/lines/package.json",
                r#"{"name":"@acme/lines","exports":{"import":"./main.mjs"}}"#,
            ),
            ("node_modules/@acme/lines/main.mjs", module),
        ],
    );
    version(&repo, &env).unwrap();
    assert!(repo.read("packages/b/CHANGELOG.md").ends_with("- from a package\n"));
}

fn refusal(module: &str, env: &Table) -> Failure {
    let config = r#"{ "changelog": "./lines.mjs" }"#;
    let repo = repo(config, &[(".changeset/lines.mjs", module)]);
    let failure = prepared(&repo, env).unwrap_err();
    assert_eq!(repo.status(), "", "nothing is written");
    failure
}

#[test]
fn without_node_it_is_refused_with_the_way_out() {
    let failure = refusal("", &Table::new([("PATH", "/nowhere")]));
    assert_eq!(
        failure.to_string(),
        "changelog generator `./lines.mjs` is a JavaScript module, and there is no `node` to run it"
    );
    assert!(failure.hint().unwrap().contains("actions/setup-node"));
}

#[test]
fn a_module_that_is_no_generator_is_refused() {
    let Some(env) = node_env() else { return };
    let both = "export const getDependencyReleaseLine = () => '';\nexport const getReleaseLine = ";
    for (module, says) in [
        ("export default {};", "does not export what is needed: it must export the functions"),
        ("import 'not-installed';", "cannot be loaded: "),
        ("syntax error", "cannot be loaded: "),
        ("throw null;", "cannot be loaded: null"),
        (&format!("{both} () => {{ throw new Error('my own') }};"), "failed: Error: my own"),
        (&format!("{both} async () => 7;"), "getReleaseLine gave a number"),
        (&format!("{both} () => process.exit(3);"), "gave no answer: node ended with exit code 3"),
        (&format!("{both} () => {{ console.log('last words'); process.exit(0) }};"), "last words"),
        (
            &format!("{both} () => new Promise(() => {{}});"),
            "gave no answer: node ended with exit code 13",
        ),
    ] {
        let failure = refusal(module, &env);
        assert!(failure.chain().contains(says), "{module}: {}", failure.chain());
        assert!(failure.hint().is_some());
    }
    let missing = repo(r#"{ "changelog": "not-installed" }"#, &[]);
    let failure = prepared(&missing, &env).unwrap_err();
    assert!(failure.to_string().ends_with("`not-installed` cannot be found from `.changeset`"));
}

#[test]
fn a_commit_module_writes_the_messages_it_knows() {
    let Some(env) = node_env() else { return };
    let module = "export async function getVersionMessage(plan, options) { return `v ${plan.releases.map((r) => r.newVersion)} ${plan.changesets[0].summary} ${options.x}\\n`; }";
    let repo = repo(
        r#"{ "commit": ["./commit.mjs", { "x": 1 }], "format": false }"#,
        &[(".changeset/commit.mjs", module)],
    );
    let (repository, prepared) = prepared(&repo, &env).unwrap();
    let context = GeneratorContext { env: &env, deadline: Deadline::none() };
    let ask = |about| commit_messages_within(&repository, about, &context);
    let message = ask(CommitMessages::Version(&prepared.plan)).unwrap();
    assert_eq!(message.as_deref(), Some("v 2.0.0,1.0.1 Hello 1\n"));
    let add = CommitMessages::Add { releases: &[], summary: "s", id: "i" };
    assert_eq!(ask(add).unwrap(), None);
    repo.write(".changeset/commit.mjs", "export const getAddMessage = (c) => JSON.stringify(c);");
    assert_eq!(ask(add).unwrap().as_deref(), Some(r#"{"summary":"s","releases":[]}"#));
    repo.write(".changeset/commit.mjs", "export default {};");
    let failure = ask(add).unwrap_err();
    assert!(failure.to_string().contains("commit module `./commit.mjs` does not export"));
    assert!(observe(repo.path()).is_ok());
}
