//! HTML within Markdown: its text is kept, its elements are not. What is no element of HTML, such
//! as `Vec<T>` or `<!channel>`, is text.

/// A piece of what HTML says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bit {
    /// Text.
    Text(String),
    /// A new line.
    Break,
}

const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "body",
    "html",
    "head",
    "main",
    "article",
    "center",
    "figure",
    "figcaption",
    "header",
    "footer",
    "nav",
    "mark",
    "time",
    "wbr",
    "input",
    "button",
    "form",
    "iframe",
    "script",
    "style",
    "title",
    "textarea",
    "meta",
    "link",
    "object",
    "embed",
    "svg",
    "path",
];
const BREAKS: &[&str] = &[
    "br",
    "p",
    "div",
    "li",
    "tr",
    "summary",
    "details",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "table",
    "blockquote",
    "pre",
    "hr",
    "dt",
    "dd",
];
/// Elements whose content nobody reads.
const SILENT: &[&str] = &["script", "style", "iframe", "svg", "title", "textarea"];

/// What a piece of HTML says.
pub(super) fn bits(html: &str) -> Vec<Bit> {
    let mut all = Vec::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let (text, tail) = rest.split_at(open);
        put(&mut all, text);
        if let Some(comment) = tail.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (tag, after) = tag(tail);
        let name = name(tag);
        if !ELEMENTS.contains(&name.as_str()) {
            // Only the sign itself: what follows is looked at again.
            push(&mut all, "<");
            rest = tail.get(1..).unwrap_or_default();
            continue;
        }
        rest = after;
        if name == "img" {
            put(&mut all, &attribute(tag, "alt"));
        }
        let ends = BREAKS.contains(&name.as_str());
        if name == "br" || (ends && all.last().is_some_and(|last| *last != Bit::Break)) {
            all.push(Bit::Break);
        }
        if SILENT.contains(&name.as_str()) && !tag.starts_with("</") && !tag.ends_with("/>") {
            let close = format!("</{name}");
            let at = rest.to_ascii_lowercase().find(&close);
            rest = at.and_then(|at| rest.get(at..)).unwrap_or_default();
        }
    }
    put(&mut all, rest);
    all
}

/// The tag at the beginning, and what follows it.
fn tag(text: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (None, '"' | '\'') => quote = Some(sign),
            (Some(open), _) if open == sign => quote = None,
            (None, '>') => return text.split_at(at + 1),
            _ => {}
        }
    }
    let end = text.find('>').map_or(text.len(), |at| at + 1);
    text.split_at(end)
}

fn name(tag: &str) -> String {
    let tag = tag.trim_start_matches('<');
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    tag.chars()
        .take(12)
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn attribute(tag: &str, name: &str) -> String {
    let Some((_, rest)) = tag.split_once(&format!(" {name}=")) else { return String::new() };
    let value = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest.get(1..).and_then(|rest| rest.split(quote).next()),
        _ => rest.split([' ', '>']).next(),
    };
    value.unwrap_or_default().to_owned()
}

fn put(all: &mut Vec<Bit>, text: &str) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 && all.last().is_some_and(|last| *last != Bit::Break) {
            all.push(Bit::Break);
        }
        let begins = all.last().is_none_or(|last| *last == Bit::Break);
        let line = if begins { line.trim_start() } else { line };
        if !line.is_empty() {
            push(all, &decode(line));
        }
    }
}

fn push(all: &mut Vec<Bit>, text: &str) {
    match all.last_mut() {
        Some(Bit::Text(last)) => last.push_str(text),
        _ => all.push(Bit::Text(text.to_owned())),
    }
}

/// Text without entities.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let end = tail.bytes().take(12).position(|byte| byte == b';');
        let known = end.and_then(|end| Some((tail.get(1..end)?, tail.get(end + 1..)?)));
        let known = known.and_then(|(name, after)| Some((entity(name)?, after)));
        if let Some((sign, after)) = known {
            out.push(sign);
            rest = after;
        } else {
            out.push('&');
            rest = tail.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?).filter(|sign| !sign.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "copy" => '©',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "bull" => '•',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_kept() {
        for (html, said) in [
            ("<b>x</b>", "x"),
            ("a <!-- secret --> b", "a  b"),
            ("<details><summary>More</summary>\n<p>a &amp; b</p></details>", "More|a & b|"),
            ("<img src=x alt=\"A > B\">", "A > B"),
            ("<script>alert(1)</script>y", "y"),
            ("<!channel> <@U1> Vec<T>", "<!channel> <@U1> Vec<T>"),
            ("&lt;!here&gt; &#60;&#x3e; &unknown; &", "<!here> <> &unknown; &"),
            ("<br", "|"),
            ("<", "<"),
            ("&#0;&#xd800;", "&#0;&#xd800;"),
        ] {
            let bits = bits(html);
            let text: String =
                bits.iter().map(|bit| if let Bit::Text(text) = bit { text } else { "|" }).collect();
            assert_eq!(text, said, "{html}");
        }
    }
}
