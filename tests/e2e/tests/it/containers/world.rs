//! The images, built once per run of the tests, and what runs them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use launchway_e2e::at;
use launchway_e2e::needed;
use launchway_testkit::Scrubbed;
use launchway_testkit::distribution::tool;
use launchway_testkit::runner::Containers;

use crate::deeds::actions;

/// The images of `dist/IMAGE`, and the programs that their actions start.
pub(super) fn images() -> &'static BTreeMap<String, BTreeSet<String>> {
    static IMAGES: OnceLock<BTreeMap<String, BTreeSet<String>>> = OnceLock::new();
    IMAGES.get_or_init(|| {
        let text = std::fs::read_to_string(at("dist/IMAGE")).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let names = lines.filter_map(|line| line.split_once(' '));
        let mut images: BTreeMap<_, _> =
            names.map(|(name, _)| (name.to_owned(), BTreeSet::new())).collect();
        for action in actions().iter().filter(|action| action.is_container) {
            let text = std::fs::read_to_string(action.folder.join("action.yml")).unwrap();
            let value = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key));
            let image = value("image: docker://ghcr.io/launchway/").unwrap();
            let program = value("entrypoint: /usr/local/bin/").unwrap();
            let image = image.split_once('@').unwrap().0;
            let programs = images.get_mut(image);
            assert!(programs.is_some(), "dist/IMAGE has no line `{image}`");
            programs.unwrap().insert(program.to_owned());
        }
        images
    })
}

/// Images in a storage of their own.
pub(super) struct World {
    podman: PathBuf,
    buildah: PathBuf,
    /// Storage, context and stripped programs.
    dir: PathBuf,
    /// The programs in the images, to run without a container.
    pub(super) programs: PathBuf,
    /// Whether they are what ships: static, without debug information.
    pub(super) shipped: bool,
}

/// The world, or `None` where a tool is missing, which is said.
pub(super) fn world() -> Option<&'static World> {
    static WORLD: OnceLock<Option<World>> = OnceLock::new();
    WORLD.get_or_init(World::new).as_ref()
}

impl World {
    fn new() -> Option<Self> {
        let (podman, buildah, _) = (tool("podman")?, tool("buildah")?, tool("runc")?);
        let given = std::env::var_os("LAUNCHWAY_PACKAGES").filter(|given| !given.is_empty());
        if !is_root() {
            // The stage `package` of `cargo xtask test` runs these as root: there nothing may be left out.
            if given.is_some() {
                _ = needed::<()>("root, who runs containers of any user,", None);
            } else {
                println!("skipped: containers of any user are run by root only");
            }
            return None;
        }
        let dir = folder();
        let (from, programs, shipped) = match given.map(PathBuf::from) {
            Some(packages) => {
                let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
                (packages.clone(), packages.join(target), true)
            }
            None => {
                let programs = stripped(&dir)?;
                (programs.clone(), programs, false)
            }
        };
        let built = launchway_e2e::programs();
        let xtask = needed("what `cargo build` builds", built)?.join("xtask");
        let made = Self { podman, buildah, dir, programs, shipped };
        Scrubbed::new(xtask)
            .args(["images", "--git", "/", "--programs"])
            .arg(from)
            .arg("--context")
            .arg(made.context())
            .run()
            .success();
        for stage in images().keys() {
            made.build(stage, stage);
        }
        Some(made)
    }

    /// Where the images are collected.
    pub(super) fn context(&self) -> PathBuf {
        self.dir.join("context")
    }

    fn storage(&self) -> Vec<String> {
        let at = |name: &str| self.dir.join(name).display().to_string();
        ["--root", &at("root"), "--runroot", &at("run"), "--storage-driver", "vfs"]
            .map(ToOwned::to_owned)
            .to_vec()
    }

    /// Builds a stage of `dist/Containerfile` as `localhost/<name>`; the image's digest.
    pub(super) fn build(&self, stage: &str, name: &str) -> String {
        let image = format!("localhost/{name}");
        self.buildah()
            .args(["bud", "--isolation", "chroot", "--format", "oci", "--timestamp", "0", "-q"])
            .args(["--build-arg", "VERSION=1.2.3", "--target", stage, "-t", &image, "-f"])
            .arg(at("dist/Containerfile"))
            .arg(self.context())
            .run()
            .success();
        let format = "{{.FromImageDigest}}";
        let inspected =
            self.buildah().args(["inspect", "--type", "image", "--format", format, &image]).run();
        inspected.success().stdout.trim().to_owned()
    }

    /// buildah on this storage.
    pub(super) fn buildah(&self) -> Scrubbed {
        Scrubbed::new(&self.buildah)
            .args(self.storage())
            .env("HOME", &self.dir)
            .env("TMPDIR", &self.dir)
            .timeout(Duration::from_mins(2))
    }

    /// podman on this storage.
    pub(super) fn podman(&self) -> Scrubbed {
        Scrubbed::new(&self.podman).args(self.options()).timeout(Duration::from_mins(2))
    }

    fn options(&self) -> Vec<String> {
        let fixed = ["--cgroup-manager=cgroupfs", "--runtime=runc", "--events-backend=none"];
        self.storage().into_iter().chain(fixed.map(ToOwned::to_owned)).collect()
    }

    /// What runs container actions; `more` stands after `run`, as `--user=1001`.
    pub(super) fn containers(&self, more: &[&str]) -> Containers {
        let fixed = [
            "--pull=never",
            // Where the tests stand in a container themselves, no limit can be raised and no network made.
            "--network=host",
            "--cgroupns=host",
            "--ulimit=nofile=1024:1024",
            "--ulimit=nproc=4096:4096",
        ];
        let images = images()
            .keys()
            .map(|stage| (format!("ghcr.io/launchway/{stage}"), format!("localhost/{stage}")));
        Containers {
            program: self.podman.clone(),
            options: self.options(),
            run_options: fixed.iter().chain(more).map(|&option| option.to_owned()).collect(),
            images: images.collect(),
            owner: Some(RUNNER),
        }
    }

    /// One run of an image, without anything of GitHub's.
    pub(super) fn run(&self, image: &str, options: &[&str], args: &[&str]) -> Scrubbed {
        let image = format!("localhost/{image}");
        self.containers(&[]).run(options).arg(image).args(args)
    }
}

/// The user of GitHub's own runners.
pub(super) const RUNNER: u32 = 1001;

/// Gives a folder and all in it to a user.
pub(super) fn give(folder: &Path, user: u32) {
    let done = Scrubbed::new("chown").args(["-R", &format!("{user}:{user}")]).arg(folder).run();
    done.success();
}

fn is_root() -> bool {
    Scrubbed::new("id").arg("-u").run().success().stdout.trim() == "0"
}

/// A folder of this process; those of processes that are no more are removed.
fn folder() -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("containers");
    let left = std::fs::read_dir(&all).into_iter().flatten().flatten();
    for old in left.filter(|old| !Path::new("/proc").join(old.file_name()).exists()) {
        std::fs::remove_dir_all(old.path()).ok();
    }
    let dir = all.join(std::process::id().to_string());
    std::fs::remove_dir_all(&dir).ok();
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// The programs of this build without their debug information, which is most of them.
fn stripped(dir: &Path) -> Option<PathBuf> {
    let built = needed("what `cargo build` builds", launchway_e2e::programs())?;
    let strip = tool("strip")?;
    let folder = dir.join("programs");
    std::fs::create_dir_all(&folder).unwrap();
    for name in images().values().flatten() {
        let made = Scrubbed::new(&strip).arg("-o").arg(folder.join(name)).arg(built.join(name));
        made.run().success();
    }
    Some(folder)
}
