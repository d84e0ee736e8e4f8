//! Tarballs of a plan, with the hash that says they are the planned ones.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use launchway_workspace::{Package, Workspace};
use sha2::{Digest, Sha256, Sha512};

use crate::manager::PackRequest;
use crate::order::unknown;
use crate::plan::PLAN_FILE;
use crate::{Entry, PackageManager, Plan, PublishError, Tarball};

/// Where the tarballs are, relative to the plan file.
const FOLDER: &str = "packages";

/// What was packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The plan with a tarball per published package, as written.
    pub plan: Plan,
    /// The plan file.
    pub file: PathBuf,
}

/// Packs what a plan publishes into `out_dir` (absolute) and writes the plan with the tarballs'
/// paths and hashes beside them. Everything that can be refused is refused before the first pack.
pub async fn pack(
    manager: &dyn PackageManager,
    workspace: &Workspace,
    plan: &Plan,
    out_dir: &Path,
) -> Result<Packed, PublishError> {
    for entry in plan.publishes() {
        let package =
            workspace.package(entry.name()).ok_or_else(|| unknown(workspace, entry.name()))?;
        if let Some(directory) =
            package.publish.directory.as_ref().filter(|_| !manager.takes_directory())
        {
            return Err(PublishError::YarnDirectory {
                package: package.name.clone(),
                directory: directory.clone(),
                manifest: package.manifest.clone(),
            });
        }
    }
    let folder = out_dir.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|source| file_error(&folder, source))?;
    let places = places(workspace, plan, &folder)?;
    let requests: Vec<PackRequest<'_>> =
        places.iter().map(|place| place.request(&folder)).collect();
    let mut tarballs = Vec::new();
    for (file, request) in manager.pack_all(&requests).await?.iter().zip(&requests) {
        let beside = manager.beside(request, file);
        let beside = beside.iter().map(|file| tarball(file)).collect::<Result<_, _>>()?;
        tarballs.push(Tarball { beside, ..tarball(file)? });
    }
    let mut plan = plan.clone();
    let mut tarballs = tarballs.into_iter();
    for entry in plan.chunks.iter_mut().flatten() {
        if let Entry::Publish { tarball, .. } = entry {
            *tarball = tarballs.next();
        }
    }
    let file = out_dir.join(PLAN_FILE);
    std::fs::write(&file, plan.to_json()).map_err(|source| file_error(&file, source))?;
    Ok(Packed { plan, file })
}

/// A packed file as the plan names it.
fn tarball(file: &Path) -> Result<Tarball, PublishError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let integrity = integrity_of(file).map_err(|source| file_error(file, source))?;
    Ok(Tarball { path: format!("{FOLDER}/{name}"), integrity, beside: Vec::new() })
}

/// The root of the workspace a package is in, absolute: where its lock file and its package manager's
/// configuration are.
pub(crate) fn root_of(workspace: &Workspace, package: &Package) -> PathBuf {
    let is_above =
        |root: &&String| root.is_empty() || Path::new(&package.dir).starts_with(root.as_str());
    let deepest = workspace.roots.iter().filter(is_above).max_by_key(|root| root.len());
    deepest.map_or_else(|| workspace.root.clone(), |root| workspace.root.join(root))
}

/// Where a package is, and where its tarball is or goes to.
pub(crate) struct Place<'a> {
    package: &'a Package,
    package_dir: PathBuf,
    pack_dir: PathBuf,
    tarball: PathBuf,
}

impl<'a> Place<'a> {
    pub(crate) fn request(&'a self, out_dir: &'a Path) -> PackRequest<'a> {
        PackRequest {
            package: self.package,
            package_dir: &self.package_dir,
            pack_dir: &self.pack_dir,
            out_dir,
            tarball: &self.tarball,
        }
    }
}

/// The places of what a plan publishes: tarballs stand where the plan says, else in `folder`.
pub(crate) fn places<'a>(
    workspace: &'a Workspace,
    plan: &Plan,
    folder: &Path,
) -> Result<Vec<Place<'a>>, PublishError> {
    let place = |entry: &Entry| {
        let package =
            workspace.package(entry.name()).ok_or_else(|| unknown(workspace, entry.name()))?;
        let package_dir = workspace.root.join(&package.dir);
        let inner = package.publish.directory.as_ref();
        let pack_dir = inner.map_or_else(|| package_dir.clone(), |inner| package_dir.join(inner));
        let tarball = match entry {
            Entry::Publish { tarball: Some(tarball), .. } => folder.join(&tarball.path),
            _ => folder.join(tarball_name(package.manifest_name(), entry.version())),
        };
        Ok(Place { package, package_dir, pack_dir, tarball })
    };
    plan.publishes().map(place).collect()
}

