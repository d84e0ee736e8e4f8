use std::fs;
use std::path::Path;

use launchway_base::Kind;

use super::*;
use crate::config::{Request, load};
use crate::model::{Release, Remotes};
use crate::render::Scene;

fn loaded(extension: &str, text: &str) -> Loaded {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(format!("cliff.{extension}"));
    fs::write(&file, text).unwrap();
    load(&Request {
        config: Some(&file),
        preset: None,
        workdir: None,
        here: dir.path(),
        allows_unknown_keys: false,
    })
    .unwrap()
}

/// Renders one release with one commit over a configuration.
fn rendered(loaded: &Loaded, config: &Config, body_from: Option<&str>) -> Failure {
    let commit = git_cliff_core::commit::Commit::new("abc".to_owned(), "feat: x".to_owned());
    let release =
        Release { commits: vec![commit.into_conventional().unwrap()], ..Release::default() };
    let remotes = Remotes::new();
    let scene = Scene { releases: &[release], config, remotes: &remotes };
    let error = check(config).and_then(|()| scene.changelog()).unwrap_err();
    explain(&error, config, loaded, body_from)
}

fn refused(extension: &str, text: &str) -> (String, String, String) {
    let loaded = loaded(extension, text);
    let failure = rendered(&loaded, &loaded.config, None);
    assert_eq!(failure.kind(), Kind::Input);
    let place = failure.location().unwrap().to_string();
    (failure.chain(), place, failure.hint().unwrap_or_default().to_owned())
}

#[test]
fn names_that_are_not_there_are_told_with_their_place() {
    for (text, message, place, hint) in [
        (
            "[changelog]\nbody = \"\"\"\na\n{{ versoin }}\n\"\"\"\n",
            "body template: there is no variable `versoin`",
            "cliff.toml:4:4",
            "did you mean `version`?",
        ),
        (
            "[changelog]\nbody = '{{ versoin }}'\n",
            "body template: there is no variable `versoin`",
            "cliff.toml:2:12",
            "did you mean `version`?",
        ),
        (
            "[changelog]\nbody = \"\"\"{% if commits %}\\\n    a\\\n\n  b {{ comits }}{% endif %}\n\"\"\"\n",
            "body template: there is no variable `comits`",
            "cliff.toml:5:8",
            "did you mean `commits`?",
        ),
        (
            "[changelog]\nbody = \"a\\n\\u00e4{{ comits }}\"\n",
            "body template: there is no variable `comits`",
            "cliff.toml:2:21",
            "did you mean `commits`?",
        ),
        (
            "[changelog]\r\nbody = '''\r\na\r\n  {{ comits }}\r\n'''\r\ntrim = true\r\n",
            "body template: there is no variable `comits`",
            "cliff.toml:4:6",
            "did you mean `commits`?",
        ),
        (
            "[changelog]\nbody = '''\n{% for commit in commits %}\n- {{ commit.mesage }}\n{% endfor %}\n'''\n",
            "body template: there is no variable `commit.mesage`",
            "cliff.toml:4:6",
            "did you mean `commit.message`?",
        ),
        (
            "[changelog]\nbody = '''\n{% for commit in commits %}\n- {{ comit.message }}\n{% endfor %}\n'''\n",
            "body template: there is no variable `comit.message`",
            "cliff.toml:4:6",
            "did you mean `commit.message`?",
        ),
        (
            "[changelog]\nbody = '{{ commits[0].remote.username }}'\n",
            "body template: there is no variable `commits[0].remote.username`",
            "cliff.toml:2:12",
            "it has no value here: write `{% if commits[0].remote.username %}` around it",
        ),
        (
            "[changelog]\nheader = '{{ commits }}'\nbody = ''\n",
            "header template: there is no variable `commits`",
            "cliff.toml:2:14",
            "there are `releases`, `commit_parsers_groups`, `remote`",
        ),
        (
            "[changelog]\nbody = ''\nfooter = \"\"\"\n\n{{ releses }}\"\"\"\n",
            "footer template: there is no variable `releses`",
            "cliff.toml:5:4",
            "did you mean `releases`?",
        ),
    ] {
        let found = refused("toml", text);
        assert_eq!(
            (found.0.as_str(), found.1.as_str(), found.2.as_str()),
            (message, place, hint),
            "{text}"
        );
    }
}

#[test]
fn calls_that_fail_are_told_with_their_place() {
    for (text, message, place, hint) in [
        (
            "[changelog]\nbody = '''\ncommits\n{{ commits | legnth }}'''\n",
            "body template: there is no filter `legnth`",
            "cliff.toml:4:14",
            "did you mean `length`?",
        ),
        (
            "[changelog]\nbody = '{% if commits is defind %}{% endif %}'\n",
            "body template: there is no test `defind`",
            "cliff.toml:2:26",
            "did you mean `defined`?",
        ),
        (
            "[changelog]\nbody = '{{ nowe() }}'\n",
            "body template: there is no function `nowe`",
            "cliff.toml:2:12",
            "did you mean `now`?",
        ),
        (
            "[changelog]\nbody = '{{ zzzzz() }}'\n",
            "body template: there is no function `zzzzz`",
            "cliff.toml:2:12",
            "there are `get_env`, `get_random`, `now`, `range`, `throw`",
        ),
        (
            "[changelog]\nbody = '{% include \"x\" %}'\n",
            "body template: it includes another template, and there is none",
            "cliff.toml:2:12",
            "",
        ),
        (
            "[changelog]\nbody = '''\n\n{{ version | upper_first }}'''\n",
            "body template: filter `upper_first` was called on an incorrect value: got `null` but expected a String (value)",
            "cliff.toml:4:14",
            "",
        ),
        (
            "[changelog]\nbody = '''\na\n{{ version + 1 }}'''\n",
            "body template: variable `version` was used in a math operation but is not a number",
            "cliff.toml:4:4",
            "",
        ),
    ] {
        let found = refused("toml", text);
        assert_eq!(
            (found.0.as_str(), found.1.as_str(), found.2.as_str()),
            (message, place, hint),
            "{text}"
        );
    }
}

