//! Every snippet of the pages: known languages only, and each is read by what will read it.
//!
//! | fence | what is checked |
//! | --- | --- |
//! | `yaml` | GitHub's validator, parts of a workflow wrapped into one; `uses:` and `with:` against what is declared; scripts as `sh` |
//! | `diff` | the new side, as YAML where it is a workflow |
//! | `sh` | our commands by their own parsers, the rest by shellcheck |
//! | `json`, `toml` | they parse; a configuration fits its schema |
//! | `js`, `python`, `rust` | they parse |
//! | `text`, `md`, `powershell`, `ruby`, `gitattributes` | nothing |

mod data;
mod fences;
mod shell;
mod uses;
mod yaml;

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{Context, Outcome};
use crate::shell as tools;
#[cfg(test)]
use fences::Snippet;

/// What GitHub's validator is given.
#[derive(Serialize)]
struct Case {
    page: String,
    /// The line of the page that the first line of `text` stands on; less than 1 for a wrapped one.
    line: i64,
    text: String,
    /// Whether what it refers to may stand elsewhere.
    part: bool,
}

/// The pages with snippets.
fn pages() -> Result<Vec<PathBuf>> {
    super::actions::files(|path| {
        path.extension().is_some_and(|kind| kind == "md")
            && (path.starts_with("docs")
                || path.starts_with("actions")
                || path.starts_with("examples")
                || path.components().count() == 1)
            && !path.ends_with("CHANGELOG.md")
    })
}

pub(super) fn check(context: &Context) -> Result<Outcome> {
    let mut snippets = Vec::new();
    let mut complaints = Vec::new();
    let pages = pages()?;
    for page in &pages {
        let name = page.to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(tools::at(page))
            .with_context(|| format!("cannot read {name}"))?;
        match fences::read(&name, &text) {
            Ok(found) => snippets.extend(found),
            Err(complaint) => complaints.push(complaint),
        }
    }
    let interfaces = uses::Interfaces::read()?;
    let mut skipped = Vec::new();
    let mut cases = Vec::new();
    let mut scripts = Vec::new();
    for snippet in &snippets {
        match snippet.language.as_str() {
            "yaml" => {
                complaints.extend(yaml::judge(snippet, &snippets, &interfaces, &mut cases));
                scripts.extend(yaml::scripts(snippet));
            }
            "diff" => {
                if let Some(new) = yaml::new_side(snippet) {
                    complaints.extend(yaml::judge(&new, &snippets, &interfaces, &mut cases));
                    scripts.extend(yaml::scripts(&new));
                }
            }
            "sh" => scripts.push(snippet.clone()),
            "json" | "toml" => complaints.extend(data::judge(snippet)?),
            "rust" => complaints.extend(rust(snippet)),
            "text" | "md" | "powershell" | "ruby" | "gitattributes" | "js" | "python" => {}
            other => {
                complaints.push(snippet.says(&format!("nobody checks the language `{other}`")));
            }
        }
    }
    complaints.extend(scripts.iter().flat_map(shell::judge));
    let of = |language: &str| {
        snippets.iter().filter(|one| one.language == language).cloned().collect::<Vec<_>>()
    };
    for (of_it, program, arguments) in [
        (
            &scripts,
            "shellcheck",
            &["--shell=bash", "--severity=warning", "--exclude=SC2164", "-"][..],
        ),
        (&of("js"), "node", &["--check", "--input-type=module", "-"][..]),
        (&of("python"), "python3", &["-c", "import ast, sys; ast.parse(sys.stdin.read())"][..]),
    ] {
        if of_it.is_empty() {
            continue;
        }
        match context.tool(program) {
            Ok(program) => {
                for snippet in of_it {
                    let text = if snippet.language == "sh" {
                        shell::without_holes(&snippet.text)
                    } else {
                        snippet.text.clone()
                    };
                    if let Some(said) = fed(&program, arguments, &text)? {
                        complaints.push(snippet.says(&said));
                    }
                }
            }
            Err(_) if !context.tools.strict => skipped.push(format!("{program} is missing")),
            Err(outcome) => return Ok(outcome),
        }
    }
    match context.tool("node") {
        Ok(node) => {
            if let Some(said) = validate(context, node, &cases)? {
                complaints.push(said);
            }
        }
        Err(_) if !context.tools.strict => skipped.push("node is missing".to_owned()),
        Err(outcome) => return Ok(outcome),
    }
    let note = format!("{} snippets on {} pages", snippets.len(), pages.len());
    Ok(Outcome { skipped, ..Outcome::complaints(&complaints, note) })
}

/// Statements, or items.
fn rust(snippet: &fences::Snippet) -> Option<String> {
    let read = syn::parse_str::<syn::Block>(&format!("{{{}}}", snippet.text));
    read.err().map(|error| snippet.says(&format!("no Rust: {error}")))
}

