//! One tag rule as written: a type and attributes.

use launchway_base::{Failure, nearest};

use super::rules::{self, TagType};
use crate::words::{list, number};

/// What the input holds when it is not given.
const DEFAULTS: [&str; 4] =
    ["type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr"];

/// Attributes every type has.
const COMMON: [&str; 6] = ["type", "enable", "priority", "prefix", "suffix", "value"];

/// A rule with its attributes complete and valid.
#[derive(Clone)]
pub struct Rule {
    /// What it is.
    pub kind: &'static dyn TagType,
    /// Its attributes in the order written, those of the type's defaults behind.
    pub attributes: Attributes,
    /// As it stands in the input.
    pub entry: String,
}

/// Attributes by name, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value, which may be empty, or `None` when the attribute is not there.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets it; one that is there keeps its place.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Sets it unless it is there.
    pub fn or_default(&mut self, name: &str, value: &str) {
        if self.find(name).is_none() {
            self.set(name, value);
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "type={}", self.kind.name())?;
        self.attributes.0.iter().try_for_each(|(name, value)| write!(f, ",{name}={value}"))
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Reads the entries of the input `tags`, in the order they are applied; the default rules when
/// there is none. The second part warns of attributes that mean nothing.
///
/// # Errors
/// An unknown type, a missing attribute or one with a value that cannot be, quotes out of place.
pub fn parse(entries: &[String]) -> Result<(Vec<Rule>, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let rules = if entries.is_empty() {
        DEFAULTS.iter().map(|entry| read(entry, &mut warnings)).collect::<Result<Vec<_>, _>>()?
    } else {
        entries.iter().map(|entry| read(entry, &mut warnings)).collect::<Result<Vec<_>, _>>()?
    };
    let rules = super::priority::sort(rules, |rule| number::parse(rule.attributes.get("priority")));
    Ok((rules, warnings))
}

fn read(entry: &str, warnings: &mut Vec<String>) -> Result<Rule, Failure> {
    let mut attributes = Attributes::default();
    let mut kind: Option<&'static dyn TagType> = None;
    for field in list::fields(entry)? {
        // A `=` at the start names nothing: the field is a value.
        match field.split_once('=').filter(|(name, _)| !name.is_empty()) {
            None => attributes.set("value", number::trim(&field)),
            Some((name, value)) => {
                let (name, value) = (number::trim(name).to_lowercase(), number::trim(value));
                if name == "type" {
                    kind = Some(rules::named(value).ok_or_else(|| unknown(entry, value))?);
                } else {
                    attributes.set(&name, value);
                }
            }
        }
    }
    let kind = kind.unwrap_or_else(rules::fallback);
    let known = || COMMON.iter().chain(kind.attributes()).copied();
    for name in attributes.names().filter(|name| !known().any(|known| known == *name)) {
        let near = nearest(name, known()).map(|near| format!("; did you mean `{near}`?"));
        warnings.push(format!(
            "tag rule `{entry}`: `type={}` has no attribute `{name}`{}",
            kind.name(),
            near.unwrap_or_default()
        ));
    }
    kind.complete(&mut attributes).map_err(|wrong| wrong.of(entry))?;
    attributes.or_default("enable", "true");
    attributes.or_default("priority", kind.priority());
    Ok(Rule { kind, attributes, entry: entry.to_owned() })
}

fn unknown(entry: &str, kind: &str) -> Failure {
    let failure = Failure::input(format!(
        "tag rule `{}` has the unknown type `{}`",
        entry.escape_debug(),
        kind.escape_debug()
    ));
    let names = || rules::ALL.iter().map(|kind| kind.name());
    failure.with_hint(match nearest(kind, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
    })
}

/// What is wrong with the attributes of a rule, and what to write.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    what: String,
    hint: String,
}

impl Wrong {
    /// An attribute is missing; `example` is one to write.
    pub fn missing(name: &str, example: &str) -> Self {
        Self { what: format!("has no `{name}`"), hint: format!("write `{example}`") }
    }

