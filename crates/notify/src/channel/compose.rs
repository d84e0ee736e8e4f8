//! The message of the inputs.

use launchway_base::{Deadline, Failure};
use launchway_runtime::Session;

use crate::inputs::Content;
use crate::message::Message;
use crate::{observe, template};

/// What there is to tell, laid out.
///
/// # Errors
/// Inputs that say nothing, contradict each other or cannot be read.
pub async fn compose(
    session: &Session,
    content: &Content,
    deadline: Deadline,
) -> Result<Message, Failure> {
    if !says(content) {
        return Err(Failure::input("there is nothing to say")
            .with_hint("give `template`, `title` or `text`"));
    }
    let seen = observe::observe(session, content, deadline).await?;
    Ok(template::message(content.template, &seen.facts, &seen.words))
}

/// Whether the inputs name something to say.
fn says(content: &Content) -> bool {
    let words = [
        &content.title,
        &content.text_file,
        &content.version,
        &content.environment,
        &content.changelog_file,
    ];
    let texts = [&content.text, &content.changelog, &content.needs];
    content.template.is_some()
        || content.status.is_some()
        || !content.fields.is_empty()
        || !content.mentions.is_empty()
        || words.iter().any(|word| word.is_some())
        || texts.iter().any(|text| text.is_some())
}
