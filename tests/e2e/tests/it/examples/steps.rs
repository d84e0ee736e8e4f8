//! The scripts of the CI workflows, run for real on the examples: the steps of a job as a composite action, without those that
//! only check out, set up and cache.

use std::time::Duration;

use launchway_e2e::at;
use launchway_testkit::{FakeRunner, StepRun, TestRepo};
use serde_json::{Map, Value, json};

use super::commands::tool;
use super::copied;

/// A job of a workflow in a repository.
struct Job<'a> {
    flow: &'a str,
    name: &'a str,
    /// Folder of the package.
    path: &'a str,
    inputs: &'a [(&'a str, &'a str)],
    env: &'a [(&'a str, &'a str)],
}

/// A key of a step that composite actions have, too.
fn keeps(key: &str) -> bool {
    ["id", "name", "if", "run", "env", "working-directory"].contains(&key)
}

impl Job<'_> {
    fn run(&self, repo: &TestRepo) -> StepRun {
        let text =
            std::fs::read_to_string(at(format!(".github/workflows/ci-{}.yml", self.flow))).unwrap();
        // What a composite has no context for.
        let text = text
            .replace("${{ fromJSON(inputs.versions)[0] }}", "stable")
            .replace("${{ matrix.version }}", "stable")
            .replace("${{ matrix.package.path }}", self.path)
            .replace("inputs.coverage == 0", "inputs.coverage == '0'")
            .replace("inputs.coverage != 0", "inputs.coverage != '0'")
            .replace("${{ !inputs.affected }}", if self.path == "." { "true" } else { "false" });
        let flow: Value = yaml_serde::from_str(&text).unwrap();
        let job = &flow["jobs"][self.name];
        let folder = job["defaults"]["run"]["working-directory"].as_str().unwrap().to_owned();
        let mut inputs = Map::new();
        for (name, input) in flow["on"]["workflow_call"]["inputs"].as_object().unwrap() {
            inputs.insert(name.clone(), json!({ "default": launched(&input["default"]) }));
        }
        let mut steps = Vec::new();
        for step in job["steps"].as_array().unwrap().iter().filter(|step| step["run"].is_string()) {
            let step = step.as_object().unwrap();
            let mut own: Map<String, Value> = step
                .iter()
                .filter(|(key, _)| keeps(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            assert_eq!(own.len(), step.len(), "a key of {step:?} is not known here");
            own.insert("shell".into(), "bash".into());
            own.entry("working-directory").or_insert_with(|| folder.clone().into());
            steps.push(Value::Object(own));
        }
        let action = json!({ "name": "job", "description": "job", "inputs": inputs, "runs": { "using": "composite", "steps": steps } });
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("action.yml"), action.to_string()).unwrap();
        let mut runner = FakeRunner::new(repo.path()).timeout(Duration::from_mins(5));
        let target = dir.path().join("target");
        for (name, value) in [
            ("CARGO_TARGET_DIR", target.to_str().unwrap()),
            ("CARGO_NET_OFFLINE", "true"),
            ("GOPROXY", "off"),
            ("GOTOOLCHAIN", "local"),
            ("npm_config_offline", "true"),
            ("npm_config_update_notifier", "false"),
            ("PIP_NO_INDEX", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            // As GitHub sets it for a job without the service.
            ("DATABASE_URL", ""),
            ("PGHOST", ""),
            ("PGUSER", ""),
            ("PGPASSWORD", ""),
        ] {
            runner = runner.env(name, value);
        }
        for (name, value) in self.env {
            runner = runner.env(name, value);
        }
        runner.run_action(dir.path(), self.inputs)
    }
}

/// An input's default as the text that a composite sees.
fn launched(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn job<'a>(flow: &'a str, name: &'a str, inputs: &'a [(&'a str, &'a str)]) -> Job<'a> {
    Job { flow, name, path: ".", inputs, env: &[] }
}

