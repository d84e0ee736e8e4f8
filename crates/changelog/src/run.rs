//! One run: configuration, history, releases, text, files, outputs.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use git_cliff_core::config::Config;
use launchway_base::{Deadline, Failure, Secret};
use launchway_runtime::{Session, files};

use crate::bump::{self, Bumped};
use crate::changesets;
use crate::config::{self, Loaded, Request};
use crate::finish::finish;
use crate::history::Repository;
use crate::home::Home;
use crate::inputs::{Inputs, path};
use crate::limits;
use crate::model::{Release, Remotes};
use crate::outputs::Outputs;
use crate::pulls::Given;
use crate::render::{self, Scene, TemplateError};
use crate::settings::{self, Settings};
use crate::{
    context, engine, guard, output, presets, process, remote_data, report, template_error,
    upstream, write,
};

/// The largest changelog or context, in bytes.
const LARGEST: u64 = 1 << 30;

/// What the run sees of its surroundings.
#[derive(Debug)]
pub struct World<'a> {
    /// The session.
    pub session: &'a Session,
    /// The flags.
    pub inputs: &'a Inputs,
    /// The working directory.
    pub here: PathBuf,
}

/// A changelog that was made.
#[derive(Debug, Default)]
pub struct Made {
    /// Its text.
    pub content: String,
    /// The releases in it, the newest first.
    pub releases: Vec<Release>,
    /// The file that was written.
    pub file: Option<PathBuf>,
    /// Whether a file holds something else now.
    pub changed: bool,
}

/// Does what the flags say.
///
/// # Errors
/// Bad input (exit 2), commits the configuration does not let pass (exit 1), an unreachable remote
/// (exit 3).
pub fn main(session: &Session, inputs: &Inputs) -> Result<(), Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::input("the working directory is gone").caused_by(error))?;
    let world = World { session, inputs, here };
    let loaded = world.load()?;
    let mut settings = settings::settings(inputs, loaded.config.clone(), &world.here)?;
    world.prepare(&mut settings);
    template_error::check(&settings.config)
        .map_err(|error| world.explain(&error, &settings.config, &loaded))?;
    if !inputs.packages.is_empty() {
        return crate::packages::main(&world, &loaded, settings);
    }
    let (mut releases, remotes) = match &inputs.from_context {
        Some(file) => context::read(&text_of(file)?)?,
        None => world.read(&mut settings)?,
    };
    let bumped = world.bump(&mut releases, &settings.config)?;
    if inputs.bumped_version {
        return world.print_version(bumped, &settings, &releases);
    }
    let made = world.make(&loaded, &settings, releases, &remotes)?;
    world.report(&made)
}

