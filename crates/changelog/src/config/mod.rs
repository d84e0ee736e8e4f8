//! The configuration: where it is looked for, and how it is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use git_cliff_core::config::Config;
use git_cliff_core::embed::{BuiltinConfig, EmbeddedConfig};
use launchway_base::Failure;

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
    /// Whether the file may be missing: an action names one whether it is there or not.
    pub may_be_missing: bool,
    /// Whether unknown keys are passed over with a warning.
    pub allows_unknown_keys: bool,
}

/// Finds and reads the configuration.
///
/// # Errors
/// The file is not there or cannot be read, or what it says means nothing.
pub fn load(request: &Request<'_>) -> Result<Loaded, Failure> {
    let (source, text) = find(request)?;
    let config = match &source {
        Source::File(path) => Config::load(path),
        _ => text.parse(),
    };
    let config = config.map_err(|error| {
        Failure::input(format!("cannot read the configuration {}", named(&source))).caused_by(error)
    })?;
    Ok(Loaded { config, source, text: text.into(), warnings: Vec::new() })
}

/// The configuration as an error names it.
pub fn named(source: &Source) -> String {
    match source {
        Source::File(path) | Source::Manifest(path) => format!("`{}`", path.display()),
        Source::BuiltIn(name) | Source::Preset(name) => format!("`{name}`"),
        Source::Default => "that is built in".to_owned(),
    }
}

fn find(request: &Request<'_>) -> Result<(Source, String), Failure> {
    if let Some(name) = request.preset {
        return match crate::presets::text(name) {
            Some(text) => Ok((Source::Preset(name.to_owned()), text.to_owned())),
            None => Err(unknown_preset(name)),
        };
    }
    if let Some(name) = request.config.and_then(Path::to_str)
        && let Ok(text) = BuiltinConfig::get_config(name.to_owned())
    {
        return Ok((Source::BuiltIn(name.to_owned()), text));
    }
    if let Some(path) = file(request)? {
        if !is_manifest(&path) {
            let text = read(&path)?;
            return Ok((Source::File(path), text));
        }
        if let Some(text) = from_manifest()? {
            return Ok((Source::Manifest(path), text));
        }
    }
    if let Some(text) = from_manifest()? {
        let cargo = PathBuf::from("Cargo.toml");
        let manifest = if cargo.exists() { cargo } else { "pyproject.toml".into() };
        return Ok((Source::Manifest(manifest), text));
    }
    let text = EmbeddedConfig::get_config().map_err(|error| {
        Failure::internal("the built-in configuration is missing").caused_by(error)
    })?;
    Ok((Source::Default, text))
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
fn file(request: &Request<'_>) -> Result<Option<PathBuf>, Failure> {
    let Some(path) = request.config else {
        let start = request.workdir.unwrap_or(request.here);
        let nearest = start.ancestors().find_map(Config::retrieve_project_config_path);
        return Ok(nearest.or_else(Config::retrieve_user_config_path));
    };
    let path = request.workdir.map_or_else(|| path.to_owned(), |workdir| workdir.join(path));
    if path.exists() {
        return Ok(Some(path));
    }
    if request.may_be_missing {
        return Ok(Config::retrieve_user_config_path());
    }
    Err(Failure::input(format!("there is no configuration `{}`", path.display())).with_hint(
        "name the file as it is seen from the working directory, or leave `--config` out: then it is looked for",
    ))
}

fn is_manifest(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "Cargo.toml" || name == "pyproject.toml")
}

fn from_manifest() -> Result<Option<String>, Failure> {
    Config::read_from_manifest()
        .map_err(|error| Failure::input("cannot read the manifest here").caused_by(error))
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::input(format!("cannot read the configuration `{}`", path.display()))
            .caused_by(error)
    })
}
