//! Arguments read as the peer reads them.
//!
//! `--flag value`, `--flag=value`, `--no-flag`, `-abc`; names in either spelling (`--out-dir`,
//! `--outDir`); a word that begins with `-` is never a value; a value that is a number becomes that
//! number's shortest spelling. What is not known is refused.

use indexmap::IndexMap;
use launchway_base::{Failure, nearest};

use crate::verbs::{Flag, GLOBAL, OWN, Takes, VERBS, Verb};

/// Flags whose value keeps its spelling: `012345` is another password than `12345`.
const KEPT: [&str; 2] = ["otp", "cwd"];

/// One value as it was given.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// A flag on its own, or `--no-flag`.
    Switch(bool),
    /// A word, and whether it reads as a number.
    Word(String),
}

/// The arguments of one verb.
#[derive(Clone, Debug, PartialEq)]
pub struct Args {
    /// The words that are neither flag nor value, without the verb.
    pub words: Vec<String>,
    options: IndexMap<String, Vec<Value>>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Run a verb. `called` is the name it was called by, empty for a bare call.
    Run {
        /// The verb.
        verb: &'static Verb,
        /// As typed.
        called: String,
        /// Its arguments.
        args: Args,
    },
    /// Print help about a verb.
    Help(&'static Verb),
    /// Print the version.
    Version,
}

impl Args {
    /// The last value of a flag, as text; a flag on its own has none.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.last(name)? {
            Value::Word(word) => Some(word.clone()),
            Value::Switch(_) => None,
        }
    }

    /// Whether a switch is on: given and not `false`.
    pub fn is_on(&self, name: &str) -> bool {
        match self.last(name) {
            None => false,
            Some(Value::Switch(on)) => *on,
            Some(Value::Word(word)) => !word.is_empty(),
        }
    }

    /// Whether the flag was given at all, also as `--no-…`.
    pub fn is_given(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }

    /// The items of a comma list, over all times it was given; `None` if it was not.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let values = self.options.get(name)?;
        let words = values.iter().map(|value| match value {
            Value::Word(word) => word.clone(),
            Value::Switch(on) => on.to_string(),
        });
        Some(
            words
                .flat_map(|word| {
                    word.split(',')
                        .map(|part| launchway_changesets::js_trim(part).to_owned())
                        .collect::<Vec<_>>()
                })
                .filter(|part| !part.is_empty())
                .collect(),
        )
    }

    fn last(&self, name: &str) -> Option<&Value> {
        self.options.get(name)?.last()
    }
}

/// Reads the arguments, without the program's name.
pub fn parse(argv: &[String]) -> Result<Request, Failure> {
    let argv: Vec<String> = argv.iter().take_while(|arg| *arg != "--").cloned().collect();
    for verb in VERBS {
        let (words, options) = split(&argv, verb);
        if words.first().is_some_and(|word| verb.is_called(word)) {
            let mut words = words.into_iter();
            let called = words.next().unwrap_or_default();
            return check(verb, called, Args { words: words.collect(), options });
        }
    }
    let add = Verb::of_a_bare_call();
    let (words, options) = split(&argv, add);
    check(add, String::new(), Args { words, options })
}

fn check(verb: &'static Verb, called: String, args: Args) -> Result<Request, Failure> {
    if args.is_on("help") {
        return Ok(Request::Help(verb));
    }
    if args.is_on("version") && called.is_empty() {
        return Ok(Request::Version);
    }
    let known = || verb.flags.iter().chain(GLOBAL).chain(OWN);
    for name in args.options.keys() {
        if !known().any(|flag| flag.is_named(name)) {
            return Err(unknown_option(name, known()));
        }
    }
    for flag in known().filter(|flag| matches!(flag.takes, Takes::Value(_))) {
        if matches!(args.last(&flag.key()), Some(Value::Switch(_)))
            && args.options.get(&flag.key()).is_some_and(|values| values.len() == 1)
        {
            return Err(Failure::input(format!("`--{}` needs a value", flag.long)));
        }
    }
    if args.words.len() < verb.required {
        return Err(Failure::input(format!("`{}` needs {}", verb.usage(), verb.words)));
    }
    if let Some(extra) = args.words.get(verb.allowed) {
        return Err(unexpected(extra, &called));
    }
    Ok(Request::Run { verb, called, args })
}

