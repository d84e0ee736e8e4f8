//! Real uv, and real build and twine, against indexes on loopback. Nothing here leaves the machine:
//! projects bring their own back end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use launchway_base::{Failure, Kind};
use launchway_publish::{
    Credentials, Info, PackageManager as _, PlanOptions, PublishOptions, PublishResult, Published,
    Pypi, Runner, ask, choose_manager, publish,
};
use launchway_testkit::{Fault, FaultRule, PypiIndex};
use launchway_workspace::{Scope, Workspace};
use tempfile::TempDir;

use crate::real::tool;
use crate::space::{options, plan, show, wait};

const TOKEN: &str = "pypi-swordfish";

/// A back end of few lines. Like that of setuptools it writes the time into the archive.
const BACK_END: &str = include_str!("pypi_backend.py");

/// Who uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Uv,
    Twine,
}

const BOTH: [By; 2] = [By::Uv, By::Twine];

struct Projects {
    temp: TempDir,
    root: PathBuf,
    bin: PathBuf,
}

impl Projects {
    /// A project at the root, or `None` where the tools are missing.
    fn one(name: &str) -> Option<Self> {
        let space = Self::empty()?;
        space.project("", name, "1.0.0", "");
        Some(space)
    }

    /// A workspace of uv's: `web` needs `core`.
    fn two() -> Option<Self> {
        let space = Self::empty()?;
        space.write(
            "pyproject.toml",
            "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n\n[tool.uv.sources]\nacme-core = { workspace = true }\n",
        );
        space.project("packages/web", "acme-web", "2.0.0", "dependencies = [\"acme-core>=1\"]\n");
        space.project("packages/core", "Acme.Core", "1.0.0", "");
        Some(space)
    }

    fn empty() -> Option<Self> {
        let python = tool("LAUNCHWAY_PYTHON", None)?;
        let bin = python.parent().unwrap().to_owned();
        let missing = ["uv", "twine", "pyproject-build", "pypi-server"]
            .into_iter()
            .find(|program| !bin.join(program).is_file());
        if let Some(program) = missing {
            assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "{program} is missing");
            eprintln!("skipped: {program} is missing beside LAUNCHWAY_PYTHON");
            return None;
        }
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap().join("work");
        std::fs::create_dir_all(temp.path().join("home")).unwrap();
        Some(Self { temp, root, bin })
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn project(&self, dir: &str, name: &str, version: &str, more: &str) {
        let dir = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        self.write(
            &format!("{dir}pyproject.toml"),
            &format!(
                "[project]\nname = \"{name}\"\nversion = \"{version}\"\n{more}\n[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"
            ),
        );
        self.write(&format!("{dir}backend.py"), BACK_END);
    }

