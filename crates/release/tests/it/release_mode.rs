//! `release-mode: publish`, with a stand-in for npm and with npm itself.

use std::path::{Path, PathBuf};

use launchway_testkit::{FakeRegistry, FakeRunner, StepRun, TokenKind};

use crate::shop::{Shop, changeset};

/// An npm that keeps what is published in a folder and fails for packages in `refused`.
fn stand_in(shop: &Shop) -> (FakeRunner, PathBuf) {
    let outside = shop.repo.path().parent().unwrap();
    let (bin, registry) = (outside.join("bin"), outside.join("registry"));
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::create_dir_all(&registry).unwrap();
    std::fs::write(registry.join("old"), "3.0.0").unwrap();
    let script = format!(
        r#"#!/bin/sh
R='{}'
env > "$R/env"
case "$1" in
info)
  f="$R/$(echo "$2" | tr / _)"
  [ -f "$f" ] || {{ echo '{{"error":{{"code":"E404","summary":"not found"}}}}'; exit 1; }}
  printf '{{"versions":["%s"],"dist-tags":{{"latest":"%s"}}}}' "$(cat "$f")" "$(cat "$f")";;
publish)
  n=$(sed -n 's/.*"name": "\(.*\)".*/\1/p' package.json); v=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' package.json)
  grep -qx "$n" "$R/refused" 2>/dev/null && {{ echo '{{"error":{{"code":"E403","summary":"you may not"}}}}'; exit 1; }}
  printf '%s' "$v" > "$R/$(echo "$n" | tr / _)"; echo '{{}}';;
esac
"#,
        registry.display()
    );
    let npm = bin.join("npm");
    launchway_testkit::script(&npm, script);
    let path = format!("{}:/usr/bin:/bin", bin.display());
    (shop.runner().env("PATH", &path), registry)
}

fn merged() -> Shop {
    let shop = Shop::new(TokenKind::App);
    let old = "{\n  \"name\": \"old\",\n  \"version\": \"3.0.0\"\n}\n";
    shop.repo.write("packages/old/package.json", old);
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    let run = shop.run(&[("release-mode", "publish")]).success();
    assert!(shop.handle.pull(1).body.contains("Merging it publishes the packages"), "{}", run.log);
    shop.merge();
    shop.github.forget_requests();
    shop
}

const MODE: &[(&str, &str)] = &[("release-mode", "publish")];

fn there(registry: &Path, package: &str) -> Option<String> {
    std::fs::read_to_string(registry.join(package.replace('/', "_"))).ok()
}

