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
    if !content.says() {
        return Err(Failure::input("there is nothing to say")
            .with_hint("give `template`, `title` or `text`"));
    }
    let seen = observe::observe(session, content, deadline).await?;
    Ok(template::message(content.template, &seen.facts, &seen.words))
}
