//! Releases become text: header, each release, footer.

pub mod filters;
pub mod needs;
pub mod template;
pub mod view;

use git_cliff_core::config::Config;
use git_cliff_core::error::Error;
use git_cliff_core::markdown::format_markdown;
use serde_json::{Map, Value, json};

use self::needs::{Needs, is_plain, reads_previous_commits};
use self::template::Template;
use self::view::{Lens, ReleaseList, ReleaseView, Releases};
use crate::model::{Release, Remotes};
use crate::parallel;

/// Which template an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The header.
    Header,
    /// The body.
    Body,
    /// The footer.
    Footer,
}

/// An error of a template.
#[derive(Debug)]
pub struct TemplateError {
    /// Which one.
    pub which: Which,
    /// What it says.
    pub error: Box<Error>,
}

impl TemplateError {
    /// An error of that template.
    pub fn new(which: Which, error: Error) -> Self {
        Self { which, error: error.into() }
    }
}

/// Whether any of the templates reads the commits of a release before.
pub fn keeps_previous(config: &Config) -> bool {
    templates(config).any(reads_previous_commits)
}

/// The texts of the templates there are.
pub fn templates(config: &Config) -> impl Iterator<Item = &str> {
    let changelog = &config.changelog;
    let others = [&changelog.header, &changelog.footer];
    others.into_iter().filter_map(|text| text.as_deref()).chain([changelog.body.as_str()])
}

/// Whether templates or the rules for commits name a field.
pub fn names_field(config: &Config, fields: &[&str]) -> bool {
    let needs = Needs::of(templates(config));
    let mut rules = config.git.commit_parsers.iter().filter_map(|rule| rule.field.as_deref());
    fields.iter().any(|field| needs.reach(field))
        || rules.any(|rule| fields.iter().any(|field| rule.split('.').any(|part| part == *field)))
}

/// What is rendered.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The releases, the newest first.
    pub releases: &'a [Release],
    /// The configuration with its templates.
    pub config: &'a Config,
    /// What services say of commits.
    pub remotes: &'a Remotes,
}

impl Scene<'_> {
    /// The whole changelog.
    pub fn changelog(&self) -> Result<String, TemplateError> {
        let changelog = &self.config.changelog;
        let more = self.more().map_err(|error| TemplateError::new(Which::Body, error))?;
        let mut text = String::new();
        if let Some(header) = &changelog.header {
            text += &self.frame(Which::Header, header, &more)?;
            text.push('\n');
            let marker = &changelog.header_marker;
            if !marker.is_empty() && has_variables(header, changelog.trim) {
                text += marker;
                text.push('\n');
            }
        }
        text += &self.bodies(&more)?;
        if let Some(footer) = &changelog.footer {
            text += &self.frame(Which::Footer, footer, &more)?;
            text.push('\n');
        }
        if changelog.format {
            text =
                format_markdown(&text).map_err(|error| TemplateError::new(Which::Body, error))?;
        }
        Ok(text)
    }

    /// The releases with all their fields, as JSON on one line.
    pub fn context(&self) -> Result<String, Error> {
        let lens = Lens { needs: &Needs::Everything, remotes: self.remotes };
        Ok(serde_json::to_string(&ReleaseList(self.releases, lens))? + "\n")
    }

    /// What templates get besides releases.
    fn more(&self) -> Result<Map<String, Value>, Error> {
        let mut groups: Vec<&String> = Vec::new();
        for group in self.config.git.commit_parsers.iter().filter_map(|rule| rule.group.as_ref()) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let mut remote = serde_json::to_value(&self.config.remote)?;
        filters::sort_keys(&mut remote);
        let more = [("commit_parsers_groups", json!(groups)), ("remote", remote)];
        Ok(more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Header or footer, which see all releases at once.
    fn frame(
        &self,
        which: Which,
        text: &str,
        more: &Map<String, Value>,
    ) -> Result<String, TemplateError> {
        let changelog = &self.config.changelog;
        let fault = |error| TemplateError::new(which, error);
        let name = if which == Which::Header { "header" } else { "footer" };
        let template = Template::new(name, text, changelog.trim).map_err(fault)?;
        let needs = Needs::of([text]);
        let lens = Lens { needs: &needs, remotes: self.remotes };
        let steps = &changelog.postprocessors;
        let rendered = if is_plain(text) || !needs.reach("releases") {
            template.render(&Releases(&[], lens), more, steps)
        } else {
            template.render(&Releases(self.releases, lens), more, steps)
        };
        rendered.map_err(fault)
    }

    fn bodies(&self, more: &Map<String, Value>) -> Result<String, TemplateError> {
        let changelog = &self.config.changelog;
        let fault = |error| TemplateError::new(Which::Body, error);
        let body = &changelog.body;
        let template = Template::new("body", body, changelog.trim).map_err(fault)?;
        let needs = Needs::of([body.as_str()]);
        let lens = Lens { needs: &needs, remotes: self.remotes };
        let steps = &changelog.postprocessors;
        let render = |release| template.render(&ReleaseView(release, lens), more, steps);
        // Commands of the configuration run one after the other.
        let texts: Vec<_> = if steps.iter().any(|step| step.replace_command.is_some()) {
            self.releases.iter().map(render).collect()
        } else {
            parallel::map(self.releases.iter().collect(), render)
        };
        texts.into_iter().collect::<Result<String, _>>().map_err(fault)
    }
}

/// Whether the library finds a variable in a header, which decides over the marker behind it.
fn has_variables(header: &str, trim: bool) -> bool {
    git_cliff_core::template::Template::new("header", header.to_owned(), trim)
        .is_ok_and(|template| !template.variables.is_empty())
}
