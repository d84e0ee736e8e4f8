//! A throwaway workspace.

use std::future::Future;
use std::path::{Path, PathBuf};

use launchway_publish::{
    Credentials, Entry, PackageManager, Plan, PlanOptions, PlanReport, PublishError,
};
use launchway_workspace::Workspace;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Space {
    temp: TempDir,
    pub(crate) root: PathBuf,
}

impl Space {
    /// A workspace of npm with these manifests, each in `packages/<last part of its name>`.
    pub(crate) fn new(manifests: &[Value]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap().join("work");
        let space = Self { temp, root };
        space.write(
            "package.json",
            &json!({"private": true, "workspaces": ["packages/*"]}).to_string(),
        );
        space.write("package-lock.json", "{}");
        for manifest in manifests {
            let name = manifest["name"].as_str().unwrap();
            let folder = name.rsplit('/').next().unwrap();
            space.write(&format!("packages/{folder}/package.json"), &manifest.to_string());
        }
        space
    }

    pub(crate) fn outside(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self) -> Workspace {
        Workspace::discover(&self.root).unwrap()
    }
}

/// `a`, `b` that needs `a`, and the private `app` that needs `b`.
pub(crate) fn three() -> Vec<Value> {
    vec![
        json!({"name": "@acme/a", "version": "1.0.0"}),
        json!({"name": "@acme/b", "version": "1.1.0", "dependencies": {"@acme/a": "^1.0.0"}}),
        json!({"name": "app", "version": "0.1.0", "private": true, "dependencies": {"@acme/b": "^1.0.0"}}),
    ]
}

pub(crate) fn options() -> PlanOptions {
    PlanOptions { access: "public".to_owned(), tag_private: true, ..PlanOptions::default() }
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Asks and plans, with every private package untagged.
pub(crate) fn plan(
    manager: &dyn PackageManager,
    workspace: &Workspace,
    options: &PlanOptions,
) -> PlanReport {
    let asked =
        wait(launchway_publish::ask(manager, workspace, options, &Credentials::default())).unwrap();
    let untagged = launchway_publish::private_tags(workspace, options);
    launchway_publish::make_plan(workspace, &asked, untagged, options).unwrap()
}

/// `name version dist-tag` of each entry, a list per chunk; `tag` stands for those only tagged.
pub(crate) fn show(plan: &Plan) -> Vec<Vec<String>> {
    let one = |entry: &Entry| match entry {
        Entry::Publish { name, version, access, tag, .. } => {
            format!("{name} {version} {access} {tag}")
        }
        Entry::TagOnly { name, version } => format!("{name} {version} only tagged"),
    };
    plan.chunks.iter().map(|chunk| chunk.iter().map(one).collect()).collect()
}

/// Why asking the registry failed.
pub(crate) fn ask_error(manager: &dyn PackageManager, space: &Space) -> PublishError {
    let (workspace, none) = (space.read(), Credentials::default());
    wait(launchway_publish::ask(manager, &workspace, &options(), &none)).unwrap_err()
}
