use std::fs;
use std::path::PathBuf;

use launchway_base::Kind;
use proptest::prelude::*;

use super::*;

fn request(config: Option<&Path>) -> Request<'_> {
    Request {
        config,
        preset: None,
        workdir: None,
        here: Path::new("/nowhere"),
        allows_unknown_keys: false,
    }
}

/// Reads a text as the file `cliff.EXTENSION` in the working directory.
fn read_as(extension: &str, text: &str, allows_unknown_keys: bool) -> Result<Loaded, Failure> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(format!("cliff.{extension}"));
    fs::write(&file, text).unwrap();
    load(&Request { here: dir.path(), allows_unknown_keys, ..request(Some(&file)) })
}

fn refused(extension: &str, text: &str) -> (String, String, String) {
    let failure = read_as(extension, text, false).unwrap_err();
    assert_eq!(failure.kind(), Kind::Input, "{failure}");
    let place = failure.location().unwrap().to_string();
    let said = failure.chain().replace(&format!("`cliff.{extension}`"), "`cliff`");
    (said, place, failure.hint().unwrap_or_default().to_owned())
}

#[test]
fn unknown_keys_are_refused_with_their_place_and_the_right_one() {
    for (text, message, place, hint) in [
        (
            "[changelog]\nbdy = 'x'\n",
            "unknown key `changelog.bdy` in `cliff`",
            "cliff.toml:2:1",
            "did you mean `body`?",
        ),
        (
            "[chagelog]\nbody = 'x'\n",
            "unknown key `chagelog` in `cliff`",
            "cliff.toml:1:2",
            "did you mean `changelog`?",
        ),
        (
            "[git]\ncommit-parsers = []\n",
            "unknown key `git.commit-parsers` in `cliff`",
            "cliff.toml:2:1",
            "did you mean `commit_parsers`?",
        ),
        (
            "[git]\ntrim = true\n",
            "unknown key `git.trim` in `cliff`",
            "cliff.toml:2:1",
            "did you mean `changelog.trim`?",
        ),
        (
            "tag_pattern = 'v.*'\n",
            "unknown key `tag_pattern` in `cliff`",
            "cliff.toml:1:1",
            "did you mean `git.tag_pattern`?",
        ),
        (
            "[git]\ncommit_parsers = [\n  { message = 'a', group = 'b' },\n  { mesage = 'a', group = 'b' },\n]\n",
            "unknown key `git.commit_parsers.mesage` in `cliff`",
            "cliff.toml:4:5",
            "did you mean `message`?",
        ),
        (
            "[[git.link_parsers]]\npattern = 'a'\nherf = 'b'\n",
            "unknown key `git.link_parsers.herf` in `cliff`",
            "cliff.toml:3:1",
            "did you mean `href`?",
        ),
        (
            "[[git.commit_preprocessors]]\npattern = 'a'\nreplase = 'b'\n",
            "unknown key `git.commit_preprocessors.replase` in `cliff`",
            "cliff.toml:3:1",
            "did you mean `replace`?",
        ),
        (
            "[changelog]\r\npostprocessors = [{ patern = 'a' }]\r\n",
            "unknown key `changelog.postprocessors.patern` in `cliff`",
            "cliff.toml:2:21",
            "did you mean `pattern`?",
        ),
        (
            "[remote.githup]\nowner = 'a'\n",
            "unknown key `remote.githup` in `cliff`",
            "cliff.toml:1:9",
            "did you mean `github`?",
        ),
        (
            "[remote.github]\nowne = 'a'\n",
            "unknown key `remote.github.owne` in `cliff`",
            "cliff.toml:2:1",
            "did you mean `owner`?",
        ),
        (
            "[remote.github]\nis_custom = true\n",
            "unknown key `remote.github.is_custom` in `cliff`",
            "cliff.toml:2:1",
            "remove it; `--allow-unknown-keys` passes over it",
        ),
        (
            "[bump]\ninital_tag = 'a'\n",
            "unknown key `bump.inital_tag` in `cliff`",
            "cliff.toml:2:1",
            "did you mean `initial_tag`?",
        ),
        (
            "[bump]\n\"ä\" = 1\n",
            "unknown key `bump.ä` in `cliff`",
            "cliff.toml:2:1",
            "remove it; `--allow-unknown-keys` passes over it",
        ),
        (
            "[git]\na_b = 1\nc_d = 2\n[bump]\nx_y=3\n",
            "unknown key `git.a_b` in `cliff`, and `git.c_d` in line 3, `bump.x_y` in line 5",
            "cliff.toml:2:1",
            "remove it; `--allow-unknown-keys` passes over it",
        ),
    ] {
        let found = refused("toml", text);
        assert_eq!((found.0.as_str(), found.1.as_str()), (message, place), "{text}");
        assert_eq!(found.2, hint, "{text}");
    }
}

