//! Which list is of which platform, told by the names of file and folder. Pure.

use std::path::{Path, PathBuf};

use launchway_base::Failure;

use crate::build_plan::platforms::id;

/// Each platform with its list, in order of the platforms' names.
///
/// # Errors
/// A list is of no platform, a platform has several or none.
pub(super) fn assign(
    paths: Vec<PathBuf>,
    platforms: &[String],
) -> Result<Vec<(String, PathBuf)>, Failure> {
    if let ([path], [platform]) = (paths.as_slice(), platforms) {
        return Ok(vec![(platform.clone(), path.clone())]);
    }
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for path in paths {
        let shown = path.display();
        let Some(platform) = of(&path, platforms) else {
            return Err(Failure::input(format!("`{shown}` is of none of the `platforms`"))
                .with_hint("let the name of the file, or of its folder, end with one: `sbom-linux-arm64.cdx.json`"));
        };
        if let Some((_, other)) = found.iter().find(|(name, _)| name == platform) {
            return Err(Failure::input(format!(
                "two lists are of {platform}: `{}` and `{shown}`",
                other.display()
            )));
        }
        found.push((platform.to_owned(), path));
    }
    found.sort();
    let is_missing = |name: &&String| !found.iter().any(|(there, _)| there == *name);
    let missing: Vec<&str> = platforms.iter().filter(is_missing).map(String::as_str).collect();
    if missing.is_empty() { Ok(found) } else { Err(incomplete(&missing.join(" and "))) }
}

/// The failure for lists that are not there.
pub(super) fn incomplete(missing: &str) -> Failure {
    Failure::input(format!("no list was handed over of what the image for {missing} holds"))
        .with_hint(
            "run all jobs again: files that one job leaves for another are gone after a while",
        )
}

/// The platform whose name, with `-` for `/`, ends that of the file or its folder.
fn of<'a>(path: &Path, platforms: &'a [String]) -> Option<&'a str> {
    let text =
        |name: Option<&std::ffi::OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
    let file = text(path.file_name());
    let stem = file.split('.').next().unwrap_or_default().to_owned();
    let folder = text(path.parent().and_then(Path::file_name));
    [stem, folder].iter().find_map(|name| {
        let ends = |platform: &&String| {
            let rest = name.strip_suffix(&id(platform));
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_']))
        };
        platforms.iter().filter(ends).max_by_key(|platform| platform.len()).map(String::as_str)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(paths: &[&str], platforms: &[&str]) -> Result<Vec<String>, String> {
        let paths = paths.iter().map(PathBuf::from).collect();
        let platforms: Vec<_> = platforms.iter().map(|name| (*name).to_owned()).collect();
        let found = assign(paths, &platforms).map_err(|failure| failure.to_string())?;
        Ok(found.into_iter().map(|(name, path)| format!("{name}={}", path.display())).collect())
    }

    #[test]
    fn the_name_of_file_or_folder_says_it() {
        let all = ["linux/arm64", "linux/arm", "linux/arm/v7"];
        let paths = [
            "r/report-1-linux-arm/sbom.cdx.json",
            "x-linux-arm-v7.cdx.json",
            "linux-arm64/bom.json",
        ];
        assert_eq!(
            ask(&paths, &all).unwrap(),
            [
                "linux/arm=r/report-1-linux-arm/sbom.cdx.json",
                "linux/arm/v7=x-linux-arm-v7.cdx.json",
                "linux/arm64=linux-arm64/bom.json",
            ]
        );
        // The only one needs no name.
        assert_eq!(ask(&["x.json"], &["linux/arm"]).unwrap(), ["linux/arm=x.json"]);
    }

    #[test]
    fn a_lost_platform_is_never_left_out() {
        let all = ["linux/amd64", "linux/arm64"];
        let amd = "a-linux-amd64.json";
        for (paths, said) in [
            (&[amd][..], "linux/arm64"),
            (&[], "linux/amd64 and linux/arm64"),
            (&[amd, "a-xlinux-arm64.json"], "none of the `platforms`"),
            (&[amd, "b-linux-amd64.json"], "two lists"),
            (&[amd, "c.json"], "none of the `platforms`"),
        ] {
            let error = ask(paths, &all).unwrap_err();
            assert!(error.contains(said), "{paths:?}: {error}");
        }
    }
}