    /// An attribute has a value that cannot be; `choices` are those that can.
    pub fn value(name: &str, value: &str, choices: &[&str]) -> Self {
        let listed = choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>();
        let hint = match nearest(value, choices.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write {}", listed.join(" or ")),
        };
        Self { what: format!("has `{name}` `{}`", value.escape_debug()), hint }
    }

    fn of(self, entry: &str) -> Failure {
        Failure::input(format!("tag rule `{}` {}", entry.escape_debug(), self.what))
            .with_hint(self.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(entries: &[&str]) -> Result<(Vec<String>, Vec<String>), Failure> {
        let entries: Vec<_> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        let (rules, warnings) = parse(&entries)?;
        Ok((rules.iter().map(ToString::to_string).collect(), warnings))
    }

    #[test]
    fn rules_are_completed_and_sorted() {
        for (entries, expected) in [
            (&["foo"][..], &["type=raw,value=foo,enable=true,priority=200"][..]),
            (&["foo,bar"], &["type=raw,value=bar,enable=true,priority=200"]),
            (&["=foo=bar"], &["type=raw,value==foo=bar,enable=true,priority=200"]),
            (&["VALUE=a=b , Type=raw"], &["type=raw,value=a=b,enable=true,priority=200"]),
            (
                &["type=sha", "type=semver,pattern={{raw}}"],
                &[
                    "type=semver,pattern={{raw}},value=,match=,enable=true,priority=900",
                    "type=sha,prefix=sha-,format=short,enable=true,priority=100",
                ],
            ),
            (
                &["type=ref,event=pr", "type=ref,event=pr,prefix="],
                &[
                    "type=ref,event=pr,prefix=pr-,enable=true,priority=600",
                    "type=ref,event=pr,prefix=,enable=true,priority=600",
                ],
            ),
            (
                &[],
                &[
                    "type=schedule,pattern=nightly,enable=true,priority=1000",
                    "type=ref,event=branch,enable=true,priority=600",
                    "type=ref,event=tag,enable=true,priority=600",
                    "type=ref,event=pr,prefix=pr-,enable=true,priority=600",
                ],
            ),
        ] {
            let (rules, warnings) = parsed(entries).unwrap();
            assert_eq!(rules, expected);
            assert_eq!(warnings, [""; 0]);
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_write() {
        for (entry, said, hint) in [
            ("type=semvr,pattern=x", "unknown type `semvr`", "did you mean `semver`?"),
            ("type=RAW,value=x", "unknown type `RAW`", "there are schedule, semver"),
            ("type=semver", "has no `pattern`", "type=semver,pattern={{version}}"),
            ("type=pep440", "has no `pattern`", "type=pep440,pattern={{version}}"),
            ("type=match", "has no `pattern`", "type=match,pattern="),
            ("type=match,pattern=a,group=x", "`group` `x`", "number"),
            ("type=ref", "has no `event`", "type=ref,event=branch"),
            ("type=ref,event=branh", "`event` `branh`", "did you mean `branch`?"),
            ("type=raw", "has no `value`", "type=raw,value="),
            ("enable=true,prefix=x", "has no `value`", "type=raw,value="),
            ("type=sha,format=x", "`format` `x`", "`short` or `long`"),
        ] {
            let failure = parsed(&[entry]).unwrap_err();
            assert!(failure.to_string().contains(said), "{entry}: {failure}");
            assert!(failure.hint().unwrap().contains(hint), "{entry}: {:?}", failure.hint());
            assert_eq!(failure.kind().code(), 2);
        }
    }

    #[test]
    fn attributes_that_mean_nothing_are_named() {
        let (_, warnings) = parsed(&["type=sha,fromat=long", "type=edge,pattern=x"]).unwrap();
        assert_eq!(
            warnings,
            [
                "tag rule `type=sha,fromat=long`: `type=sha` has no attribute `fromat`; did you mean `format`?",
                "tag rule `type=edge,pattern=x`: `type=edge` has no attribute `pattern`",
            ]
        );
    }
}
