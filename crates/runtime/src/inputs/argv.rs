//! From flags, `LAUNCHWAY_INPUTS` and `INPUT_*` to one command line.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};
use launchway_base::{Failure, Secret, nearest};
use serde_json::Value;

use super::is_switch;
use super::table::{is_secret, is_verbatim, older_names};
use super::twins;
use super::value::yaml_bool;
use crate::Environment;

/// A command line that holds every input, and what to tell the user.
#[derive(Debug, PartialEq, Eq)]
pub struct Given {
    /// The arguments for clap, the program's name first.
    pub argv: Vec<OsString>,
    /// Older names used, unknown `INPUT_*`.
    pub warnings: Vec<String>,
}

/// Puts the inputs of the environment into the command line wherever no flag gives them, under
/// their present names, trimmed, lists one item per argument, and the texts of the files that twins
/// name in the place of their inputs. `command` has been through
/// [`super::prepare`]; `args` has the program's name first; `foreign` names inputs that are not for
/// this program.
///
/// # Errors
/// An unknown flag or key of `LAUNCHWAY_INPUTS`; `LAUNCHWAY_INPUTS` no JSON object of texts; a
/// variable that is not UTF-8; an input given next to its twin; a file that cannot be read.
pub fn argv(
    command: &Command,
    args: Vec<OsString>,
    env: &Environment,
    foreign: &[&str],
) -> Result<Given, Failure> {
    let mut line = Line::new(command);
    line.read_flags(args)?;
    line.read_json(env, foreign)?;
    line.read_variables(env, foreign)?;
    line.read_files()?;
    Ok(line.finish())
}

/// One command on the path from the program to its verb.
struct Step<'a> {
    command: &'a Command,
    /// As the user spelled it.
    word: OsString,
    from_env: Vec<Held<'a>>,
    args: Vec<OsString>,
}

/// The values of one argument.
struct Held<'a> {
    arg: &'a Arg,
    long: &'a str,
    values: Vec<String>,
}

struct Line<'a> {
    steps: Vec<Step<'a>>,
    /// Ids of what has a value.
    given: BTreeSet<String>,
    /// Twins that are given, each with its file.
    files: Vec<(&'a Arg, String)>,
    warnings: Vec<String>,
}

/// An argument found by one of its names.
struct Found<'a> {
    arg: &'a Arg,
    step: usize,
    long: &'a str,
    called: Called,
}

/// By which of its names; of two that give the same input, the lesser goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Called {
    First,
    Other,
    Older,
}

impl<'a> Line<'a> {
    fn new(command: &'a Command) -> Self {
        let word = command.get_name().into();
        let step = Step { command, word, from_env: Vec::new(), args: Vec::new() };
        Self { steps: vec![step], given: BTreeSet::new(), files: Vec::new(), warnings: Vec::new() }
    }

