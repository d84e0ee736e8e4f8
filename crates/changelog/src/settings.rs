//! Flags and configuration become one: what a run is to do.

use std::path::{Component, Path, PathBuf};

use git_cliff_core::config::{BumpType, CommitParser, Config, Remote};
use git_cliff_core::error::Error;
use glob::Pattern;
use launchway_base::Failure;
use launchway_runtime::files;
use regex::Regex;

use crate::config::wrong::of_regex;
use crate::inputs::{Bump, Inputs, Sort, Strip, path, patterns};
use crate::range::Ask;

/// What a run is to do, but for what the repository says.
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
#[derive(Clone, Debug)]
pub struct Settings {
    /// The configuration with what flags change in it.
    pub config: Config,
    /// Which commits are asked for.
    pub ask: Ask,
    /// The newest commits come first in a release.
    pub newest_first: bool,
    /// Tags in the order git lists them.
    pub tags_as_listed: bool,
    /// Only tags in the history of the checked-out commit.
    pub branch_tags: bool,
    /// Folders of the repositories to read.
    pub repositories: Vec<PathBuf>,
    /// Folder that alone counts, when one is given.
    pub workdir: Option<PathBuf>,
    /// Whether a repository is named, so that the folder we are in says nothing.
    pub names_repository: bool,
    /// The file to write; `-` or none for standard output.
    pub output: Option<PathBuf>,
    /// The file to write in front of.
    pub prepend: Option<PathBuf>,
}

/// Puts the flags over a configuration. `here` is the working directory.
///
/// # Errors
/// Flags that contradict each other or cannot be read.
pub fn settings(inputs: &Inputs, mut config: Config, here: &Path) -> Result<Settings, Failure> {
    let workdir = inputs.workdir.as_deref().map(path);
    let below = |given: &str| match &workdir {
        Some(workdir) => workdir.join(path(given)),
        None => path(given),
    };
    let output = inputs.output.as_deref().map(path).or_else(|| config.changelog.output.clone());
    let prepend = inputs.prepend.as_deref().map(&below);
    let inputs_of_ours = [
        ("--config", inputs.config.as_deref().map(path)),
        ("--from-context", inputs.from_context.as_deref().map(path)),
        ("--body-file", inputs.body_file.as_deref().map(&below)),
    ];
    for (flag, read) in inputs_of_ours {
        let written = output.as_deref().filter(|output| *output != Path::new("-"));
        if written.is_some_and(|output| is_same(output, read.as_deref())) {
            return Err(Failure::input(format!("`--output` names the file of `{flag}`"))
                .with_hint("name another file: what is read would be overwritten"));
        }
    }
    strip(&mut config, inputs.strip);
    if prepend.is_some() {
        config.changelog.footer = None;
        if !(inputs.unreleased || inputs.latest || inputs.range.is_some()) {
            return Err(Failure::input(
                "`--prepend` without `--unreleased`, `--latest` or a range",
            )
            .with_hint("all releases in front of a changelog would repeat what is in it"));
        }
        if output.as_deref().is_some_and(|output| is_same(output, prepend.as_deref())) {
            return Err(Failure::input("`--output` and `--prepend` name the same file")
                .with_hint("leave `--output` out: `--prepend` writes its file by itself"));
        }
    }
    if let Some(file) = &inputs.body_file {
        let file = below(file);
        config.changelog.body = files::read_text(&file, files::INPUT_LIMIT)?;
    } else if let Some(body) = &inputs.body {
        body.as_str().clone_into(&mut config.changelog.body);
    }
    let newest_first = inputs.sort == Some(Sort::Newest) || is_newest(&config.git.sort_commits)?;
    if inputs.no_exec {
        let changelog = config.changelog.postprocessors.iter_mut();
        for step in config.git.commit_preprocessors.iter_mut().chain(changelog) {
            step.replace_command = None;
        }
    }
    read_to_the_end(&mut config);
    tag_rules(&mut config, inputs)?;
    path_rules(&mut config, inputs)?;
    if let Some(tag) = &inputs.tag {
        config.bump.initial_tag = Some(tag.clone());
    }
    config.bump.bump_type = match inputs.bump {
        None | Some(Bump::Auto) => config.bump.bump_type,
        Some(Bump::Major) => Some(BumpType::Major),
        Some(Bump::Minor) => Some(BumpType::Minor),
        Some(Bump::Patch) => Some(BumpType::Patch),
    };
    if let Some(repo) = &inputs.github_repo {
        config.remote.github = Remote { is_custom: true, ..remote(repo, config.remote.github)? };
    }
    config.remote.offline |= inputs.offline;
    let repositories = match (inputs.repository.as_slice(), &workdir) {
        ([], Some(workdir)) => vec![workdir.clone()],
        ([], None) => vec![here.to_owned()],
        (given, _) => given.iter().map(|given| below(given)).collect(),
    };
    Ok(Settings {
        ask: Ask {
            range: inputs.range.clone(),
            unreleased: inputs.unreleased,
            latest: inputs.latest,
            current: inputs.current,
            limit_tags: config.git.limit_tags,
        },
        newest_first,
        tags_as_listed: inputs.topo_order || config.git.topo_order,
        branch_tags: inputs.use_branch_tags || config.git.use_branch_tags,
        names_repository: !inputs.repository.is_empty(),
        repositories,
        workdir,
        output: output.filter(|output| output != Path::new("-")),
        prepend,
        config,
    })
}

/// Whether two paths are written differently at most by `./`.
pub fn is_same(one: &Path, other: Option<&Path>) -> bool {
    let parts = |path: &Path| {
        path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>()
    };
    other.is_some_and(|other| parts(one) == parts(other))
}

