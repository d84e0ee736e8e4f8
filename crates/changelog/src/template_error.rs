//! Errors of templates, said with the file, the line and the name that was meant.

pub mod names;
pub mod place;

use git_cliff_core::config::Config;
use git_cliff_core::error::Error;
use launchway_base::redact::redact;
use launchway_base::{Failure, Location, nearest};

use self::names::{FILTERS, FUNCTIONS, TESTS, fields, locals, roots};
use crate::config::keys::{clipped, variable};
use crate::config::tree::{Content, Place};
use crate::config::{Loaded, named};
use crate::render::template::Template;
use crate::render::{TemplateError, Which};

/// Compiles the templates, so that what is none is refused before anything is read.
///
/// # Errors
/// The first one that is no template.
pub fn check(config: &Config) -> Result<(), TemplateError> {
    for which in [Which::Header, Which::Body, Which::Footer] {
        let text = text_of(config, which);
        Template::new(name(which), text, config.changelog.trim)
            .map_err(|error| TemplateError::new(which, error))?;
    }
    Ok(())
}

/// The failure for an error of a template. `config` is what was rendered; `body_from` names the flag
/// or the file that gave the body instead of the configuration.
pub fn explain(
    error: &TemplateError,
    config: &Config,
    loaded: &Loaded,
    body_from: Option<&str>,
) -> Failure {
    let text = text_of(config, error.which);
    let found = Found::of(&error.error, error.which, text, config.changelog.trim);
    let body_from = body_from.filter(|_| error.which == Which::Body);
    let place = Origin { which: error.which, text, loaded, body_from }.place(found.at);
    let message =
        format!("{} template{}: {}", name(error.which), place.within, redact(&found.message));
    let failure = Failure::input(message);
    let failure = match found.hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    };
    match place.location {
        Some(location) => failure.at(location),
        None => failure,
    }
}

fn name(which: Which) -> &'static str {
    match which {
        Which::Header => "header",
        Which::Body => "body",
        Which::Footer => "footer",
    }
}

fn text_of(config: &Config, which: Which) -> &str {
    let changelog = &config.changelog;
    match which {
        Which::Header => changelog.header.as_deref().unwrap_or_default(),
        Which::Body => &changelog.body,
        Which::Footer => changelog.footer.as_deref().unwrap_or_default(),
    }
}

/// What an error says.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    message: String,
    hint: Option<String>,
    /// Where in the template, in bytes.
    at: Option<usize>,
}

impl Found {
    fn of(error: &Error, which: Which, text: &str, trim: bool) -> Self {
        let said = match error {
            Error::TemplateParseError(said) => return Self::unparsed(said, text, trim),
            Error::TemplateRenderError(said) => said.clone(),
            Error::TemplateRenderDetailedError(what, why) => {
                return Self::called(what, why, which, text);
            }
            other => other.to_string(),
        };
        Self::rendered(&said, which, text)
    }

    /// ` --> 3:5`, the line with a mark below, and `= expected …`.
    fn unparsed(said: &str, text: &str, trim: bool) -> Self {
        let reason = said.lines().rev().find_map(|line| line.trim_start().strip_prefix("= "));
        let place = said.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        let mut numbers = place.unwrap_or_default().splitn(2, ':').map(str::parse::<usize>);
        let at = match (numbers.next(), numbers.next()) {
            (Some(Ok(line)), Some(Ok(column))) => place::offset(text, line, column, trim),
            _ => None,
        };
        let message = format!("it cannot be read: {}", clipped(reason.unwrap_or(said.trim())));
        Self { message, hint: None, at }
    }

    fn called(what: &str, why: &str, which: Which, text: &str) -> Self {
        let inner = Self::rendered(why, which, text);
        let call = between(what, "call '", "' failed");
        match call {
            Some(call) if inner.at.is_none() => Self { at: place::word(text, call), ..inner },
            _ => inner,
        }
    }