#[test]
fn node() {
    if tool("npm").is_none() {
        return;
    }
    let repo = copied("npm-library");
    let lint = job("node", "lint", &[]).run(&repo).success();
    assert!(
        lint.log.contains("tools/format.js") && lint.log.contains("node --check"),
        "{}",
        lint.log
    );
    let test = job("node", "test", &[]).run(&repo).success();
    assert!(test.log.contains("# pass 2") || test.log.contains("pass 2"), "{}", test.log);
    // A command of one's own, of several lines, with signs that a shell would read.
    let own = [("test-command", "printf '%s\\n' \"own $PWD\"\nfalse")];
    let failed = job("node", "test", &own).run(&repo).exits(1);
    assert!(failed.log.contains("own /"), "{}", failed.log);
    let skipped = [("lint-command", "skip"), ("format-command", "echo '`formatted`'")];
    let lint = job("node", "lint", &skipped).run(&repo).success();
    assert!(lint.log.contains("`formatted`") && !lint.log.contains("node --check"), "{}", lint.log);
    repo.write("src/index.js", "let = ;\n");
    let _ = job("node", "lint", &[]).run(&repo).exits(1);
    let _ = job("node", "test", &[]).run(&repo).exits(1);
    repo.write("package.json", "{ \"name\": \"x\", \"version\": \"1.2.0\" }\n")
        .remove("package-lock.json");
    let nothing = job("node", "test", &[]).run(&repo).exits(2);
    assert!(nothing.messages("error")[0].contains("no script `test`"), "{}", nothing.log);
    let _ = job("node", "test", &[("package-manager", "ant")]).run(&repo).exits(2);
    let _ = job("node", "test", &[("postgres", "9")]).run(&repo).exits(2);
}

#[test]
fn node_below_a_threshold_fails() {
    let version = std::process::Command::new("node").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let major =
        version.unwrap_or_default().trim_start_matches('v').split('.').next().map(str::to_owned);
    let major = major.and_then(|major| major.parse::<u32>().ok()).filter(|major| *major >= 22);
    if launchway_e2e::needed("node 22 or newer", major).is_none() {
        return;
    }
    let repo = copied("npm-library");
    let _ = job("node", "test", &[("coverage", "90")]).run(&repo).success();
    repo.write("test/index.test.js", "import '../src/index.js';\n");
    let _ = job("node", "test", &[("coverage", "90")]).run(&repo).exits(1);
}

#[test]
fn node_in_a_workspace() {
    if tool("npm").is_none() {
        return;
    }
    let repo = copied("polyglot-monorepo");
    let web = Job { path: "packages/web", ..job("node", "test", &[]) };
    let run = web.run(&repo).success();
    assert!(run.log.contains("@acme/web@2.1.0"), "{}", run.log);
    // A package without tests is no error where one package of many is looked at.
    let gate = Job { path: "services/gate", ..job("node", "test", &[]) };
    let run = gate.run(&repo).success();
    assert!(run.messages("notice")[0].contains("no script `test`"), "{}", run.log);
}

#[test]
fn python() {
    if tool("python3").is_none() || tool("python").is_none() {
        return;
    }
    let repo = copied("python-service");
    let inputs = [("install-command", "true"), ("migrate-command", "python -m guestbook.migrate")];
    let own = Job { env: &[("DATABASE_URL", "ci.db")], ..job("python", "test", &inputs) };
    let run = own.run(&repo).success();
    assert!(run.log.contains("applied 0001_guests.sql"), "{}", run.log);
    assert!(run.log.contains("5 passed") || run.log.contains("Ran 5 tests"), "{}", run.log);
    repo.write("requirements.txt", "# nothing\n");
    // The environment of its own, made by the step; without an index nothing is taken from elsewhere.
    let own = "python -c 'import sys; print(sys.prefix)'; python -m unittest discover";
    let run = job("python", "test", &[("test-command", own)]).run(&repo).success();
    assert!(run.log.contains("launchway-venv") && run.log.contains("Ran 5 tests"), "{}", run.log);
    let installed = ("install-command", "true");
    let run = job("python", "lint", &[installed]).run(&repo).success();
    assert_eq!(run.messages("notice").len(), 2, "{}", run.log);
    // A Python that holds nothing of this machine's.
    let bare = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(bare.path())
        .status();
    assert!(made.unwrap().success());
    let path = format!("{}/bin:{}", bare.path().display(), std::env::var("PATH").unwrap());
    let inputs = [installed, ("coverage", "90")];
    let none = Job { env: &[("PATH", &path)], ..job("python", "test", &inputs) };
    let none = none.run(&repo).exits(2);
    assert!(none.messages("error")[0].contains("pytest-cov"), "{}", none.log);
    let _ = job("python", "lint", &[("package-manager", "conda")]).run(&repo).exits(2);
    // The lock file of the package says who installs, that of the root only where it has none.
    let bin = TestRepo::new();
    for name in ["uv", "poetry"] {
        bin.write_executable(name, format!("#!/bin/sh\necho \"{name} in $PWD: $*\"\n"));
    }
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    let locked = copied("polyglot-monorepo");
    locked.write("uv.lock", "");
    let orders = || {
        Job { path: "services/orders", env: &[("PATH", &path)], ..job("python", "test", &[]) }
            .run(&locked)
    };
    let run = orders().success();
    let root = locked.path().display();
    assert!(
        run.log.contains(&format!("uv in {root}: sync --locked --all-packages")),
        "{}",
        run.log
    );
    assert!(
        run.log.contains(&format!("uv in {root}/services/orders: run python -m")),
        "{}",
        run.log
    );
    locked.write("services/orders/poetry.lock", "");
    let run = orders().success();
    assert!(run.log.contains(&format!("poetry in {root}/services/orders: install")), "{}", run.log);
    repo.write("tests/test_bad.py", "import unittest\nclass Bad(unittest.TestCase):\n    def test_bad(self):\n        self.fail()\n");
    let _ = job("python", "test", &[installed]).run(&repo).exits(1);
}

