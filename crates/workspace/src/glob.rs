//! Globs as the npm world writes them: `*`, `**`, `?`, classes, braces and extended groups.
//!
//! `*` and `?` stop at `/` and do not match a leading dot; `**` as a whole part matches any depth.

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    negated: bool,
    alternatives: Vec<Vec<Token>>,
}

#[derive(Clone, Debug)]
enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Star,
    /// `**` as a whole part, with the `/` that follows it, if any.
    Deep {
        slash: bool,
    },
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `@(a|b)`, `?(…)`, `*(…)`, `+(…)`, `!(…)`
    Group {
        kind: char,
        alternatives: Vec<Vec<Self>>,
    },
}

impl Glob {
    /// Compiles a pattern; a leading `!` negates. Nothing is refused: an unclosed bracket is text.
    pub fn new(pattern: &str) -> Self {
        let (negated, body) = match pattern.strip_prefix('!') {
            Some(rest) if !rest.starts_with('(') => (true, rest),
            _ => (false, pattern),
        };
        let body = body.strip_prefix("./").unwrap_or(body);
        let alternatives =
            braces(body).iter().map(|text| tokens(&text.chars().collect::<Vec<_>>())).collect();
        Self { negated, alternatives }
    }

    /// Whether the pattern begins with `!`.
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether the pattern, without its `!`, matches the whole text.
    pub fn matches_bare(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.alternatives.iter().any(|tokens| matches(tokens, &chars, 0))
    }

    /// Whether the text matches, a negated pattern matching what its body does not.
    pub fn matches(&self, text: &str) -> bool {
        self.matches_bare(text) != self.negated
    }
}

/// Which of the texts a list of patterns selects: a later `!pattern` takes away, a still later one
/// gives back.
pub fn select<'a>(texts: impl IntoIterator<Item = &'a str>, patterns: &[String]) -> Vec<&'a str> {
    let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::new(pattern)).collect();
    texts.into_iter().filter(|text| selected(text, &globs)).collect()
}

/// Whether a list of patterns selects the text.
pub fn selected(text: &str, globs: &[Glob]) -> bool {
    globs.iter().fold(false, |passed, glob| match (passed, glob.negated) {
        (false, false) => glob.matches_bare(text),
        (true, true) => !glob.matches_bare(text),
        _ => passed,
    })
}

/// `a{b,c}d` to `abd`, `acd`; `{1..3}` to the numbers. A brace without comma or dots is text.
fn braces(pattern: &str) -> Vec<String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut depth = 0_usize;
    let mut start = None;
    let mut commas = Vec::new();
    let mut i = 0;
    while let Some(c) = chars.get(i) {
        match c {
            '\\' => i += 1,
            '{' => {
                if depth == 0 {
                    start = Some(i);
                    commas.clear();
                }
                depth += 1;
            }
            ',' if depth == 1 => commas.push(i),
            '}' if depth > 0 => {
                depth -= 1;
                if let (0, Some(open)) = (depth, start)
                    && let Some(inner) = alternatives_between(&chars, open, i, &commas)
                {
                    let before: String = chars.iter().take(open).collect();
                    let after: String = chars.iter().skip(i + 1).collect();
                    return inner
                        .iter()
                        .flat_map(|choice| braces(&format!("{before}{choice}{after}")))
                        .collect();
                }
            }
            _ => {}
        }
        i += 1;
    }
    vec![pattern.to_owned()]
}

fn alternatives_between(
    chars: &[char],
    open: usize,
    close: usize,
    commas: &[usize],
) -> Option<Vec<String>> {
    let text = |from: usize, to: usize| chars.iter().take(to).skip(from).collect::<String>();
    if commas.is_empty() {
        let inner = text(open + 1, close);
        let (from, to) = inner.split_once("..")?;
        let (from, to) = (from.parse::<i64>().ok()?, to.parse::<i64>().ok()?);
        // A range of thousands is a slip or an attack, never a list of packages.
        return (from <= to && to - from < 1000)
            .then(|| (from..=to).map(|number| number.to_string()).collect());
    }
    let mut ends = commas.to_vec();
    ends.push(close);
    let mut from = open + 1;
    Some(
        ends.into_iter()
            .map(|end| {
                let choice = text(from, end);
                from = end + 1;
                choice
            })
            .collect(),
    )
}

fn tokens(chars: &[char]) -> Vec<Token> {
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let next = chars.get(i + 1).copied();
        match c {
            '\\' if next.is_some() => {
                found.extend(next.map(Token::Char));
                i += 2;
            }
            '@' | '?' | '*' | '+' | '!' if next == Some('(') => match group(chars, i + 1) {
                Some((alternatives, end)) => {
                    found.push(Token::Group { kind: c, alternatives });
                    i = end;
                }
                None => {
                    found.push(Token::Char(c));
                    i += 1;
                }
            },
            '*' => {
                let stars = chars.iter().skip(i).take_while(|c| **c == '*').count();
                let part_start = i == 0 || chars.get(i - 1) == Some(&'/');
                let after = chars.get(i + stars).copied();
                if stars == 2 && part_start && matches!(after, None | Some('/')) {
                    found.push(Token::Deep { slash: after.is_some() });
                    i += stars + usize::from(after.is_some());
                } else {
                    found.push(Token::Star);
                    i += stars;
                }
            }
            '?' => {
                found.push(Token::One);
                i += 1;
            }
            '[' => match class(chars, i) {
                Some((token, end)) => {
                    found.push(token);
                    i = end;
                }
                None => {
                    found.push(Token::Char(c));
                    i += 1;
                }
            },
            _ => {
                found.push(Token::Char(c));
                i += 1;
            }
        }
    }
    found
}