#[test]
fn keys_of_other_tables_and_of_yaml_are_named_too() {
    let found = refused("toml", "[git]\ntrimm = 1\n");
    assert_eq!(found.2, "did you mean `changelog.trim`?");
    let found = refused("yaml", "git:\n  commit_parsers:\n    - message: a\n      gruop: b\n");
    assert_eq!(found.1, "cliff.yaml:4:7");
    assert_eq!(found.2, "did you mean `group`?");
}

#[test]
fn what_the_library_reads_leniently_stays_allowed() {
    for (extension, text) in [
        ("toml", ""),
        ("toml", "\u{feff}[changelog]\ntrim = 'yes'\n"),
        ("toml", "[changelog]\ntrim = 0\nformat = 'on'\n[git]\nlimit_tags = '3'\n"),
        ("toml", "'changelog.trim' = false\n"),
        ("yaml", "changelog.trim: no\n"),
        ("yml", "git:\n  filter_commits: 'true'\n"),
        ("toml", "[remote.github]\nowner = 'a'\nrepo = 'b'\ntoken = 'c'\nhttp_timeout = '5s'\n"),
        ("toml", "[git]\nprocessing_order = ['split_commits']\n[bump]\nbump_type = 'minor'\n"),
    ] {
        let loaded = read_as(extension, text, false);
        assert!(loaded.is_ok(), "{text}: {}", loaded.unwrap_err().chain());
    }
}

#[test]
fn values_that_mean_nothing_are_refused_with_their_place() {
    for (text, message, place, hint) in [
        (
            "[changelog]\n\ntrim = 'maybe'\n",
            "`changelog.trim` in `cliff` is string \"maybe\", and has to be a boolean",
            "cliff.toml:3:1",
            "",
        ),
        (
            "[git]\nlimit_tags = -1\n",
            "`git.limit_tags` in `cliff` is 64-bit integer `-1`, and has to be a whole number, 0 or more",
            "cliff.toml:2:1",
            "",
        ),
        (
            "[git]\ncommit_parsers = [\n { message = '^a' },\n { message = '(b' } ]\n",
            "`git.commit_parsers[1].message` in `cliff` is no regular expression: unclosed group",
            "cliff.toml:4:4",
            "",
        ),
        (
            "[git]\ntag_pattern = '['\n",
            "`git.tag_pattern` in `cliff` is no regular expression: unclosed character class",
            "cliff.toml:2:1",
            "",
        ),
        (
            "[git]\ninclude_paths = ['a', 'b***']\n",
            "`git.include_paths` in `cliff` is no pattern of paths: Pattern syntax error near position 3: wildcards are either regular `*` or recursive `**`",
            "cliff.toml:2:1",
            "",
        ),
        (
            "[git]\nlink_parsers = [{ pattern = 'a' }]\n",
            "`git.link_parsers[0].href` in `cliff` is missing",
            "cliff.toml:2:17",
            "add it",
        ),
        (
            "[git]\nprocessing_order = ['split_comits']\n",
            "`git.processing_order[0]` in `cliff` is `split_comits`, which it cannot be",
            "cliff.toml:2:21",
            "did you mean `split_commits`?",
        ),
        (
            "[bump]\nbump_type = 'enormous'\n",
            "`bump.bump_type` in `cliff` is `enormous`, which it cannot be",
            "cliff.toml:2:1",
            "write one of `major`, `minor`, `patch`",
        ),
        (
            "[remote.github]\nowner = 'a'\nrepo = 'b'\nhttp_timeout = 'soon'\n",
            "`remote.github.http_timeout` in `cliff` cannot be read: invalid value: string \"soon\", expected a duration",
            "cliff.toml:4:1",
            "",
        ),
        (
            "[remote.github]\nowner = 'a'\n",
            "`remote.github.repo` in `cliff` is missing",
            "cliff.toml:1:9",
            "add it",
        ),
        (
            "[changelog]\ntrim = \n",
            "cannot read the configuration `cliff`: string values must be quoted, expected literal string",
            "cliff.toml:2:8",
            "",
        ),
        ("git = 3\n", "`git` in `cliff` cannot be read", "cliff.toml:1:1", ""),
    ] {
        let found = refused("toml", text);
        assert!(found.0.starts_with(message), "{text}: {found:?}");
        assert_eq!((found.1.as_str(), found.2.as_str()), (place, hint), "{text}");
    }
    let found = refused("yaml", "git:\n  tag_pattern: '('\n");
    assert_eq!(found.1, "cliff.yaml:2:3");
    let found = refused("yaml", "git:\n  a: [1\nb: 2\n");
    assert!(found.1.starts_with("cliff.yaml:3"), "{found:?}");
}

