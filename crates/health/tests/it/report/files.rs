//! Where reports are written, and what happens where they cannot be.

use std::fs;
use std::path::Path;

use launchway_health::inputs::Mode;
use launchway_health::reason::Reason;
use launchway_health::report::files::Places;
use launchway_health::report::finish;
use launchway_runtime::{Environment, ProgramInfo, Session};
use serde_json::Value;

use super::samples::{bad, good, outcome, report, run};
use super::schema;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn nowhere() -> Environment {
    Environment::from_pairs([("A", "1")])
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn both_are_written_whole_into_folders_that_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let (json, xml) = (folder.path().join("a/b/health.json"), folder.path().join("c/junit.xml"));
    let places = Places::prepare(Some(text(&json)), Some(text(&xml)), &nowhere()).unwrap();
    assert!(!json.exists() && !xml.exists(), "nothing is written yet");
    let (run, outcomes) = (run(Mode::Once), [outcome("api", [good(1, 1)])]);
    for _ in 0..2 {
        places.write_json(&report(&run, &outcomes)).unwrap();
        places.write_junit(&report(&run, &outcomes)).unwrap();
        let found: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
        schema::hold(&found);
        roxmltree::Document::parse(&fs::read_to_string(&xml).unwrap()).unwrap();
    }
    assert_eq!(names(json.parent().unwrap()), ["health.json"]);
    assert_eq!(names(xml.parent().unwrap()), ["junit.xml"]);
    assert_eq!(places.report(), json.to_str());
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_anything_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let under = file.join("report.json");
    for place in [folder.path(), &under] {
        for (json, xml, input) in
            [(Some(text(place)), None, "report-file"), (None, Some(text(place)), "junit-file")]
        {
            let failure = Places::prepare(json, xml, &nowhere()).unwrap_err();
            assert_eq!(failure.kind().code(), 2);
            let message = failure.to_string();
            assert!(message.contains(input) && message.contains(text(place)), "{message}");
        }
    }
    let same = Places::prepare(Some(text(&file)), Some(text(&file)), &nowhere()).unwrap_err();
    assert!(same.to_string().contains("both"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(unix)]
#[test]
fn one_file_in_two_spellings_is_one() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let prepare = |one: &Path, other: &Path| {
        Places::prepare(Some(text(one)), Some(text(other)), &nowhere()).map_err(|e| e.to_string())
    };
    fs::write(path("file"), "mine").unwrap();
    fs::create_dir(path("sub")).unwrap();
    symlink(path("file"), path("link")).unwrap();
    for (one, other) in [
        ("file", "./sub/../file"),
        ("file", "link"),
        ("link", "file"),
        ("new", "./new"),
        ("made/new", "made/./new"),
    ] {
        let error = prepare(&path(one), &path(other)).unwrap_err();
        assert!(error.contains("both"), "{one} {other}: {error}");
    }
    prepare(&path("file"), &path("sub/file")).unwrap();
    prepare(Path::new("/dev/null"), Path::new("/dev/null")).unwrap();
    // Seen before anything is looked at, not when the report is lost.
    symlink(path("no/where"), path("lost")).unwrap();
    assert!(prepare(&path("lost"), &path("new")).unwrap_err().contains("lost"));
}

#[test]
fn a_workflow_has_a_report_of_its_own_unless_a_place_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let env = |temp: &Path| {
        Environment::from_pairs([("GITHUB_ACTIONS", "true"), ("RUNNER_TEMP", text(temp))])
    };
    let two = [(); 2].map(|()| Places::prepare(None, None, &env(folder.path())).unwrap());
    let paths = two.each_ref().map(|places| places.report().unwrap().to_owned());
    assert_ne!(paths[0], paths[1]);
    assert_eq!(Path::new(&paths[0]).parent(), Some(folder.path()));
    assert!(names(folder.path()).is_empty());

    let given =
        Places::prepare(Some(text(&folder.path().join("r.json"))), None, &env(folder.path()));
    assert!(given.unwrap().report().unwrap().ends_with("r.json"));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(Places::prepare(None, None, &env(&file)).unwrap().report(), None);
    assert_eq!(Places::prepare(Some(""), None, &nowhere()).unwrap().report(), None);
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(unix)]
#[test]
fn links_are_written_through_and_devices_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let places = Places::prepare(Some(text(&link)), Some("/dev/null"), &nowhere()).unwrap();
    let (run, outcomes) = (run(Mode::Once), [outcome("api", [good(1, 1)])]);
    places.write_json(&report(&run, &outcomes)).unwrap();
    places.write_junit(&report(&run, &outcomes)).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("\"healthy\""));
    assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
}

#[test]
fn what_cannot_be_written_at_the_end_hides_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("r/report.json");
    let places = Places::prepare(Some(text(&place)), None, &nowhere()).unwrap();
    // A folder where the file is to be.
    fs::create_dir_all(place.join("x")).unwrap();
    let (outputs, page) = (folder.path().join("outputs"), folder.path().join("page"));
    let env = || {
        Environment::from_pairs([
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_OUTPUT", text(&outputs)),
            ("GITHUB_STEP_SUMMARY", text(&page)),
        ])
    };
    let log = folder.path().join("log");
    let end = |outcomes: &[_]| {
        let out = Box::new(fs::File::create(&log).unwrap());
        let info = ProgramInfo::new("launchway-health");
        let session = Session::with_writers(info, env(), out, Box::new(std::io::sink()));
        finish(&session, &report(&run(Mode::Once), outcomes), &places)
    };
    let failure = end(&[outcome("api", [good(1, 1)])]).unwrap_err();
    assert_eq!(failure.kind().code(), 2);
    let written = fs::read_to_string(&outputs).unwrap();
    assert!(written.contains("healthy<<") && written.contains("\ntrue\n"), "{written}");
    assert!(fs::read_to_string(&page).unwrap().contains("✅"));

    let refused = bad(1, Reason::ConnectionRefused, "refused");
    assert_eq!(end(&[outcome("api", [refused])]).unwrap(), 1);
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.contains("::error title=api is not healthy%3A connection_refused::"), "{log}");
    assert!(log.contains("::error title=launchway-health::cannot write `report-file`"), "{log}");
}