impl World<'_> {
    /// Reads the configuration, and says where it came from.
    fn load(&self) -> Result<Loaded, Failure> {
        let inputs = self.inputs;
        let config = inputs.config.as_deref().map(path);
        let workdir = inputs.workdir.as_deref().map(path);
        let loaded = config::load(&Request {
            config: config.as_deref(),
            preset: inputs.preset.as_deref(),
            workdir: workdir.as_deref(),
            here: &self.here,
            allows_unknown_keys: inputs.allow_unknown_keys,
        })?;
        for warning in &loaded.warnings {
            self.session.warn(warning);
        }
        tracing::info!("configuration {}", config::named(&loaded.source));
        Ok(loaded)
    }

    /// What depends on flags and surroundings together.
    fn prepare(&self, settings: &mut Settings) {
        if self.inputs.output.is_none() && self.is_action() {
            // git-cliff-action takes the path of the file from this variable, and has a default.
            let named = self.session.env().get("OUTPUT").filter(|name| !name.is_empty());
            let is_asked_for = self.inputs.args.is_some() && self.inputs.prepend.is_none();
            let default = is_asked_for.then_some("git-cliff/CHANGELOG.md");
            settings.output = named.or(default).map(path).or(settings.output.take());
            // To be prepended to says more.
            settings
                .output
                .take_if(|output| settings::is_same(output, settings.prepend.as_deref()));
        }
        if self.inputs.release_notes {
            settings.config.changelog.header = None;
        }
        if let Some(warning) = crate::unsupported::hosts_left_out(&settings.config.remote) {
            self.session.warn(&warning);
        }
        process::hide(&mut settings.config, &self.session.hidden_from_children(&["*"]));
    }

    fn is_action(&self) -> bool {
        self.session.env().get("LAUNCHWAY_INPUTS").is_some()
    }

    /// The repository around a directory, as far as git may read it.
    pub fn open(&self, dir: &Path) -> Result<Repository, Failure> {
        let env = self.session.env();
        let workspace = env.get("GITHUB_WORKSPACE").filter(|_| env.is_runner()).map(Path::new);
        Repository::discover(dir, |git| {
            guard::ownership::open(git, workspace, self.inputs.trust_directory, &mut |text| {
                self.session.say(text);
            })
        })
    }

    /// Reads all repositories, asks GitHub, and applies the rules of the configuration.
    fn read(&self, settings: &mut Settings) -> Result<(Vec<Release>, Remotes), Failure> {
        let mut releases = Vec::new();
        let mut last = None;
        for folder in settings.repositories.clone() {
            let repository = self.open(&folder)?;
            self.find_upstream(&repository, settings)?;
            let mut say = |text: &str| self.session.say(text);
            let read = engine::read(&repository, self.inputs, settings, &self.here, &mut say)?;
            releases.extend(read.releases);
            last = Some((repository, read.commits));
        }
        let mut remotes = Remotes::new();
        if let Some((repository, commits)) = &last {
            let start = match commits.start() {
                Some(start) if self.asks_github(&settings.config) => {
                    repository.git.commit_of(start)?
                }
                _ => None,
            };
            remotes = self.ask_github(&settings.config, &mut releases, start.as_deref())?;
        }
        let (mut releases, remotes) = self.complete(settings, releases, remotes)?;
        if let Some((repository, _)) = &last {
            changesets::put(self, settings, repository, None, &mut releases)?;
        }
        Ok((releases, remotes))
    }

    /// From commits as they were read to the releases that are shown, the newest first.
    pub fn complete(
        &self,
        settings: &Settings,
        mut releases: Vec<Release>,
        remotes: Remotes,
    ) -> Result<(Vec<Release>, Remotes), Failure> {
        let inputs = self.inputs;
        let keeps_message = inputs.context
            || inputs.bumped_version
            || inputs.bump.is_some()
            || inputs.preset.is_some()
            || render::names_field(&settings.config, &["raw_message"]);
        process::process(&mut releases, &settings.config.git, keeps_message)?;
        let with_statistics =
            self.inputs.context || render::names_field(&settings.config, &["statistics"]);
        Ok((finish(releases, &settings.config, with_statistics), remotes))
    }

    /// Finds out where the repository is hosted, if anything depends on it.
    pub fn find_upstream(
        &self,
        repository: &Repository,
        settings: &mut Settings,
    ) -> Result<(), Failure> {
        let remotes = &settings.config.remote;
        let matters = render::names_field(&settings.config, &["remote", "github"])
            || remote_data::is_asked_for(&settings.config, self.inputs.preset.as_deref())
            || self.inputs.preset.is_some()
            || self.inputs.release_notes;
        if upstream::is_any_set(remotes) || !matters {
            return Ok(());
        }
        let known = upstream::find(&repository.git)?.or_else(|| {
            // A checkout of a runner is of no branch, but the runner knows its repository.
            let (owner, repo) = self.session.env().get("GITHUB_REPOSITORY")?.split_once('/')?;
            (self.inputs.preset.is_some() || self.inputs.release_notes)
                .then(|| git_cliff_core::config::Remote::new(owner, repo))
        });
        if let Some(known) = known {
            let github = &mut settings.config.remote.github;
            github.owner = known.owner;
            github.repo = known.repo;
            github.is_custom = false;
        }
        Ok(())
    }

    fn asks_github(&self, config: &Config) -> bool {
        !config.remote.offline
            && config.remote.github.is_set()
            && remote_data::is_asked_for(config, self.inputs.preset.as_deref())
    }

    /// Puts what GitHub knows to the releases, the oldest first.
    pub fn ask_github(
        &self,
        config: &Config,
        releases: &mut [Release],
        start: Option<&str>,
    ) -> Result<Remotes, Failure> {
        if !self.asks_github(config) {
            return Ok(Remotes::new());
        }
        let env = self.session.env();
        let text = |name: &str| env.get(name).map(str::to_owned);
        let token = self.inputs.github_token.clone();
        let given = Given {
            token: token.or_else(|| env.get("GITHUB_TOKEN").map(Secret::new)),
            api_url: text("GITHUB_API_URL"),
            graphql_url: text("GITHUB_GRAPHQL_URL"),
            configured: config.remote.github.api_url.clone(),
        };
        let deadline = Deadline::after(self.inputs.timeout);
        let mut warn = |text: &str| self.session.warn(text);
        let fetched = launchway_http::block_on(remote_data::fetch(
            given, deadline, config, releases, start, &mut warn,
        ))??;
        let lists_pulls =
            self.inputs.preset.is_some() || render::names_field(config, &["pull_requests"]);
        Ok(fetched
            .map_or_else(Remotes::new, |data| remote_data::apply(releases, &data, lists_pulls)))
    }

    /// Gives the unreleased commits their version, if that is asked for.
    pub fn bump(
        &self,
        releases: &mut [Release],
        config: &Config,
    ) -> Result<Option<Bumped>, Failure> {
        if self.inputs.bump.is_none() && !self.inputs.bumped_version {
            return Ok(None);
        }
        bump::bump(releases, config).map(Some)
    }

    fn print_version(
        &self,
        bumped: Option<Bumped>,
        settings: &Settings,
        releases: &[Release],
    ) -> Result<(), Failure> {
        let Some(Bumped::To(version) | Bumped::Nothing(version)) = bumped else { return Ok(()) };
        let line = format!("{version}\n");
        match self.inputs.output.as_ref().and(settings.output.as_deref()) {
            Some(file) => drop(write::file(file, &line)?),
            None => self.print(&line)?,
        }
        let outputs = Outputs {
            content: Some(version.clone()),
            version: Some(version),
            bump: report::bump(releases),
            ..Outputs::default()
        };
        self.session.write_outputs(&outputs)
    }

    /// Makes the text and writes it where it belongs.
    fn make(
        &self,
        loaded: &Loaded,
        settings: &Settings,
        mut releases: Vec<Release>,
        remotes: &Remotes,
    ) -> Result<Made, Failure> {
        if self.inputs.context {
            let scene = Scene { releases: &releases, config: &settings.config, remotes };
            let content = scene.context().map_err(|error| {
                Failure::internal("the context cannot be written as JSON").caused_by(error)
            })?;
            let file = settings.output.clone();
            let changed = match &file {
                Some(file) => write::file(file, &content)?,
                None => {
                    self.print(&content)?;
                    false
                }
            };
            return Ok(Made { content, releases, file, changed });
        }
        let content = self.render(loaded, settings, &mut releases, remotes)?;
        let mut made = Made { content, releases, ..Made::default() };
        if let Some(file) = &settings.prepend {
            if let Some(text) = self.prepended(file, settings, &made)? {
                made.changed |= write::file(file, &text)?;
            }
            made.file = Some(file.clone());
        }
        if let Some(file) = &settings.output {
            made.changed |= write::file(file, &made.content)?;
            made.file.get_or_insert_with(|| file.clone());
        } else if settings.prepend.is_none() {
            self.print(&made.content)?;
        }
        Ok(made)
    }

    /// The text of the changelog, as long as a Release takes if that is asked for.
    pub fn render(
        &self,
        loaded: &Loaded,
        settings: &Settings,
        releases: &mut [Release],
        remotes: &Remotes,
    ) -> Result<String, Failure> {
        let mut config = settings.config.clone();
        self.format_only_markdown(settings, &mut config);
        let server = self.session.env().get("GITHUB_SERVER_URL");
        let home = Home::of(&config.remote.github, server);
        if let Some(preset) = &self.inputs.preset {
            let root = releases.first().and_then(|release| release.repository.clone());
            let root = root.map_or_else(|| self.here.clone(), PathBuf::from);
            for warning in presets::prepare(preset, releases, &root, home.as_ref(), remotes)? {
                self.session.warn(&warning);
            }
        }
        let scene = Scene { releases, config: &config, remotes };
        let text = scene.changelog().map_err(|error| self.explain(&error, &config, loaded))?;
        if !self.inputs.release_notes {
            return Ok(text);
        }
        let link = home.map(|home| {
            let newest = releases.first();
            let before = newest.and_then(|release| release.previous.as_ref()?.version.as_deref());
            home.whole(before, newest.and_then(|release| release.version.as_deref()))
        });
        let text = text.trim_start();
        Ok(limits::cut(text, limits::RELEASE_LIMIT, link.as_deref()).into_owned())
    }

    /// Formatting as Markdown is for Markdown alone.
    fn format_only_markdown(&self, settings: &Settings, config: &mut Config) {
        let is_markdown = |file: &PathBuf| {
            file.extension().is_none_or(|extension| extension.eq_ignore_ascii_case("md"))
        };
        let files = [&settings.output, &settings.prepend];
        if config.changelog.format && !files.into_iter().flatten().all(is_markdown) {
            self.session.warn("`changelog.format` is for Markdown; the file is something else, so nothing is formatted");
            config.changelog.format = false;
        }
    }

    fn explain(&self, error: &TemplateError, config: &Config, loaded: &Loaded) -> Failure {
        let inputs = self.inputs;
        let flag = inputs.body.as_ref().map(|_| "--body");
        template_error::explain(error, config, loaded, inputs.body_file.as_deref().or(flag))
    }

    /// Puts the entries in front of a changelog; a file that is not there yet begins with them.
    pub fn prepended(
        &self,
        file: &Path,
        settings: &Settings,
        made: &Made,
    ) -> Result<Option<String>, Failure> {
        let name = file.display().to_string();
        let is_new = std::fs::metadata(file)
            .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
        let old = if is_new { Vec::new() } else { files::read_bytes(file, LARGEST)? };
        let old = String::from_utf8(old)
            .map_err(|error| Failure::input(format!("cannot read `{name}`")).caused_by(error))?;
        let says_nothing = made.releases.iter().all(|release| {
            release.commits.is_empty() && release.version.is_none() && release.extra.is_none()
        });
        if says_nothing {
            self.session.say(&format!("nothing is new, so `{name}` stays as it is"));
            return Ok(None);
        }
        if !self.inputs.allow_duplicate {
            for version in made.releases.iter().filter_map(|release| release.version.as_deref()) {
                guard::prepend::check(&name, &old, version, &made.content)?;
            }
        }
        Ok(Some(output::prepended(&made.content, &old, &settings.config.changelog)))
    }

    /// The releases as templates get them.
    ///
    /// # Errors
    /// They cannot be written as JSON.
    pub fn context(
        &self,
        settings: &Settings,
        releases: &[Release],
        remotes: &Remotes,
    ) -> Result<serde_json::Value, Failure> {
        let scene = Scene { releases, config: &settings.config, remotes };
        let text = scene.context().map_err(|error| {
            Failure::internal("the context cannot be written as JSON").caused_by(error)
        })?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::internal("the context is no JSON").caused_by(error))
    }

    /// Prints the document. Under a runner no line of it acts as a command.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.session.inert_document(text)
    }

    fn report(&self, made: &Made) -> Result<(), Failure> {
        // Both cost more than the changelog itself where it is long, and only a runner reads them.
        let env = self.session.env();
        if env.get_os("GITHUB_OUTPUT").is_some() {
            self.session.write_outputs(&report::outputs(made))?;
        }
        if !self.inputs.context && env.get_os("GITHUB_STEP_SUMMARY").is_some() {
            self.session.summarize(&report::summary(made))?;
        }
        Ok(())
    }
}

/// The text of a file, or of standard input for `-`.
fn text_of(given: &str) -> Result<String, Failure> {
    if given == "-" {
        let mut text = String::new();
        return match std::io::stdin().read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(Failure::input("cannot read standard input").caused_by(error)),
        };
    }
    files::read_text(&path(given), LARGEST)
}