fn unexpected(word: &str, called: &str) -> Failure {
    if !called.is_empty() {
        return Failure::input(format!("`{called}` takes no `{word}`"))
            .with_hint(format!("see `launchway-changeset {called} --help`"));
    }
    let own = crate::own::rows();
    let verbs = VERBS.iter().map(|verb| verb.name);
    let verbs = verbs.chain(own.iter().map(|(name, _)| name.as_str()));
    let failure = Failure::input(format!("there is no command `{word}`"));
    match nearest(word, verbs) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None => failure.with_hint("see `launchway-changeset --help`"),
    }
}

fn unknown_option<'a>(name: &str, known: impl Iterator<Item = &'a Flag>) -> Failure {
    let dashes = if name.chars().count() > 1 { "--" } else { "-" };
    let failure = Failure::input(format!("unknown option `{dashes}{name}`"));
    let names: Vec<&str> = known.map(|flag| flag.long).collect();
    match nearest(&kebab(name), names.iter().copied()) {
        Some(near) => failure.with_hint(format!("did you mean `--{near}`?")),
        None => failure,
    }
}

/// Words, and options by their name in camel case.
fn split(argv: &[String], verb: &Verb) -> (Vec<String>, IndexMap<String, Vec<Value>>) {
    let flags: Vec<&Flag> = GLOBAL.iter().chain(OWN).chain(verb.flags).collect();
    let is_switch = |name: &str| {
        flags.iter().any(|flag| {
            flag.takes == Takes::Nothing
                && (flag.key() == name || flag.short.is_some_and(|short| short.to_string() == name))
        })
    };
    let mut words = Vec::new();
    let mut options: IndexMap<String, Vec<Value>> = IndexMap::new();
    let mut rest = argv.iter().peekable();
    while let Some(arg) = rest.next() {
        let dashes = arg.chars().take_while(|c| *c == '-').count();
        let body = arg.get(dashes..).unwrap_or_default();
        if dashes == 0 {
            words.push(arg.clone());
            continue;
        }
        if let Some(name) = body.strip_prefix("no-") {
            options.insert(name.to_owned(), vec![Value::Switch(false)]);
            continue;
        }
        let (name, value) = body.split_once('=').unwrap_or((body, ""));
        let value = if value.is_empty() {
            rest.next_if(|next| !next.starts_with('-')).cloned()
        } else {
            Some(value.to_owned())
        };
        let names: Vec<String> = if dashes == 2 {
            vec![name.to_owned()]
        } else {
            name.chars().map(String::from).collect()
        };
        let last = names.len().saturating_sub(1);
        for (place, name) in names.into_iter().enumerate() {
            let value = if place == last { value.clone() } else { None };
            let value = match value {
                None => Value::Switch(true),
                Some(word) if is_switch(&name) => match word.as_str() {
                    "true" => Value::Switch(true),
                    "false" => Value::Switch(false),
                    _ => {
                        // The word after a switch is a word of its own.
                        let on = !word.is_empty();
                        words.push(word);
                        Value::Switch(on)
                    }
                },
                Some(word) if KEPT.contains(&name.as_str()) => Value::Word(word),
                Some(word) => Value::Word(spelled(word)),
            };
            options.entry(name).or_default().push(value);
        }
    }
    (words, alias(options, &flags))
}

/// Long names for short ones, in camel case; of two spellings the one given first counts.
fn alias(options: IndexMap<String, Vec<Value>>, flags: &[&Flag]) -> IndexMap<String, Vec<Value>> {
    let mut known: IndexMap<String, Vec<Value>> = IndexMap::new();
    let mut settled: Vec<String> = Vec::new();
    for (name, values) in options {
        // Of two flags with one letter the verb's own counts.
        let short = flags
            .iter()
            .rev()
            .find(|flag| flag.short.is_some_and(|short| short.to_string() == name));
        let has_short = flags.iter().any(|flag| flag.short.is_some() && flag.long == name);
        let key = short.map_or_else(|| camel(&name), |flag| flag.key());
        if short.is_some() || has_short {
            if settled.contains(&key) {
                continue;
            }
            settled.push(key.clone());
        }
        known.insert(key, values);
    }
    known
}