    /// The tools with nothing of the user's own configuration, and no way out to the network.
    fn runner(&self, env: &[(&str, &str)]) -> Runner {
        let home = self.temp.path().join("home");
        let path = format!("{}:{}", self.bin.display(), std::env::var("PATH").unwrap());
        let fixed = [
            ("HOME", home.to_str().unwrap()),
            ("PATH", &path),
            ("UV_PYTHON", self.bin.join("python").to_str().unwrap()),
            ("UV_PYTHON_DOWNLOADS", "never"),
            ("https_proxy", "http://127.0.0.1:1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let more = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Runner::new(fixed.into_iter().chain(more).collect::<BTreeMap<_, _>>())
    }

    fn read(&self) -> Workspace {
        Workspace::discover(&self.root).unwrap()
    }

    fn pypi(&self, index: &PypiIndex, by: By, token: &str) -> Pypi {
        let (upload, simple) = (index.upload(), index.simple());
        let env = match by {
            By::Uv => vec![
                ("UV_PUBLISH_URL", upload.as_str()),
                ("UV_PUBLISH_TOKEN", token),
                ("UV_PUBLISH_CHECK_URL", &simple),
            ],
            By::Twine => vec![
                ("TWINE_REPOSITORY_URL", upload.as_str()),
                ("TWINE_USERNAME", "__token__"),
                ("TWINE_PASSWORD", token),
                ("PIP_INDEX_URL", &simple),
            ],
        };
        Pypi::new(self.runner(&env), &self.read()).with_lost_wait(Duration::from_secs(3))
    }

    /// Asks, plans and publishes.
    fn go(&self, pypi: &Pypi) -> Published {
        let workspace = self.read();
        let report = plan(pypi, &workspace, &options());
        wait(publish(pypi, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap()
    }

    fn is_whole(&self, pypi: &Pypi) -> bool {
        plan(pypi, &self.read(), &options()).plan.is_empty()
    }

    /// The failure of asking.
    fn ask_failure(&self, pypi: &Pypi) -> Failure {
        let (workspace, none) = (self.read(), Credentials::default());
        wait(ask(pypi, &workspace, &options(), &none)).unwrap_err().into()
    }
}

fn failure(published: &Published) -> String {
    let all: Vec<String> = published.failures().map(launchway_publish::Outcome::describe).collect();
    assert_eq!(all.len(), 1, "{:?}", published.rows());
    all.concat()
}

const SOURCE: &str = "acme_core-1.0.0.tar.gz";
const WHEEL: &str = "acme_core-1.0.0-py3-none-any.whl";

#[test]
fn a_project_is_uploaded_once_by_either_tool_and_in_either_form_of_pages() {
    for by in BOTH {
        for html in [false, true] {
            let Some(space) = Projects::one("acme-core") else { return };
            let index = PypiIndex::start();
            index.add_token(TOKEN);
            if html {
                index.speak_html();
            }
            let pypi = space.pypi(&index, by, TOKEN);
            let report = plan(&pypi, &space.read(), &options());
            assert_eq!(show(&report.plan), [["acme-core 1.0.0  "]]);
            assert_eq!(report.not_found, ["acme-core"]);
            let published = space.go(&pypi);
            assert_eq!(published.successes().count(), 1, "{by:?} {:?}", published.rows());
            assert_eq!(index.files("acme-core"), [WHEEL, SOURCE]);
            assert!(space.is_whole(&pypi));
            // Asked to do it all the same, as by a plan of before: nothing is sent.
            let again = wait(publish(
                &pypi,
                &space.read(),
                &report.plan,
                &PublishOptions::default(),
                &mut |_| {},
            ))
            .unwrap();
            assert_eq!(again.already_there().count(), 1, "{by:?} {:?}", again.rows());
            assert_eq!(index.uploads().len(), 2);
        }
    }
}

#[test]
fn packages_of_a_workspace_go_in_the_order_they_need_each_other() {
    let Some(space) = Projects::two() else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN);
    // An older version, and one that was yanked, of which nothing is missing.
    index.seed("acme-core", "Acme.Core-0.9.tar.gz", b"x");
    index.seed("acme-core", "Acme.Core-0.9-py3-none-any.whl", b"x");
    let pypi = space.pypi(&index, By::Uv, TOKEN);
    let report = plan(&pypi, &space.read(), &options());
    assert_eq!(show(&report.plan), [["Acme.Core 1.0.0  "], ["acme-web 2.0.0  "]]);
    assert_eq!(report.not_found, ["acme-web"]);
    let published = space.go(&pypi);
    assert!(published.is_complete(), "{:?}", published.rows());
    assert!(
        index.uploads()[0].starts_with("acme_core-") && index.uploads()[3].starts_with("acme_web-")
    );
    index.yank("acme-core");
    assert!(space.is_whole(&pypi), "what is yanked is there");

    // What fails holds what needs it.
    let Some(space) = Projects::two() else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN).fail(FaultRule::new(Fault::status(403)).method("POST").times(9));
    let published = space.go(&space.pypi(&index, By::Uv, TOKEN));
    assert_eq!(published.held().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["acme-web"]);
}

#[test]
fn a_project_of_poetry_is_built_by_its_back_end() {
    let Some(space) = Projects::empty() else { return };
    space.write(
        "pyproject.toml",
        "[tool.poetry]\nname = \"acme-core\"\nversion = \"1.0.0\"\n\n[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
    );
    space.write("backend.py", BACK_END);
    let index = PypiIndex::start();
    index.add_token(TOKEN);
    for by in BOTH {
        let pypi = space.pypi(&index, by, TOKEN);
        assert!(space.go(&pypi).is_complete());
        assert_eq!(index.files("acme-core"), [WHEEL, SOURCE]);
    }
}

#[test]
fn a_version_of_which_a_part_is_there_is_completed() {
    for by in BOTH {
        for missing in [SOURCE, WHEEL] {
            let Some(space) = Projects::one("acme-core") else { return };
            let index = PypiIndex::start();
            index.add_token(TOKEN);
            let pypi = space.pypi(&index, by, TOKEN);
            assert!(space.go(&pypi).is_complete());
            index.remove("acme-core", missing);
            // A checkout of later has other times.
            let file = std::fs::File::options().append(true).open(space.root.join("backend.py"));
            file.unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
            assert!(!space.is_whole(&pypi), "{by:?} {missing}");
            let published = space.go(&pypi);
            assert_eq!(published.successes().count(), 1, "{by:?} {:?}", published.rows());
            assert_eq!(index.files("acme-core"), [WHEEL, SOURCE]);
            assert_eq!(index.uploads()[2..], [missing], "only what is missing is sent");
        }
    }
}

#[test]
fn a_file_of_the_same_name_with_other_content_is_an_error_that_says_so() {
    for by in BOTH {
        let Some(space) = Projects::one("acme-core") else { return };
        let index = PypiIndex::start();
        index.add_token(TOKEN).seed("acme-core", SOURCE, b"something else");
        let published = space.go(&space.pypi(&index, by, TOKEN));
        let said = failure(&published);
        assert!(said.contains(SOURCE) && said.contains("other content"), "{said}");
        assert!(said.contains("add a changeset"), "{said}");
        assert_eq!(index.files("acme-core"), [SOURCE]);
        assert_eq!(index.uploads(), [""; 0], "nothing of it is sent");
    }
}

#[test]
fn an_answer_that_got_lost_is_looked_up_and_a_failure_is_completed() {
    for by in BOTH {
        for fault in [Fault::CommitThenCut, Fault::CommitThenFail] {
            let Some(space) = Projects::one("acme-core") else { return };
            let index = PypiIndex::start();
            index.add_token(TOKEN);
            let pypi = space.pypi(&index, by, TOKEN);
            // Files go through, their answers do not.
            index.fail(FaultRule::new(fault).method("POST").always());
            let published = space.go(&pypi);
            assert!(published.is_complete(), "{by:?} {:?}", published.rows());
            assert_eq!(index.files("acme-core"), [WHEEL, SOURCE]);
        }
        // Between two files, of which the tools send the wheel first.
        let Some(space) = Projects::one("acme-core") else { return };
        let index = PypiIndex::start();
        index.add_token(TOKEN);
        let pypi = space.pypi(&index, by, TOKEN);
        let refused = Fault::status(503);
        index.fail(FaultRule::new(refused).method("POST").body_contains(".tar.gz").always());
        let said = failure(&space.go(&pypi));
        assert!(said.contains("503"), "{by:?} {said}");
        assert_eq!(index.files("acme-core"), [WHEEL]);
        index.heal();
        assert!(space.go(&pypi).is_complete());
        assert_eq!(index.files("acme-core"), [WHEEL, SOURCE]);
    }
}

#[test]
fn a_wrong_token_is_explained_and_never_shown() {
    for (by, variable) in [(By::Uv, "UV_PUBLISH_TOKEN"), (By::Twine, "TWINE_PASSWORD")] {
        let Some(space) = Projects::one("acme-core") else { return };
        let index = PypiIndex::start();
        let published = space.go(&space.pypi(&index, by, "pypi-opensesame"));
        let said = failure(&published);
        assert!(said.contains("403") && said.contains(variable), "{said}");
        assert!(!said.contains("pypi-opensesame"), "{said}");
        assert_eq!(index.files("acme-core"), [""; 0]);
    }
}

#[test]
fn without_a_credential_the_way_to_one_is_said() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    let (upload, simple) = (index.upload(), index.simple());
    let env = [("UV_PUBLISH_URL", upload.as_str()), ("UV_PUBLISH_CHECK_URL", &simple)];
    let said = failure(&space.go(&Pypi::new(space.runner(&env), &space.read())));
    assert!(said.contains("id-token: write") && said.contains("UV_PUBLISH_TOKEN"), "{said}");
}

#[test]
fn an_index_that_cannot_be_asked_is_neither_empty_nor_full() {
    let Some(space) = Projects::one("acme-core") else { return };
    for (by, fault, word) in [
        (By::Uv, Fault::status(500), "500"),
        (By::Twine, Fault::status(503), "503"),
        (By::Twine, Fault::status(401), "401"),
        (By::Uv, Fault::status(403), "403"),
        (By::Uv, Fault::CutConnection, "acme-core"),
        (By::Uv, Fault::LieOk, "no page of a package index"),
    ] {
        let index = PypiIndex::start();
        index.add_token(TOKEN).fail(FaultRule::new(fault).method("GET").always());
        let failure = space.ask_failure(&space.pypi(&index, by, TOKEN));
        assert_eq!(failure.kind(), Kind::Remote, "{failure}");
        assert!(failure.chain().contains(word), "{word}: {}", failure.chain());
    }
    let gone = space.pypi(&PypiIndex::start(), By::Uv, TOKEN);
    assert_eq!(space.ask_failure(&gone).kind(), Kind::Remote);
}

#[test]
fn an_index_that_breaks_after_the_plan_is_not_taken_for_an_empty_one() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN);
    let pypi = space.pypi(&index, By::Uv, TOKEN);
    let workspace = space.read();
    let report = plan(&pypi, &workspace, &options());
    index.fail(FaultRule::new(Fault::status(500)).method("GET").always());
    let published =
        wait(publish(&pypi, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
            .unwrap();
    assert!(failure(&published).contains("500"));
    assert_eq!(index.uploads(), [""; 0]);
}

#[test]
fn an_index_that_hangs_ends_in_time() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN);
    let (upload, simple) = (index.upload(), index.simple());
    let env = [
        ("UV_PUBLISH_URL", upload.as_str()),
        ("UV_PUBLISH_TOKEN", TOKEN),
        ("UV_PUBLISH_CHECK_URL", &simple),
    ];
    let runner = space.runner(&env).with_limit(Duration::from_secs(4));
    let pypi = Pypi::new(runner, &space.read()).with_lost_wait(Duration::from_secs(1));
    index.fail(FaultRule::new(Fault::Slow(Duration::from_secs(20))).method("POST"));
    let begun = Instant::now();
    let published = space.go(&pypi);
    assert!(begun.elapsed() < Duration::from_secs(18), "{:?}", begun.elapsed());
    assert!(failure(&published).contains("`uv publish` did not end in time"));
}