#[test]
fn go() {
    // The race detector wants a C compiler.
    if tool("go").is_none() || tool("cc").is_none() {
        return;
    }
    let repo = copied("polyglot-monorepo");
    let place = [("working-directory", "services/gate")];
    let _ = job("go", "lint", &place).run(&repo).success();
    // Modules below a root that is none.
    let _ = job("go", "lint", &[]).run(&repo).success();
    let empty = copied("npm-library");
    let run = job("go", "lint", &[("format-command", "skip")]).run(&empty).exits(2);
    assert!(run.messages("error")[0].contains("no go.mod"), "{}", run.log);
    let plain = [("test-command", "go test ./..."), ("working-directory", "services/gate")];
    let _ = Job { path: "services/gate", ..job("go", "test", &plain) }.run(&repo).success();
    let covered = [("coverage", "90"), ("working-directory", "services/gate")];
    let test = Job { path: "services/gate", ..job("go", "test", &covered) };
    let run = test.run(&repo).success();
    assert!(run.log.contains("100.0 % of statements, at least 90 wanted"), "{}", run.log);
    repo.write("services/gate/more.go", "package gate\n\n// More is not tested.\nfunc More() int {\n\ta := 1\n\ta++\n\treturn a\n}\n");
    let run = test.run(&repo).exits(1);
    assert!(run.log.contains("25.0 % of statements"), "{}", run.log);
    repo.write(
        "services/gate/vetted.go",
        "package gate\n\nimport \"fmt\"\n\nfunc vetted() { fmt.Printf(\"%d\", \"x\") }\n",
    );
    let _ = job("go", "lint", &[("format-command", "skip")]).run(&repo).exits(1);
    repo.write("services/gate/bad.go", "package gate\nfunc  bad( ) {}\n");
    let run = job("go", "lint", &place).run(&repo).exits(1);
    assert!(run.log.contains("bad.go"), "{}", run.log);
}

#[test]
fn rust() {
    if tool("cargo").is_none() {
        return;
    }
    let repo = copied("rust-workspace");
    // Toolchains are brought by rustup, which has its say elsewhere.
    let bin = TestRepo::new();
    bin.write_executable("rustup", "#!/bin/sh\necho \"rustup $*\"\n");
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    let on = |name: &'static str, folder: &'static str, inputs: &[(&str, &str)]| {
        Job { path: folder, env: &[("PATH", path.as_str())], ..job("rust", name, inputs) }
            .run(&repo)
    };
    let run = on("lint", ".", &[("lint-command", "echo linted")]).success();
    assert!(
        run.log.contains("rustup toolchain install stable") && run.log.contains("linted"),
        "{}",
        run.log
    );
    let run = on("test", "crates/greet-cli", &[]).success();
    assert!(
        run.log.contains("the_words_are_the_name") && !run.log.contains("without_a_name"),
        "{}",
        run.log
    );
    // The whole is all of it, also where a package stands at the root; a lock file is no duty.
    let root = std::fs::read_to_string(repo.path().join("Cargo.toml")).unwrap();
    let package = "[package]\nname = \"root\"\nversion = \"0.0.0\"\n\n";
    repo.write("Cargo.toml", format!("{package}{root}"));
    repo.write("src/lib.rs", "").remove("Cargo.lock");
    let run = on("test", ".", &[]).success();
    assert!(run.log.contains("the_words_are_the_name"), "{}", run.log);
    repo.write("Cargo.toml", root);
    repo.write(
        "crates/greet/src/lib.rs",
        "pub fn greet( name: &str) -> String { name.to_owned() }\n",
    );
    let _ = on("lint", ".", &[("lint-command", "skip")]).exits(1);
    let _ = on("test", "crates/greet-cli", &[]).exits(101);
    repo.write("rust-toolchain.toml", "[toolchain]\nchannel = \"stable\"\n");
    let run = on("lint", ".", &[("lint-command", "skip"), ("format-command", "skip")]).success();
    assert!(!run.log.contains("rustup default"), "{}", run.log);
}

