use launchway_base::{Kind, Secret};
use proptest::prelude::*;

use super::*;

/// Does things.
#[derive(Debug, clap::Parser)]
#[command(name = "launchway-test")]
struct Cli {
    /// Say more.
    #[arg(long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Runs.
    Run(Flags),
    /// Checks.
    Check,
}

#[derive(Debug, clap::Args)]
struct Flags {
    /// The title.
    ///
    /// More of it.
    #[arg(long, short, alias = "pr-title", default_value = "Version Packages")]
    title: String,
    /// Make Releases.
    #[arg(long, default_value_t = true, alias = "createGithubReleases")]
    create_github_releases: bool,
    /// Plan only.
    #[arg(long)]
    dry_run: bool,
    /// Draft or not.
    #[arg(long)]
    draft: Option<bool>,
    /// Names.
    #[arg(long)]
    only: Vec<String>,
    /// Between tags.
    #[arg(long)]
    separator: Option<Separator>,
    /// The token.
    #[arg(long, visible_alias = "token")]
    github_token: Option<Secret>,
    /// Folders, as many as follow.
    #[arg(long, num_args(1..), hide = true)]
    among: Vec<String>,
    /// A file.
    file: Option<String>,
}

fn parse_with(args: &[&str], env: &[(&str, &str)]) -> Result<(Cli, Vec<String>), Failure> {
    let args = std::iter::once("launchway-test").chain(args.iter().copied()).map(OsString::from);
    let env = Environment::from_pairs(env.iter().copied());
    match parse::<Cli>(args.collect(), &env, &["launchway-path"])? {
        Parsed::Inputs { inputs, warnings } => Ok((inputs, warnings)),
        Parsed::Help(text) => panic!("{text}"),
    }
}

fn run_with(args: &[&str], env: &[(&str, &str)]) -> Flags {
    let args: Vec<_> = std::iter::once("run").chain(args.iter().copied()).collect();
    match parse_with(&args, env).unwrap().0.verb {
        Verb::Run(run) => run,
        Verb::Check => panic!("check"),
    }
}

fn refused(args: &[&str], env: &[(&str, &str)]) -> (String, String) {
    let failure = parse_with(args, env).unwrap_err();
    assert_eq!(failure.kind(), Kind::Input);
    (failure.to_string(), failure.hint().unwrap_or_default().to_owned())
}

#[test]
fn the_command_is_well_formed() {
    <Cli as clap::CommandFactory>::command().debug_assert();
    prepare(<Cli as clap::CommandFactory>::command()).debug_assert();
}