#[test]
fn an_index_that_is_not_public_is_read_with_a_login_of_its_own_origin() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN).make_private();
    assert!(space.go(&space.pypi(&index, By::Uv, TOKEN)).is_complete());
    // In the address, and not shown where it is wrong.
    let simple = index.simple().replace("http://", "http://__token__:opensesame-no@");
    let env = [("UV_PUBLISH_CHECK_URL", simple.as_str())];
    let failure = space.ask_failure(&Pypi::new(space.runner(&env), &space.read()));
    let said = failure.chain();
    assert!(said.contains("401") && said.contains("UV_INDEX_<NAME>_PASSWORD"), "{said}");
    assert!(!said.contains("opensesame-no"), "{said}");
}

#[test]
fn an_index_of_the_manifest_is_uploaded_to_and_read() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN);
    let own = |name: &str| {
        format!(
            "[[tool.uv.index]]\nname = \"{name}\"\nurl = \"{}\"\npublish-url = \"{}\"\n",
            index.simple(),
            index.upload()
        )
    };
    let manifest = std::fs::read_to_string(space.root.join("pyproject.toml")).unwrap();
    space.write("pyproject.toml", &format!("{manifest}\n{}", own("mine")));
    let env = [("UV_PUBLISH_TOKEN", TOKEN)];
    let pypi = Pypi::new(space.runner(&env), &space.read());
    let published = space.go(&pypi);
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!(index.files("acme-core"), [WHEEL, SOURCE]);

    space.write("pyproject.toml", &format!("{manifest}\n{}\n{}", own("mine"), own("yours")));
    let failure = space.ask_failure(&Pypi::new(space.runner(&env), &space.read()));
    assert_eq!(failure.kind(), Kind::Input);
    assert!(failure.chain().contains("`mine`, `yours`"), "{}", failure.chain());
}

