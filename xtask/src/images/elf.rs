//! Which libraries a program needs, and copying them into an image's root directory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Arch, put, shown};
use crate::shell;

/// Whether a program is an ELF file for the architecture.
pub(super) fn is_for(program: &Path, arch: Arch) -> Result<bool> {
    let bytes = std::fs::read(program).with_context(|| shown(program))?;
    let machine = match arch {
        Arch::Amd64 => [62, 0],
        Arch::Arm64 => [183, 0],
    };
    Ok(bytes.starts_with(b"\x7fELF") && bytes.get(18..20) == Some(&machine[..]))
}

/// Copies every library that `program` needs, and the loader that finds them, from below `from` to below
/// `root`. Nothing for a static program.
pub(super) fn libraries(from: &Path, program: &Path, arch: Arch, root: &Path) -> Result<()> {
    let mut wanted = vec![program.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(file) = wanted.pop() {
        let text = shell::read(shell::command("readelf").args(["-Wld"]).arg(&file))?;
        let needs = needed(&text);
        if let Some(loader) = needs.loader {
            put(&loader_file(from, arch, &loader), root, &loader)?;
        }
        for name in needs.libraries {
            // Libraries name the loader as well; it has its own place.
            if name.starts_with("ld-linux") || !seen.insert(name.clone()) {
                continue;
            }
            let path = find(from, arch, &name).with_context(|| {
                format!("`{}` needs `{name}`, which is not there", shown(&file))
            })?;
            put(&path, root, &format!("/lib/{}-linux-gnu/{name}", arch.machine()))?;
            wanted.push(path);
        }
    }
    Ok(())
}

/// The file of a loader that programs name by this path. In an unpacked package it lies among the libraries; at the
/// path itself there is a link, which may lead out of the folder, and since everything is in `/usr` not even that.
fn loader_file(from: &Path, arch: Arch, path: &str) -> PathBuf {
    let name = path.rsplit('/').next().unwrap_or_default();
    find(from, arch, name).unwrap_or_else(|| from.join(path.trim_start_matches('/')))
}

fn find(from: &Path, arch: Arch, name: &str) -> Option<PathBuf> {
    let folder = format!("{}-linux-gnu", arch.machine());
    let places = [from.join("lib").join(&folder), from.join("usr/lib").join(&folder)];
    places.iter().map(|place| place.join(name)).find(|path| path.is_file())
}

#[derive(Debug, PartialEq, Eq)]
struct Needs {
    loader: Option<String>,
    libraries: Vec<String>,
}

/// Reads what `readelf -ld` prints.
fn needed(text: &str) -> Needs {
    let within = |line: &str, before: &str| {
        let (_, rest) = line.split_once(before)?;
        rest.split_once(']').map(|(name, _)| name.to_owned())
    };
    Needs {
        loader: text.lines().find_map(|line| within(line, "[Requesting program interpreter: ")),
        libraries: text.lines().filter_map(|line| within(line, "Shared library: [")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_needs_is_read() {
        let text = "  INTERP  0x1 R\n      [Requesting program interpreter: /lib64/ld-linux-x86-64.so.2]\n\
                    0x01 (NEEDED)  Shared library: [libz.so.1]\n 0x01 (NEEDED) Shared library: [libc.so.6]\n 0x0e (SONAME) Library soname: [libx]\n";
        let needs = needed(text);
        assert_eq!(needs.loader.as_deref(), Some("/lib64/ld-linux-x86-64.so.2"));
        assert_eq!(needs.libraries, ["libz.so.1", "libc.so.6"]);
        let none = needed("There is no dynamic section in this file.\n");
        assert_eq!(none, Needs { loader: None, libraries: vec![] });
    }

    #[test]
    fn a_loader_is_found_wherever_a_package_has_it() {
        let path = "/lib64/ld-linux-x86-64.so.2";
        for folder in ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64"] {
            let root = tempfile::TempDir::new().unwrap();
            let file = root.path().join(folder).join("ld-linux-x86-64.so.2");
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
            std::fs::write(&file, "").unwrap();
            assert_eq!(loader_file(root.path(), Arch::Amd64, path), file);
        }
    }
}
