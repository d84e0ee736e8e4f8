//! Templates as Handlebars has them: `{{name}}`, `{{date 'YYYY' tz='UTC'}}`, `{{#if x}}…{{else}}…{{/if}}`.
//!
//! All of Handlebars that renders a text from one context: paths, `this`, `..`, `@root` and `@index`,
//! literals, subexpressions, hashes, block parameters, `else` chains, comments, `~`, escapes, raw blocks,
//! inline partials, partial blocks, and the helpers `if`, `unless`, `each`, `with`, `lookup` and `log`
//! (which says nothing).

mod names;
mod partial;
mod partial_syntax;
mod render;
mod space;
mod syntax;
mod tree;
mod value;

use launchway_base::Failure;

pub use value::{Arguments, Function, Value};

/// Renders a template. `{{x}}` is escaped for HTML, `{{{x}}}` and `{{&x}}` are not; what is missing is
/// empty.
///
/// # Errors
///
/// Bad input: a template that cannot be read, a helper that is missing or refuses its arguments.
pub fn render(template: &str, context: &Value) -> Result<String, Failure> {
    if !template.contains("{{") {
        return Ok(template.to_owned());
    }
    let mut program = syntax::parse(template)?;
    space::control(&mut program, true);
    render::render(program, context)
        .map_err(|what| Failure::input(format!("cannot render the template {template}: {what}")))
}

/// Whether a template is one expression of the name `raw` and nothing else: `{{raw}}`, `{{{raw}}}`.
pub fn is_raw(template: &str) -> bool {
    let Ok(program) = syntax::parse(template) else { return false };
    match program.body.as_slice() {
        [tree::Node::Mustache { call, .. }] => {
            !call.path.literal && call.path.parts.len() == 1 && call.path.first() == "raw"
        }
        _ => false,
    }
}

#[cfg(test)]
mod partial_tests;
#[cfg(test)]
mod tests;