#[test]
fn an_index_that_passes_on_to_another_one_is_not_taken_for_it() {
    let Some(space) = Projects::one("acme-core") else { return };
    let other = PypiIndex::start();
    other.seed("acme-core", SOURCE, b"x").seed("acme-core", WHEEL, b"x");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let check = format!("http://{}/simple", listener.local_addr().unwrap());
    let to = other.simple();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: {}/acme-core/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                to.trim_end_matches('/')
            );
        }
    });
    let env = [("UV_PUBLISH_CHECK_URL", check.as_str())];
    let failure = space.ask_failure(&Pypi::new(space.runner(&env), &space.read()));
    assert_eq!(failure.kind(), Kind::Remote);
    assert!(failure.chain().contains("another host"), "{}", failure.chain());
}

#[test]
fn a_project_beside_the_workspace_that_goes_elsewhere_stops_the_run() {
    let Some(space) = Projects::one("acme-core") else { return };
    space.project("services/api", "acme-api", "1.0.0", "");
    let manifest = space.root.join("services/api/pyproject.toml");
    let own = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, format!("{own}\n[tool.uv]\npublish-url = \"http://127.0.0.1:9/\"\n"))
        .unwrap();
    let index = PypiIndex::start();
    let scope = Scope { folders: vec!["services/api".to_owned()], ..Scope::default() };
    let workspace = Workspace::discover_within(&space.root, &scope).unwrap();
    let simple = index.simple();
    assert_eq!(workspace.packages.len(), 2);
    let pypi = Pypi::new(space.runner(&[("UV_PUBLISH_CHECK_URL", &simple)]), &workspace);
    let asked = wait(ask(&pypi, &workspace, &options(), &Credentials::default()));
    let failure: Failure = asked.unwrap_err().into();
    assert_eq!(failure.kind(), Kind::Input);
    assert!(failure.chain().contains("`the default of uv`"), "{}", failure.chain());
    // Where a variable says it for both, there is nothing to ask.
    let upload = index.upload();
    let env = [("UV_PUBLISH_URL", upload.as_str()), ("UV_PUBLISH_CHECK_URL", &simple)];
    let pypi = Pypi::new(space.runner(&env), &workspace);
    assert_eq!(plan(&pypi, &workspace, &options()).not_found.len(), 2);
}

