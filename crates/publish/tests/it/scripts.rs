//! What package managers are started with: arguments, folder, environment.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use launchway_base::{Deadline, Fault as _, Secret};
use launchway_publish::{
    PackageManager, PublishError, PublishOptions, Runner, choose_manager, publish,
};
use serde_json::json;

use crate::space::{Space, ask_error, options, plan, three, wait};

/// Puts a script on a `PATH` of its own; it notes how it was started and then does `body`.
fn script(space: &Space, program: &str, body: &str) -> Runner {
    let bin = space.outside().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let log = space.outside().join("log");
    let watched = [
        "LAUNCHWAY_INPUTS",
        "INPUT_TOKEN",
        "INPUT_GITHUB-TOKEN",
        "NODE_AUTH_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "NPM_CONFIG_OTP",
        "npm_config_otp",
    ];
    let mut text = format!(
        "#!/bin/sh\n{{ printf '%s' '{program}'; printf ' %s' \"$@\"; printf ' # %s' \"$PWD\"; env | grep -E '^({})=' | sort | tr '\\n' ' ' | sed 's/^/ /'; echo; }} >> '{}'\n",
        watched.join("|"),
        log.display()
    );
    writeln!(text, "{body}").unwrap();
    launchway_testkit::script(bin.join(program), text);
    let path =
        std::env::join_paths([bin.as_path(), Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    Runner::new(
        [
            ("LAUNCHWAY_INPUTS", "{}"),
            ("INPUT_TOKEN", "x"),
            ("INPUT_GITHUB-TOKEN", "x"),
            ("NODE_AUTH_TOKEN", "auth-value"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "id-value"),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .chain([(std::ffi::OsString::from("PATH"), path)]),
    )
}

fn log(space: &Space) -> Vec<String> {
    let root = space.root.display().to_string();
    let text = std::fs::read_to_string(space.outside().join("log")).unwrap_or_default();
    let _ = std::fs::remove_file(space.outside().join("log"));
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            line.trim_end()
                .replace(&root, "$ROOT")
                .replace(&*space.outside().canonicalize().unwrap().display().to_string(), "$OUT")
        })
        .collect();
    lines.sort();
    lines
}

fn one() -> Space {
    Space::new(&[
        json!({"name": "@acme/a", "version": "1.0.0", "publishConfig": {"registry": "http://r.invalid"}}),
    ])
}

fn go(
    manager: &dyn PackageManager,
    space: &Space,
    options: &PublishOptions<'_>,
) -> launchway_publish::Published {
    let workspace = space.read();
    let report = plan(manager, &workspace, &crate::space::options());
    wait(publish(manager, &workspace, &report.plan, options, &mut |_| {})).unwrap()
}

#[test]
fn npm_is_asked_packs_and_publishes() {
    let space = one();
    let body = r#"case "$1" in
info) echo '{"error":{"code":"E404","summary":"gone"}}'; exit 1;;
pack) touch "$4/acme-a-1.0.0.tgz"; echo '[{"filename":"acme-a-1.0.0.tgz"}]';;
esac"#;
    let runner = script(&space, "npm", body);
    let workspace = space.read();
    let manager = wait(choose_manager(&workspace, runner)).unwrap();
    assert_eq!(manager.name(), "npm");
    let otp = PublishOptions { otp: Some(Secret::new("123456")), ..PublishOptions::default() };
    assert!(go(&*manager, &space, &otp).is_complete());
    assert_eq!(
        log(&space),
        [
            "npm info @acme/a --registry=http://r.invalid --json # $ROOT NODE_AUTH_TOKEN=auth-value",
            "npm publish --json --access public --tag latest # $ROOT/packages/a ACTIONS_ID_TOKEN_REQUEST_TOKEN=id-value NODE_AUTH_TOKEN=auth-value npm_config_otp=123456",
        ]
    );

    let report = plan(&*manager, &workspace, &options());
    let out = space.outside().canonicalize().unwrap().join("out");
    let packed = wait(launchway_publish::pack(&*manager, &workspace, &report.plan, &out)).unwrap();
    let from = PublishOptions { pack_dir: Some(&out), ..PublishOptions::default() };
    let published = wait(publish(&*manager, &workspace, &packed.plan, &from, &mut |_| {})).unwrap();
    assert!(published.is_complete());
    assert_eq!(
        log(&space)[1..],
        [
            "npm pack $ROOT/packages/a --pack-destination $OUT/out/packages --json # $ROOT/packages/a NODE_AUTH_TOKEN=auth-value",
            "npm publish $OUT/out/packages/acme-a-1.0.0.tgz --json --access public --tag latest # $ROOT/packages/a ACTIONS_ID_TOKEN_REQUEST_TOKEN=id-value NODE_AUTH_TOKEN=auth-value",
        ]
    );
}

