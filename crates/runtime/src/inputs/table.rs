//! The inputs of a command as data, for `action.yml` and the tables made from it.

use std::any::TypeId;

use clap::{Arg, ArgAction, Command};
use launchway_base::Secret;

use super::value::{Separator, Verbatim};
use super::{is_switch, prepare, twins};

/// One input.
#[expect(clippy::struct_excessive_bools, reason = "five independent facts of a row in a table")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputDecl {
    /// Its name, which is the long flag without dashes.
    pub name: String,
    /// What it does: the whole doc comment, Markdown.
    pub description: String,
    /// The value when it is not given.
    pub default: Option<String>,
    /// Whether the program refuses to run without it.
    pub required: bool,
    /// Whether it is a boolean.
    pub boolean: bool,
    /// Whether it holds one item per line.
    pub list: bool,
    /// Whether it is a secret.
    pub secret: bool,
    /// Whether it can be too long for a variable, or must not stand in one.
    pub long: bool,
    /// The input that names a file with its value instead.
    pub twin: Option<String>,
    /// The texts it may hold, when only some are allowed.
    pub choices: Vec<String>,
    /// Other names, as good as the first.
    pub other: Vec<String>,
    /// Older names, which work with a warning.
    pub older: Vec<String>,
}

/// The inputs of a command (as derived, or of one of its subcommands), in the order declared, each
/// before the twin that is made for it, but for hidden ones.
pub fn table(command: Command) -> Vec<InputDecl> {
    let command = prepare(command);
    let shown = || command.get_arguments().filter(|arg| !arg.is_hide_set());
    let with_twin = |arg: &Arg| {
        let id = arg.get_id().as_str();
        let twin = shown().find(|twin| twins::of(twin) == Some(id));
        [declare(&command, arg), twin.and_then(|twin| declare(&command, twin))]
    };
    shown().filter(|arg| twins::of(arg).is_none()).flat_map(with_twin).flatten().collect()
}

fn declare(command: &Command, arg: &Arg) -> Option<InputDecl> {
    let name = arg.get_long()?.to_owned();
    if matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    ) {
        return None;
    }
    let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string);
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let boolean = is_switch(arg);
    let choices = if boolean { Vec::new() } else { arg.get_possible_values() };
    Some(InputDecl {
        name,
        description: help.unwrap_or_default(),
        default: (!defaults.is_empty()).then(|| defaults.join("\n")),
        required: arg.is_required_set(),
        boolean,
        list: matches!(arg.get_action(), ArgAction::Append) && !is_verbatim(arg),
        secret: is_secret(arg),
        long: twins::is_long(arg),
        twin: twins::own(command, arg).filter(|_| twins::is_long(arg)).map(str::to_owned),
        choices: choices.iter().map(|choice| choice.get_name().to_owned()).collect(),
        other: arg
            .get_visible_aliases()
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        older: older_names(arg).map(str::to_owned).collect(),
    })
}

/// The names of an argument that are not shown.
pub(super) fn older_names(arg: &Arg) -> impl Iterator<Item = &str> {
    let other = arg.get_visible_aliases().unwrap_or_default();
    let all = arg.get_all_aliases().unwrap_or_default();
    all.into_iter().filter(move |name| !other.contains(name))
}

/// Whether a value is kept as it is, line ends too.
pub(super) fn is_verbatim(arg: &Arg) -> bool {
    let kind = arg.get_value_parser().type_id();
    kind == TypeId::of::<Verbatim>() || kind == TypeId::of::<Separator>()
}

pub(super) fn is_secret(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<Secret>()
}