#[test]
fn where_nothing_is_said_the_tool_is_asked_which_index_it_knows() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN).seed("acme-core", SOURCE, b"x").seed("acme-core", WHEEL, b"x");
    // The real ones name another index, in these words.
    for (program, verb, words) in [
        ("uv", "install", "(by default: <http"),
        ("python", "download", "Package Index (default http"),
    ] {
        let mut command = std::process::Command::new(space.bin.join(program));
        command.env_clear().env("HOME", space.temp.path());
        if program == "python" {
            command.arg("-m");
        }
        let help = command.args(["pip", verb, "--help"]).output().unwrap();
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains(words), "{program}: {help}");
    }
    let stand_ins = space.temp.path().join("bin");
    std::fs::create_dir_all(&stand_ins).unwrap();
    let say = |program: &str, words: &str| {
        let text = format!("#!/bin/sh\nif [ \"$1\" != config ]; then echo '{words}'; fi\n");
        launchway_testkit::script(stand_ins.join(program), text);
    };
    let path = format!("{}:/usr/bin:/bin", stand_ins.display());
    for (program, name, words, variable) in [
        ("uv", "uv", format!("the index (by default: <{}>) [env: X=]", index.simple()), "X"),
        (
            "pip3",
            "twine",
            format!("Base URL of the Python Package Index (default\n {}). This", index.simple()),
            "TWINE_PASSWORD",
        ),
    ] {
        say(program, &words);
        // A mirror to install from is not where uploads go.
        let mirror =
            ["UV_DEFAULT_INDEX", "PIP_INDEX_URL"].map(|name| (name, "http://127.0.0.1:9/"));
        let env = [("PATH", path.as_str()), (variable, "x"), mirror[0], mirror[1]];
        let pypi = Pypi::new(space.runner(&env), &space.read());
        assert_eq!(pypi.name(), name);
        let info = wait(pypi.info(&space.read(), &space.read().packages.remove(0)));
        assert!(info.unwrap().unwrap().has("1.0.0"));
        std::fs::remove_file(stand_ins.join(program)).unwrap();
    }
    // Uploads to an address nobody knows how to read.
    let env = [("UV_PUBLISH_URL", "http://127.0.0.1:9/up")];
    let failure = space.ask_failure(&Pypi::new(space.runner(&env), &space.read()));
    assert_eq!(failure.kind(), Kind::Input);
    assert!(failure.hint().unwrap().contains("UV_PUBLISH_CHECK_URL"), "{failure}");
}