#[test]
fn pnpm_says_its_version_and_publishes_without_git_checks() {
    let space = one();
    std::fs::remove_file(space.root.join("package-lock.json")).unwrap();
    space.write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    let body = r#"case "$1" in
--version) echo 11.2.0;;
info) echo '{"error":{"code":"ERR_PNPM_PACKAGE_NOT_FOUND","message":"gone"}}'; exit 1;;
esac"#;
    let runner = script(&space, "pnpm", body);
    let manager = wait(choose_manager(&space.read(), runner)).unwrap();
    assert_eq!(manager.name(), "pnpm");
    assert!(go(&*manager, &space, &PublishOptions::default()).is_complete());
    assert_eq!(
        log(&space),
        [
            "pnpm --version # $ROOT NODE_AUTH_TOKEN=auth-value",
            "pnpm info @acme/a --json # $ROOT NODE_AUTH_TOKEN=auth-value",
            "pnpm info @acme/a@1.0.0 --json # $ROOT NODE_AUTH_TOKEN=auth-value",
            "pnpm publish --json --access public --tag latest --no-git-checks # $ROOT/packages/a ACTIONS_ID_TOKEN_REQUEST_TOKEN=id-value NODE_AUTH_TOKEN=auth-value",
        ]
    );
}

#[test]
fn yarn_is_told_not_to_wait_for_a_password() {
    let space = one();
    std::fs::remove_file(space.root.join("package-lock.json")).unwrap();
    space.write("yarn.lock", "");
    let body = r#"case "$1 $2" in
"--version ") echo 4.5.0;;
"npm info") echo '{"type":"error","name":35,"displayName":"YN0035","data":"Response Code: 404"}'; exit 1;;
"npm publish") read answer; [ "$answer" = not-otp ];;
esac"#;
    let manager = wait(choose_manager(&space.read(), script(&space, "yarn", body))).unwrap();
    assert_eq!(manager.name(), "yarn");
    assert!(go(&*manager, &space, &PublishOptions::default()).is_complete());
    assert_eq!(
        log(&space)[1..],
        [
            "yarn npm info @acme/a --json # $ROOT NODE_AUTH_TOKEN=auth-value",
            "yarn npm publish --access public --tag latest --json # $ROOT/packages/a ACTIONS_ID_TOKEN_REQUEST_TOKEN=id-value NODE_AUTH_TOKEN=auth-value",
        ]
    );
    let error =
        wait(choose_manager(&space.read(), script(&space, "yarn", "echo 1.22.19"))).unwrap_err();
    assert!(matches!(error, PublishError::YarnClassic), "{error}");
}