#[test]
fn what_variables_hold_is_never_said() {
    for (text, variable) in [
        ("[remote]\ngithub = 'hidden'\n", "GIT_CLIFF__REMOTE__GITHUB"),
        ("[changelog]\ntrim = 'hidden'\n", "GIT_CLIFF__CHANGELOG__TRIM"),
        ("[bump]\nbump_type = 'hidden'\n", "GIT_CLIFF__BUMP__BUMP_TYPE"),
        (
            "[remote.github]\nowner = 'a'\nrepo = 'b'\nhttp_timeout = 'hidden'\n",
            "GIT_CLIFF__REMOTE__GITHUB__HTTP_TIMEOUT",
        ),
        ("[git]\ntag_pattern = '\\hidden'\n", "GIT_CLIFF__GIT__TAG_PATTERN"),
    ] {
        let error = text.parse::<Config>().unwrap_err();
        let about = About { name: "`x`", file: Some("x"), text, tree: None };
        let failure = wrong::explain(error, &about, &|name| name == variable);
        assert!(
            failure.chain().starts_with(&format!("environment variable `{variable}` ")),
            "{failure}"
        );
        assert!(!failure.chain().contains("hidden"), "{}", failure.chain());
        assert_eq!(failure.location(), None);
    }
}

#[test]
fn a_file_of_another_format_is_refused_with_the_ones_there_are() {
    let failure = read_as("json", "{}", false).unwrap_err();
    assert_eq!(failure.kind(), Kind::Input);
    assert_eq!(failure.hint(), Some("write it as `cliff.toml` or `cliff.yaml`"));
}

#[test]
fn messages_stay_short_whatever_stands_there() {
    let long = "x".repeat(100_000);
    for text in [
        format!("[git]\n{long} = 1\n"),
        format!("[changelog]\ntrim = '{long}'\n"),
        format!("[bump]\nbump_type = '{long}'\n"),
        format!("[git]\ntag_pattern = '({long}'\n"),
    ] {
        let found = refused("toml", &text);
        assert!(found.0.len() < 400 && found.2.len() < 400, "{} {}", found.0.len(), found.2.len());
    }
}

#[test]
fn allowed_unknown_keys_are_warnings() {
    let loaded = read_as("toml", "[git]\nfilter_comits = 1\n[bump]\nx_y = 1\n", true).unwrap();
    assert_eq!(loaded.warnings.len(), 2);
    let warning = loaded.warnings.first().unwrap();
    assert!(warning.starts_with("unknown key `git.filter_comits`"), "{warning}");
    assert!(warning.ends_with("line 2; did you mean `filter_commits`?"), "{warning}");
    let many: Vec<String> = (0..50).map(|at| format!("key_{at} = 1")).collect();
    let many = many.join("\n");
    assert!(read_as("toml", &many, true).unwrap().warnings.len() < 10);
}

