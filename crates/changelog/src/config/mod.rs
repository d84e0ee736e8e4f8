//! The configuration: where it is looked for, and how it is read.

pub mod keys;
pub mod manifest;
pub mod schema;
pub mod tree;
pub mod wrong;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use git_cliff_core::config::Config;
use git_cliff_core::embed::{BuiltinConfig, EmbeddedConfig};
use launchway_base::Failure;
use launchway_runtime::files;

use self::manifest::Manifest;
use self::tree::Node;
use self::wrong::About;

/// Where a configuration came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file of its own.
    File(PathBuf),
    /// A part of `Cargo.toml` or `pyproject.toml`.
    Manifest(PathBuf),
    /// One that git-cliff brings along.
    BuiltIn(String),
    /// One that Launchway brings along.
    Preset(String),
    /// None was found.
    Default,
}

/// A configuration that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says, over the defaults.
    pub config: Config,
    /// Where it came from.
    pub source: Source,
    /// Its text, for places in errors.
    pub text: Arc<str>,
    /// Its keys with their places in the text.
    pub keys: Option<Arc<Node>>,
    /// The file as errors name it, if it is one.
    pub file: Option<String>,
    /// What to tell the user.
    pub warnings: Vec<String>,
}

/// What to look for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// A file, or the name of a configuration that git-cliff brings along.
    pub config: Option<&'a Path>,
    /// The name of one that Launchway brings along.
    pub preset: Option<&'a str>,
    /// Directory to start from, instead of the one we are in.
    pub workdir: Option<&'a Path>,
    /// The directory we are in.
    pub here: &'a Path,
    /// Whether unknown keys are passed over with a warning.
    pub allows_unknown_keys: bool,
}

/// Finds and reads the configuration.
///
/// # Errors
/// The file is not there or cannot be read, or what it says means nothing.
pub fn load(request: &Request<'_>) -> Result<Loaded, Failure> {
    let Found { source, text, rewritten } = find(request)?;
    let found_at = match &source {
        Source::File(path) | Source::Manifest(path) => Some(path.clone()),
        _ => None,
    };
    let file = match &source {
        Source::File(path) | Source::Manifest(path) => Some(keys::shown(path, request.here)),
        _ => None,
    };
    let name = file.as_ref().map_or_else(|| named(&source), |file| format!("`{file}`"));
    let mut about = About { name: &name, file: file.as_deref(), text: &text, tree: None };
    let tree = read_keys(&source, &text).map_err(|broken| wrong::broken(&broken, &about))?;
    let mut warnings = keys::environment(variables());
    if let (Some(asked), false) = (request.config, matches!(source, Source::BuiltIn(_)))
        && request.preset.is_none()
        && Some(request.workdir.map_or_else(|| asked.to_owned(), |dir| dir.join(asked))) != found_at
    {
        let used = if source == Source::Default { "git-cliff's own layout" } else { &name };
        let asked = asked.display();
        warnings.push(format!("there is no configuration `{asked}`; {used} is used instead"));
    }
    if let Source::Manifest(_) = &source {
        warnings.extend(manifest::passed_over(&text).iter().map(|line| {
            format!("line {line} of {name} is no configuration: a header of it has single brackets, begins its line and names a section, as in `[….git-cliff.git]`")
        }));
    }
    if let Some(tree) = &tree {
        let unknown = keys::unknown(tree);
        if request.allows_unknown_keys {
            warnings.extend(keys::warnings(&unknown, &name, &text));
        } else if let Some(failure) = keys::failure(&unknown, &name, file.as_deref(), &text) {
            return Err(failure);
        }
    }
    let config = match &source {
        Source::File(path) => Config::load(path),
        _ => rewritten.as_ref().unwrap_or(&text).parse(),
    };
    about.tree = tree.as_ref();
    let is_set = |name: &str| variables().any(|variable| variable.to_uppercase() == name);
    let config = config.map_err(|error| wrong::explain(error, &about, &is_set))?;
    Ok(Loaded { config, source, text: text.into(), keys: tree.map(Arc::new), file, warnings })
}

