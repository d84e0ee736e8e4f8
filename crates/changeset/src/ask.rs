//! Asking on a terminal, a line at a time.

use std::io::{self, BufRead, IsTerminal, Write};

use launchway_base::Failure;

use crate::context::Context;

/// Whoever answers questions.
pub(crate) struct Asker<'a> {
    answers: Box<dyn BufRead + 'a>,
    questions: Box<dyn Write + 'a>,
}

/// Nobody answers any more.
#[derive(Debug)]
pub(crate) enum Canceled {
    /// The input ended.
    Ended,
    /// Reading or writing failed, or an answer led to a failure.
    Failed(Failure),
}

impl From<Failure> for Canceled {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Canceled {
    /// Ends the command: that someone changed their mind is no failure.
    pub(crate) fn end(self, context: &Context<'_>) -> Result<u8, Failure> {
        match self {
            Self::Ended => {
                context.session.say("\nCanceled: nothing was written.");
                Ok(0)
            }
            Self::Failed(failure) => Err(failure),
        }
    }
}

impl<'a> Asker<'a> {
    /// The one at the terminal; `None` without one.
    pub(crate) fn on_terminal() -> Option<Self> {
        let (input, output) = (io::stdin(), io::stdout());
        (input.is_terminal() && output.is_terminal())
            .then(|| Self::new(io::BufReader::new(input), output))
    }

    /// Someone else, for tests.
    pub(crate) fn new(answers: impl BufRead + 'a, questions: impl Write + 'a) -> Self {
        Self { answers: Box::new(answers), questions: Box::new(questions) }
    }

    /// Says something.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Canceled> {
        writeln!(self.questions, "{text}").map_err(broken)
    }

    fn line(&mut self, question: &str) -> Result<String, Canceled> {
        write!(self.questions, "{question} ").map_err(broken)?;
        self.questions.flush().map_err(broken)?;
        let mut line = String::new();
        if self.answers.read_line(&mut line).map_err(broken)? == 0 {
            return Err(Canceled::Ended);
        }
        Ok(line.trim().to_owned())
    }

    /// Yes or no.
    pub(crate) fn yes(&mut self, question: &str, default: bool) -> Result<bool, Canceled> {
        let choice = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            match self.line(&format!("{question} {choice}"))?.to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.say("  Answer y or n.")?,
            }
        }
    }

    /// A line of text; without a default it must not be empty.
    pub(crate) fn text(
        &mut self,
        question: &str,
        default: Option<&str>,
    ) -> Result<String, Canceled> {
        let question = match default {
            Some(default) if !default.is_empty() => format!("{question} [{default}]:"),
            _ => format!("{question}:"),
        };
        loop {
            let line = self.line(&question)?;
            match (line.is_empty(), default) {
                (false, _) => return Ok(line),
                (true, Some(default)) => return Ok(default.to_owned()),
                (true, None) => self.say("  It cannot be empty.")?,
            }
        }
    }

    /// One of several words, or the first letters of one.
    pub(crate) fn word(
        &mut self,
        question: &str,
        words: &[&str],
        default: usize,
    ) -> Result<usize, Canceled> {
        loop {
            let line = self.line(question)?.to_lowercase();
            if line.is_empty() {
                return Ok(default);
            }
            match words.iter().position(|word| word.starts_with(&line)) {
                Some(place) => return Ok(place),
                None => self.say(&format!("  Answer {}.", words.join(", ")))?,
            }
        }
    }

    /// Some of numbered items: numbers, spans such as `2-4`, names, or `all`. An empty answer takes
    /// the default.
    pub(crate) fn several(
        &mut self,
        question: &str,
        names: &[&str],
        default: &[usize],
    ) -> Result<Vec<usize>, Canceled> {
        loop {
            let line = self.line(question)?;
            let chosen = if line.is_empty() { Ok(default.to_vec()) } else { choose(&line, names) };
            match chosen {
                Ok(chosen) if chosen.is_empty() => self.say("  Choose at least one.")?,
                Ok(chosen) => return Ok(chosen),
                Err(problem) => self.say(&format!("  {problem}"))?,
            }
        }
    }
}

fn broken(error: io::Error) -> Canceled {
    Canceled::Failed(Failure::input("the terminal cannot be used").caused_by(error))
}

fn choose(line: &str, names: &[&str]) -> Result<Vec<usize>, String> {
    let mut chosen = Vec::new();
    for part in line.split([',', ' ', '\t']).filter(|part| !part.is_empty()) {
        let places = if part == "all" || part == "*" {
            0..names.len()
        } else if let Some(place) = names.iter().position(|name| *name == part) {
            place..place + 1
        } else {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            match (from.parse::<usize>(), to.parse::<usize>()) {
                (Ok(from), Ok(to)) if from >= 1 && from <= to && to <= names.len() => from - 1..to,
                _ => {
                    let near = launchway_base::nearest(part, names.iter().copied());
                    let near = near.map(|near| format!("; did you mean `{near}`?"));
                    return Err(format!(
                        "`{part}` is neither a number from 1 to {} nor a package{}",
                        names.len(),
                        near.unwrap_or_default()
                    ));
                }
            }
        };
        chosen.extend(places.filter(|place| !chosen.contains(place)).collect::<Vec<_>>());
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_spans_and_names_choose() {
        let names = ["a", "@acme/b", "c", "d"];
        for (line, wanted) in [
            ("1", Ok(vec![0])),
            ("2-4", Ok(vec![1, 2, 3])),
            ("1, 3", Ok(vec![0, 2])),
            ("@acme/b c c", Ok(vec![1, 2])),
            ("all", Ok(vec![0, 1, 2, 3])),
        ] {
            assert_eq!(choose(line, &names), wanted, "{line}");
        }
        for line in ["0", "5", "3-2", "x", "1-", "-"] {
            assert!(choose(line, &names).is_err(), "{line}");
        }
        assert!(choose("b", &names).unwrap_err().contains("`@acme/b`"));
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_asked_for_again() {
        let mut said = Vec::new();
        let mut asker = Asker::new(&b"maybe\ny\n\n\nx\nmin\n"[..], &mut said);
        assert!(asker.yes("Really?", false).unwrap());
        assert!(!asker.yes("Really?", false).unwrap());
        assert_eq!(asker.text("Branch", Some("main")).unwrap(), "main");
        assert_eq!(asker.word("Bump", &["patch", "minor", "major"], 0).unwrap(), 1);
        assert!(matches!(asker.text("More", None), Err(Canceled::Ended)));
        drop(asker);
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("Answer y or n.") && said.contains("Answer patch, minor, major."));
    }
}