/// The file name of a package's tarball: `@scope/name` 1.0.0 is `scope-name-1.0.0.tgz`.
pub fn tarball_name(name: &str, version: &str) -> String {
    let name = name.strip_prefix('@').unwrap_or(name).replacen('/', "-", 1);
    format!("{name}-{version}.tgz")
}

/// The hash of a file as `sha256-` and base64.
pub fn integrity_of(file: &Path) -> std::io::Result<String> {
    Ok(format!("sha256-{}", STANDARD.encode(digest::<Sha256>(file)?)))
}

fn digest<D: Digest>(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(file)?;
    let mut digest = D::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(digest.finalize().to_vec()),
            read => digest.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Checks that every package a plan publishes has its tarball below `dir`, with the planned hash.
pub fn verify_tarballs(plan: &Plan, dir: &Path) -> Result<(), PublishError> {
    for entry in plan.publishes() {
        let Entry::Publish { name, tarball, .. } = entry else { continue };
        let unusable = |path: &str, why: String| PublishError::Tarball {
            package: name.clone(),
            path: path.to_owned(),
            why,
        };
        let Some(tarball) = tarball else {
            return Err(unusable("", "the plan does not name one".to_owned()));
        };
        for file in tarball.all() {
            verify(file, dir).map_err(|why| unusable(&file.path, why))?;
        }
    }
    Ok(())
}

fn verify(tarball: &Tarball, dir: &Path) -> Result<(), String> {
    // The plan may have come from another job: it must not reach out of its folder.
    if !Path::new(&tarball.path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return Err("it lies outside the pack folder".to_owned());
    }
    let file = dir.join(&tarball.path);
    let (algorithm, planned) = tarball.integrity.split_once('-').unwrap_or_default();
    let found = match algorithm {
        "sha256" => digest::<Sha256>(&file),
        "sha512" => digest::<Sha512>(&file),
        other => return Err(format!("its hash is of an unknown kind, `{other}`")),
    };
    let found = found.map_err(|error| error.to_string())?;
    if STANDARD.encode(found) == planned {
        Ok(())
    } else {
        Err("its hash is not the planned one".to_owned())
    }
}

fn file_error(file: &Path, source: std::io::Error) -> PublishError {
    PublishError::File { file: file.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tarballs_are_named_like_npm_names_them() {
        assert_eq!(tarball_name("@scope/name", "1.0.0"), "scope-name-1.0.0.tgz");
        assert_eq!(tarball_name("name", "1.0.0-rc.1"), "name-1.0.0-rc.1.tgz");
    }

    #[test]
    fn a_tarball_is_the_planned_one_or_refused() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("a.tgz"), "hello").unwrap();
        let hash = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
        assert_eq!(integrity_of(&temp.path().join("a.tgz")).unwrap(), hash);
        let check = |path: &str, integrity: &str| {
            let (path, integrity) = (path.into(), integrity.into());
            verify(&Tarball { path, integrity, beside: Vec::new() }, temp.path())
        };
        assert_eq!(check("a.tgz", hash), Ok(()));
        let sha512 = "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==";
        assert_eq!(check("a.tgz", sha512), Ok(()));
        for (path, integrity, why) in [
            ("a.tgz", "sha256-AAAA", "not the planned one"),
            ("a.tgz", "md5-x", "unknown kind, `md5`"),
            ("a.tgz", "", "unknown kind"),
            ("gone.tgz", hash, "o such file"),
            ("../outside-of-the-folder.tgz", hash, "outside"),
            ("/etc/hostname", hash, "outside"),
        ] {
            let error = check(path, integrity).unwrap_err();
            assert!(error.contains(why), "{path} {integrity}: {error}");
        }
        let entry = Entry::Publish {
            name: "a".into(),
            version: "1.0.0".into(),
            access: String::new(),
            tag: String::new(),
            ecosystem: Some("python".into()),
            tarball: None,
        };
        let mut plan = Plan { chunks: vec![vec![entry]] };
        let unusable = |plan: &Plan| verify_tarballs(plan, temp.path()).unwrap_err().to_string();
        assert!(unusable(&plan).contains("does not name one"));
        // What is beside the first is looked at, too.
        let file =
            |path: &str| Tarball { path: path.into(), integrity: hash.into(), beside: Vec::new() };
        let beside = vec![file("a.tgz"), file("gone.whl")];
        if let Entry::Publish { tarball, .. } = &mut plan.chunks[0][0] {
            *tarball = Some(Tarball { beside, ..file("a.tgz") });
        }
        assert!(unusable(&plan).contains("`gone.whl` of `a`"), "{}", unusable(&plan));
    }
}
