//! One template, compiled.
//!
//! Built on the same engine as `git_cliff_core::template` and not on that itself: it offers no way
//! to a filter, and `group_by` has to be another one here (see [`super::filters`]).

use std::error::Error as _;

use git_cliff_core::config::TextProcessor;
use git_cliff_core::error::Error;
use serde::Serialize;
use serde_json::{Map, Value};
use tera::{Context, Tera};

use super::filters;
use super::needs::is_dynamic;

/// A template and its engine.
#[derive(Debug)]
pub struct Template {
    name: &'static str,
    tera: Tera,
    /// Whether it can see the order of an object's fields.
    sees_order: bool,
}

impl Template {
    /// Compiles a template; `trim` takes the blanks around each of its lines away.
    ///
    /// # Errors
    /// The text is no template.
    pub fn new(name: &'static str, text: &str, trim: bool) -> Result<Self, Error> {
        let text = if trim {
            text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
        } else {
            text.to_owned()
        };
        let mut tera = Tera::default();
        filters::register(&mut tera);
        tera.add_raw_template(name, &text).map_err(|error| match error.source() {
            Some(source) => Error::TemplateParseError(source.to_string()),
            None => Error::TemplateError(error),
        })?;
        Ok(Self { name, tera, sees_order: is_dynamic(&text) })
    }

    /// Renders it over an object and more values.
    ///
    /// # Errors
    /// The template asks for what is not there, or a filter refuses.
    pub fn render(
        &self,
        object: &impl Serialize,
        more: &Map<String, Value>,
        postprocessors: &[TextProcessor],
    ) -> Result<String, Error> {
        let mut value = serde_json::to_value(object)?;
        if self.sees_order {
            filters::sort_keys(&mut value);
        }
        let mut context = Context::from_value(value)?;
        for (name, value) in more {
            context.insert(name, value);
        }
        let mut text = self.tera.render(self.name, &context).map_err(explained)?;
        for postprocessor in postprocessors {
            postprocessor.replace(&mut text, Vec::new())?;
        }
        Ok(text)
    }
}

/// The reasons behind an error of the engine, whose own text names only the template.
fn explained(error: tera::Error) -> Error {
    match error.source().map(|source| (source.to_string(), source.source())) {
        Some((what, Some(why))) => Error::TemplateRenderDetailedError(what, why.to_string()),
        Some((what, None)) => Error::TemplateRenderError(what),
        None => Error::TemplateError(error),
    }
}