#[test]
fn texts_that_are_no_templates_are_told_with_their_place() {
    for (text, place) in [
        ("[changelog]\nbody = \"\"\"\na\nb {% if x %}\n  {{ y \n\"\"\"\n", "cliff.toml:5:7"),
        ("[changelog]\ntrim = false\nbody = '{{ a b }}'\n", "cliff.toml:3:14"),
        ("[changelog]\ntrim = true\nbody = '''\n   {{ a b }}\n'''\n", "cliff.toml:4:9"),
        ("[changelog]\nbody = ''\nfooter = '{% endfor %}'\n", "cliff.toml:3:"),
    ] {
        let found = refused("toml", text);
        assert!(found.0.contains("template: it cannot be read: expected "), "{found:?}");
        assert!(!found.0.contains('\n'), "{found:?}");
        assert!(found.1.starts_with(place), "{text}: {found:?}");
    }
    let found = refused("yaml", "changelog:\n  body: |\n    a\n    {{ versoin }}\n");
    assert_eq!(found.1, "cliff.yaml:4");
    let found = refused("yaml", "changelog:\n  body: '{{ versoin }}'\n");
    assert_eq!(found.1, "cliff.yaml:2");
}

#[test]
fn a_body_from_elsewhere_is_told_as_such() {
    let loaded = loaded("toml", "[changelog]\nbody = 'x'\n");
    let mut config = loaded.config.clone();
    config.changelog.body = "a\n{{ versoin }}".to_owned();
    let failure = rendered(&loaded, &config, Some("--body"));
    assert_eq!(
        failure.chain(),
        "body template of `--body`, line 2: there is no variable `versoin`"
    );
    assert_eq!(failure.location(), None);
    let failure = rendered(&loaded, &config, Some("templates/body.md"));
    assert_eq!(failure.location().unwrap().to_string(), "templates/body.md:2:4");
    let failure = rendered(&loaded, &config, None);
    assert!(
        failure.chain().contains("`GIT_CLIFF__CHANGELOG__BODY`, line 2"),
        "{}",
        failure.chain()
    );
    let source = crate::config::Source::Preset("github".to_owned());
    let text = "[changelog]\nbody = '''\n{{ versoin }}'''\n";
    let preset = Loaded { file: None, source, ..self::loaded("toml", text) };
    let failure = rendered(&preset, &preset.config, None);
    assert_eq!(
        failure.chain(),
        "body template of preset `github`, line 3: there is no variable `versoin`"
    );
}

#[test]
fn messages_stay_short_whatever_stands_there() {
    let long = "x".repeat(100_000);
    for template in [
        format!("{{{{ {long} }}}}"),
        format!("{{{{ commits | {long} }}}}"),
        format!("{{{{ {long} {long} }}}}"),
        format!("{{{{ throw(message='{long}') }}}}"),
        format!("{{% if version is {long} %}}{{% endif %}}"),
        format!("{{{{ '{long}' | date }}}}"),
    ] {
        let found = refused("toml", &format!("[changelog]\nbody = \"{template}\"\n"));
        assert!(found.0.len() < 400 && found.2.len() < 1000, "{} {}", found.0.len(), found.2.len());
    }
}

#[test]
fn every_name_is_known_to_the_engine() {
    let mut tera = tera::Tera::default();
    crate::render::filters::register(&mut tera);
    for name in FILTERS.iter().filter(|name| !["default", "safe"].contains(name)) {
        assert!(tera.get_filter(name).is_ok(), "{name}");
    }
    assert!(TESTS.iter().all(|name| tera.get_tester(name).is_ok()));
    assert!(FUNCTIONS.iter().all(|name| tera.get_function(name).is_ok()));
    for name in ["version", "commits", "statistics", "github", "extra"] {
        assert!(roots(Which::Body).iter().any(|known| known == name), "{name}");
    }
    for name in [
        "message",
        "breaking_description",
        "pr_number",
        "separator",
        "href",
        "additions",
        "days_passed_since_last_release",
        "owner",
        "from",
    ] {
        assert!(fields().iter().any(|known| known == name), "{name}");
    }
}

#[test]
fn presets_and_built_in_configurations_are_templates() {
    let names = git_cliff_core::embed::BuiltinConfig::list();
    let built_in = names.iter().map(|name| (Some(Path::new(name.as_str())), None));
    let presets = crate::presets::NAMES.map(|name| (None, Some(name)));
    for (config, preset) in built_in.chain(presets) {
        let request = Request {
            config,
            preset,
            workdir: None,
            here: Path::new("/nowhere"),
            allows_unknown_keys: false,
        };
        assert!(check(&load(&request).unwrap().config).is_ok(), "{config:?} {preset:?}");
    }
}
