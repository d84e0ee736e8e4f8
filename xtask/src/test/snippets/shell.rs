//! Commands of ours, read by the parsers of the programs.

use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _, Parser as _};
use launchway_changeset::{args, own};
use launchway_runtime::inputs::prepare;

use super::fences::Snippet;

pub(super) fn judge(snippet: &Snippet) -> Vec<String> {
    let mut complaints = Vec::new();
    for command in commands(&snippet.text) {
        let Some((program, rest)) = command.split_first() else { continue };
        let said = if let Some(name) = program.strip_prefix("launchway-") {
            ours(name, rest)
        } else if program == "launchway" {
            // The command of the npm package: the program is its first word.
            rest.split_first()
                .map_or(Some("it names no program".to_owned()), |(name, rest)| ours(name, rest))
        } else if program == "cargo" && rest.first().is_some_and(|word| word == "xtask") {
            let parsed = crate::Xtask::try_parse_from(rest);
            parsed.err().and_then(|error| refused(&error))
        } else {
            None
        };
        complaints
            .extend(said.map(|said| snippet.says(&format!("`{}`: {said}", command.join(" ")))));
    }
    complaints
}

/// What a program of ours says against its arguments.
fn ours(name: &str, arguments: &[String]) -> Option<String> {
    if matches!(arguments, [only] if only == "--version") {
        return known(name).is_none().then(|| "there is no such program".to_owned());
    }
    let command = match name {
        "changeset" if arguments.first().is_some_and(|word| is_own(word)) => own::Cli::command(),

        "changeset" => {
            // A name that is no verb is taken for a value of `add`.
            return args::parse(arguments).err().map(|failure| failure.chain());
        }
        other => match known(other) {
            Some(command) => command,
            None => return Some("there is no such program".to_owned()),
        },
    };
    parsed(command, arguments)
}

/// The command line of a program.
fn known(name: &str) -> Option<Command> {
    Some(match name {
        "changelog" => launchway_changelog::command(),
        "deploy" => launchway_deploy::command(),
        "health" => launchway_health::command(),
        "image" => launchway_image::command(),
        "notify" => launchway_notify::command(),
        "release" => launchway_release::command(),
        "changeset" => own::Cli::command(),
        _ => return None,
    })
}

/// Whether a word is a verb that reads its flags as the other programs do.
fn is_own(word: &str) -> bool {
    own::Cli::command().get_subcommands().any(|verb| verb.get_name() == word)
}

fn parsed(command: Command, arguments: &[String]) -> Option<String> {
    let mut command = prepare(command);
    let name = command.get_name().to_owned();
    let words = std::iter::once(name).chain(arguments.iter().cloned());
    command.try_get_matches_from_mut(words).err().and_then(|error| refused(&error))
}

fn refused(error: &clap::Error) -> Option<String> {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let said = error.to_string();
    (!asked).then(|| said.lines().next().unwrap_or_default().to_owned())
}

/// The commands of a script, each as its words. Good for what stands on pages: no here-documents, no functions.
pub(super) fn commands(script: &str) -> Vec<Vec<String>> {
    let script = script.replace("\\\n", " ");
    let mut found = Vec::new();
    for line in script.lines() {
        let line = line.trim().trim_start_matches("$ ");
        let mut current: Vec<String> = Vec::new();
        for token in tokens(line) {
            if matches!(token.as_str(), "&&" | "||" | "|" | ";" | "&") {
                found.push(std::mem::take(&mut current));
            } else {
                current.push(token);
            }
        }
        found.push(current);
    }
    for command in &mut found {
        // Variables set for this command alone, and words that start another one.
        let before = |word: &str| {
            let name = word.split_once('=').map_or("", |(name, _)| name);
            let is_set =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            is_set || matches!(word, "npx" | "then" | "do" | "if" | "!" | "sudo" | "exec" | "time")
        };
        let count = command.iter().take_while(|word| before(word)).count();
        command.drain(..count);
        // Where its output goes is not the program's.
        if let Some(at) =
            command.iter().position(|word| word.starts_with(['>', '<']) || word.starts_with("2>"))
        {
            command.truncate(at);
        }
    }
    found.retain(|command| !command.is_empty());
    found
}

/// Words and operators; a comment ends the line.
fn tokens(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '\\') => word.get_or_insert_default().extend(rest.next()),
            (None, c) if c.is_whitespace() => found.extend(word.take()),
            (None, '&' | '|' | ';') => {
                found.extend(word.take());
                let mut operator = c.to_string();
                operator.extend(rest.next_if_eq(&c));
                found.push(operator);
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    found
}

/// For shellcheck: `<name>` and `…` are words the reader fills in.
pub(super) fn without_holes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        let name = after.split_once('>').filter(|(name, _)| {
            !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                && !name.starts_with(' ')
        });
        match name {
            Some((_, behind)) => {
                plain.push_str("HOLE");
                rest = behind;
            }
            None => {
                plain.push('<');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_its_commands() {
        let found = commands("A=1 b 'c d' \\\n  e # no\n$ f | g && h \"#i\" > j\n");
        let found: Vec<_> = found.iter().map(|words| words.join("|")).collect();
        assert_eq!(found, ["b|c d|e", "f", "g", "h|#i"]);
        assert_eq!(without_holes("a <the name> < b"), "a HOLE < b");
    }
}
