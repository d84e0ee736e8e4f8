//! Globs as the npm world writes them: `*`, `**`, `?`, classes, braces and extended groups.
//!
//! `*` and `?` stop at `/` and do not match a leading dot; `**` as a whole part matches any depth.

use std::collections::BTreeSet;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    negated: bool,
    dots: bool,
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

/// A leading dot that wildcards match. No path has this character.
const SEEN_DOT: char = '\0';

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
        Self { negated, dots: false, alternatives }
    }

    /// With wildcards that match a leading dot, too, as GitHub's own filters of paths do.
    #[must_use]
    pub fn with_dots(self) -> Self {
        Self { dots: true, ..self }
    }

    /// Whether the pattern begins with `!`.
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether the pattern, without its `!`, matches the whole text.
    pub fn matches_bare(&self, text: &str) -> bool {
        let mut chars: Vec<char> = text.chars().collect();
        if self.dots {
            for at in 0..chars.len() {
                let leads = starts_part(&chars, at);
                if let Some(dot @ '.') = chars.get_mut(at).filter(|_| leads) {
                    *dot = SEEN_DOT;
                }
            }
        }
        self.alternatives.iter().any(|tokens| matches(tokens, &chars))
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
    expand_braces(pattern, &mut MOST_ALTERNATIVES.clone())
}

/// More alternatives than this are nobody's list: the braces beyond are text.
const MOST_ALTERNATIVES: usize = 4096;

fn expand_braces(pattern: &str, left: &mut usize) -> Vec<String> {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return vec![pattern.to_owned()];
    }
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
                        .flat_map(|choice| expand_braces(&format!("{before}{choice}{after}"), left))
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

/// Whether `tokens` match the whole text.
fn matches(tokens: &[Token], text: &[char]) -> bool {
    ends(tokens, text, BTreeSet::from([0])).contains(&text.len())
}

/// Where in the text the tokens can end when they begin at one of `starts`. Sets of places instead of
/// backtracking: a hostile pattern takes no longer than a long one.
fn ends(tokens: &[Token], text: &[char], starts: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut places = starts;
    for (i, token) in tokens.iter().enumerate() {
        let rest = tokens.get(i + 1..).unwrap_or_default();
        places = places.into_iter().flat_map(|at| step(token, rest, text, at)).collect();
        if places.is_empty() {
            break;
        }
    }
    places
}

/// The part of a path that begins at `from`: where it ends.
fn end_of_part(text: &[char], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().position(|c| *c == '/').unwrap_or(rest.len())
}

fn starts_part(text: &[char], at: usize) -> bool {
    at == 0 || text.get(at - 1) == Some(&'/')
}

/// Whether no part of the path between the two places begins with a dot.
fn is_visible(text: &[char], from: usize, to: usize) -> bool {
    (from..to).all(|i| text.get(i) != Some(&'.') || !starts_part(text, i))
}

/// Where one token can end when it begins at `at`.
fn step(token: &Token, rest: &[Token], text: &[char], at: usize) -> Vec<usize> {
    let here = text.get(at).copied();
    let hidden = starts_part(text, at) && here == Some('.');
    let next_if = |yes: bool| if yes { vec![at + 1] } else { Vec::new() };
    match token {
        // `a/**` also matches `a`.
        Token::Char('/') if at == text.len() && matches!(rest, [Token::Deep { slash: false }]) => {
            vec![at]
        }
        Token::Char('.') => next_if(matches!(here, Some('.' | SEEN_DOT))),
        Token::Char(c) => next_if(here == Some(*c)),
        Token::One => next_if(here.is_some_and(|c| c != '/') && !hidden),
        Token::Class { negated, ranges } => next_if(here.is_some_and(|c| {
            c != '/' && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
        })),
        Token::Star => {
            let alone = starts_part(text, at) && matches!(rest, [] | [Token::Char('/'), ..]);
            match (hidden, alone) {
                (true, true) => Vec::new(),
                (true, false) => vec![at],
                // A part that is only `*` is never empty.
                (false, alone) => (at + usize::from(alone)..=end_of_part(text, at)).collect(),
            }
        }
        Token::Deep { slash: true } => {
            let below = (at..text.len())
                .filter(|i| text.get(*i) == Some(&'/') && is_visible(text, at, *i))
                .map(|i| i + 1);
            std::iter::once(at).chain(below).collect()
        }
        Token::Deep { slash: false } => {
            (at..=text.len()).take_while(|to| is_visible(text, at, *to)).collect()
        }
        Token::Group { kind, alternatives } => group_ends(*kind, alternatives, text, at, hidden),
    }
}

fn group_ends(
    kind: char,
    alternatives: &[Vec<Token>],
    text: &[char],
    at: usize,
    hidden: bool,
) -> Vec<usize> {
    let once = |from: usize| -> BTreeSet<usize> {
        alternatives.iter().flat_map(|tokens| ends(tokens, text, BTreeSet::from([from]))).collect()
    };
    if kind == '!' {
        let named = once(at);
        let all = at..=end_of_part(text, at);
        return if hidden { Vec::new() } else { all.filter(|to| !named.contains(to)).collect() };
    }
    let mut found = once(at);
    if matches!(kind, '*' | '+') {
        let mut fresh: Vec<usize> = found.iter().copied().collect();
        while let Some(from) = fresh.pop() {
            for to in once(from) {
                if found.insert(to) {
                    fresh.push(to);
                }
            }
        }
    }
    if matches!(kind, '?' | '*') {
        found.insert(at);
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_a_leading_dot_only_when_told() {
        for (pattern, path) in [
            ("**/*.md", ".github/a.md"),
            ("**/CODEOWNERS", ".github/CODEOWNERS"),
            ("a/**", "a/.b/c"),
            ("*", ".env"),
            ("a/?env", "a/.env"),
        ] {
            assert!(!Glob::new(pattern).matches(path), "{pattern} {path}");
            assert!(Glob::new(pattern).with_dots().matches(path), "{pattern} {path}");
        }
        for (pattern, path) in
            [(".a/**", ".a/.b"), ("**/.a", "x/.a"), ("{.a,b}/c", ".a/c"), ("a.b", "a.b")]
        {
            assert!(Glob::new(pattern).with_dots().matches(path), "{pattern} {path}");
        }
        assert!(!Glob::new("*a").with_dots().matches(".b/a"));
    }

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
    fn hostile_patterns_end() {
        let text = "a".repeat(100);
        for pattern in ["*a*a*a*a*a*a*a*a*a*a*a*a*b", "+(a|a|aa)+(a|aa)+(a|aa)b", "*(*(a))b"] {
            assert!(!Glob::new(pattern).matches(&text), "{pattern}");
        }
        assert!(!Glob::new(&"{a,b}".repeat(40)).matches(&text));
    }

    #[test]
    fn a_later_pattern_takes_away_and_gives_back() {
        let patterns = ["**", "!pkg-*", "pkg-b"].map(String::from);
        assert_eq!(select(["x", "pkg-a", "pkg-b"], &patterns), ["x", "pkg-b"]);
        assert!(select(["x"], &["!y".to_owned()]).is_empty());
    }
}
