//! Include paths that match nothing, which would be an empty changelog.

use std::collections::BTreeSet;

use launchway_base::{Failure, nearest};
use launchway_git::{Git, LogChanges, LogQuery};

/// Refuses include paths that match no file of any commit.
///
/// `unmatched` are the patterns that matched no path of the range that was read; an empty list costs
/// nothing. A package without changes since its last release is no mistake, so they are tried on
/// the files of `HEAD` and then on those of the whole history. `matches` says whether a pattern
/// matches a path, as the range was filtered.
///
/// # Errors
/// A pattern never matches (exit 2, with the nearest folder); git fails.
pub fn ensure(
    git: &Git,
    unmatched: &[&str],
    matches: &dyn Fn(&str, &str) -> bool,
) -> Result<(), Failure> {
    let mut left: Vec<&str> = unmatched.to_vec();
    if left.is_empty() || git.commit_of("HEAD")?.is_none() {
        return Ok(());
    }
    let here = git.files_of("HEAD")?;
    left.retain(|pattern| !here.iter().any(|path| matches(pattern, path)));
    if left.is_empty() {
        return Ok(());
    }
    let mut paths: BTreeSet<String> = here.into_iter().collect();
    let query = LogQuery {
        revisions: vec!["HEAD".to_owned()],
        without_people: true,
        changes: LogChanges::Paths,
    };
    git.log(&query, |entry| {
        let files = entry.files.iter().map(|file| String::from_utf8_lossy(&file.path));
        for path in files {
            if !paths.contains(path.as_ref()) {
                paths.insert(path.into_owned());
            }
        }
    })?;
    left.retain(|pattern| !paths.iter().any(|path| matches(pattern, path)));
    match left.first() {
        Some(pattern) => Err(refusal(pattern, paths.iter().map(String::as_str))),
        None => Ok(()),
    }
}

/// The refusal of a pattern that matches none of these paths, with what was probably meant.
pub fn refusal<'a>(pattern: &str, paths: impl Iterator<Item = &'a str>) -> Failure {
    let files: BTreeSet<&str> = paths.collect();
    let folders: BTreeSet<&str> = files.iter().flat_map(|path| folders_of(path)).collect();
    Failure::input(format!("include path `{pattern}` matches no file of any commit")).with_hint(
        format!("{}; `--allow-empty-path` goes on without", meant(pattern, &files, &folders)),
    )
}

fn meant(pattern: &str, files: &BTreeSet<&str>, folders: &BTreeSet<&str>) -> String {
    let plain = pattern.strip_prefix("./").unwrap_or(pattern).trim_start_matches('/');
    let plain = plain.replace('\\', "/");
    let folder = plain.trim_end_matches('/');
    if folders.contains(folder) {
        return format!("it is a folder: write `{folder}/` or `{folder}/**`");
    }
    if plain != pattern && files.contains(plain.as_str()) {
        return format!("paths are from the root of the repository, with `/`: write `{plain}`");
    }
    // What comes before the first part with a special character.
    let is_special = |part: &&str| part.contains(['*', '?', '[', '{']);
    let literal: Vec<&str> = folder.split('/').take_while(|part| !is_special(part)).collect();
    let literal = literal.join("/");
    if folders.contains(literal.as_str()) {
        return format!("folder `{literal}/` exists, but nothing in it matches");
    }
    let candidates = folders.iter().chain(files).copied();
    match nearest(&literal, candidates) {
        Some(name) if folders.contains(name) => format!("did you mean `{name}/**`?"),
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            "patterns are from the root of the repository, such as `packages/api/**`".to_owned()
        }
    }
}

/// `a` and `a/b` of `a/b/c`.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

#[cfg(test)]
mod tests {
    use super::refusal;

    fn hint(pattern: &str) -> String {
        let paths = ["README.md", "packages/pkg-03/src/lib.rs", "packages/pkg-04/x", "docs/a.md"];
        let failure = refusal(pattern, paths.into_iter());
        assert_eq!(failure.kind().code(), 2);
        assert!(failure.to_string().contains(&format!("`{pattern}`")));
        let hint = failure.hint().unwrap();
        hint.strip_suffix("; `--allow-empty-path` goes on without").unwrap().to_owned()
    }

    #[test]
    fn the_hint_says_what_was_probably_meant() {
        let folder = "it is a folder: write `packages/pkg-03/` or `packages/pkg-03/**`";
        for pattern in
            ["packages/pkg-03", "./packages/pkg-03/", "/packages/pkg-03", "packages\\pkg-03"]
        {
            assert_eq!(hint(pattern), folder, "{pattern}");
        }
        assert_eq!(hint("packages/pkg-3/**"), "did you mean `packages/pkg-03/**`?");
        assert_eq!(hint("package/pkg-03/*.rs"), "did you mean `packages/pkg-03/**`?");
        assert_eq!(hint("READNE.md"), "did you mean `README.md`?");
        assert_eq!(
            hint("./README.md"),
            "paths are from the root of the repository, with `/`: write `README.md`"
        );
        assert_eq!(hint("docs/*.txt"), "folder `docs/` exists, but nothing in it matches");
        for odd in ["zzzzzzzz", "", "**/*.zig", "/", "[", "☃"] {
            assert_eq!(
                hint(odd),
                "patterns are from the root of the repository, such as `packages/api/**`",
                "{odd}"
            );
        }
    }
}
