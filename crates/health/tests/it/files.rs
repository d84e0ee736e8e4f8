//! Inputs that come from files.

use std::fs;
use std::path::PathBuf;

use launchway_testkit::Scrubbed;
use launchway_testkit::target::{Act, Target};
use tempfile::TempDir;

use crate::checker::{PROGRAM, check, report};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn targets_come_from_lists_and_files_together() {
    let (one, two, three) = (Target::start(200), Target::start(200), Target::start(200));
    let folder = Folder::new();
    let listed = format!(
        "\u{feff}# the shop\r\n\r\n  one = {}  \r\n  # and more\r\n{}\r\n",
        one.url("/#x"),
        two.url("/")
    );
    let run = check(&[
        ("url-file", &folder.file("urls", listed)),
        ("targets", &format!("three={}", three.url("/"))),
        ("mode", "once"),
    ]);
    assert_eq!(run.exit_code, 0, "{}", run.log);
    let names: Vec<_> = report(&run)["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["three", "one", &two.url("/")]);
    assert_eq!([one.count(), two.count(), three.count()], [1, 1, 1]);
}

#[test]
fn headers_and_body_come_from_files() {
    let target = Target::start(Act::ok("up"));
    let folder = Folder::new();
    let body = [0_u8, 255, b'\n', b' '];
    let run = check(&[
        ("url", &target.url("/")),
        ("mode", "once"),
        ("method", "POST"),
        ("headers", "X-One: 1"),
        ("headers-file", &folder.file("headers", "X-Two: 2\r\nX-Three: a: b\r\n")),
        ("body-file", &folder.file("body", body)),
    ]);
    assert_eq!(run.exit_code, 0, "{}", run.log);
    let asked = &target.requests()[0];
    assert_eq!((asked.method.as_str(), &asked.body[..]), ("POST", &body[..]));
    for (name, value) in [("x-one", "1"), ("x-two", "2"), ("x-three", "a: b")] {
        assert_eq!(asked.header(name), Some(value), "{}", asked.head);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_bad_input() {
    let target = Target::start(200);
    let folder = Folder::new();
    let text = folder.file("latin", b"caf\xe9");
    let here = folder.0.path().to_str().unwrap();
    let missing = folder.0.path().join("missing");
    for (input, path) in [
        ("url-file", missing.to_str().unwrap()),
        ("headers-file", missing.to_str().unwrap()),
        ("body-file", missing.to_str().unwrap()),
        ("url-file", here),
        ("headers-file", here),
        ("body-file", here),
        ("url-file", &text),
        ("headers-file", &text),
    ] {
        let run = check(&[("url", &target.url("/")), ("mode", "once"), (input, path)]);
        assert_eq!(run.exit_code, 2, "{input} {path}\n{}", run.log);
        assert!(run.log.contains(&format!("`{input}`")), "{}", run.log);
        assert_eq!(target.count(), 0);
    }
    // An empty list names nothing, and nothing else does.
    let run = check(&[("url-file", &folder.file("empty", "# nothing\n\n"))]);
    assert_eq!(run.exit_code, 2, "{}", run.log);
    assert!(run.log.contains("no target is given"), "{}", run.log);
}

#[cfg(unix)]
#[test]
fn a_report_on_the_standard_output_does_not_replace_the_log() {
    let target = Target::start(200);
    let folder = Folder::new();
    let log = folder.0.path().join("log");
    let out = fs::File::create(&log).unwrap();
    let done = Scrubbed::new(PROGRAM)
        .args(["--url", &format!("shop={}", target.url("/")), "--report-file", "/dev/stdout"])
        .command()
        .stdout(out)
        .status()
        .unwrap();
    assert!(done.success());
    let text = fs::read_to_string(&log).unwrap();
    let parts = ["shop: 200, as expected", "\"verdict\": \"healthy\"", "healthy  shop  200"];
    let places: Vec<_> = parts.iter().map(|part| text.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {text}");
}