/// What `ok` says to each outcome of the jobs before it.
#[test]
fn ok_is_red_where_anything_is() {
    for flow in ["node", "python", "rust", "go"] {
        let text = std::fs::read_to_string(at(format!(".github/workflows/ci-{flow}.yml"))).unwrap();
        let yaml: Value = yaml_serde::from_str(&text).unwrap();
        let ok = &yaml["jobs"]["ok"];
        assert_eq!(ok["needs"], json!(["plan", "lint", "test"]), "{flow}");
        assert_eq!(ok["if"], "always()", "{flow}");
        let script = ok["steps"][0]["run"].as_str().unwrap();
        for (plan, lint, test, want, good) in [
            ("success", "success", "success", "true true", true),
            // Nothing is affected; there is nothing to lint; nothing to test.
            ("success", "skipped", "skipped", "false false", true),
            ("success", "skipped", "success", "false true", true),
            ("success", "success", "skipped", "true false", true),
            // A run that is cancelled between two jobs.
            ("success", "skipped", "skipped", "true true", false),
            ("success", "success", "skipped", "true true", false),
            ("success", "skipped", "success", "true true", false),
            ("failure", "skipped", "skipped", "false false", false),
            ("cancelled", "skipped", "skipped", "false false", false),
            ("skipped", "skipped", "skipped", "false false", false),
            ("success", "failure", "success", "true true", false),
            ("success", "success", "failure", "true true", false),
            ("success", "success", "cancelled", "true true", false),
            ("success", "", "success", "true true", false),
        ] {
            let (want_lint, want_test) = want.split_once(' ').unwrap();
            let run = launchway_testkit::Scrubbed::new("bash")
                .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
                .env("PLAN", plan)
                .env("ANY", "true")
                .env("LINT", lint)
                .env("TEST", test)
                .env("WANT_LINT", want_lint)
                .env("WANT_TEST", want_test)
                .run();
            assert_eq!(run.code == Some(0), good, "{flow}: {plan} {lint} {test}");
        }
        // An output that GitHub kept back: nobody knows what was wanted.
        let skipped = [("PLAN", "success"), ("LINT", "skipped"), ("TEST", "skipped")];
        for any in ["", "yes", "false"] {
            let run = launchway_testkit::Scrubbed::new("bash")
                .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
                .envs(skipped)
                .envs([("ANY", any), ("WANT_LINT", "false"), ("WANT_TEST", "false")])
                .run();
            assert_eq!(run.code == Some(0), any == "false", "{flow}: any is `{any}`");
        }
        assert_eq!(ok["steps"][0]["env"]["ANY"], "${{ needs.plan.outputs.any }}", "{flow}");
        // What is wanted is what the jobs ask for, word for word.
        let jobs = &yaml["jobs"];
        for (job, name) in [("lint", "WANT_LINT"), ("test", "WANT_TEST")] {
            let wanted = format!("${{{{ {} }}}}", jobs[job]["if"].as_str().unwrap());
            assert_eq!(ok["steps"][0]["env"][name], wanted.as_str(), "{flow}");
        }
        // Whatever the threshold, one of the two ways to test is taken.
        let steps = jobs["test"]["steps"].as_array().unwrap();
        for condition in ["inputs.coverage == 0", "inputs.coverage != 0"] {
            let found = steps.iter().filter(|step| step["if"] == condition);
            assert_eq!(found.count(), 1, "{flow}");
        }
    }
}
