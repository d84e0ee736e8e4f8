//! Slack's markup, read for drawing.

use crate::slack::blocks::Text;
use crate::slack::tokens;
use crate::text::mrkdwn::BARRIER;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What it is part of.
    pub(super) kind: Kind,
    /// Its pieces.
    pub(super) spans: Vec<Span>,
}

/// What a line is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Running text.
    Text,
    /// Lines shown as they are.
    Code,
    /// A quotation.
    Quote,
}

/// A piece of a line in one style; the text is as it is seen, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// What is seen.
    pub(super) text: String,
    /// How.
    pub(super) style: Style,
}

/// How a piece looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the markup")]
pub(super) struct Style {
    /// Bold.
    pub(super) bold: bool,
    /// Italics.
    pub(super) italic: bool,
    /// Struck through.
    pub(super) strike: bool,
    /// Shown as it is.
    pub(super) code: bool,
    /// It calls somebody.
    pub(super) mention: bool,
    /// Where it leads.
    pub(super) link: Option<String>,
}

/// The lines of a text.
pub(super) fn lines(text: &Text) -> Vec<Line> {
    match text {
        Text::PlainText { text, .. } => text
            .lines()
            .map(|line| Line { kind: Kind::Text, spans: vec![span(line, &Style::default())] })
            .collect(),
        Text::Mrkdwn { text, .. } => mrkdwn(text),
    }
}

/// The lines of a text with markup.
fn mrkdwn(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let ticks: Vec<usize> = text.match_indices("```").map(|(at, _)| at).collect();
    // One that is not ended is no fence.
    let last = (ticks.len() % 2 == 1).then(|| ticks.last()).flatten();
    let (fenced, tail) =
        text.split_at_checked(last.copied().unwrap_or(text.len())).unwrap_or((text, ""));
    let mut parts: Vec<String> = fenced.split("```").map(str::to_owned).collect();
    if let Some(end) = parts.last_mut() {
        end.push_str(tail);
    }
    for (index, part) in parts.iter().enumerate() {
        let code = index % 2 == 1;
        // Code stands on lines of its own: the breaks around it are not shown.
        let part = part.strip_prefix('\n').filter(|_| index > 0).unwrap_or(part);
        let part = part.strip_suffix('\n').filter(|_| index + 1 < parts.len()).unwrap_or(part);
        if part.is_empty() && parts.len() > 1 {
            continue;
        }
        for line in part.split('\n') {
            let quoted = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'));
            lines.push(match quoted.filter(|_| !code) {
                Some(rest) => Line { kind: Kind::Quote, spans: spans(rest.trim_start()) },
                None if code => Line {
                    kind: Kind::Code,
                    spans: vec![span(line, &Style { code: true, ..Style::default() })],
                },
                None => Line { kind: Kind::Text, spans: spans(line) },
            });
        }
    }
    lines
}

/// A piece, as it is seen.
fn span(text: &str, style: &Style) -> Span {
    let seen = tokens::unescape(text).replace('\t', "    ");
    // What control characters are not escaped by a payload of somebody else's is left out here.
    let text = seen.chars().filter(|one| !one.is_control() && *one != BARRIER).collect();
    Span { text, style: style.clone() }
}

/// The pieces of a line.
fn spans(line: &str) -> Vec<Span> {
    let tokens: Vec<&str> = tokens::tokens(line).collect();
    let (mut spans, mut style, mut run) = (Vec::new(), Style::default(), String::new());
    for (at, token) in tokens.iter().enumerate() {
        let flush = |run: &mut String, style: &Style, spans: &mut Vec<Span>| {
            if !run.is_empty() {
                spans.push(span(&std::mem::take(run), style));
            }
        };
        if let Some(inner) = token.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')) {
            flush(&mut run, &style, &mut spans);
            spans.push(special(inner, &style));
            continue;
        }
        let Some(switch) = switch(token, &mut style.clone()) else {
            run.push_str(token);
            continue;
        };
        let toggles = if switch.on { closes(&tokens, at) } else { opens(&tokens, at, token) };
        if (style.code && *token != "`") || !toggles {
            run.push_str(token);
            continue;
        }
        flush(&mut run, &style, &mut spans);
        style = switch.toggled;
    }
    if !run.is_empty() {
        spans.push(span(&run, &style));
    }
    spans
}

