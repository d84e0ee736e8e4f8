use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use launchway_base::Secret;

use super::super::{Document, InputDecl, Parsed, Separator, Verbatim, parse, prepare, table};
use super::*;
use crate::Environment;

/// Does things.
#[derive(Debug, Parser)]
#[command(name = "launchway-test")]
struct Cli {
    /// Say what.
    #[arg(long, global = true)]
    words: Vec<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Runs.
    Run(Box<Run>),
}

#[derive(Debug, clap::Args)]
struct Run {
    /// Names.
    #[arg(long, required = true, alias = "names")]
    only: Vec<String>,
    /// A text.
    #[arg(long)]
    text: Option<Verbatim>,
    /// Between.
    #[arg(long)]
    separator: Option<Separator>,
    /// The jobs.
    #[arg(long)]
    needs: Option<Document>,
    /// The leg.
    #[arg(long)]
    matrix: Option<Document>,
    /// The token.
    #[arg(long)]
    api_token: Option<Secret>,
    /// Patterns.
    #[arg(long, default_value = "*")]
    pattern: Vec<String>,
    /// A body.
    #[arg(long)]
    body: Option<Verbatim>,
    /// File with the body, read by the program.
    #[arg(long)]
    body_file: Option<PathBuf>,
    /// A payload.
    #[arg(long)]
    payload: Option<Verbatim>,
    /// File with the payload.
    #[arg(long)]
    payload_file_path: Option<String>,
    /// A title.
    #[arg(long)]
    title: Option<String>,
    /// Numbers.
    #[arg(long)]
    count: Vec<u8>,
    /// Something.
    word: Option<String>,
}

fn read_with(args: &[&str], env: &[(&str, &str)]) -> Result<Cli, Failure> {
    let args = std::iter::once("launchway-test").chain(args.iter().copied()).map(OsString::from);
    let env = Environment::from_pairs(env.iter().copied());
    match parse::<Cli>(args.collect(), &env, &[])? {
        Parsed::Inputs { inputs, .. } => Ok(inputs),
        Parsed::Help(text) => panic!("{text}"),
    }
}

fn run_with(args: &[&str], env: &[(&str, &str)]) -> Result<Run, Failure> {
    let args: Vec<_> = std::iter::once("run").chain(args.iter().copied()).collect();
    let Verb::Run(run) = read_with(&args, env)?.verb;
    Ok(*run)
}

fn refused(args: &[&str], env: &[(&str, &str)]) -> String {
    let failure = run_with(args, env).unwrap_err();
    assert_eq!(failure.kind().code(), 2, "{failure}");
    failure.to_string()
}

struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn missing(&self) -> String {
        self.0.path().join("missing").to_str().unwrap().to_owned()
    }
}

/// `LAUNCHWAY_INPUTS` with these inputs.
fn json(inputs: &[(&str, &str)]) -> String {
    let inputs = inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    serde_json::Value::Object(inputs.collect()).to_string()
}

#[test]
fn long_inputs_have_a_twin_and_no_others() {
    let command = prepare(Cli::command());
    command.clone().debug_assert();
    // A second time nothing is added.
    prepare(command.clone()).debug_assert();
    let run = command.find_subcommand("run").unwrap().clone();
    let found = table(run);
    let names: Vec<_> = found.iter().map(|decl| decl.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "only",
            "only-file",
            "text",
            "text-file",
            "separator",
            "needs",
            "needs-file",
            "matrix",
            "matrix-file",
            "api-token",
            "api-token-file",
            "pattern",
            "pattern-file",
            "body",
            "body-file",
            "payload",
            "payload-file-path",
            "title",
            "count",
            "count-file",
        ]
    );
    let of = |name: &str| -> &InputDecl { found.iter().find(|decl| decl.name == name).unwrap() };
    assert_eq!(of("only").twin.as_deref(), Some("only-file"));
    assert_eq!(of("payload").twin.as_deref(), Some("payload-file-path"));
    assert!(of("payload").long && !of("title").long && !of("separator").long);
    assert!(found.iter().all(|decl| !decl.long || decl.twin.is_some()));
    assert!(!of("only-file").list && !of("api-token-file").secret);
    assert_eq!(of("only-file").description, "File to read `only` from, one per line");
    assert!(of("matrix-file").description.contains("goes before the input"));
}

#[test]
fn a_file_is_read_wherever_an_input_can_be_given() {
    let room = Room::new();
    let list = room.file("list", "\u{feff}one\r\n\r\n  two \r\nthree");
    for (args, env) in [
        (vec!["--only-file", &list], vec![]),
        (vec![], vec![("LAUNCHWAY_INPUTS", json(&[("only", " "), ("only-file", &list)]))]),
        (vec![], vec![("INPUT_ONLY-FILE", list.clone())]),
        (vec![], vec![("INPUT_ONLY_FILE", format!(" {list}\n"))]),
        // A stronger source gives another file.
        (vec!["--only-file", &list], vec![("INPUT_ONLY_FILE", room.missing())]),
    ] {
        let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(run_with(&args, &env).unwrap().only, ["one", "two", "three"], "{args:?}");
    }
    let words = format!("--words-file={list}");
    for args in [[words.as_str(), "run", "--only=x"], ["run", "--only=x", words.as_str()]] {
        assert_eq!(read_with(&args, &[]).unwrap().words, ["one", "two", "three"], "{args:?}");
    }
}

