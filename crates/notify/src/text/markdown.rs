//! Markdown, read.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Block, Inline, Rich};

/// Reads Markdown as GitHub writes it.
pub fn read(text: &str) -> Rich {
    let options =
        Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut paragraph = Vec::new();
    let mut blocks = Vec::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Paragraph) => paragraph.clear(),
            Event::Text(text) => paragraph.push(Inline::Text(text.into_string())),
            Event::End(TagEnd::Paragraph) => {
                blocks.push(Block::Paragraph(std::mem::take(&mut paragraph)));
            }
            _ => {}
        }
    }
    blocks
}