/// What a sign of the markup would change.
struct Switch {
    on: bool,
    toggled: Style,
}

/// The switch a sign is; none where it is a character like others.
fn switch(token: &str, style: &mut Style) -> Option<Switch> {
    let flag = match token {
        "*" => &mut style.bold,
        "_" => &mut style.italic,
        "~" => &mut style.strike,
        "`" => &mut style.code,
        _ => return None,
    };
    let on = *flag;
    *flag = !on;
    Some(Switch { on, toggled: style.clone() })
}

/// Whether a sign begins something: after a blank or the like, before a word, and ended in the line.
fn opens(tokens: &[&str], at: usize, sign: &str) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let after = tokens.get(at + 1);
    before.is_none_or(|one| !is_word(one))
        && after.is_some_and(|one| *one != " " && *one != sign && !is_barrier(one))
        && (at + 2..tokens.len()).any(|end| tokens.get(end) == Some(&sign) && closes(tokens, end))
}

/// Whether a sign can end something: after a word, before a blank or the like.
fn closes(tokens: &[&str], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    before.is_some_and(|one| *one != " " && !is_barrier(one))
        && tokens.get(at + 1).is_none_or(|one| !is_word(one))
}

/// Whether it keeps a sign from being a mark.
fn is_barrier(token: &str) -> bool {
    token.starts_with(BARRIER)
}

/// Whether it is a letter or a digit.
fn is_word(token: &str) -> bool {
    token.chars().all(char::is_alphanumeric)
}

/// A link, a mention or a channel.
fn special(inner: &str, style: &Style) -> Span {
    let (target, label) = inner.split_once('|').map_or((inner, None), |(a, b)| (a, Some(b)));
    let called = target
        .strip_prefix("!subteam^")
        .or_else(|| target.strip_prefix('@'))
        .or_else(|| target.strip_prefix('!'));
    if let Some(name) = called {
        let name = label.unwrap_or(name);
        let text = format!("@{}", name.trim_start_matches('@'));
        return span(&text, &Style { mention: true, ..style.clone() });
    }
    if let Some(channel) = target.strip_prefix('#') {
        let text = format!("#{}", label.unwrap_or(channel));
        return span(&text, &Style { mention: true, ..style.clone() });
    }
    let link = Some(tokens::unescape(target));
    let label = label.unwrap_or(target);
    let code = label.strip_prefix('`').and_then(|label| label.strip_suffix('`'));
    let code = code.filter(|code| !code.is_empty() && !code.contains('`'));
    let style = Style { link, code: style.code || code.is_some(), ..style.clone() };
    span(code.unwrap_or(label), &style)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn shown(text: &str) -> String {
        let mut all = String::new();
        for line in mrkdwn(text) {
            all.push(match line.kind {
                Kind::Text => ' ',
                Kind::Code => '#',
                Kind::Quote => '>',
            });
            for Span { text, style } in line.spans {
                let mut marks = String::new();
                for (on, mark) in [
                    (style.bold, 'b'),
                    (style.italic, 'i'),
                    (style.strike, 's'),
                    (style.code, 'c'),
                    (style.mention, '@'),
                    (style.link.is_some(), 'l'),
                ] {
                    if on {
                        marks.push(mark);
                    }
                }
                let _ = write!(all, "[{marks}:{text}]");
            }
        }
        all
    }

    #[test]
    fn markup_is_read_as_slack_does() {
        assert_eq!(shown("*a b* c"), " [b:a b][: c]");
        assert_eq!(shown("2*3*4 snake_case_name"), " [:2*3*4 snake_case_name]");
        assert_eq!(shown("*not ended"), " [:*not ended]");
        assert_eq!(shown("*<https://x|A &amp; B>* `x*y*`"), " [bl:A & B][: ][c:x*y*]");
        assert_eq!(shown("<https://x|`a`> <https://x|`>"), " [cl:a][: ][l:`]");
        assert_eq!(shown("<@U1> <!here> <!subteam^S1>"), " [@:@U1][: ][@:@here][: ][@:@S1]");
        assert_eq!(shown("a\n```\n*x*\n y\n```\nb"), " [:a]#[c:*x*]#[c: y] [:b]");
        assert_eq!(shown("&gt; said"), ">[:said]");
        assert_eq!(shown("a\u{1b}[31m ```"), " [:a[31m ```]");
    }
}
