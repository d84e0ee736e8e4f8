//! Regular expressions as JavaScript has them: look around, named groups, flags.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use launchway_base::Failure;
use regress::Regex;

/// A match that takes longer is given up: patterns that try every way never end.
const PATIENCE: Duration = Duration::from_secs(2);

/// More alternatives than this are refused: each takes a piece of the stack when they are read.
const ALTERNATIVES: usize = 2000;

/// A pattern that was read.
#[derive(Clone, Debug)]
pub struct Pattern {
    given: String,
    source: String,
    /// All matches rather than the first.
    all: bool,
    /// Only where the last match ended, the start at first.
    sticky: bool,
    flags: String,
}

/// The groups of a match, the whole first; of all matches, the whole of each, with the flag `g`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups(Vec<Option<String>>);

impl Groups {
    /// A group by its number, as the attribute spells it: `1`, not `01` or `1.0`. `None` too for a
    /// group that took no part in the match.
    pub fn group(&self, number: &str) -> Option<&str> {
        let index: usize = number.parse().ok()?;
        (index.to_string() == number).then(|| self.get(index)).flatten()
    }

    /// A group by its number.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.0.get(index)?.as_deref()
    }
}

impl Pattern {
    /// Reads `pattern` or `/pattern/flags`.
    pub fn parse(given: &str) -> Result<Self, Failure> {
        let line_end = ['\n', '\r', '\u{2028}', '\u{2029}'];
        let slashed = given.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        match slashed.filter(|(source, _)| !source.is_empty() && !given.contains(line_end)) {
            Some((source, flags)) => Self::new(given, source, flags),
            None => Self::plain(given),
        }
    }

    /// Reads a pattern without flags; slashes are text.
    pub fn plain(source: &str) -> Result<Self, Failure> {
        Self::new(source, source, "")
    }

    fn new(given: &str, source: &str, flags: &str) -> Result<Self, Failure> {
        for (at, flag) in flags.char_indices() {
            let repeated = flags.get(..at).is_some_and(|before| before.contains(flag));
            if !"dgimsuvy".contains(flag) || repeated {
                return Err(Failure::input(format!(
                    "invalid flags `{flags}` of the pattern {given}"
                ))
                .with_hint("flags are g, i, m, s, u, v and y, each once: /^v(\\d+)$/i"));
            }
        }
        if source.matches('|').count() > ALTERNATIVES {
            return Err(Failure::input(format!(
                "a pattern has more than {ALTERNATIVES} times `|`"
            ))
            .with_hint("take several rules, or a pattern for what the words have in common"));
        }
        if flags.contains('u') && flags.contains('v') {
            let said = format!("flags `u` and `v` exclude each other in the pattern {given}");
            return Err(Failure::input(said));
        }
        let pattern = Self {
            given: given.to_owned(),
            source: source.to_owned(),
            all: flags.contains('g'),
            sticky: flags.contains('y'),
            flags: flags.chars().filter(|flag| "imsuv".contains(*flag)).collect(),
        };
        pattern.compile().map(|_| pattern)
    }

    fn compile(&self) -> Result<Regex, Failure> {
        Regex::with_flags(&self.source, self.flags.as_str())
            .map_err(|error| Failure::input(format!("invalid pattern {}: {error}", self.given)))
    }