/// `(a|b)` from its `(`; gives the alternatives and the place after the `)`.
fn group(chars: &[char], open: usize) -> Option<(Vec<Vec<Token>>, usize)> {
    let mut depth = 0_usize;
    let mut from = open + 1;
    let mut alternatives = Vec::new();
    let slice = |from: usize, to: usize| chars.get(from..to).map(tokens).unwrap_or_default();
    for (i, c) in chars.iter().enumerate().skip(open) {
        match c {
            '(' => depth += 1,
            '|' if depth == 1 => {
                alternatives.push(slice(from, i));
                from = i + 1;
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    alternatives.push(slice(from, i));
                    return Some((alternatives, i + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// `[a-z]` from its `[`; gives the token and the place after the `]`.
fn class(chars: &[char], open: usize) -> Option<(Token, usize)> {
    let negated = matches!(chars.get(open + 1), Some('!' | '^'));
    let from = open + 1 + usize::from(negated);
    let close = chars.iter().enumerate().skip(from + 1).find(|(_, c)| **c == ']')?.0;
    let inner = chars.get(from..close)?;
    let mut ranges = Vec::new();
    let mut rest = inner;
    loop {
        rest = match rest {
            [low, '-', high, tail @ ..] => {
                ranges.push((*low, *high));
                tail
            }
            [one, tail @ ..] => {
                ranges.push((*one, *one));
                tail
            }
            [] => break,
        };
    }
    Some((Token::Class { negated, ranges }, close + 1))
}

/// Whether `tokens` match `text` from `at` to its end.
fn matches(tokens: &[Token], text: &[char], at: usize) -> bool {
    let Some((token, rest)) = tokens.split_first() else { return at == text.len() };
    let here = text.get(at).copied();
    let part_start = at == 0 || text.get(at - 1) == Some(&'/');
    let hidden = part_start && here == Some('.');
    match token {
        Token::Char(c) => {
            // `a/**` also matches `a`.
            if *c == '/' && at == text.len() && matches!(rest, [Token::Deep { slash: false }]) {
                return true;
            }
            here == Some(*c) && matches(rest, text, at + 1)
        }
        Token::One => here.is_some_and(|c| c != '/') && !hidden && matches(rest, text, at + 1),
        Token::Class { negated, ranges } => {
            here.is_some_and(|c| {
                c != '/' && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }) && matches(rest, text, at + 1)
        }
        Token::Star => {
            let whole_part = part_start && matches!(rest.first(), None | Some(Token::Char('/')));
            let end = text
                .iter()
                .enumerate()
                .skip(at)
                .find(|(_, c)| **c == '/')
                .map_or(text.len(), |(i, _)| i);
            let first = if hidden { return matches(rest, text, at) && !whole_part } else { at };
            (first + usize::from(whole_part)..=end).any(|next| matches(rest, text, next))
        }
        Token::Deep { slash } => {
            let visible = |from: usize, to: usize| {
                (from..to).all(|i| {
                    text.get(i) != Some(&'.') || !(i == 0 || text.get(i - 1) == Some(&'/'))
                })
            };
            if *slash {
                matches(rest, text, at)
                    || (at..text.len()).any(|i| {
                        text.get(i) == Some(&'/') && visible(at, i) && matches(rest, text, i + 1)
                    })
            } else {
                visible(at, text.len())
            }
        }
        Token::Group { kind, alternatives } => match kind {
            '!' => {
                let end = text
                    .iter()
                    .enumerate()
                    .skip(at)
                    .find(|(_, c)| **c == '/')
                    .map_or(text.len(), |(i, _)| i);
                !hidden
                    && (at..=end).any(|next| {
                        let inner = text.get(at..next).unwrap_or_default();
                        !alternatives.iter().any(|tokens| matches(tokens, inner, 0))
                            && matches(rest, text, next)
                    })
            }
            _ => {
                let optional = matches!(kind, '?' | '*');
                let repeats = matches!(kind, '*' | '+');
                (optional && matches(rest, text, at))
                    || (at + 1..=text.len()).any(|next| {
                        let inner = text.get(at..next).unwrap_or_default();
                        alternatives.iter().any(|tokens| matches(tokens, inner, 0))
                            && (matches(rest, text, next)
                                || (repeats && {
                                    let again = Token::Group {
                                        kind: '*',
                                        alternatives: alternatives.clone(),
                                    };
                                    let mut more = vec![again];
                                    more.extend_from_slice(rest);
                                    matches(&more, text, next)
                                }))
                    })
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_the_npm_world_expects() {
        for (pattern, text, wanted) in [
            ("pkg-*", "pkg-a", true),
            ("pkg-*", "@acme/pkg-a", false),
            ("@acme/*", "@acme/core", true),
            ("@acme/*", "@acme/a/b", false),
            ("*", "@acme/core", false),
            ("**", "@acme/core", true),
            ("**/core", "@acme/core", true),
            ("**/core", "core", true),
            ("packages/**", "packages/a/b", true),
            ("packages/**", "packages", true),
            ("packages/*", "packages/.hidden", false),
            ("packages/*/sub", "packages/a/sub", true),
            ("{a,b}-x", "b-x", true),
            ("{a,b}-x", "c-x", false),
            ("p{1..3}", "p2", true),
            ("@(a|b)-*", "b-1", true),
            ("!(a)", "b", true),
            ("!(a)", "a", false),
            ("+(a|b)", "abba", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("./packages/*", "packages/a", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn a_later_pattern_takes_away_and_gives_back() {
        let patterns = ["**", "!pkg-*", "pkg-b"].map(String::from);
        assert_eq!(select(["x", "pkg-a", "pkg-b"], &patterns), ["x", "pkg-b"]);
        assert!(select(["x"], &["!y".to_owned()]).is_empty());
    }
}