/// What a program says against a text on its standard input.
fn fed(program: &std::path::Path, arguments: &[&str], text: &str) -> Result<Option<String>> {
    let mut command = tools::command(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot run {}", program.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        std::io::Write::write_all(&mut stdin, text.as_bytes()).ok();
    }
    let output = child.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((!output.status.success()).then(|| String::from_utf8_lossy(&said).trim().to_owned()))
}

/// GitHub's validator over all workflows and parts of workflows.
fn validate(context: &Context, node: PathBuf, cases: &[Case]) -> Result<Option<String>> {
    let file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&file, cases)?;
    let mut command = tools::command(node);
    command.arg("tests/workflows/snippets.mjs").arg(file.path()).envs(&context.variables);
    let good = tools::ok(&mut command)?;
    Ok((!good).then(|| "GitHub's validator has complaints, see above".to_owned()))
}

/// The complaints about one page, without the tools of others.
#[cfg(test)]
fn complaints(text: &str) -> Vec<String> {
    let snippets = match fences::read("page.md", text) {
        Ok(snippets) => snippets,
        Err(complaint) => return vec![complaint],
    };
    let interfaces = uses::Interfaces::read().unwrap();
    let mut cases = Vec::new();
    let judge = |snippet: &Snippet| match snippet.language.as_str() {
        "yaml" => {
            let scripts = yaml::scripts(snippet);
            let mut said = yaml::judge(snippet, &snippets, &interfaces, &mut cases);
            said.extend(scripts.iter().flat_map(shell::judge));
            said
        }
        "sh" => shell::judge(snippet),
        "json" | "toml" => data::judge(snippet).unwrap(),
        other => vec![format!("language {other}")],
    };
    snippets.iter().flat_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(language: &str, snippet: &str) -> Vec<String> {
        complaints(&format!("# Page\n\n```{language}\n{snippet}\n```\n"))
    }

    #[test]
    fn an_input_that_no_action_has_is_found() {
        let good = "steps:\n  - uses: launchway/launchway/actions/health-check@v1\n    with:\n      url: https://x.example";
        assert_eq!(page("yaml", good), [""; 0]);
        let [said] = &page("yaml", &good.replace("url:", "uri:"))[..] else { panic!("not one") };
        assert!(said.contains("health-check@v1 has no input `uri`"), "{said}");
        let [said] = &page("yaml", &good.replace("health-check", "healthcheck"))[..] else {
            panic!()
        };
        assert!(said.contains("there is no action"), "{said}");
        let [said] = &page("yaml", &good.replace("@v1", "@main"))[..] else { panic!("not one") };
        assert!(said.contains("`@v1` or a commit"), "{said}");
    }

    #[test]
    fn an_output_that_no_action_has_is_found() {
        let shown = "steps:\n  - id: r\n    uses: launchway/launchway@v1\n  - run: echo\n    env:\n      A: ${{ steps.r.outputs.tagz }}";
        let [said] = &page("yaml", shown)[..] else { panic!("not one") };
        assert!(said.contains("no output `tagz`"), "{said}");
        assert_eq!(page("yaml", &shown.replace("tagz", "tags")), [""; 0]);
    }

    #[test]
    fn an_action_of_others_stands_with_its_commit() {
        let [said] = &page("yaml", "steps:\n  - uses: actions/checkout@v7")[..] else { panic!() };
        assert!(said.contains("full commit"), "{said}");
        let pinned = "steps:\n  - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n    with:\n      fetch-dept: 0";
        let [said] = &page("yaml", pinned)[..] else { panic!("not one") };
        assert!(said.contains("no input `fetch-dept`"), "{said}");
        let [said] =
            &page("yaml", &pinned.replace("dept:", "depth:").replace("7.0.1", "7.0.0"))[..]
        else {
            panic!()
        };
        assert!(said.contains("v7.0.1"), "{said}");
    }

    #[test]
    fn a_command_that_no_program_takes_is_found() {
        assert_eq!(
            page("sh", "launchway-health --url https://x.example \\\n  --timeout 5s # soon"),
            [""; 0]
        );
        assert_eq!(page("sh", "npx launchway changeset --version"), [""; 0]);
        for wrong in [
            "launchway-health --uri x",
            "X=1 launchway-changeset ad --minor a -m b",
            "launchway-changeset add --minr a",
            "true && launchway-image tags --nothing",
            "launchway-nothing x",
            "npx launchway changeset ad --minor a -m b",
            "npx launchway",
            "cargo xtask tests",
        ] {
            assert_eq!(page("sh", wrong).len(), 1, "{wrong}");
            let step = format!("steps:\n  - run: |\n      true\n      {wrong}");
            assert_eq!(page("yaml", &step).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn data_parses_and_a_configuration_fits_its_schema() {
        assert_eq!(page("json", "{ \"access\": \"public\" }"), [""; 0]);
        assert_eq!(page("json", "{ \"access\": \"everybody\" }").len(), 1);
        assert_eq!(page("json", "{ \"launchway\": { \"tags\": \"x\" } }").len(), 1);
        assert_eq!(page("json", "{ \"a\": 1, }").len(), 1);
        assert_eq!(page("toml", "a = ").len(), 1);
    }
}