#[test]
fn what_the_registry_lacks_is_published_tagged_and_released() {
    let shop = merged();
    let (runner, registry) = stand_in(&shop);
    std::fs::write(registry.join("@acme_app"), "1.0.1").unwrap();
    let dry = shop.run_on(&runner, &[MODE[0], ("dry-run", "true")]).success();
    let packages = &dry.output_json("plan")["packages"];
    assert_eq!(
        (packages.as_array().unwrap().len(), &packages[0]["name"]),
        (1, &"@acme/core".into())
    );
    assert_eq!(dry.output_json("plan")["unfinished"], serde_json::json!(["@acme/app@1.0.1"]));
    assert_eq!(there(&registry, "@acme/core"), None);

    let run = shop.run_on(&runner, MODE).success();
    assert_eq!(there(&registry, "@acme/core").as_deref(), Some("1.1.0"));
    // App was published by a run that did not come to tag it; old is of another commit.
    assert_eq!(shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"]);
    assert!(shop.handle.release("@acme/core@1.1.0").unwrap().body.unwrap().contains("A."));
    assert_eq!(run.output_json("published-packages")[0]["version"], "1.1.0");
    assert_eq!(names(&run, "published-packages"), ["@acme/core"]);
    assert_eq!(names(&run, "released-packages"), ["@acme/core", "@acme/app"]);
    assert!(run.summary.contains("published"));
    let env = std::fs::read_to_string(registry.join("env")).unwrap();
    assert!(!env.contains("GITHUB_TOKEN") && !env.contains("LAUNCHWAY_INPUTS"), "{env}");

    shop.github.forget_requests();
    let again = shop.run_on(&runner, MODE).success();
    assert!(again.log.contains("the registry has every version"));
    assert_eq!(shop.github.write_lines(), [""; 0]);
    assert_eq!(again.output("published"), "false");
    assert_eq!(again.output("released-packages"), "[]");
}

fn names(run: &StepRun, output: &str) -> Vec<String> {
    let list = run.output_json(output);
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_only_tagged_is_released_and_not_published() {
    let shop = Shop::new(TokenKind::App);
    let tags = "{ \"privatePackages\": { \"version\": true, \"tag\": true } }\n";
    shop.repo.write(".changeset/config.json", tags);
    let site = "{\n  \"name\": \"site\",\n  \"version\": \"1.0.0\",\n  \"private\": true\n}\n";
    shop.repo.write("packages/site/package.json", site);
    shop.changeset("one", &changeset(&[("@acme/core", "minor"), ("site", "minor")], "A."));
    let run = shop.run(MODE).success();
    assert_eq!(run.output("released-packages"), "[]");
    shop.merge();
    let (runner, _) = stand_in(&shop);
    let dry = shop.run_on(&runner, &[MODE[0], ("dry-run", "true")]).success();
    assert_eq!(dry.output("released-packages"), "[]");
    let run = shop.run_on(&runner, MODE).success();
    assert_eq!(names(&run, "published-packages"), ["@acme/core", "@acme/app"]);
    assert_eq!(names(&run, "released-packages"), ["@acme/core", "@acme/app", "site"]);
    assert_eq!(
        run.output_json("released-packages")[2],
        serde_json::json!({
            "name": "site", "version": "1.1.0", "tag": "site@1.1.0", "path": "packages/site",
            "ecosystem": "npm",
        })
    );
}

#[test]
fn a_refused_package_is_red_and_what_was_published_is_tagged() {
    let mut shop = merged();
    let (runner, registry) = stand_in(&shop);
    std::fs::write(registry.join("refused"), "@acme/app\n").unwrap();
    let run = shop.run_on(&runner, MODE).exits(4);
    assert_eq!(shop.handle.tags(), ["@acme/core@1.1.0"]);
    let error = run.messages("error")[0];
    assert!(error.contains("@acme/app@1.0.1") && error.contains("you may not"), "{error}");
    assert_eq!(run.output("published"), "true");

    // Still refused in the next attempt: not published, so not tagged.
    shop.attempt = 2;
    let _ = shop.run_on(&stand_in(&shop).0, MODE).exits(3);
    assert_eq!(shop.handle.tags(), ["@acme/core@1.1.0"]);
    let dry = shop.run_on(&stand_in(&shop).0, &[MODE[0], ("dry-run", "true")]).success();
    assert_eq!(dry.output_json("plan").get("unfinished"), None);

    // A tag that did not come about is made by the next run, though nothing is unpublished then.
    shop.attempt = 1;
    std::fs::remove_file(registry.join("refused")).unwrap();
    std::fs::write(registry.join("@acme_app"), "1.0.1").unwrap();
    let (runner, _) = stand_in(&shop);
    let _ = shop.run_on(&runner, MODE).success();
    assert_eq!(shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"]);
    assert_eq!(shop.handle.releases().len(), 2);
}

#[test]
fn without_tags_nothing_is_left_to_be_tagged() {
    let shop = merged();
    let (runner, registry) = stand_in(&shop);
    for (package, version) in [("@acme_core", "1.1.0"), ("@acme_app", "1.0.1")] {
        std::fs::write(registry.join(package), version).unwrap();
    }
    shop.repo.write(
        ".changeset/config.json",
        "{ \"privatePackages\": { \"version\": true, \"tag\": true } }\n",
    );
    shop.repo.write(
        "packages/site/package.json",
        "{\n  \"name\": \"site\",\n  \"version\": \"1.0.0\",\n  \"private\": true\n}\n",
    );
    shop.commit("a private package");
    let off = [MODE[0], ("push-git-tags", "false"), ("create-github-releases", "false")];
    let run = shop.run_on(&runner, &off).success();
    assert_eq!(run.output_json("plan")["mode"], "nothing", "{}", run.log);
    let run = shop.run_on(&runner, &[MODE[0], ("dry-run", "true")]).success();
    assert_eq!(run.output_json("plan")["packages"][0]["kind"], "tag-only");
}

#[test]
fn npm_itself_publishes_to_a_registry() {
    let found = std::env::var_os("LAUNCHWAY_NPM").map(PathBuf::from).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join("npm")).find(|file| file.is_file())
    });
    let Some(npm) = found else {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "npm is missing");
        eprintln!("skipped: LAUNCHWAY_NPM is not set");
        return;
    };
    let shop = merged();
    let registry = FakeRegistry::start();
    registry.add_token("npm_swordfish", "octocat").seed("@acme/core", "1.0.0").seed("old", "3.0.0");
    let home = shop.repo.path().parent().unwrap().join("home");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join(".npmrc"), registry.npmrc("npm_swordfish")).unwrap();
    let path = format!("{}:/usr/bin:/bin", npm.parent().unwrap().display());
    let runner = shop.runner().env("PATH", &path).env("HOME", &home.display().to_string());
    let run = shop.run_on(&runner, MODE).success();
    assert_eq!(registry.versions("@acme/core"), ["1.0.0", "1.1.0"]);
    assert_eq!(registry.versions("@acme/app"), ["1.0.1"]);
    assert_eq!(shop.handle.tags(), ["@acme/app@1.0.1", "@acme/core@1.1.0"]);
    assert!(!run.log.contains("npm_swordfish"));
    shop.github.forget_requests();
    let _ = shop.run_on(&runner, MODE).success();
    assert_eq!((shop.github.write_lines().len(), registry.versions("@acme/core").len()), (0, 2));
}
