//! Workflow commands in what a step prints.

use std::collections::BTreeMap;

use super::StepRun;

/// An annotation a step printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotation {
    /// `error`, `warning`, `notice` or `debug`.
    pub level: String,
    /// Its message, unescaped and masked.
    pub message: String,
    /// Its title; empty when none was given.
    pub title: String,
    /// Its file; empty when none was given.
    pub file: String,
    /// Its line; 0 when none was given.
    pub line: usize,
}

#[derive(Debug)]
struct Command {
    name: String,
    properties: BTreeMap<String, String>,
    data: String,
}

/// Reads what one step printed, line by line, as the runner does.
pub(super) fn read(raw: &str, debug: bool, masks: &mut Vec<String>, run: &mut StepRun) {
    let mut stopped: Option<String> = None;
    for line in raw.lines() {
        if let Some(token) = &stopped {
            if line.trim() == format!("::{token}::") {
                stopped = None;
            } else {
                say(run, masks, line);
            }
            continue;
        }
        let Some(command) = parse(line) else {
            say(run, masks, line);
            continue;
        };
        match command.name.as_str() {
            "add-mask" => {
                for part in std::iter::once(command.data.as_str()).chain(command.data.lines()) {
                    let part = part.trim();
                    if !part.is_empty() && !masks.iter().any(|mask| mask == part) {
                        masks.push(part.to_owned());
                        run.masks.push(part.to_owned());
                    }
                }
            }
            "error" | "warning" | "notice" => annotate(run, masks, &command),
            "debug" => {
                if debug {
                    say(run, masks, &format!("##[debug]{}", command.data));
                }
            }
            "group" => {
                run.groups.push(mask(&command.data, masks));
                say(run, masks, &format!("##[group]{}", command.data));
            }
            "endgroup" => say(run, masks, "##[endgroup]"),
            "stop-commands" => stopped = Some(command.data),
            "set-output" | "save-state" => {
                let name = command.properties.get("name").cloned().unwrap_or_default();
                let into =
                    if command.name == "set-output" { &mut run.outputs } else { &mut run.state };
                into.insert(name, command.data);
                let message = format!("The `{}` command is deprecated", command.name);
                let annotation =
                    Annotation { level: "warning".into(), message, ..Annotation::default() };
                run.annotations.push(annotation);
            }
            "add-matcher" | "remove-matcher" | "echo" => {}
            // What the runner does not know it prints.
            _ => say(run, masks, line),
        }
    }
}

fn annotate(run: &mut StepRun, masks: &[String], command: &Command) {
    let property = |name: &str| command.properties.get(name).cloned().unwrap_or_default();
    say(run, masks, &format!("##[{}]{}", command.name, command.data));
    run.annotations.push(Annotation {
        level: command.name.clone(),
        message: mask(&command.data, masks),
        title: mask(&property("title"), masks),
        file: property("file"),
        line: property("line").parse().unwrap_or(0),
    });
}

/// An error the runner itself reports.
pub(super) fn runner_error(run: &mut StepRun, masks: &[String], message: &str) {
    let command =
        Command { name: "error".into(), properties: BTreeMap::new(), data: message.to_owned() };
    annotate(run, masks, &command);
}

pub(super) fn say(run: &mut StepRun, masks: &[String], line: &str) {
    run.log.push_str(&mask(line, masks));
    run.log.push('\n');
}

/// Replaces every masked value, the longest first.
pub(super) fn mask(text: &str, masks: &[String]) -> String {
    let mut sorted: Vec<&String> = masks.iter().filter(|mask| !mask.is_empty()).collect();
    sorted.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
    sorted.into_iter().fold(text.to_owned(), |text, mask| text.replace(mask.as_str(), "***"))
}

fn parse(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties.split(',').filter_map(|pair| pair.split_once('='));
    Some(Command {
        name: name.to_lowercase(),
        properties: properties
            .map(|(name, value)| (name.trim().to_owned(), unescape(value, true)))
            .collect(),
        data: unescape(data, false),
    })
}

/// The last error a program of ours annotated: its name and what it said.
pub(crate) fn last_error(raw: &str) -> Option<(String, String)> {
    let lines = raw.lines().rev().filter(|line| line.starts_with("::error"));
    let mut errors = lines.filter_map(parse).filter(|command| command.name == "error");
    errors.find_map(|mut command| {
        let title = command.properties.remove("title")?;
        crate::heard::is_ours(&title).then_some((title, command.data))
    })
}

fn unescape(text: &str, property: bool) -> String {
    let mut text = text.replace("%0D", "\r").replace("%0A", "\n");
    if property {
        text = text.replace("%3A", ":").replace("%2C", ",");
    }
    text.replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(raw: &str) -> StepRun {
        let mut run = StepRun::default();
        read(raw, false, &mut Vec::new(), &mut run);
        run
    }

    #[test]
    fn annotations_are_taken_apart() {
        let run = run("::error file=a.md,line=3,title=A%3A b::no%0Aentry\nplain\n");
        let annotation = &run.annotations[0];
        assert_eq!((annotation.file.as_str(), annotation.line), ("a.md", 3));
        assert_eq!((annotation.title.as_str(), annotation.message.as_str()), ("A: b", "no\nentry"));
        assert_eq!(run.log, "##[error]no\nentry\nplain\n");
    }

    #[test]
    fn a_mask_hides_what_comes_after() {
        let run = run("::add-mask::one%0Atwo\nsay two and one\n");
        assert_eq!(run.log, "say *** and ***\n");
    }

    #[test]
    fn stopped_commands_do_not_act() {
        let run = run("::stop-commands::t0k\n::error::no\n::t0k::\n::error::yes\n");
        assert_eq!(run.messages("error"), ["yes"]);
    }
}
