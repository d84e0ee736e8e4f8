//! The `-file` twins of long inputs.
//!
//! All inputs of a step reach its program in one variable, and a variable has an end: 128 KiB on
//! Linux, 32 K characters on Windows. So every input that can be long has a second one, with `-file`
//! at the end of its name, that names a file with its value. Here the second is made from the first,
//! and the file's text takes the place of the value before clap sees either; a program knows nothing
//! of it.

use std::any::TypeId;
use std::path::Path;

use clap::{Arg, ArgAction, Command};
use launchway_base::Failure;

use super::table::{is_secret, is_verbatim};
use super::value::{Document, Verbatim};
use crate::files::text_or_file;

/// What a twin's id has after that of its input. No field is called so.
const MARK: &str = "::file";

/// Inputs that our action files fill in, with the expression they do it with. Their value is there
/// also when nobody gives one, so a file goes before it.
const FILLED: &[(&str, &str)] = &[
    ("github-token", "${{ github.token }}"),
    ("job-status", "${{ job.status }}"),
    ("matrix", "${{ toJSON(matrix) }}"),
];

/// What an action file fills in for an input, as an expression.
pub fn filled_in(name: &str) -> Option<&'static str> {
    FILLED.iter().find(|(filled, _)| *filled == name).map(|(_, expression)| *expression)
}

/// Gives the long inputs of a command their twins, but for those that have one of their own.
pub(super) fn add(mut command: Command) -> Command {
    let twins: Vec<Arg> = command
        .get_arguments()
        .filter(|arg| is_long(arg) && own(&command, arg).is_none())
        .filter_map(make)
        .collect();
    for twin in twins {
        command = command.arg(twin);
    }
    command
}

/// Whether an input can be long: a list, a text with lines, a document. A secret counts as one, for
/// a file is the third way to hand it over.
pub(super) fn is_long(arg: &Arg) -> bool {
    let kind = arg.get_value_parser().type_id();
    let is_text = kind == TypeId::of::<Verbatim>() || kind == TypeId::of::<Document>();
    let is_list = matches!(arg.get_action(), ArgAction::Append);
    !arg.is_positional() && !arg.is_hide_set() && (is_list || is_text || is_secret(arg))
}

/// The name of the input that takes the file of a long one.
pub(super) fn own<'a>(command: &'a Command, arg: &Arg) -> Option<&'a str> {
    let name = arg.get_long()?;
    let is_it = |other: &str| {
        // The longer one is how slackapi/slack-github-action calls it.
        other.strip_prefix(name).is_some_and(|rest| matches!(rest, "-file" | "-file-path"))
    };
    command.get_arguments().filter_map(Arg::get_long).find(|other| is_it(other))
}

/// The id of the input whose twin this is.
pub(super) fn of(arg: &Arg) -> Option<&str> {
    arg.get_id().as_str().strip_suffix(MARK)
}

fn make(arg: &Arg) -> Option<Arg> {
    let name = arg.get_long()?;
    let is_list = matches!(arg.get_action(), ArgAction::Append) && !is_verbatim(arg);
    let lines = if is_list { ", one per line" } else { "" };
    let first = if filled_in(name).is_some() { " It goes before the input" } else { "" };
    let stop = if first.is_empty() { "" } else { "." };
    let help = format!("File to read `{name}` from{lines}{stop}{first}");
    let twin = Arg::new(format!("{}{MARK}", arg.get_id()))
        .long(format!("{name}-file"))
        .value_name("PATH")
        .help(help)
        .help_heading("Inputs from files")
        .hide_short_help(true)
        .global(arg.is_global_set());
    Some(twin)
}

/// The text of the file that a twin names, without the line end at its end. `is_given` says whether
/// the input itself is given.
///
/// # Errors
/// It is; or the file cannot be read as text.
pub(super) fn read(name: &str, path: &str, is_given: bool) -> Result<String, Failure> {
    let text = text_or_file(name, is_given.then_some(""), Some(Path::new(path)))?;
    let mut text = text.unwrap_or_default();
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
#[path = "twins_tests.rs"]
mod tests;
