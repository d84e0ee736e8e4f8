//! The packages for npm, published to a real registry on loopback and installed from there.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, one that cannot run says so"
)]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use launchway_e2e::needed;
use launchway_testkit::distribution::tool;
use launchway_testkit::{Finished, Scrubbed};
use tempfile::TempDir;

/// The programs that go into the packages here; a release holds all of them.
const PROGRAMS: [&str; 2] = ["changeset", "health"];

/// A tool by the variable that names it.
fn named(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    needed(variable, found)
}

/// A registry with our packages in it, and the tools to install them.
struct World {
    dir: TempDir,
    node: PathBuf,
    npm: PathBuf,
    url: String,
    registry: Child,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.registry.kill();
        let _ = self.registry.wait();
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A registry that has no other one above it.
fn verdaccio(dir: &Path) -> Option<(Child, String)> {
    let (script, node) = (named("LAUNCHWAY_VERDACCIO")?, named("LAUNCHWAY_NODE")?);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = dir.join("verdaccio/config.yaml");
    write(
        &config,
        "storage: ./storage\nmax_body_size: 400mb\nauth:\n  htpasswd:\n    file: ./htpasswd\npackages:\n  '**':\n    access: $all\n    publish: $all\nlog: { type: stdout, level: error }\n",
    );
    let child = Command::new(node)
        .arg(script)
        .arg("--config")
        .arg(&config)
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .current_dir(dir)
        .env("HOME", dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_mins(1), "verdaccio does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    Some((child, format!("http://127.0.0.1:{port}")))
}

impl World {
    fn new() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            println!("skipped: the packages are made of Linux programs");
            return None;
        }
        let (node, npm, strip) =
            (named("LAUNCHWAY_NODE")?, named("LAUNCHWAY_NPM")?, tool("strip")?);
        let built = needed("what `cargo build` builds", launchway_e2e::programs())?;
        let dir = TempDir::with_prefix("launchway-npm-").unwrap();
        let from = dir.path().join("out");
        let programs = dir.path().join("programs");
        write(&from.join("VERSION"), "1.2.3\n");
        write(&programs.join("LICENSES-OTHERS"), "Other people's work\n");
        for program in PROGRAMS {
            let name = format!("launchway-{program}");
            let made = programs.join(&name);
            Scrubbed::new(&strip).arg("-o").arg(&made).arg(built.join(&name)).run().success();
            let archive =
                format!("{name}-1.2.3-{}-unknown-linux-musl.tar.gz", std::env::consts::ARCH);
            let tar =
                Scrubbed::new("tar").arg("-czf").arg(from.join(archive)).arg("-C").arg(&programs);
            tar.args([name.as_str(), "LICENSES-OTHERS"]).run().success();
        }
        let packages = dir.path().join("npm");
        let xtask =
            Scrubbed::new(built.join("xtask")).args(["package", "npm", "--from"]).arg(&from);
        xtask.arg("--out").arg(&packages).run().success();
        let (registry, url) = verdaccio(dir.path())?;
        let world = Self { dir, node, npm, url, registry };
        let (_, host) = world.url.split_once("//").unwrap();
        let settings = format!(
            "registry={0}/\n//{host}/:_authToken=any-token\nfund=false\naudit=false\nupdate-notifier=false\n",
            world.url
        );
        write(&world.dir.path().join("home/.npmrc"), &settings);
        for package in std::fs::read_dir(&packages).unwrap().map(|entry| entry.unwrap().path()) {
            world.npm(&package, &["publish", "--loglevel=error"]).success();
        }
        Some(world)
    }

    /// A program with the tests' Node.js first on `PATH`, and with nothing of the user's own settings.
    fn tool(&self, program: &Path, dir: &Path) -> Scrubbed {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = self.node.parent().map(PathBuf::from).into_iter();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).unwrap();
        Scrubbed::new(program)
            .dir(dir)
            .env("PATH", path)
            .env("HOME", self.dir.path().join("home"))
            .timeout(Duration::from_mins(2))
    }

    fn npm(&self, dir: &Path, args: &[&str]) -> Finished {
        self.tool(&self.npm, dir).args(args).run()
    }

    /// A project of its own.
    fn project(&self, name: &str) -> PathBuf {
        let dir = self.dir.path().join(name);
        write(
            &dir.join("package.json"),
            "{\"name\":\"shop\",\"version\":\"1.0.0\",\"private\":true}\n",
        );
        dir
    }
}

