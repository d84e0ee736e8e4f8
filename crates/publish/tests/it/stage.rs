//! npm's staged publishing with the real npm.

use launchway_publish::{
    Decision, NpmPublish, PackageManager, PublishError, PublishOptions, Published, StageCommands,
    Staging, choose_manager, publish,
};
use launchway_testkit::{Allowed, FakeRegistry, Fault, FaultRule};
use serde_json::json;

use crate::real::{runner, tool};
use crate::space::{Space, options, plan, three, wait};

struct Shelf {
    space: Space,
    registry: FakeRegistry,
    npm: std::path::PathBuf,
    /// What a runner with trusted publishing has; empty on a laptop.
    env: Vec<(String, String)>,
}

impl Shelf {
    /// A registry that knows `@acme/a` 0.9.0 and trusts a workflow as far as `allowed`; `None` without
    /// an npm that can stage.
    fn new(allowed: Allowed) -> Option<Self> {
        let npm = tool("LAUNCHWAY_NPM", None)?;
        let registry = FakeRegistry::start();
        registry.add_token("npm_maintainer", "maintainer").seed("@acme/a", "0.9.0");
        let space = Space::new(&three());
        space.write("packages/a/index.js", "fly()");
        space.write(".npmrc", &format!("registry={}/\n", registry.url()));
        let (url, token) = registry.offer_identity("an-identity");
        for name in ["@acme/a", "@acme/b"] {
            registry.trust_only(name, "an-identity", allowed);
        }
        let env = vec![
            ("GITHUB_ACTIONS".to_owned(), "true".to_owned()),
            ("ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(), url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(), token),
        ];
        Some(Self { space, registry, npm, env })
    }

    fn runner(&self) -> launchway_publish::Runner {
        let env: Vec<(&str, &str)> =
            self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        runner(&self.space, &self.npm, &env)
    }

    fn commands(&self) -> StageCommands {
        StageCommands::new(self.runner())
    }

    fn publish(&self, mode: NpmPublish) -> Published {
        let workspace = self.space.read();
        let inner = wait(choose_manager(&workspace, self.runner())).unwrap();
        let manager = Staging::new(inner, self.commands(), workspace.clone(), mode);
        let plan = plan(&manager as &dyn PackageManager, &workspace, &options()).plan;
        wait(publish(&manager, &workspace, &plan, &PublishOptions::default(), &mut |_| {})).unwrap()
    }

    /// The laptop of a maintainer who is logged in.
    fn laptop(mut self) -> Self {
        self.env.clear();
        self.space.write(".npmrc", &self.registry.npmrc("npm_maintainer"));
        self
    }
}

#[test]
fn what_is_staged_is_neither_failed_nor_released() {
    let Some(shelf) = Shelf::new(Allowed::Stage) else { return };
    let published = shelf.publish(NpmPublish::Stage);
    assert!(published.is_complete(), "{:?}", published.rows());
    assert_eq!((published.staged().count(), published.successes().count()), (2, 0));
    assert_eq!(shelf.registry.staged(), ["@acme/a@1.0.0", "@acme/b@1.1.0"]);
    assert_eq!(shelf.registry.versions("@acme/a"), ["0.9.0"]);
    let staged = published.staged().next().unwrap().staged.clone().unwrap();
    assert_eq!((staged.name.as_str(), staged.version.as_str()), ("@acme/a", "1.0.0"));
    assert!(staged.id.is_some_and(|id| id.len() == 36) && staged.size > 0);
    assert!(staged.integrity.starts_with("sha512-"), "{}", staged.integrity);
    let paths: Vec<&str> = staged.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["index.js", "package.json"]);

    // A second run stages nothing again and is not red.
    let again = shelf.publish(NpmPublish::Stage);
    assert_eq!((again.staged().count(), again.is_complete()), (2, true), "{:?}", again.rows());
    assert_eq!(shelf.registry.staged().len(), 2);
    assert_eq!(again.staged().next().unwrap().staged.clone().unwrap().id, None);
}

#[test]
fn auto_does_what_the_trusted_publisher_allows() {
    for (allowed, staged, refusals) in
        [(Allowed::Stage, 2, 1), (Allowed::Publish, 0, 0), (Allowed::Both, 0, 0)]
    {
        let Some(shelf) = Shelf::new(allowed) else { return };
        let published = shelf.publish(NpmPublish::Auto);
        assert!(published.is_complete(), "{:?}", published.rows());
        assert_eq!(published.staged().count(), staged, "{allowed:?}");
        let writes = shelf.registry.writes();
        let refused = writes.iter().filter(|seen| seen.status == 403).count();
        assert_eq!(refused, refusals, "{allowed:?} tries the wrong way once at most");
    }
}

#[test]
fn a_publisher_that_may_not_stage_is_explained() {
    let Some(shelf) = Shelf::new(Allowed::Publish) else { return };
    let published = shelf.publish(NpmPublish::Stage);
    let said = published.failures().next().unwrap().describe();
    assert!(said.contains("does not allow `stage publish`"), "{said}");
    assert!(said.contains("npm-publish: auto"), "{said}");
    assert!(said.contains("trusted publishing (OIDC) was"), "{said}");
    assert_eq!(published.held().count(), 2, "what needs it is held");
    assert!(shelf.registry.staged().is_empty());
}