    fn read_flags(&mut self, args: Vec<OsString>) -> Result<(), Failure> {
        let mut args = args.into_iter().skip(1).peekable();
        while let Some(raw) = args.next() {
            let Some(text) = raw.to_str() else {
                self.push(raw);
                continue;
            };
            if text == "--" {
                self.push(raw);
                args.by_ref().for_each(|rest| self.push(rest));
            } else if let Some(flag) = text.strip_prefix("--") {
                let (name, inline) = match flag.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (flag, None),
                };
                let next = args.peek().and_then(|next| next.to_str()).map(str::to_owned);
                if self.read_flag(&raw, name, inline, next)? {
                    args.next();
                    let long = self.taking_several(name);
                    while let Some(long) = long
                        && let Some(more) = args.next_if(|next| is_value(next))
                    {
                        let mut word = OsString::from(format!("--{long}="));
                        word.push(more);
                        self.push(word);
                    }
                }
            } else if let Some(short) = text.strip_prefix('-').filter(|short| !short.is_empty()) {
                let (switches, rest) = self.leading_switches(short);
                for switch in switches {
                    self.push(switch);
                }
                let takes_next = self.read_short(rest);
                if !rest.is_empty() {
                    self.push(format!("-{rest}").into());
                }
                if takes_next && let Some(value) = args.next() {
                    self.push(value);
                }
            } else if let Some(verb) = self.last_command().and_then(|c| c.find_subcommand(&raw)) {
                let step =
                    Step { command: verb, word: raw, from_env: Vec::new(), args: Vec::new() };
                self.steps.push(step);
            } else {
                self.push(raw);
            }
        }
        Ok(())
    }

    /// The first name of a flag that takes all words up to the next flag.
    fn taking_several(&self, name: &str) -> Option<&'a str> {
        let found = self.find(|spelling| spelling == name)?;
        found.arg.get_num_args().is_some_and(|range| range.max_values() > 1).then_some(found.long)
    }

    /// Reads one long flag; returns whether it took the next argument as its value.
    fn read_flag(
        &mut self,
        raw: &OsStr,
        name: &str,
        inline: Option<String>,
        next: Option<String>,
    ) -> Result<bool, Failure> {
        let Some(found) = self.find(|spelling| spelling == name) else {
            if matches!(name, "help" | "version") {
                self.push(raw.to_owned());
                return Ok(false);
            }
            return Err(self.unknown(name, "flag", "--"));
        };
        let Found { arg, long, called, .. } = found;
        if called == Called::Older {
            self.warnings.push(format!("`--{name}` is an older name; write `--{long}`"));
        }
        let id = arg.get_id().to_string();
        if !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
            self.given.insert(id);
            self.push(raw.to_owned());
            return Ok(false);
        }
        let optional = arg.get_num_args().is_some_and(|range| range.min_values() == 0);
        let (value, took_next) = match (inline, next) {
            (Some(value), _) => (Some(value), false),
            (None, Some(next)) if optional && yaml_bool(next.trim()).is_ok() => (Some(next), true),
            (None, Some(next)) if !optional && !self.is_flag(&next) => (Some(next), true),
            // Bare means true, said in full: a positional may follow.
            (None, _) if is_switch(arg) => (Some("true".to_owned()), false),
            (None, _) => (None, false),
        };
        match value {
            None => {
                self.given.insert(id);
                self.push(format!("--{long}").into());
            }
            Some(value) => {
                let values = clean(arg, &value);
                // An empty flag is not given, so that the environment may still give it.
                if !values.is_empty() {
                    self.given.insert(id);
                }
                if twins::of(arg).is_some() {
                    if self.files.iter().any(|(twin, _)| twin.get_id() == arg.get_id()) {
                        return Err(Failure::input(format!("`--{long}` is given twice")));
                    }
                    self.files.extend(values.into_iter().map(|path| (arg, path)));
                    return Ok(took_next);
                }
                for value in values {
                    self.push(format!("--{long}={value}").into());
                }
            }
        }
        Ok(took_next)
    }

    fn read_json(&mut self, env: &Environment, foreign: &[&str]) -> Result<(), Failure> {
        let Some(text) = env.read("LAUNCHWAY_INPUTS")? else { return Ok(()) };
        let malformed = |why: String| {
            Failure::input(format!("`LAUNCHWAY_INPUTS` {why}"))
                .with_hint("an action sets it to `${{ toJSON(inputs) }}`")
        };
        // The cause is left out: it could quote a value, and values can be secrets.
        let Ok(Value::Object(given)) = serde_json::from_str(text) else {
            return Err(malformed("is not a JSON object".to_owned()));
        };
        let mut values = BTreeMap::new();
        for (name, value) in given {
            if foreign.contains(&name.as_str()) {
                continue;
            }
            let Some(found) = self.find(|spelling| spelling == name) else {
                return Err(self.unknown(&name, "key of `LAUNCHWAY_INPUTS`", ""));
            };
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                Value::Bool(flag) => flag.to_string(),
                Value::Number(number) => number.to_string(),
                Value::Array(items) if items.iter().all(Value::is_string) => {
                    items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
                }
                Value::Array(_) | Value::Object(_) => {
                    return Err(malformed(format!(
                        "holds something other than text under `{name}`"
                    )));
                }
            };
            keep(&mut values, found, name, text);
        }
        self.take(values);
        Ok(())
    }

    fn read_variables(&mut self, env: &Environment, foreign: &[&str]) -> Result<(), Failure> {
        let mut values = BTreeMap::new();
        for variable in env.names().filter(|name| env.get_os(name).is_some()) {
            let Some(name) = variable.strip_prefix("INPUT_") else { continue };
            let key = variable_key(name);
            if foreign.iter().any(|foreign| variable_key(foreign) == key) {
                continue;
            }
            let Some(found) = self.find(|spelling| variable_key(spelling) == key) else {
                let near = self.nearest(&name.to_lowercase().replace('_', "-"));
                let near = near.map(|near| format!("; did you mean `{near}`?"));
                self.warnings
                    .push(format!("`{variable}` names no input{}", near.unwrap_or_default()));
                continue;
            };
            let text = env.read(variable)?.unwrap_or_default().to_owned();
            keep(&mut values, found, variable.to_owned(), text);
        }
        self.take(values);
        Ok(())
    }

    /// Puts the values of one source where no stronger source gave any.
    fn take(&mut self, values: BTreeMap<String, Candidate<'a>>) {
        for (id, Candidate { found, name, text }) in values {
            if found.called == Called::Older {
                self.warnings
                    .push(format!("`{name}` is an older name of an input; write `{}`", found.long));
            }
            let values = clean(found.arg, &text);
            if values.is_empty() || !self.given.insert(id) {
                continue;
            }
            if twins::of(found.arg).is_some() {
                self.files.extend(values.into_iter().map(|path| (found.arg, path)));
            } else if let Some(step) = self.steps.get_mut(found.step) {
                step.from_env.push(Held { arg: found.arg, long: found.long, values });
            }
        }
    }

    /// Puts the texts of the files in the place of the inputs whose twins name them.
    fn read_files(&mut self) -> Result<(), Failure> {
        for (twin, path) in std::mem::take(&mut self.files) {
            let Some(found) = self.find_id(twins::of(twin).unwrap_or_default()) else { continue };
            let Found { arg, step, long, .. } = found;
            let id = arg.get_id().as_str();
            // What an action file fills in is not given by anybody.
            let filled = twins::filled_in(long).is_some();
            let from_env = self.steps.iter_mut().map(|step| &mut step.from_env);
            for values in from_env {
                values.retain(|value| {
                    let drops = value.arg.get_id() == id && (filled || is_default(value));
                    if drops {
                        self.given.remove(id);
                    }
                    !drops
                });
            }
            let text = twins::read(long, &path, self.given.contains(id))?;
            let values = clean(arg, &text);
            if let Some(step) = self.steps.get_mut(step) {
                step.from_env.push(Held { arg, long, values });
            }
        }
        Ok(())
    }

    fn finish(self) -> Given {
        let mut argv = Vec::new();
        for step in self.steps {
            argv.push(step.word);
            for Held { long, values, .. } in step.from_env {
                argv.extend(values.iter().map(|value| format!("--{long}={value}").into()));
            }
            argv.extend(step.args);
        }
        Given { argv, warnings: self.warnings }
    }

    fn push(&mut self, arg: OsString) {
        if let Some(step) = self.steps.last_mut() {
            step.args.push(arg);
        }
    }

    fn last_command(&self) -> Option<&'a Command> {
        self.steps.last().map(|step| step.command)
    }

    /// Every argument that can stand behind the last verb, or before it, the nearest first.
    fn arguments(&self) -> impl Iterator<Item = (usize, &'a Arg)> {
        let steps: Vec<_> = self.steps.iter().map(|step| step.command).enumerate().collect();
        steps
            .into_iter()
            .rev()
            .flat_map(|(step, command)| command.get_arguments().map(move |arg| (step, arg)))
    }

    /// The argument one of whose names the test accepts; present names go before older ones.
    fn find(&self, is_it: impl Fn(&str) -> bool) -> Option<Found<'a>> {
        let called = |(step, arg): (usize, &'a Arg)| {
            let long = arg.get_long()?;
            let called = if is_it(long) {
                Called::First
            } else if arg.get_visible_aliases().unwrap_or_default().into_iter().any(&is_it) {
                Called::Other
            } else if older_names(arg).any(&is_it) {
                Called::Older
            } else {
                return None;
            };
            Some(Found { arg, step, long, called })
        };
        self.arguments().filter_map(called).min_by_key(|found| found.called)
    }

    fn find_id(&self, id: &str) -> Option<Found<'a>> {
        let (step, arg) = self.arguments().find(|(_, arg)| arg.get_id() == id)?;
        Some(Found { arg, step, long: arg.get_long()?, called: Called::First })
    }

    fn is_flag(&self, text: &str) -> bool {
        text.strip_prefix("--").is_some_and(|flag| {
            let name = flag.split_once('=').map_or(flag, |(name, _)| name);
            matches!(name, "" | "help" | "version") || self.find(|s| s == name).is_some()
        })
    }

    /// Splits a cluster of short flags where the first one stands that is no switch. Switches are
    /// said in full: a positional may follow.
    fn leading_switches<'s>(&mut self, cluster: &'s str) -> (Vec<OsString>, &'s str) {
        let mut switches = Vec::new();
        let mut rest = cluster.chars();
        while let Some(sign) = rest.clone().next() {
            let found =
                self.arguments().map(|(_, arg)| arg).find(|arg| arg.get_short() == Some(sign));
            let Some(arg) = found.filter(|arg| is_switch(arg)) else { break };
            let Some(long) = arg.get_long() else { break };
            rest.next();
            // `-u=false` is a value after all.
            if rest.as_str().starts_with('=') {
                let at = cluster.len() - rest.as_str().len() - sign.len_utf8();
                return (switches, cluster.get(at..).unwrap_or(cluster));
            }
            self.given.insert(arg.get_id().to_string());
            switches.push(format!("--{long}=true").into());
        }
        (switches, rest.as_str())
    }

    /// Marks the arguments of a cluster of short flags as given; returns whether the next argument
    /// is the value of the last.
    fn read_short(&mut self, cluster: &str) -> bool {
        for (at, sign) in cluster.char_indices() {
            let Some(arg) = self
                .arguments()
                .find_map(|(_, arg)| (arg.get_short() == Some(sign)).then_some(arg))
            else {
                return false;
            };
            self.given.insert(arg.get_id().to_string());
            if matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
                let is_last = at + sign.len_utf8() == cluster.len();
                return is_last && arg.get_num_args().is_none_or(|range| range.min_values() > 0);
            }
        }
        false
    }

    fn nearest(&self, name: &str) -> Option<&'a str> {
        nearest(name, self.arguments().filter_map(|(_, arg)| arg.get_long()))
    }

    fn unknown(&self, name: &str, what: &str, dashes: &str) -> Failure {
        let failure = Failure::input(format!("`{dashes}{name}` is an unknown {what}"));
        match self.nearest(name) {
            Some(near) => failure.with_hint(format!("did you mean `{dashes}{near}`?")),
            None => failure.with_hint("`--help` lists what there is"),
        }
    }
}