#[test]
fn a_missing_tool_is_named_with_the_way_to_it() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    let simple = index.simple();
    for (variable, program) in [("UV_PUBLISH_TOKEN", "uv"), ("TWINE_PASSWORD", "pyproject-build")] {
        let check = ("UV_PUBLISH_CHECK_URL", simple.as_str());
        let env = [("PATH", "/nonexistent"), (variable, TOKEN), check];
        let said = failure(&space.go(&Pypi::new(space.runner(&env), &space.read())));
        assert!(said.contains(&format!("`{program}`, which publishes Python packages")), "{said}");
        assert!(said.contains("pipx install"), "{said}");
    }
}

#[test]
fn build_scripts_see_no_credential_for_uploading() {
    for by in BOTH {
        let Some(space) = Projects::one("acme-core") else { return };
        let text = format!(
            "{BACK_END}\nimport os\nfor name, value in os.environ.items():\n    assert 'swordfish' not in value and not name.startswith(('ACTIONS_ID_TOKEN_', 'UV_PUBLISH_', 'TWINE_')), name\n"
        );
        space.write("backend.py", &text);
        let index = PypiIndex::start();
        index.add_token(TOKEN);
        let published = space.go(&space.pypi(&index, by, TOKEN));
        assert!(published.is_complete(), "{:?}", published.rows());
    }
}

#[test]
fn a_build_that_fails_or_makes_another_version_is_told() {
    for by in BOTH {
        let Some(space) = Projects::one("acme-core") else { return };
        let index = PypiIndex::start();
        index.add_token(TOKEN);
        space.write("backend.py", "raise SystemExit('the back end is unwell')\n");
        let said = failure(&space.go(&space.pypi(&index, by, TOKEN)));
        assert!(said.contains("the back end is unwell"), "{said}");
        space.write("backend.py", &BACK_END.replace("return name, version", "return name, '9.9'"));
        let said = failure(&space.go(&space.pypi(&index, by, TOKEN)));
        assert!(said.contains("no file of acme-core 1.0.0"), "{said}");
        assert_eq!(index.uploads(), [""; 0]);
    }
}

#[test]
fn names_that_would_be_options_or_paths_do_no_harm() {
    for name in ["--help", "-x", "../../etc", "a b", "acme\\u002fcore", "$(touch x)"] {
        let Some(space) = Projects::empty() else { return };
        space.project("", name, "1.0.0", "");
        let Ok(workspace) = Workspace::discover(&space.root) else { continue };
        let index = PypiIndex::start();
        index.add_token(TOKEN);
        let pypi = space.pypi(&index, By::Uv, TOKEN);
        let none = Credentials::default();
        let Ok(asked) = wait(ask(&pypi, &workspace, &options(), &none)) else { continue };
        let report =
            launchway_publish::make_plan(&workspace, &asked, Vec::new(), &options()).unwrap();
        let published =
            wait(publish(&pypi, &workspace, &report.plan, &PublishOptions::default(), &mut |_| {}))
                .unwrap();
        assert_eq!(published.successes().count(), 0, "{name}: {:?}", published.rows());
        assert!(!space.root.join("x").exists() && index.uploads().is_empty(), "{name}");
    }
}

#[test]
fn private_projects_and_those_of_another_job_are_not_uploaded() {
    let Some(space) = Projects::one("acme-core") else { return };
    let index = PypiIndex::start();
    index.add_token(TOKEN);
    let pypi = space.pypi(&index, By::Uv, TOKEN);
    let elsewhere = PlanOptions { python_elsewhere: true, ..options() };
    let report = plan(&pypi, &space.read(), &elsewhere);
    assert_eq!(show(&report.plan), [["acme-core 1.0.0 only tagged"]]);
    space.project("", "acme-core", "1.0.0", "classifiers = [\"Private :: Do Not Upload\"]\n");
    let report = plan(&pypi, &space.read(), &options());
    assert_eq!(show(&report.plan), [["acme-core 1.0.0 only tagged"]], "as private packages are");
    assert_eq!(index.requests().len(), 0);
}