/// Has commands of the configuration read all they are given: the library's writer fails as a whole
/// when a command ends before.
fn read_to_the_end(config: &mut Config) {
    let postprocessors = config.changelog.postprocessors.iter_mut();
    for step in config.git.commit_preprocessors.iter_mut().chain(postprocessors) {
        if let Some(command) = step.replace_command.as_mut().filter(|_| cfg!(unix)) {
            let quoted = command.replace('\'', r"'\''");
            *command = format!("sh -c '{quoted}'; end=$?; cat >/dev/null; exit $end");
        }
    }
}

fn strip(config: &mut Config, part: Option<Strip>) {
    if matches!(part, Some(Strip::Header | Strip::All)) {
        config.changelog.header = None;
    }
    if matches!(part, Some(Strip::Footer | Strip::All)) {
        config.changelog.footer = None;
    }
}

/// The order the configuration asks for.
fn is_newest(configured: &str) -> Result<bool, Failure> {
    match configured.to_ascii_lowercase().as_str() {
        "oldest" => Ok(false),
        "newest" => Ok(true),
        other => Err(Failure::input(format!("`git.sort_commits` is `{other}`"))
            .with_hint("write `oldest` or `newest`")),
    }
}

fn tag_rules(config: &mut Config, inputs: &Inputs) -> Result<(), Failure> {
    let git = &mut config.git;
    for (flag, given, rule) in [
        ("tag-pattern", &inputs.tag_pattern, &mut git.tag_pattern),
        ("skip-tags", &inputs.skip_tags, &mut git.skip_tags),
        ("ignore-tags", &inputs.ignore_tags, &mut git.ignore_tags),
        ("count-tags", &inputs.count_tags, &mut git.count_tags),
    ] {
        if let Some(given) = given {
            *rule = Some(Regex::new(given).map_err(|error| {
                let said = error.to_string();
                let why = of_regex(&said);
                Failure::input(format!("`--{flag}` is no regular expression: {why}"))
            })?);
        }
    }
    git.skip_tags.take_if(|regex| regex.as_str().is_empty());
    git.limit_tags = inputs.limit_tags.or(git.limit_tags);
    Ok(())
}

fn path_rules(config: &mut Config, inputs: &Inputs) -> Result<(), Failure> {
    let git = &mut config.git;
    for (flag, given, rules) in [
        ("include-path", &inputs.include_path, &mut git.include_paths),
        ("exclude-path", &inputs.exclude_path, &mut git.exclude_paths),
    ] {
        for text in patterns(given) {
            rules.push(Pattern::new(text).map_err(|error| {
                Failure::input(format!("`--{flag}` is no pattern of paths: `{text}`"))
                    .caused_by(error)
            })?);
        }
    }
    Ok(())
}

/// Reads `OWNER/NAME` or the address of a repository.
fn remote(given: &str, known: Remote) -> Result<Remote, Failure> {
    let path = match given.split_once("://") {
        Some((_, address)) => address.split_once('/').map_or("", |(_, path)| path),
        None => given,
    };
    match path.trim_end_matches('/').rsplit_once('/') {
        Some((owner, repo)) if !owner.is_empty() && !repo.is_empty() => {
            Ok(Remote { owner: owner.to_owned(), repo: repo.to_owned(), ..known })
        }
        _ => Err(Failure::input(format!("`{given}` names no repository"))
            .with_hint("write `OWNER/NAME` or its address")),
    }
}

/// Rules that leave out single commits, in front of the others.
///
/// # Errors
/// The list of the repository cannot be read.
pub fn skip_commits(config: &mut Config, root: &Path, more: &[String]) -> Result<(), Failure> {
    let file = root.join(git_cliff_core::IGNORE_FILE);
    let listed = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            let message = format!("cannot read `{}`", file.display());
            return Err(Failure::input(message).caused_by(error));
        }
    };
    let listed = listed.lines().filter(|line| !line.starts_with('#')).map(str::trim);
    let hashes = listed.filter(|line| !line.is_empty()).chain(more.iter().map(String::as_str));
    for hash in hashes {
        let rule = CommitParser {
            sha: Some(hash.to_owned()),
            skip: Some(true),
            ..CommitParser::default()
        };
        config.git.commit_parsers.insert(0, rule);
    }
    Ok(())
}

/// The pattern of paths for a repository when only one folder counts: the one that is given, or
/// the one we are in.
///
/// # Errors
/// The name of the folder makes no pattern.
pub fn folder_pattern(
    settings: &Settings,
    root: &Path,
    here: &Path,
) -> Result<Option<Pattern>, Failure> {
    let fault = |error: glob::PatternError| {
        Failure::input(format!("the name of folder `{}` makes no pattern", here.display()))
            .caused_by(Error::from(error))
            .with_hint("name the paths with `--include-path`")
    };
    let known = &settings.config.git.include_paths;
    if let Some(workdir) = &settings.workdir {
        let folder = here.join(workdir);
        let folder = std::fs::canonicalize(&folder).unwrap_or(folder);
        let Ok(inner) = folder.strip_prefix(root) else { return Ok(None) };
        if inner.as_os_str().is_empty() {
            return Ok(None);
        }
        let pattern = Pattern::new(&inner.join("").to_string_lossy()).map_err(fault)?;
        return Ok((!known.contains(&pattern)).then_some(pattern));
    }
    if settings.names_repository || !known.is_empty() || here == root {
        return Ok(None);
    }
    let Ok(inner) = here.strip_prefix(root) else { return Ok(None) };
    tracing::info!("only changes in {} count", inner.display());
    Pattern::new(&inner.join("**").join("*").to_string_lossy()).map(Some).map_err(fault)
}