    /// The groups of the first match in a text, or `None`.
    ///
    /// # Errors
    ///
    /// Bad input when it takes more than two seconds.
    pub fn find(&self, text: &str) -> Result<Option<Groups>, Failure> {
        let (send, receive) = mpsc::channel();
        let (pattern, text) = (self.clone(), text.to_owned());
        // The matcher cannot be interrupted: a thread that is still at it ends with the program.
        let spawned = thread::Builder::new()
            .name("pattern".to_owned())
            .spawn(move || send.send(pattern.find_now(&text)));
        spawned.map_err(|error| Failure::internal("cannot start a thread").caused_by(error))?;
        receive.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            Err(Failure::input(format!("the pattern {} takes too long", self.given))
                .with_hint("avoid repeats inside repeats, such as (a+)+"))
        })
    }

    fn find_now(&self, text: &str) -> Result<Option<Groups>, Failure> {
        let regex = self.compile()?;
        if !self.all {
            let found = regex.find(text).filter(|found| !self.sticky || found.start() == 0);
            return Ok(found.map(|found| {
                let groups = found.groups().map(|range| text.get(range?).map(str::to_owned));
                Groups(groups.collect())
            }));
        }
        let mut whole = Vec::new();
        let mut end = 0;
        for found in regex.find_iter(text) {
            if self.sticky && found.start() != end {
                break;
            }
            end = found.end();
            whole.push(text.get(found.range()).map(str::to_owned));
        }
        Ok((!whole.is_empty()).then_some(Groups(whole)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Expected {
        Err,
        Nothing,
        Found(&'static [Option<&'static str>]),
    }
    use Expected::{Err, Found, Nothing};

    #[test]
    fn patterns_match_as_those_of_javascript() {
        let mut wrong = Vec::new();
        for (pattern, text, expected) in [
            ("/^v(\\d+)/", "v12", Found(&[Some("v12"), Some("12")])),
            ("v(\\d+)", "xv3", Found(&[Some("v3"), Some("3")])),
            ("/V(\\d)/i", "v1", Found(&[Some("v1"), Some("1")])),
            ("/a/", "b", Nothing),
            ("(?<n>a)(b)?", "a", Found(&[Some("a"), Some("a"), None])),
            ("(?<=v)\\d+", "v42", Found(&[Some("42")])),
            ("(?<!x)b", "ab xb", Found(&[Some("b")])),
            ("/\\d+(?=-rc)/", "1.2-rc", Found(&[Some("2")])),
            ("/\\d/g", "a1b2c3", Found(&[Some("1"), Some("2"), Some("3")])),
            ("/\\d/y", "a1", Nothing),
            ("/\\d/y", "1a", Found(&[Some("1")])),
            ("/\\d/gy", "12a3", Found(&[Some("1"), Some("2")])),
            ("/(a)|(b)/g", "ab", Found(&[Some("a"), Some("b")])),
            ("/^b$/m", "a\nb", Found(&[Some("b")])),
            ("/a.b/s", "a\nb", Found(&[Some("a\nb")])),
            ("a.b", "a\nb", Nothing),
            ("/\\p{L}+/u", "é1", Found(&[Some("é")])),
            ("\\p{L}", "p{L}", Found(&[Some("p{L}")])),
            ("/[\\p{L}--[a-z]]/v", "aB", Found(&[Some("B")])),
            ("/x/uv", "x", Err),
            ("/x/q", "x", Err),
            ("/x/gg", "x", Err),
            ("/x/d", "x", Found(&[Some("x")])),
            ("(", "x", Err),
            ("[", "x", Err),
            ("*", "x", Err),
            ("a{2", "a{2", Found(&[Some("a{2")])),
            ("\\d{", "1{", Found(&[Some("1{")])),
            ("", " x", Found(&[Some("")])),
            ("//", "//", Found(&[Some("//")])),
            ("/a", "/a", Found(&[Some("/a")])),
            ("a/", "a/", Found(&[Some("a/")])),
            ("/a/b/", "a/b", Found(&[Some("a/b")])),
            ("/a/b/c", "x", Err),
            ("\\/(\\d)", "a/1", Found(&[Some("/1"), Some("1")])),
            ("(\\w+)-\\1", "ab-ab", Found(&[Some("ab-ab"), Some("ab")])),
            ("(?:a)", "a", Found(&[Some("a")])),
            ("\\bfoo\\b", "a foo b", Found(&[Some("foo")])),
            ("(?i:A)b", "ab", Found(&[Some("ab")])),
            ("\\u0061", "a", Found(&[Some("a")])),
            ("/\\u{61}/u", "a", Found(&[Some("a")])),
            ("(?<a>x)|(?<a>y)", "y", Found(&[Some("y"), None, Some("y")])),
            ("/é/i", "É", Found(&[Some("É")])),
            ("^(?!v)", "1", Found(&[Some("")])),
            ("\\cA", "x", Nothing),
            ("[^]", "\n", Found(&[Some("\n")])),
            ("[]", "x", Nothing),
            ("(?<a>.)\\k<a>", "zz", Found(&[Some("zz"), Some("z")])),
            ("/(?:)/g", "ab", Found(&[Some(""), Some(""), Some("")])),
            ("\\z", "z", Found(&[Some("z")])),
            ("/\\z/u", "z", Err),
            ("{1}", "x", Err),
            ("]", "]", Found(&[Some("]")])),
            ("/]/u", "]", Err),
        ] {
            let found = Pattern::parse(pattern).and_then(|pattern| pattern.find(text));
            let found = found.map(|it| it.map(|it| it.0)).map_err(|_| ());
            let expected = match expected {
                Err => Result::Err(()),
                Nothing => Ok(None),
                Found(groups) => Ok(Some(groups.iter().map(|it| it.map(str::to_owned)).collect())),
            };
            if found != expected {
                wrong.push(format!("{pattern:?} {text:?}: {found:?} instead of {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_pattern_that_never_ends_is_given_up() {
        let text = format!("{}!", "a".repeat(60));
        let said = Pattern::parse("(a+)+$").unwrap().find(&text).unwrap_err().to_string();
        assert!(said.contains("takes too long"), "{said}");
    }

    #[test]
    fn endless_alternatives_are_refused_before_they_fill_the_stack() {
        let many = |times| vec!["a"; times].join("|");
        let found = Pattern::plain(&many(2000)).unwrap().find("a").unwrap();
        assert_eq!(found.unwrap().get(0), Some("a"));
        let said = Pattern::plain(&many(100_000)).unwrap_err().to_string();
        assert!(said.contains("more than 2000") && said.len() < 100, "{said}");
    }

    #[test]
    fn groups_go_by_their_number_as_it_is_written() {
        let groups = Pattern::parse("(a)(b)?").unwrap().find("a").unwrap().unwrap();
        assert_eq!(groups.group("0"), Some("a"));
        assert_eq!(groups.group("1"), Some("a"));
        for number in ["2", "3", "01", "1.0", "-1", "", "1e0"] {
            assert_eq!(groups.group(number), None, "{number}");
        }
    }
}