/// Whether a value is what the program would take without one: an action file says so, too.
fn is_default(value: &Held<'_>) -> bool {
    let defaults = value.arg.get_default_values();
    !defaults.is_empty()
        && value
            .values
            .iter()
            .map(OsStr::new)
            .eq(defaults.iter().map(clap::builder::OsStr::as_os_str))
}

struct Candidate<'a> {
    found: Found<'a>,
    name: String,
    text: String,
}

/// Keeps a value unless the same source gives one under a better name: the present name before an
/// older one, hyphens before `_`.
fn keep<'a>(
    values: &mut BTreeMap<String, Candidate<'a>>,
    found: Found<'a>,
    name: String,
    text: String,
) {
    if clean(found.arg, &text).is_empty() {
        return;
    }
    let id = found.arg.get_id().to_string();
    let rank =
        |candidate: &Candidate<'_>| (candidate.found.called, candidate.name.matches('_').count());
    let candidate = Candidate { found, name, text };
    if values.get(&id).is_none_or(|kept| rank(&candidate) < rank(kept)) {
        values.insert(id, candidate);
    }
}

/// The values in a text: trimmed and without empty ones, lists one per line.
fn clean(arg: &Arg, text: &str) -> Vec<String> {
    let values: Vec<String> = if is_verbatim(arg) {
        vec![text.to_owned()]
    } else if matches!(arg.get_action(), ArgAction::Append) {
        text.lines().map(|line| line.trim().to_owned()).collect()
    } else {
        vec![text.trim().to_owned()]
    };
    let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
    if is_secret(arg) {
        // Masked before anything can quote it.
        for value in &values {
            drop(Secret::new(value));
        }
    }
    values
}

/// How GitHub names the variable of an input, with `_` for the hyphens it keeps.
fn variable_key(name: &str) -> String {
    name.to_uppercase().replace(['-', ' '], "_")
}

/// Whether a word goes on with the values of a flag that takes several.
fn is_value(word: &OsStr) -> bool {
    !word.to_string_lossy().starts_with('-')
}