#[test]
fn flags_win_then_json_then_variables() {
    let json = ("LAUNCHWAY_INPUTS", r#"{"title":"json"}"#);
    let hyphen = ("INPUT_TITLE", "variable");
    assert_eq!(run_with(&["--title=flag"], &[json, hyphen]).title, "flag");
    assert_eq!(run_with(&["--title", "flag"], &[json, hyphen]).title, "flag");
    assert_eq!(run_with(&["-t", "flag"], &[]).title, "flag");
    assert_eq!(run_with(&[], &[json, hyphen]).title, "json");
    assert_eq!(run_with(&[], &[hyphen]).title, "variable");
    assert_eq!(run_with(&[], &[]).title, "Version Packages");
}

#[test]
fn a_short_flag_wins_too() {
    assert_eq!(run_with(&["-t", "flag"], &[("INPUT_TITLE", "v")]).title, "flag");
    assert_eq!(run_with(&["-tflag"], &[("INPUT_TITLE", "v")]).title, "flag");
}

#[test]
fn empty_is_not_given() {
    let json = ("LAUNCHWAY_INPUTS", r#"{"title":" ","draft":null,"only":"\n"}"#);
    let run = run_with(&["--title=", "--draft", "false"], &[json, ("INPUT_TITLE", " x ")]);
    assert_eq!((run.title.as_str(), run.draft), ("x", Some(false)));
    assert!(run.only.is_empty());
}

#[test]
fn a_flag_of_several_values_takes_all_words_up_to_the_next_flag() {
    let run = run_with(&["--among", "a", "b", "-t", "x", "--among", "c", "--", "file"], &[]);
    assert_eq!((run.among.join(" "), run.file.as_deref()), ("a b c".to_owned(), Some("file")));
    let run = run_with(&["--among=a", "file"], &[]);
    assert_eq!((run.among.join(" "), run.file.as_deref()), ("a".to_owned(), Some("file")));
}

#[test]
fn booleans_are_accepted_or_explained() {
    for (args, wanted) in [
        (&["--dry-run"][..], true),
        (&["--dry-run", "false"], false),
        (&["--dry-run=TRUE"], true),
        (&["--dry-run=False"], false),
        (&[], false),
        (&["--dry-run", "file"], true),
    ] {
        assert_eq!(run_with(args, &[]).dry_run, wanted, "{args:?}");
    }
    assert_eq!(run_with(&["--dry-run", "file"], &[]).file.as_deref(), Some("file"));
    assert!(run_with(&[], &[]).create_github_releases);
    assert!(!run_with(&[], &[("INPUT_CREATE-GITHUB-RELEASES", "false")]).create_github_releases);
    assert!(!run_with(&[], &[("INPUT_CREATE_GITHUB_RELEASES", "false")]).create_github_releases);
    assert!(run_with(&[], &[("LAUNCHWAY_INPUTS", r#"{"dry-run":true}"#)]).dry_run);
    assert!(parse_with(&["--verbose", "run"], &[]).unwrap().0.verbose);
    assert!(parse_with(&["run", "--verbose"], &[]).unwrap().0.verbose);
    for bad in ["yes", "1", "on", "tRUE"] {
        let (message, _) = refused(&["run", &format!("--dry-run={bad}")], &[]);
        assert!(message.contains(&format!("`{bad}` is not a boolean; write")), "{message}");
    }
}

#[test]
fn lists_are_one_per_line_and_repeat() {
    let run = run_with(&["--only=a\n  b \n\n", "--only", "c,d"], &[("INPUT_ONLY", "z")]);
    assert_eq!(run.only, ["a", "b", "c,d"]);
    assert_eq!(run_with(&[], &[("INPUT_ONLY", "x\r\ny\n")]).only, ["x", "y"]);
    assert_eq!(run_with(&[], &[("LAUNCHWAY_INPUTS", r#"{"only":["p","q"]}"#)]).only, ["p", "q"]);
}

#[test]
fn separators_keep_their_blanks() {
    let run = run_with(&[], &[("INPUT_SEPARATOR", " ")]);
    assert_eq!(run.separator.unwrap().as_str(), " ");
    assert_eq!(run_with(&["--separator", "\n"], &[]).separator.unwrap().as_str(), "\n");
}

#[test]
fn unknown_names_are_errors_with_the_nearest() {
    let (message, hint) = refused(&["run", "--dry-rum"], &[]);
    assert!(message.contains("`--dry-rum`") && hint.contains("`--dry-run`"), "{message} {hint}");
    let (message, hint) = refused(&["run"], &[("LAUNCHWAY_INPUTS", r#"{"titel":""}"#)]);
    assert!(message.contains("`titel`") && hint.contains("`title`"), "{message} {hint}");
    // An input of another verb is not one of this.
    assert!(parse_with(&["check"], &[("LAUNCHWAY_INPUTS", r#"{"title":"x"}"#)]).is_err());
    let foreign = ("LAUNCHWAY_INPUTS", r#"{"launchway-path":"/x"}"#);
    assert!(parse_with(&["run"], &[foreign, ("INPUT_LAUNCHWAY-PATH", "x")]).unwrap().1.is_empty());
    let (_, warnings) = parse_with(&["run"], &[("INPUT_TITEL", "x"), ("INPUT_NONE", "")]).unwrap();
    assert_eq!(warnings, ["`INPUT_TITEL` names no input; did you mean `title`?"]);
}

#[test]
fn older_names_work_with_a_warning() {
    for (args, env, name) in [
        (&["run", "--createGithubReleases=false"][..], vec![], "--createGithubReleases"),
        (
            &["run"],
            vec![("LAUNCHWAY_INPUTS", r#"{"createGithubReleases":"false"}"#)],
            "createGithubReleases",
        ),
        (&["run"], vec![("INPUT_CREATEGITHUBRELEASES", "false")], "INPUT_CREATEGITHUBRELEASES"),
    ] {
        let (cli, warnings) = parse_with(args, &env).unwrap();
        let Verb::Run(run) = cli.verb else { panic!("check") };
        assert!(!run.create_github_releases, "{name}");
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.contains(name) && warning.contains("create-github-releases"), "{warning}");
    }
    let both = ("LAUNCHWAY_INPUTS", r#"{"pr-title":"old","title":"new"}"#);
    assert_eq!(run_with(&[], &[both]).title, "new");
}

#[test]
fn other_names_are_as_good() {
    for (args, env) in [
        (&["run", "--token=a-token"][..], vec![]),
        (&["run"], vec![("LAUNCHWAY_INPUTS", r#"{"token":"a-token"}"#)]),
        (&["run"], vec![("INPUT_TOKEN", "a-token")]),
        (&["run"], vec![("LAUNCHWAY_INPUTS", r#"{"github-token":"a-token","token":"b"}"#)]),
    ] {
        let (cli, warnings) = parse_with(args, &env).unwrap();
        let Verb::Run(run) = cli.verb else { panic!("check") };
        assert_eq!(run.github_token.unwrap().expose(), "a-token");
        assert_eq!(warnings, [""; 0]);
    }
}

#[test]
fn malformed_json_quotes_nothing() {
    for bad in ["[]", "{", "secret-value", r#"{"title":{"a":"secret-value"}}"#] {
        let (message, hint) = refused(&["run"], &[("LAUNCHWAY_INPUTS", bad)]);
        assert!(message.contains("`LAUNCHWAY_INPUTS`") && !message.contains("secret-value"));
        assert!(hint.contains("toJSON"));
    }
}

#[test]
fn a_secret_is_masked_before_anything_can_fail() {
    let env = [
        ("INPUT_GITHUB-TOKEN", "ghs_inputs_test_token"),
        ("INPUT_DRY-RUN", "ghs_inputs_test_token"),
    ];
    let (message, _) = refused(&["run"], &env);
    assert!(!crate::redact(&message).contains("ghs_inputs_test_token"));
}

#[test]
fn help_and_version_end_well() {
    for (args, wanted) in [
        (&["x", "--help"][..], "Does things"),
        (&["x", "run", "-h"], "--dry-run"),
        (&["x", "--version"], VERSION),
    ] {
        let args = args.iter().map(OsString::from).collect();
        match parse::<Cli>(args, &Environment::default(), &[]).unwrap() {
            Parsed::Help(text) => assert!(text.contains(wanted), "{text}"),
            Parsed::Inputs { .. } => panic!("ran"),
        }
    }
    assert_eq!(refused(&[], &[]).0, "no command is given");
    assert!(refused(&["rum"], &[]).0.contains("rum"));
    assert!(refused(&["run", "--title"], &[]).0.contains("--title"));
    assert!(refused(&["run", "--title", "--dry-run"], &[]).0.contains("--title"));
}

#[test]
fn the_table_says_what_the_struct_says() {
    let command = <Cli as clap::CommandFactory>::command();
    let run = command.find_subcommand("run").unwrap().clone();
    let table = table(run);
    let names: Vec<_> = table.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "title",
            "create-github-releases",
            "dry-run",
            "draft",
            "only",
            "only-file",
            "separator",
            "github-token",
            "github-token-file"
        ]
    );
    let [title, releases, dry_run, draft, only, _, _, token, _] = &table[..] else {
        panic!("{table:?}")
    };
    assert_eq!(title.description, "The title.\n\nMore of it.");
    assert_eq!(
        (title.default.as_deref(), &title.older[..]),
        (Some("Version Packages"), &["pr-title".to_owned()][..])
    );
    assert_eq!((releases.boolean, releases.default.as_deref()), (true, Some("true")));
    assert_eq!((dry_run.boolean, dry_run.default.as_deref()), (true, Some("false")));
    assert_eq!((draft.boolean, draft.default.as_deref(), draft.required), (true, None, false));
    assert!(only.list && token.secret);
    assert_eq!((&token.other[..], &token.older[..]), (&["token".to_owned()][..], &[][..]));
    let verbatim = clap::Arg::new("text").long("text").action(ArgAction::Append);
    let command = clap::Command::new("x").arg(verbatim.value_parser(clap::value_parser!(Verbatim)));
    assert!(!super::table(command)[0].list, "lines of such a text are not its items");
}

proptest! {
    #[test]
    fn any_text_arrives_as_it_is(text in "(?s).{0,60}") {
        let wanted = if text.trim().is_empty() { "Version Packages" } else { text.trim() };
        let json = serde_json::json!({ "title": text }).to_string();
        prop_assert_eq!(&run_with(&[], &[("LAUNCHWAY_INPUTS", &json)]).title, wanted);
        prop_assert_eq!(&run_with(&[], &[("INPUT_TITLE", &text)]).title, wanted);
        prop_assert_eq!(&run_with(&[&format!("--title={text}")], &[]).title, wanted);
    }

    #[test]
    fn the_strongest_source_wins(flag in "[a-c]{0,1}", json in "[d-f]{0,1}", variable in "[g-i]{0,1}") {
        let inputs = serde_json::json!({ "title": json }).to_string();
        let env = [("LAUNCHWAY_INPUTS", inputs.as_str()), ("INPUT_TITLE", variable.as_str())];
        let run = run_with(&[&format!("--title={flag}")], &env);
        let wanted = [&flag, &json, &variable].into_iter().find(|v| !v.is_empty());
        prop_assert_eq!(run.title, wanted.map_or("Version Packages", String::as_str));
    }
}