    fn rendered(said: &str, which: Which, text: &str) -> Self {
        if let Some(name) = between(said, "Variable `", "` not found in context") {
            let message = format!("there is no variable `{}`", clipped(name));
            let hint = meant(name, which, text);
            return Self { message, hint: Some(hint), at: place::word(text, name) };
        }
        for (kind, known) in [("Filter", FILTERS), ("Test", TESTS), ("Function", FUNCTIONS)] {
            if let Some(name) = between(said, &format!("{kind} '"), "' not found") {
                let kind = kind.to_lowercase();
                let message = format!("there is no {kind} `{}`", clipped(name));
                let hint = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are `{}`", known.join("`, `")),
                };
                return Self { message, hint: Some(hint), at: place::word(text, name) };
            }
        }
        if said.starts_with("Template '") && said.ends_with("' not found") {
            let message = "it includes another template, and there is none".to_owned();
            return Self { message, hint: None, at: place::word(text, "include") };
        }
        let quoted = between(said, "`", "`");
        Self {
            message: lowercase(&clipped(said)),
            hint: None,
            at: quoted.and_then(|name| place::word(text, name)),
        }
    }
}

/// A sentence of the engine as a part of ours.
fn lowercase(said: &str) -> String {
    let mut signs = said.chars();
    let first = signs.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(signs).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

/// What to do about a variable that is not there.
fn meant(path: &str, which: Which, text: &str) -> String {
    let plain: String =
        path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect();
    let parts: Vec<&str> = plain.split('.').collect();
    let own = roots(which);
    let roots: Vec<&str> = own.iter().map(String::as_str).chain(locals(text)).collect();
    let fields: Vec<&str> = fields().iter().map(String::as_str).collect();
    let mut right = Vec::new();
    let mut is_known = true;
    for (depth, part) in parts.iter().enumerate() {
        let candidates = if depth == 0 { &roots } else { &fields };
        if candidates.contains(part) {
            right.push(*part);
            continue;
        }
        is_known = false;
        match nearest(part, candidates.iter().copied()) {
            Some(near) => right.push(near),
            None if depth == 0 => return format!("there are `{}`", roots.join("`, `")),
            None => return format!("`{}` has no such field", clipped(&right.join("."))),
        }
    }
    if is_known {
        let path = clipped(path);
        return format!("it has no value here: write `{{% if {path} %}}` around it");
    }
    format!("did you mean `{}`?", clipped(&right.join(".")))
}

/// Where a template came from.
struct Origin<'a> {
    which: Which,
    text: &'a str,
    loaded: &'a Loaded,
    body_from: Option<&'a str>,
}

/// A place, as a location or in words.
#[derive(Debug, PartialEq, Eq)]
struct Where {
    location: Option<Location>,
    /// ` of …, line 3`; empty when the location says it.
    within: String,
}

impl Origin<'_> {
    fn place(&self, at: Option<usize>) -> Where {
        // Places are looked for where the engine does not tell them; the first line is as good.
        let own = Place::Offset(at.unwrap_or_default()).resolve(self.text);
        let in_words = |what: &str| {
            let line = if at.is_some() { format!(", line {}", own.0) } else { String::new() };
            Where { location: None, within: format!(" of {what}{line}") }
        };
        match self.body_from {
            Some(flag) if flag.starts_with('-') => return in_words(&format!("`{flag}`")),
            Some(file) => {
                let location = match at {
                    Some(_) => {
                        Location { file: file.to_owned(), line: Some(own.0), column: Some(own.1) }
                    }
                    None => Location::file(file),
                };
                return Where { location: Some(location), within: String::new() };
            }
            None => {}
        }
        let key = format!("changelog.{}", name(self.which));
        let value = self
            .loaded
            .keys
            .as_ref()
            .and_then(|keys| keys.at(key.split('.')).or_else(|| keys.at([key.as_str()])));
        let written = value
            .filter(|value| matches!(&value.content, Content::Scalar(text) if text == self.text));
        let Some(value) = written else {
            let name = variable(&key);
            return in_words(&match value {
                Some(_) => format!("`{name}`"),
                None if std::env::var_os(&name).is_some() => format!("`{name}`"),
                None => "the built-in configuration".to_owned(),
            });
        };
        let config = &self.loaded.text;
        let (line, column) = place::in_source(config, value.place, self.text, at);
        match &self.loaded.file {
            Some(file) => {
                let location = Location { file: file.clone(), line: Some(line), column };
                Where { location: Some(location), within: String::new() }
            }
            None => {
                let what = match &self.loaded.source {
                    crate::config::Source::Preset(_) => {
                        format!("preset {}", named(&self.loaded.source))
                    }
                    crate::config::Source::Default => "the built-in configuration".to_owned(),
                    source => format!("configuration {}", named(source)),
                };
                Where { location: None, within: format!(" of {what}, line {line}") }
            }
        }
    }
}

#[cfg(test)]
mod template_error_tests;