#[test]
fn variables_that_name_no_key_are_told() {
    let said = keys::environment(
        [
            "GIT_CLIFF__GIT__TAG_PATTERN",
            "GIT_CLIFF__REMOTE__GITHUB__TOKEN",
            "git_cliff__changelog__trim",
            "GIT_CLIFF_CONFIG",
            "GIT_CLIFF__GIT__TAG_PATERN",
            "GIT_CLIFF__GIT__TRIM",
            "HOME",
        ]
        .map(str::to_owned),
    );
    assert_eq!(
        said,
        [
            "environment variable `GIT_CLIFF__GIT__TAG_PATERN` names no key of the configuration; did you mean `GIT_CLIFF__GIT__TAG_PATTERN`?",
            "environment variable `GIT_CLIFF__GIT__TRIM` names no key of the configuration; did you mean `GIT_CLIFF__CHANGELOG__TRIM`?",
        ]
    );
}

#[test]
fn manifests_are_read_with_their_own_places() {
    let text = "[package]\nname = 'a'\n\n[package.metadata.other]\nx = 1\n\n[package.metadata.git-cliff.git]\nfilter_comits = 1\n[workspace.metadata.git-cliff.bump]\nfoo_bar = 1\n";
    let found: Vec<_> = keys::unknown(&manifest::keys(text).unwrap())
        .into_iter()
        .map(|key| (key.path, key.place.resolve(text)))
        .collect();
    assert_eq!(
        found,
        [("bump.foo_bar".to_owned(), (10, 1)), ("git.filter_comits".to_owned(), (8, 1))]
    );
    let text = "[tool.git-cliff.changelog]\nbody = 'x'\n[[tool.git-cliff.git.commit_parsers]]\n  [tool.git-cliff.git]\n[tool.git-cliff]\n";
    assert_eq!(manifest::passed_over(text), [3, 4, 5]);
}

#[test]
fn everything_that_is_brought_along_loads() {
    for name in BuiltinConfig::list() {
        let name = PathBuf::from(name);
        load(&request(Some(&name)))
            .unwrap_or_else(|failure| panic!("{name:?}: {}", failure.chain()));
    }
    for name in crate::presets::NAMES {
        let loaded = load(&Request { preset: Some(name), ..request(None) });
        let loaded = loaded.unwrap_or_else(|failure| panic!("{name}: {}", failure.chain()));
        assert_eq!(loaded.warnings, [""; 0]);
    }
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/configs");
    for entry in fs::read_dir(configs).unwrap() {
        let path = entry.unwrap().path();
        load(&request(Some(&path)))
            .unwrap_or_else(|failure| panic!("{path:?}: {}", failure.chain()));
    }
}

/// Where every key can stand, as the lines before it.
fn places() -> Vec<(String, &'static str)> {
    let shape = schema::Shape::whole();
    let mut places = Vec::new();
    for section in shape.keys() {
        places.push((String::new(), section));
        for key in shape.get(section).unwrap().keys() {
            places.push((format!("[{section}]"), key));
            let inner = shape.get(section).unwrap().get(key).unwrap();
            let list = matches!(inner, schema::Shape::List(_));
            for field in inner.element().keys() {
                let header = format!("{section}.{key}");
                let header = if list { format!("[[{header}]]") } else { format!("[{header}]") };
                places.push((header, field));
            }
        }
    }
    places
}

proptest! {
    #[test]
    fn a_slip_of_the_finger_is_refused_and_the_key_named(
        at in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let places: Vec<_> = places().into_iter().filter(|(_, key)| key.len() > 4).collect();
        let (header, key) = &places[at.index(places.len())];
        let mut mangled = (*key).to_owned();
        mangled.remove(cut.index(key.len()));
        prop_assume!(mangled != "footer" && !places.iter().any(|place| place.1 == mangled));
        let text = format!("{header}\n{mangled} = 'x'\n");
        let found = refused("toml", &text);
        prop_assert_eq!(&found.1, "cliff.toml:2:1", "{}", text);
        prop_assert_eq!(&found.2, &format!("did you mean `{key}`?"), "{}", text);
    }
}
