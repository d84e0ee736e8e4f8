//! What `--help` prints, from the table of verbs.

use launchway_base::VERSION;

use crate::verbs::{Flag, GLOBAL, OWN, VERBS, Verb};

const PROGRAM: &str = "launchway-changeset";

/// Help about a verb; about all of them for the verb of a bare call.
pub(crate) fn text(verb: &Verb) -> String {
    let all = verb == Verb::of_a_bare_call();
    let usage = if all { "[command] [options]".to_owned() } else { verb.usage() };
    let mut text = format!("{PROGRAM} {VERSION}\n\nUsage:\n  $ {PROGRAM} {usage}\n");
    if all {
        let own = crate::own::rows();
        let verbs = VERBS.iter().map(|verb| (verb.usage(), verb.about));
        let rows = verbs
            .chain(own.iter().map(|(name, about)| (name.clone(), about.as_str())))
            .collect::<Vec<_>>();
        text.push_str(&format!("\nCommands:\n{}", table(&rows)));
        text.push_str("\nMore about one of them: add `--help`.\n");
    } else {
        text.push_str(&format!("\n{}.\n", verb.about));
    }
    let global = GLOBAL.iter().filter(|flag| all || flag.long != "version");
    let flags: Vec<&Flag> = verb.flags.iter().chain(OWN).chain(global).collect();
    let rows = flags.iter().map(|flag| (flag.usage(), flag.about)).collect::<Vec<_>>();
    text.push_str(&format!("\nOptions:\n{}", table(&rows)));
    if !verb.examples.is_empty() {
        text.push_str("\nExamples:\n");
        for example in verb.examples {
            text.push_str(&format!("  $ {PROGRAM} {example}\n"));
        }
    }
    text
}

fn table(rows: &[(String, &str)]) -> String {
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or_default();
    rows.iter().map(|(left, right)| format!("  {left:width$}  {right}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_and_flag_is_explained() {
        let all = text(Verb::of_a_bare_call());
        for verb in VERBS {
            assert!(all.contains(verb.about), "{}", verb.name);
            let own = text(verb);
            assert!(verb.flags.iter().all(|flag| own.contains(&flag.usage())), "{}", verb.name);
        }
    }
}