/// `a-b` as `aB`.
pub(crate) fn camel(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::with_capacity(name.len());
    let mut i = 0;
    let lower = |c: Option<&char>| c.copied().filter(char::is_ascii_lowercase);
    while let Some(c) = chars.get(i) {
        match (lower(chars.get(i)), chars.get(i + 1), lower(chars.get(i + 2))) {
            (Some(before), Some('-'), Some(after)) => {
                text.push(before);
                text.push(after.to_ascii_uppercase());
                i += 3;
            }
            _ => {
                text.push(*c);
                i += 1;
            }
        }
    }
    text
}

fn kebab(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// A word that is a number to JavaScript, in that number's own spelling: `007` is `7`.
fn spelled(word: String) -> String {
    let text = launchway_changesets::js_trim(&word);
    if text.is_empty() {
        return "0".to_owned();
    }
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok();
    let lower = text.to_ascii_lowercase();
    let whole = lower
        .strip_prefix("0x")
        .map(|digits| radix(digits, 16))
        .or_else(|| lower.strip_prefix("0o").map(|digits| radix(digits, 8)))
        .or_else(|| lower.strip_prefix("0b").map(|digits| radix(digits, 2)));
    if let Some(whole) = whole {
        return whole.map_or(word, |number| number.to_string());
    }
    let plain =
        text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E'));
    match text.parse::<f64>() {
        Ok(number) if plain && number.is_finite() && number.abs() < 1e21 => number.to_string(),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        match parse(&argv) {
            Ok(Request::Run { args, .. }) => args,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn refused(line: &str) -> String {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(&argv).expect_err(line).to_string()
    }

    #[test]
    fn flags_are_read_in_every_spelling() {
        for (line, name, wanted) in [
            (
                "version --snapshot-prerelease-template {tag}",
                "snapshotPrereleaseTemplate",
                Some("{tag}"),
            ),
            (
                "version --snapshotPrereleaseTemplate={tag}",
                "snapshotPrereleaseTemplate",
                Some("{tag}"),
            ),
            ("version --snapshot pr", "snapshot", Some("pr")),
            ("version --snapshot", "snapshot", None),
            ("version --snapshot 007", "snapshot", Some("7")),
            ("version --snapshot 1e3", "snapshot", Some("1000")),
            ("version --snapshot 1.50", "snapshot", Some("1.5")),
            ("version --snapshot a --snapshot b", "snapshot", Some("b")),
            ("status -o a.json", "output", Some("a.json")),
            ("status -o a.json --output b.json", "output", Some("a.json")),
            ("publish --otp 012345", "otp", Some("012345")),
            ("-m text", "message", Some("text")),
        ] {
            assert_eq!(args(line).text(name).as_deref(), wanted, "{line}");
        }
    }

    #[test]
    fn switches_lists_and_words() {
        assert!(args("add --empty").is_on("empty"));
        assert!(!args("add --empty=false").is_on("empty"));
        assert!(args("status -v").is_on("verbose"));
        assert!(!args("publish --no-git-tag").is_on("gitTag"));
        let ignore = args("version --ignore a,b --ignore=c,").list("ignore");
        assert_eq!(ignore.unwrap(), ["a", "b", "c"]);
        assert_eq!(args("pre enter next").words, ["enter", "next"]);
        assert_eq!(parse(&["-v".to_owned()]).unwrap(), Request::Version);
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_nearest() {
        use super::parse;
        assert_eq!(refused("foo"), "there is no command `foo`");
        assert_eq!(refused("version --ignor a"), "unknown option `--ignor`");
        assert_eq!(refused("version --ignore"), "`--ignore` needs a value");
        assert_eq!(refused("version extra"), "`version` takes no `extra`");
        assert!(refused("pre").contains("needs"));
        let hint = parse(&["version".into(), "--ignor".into(), "a".into()]).unwrap_err();
        assert_eq!(hint.hint(), Some("did you mean `--ignore`?"));
    }
}