#[test]
fn yarn_refuses_another_folder_before_packing() {
    let space = Space::new(&[
        json!({"name": "a", "version": "1.0.0"}),
        json!({"name": "b", "version": "1.0.0", "publishConfig": {"directory": "dist"}}),
    ]);
    std::fs::remove_file(space.root.join("package-lock.json")).unwrap();
    space.write("yarn.lock", "");
    let body =
        r#"case "$1 $2" in "--version ") echo 4.5.0;; "npm info") echo '{"versions":[]}';; esac"#;
    let workspace = space.read();
    let manager = wait(choose_manager(&workspace, script(&space, "yarn", body))).unwrap();
    let report = plan(&*manager, &workspace, &options());
    log(&space);
    let out = space.outside().join("out");
    let error =
        wait(launchway_publish::pack(&*manager, &workspace, &report.plan, &out)).unwrap_err();
    assert_eq!(error.location().unwrap().to_string(), "packages/b/package.json");
    assert!(log(&space).is_empty() && !out.exists());
}

#[test]
fn a_manager_that_hangs_or_is_missing_is_named() {
    let space = Space::new(&three());
    let runner = script(&space, "npm", "sleep 20");
    let begun = Instant::now();
    let manager = wait(choose_manager(
        &space.read(),
        runner.with_deadline(Deadline::after(Duration::from_millis(200))),
    ))
    .unwrap();
    let error = ask_error(&*manager, &space);
    assert_eq!(error.to_string(), "`npm info` did not end in time");
    assert!(begun.elapsed() < Duration::from_secs(10));

    let nowhere = Runner::new([("PATH", "/nowhere")]);
    let manager = wait(choose_manager(&space.read(), nowhere)).unwrap();
    let error = ask_error(&*manager, &space);
    assert_eq!(error.to_string(), "`npm` not found");
    assert!(error.hint().unwrap().contains("install `npm`"));
}

#[test]
fn what_a_hanging_manager_started_is_ended_with_it() {
    let space = one();
    let pid = space.outside().join("pid");
    let body = format!(
        "case \"$1\" in info) echo '{{\"error\":{{\"code\":\"E404\"}}}}'; exit 1;; esac; sleep 300 & echo $! > '{}'; wait",
        pid.display()
    );
    let runner = script(&space, "npm", &body).with_limit(Duration::from_millis(500));
    let manager = wait(choose_manager(&space.read(), runner)).unwrap();
    let published = go(&*manager, &space, &PublishOptions::default());
    let said = published.failures().next().unwrap().describe();
    assert_eq!(said, "failed: `npm publish` did not end in time");
    let pid = std::fs::read_to_string(pid).unwrap();
    let is_running = || {
        let state =
            std::process::Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output();
        let state = String::from_utf8(state.unwrap().stdout).unwrap();
        !state.trim().is_empty() && !state.starts_with('Z')
    };
    let begun = Instant::now();
    while is_running() {
        assert!(begun.elapsed() < Duration::from_secs(5), "{pid} goes on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn endless_talk_and_pipes_left_open_hold_nothing_up() {
    let space = one();
    let body = r#"case "$1" in
info) echo '{"error":{"code":"E404"}}'; exit 1;;
publish) sleep 300 & yes 'much talk' | head -c 60000000; echo '{"error":{"code":"E403","summary":"cannot publish over the previously published"}}'; exit 1;;
esac"#;
    let manager = wait(choose_manager(&space.read(), script(&space, "npm", body))).unwrap();
    let begun = Instant::now();
    let published = go(&*manager, &space, &PublishOptions::default());
    assert_eq!(published.already_there().count(), 1, "{:?}", published.rows());
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn nothing_is_started_after_the_deadline() {
    let space = Space::new(&three());
    let body = r#"case "$1" in info) echo '{"error":{"code":"E404"}}'; exit 1;; esac"#;
    let manager = wait(choose_manager(&space.read(), script(&space, "npm", body))).unwrap();
    let deadline = Deadline::after(Duration::ZERO);
    let published =
        go(&*manager, &space, &PublishOptions { deadline, ..PublishOptions::default() });
    let rows = published.rows();
    let whats: Vec<&str> = rows.iter().map(|row| row[2].as_str()).collect();
    assert_eq!(
        whats,
        ["held: there was no time left to start it", "held by @acme/a", "held by @acme/a"]
    );
    assert!(!published.is_complete());
    assert!(log(&space).iter().all(|line| !line.contains("publish")));
}
