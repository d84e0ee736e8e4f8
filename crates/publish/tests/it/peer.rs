//! The plan beside the one of the tool we stand in for, byte by byte.

use std::process::{Command, Stdio};

use launchway_publish::{PlanOptions, pack};
use launchway_testkit::FakeRegistry;
use serde_json::{Value, json};

use crate::real::{npm, runner, tool};
use crate::space::{Space, options, plan, wait};

/// Versions there, `name@version`.
type Seeds<'a> = &'a [&'a str];

fn check(
    what: &str,
    manifests: &[Value],
    seeds: Seeds<'_>,
    config: &Value,
    pre: Option<&str>,
    ours: &PlanOptions,
) {
    let Some(program) = tool("LAUNCHWAY_NPM", Some("npm")) else { return };
    let (Some(cli), Some(node)) =
        (tool("LAUNCHWAY_CHANGESETS_CLI", None), tool("LAUNCHWAY_NODE", None))
    else {
        return;
    };
    let registry = FakeRegistry::start();
    for seed in seeds {
        let (name, version) = seed.rsplit_once('@').unwrap();
        registry.seed(name, version);
    }
    let space = Space::new(manifests);
    space.write(".npmrc", &format!("registry={}/\n", registry.url()));
    space.write(".changeset/config.json", &config.to_string());
    if let Some(tag) = pre {
        space.write(".changeset/pre.json", &json!({"mode": "pre", "tag": tag}).to_string());
    }
    let git = |args: &[&str]| {
        let done =
            Command::new("git").current_dir(&space.root).args(args).stdout(Stdio::null()).status();
        assert!(done.unwrap().success(), "git {args:?}");
    };
    git(&["init", "--quiet", "."]);

    let env = runner(&space, &program, &[]);
    let theirs = |args: &[&str]| {
        let output = Command::new(&node)
            .arg(&cli)
            .args(args)
            .current_dir(&space.root)
            .env_clear()
            .env("PATH", env.var("PATH").unwrap())
            .env("HOME", env.var("HOME").unwrap())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stdout));
    };
    theirs(&["publish-plan", "--output", "theirs.json"]);
    let expected = std::fs::read_to_string(space.root.join("theirs.json")).unwrap();
    let (workspace, manager) = (space.read(), npm(&space, &program, &[]));
    let report = plan(&*manager, &workspace, ours);
    assert_eq!(report.plan.to_json(), expected, "{what}");

    // Packing starts a package manager per package on both sides: the small workspace is enough.
    if manifests.len() > 3 {
        return;
    }
    theirs(&["pack", "--out-dir", "theirs"]);
    let expected = std::fs::read_to_string(space.root.join("theirs/publish-plan.json")).unwrap();
    wait(pack(&*manager, &workspace, &report.plan, &space.root.join("ours"))).unwrap();
    let packed = std::fs::read_to_string(space.root.join("ours/publish-plan.json")).unwrap();
    assert_eq!(packed, expected, "{what}");
}

#[test]
fn the_plan_has_the_peers_bytes() {
    let many = [
        json!({"name": "@acme/z", "version": "1.0.0"}),
        json!({"name": "@acme/y", "version": "1.0.0", "dependencies": {"@acme/z": "^1.0.0"}}),
        json!({"name": "@acme/x", "version": "2.0.0", "dependencies": {"@acme/y": "^1.0.0", "@acme/z": "1"},
               "publishConfig": {"access": "restricted"}}),
        json!({"name": "c1", "version": "1.0.0", "dependencies": {"c2": "^1.0.0"}}),
        json!({"name": "c2", "version": "1.0.0", "peerDependencies": {"c3": "^1.0.0"}}),
        json!({"name": "c3", "version": "1.0.0", "optionalDependencies": {"c1": "^1.0.0", "c2": "^1.0.0"}}),
        json!({"name": "after", "version": "1.0.0", "dependencies": {"c1": "^1.0.0"}}),
        json!({"name": "stale", "version": "1.0.0", "dependencies": {"c1": "^0.9.0"}}),
        json!({"name": "dev", "version": "1.0.0", "devDependencies": {"late": "^1.0.0"}}),
        json!({"name": "late", "version": "1.0.0"}),
        json!({"name": "app", "version": "0.1.0", "private": true, "dependencies": {"after": "^1.0.0"}}),
        json!({"name": "ignored", "version": "1.0.0"}),
        json!({"name": "there", "version": "3.0.0"}),
    ];
    let config = json!({"access": "public", "ignore": ["ignored"], "privatePackages": {"version": true, "tag": true}});
    let ours = PlanOptions { ignore: vec!["ignored".into()], ..options() };
    check("many", &many, &["there@3.0.0", "@acme/z@0.9.0"], &config, None, &ours);

    let pre = [
        json!({"name": "a", "version": "1.0.0-next.1"}),
        json!({"name": "b", "version": "1.0.0-next.1"}),
        json!({"name": "c", "version": "1.0.0-next.1"}),
    ];
    let config = json!({});
    let ours = PlanOptions {
        pre_tag: Some("next".into()),
        access: "restricted".into(),
        tag_private: false,
        ..PlanOptions::default()
    };
    check("pre mode", &pre, &["a@0.9.0", "b@1.0.0-next.0"], &config, Some("next"), &ours);
    let ours = PlanOptions { access: "restricted".into(), ..PlanOptions::default() };
    check("nothing to do", &pre[..1], &["a@1.0.0-next.1"], &config, None, &ours);
}
