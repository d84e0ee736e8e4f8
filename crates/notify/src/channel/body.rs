//! Parts of a message as text, for every printer.

use crate::message::{Link, Section, Step};
use crate::text::{Block, Inline, Rich, cut, length};

/// Characters of a line of steps.
const LINE: usize = 72;

/// Plain text, and where it leads, printed by the functions of a channel.
pub fn linked(
    text: fn(&str) -> String,
    link: fn(&str, &str) -> String,
    label: &str,
    url: Option<&str>,
) -> String {
    url.map_or_else(|| text(label), |url| link(label, url))
}

/// As much of a plain text as is at most `most` UTF-16 units long once it is made; what is cut ends in
/// `…`.
pub fn within(text: &str, most: usize, make: impl Fn(&str) -> String) -> String {
    let all = make(text);
    if length(&all) <= most {
        return all;
    }
    let (mut low, mut high) = (0, length(text).min(most));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if length(&make(&cut::text(text, middle))) <= most {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    make(&cut::text(text, low))
}

/// A section as text: its heading, and what it says.
pub fn section(section: &Section) -> Rich {
    let (heading, mut rest) = match section {
        Section::Text { heading, text } => (heading, text.clone()),
        Section::Steps { heading, steps } => (heading, list(steps)),
    };
    if !heading.is_empty() {
        let bold = Inline::Strong(vec![Inline::Text(heading.clone())]);
        match (section, rest.first_mut()) {
            // Nothing stands between the heading of jobs and the jobs.
            (Section::Steps { .. }, Some(Block::Paragraph(line))) => {
                line.splice(0..0, [bold, Inline::Break]);
            }
            _ => rest.insert(0, Block::Paragraph(vec![bold])),
        }
    }
    rest
}

/// The same without the links whose addresses stand elsewhere; their labels stay.
pub fn without(blocks: &[Block], urls: &[&str]) -> Rich {
    blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(line) => Block::Paragraph(unlinked(line, urls)),
            other => other.clone(),
        })
        .collect()
}

fn unlinked(line: &[Inline], urls: &[&str]) -> Vec<Inline> {
    line.iter()
        .flat_map(|piece| match piece {
            Inline::Link { text, url } if urls.contains(&url.as_str()) => text.clone(),
            Inline::Strong(inner) => vec![Inline::Strong(unlinked(inner, urls))],
            other => vec![other.clone()],
        })
        .collect()
}

/// The words of a line, without looks and addresses.
pub fn words(line: &[Inline]) -> String {
    line.iter()
        .map(|piece| match piece {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Strong(inner)
            | Inline::Emphasis(inner)
            | Inline::Strike(inner)
            | Inline::Link { text: inner, .. } => words(inner),
            Inline::Break => " ".to_owned(),
        })
        .collect()
}

/// One step per line; a few of which nothing is to be said stand in one line.
fn list(steps: &[Step]) -> Rich {
    let width: usize = steps.iter().map(|step| step.name.chars().count() + 5).sum();
    let flat =
        width <= LINE && steps.iter().all(|step| step.url.is_none() && step.detail.is_empty());
    let mut all = Vec::new();
    for step in steps {
        if !all.is_empty() {
            // A wide blank, as several narrow ones are one in HTML.
            all.push(if flat { Inline::Text("\u{2003}".to_owned()) } else { Inline::Break });
        }
        all.push(Inline::Text(format!("{} ", step.status.sign())));
        all.push(link(&step.name, step.url.as_deref()));
        if !step.detail.is_empty() {
            all.push(Inline::Text(format!(": {}", step.detail)));
        }
    }
    if all.is_empty() { Vec::new() } else { vec![Block::Paragraph(all)] }
}

/// Links in one line; nothing where there are none.
pub fn links(links: &[Link]) -> Rich {
    let mut line = Vec::new();
    for one in links {
        if !line.is_empty() {
            line.push(Inline::Text(" · ".to_owned()));
        }
        line.push(link(&one.label, one.url.as_deref()));
    }
    if line.is_empty() { Vec::new() } else { vec![Block::Paragraph(line)] }
}

fn link(text: &str, url: Option<&str>) -> Inline {
    let inner = Inline::Text(text.to_owned());
    match url {
        Some(url) => Inline::Link { text: vec![inner], url: url.to_owned() },
        None => inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;
    use crate::text::plain;

    #[test]
    fn a_few_jobs_stand_in_one_line_and_others_below_each_other() {
        let step = |name: &str, detail: &str| Step {
            status: Status::Failure,
            name: name.to_owned(),
            detail: detail.to_owned(),
            ..Step::default()
        };
        let shown = |steps: Vec<Step>| {
            let steps = Section::Steps { heading: "Jobs".to_owned(), steps };
            plain::print(&section(&steps))
        };
        assert_eq!(shown(vec![step("a", ""), step("b", "")]), "Jobs\n❌ a\u{2003}❌ b");
        assert_eq!(shown(vec![step("a", "x"), step("b", "")]), "Jobs\n❌ a: x\n❌ b");
        let long = "n".repeat(40);
        assert_eq!(
            shown(vec![step(&long, ""), step(&long, "")]),
            format!("Jobs\n❌ {long}\n❌ {long}")
        );
        assert_eq!(shown(Vec::new()), "Jobs");
    }
}
