//! Images made by the real buildah, without a daemon: `FROM scratch` and one file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::{Distribution, tool};
use crate::command::Scrubbed;

/// buildah with a storage of its own.
#[derive(Debug)]
pub struct Buildah {
    program: PathBuf,
    dir: TempDir,
}

impl Buildah {
    /// `None` when the program is missing, which is said.
    pub fn new() -> Option<Self> {
        let program = tool("buildah")?;
        let dir = TempDir::with_prefix("launchway-buildah-").expect("a temporary directory");
        Some(Self { program, dir })
    }

    fn run(&self, args: &[&str]) -> String {
        let at = |name: &str| self.dir.path().join(name);
        let run = Scrubbed::new(&self.program)
            .arg("--root")
            .arg(at("root"))
            .arg("--runroot")
            .arg(at("run"))
            .args(["--storage-driver", "vfs"])
            .args(args)
            // What it would write into the home of who tests.
            .env("HOME", self.dir.path())
            .env("XDG_RUNTIME_DIR", self.dir.path())
            .env("TMPDIR", self.dir.path())
            .timeout(Duration::from_mins(2))
            .run()
            .success();
        run.stdout.trim().to_owned()
    }

    /// Builds an image with this text in it for an architecture, and returns its local name.
    fn build(&self, content: &str, arch: &str) -> String {
        let context = self.dir.path().join(format!("context-{arch}"));
        std::fs::create_dir_all(&context).expect("a folder in the temporary directory");
        let write = |name: &str, text: &str| std::fs::write(context.join(name), text);
        write("Containerfile", "FROM scratch\nCOPY content /content\n").expect("a file is written");
        write("content", content).expect("a file is written");
        let name = format!("localhost/demo:{arch}");
        self.run(&[
            "bud",
            "--isolation",
            "chroot",
            "--format",
            "oci",
            "-q",
            "-t",
            &name,
            "--arch",
            arch,
            path(&context),
        ]);
        name
    }

    /// Builds an image with this text in it and pushes it. Returns its digest there.
    ///
    /// # Panics
    /// When buildah fails.
    pub fn push_image(&self, to: &Distribution, repo: &str, tag: &str, content: &str) -> String {
        let name = self.build(content, "amd64");
        let place = format!("docker://{}/{repo}:{tag}", to.host());
        self.run(&["push", "-q", "--tls-verify=false", "-f", "oci", &name, &place]);
        to.digest(repo, tag).expect("it was pushed")
    }

    /// Builds an image for each architecture and pushes them under one index. Returns its digest.
    ///
    /// # Panics
    /// When buildah fails.
    pub fn push_index(&self, to: &Distribution, repo: &str, tag: &str, archs: &[&str]) -> String {
        let list = format!("localhost/list:{tag}");
        self.run(&["manifest", "create", &list]);
        for arch in archs {
            let name = self.build(&format!("{repo}:{tag} for {arch}"), arch);
            self.run(&["manifest", "add", &list, &format!("containers-storage:{name}")]);
        }
        let place = format!("docker://{}/{repo}:{tag}", to.host());
        self.run(&[
            "manifest",
            "push",
            "-q",
            "--all",
            "--tls-verify=false",
            "-f",
            "oci",
            &list,
            &place,
        ]);
        to.digest(repo, tag).expect("it was pushed")
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of ASCII")
}
