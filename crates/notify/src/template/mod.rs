//! Finished layouts: what is known becomes a message. Pure; text from outside is plain text in it.

mod approval;
mod canary;
mod ci;
mod deploy;
mod parts;
mod plain;
mod release;
mod title;

use crate::facts::Facts;
use crate::inputs::Template;
use crate::message::Message;
use crate::words::Words;

/// A layout.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Its name as an input; none for the one without a name.
    pub template: Option<Template>,
    /// Makes the message.
    pub make: fn(&Facts, &Words) -> Message,
}

/// All of them.
pub const TEMPLATES: &[Layout] = &[
    Layout { template: None, make: plain::make },
    Layout { template: Some(Template::Deploy), make: deploy::make },
    Layout { template: Some(Template::Release), make: release::make },
    Layout { template: Some(Template::Ci), make: ci::make },
    Layout { template: Some(Template::Canary), make: canary::make },
    Layout { template: Some(Template::Approval), make: approval::make },
];

/// The message of a layout. Its title is one line and never empty.
pub fn message(template: Option<Template>, facts: &Facts, words: &Words) -> Message {
    let found = TEMPLATES.iter().find(|layout| layout.template == template);
    found.map_or(plain::make as fn(&Facts, &Words) -> Message, |layout| layout.make)(facts, words)
}

#[cfg(test)]
mod tests;
