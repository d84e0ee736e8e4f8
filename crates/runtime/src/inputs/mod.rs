//! Inputs: one struct is the command line, the action's `inputs:` and the documentation.
//!
//! A program derives [`clap::Parser`]; [`parse`] fills it from flags, then `LAUNCHWAY_INPUTS`, then
//! `INPUT_*`. Conventions the struct can rely on, because [`prepare`] sees to them:
//!
//! - `bool` and `Option<bool>` fields read `--flag`, `--flag=true`, `--flag false`, in YAML's
//!   spellings; no attribute is needed.
//! - `Vec` fields are lists: the flag may repeat, and each value holds one item per line.
//! - Values are trimmed, and an empty one is not given. [`Verbatim`] and [`Separator`] fields keep
//!   their blanks.
//! - `Vec`, [`Verbatim`], [`Document`] and `Secret` fields have a twin, `--NAME-file`, that names a
//!   file with the value; nothing has to be declared for it. See [`filled_in`] for the three that
//!   action files fill in.
//! - `alias` and `aliases` of an argument are older names, which work with a warning;
//!   `visible_alias` and `visible_aliases` are other names, as good as the first.

mod argv;
mod table;
mod twins;
mod value;

use std::any::TypeId;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, Parser};
use launchway_base::{Failure, VERSION};

use crate::Environment;

pub use argv::{Given, argv};
pub use table::{InputDecl, table};
pub use twins::filled_in;
pub use value::{Document, Separator, Verbatim, yaml_bool};

/// What the arguments ask for.
#[derive(Debug)]
pub enum Parsed<P> {
    /// To run.
    Inputs {
        /// The filled struct.
        inputs: P,
        /// What to tell the user: older names, unknown `INPUT_*`.
        warnings: Vec<String>,
    },
    /// To print help or version on stdout and end well.
    Help(String),
}

/// Fills `P` from `args` (the program's name first) and the environment. `foreign` names inputs of
/// the action that are not for this program.
///
/// # Errors
/// An input failure: unknown flag or key (with the nearest name), a value refused, a required input
/// missing, `LAUNCHWAY_INPUTS` no JSON object of texts.
pub fn parse<P: Parser>(
    args: Vec<OsString>,
    env: &Environment,
    foreign: &[&str],
) -> Result<Parsed<P>, Failure> {
    let command = prepare(P::command());
    let Given { argv, warnings } = argv(&command, args, env, foreign)?;
    let parsed = command
        .try_get_matches_from(argv)
        .and_then(|mut matches| P::from_arg_matches_mut(&mut matches));
    match parsed {
        Ok(inputs) => Ok(Parsed::Inputs { inputs, warnings }),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Parsed::Help(error.render().to_string()))
            }
            _ => {
                // A composite action has the one, a container action the others.
                let in_workflow = env.get_os("LAUNCHWAY_INPUTS").is_some()
                    || env.names().any(|name| name.starts_with("INPUT_"));
                Err(explain(&error, in_workflow))
            }
        },
    }
}

/// Gives every argument of a command the conventions of this module.
pub fn prepare(command: Command) -> Command {
    let command = if command.get_version().is_none() && command.get_long_version().is_none() {
        command.version(VERSION)
    } else {
        command
    };
    prepare_arguments(command)
}

fn prepare_arguments(command: Command) -> Command {
    twins::add(command.mut_args(prepare_argument)).mut_subcommands(prepare_arguments)
}

fn prepare_argument(arg: Arg) -> Arg {
    if arg.is_positional() {
        return arg;
    }
    if matches!(arg.get_action(), ArgAction::SetTrue)
        || (matches!(arg.get_action(), ArgAction::Set) && is_switch(&arg))
    {
        let needs_default =
            matches!(arg.get_action(), ArgAction::SetTrue) && arg.get_default_values().is_empty();
        let arg = arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .default_missing_value("true")
            .value_name("true|false")
            .value_parser(yaml_bool);
        if needs_default { arg.default_value("false") } else { arg }
    } else {
        arg
    }
}

fn is_switch(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<bool>()
}

/// What clap says, as a failure: its first sentence as message, its tip as hint. Who filled in a
/// workflow reads of inputs, not of flags.
fn explain(error: &clap::Error, in_workflow: bool) -> Failure {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::input("no command is given").with_hint(text.trim().to_owned());
    }
    let mut message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    message = message.replace("invalid digit found in string", "it is no whole number");
    let mut usual = "`--help` lists what there is";
    if in_workflow {
        usual = "the README of the action lists its inputs";
        let flags = flags(error);
        if error.kind() == ErrorKind::MissingRequiredArgument && !flags.is_empty() {
            let names: Vec<_> = flags.iter().map(|flag| format!("`{}`", input_of(flag))).collect();
            let (noun, verb) = if names.len() == 1 { ("input", "is") } else { ("inputs", "are") };
            return Failure::input(format!("{noun} {} {verb} empty", names.join(", "))).with_hint(
                "give it below `with:`; where it comes from another step, look whether that step has set it",
            );
        }
        for flag in &flags {
            let quoted = format!("'{flag}'");
            message = message.replace(&quoted, &format!("input `{}`", input_of(flag)));
        }
    }
    let failure = Failure::input(message);
    let tip = rest.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    failure.with_hint(tip.unwrap_or(usual))
}

/// The flags an error is about, as in `--image <IMAGE>`.
fn flags(error: &clap::Error) -> Vec<&str> {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => vec![flag],
        Some(ContextValue::Strings(flags)) => flags.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// `image` of `--image <IMAGE>`.
fn input_of(flag: &str) -> &str {
    let name = flag.trim_start_matches('-');
    name.split([' ', '=', '[']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