#[test]
fn a_project_gets_the_programs_from_npm() {
    let Some(world) = World::new() else { return };
    let project = world.project("project");
    world.npm(&project, &["install", "--save-dev", "launchway"]).success();
    let bin = |name: &str| world.tool(&project.join("node_modules/.bin").join(name), &project);

    // Words, streams and exit codes are the program's.
    let help = bin("launchway").args(["changeset", "--help"]).run();
    let own = bin("launchway-changeset").arg("--help").run();
    assert_eq!((help.code, &help.stdout, &help.stderr), (own.code, &own.stdout, &own.stderr));
    assert!(help.all().contains("add"), "{}", help.all());
    let npx = world.npm(&project, &["exec", "--", "launchway", "changeset", "--help"]).success();
    assert_eq!(npx.stdout, help.stdout);
    let refused = bin("launchway").args(["health", "--url", "no address"]).run().exits(2);
    assert!(refused.all().contains("does not begin with a kind"), "{}", refused.all());
    bin("launchway-health").args(["--mode", "once", "--url", "http://127.0.0.1:9/"]).run().exits(1);

    // What is no program.
    let said = bin("launchway").run().success();
    assert!(said.stdout.contains("Programs: changeset, health"), "{}", said.stdout);
    let said = bin("launchway").arg("--version").run().success();
    assert_eq!(said.stdout, "launchway 1.2.3\n");
    let said = bin("launchway").arg("chnageset").run().exits(2);
    assert!(said.stderr.contains("no program `chnageset`"), "{}", said.stderr);

    // Nothing ran while installing, and the platform's package is the only other one.
    let lock = std::fs::read_to_string(project.join("package-lock.json")).unwrap();
    assert!(!lock.contains("hasInstallScript"), "{lock}");
    let listed = std::fs::read_dir(project.join("node_modules/@launchway")).unwrap().count();
    assert_eq!(listed, 1);
    let platform = std::fs::read_dir(project.join("node_modules/@launchway")).unwrap().next();
    let platform = platform.unwrap().unwrap().path();
    for program in PROGRAMS {
        let others = platform.join(format!("licenses/launchway-{program}.txt"));
        assert_eq!(std::fs::read_to_string(others).unwrap(), "Other people's work\n");
    }

    // Without the platform's package.
    let bare = world.project("bare");
    world.npm(&bare, &["install", "--omit=optional", "launchway"]).success();
    let said =
        world.tool(&bare.join("node_modules/.bin/launchway"), &bare).arg("health").run().exits(2);
    assert!(said.stderr.contains("is not installed"), "{}", said.stderr);
    assert!(said.stderr.contains("--omit=optional"), "{}", said.stderr);

    // A platform there is nothing for.
    let script = "Object.defineProperty(process, 'platform', { value: 'sunos' }); require('launchway/lib/run.js').main(['health'])";
    let said = world.tool(&world.node, &project).args(["-e", script]).run().exits(2);
    assert!(said.stderr.contains("no programs for sunos on"), "{}", said.stderr);

    // A platform's package of another version.
    let platform = std::fs::read_dir(project.join("node_modules/@launchway")).unwrap().next();
    let manifest = platform.unwrap().unwrap().path().join("package.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("1.2.3", "1.2.2")).unwrap();
    let said = bin("launchway").arg("health").run().exits(2);
    assert!(said.stderr.contains("1.2.2"), "{}", said.stderr);
}

#[test]
fn a_signal_reaches_the_program_and_its_end_the_caller() {
    let Some(world) = World::new() else { return };
    let project = world.project("project");
    world.npm(&project, &["install", "launchway"]).success();
    // Nobody answers there, so it tries until it is stopped; stopped by a signal it ends with 1.
    for (signal, ends) in [("TERM", 1), ("INT", 1), ("KILL", 137)] {
        let mut front = Command::new(&world.node)
            .arg(project.join("node_modules/launchway/bin/launchway-health.js"))
            .args(["--url", "http://127.0.0.1:9/", "--timeout", "60s", "--interval", "100ms"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The program says what it saw: then it runs.
        let mut out = std::io::BufReader::new(front.stdout.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
        let front_id = front.id().to_string();
        let mut to = front_id.clone();
        if signal == "KILL" {
            // Nobody can hand this one on: it goes to the program.
            let children = format!("/proc/{front_id}/task/{front_id}/children");
            to = std::fs::read_to_string(children).unwrap().trim().to_owned();
        }
        Scrubbed::new("kill").args([&format!("-{signal}"), &to]).run().success();
        let status = front.wait().unwrap();
        let signalled = std::os::unix::process::ExitStatusExt::signal(&status);
        let ended = status.code().or_else(|| signalled.map(|signal| 128 + signal));
        assert_eq!(ended, Some(ends), "{signal}: {line}");
        // The program itself ended: nobody holds its output open.
        std::io::Read::read_to_end(&mut out, &mut Vec::new()).unwrap();
    }
}

#[test]
fn pnpm_and_yarn_install_them_as_well() {
    let Some(world) = World::new() else { return };
    let (Some(pnpm), Some(yarn)) = (named("LAUNCHWAY_PNPM"), named("LAUNCHWAY_YARN")) else {
        return;
    };
    let project = world.project("pnpm");
    world
        .tool(&world.node, &project)
        .arg(&pnpm)
        .args(["add", "--save-dev", "launchway"])
        .run()
        .success();
    let run = world
        .tool(&world.node, &project)
        .arg(&pnpm)
        .args(["exec", "launchway", "changeset", "--help"])
        .run();
    assert!(run.success().stdout.contains("add"));

    // Yarn as it comes, without a folder node_modules.
    let project = world.project("yarn");
    write(
        &project.join(".yarnrc.yml"),
        &format!(
            "npmRegistryServer: {}\nunsafeHttpWhitelist: [127.0.0.1]\nenableTelemetry: false\nenableGlobalCache: false\nnpmMinimalAgeGate: 0\n",
            world.url
        ),
    );
    write(&project.join("yarn.lock"), "");
    world.tool(&world.node, &project).arg(&yarn).args(["add", "launchway"]).run().success();
    let run = world
        .tool(&world.node, &project)
        .arg(&yarn)
        .args(["launchway", "changeset", "--help"])
        .run();
    assert!(run.success().stdout.contains("add"));
}