#[test]
fn texts_documents_and_secrets_are_kept_as_inputs_are() {
    let room = Room::new();
    let text = format!("--text-file={}", room.file("text", "  a\r\n\tb\n\r\n"));
    let needs = format!("--needs-file={}", room.file("needs", "\n {\"a\": 1}\n\n"));
    let token = format!("--api-token-file={}", room.file("token", "s3cret-of-a-file\r\n"));
    let run = run_with(&["--only=x", &text, &needs, &token, "word"], &[]).unwrap();
    assert_eq!(run.text.unwrap().as_str(), "  a\r\n\tb\n");
    assert_eq!(run.needs.unwrap().as_str(), "{\"a\": 1}");
    assert_eq!(run.api_token.unwrap().expose(), "s3cret-of-a-file");
    assert_eq!(run.word.as_deref(), Some("word"));
    // What begins like a flag is a value.
    let only = format!("--only-file={}", room.file("only", "--text\n-x"));
    assert_eq!(run_with(&[&only], &[]).unwrap().only, ["--text", "-x"]);
}

#[test]
fn a_long_list_is_read_whole_and_one_without_end_is_refused() {
    let room = Room::new();
    let lines: Vec<_> = (0..300_000).map(|line| format!("packages/p{line}")).collect();
    let lines = lines.join("\n");
    let only = format!("--only-file={}", room.file("long", &lines));
    assert_eq!(run_with(&[&only], &[]).unwrap().only.len(), 300_000);
    let huge = std::fs::File::create(room.0.path().join("huge")).unwrap();
    huge.set_len(crate::files::INPUT_LIMIT + 1).unwrap();
    let only = format!("--only-file={}", room.0.path().join("huge").display());
    let message = refused(&[&only], &[]);
    assert!(message.contains("`only-file`") && message.contains("16777216 bytes"), "{message}");
}

#[test]
fn an_empty_file_is_an_input_that_is_not_given() {
    let room = Room::new();
    for empty in ["", "\n", "\u{feff}", " \r\n\n"] {
        let needs = format!("--needs-file={}", room.file("empty", empty));
        assert!(run_with(&["--only=x", &needs], &[]).unwrap().needs.is_none(), "{empty:?}");
    }
    let only = format!("--only-file={}", room.file("empty", ""));
    assert!(refused(&[&only], &[]).contains("--only"));
}

#[test]
fn an_input_and_its_twin_are_one_too_many() {
    let room = Room::new();
    let file = room.file("file", "from-file");
    let flag = format!("--only-file={file}");
    let both = json(&[("only", "a"), ("only-file", &file)]);
    for (args, env) in [
        (vec!["--only=a", &flag], vec![]),
        (vec![flag.as_str()], vec![("INPUT_ONLY", "a")]),
        (vec![flag.as_str()], vec![("INPUT_NAMES", "a")]),
        (vec![], vec![("LAUNCHWAY_INPUTS", both.as_str())]),
        (vec!["--only=a"], vec![("INPUT_ONLY-FILE", file.as_str())]),
    ] {
        let message = refused(&args, &env);
        assert!(message.contains("`only` and `only-file` are both given"), "{args:?}: {message}");
    }
    assert!(refused(&[&flag, &flag], &[]).contains("given twice"));
    // Twins that a program reads itself are its own matter.
    let body = ["--only=x", "--body=a", "--body-file=b"];
    assert!(run_with(&body, &[]).unwrap().body_file.is_some());
}

#[test]
fn a_file_goes_before_what_an_action_fills_in() {
    let room = Room::new();
    let file = room.file("file", "from-file");
    let env = json(&[
        ("only", "x"),
        ("matrix", "null"),
        ("matrix-file", &file),
        ("pattern", "*"),
        ("pattern-file", &file),
    ]);
    let run = run_with(&[], &[("LAUNCHWAY_INPUTS", env.as_str())]).unwrap();
    assert_eq!(run.matrix.unwrap().as_str(), "from-file");
    assert_eq!(run.pattern, ["from-file"]);
    // A flag is given by somebody.
    assert!(
        refused(&["--only=x", "--matrix=a", "--matrix-file", &file], &[]).contains("both given")
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_input() {
    let room = Room::new();
    let folder = room.0.path().to_str().unwrap().to_owned();
    for (path, said) in [
        (room.missing(), "there is no file"),
        (folder, "is a directory"),
        (room.file("latin", b"caf\xe9"), "is not valid UTF-8"),
    ] {
        let message = refused(&["--only-file", &path], &[]);
        assert!(message.contains("`only-file`") && message.contains(said), "{message}");
        assert!(message.contains(&path), "{message}");
    }
    assert!(
        refused(&["--only=x", "--count-file", &room.file("n", "1\nmany")], &[]).contains("many")
    );
    assert!(refused(&["--only-file"], &[]).contains("--only-file"));
}

#[test]
fn help_tells_of_files_in_its_long_form() {
    let mut command = prepare(Cli::command());
    let run = command.find_subcommand_mut("run").unwrap();
    assert!(run.render_long_help().to_string().contains("--only-file <PATH>"));
    assert!(!run.render_help().to_string().contains("--only-file <PATH>"));
}
