//! What templates can name: variables and the helpers for dates.

use std::cell::RefCell;
use std::rc::Rc;

use jiff::Timestamp;
use launchway_base::Failure;

use super::expression::{self, Arguments, Value};
use super::moment::{self, Formatted};
use super::pep440::Pep440;
use super::semver::{Identifier, Semver};

/// What is known of the run; texts are empty where there is none.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Name of the branch.
    pub branch: String,
    /// Name of the git tag.
    pub tag: String,
    /// The shortened commit, or why it cannot be shortened: that counts only where it is used.
    pub sha: Result<String, String>,
    /// The branch a tag or pull request comes from or goes to.
    pub base_ref: String,
    /// Whether the branch is the default one.
    pub is_default_branch: bool,
    /// Now.
    pub date: Timestamp,
    /// When the commit was made; `None` when that could not be read.
    pub commit_date: Option<Timestamp>,
}

/// Templates rendered with the facts, and what is to be warned of.
#[derive(Debug)]
pub struct Scope {
    context: Value,
    dates: Value,
    warnings: Rc<RefCell<Vec<String>>>,
}

impl Scope {
    /// The names of all templates but those of version rules.
    pub fn new(facts: Facts) -> Self {
        let Facts { branch, tag, sha, base_ref, is_default_branch, date, commit_date } = facts;
        let warnings = Rc::default();
        let dates = || {
            [("date", Some(date)), ("commit_date", commit_date)]
                .map(|(name, at)| (name.to_owned(), date_helper(at, &warnings)))
        };
        let text = |text: String| Value::function(move |_| Ok(Value::text(&text)));
        let truth = |truth: bool| text(truth.to_string());
        let mut names = vec![
            ("branch".to_owned(), text(branch)),
            ("tag".to_owned(), text(tag)),
            ("sha".to_owned(), Value::function(move |_| sha.clone().map(Value::Text))),
            ("base_ref".to_owned(), text(base_ref)),
            ("is_default_branch".to_owned(), truth(is_default_branch)),
            ("is_not_default_branch".to_owned(), truth(!is_default_branch)),
        ];
        names.extend(dates());
        Self { context: Value::map(names), dates: Value::map(dates().into()), warnings }
    }

    /// Renders a template with all names.
    pub fn render(&self, template: &str) -> Result<String, Failure> {
        expression::render(template, &self.context)
    }

    /// Renders the pattern of a schedule: `date` and `commit_date` only.
    pub fn render_dates(&self, template: &str) -> Result<String, Failure> {
        expression::render(template, &self.dates)
    }

    /// Notes what is to be warned of.
    pub fn warn(&self, warning: String) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// What is to be warned of since the last call.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }
}

/// Renders the pattern of a semver rule: `raw`, `version`, `major`, `minor`, `patch`, `prerelease` and
/// `build`.
pub fn render_semver(template: &str, version: &Semver) -> Result<String, Failure> {
    // No number of a version is above 2^53.
    #[expect(clippy::cast_precision_loss, reason = "no number of a version is above 2^53")]
    let number = |number: u64| Value::Number(number as f64);
    let prerelease = version.prerelease.iter().map(|identifier| match identifier {
        Identifier::Number(given) => number(*given),
        Identifier::Text(text) => Value::text(text),
    });
    let options = Value::map(vec![("loose".to_owned(), Value::Bool(true))]);
    let names = [
        ("options", options),
        ("loose", Value::Bool(true)),
        ("includePrerelease", Value::Bool(false)),
        ("raw", Value::text(&version.raw)),
        ("major", number(version.major)),
        ("minor", number(version.minor)),
        ("patch", number(version.patch)),
        ("prerelease", Value::list(prerelease.collect())),
        ("build", Value::list(version.build.iter().map(Value::text).collect())),
        ("version", Value::text(&version.version)),
    ];
    expression::render(
        template,
        &Value::map(names.map(|(name, value)| (name.to_owned(), value)).into()),
    )
}

/// Renders the pattern of a pep440 rule: `raw`, `version`, `major`, `minor` and `patch`.
pub fn render_pep440(template: &str, version: &Pep440) -> Result<String, Failure> {
    let names = [
        ("raw", &version.raw),
        ("version", &version.version),
        ("major", &version.major),
        ("minor", &version.minor),
        ("patch", &version.patch),
    ];
    let names = names.map(|(name, text)| {
        let text = text.clone();
        // A number, so that a zero is as good as nothing in a condition.
        let value = move || match text.parse::<u32>() {
            Ok(number) if !matches!(name, "raw" | "version") => Value::Number(f64::from(number)),
            _ => Value::text(&text),
        };
        (name.to_owned(), Value::function(move |_| Ok(value())))
    });
    expression::render(template, &Value::map(names.into()))
}

fn date_helper(at: Option<Timestamp>, warnings: &Rc<RefCell<Vec<String>>>) -> Value {
    let warnings = Rc::clone(warnings);
    Value::function(move |arguments| {
        let formatted = format_date(at, arguments)?;
        if let Some(zone) = formatted.unknown_zone {
            let warning = format!("there is no time zone {zone:?}: the date is in UTC");
            warnings.borrow_mut().push(warning);
        }
        Ok(Value::Text(formatted.text))
    })
}

/// What the helpers for dates give for their arguments.
pub(super) fn format_date(
    at: Option<Timestamp>,
    arguments: &Arguments,
) -> Result<Formatted, String> {
    let Formatting { format, zone } = Formatting::of(arguments)?;
    moment::format(at, &format, &zone).ok_or_else(|| "the time zone is empty".to_owned())
}

struct Formatting {
    format: String,
    zone: String,
}

impl Formatting {
    fn of(arguments: &Arguments) -> Result<Self, String> {
        let format = match arguments.params.as_slice() {
            [format] if !format.is_true() => String::new(),
            [Value::Text(format)] => format.clone(),
            [_] => return Err("the format of a date is a text".to_owned()),
            _ => return Err("a date takes one format: {{date 'YYYYMMDD'}}".to_owned()),
        };
        let mut zone = "UTC".to_owned();
        for (key, value) in &arguments.hash {
            match (key.as_str(), value) {
                ("tz", Value::Text(name)) => zone.clone_from(name),
                ("tz", _) => return Err("the time zone `tz` is a text".to_owned()),
                _ => return Err(format!("a date knows `tz` only, not `{key}`")),
            }
        }
        Ok(Self { format, zone })
    }
}