#[test]
fn a_taken_number_is_recognised_whatever_the_words() {
    for (status, words) in [
        (409, "conflict"),
        (403, "You cannot publish over the previously published versions: 1.0.0."),
    ] {
        let Some(shelf) = Shelf::new(Allowed::Stage) else { return };
        shelf.registry.fail(
            FaultRule::new(Fault::Status(status, Vec::new(), json!({ "error": words })))
                .method("POST")
                .path("/-/stage/package/@acme%2fa"),
        );
        let published = shelf.publish(NpmPublish::Stage);
        assert_eq!(published.staged().count(), 2, "{:?}", published.rows());
        assert_eq!(shelf.registry.staged(), ["@acme/b@1.1.0"], "the first was refused");
    }
}

#[test]
fn a_publisher_that_may_only_stage_is_explained() {
    let Some(shelf) = Shelf::new(Allowed::Stage) else { return };
    let published = shelf.publish(NpmPublish::Direct);
    let said = published.failures().next().unwrap().describe();
    assert!(said.contains("does not allow publishing directly"), "{said}");
    assert!(said.contains("npm-publish: stage"), "{said}");
    assert!(shelf.registry.staged().is_empty());
}

#[test]
fn a_maintainer_lists_compares_approves_and_rejects() {
    let Some(shelf) = Shelf::new(Allowed::Stage) else { return };
    shelf.publish(NpmPublish::Stage);
    let shelf = shelf.laptop();
    shelf.registry.want_otp(&[("123456", 1)]);
    let (workspace, commands) = (shelf.space.read(), shelf.commands());
    let package = |name: &str| workspace.package(name).unwrap();
    let listed = |name: &str| wait(commands.list(&workspace, package(name))).unwrap().unwrap();
    let [a] = &*listed("@acme/a") else { panic!("one version is staged") };
    assert_eq!((a.version.as_str(), a.actor.as_deref()), ("1.0.0", Some("workflow")));
    let folder = shelf.space.outside().join("down");
    std::fs::create_dir_all(&folder).unwrap();
    let file =
        wait(commands.download(&workspace, package("@acme/a"), &a.id, &folder)).unwrap().unwrap();
    let described = wait(commands.describe(&workspace, package("@acme/a"), &file));
    assert!(described.files.iter().any(|change| change.path == "index.js"), "{described:?}");

    let approve = |name: &str, id: &str, otp: Option<&str>| {
        let otp = otp.map(launchway_base::Secret::new);
        wait(commands.approve(&workspace, package(name), id, otp.as_ref())).unwrap()
    };
    assert!(matches!(approve("@acme/a", &a.id, None), Decision::NeedsOtp(_)));
    assert!(matches!(approve("@acme/a", &a.id, Some("000000")), Decision::NeedsOtp(_)));
    assert_eq!(approve("@acme/a", &a.id, Some("123456")), Decision::Done);
    assert_eq!(shelf.registry.versions("@acme/a"), ["0.9.0", "1.0.0"]);
    let Decision::Refused(error) = approve("@acme/a", &a.id, Some("123456")) else {
        panic!("an approved version cannot be approved again")
    };
    assert_eq!(error.code.as_deref(), Some("E404"));

    let [b] = &*listed("@acme/b") else { panic!("one version is staged") };
    shelf.registry.want_otp(&[("654321", 1)]);
    let otp = launchway_base::Secret::new("654321");
    let rejected = wait(commands.reject(&workspace, package("@acme/b"), &b.id, Some(&otp)));
    assert_eq!(rejected.unwrap(), Decision::Done);
    assert!(listed("@acme/b").is_empty() && shelf.registry.versions("@acme/b").is_empty());
    for seen in shelf.registry.requests() {
        assert!(!seen.path.contains("123456") && !seen.query.contains("123456"));
    }
}

#[test]
fn without_a_login_nothing_is_listed() {
    let Some(shelf) = Shelf::new(Allowed::Stage) else { return };
    let workspace = shelf.space.read();
    let package = workspace.package("@acme/a").unwrap();
    let said = wait(shelf.commands().list(&workspace, package)).unwrap().unwrap_err();
    assert_eq!(said.code.as_deref(), Some("E401"), "{said}");
}

#[test]
fn an_npm_that_cannot_stage_is_refused_beforehand() {
    let space = Space::new(&[json!({"name": "a", "version": "1.0.0"})]);
    let bin = space.outside().join("bin");
    for (version, is_fine) in [
        ("10.9.0", false),
        ("11.14.1", false),
        ("11.15.0", true),
        ("12.0.0-pre.1", true),
        ("?", false),
    ] {
        space.write("../bin/npm", &format!("#!/bin/sh\necho {version}\n"));
        let file = bin.join("npm");
        std::process::Command::new("chmod").arg("755").arg(&file).status().unwrap();
        let checked = wait(StageCommands::new(runner(&space, &file, &[])).check(&space.root));
        assert_eq!(checked.is_ok(), is_fine, "{version}");
        if let Err(error) = checked {
            assert!(matches!(&error, PublishError::OldNpm(found) if found == version), "{error}");
        }
    }
}