/// What was found, unread.
struct Found {
    source: Source,
    text: String,
    /// What the library reads instead of the text.
    rewritten: Option<String>,
}

impl Found {
    fn new(source: Source, text: String) -> Self {
        Self { source, text, rewritten: None }
    }
}

/// The names of environment variables.
fn variables() -> impl Iterator<Item = String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())
}

/// The keys of a configuration with their places; `None` when it is in no known format, which the
/// library refuses.
fn read_keys(source: &Source, text: &str) -> Result<Option<Node>, tree::Broken> {
    let extension = match source {
        Source::File(path) => path.extension().and_then(|extension| extension.to_str()),
        _ => Some("toml"),
    };
    match (extension, source) {
        (_, Source::Manifest(_)) => manifest::keys(text).map(Some),
        (Some("toml"), _) => Node::toml(text).map(Some),
        (Some("yaml" | "yml"), _) => Node::yaml(text).map(Some),
        _ => Ok(None),
    }
}

/// The configuration as an error names it.
pub fn named(source: &Source) -> String {
    match source {
        Source::File(path) | Source::Manifest(path) => format!("`{}`", path.display()),
        Source::BuiltIn(name) | Source::Preset(name) => format!("`{name}`"),
        Source::Default => "that is built in".to_owned(),
    }
}

fn find(request: &Request<'_>) -> Result<Found, Failure> {
    if let Some(name) = request.preset {
        return match crate::presets::text(name) {
            Some(text) => Ok(Found::new(Source::Preset(name.to_owned()), text.to_owned())),
            None => Err(unknown_preset(name)),
        };
    }
    if let Some(name) = request.config.and_then(Path::to_str)
        && let Ok(text) = BuiltinConfig::get_config(name.to_owned())
    {
        return Ok(Found::new(Source::BuiltIn(name.to_owned()), text));
    }
    if let Some(path) = file(request).filter(|path| !is_manifest(path)) {
        let text = read(&path)?;
        return Ok(Found::new(Source::File(path), text));
    }
    if let Some(found) = manifest::find()? {
        let Manifest { path, text, rewritten } = found;
        return Ok(Found { source: Source::Manifest(path), text, rewritten: Some(rewritten) });
    }
    let text = EmbeddedConfig::get_config().map_err(|error| {
        Failure::internal("the built-in configuration is missing").caused_by(error)
    })?;
    Ok(Found::new(Source::Default, text))
}

fn unknown_preset(name: &str) -> Failure {
    let names = crate::presets::NAMES;
    let failure = Failure::input(format!("there is no preset `{name}`"));
    match launchway_base::nearest(name, names.iter().copied()) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None => failure.with_hint(format!("there are `{}`", names.join("`, `"))),
    }
}

/// The file that holds the configuration: the one that is named, else the nearest one from here
/// upwards, else the user's own.
fn file(request: &Request<'_>) -> Option<PathBuf> {
    let Some(path) = request.config else {
        let start = request.workdir.unwrap_or(request.here);
        let nearest = start.ancestors().find_map(Config::retrieve_project_config_path);
        return nearest.or_else(Config::retrieve_user_config_path);
    };
    let path = request.workdir.map_or_else(|| path.to_owned(), |workdir| workdir.join(path));
    if path.exists() {
        return Some(path);
    }
    Config::retrieve_user_config_path()
}

fn is_manifest(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "Cargo.toml" || name == "pyproject.toml")
}

fn read(path: &Path) -> Result<String, Failure> {
    // The library passes over a byte order mark, too.
    files::read_text(path, files::INPUT_LIMIT)
        .map_err(|failure| failure.while_doing("cannot read the configuration"))
}

#[cfg(test)]
mod config_tests;