#[test]
fn what_one_job_packed_another_uploads_as_it_is() {
    for by in BOTH {
        let Some(space) = Projects::two() else { return };
        let index = PypiIndex::start();
        index.add_token(TOKEN);
        let (pypi, workspace) = (space.pypi(&index, by, TOKEN), space.read());
        let report = plan(&pypi, &workspace, &options());
        let out = space.temp.path().join("out");
        let packed = wait(launchway_publish::pack(&pypi, &workspace, &report.plan, &out)).unwrap();
        let first = packed.plan.publishes().next().unwrap().tarball().unwrap();
        assert_eq!(first.path, format!("packages/{SOURCE}"));
        assert_eq!(first.beside[0].path, format!("packages/{WHEEL}"));
        // Nothing is built any more.
        space.write("packages/core/backend.py", "raise SystemExit(1)\n");
        space.write("packages/web/backend.py", "raise SystemExit(1)\n");
        let options = PublishOptions { pack_dir: Some(&out), ..PublishOptions::default() };
        let go = || wait(publish(&pypi, &workspace, &packed.plan, &options, &mut |_| {}));
        let published = go().unwrap();
        assert!(published.is_complete(), "{:?}", published.rows());
        for file in [SOURCE, WHEEL] {
            let bytes = std::fs::read(out.join("packages").join(file)).unwrap();
            assert_eq!(index.bytes("acme-core", file).unwrap(), bytes);
        }
        assert_eq!(index.files("acme-web").len(), 2);
        std::fs::write(out.join("packages").join(WHEEL), "changed").unwrap();
        let refused = go().unwrap_err().to_string();
        assert!(refused.contains(WHEEL) && refused.contains("not the planned one"), "{refused}");
    }
}

#[test]
fn the_real_index_of_pypiserver_takes_it_from_both() {
    for by in BOTH {
        let Some(space) = Projects::two() else { return };
        let folder = space.temp.path().join("index");
        std::fs::create_dir_all(&folder).unwrap();
        let server = Served::start(&space, &folder);
        let (root, simple) = (format!("{}/", server.url), format!("{}/simple", server.url));
        let env = match by {
            By::Uv => vec![("UV_PUBLISH_URL", root.as_str()), ("UV_PUBLISH_TOKEN", "any-token")],
            By::Twine => vec![
                ("TWINE_REPOSITORY_URL", root.as_str()),
                ("TWINE_USERNAME", "any"),
                ("TWINE_PASSWORD", "any-token"),
            ],
        };
        let env: Vec<_> = env.into_iter().chain([("UV_DEFAULT_INDEX", simple.as_str())]).collect();
        let workspace = space.read();
        let manager = wait(choose_manager(&workspace, space.runner(&env))).unwrap();
        assert_eq!(manager.name(), if by == By::Uv { "uv" } else { "twine" });
        let report = plan(&*manager, &workspace, &options());
        assert_eq!(report.not_found, ["Acme.Core", "acme-web"]);
        let go = || {
            let options = PublishOptions::default();
            wait(publish(&*manager, &workspace, &report.plan, &options, &mut |_| {})).unwrap()
        };
        let published = go();
        assert!(published.is_complete(), "{by:?} {:?}", published.rows());
        assert!(plan(&*manager, &workspace, &options()).plan.is_empty());
        assert_eq!(go().already_there().count(), 2);
        std::fs::remove_file(folder.join(WHEEL)).unwrap();
        let report = plan(&*manager, &workspace, &options());
        assert_eq!(show(&report.plan), [["Acme.Core 1.0.0  "]]);
        assert!(go().is_complete());
        assert!(folder.join(WHEEL).is_file());
        let info = wait(manager.info(&workspace, &workspace.packages[0])).unwrap().unwrap();
        assert!(matches!(info, Info::Published { .. }) && info.has("1.0.0"));
        assert_eq!(published.outcomes[0].result, PublishResult::Published);
    }
}

/// A running pypiserver.
struct Served {
    child: std::process::Child,
    url: String,
}

impl Served {
    fn start(space: &Projects, folder: &std::path::Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = std::process::Command::new(space.bin.join("pypi-server"))
            .args(["run", "-i", "127.0.0.1", "-a", ".", "-P", ".", "--disable-fallback"])
            .args(["--backend", "simple-dir", "-p", &port.to_string()])
            .arg(folder)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let served = Self { child, url: format!("http://127.0.0.1:{port}") };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_mins(1), "pypiserver does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        served
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
