use std::sync::Arc;

use launchway_base::{Location, Secret};

use super::*;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn console(pairs: &[(&str, &str)]) -> (Console, Shared, Shared) {
    let (out, err) = (Shared::default(), Shared::default());
    let env = Environment::from_pairs(pairs.iter().copied());
    (Console::with_writers(&env, Box::new(out.clone()), Box::new(err.clone())), out, err)
}

const RUNNER: (&str, &str) = ("GITHUB_ACTIONS", "true");

#[test]
fn lines_neither_act_nor_leak() {
    let _secret = Secret::new("console-test-secret");
    let (console, out, _) = console(&[RUNNER]);
    console.line("::error::x\n##[error]y\r::add-path::/tmp console-test-secret \u{1b}[2J");
    assert_eq!(
        out.text(),
        ":\u{200b}:error::x\n#\u{200b}#[error]y\n:\u{200b}:add-path::/tmp *** \u{fffd}[2J\n"
    );
}

#[test]
fn at_most_ten_annotations_of_a_level() {
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let (console, out, _) = console(&[RUNNER]);
        for n in 0..30 {
            console.annotate(&Annotation::new(level, format!("n{n}")));
        }
        console.finish();
        console.finish();
        if level == Level::Error {
            console.annotate_last(&Annotation::new(level, "the end"));
        }
        let text = out.text();
        let commands = text.lines().filter(|line| line.starts_with("::")).count();
        assert_eq!(commands, 10, "{text}");
        assert_eq!(text.matches("and 2").count(), 1, "{text}");
        assert!(text.contains(&format!("{}: n29", level.name())), "the rest is logged");
    }
}

#[test]
fn foreign_output_stands_between_stop_commands() {
    let (console, out, _) = console(&[RUNNER]);
    {
        let foreign = console.foreign();
        foreign.line("::set-output name=a::b");
        console.annotate(&Annotation::new(Level::Notice, "ours"));
        foreign.line("::add-mask::x");
    }
    let text = out.text();
    let lines: Vec<_> = text.lines().collect();
    let [stop, foreign, resume, ours, stop_again, second, end] = lines[..] else {
        panic!("{text}")
    };
    let token = stop.strip_prefix("::stop-commands::").unwrap();
    assert_eq!((foreign, ours), ("::set-output name=a::b", "::notice::ours"));
    assert_eq!(resume, format!("::{token}::"));
    let next = stop_again.strip_prefix("::stop-commands::").unwrap();
    assert_ne!(token, next);
    assert_eq!((second, end), ("::add-mask::x", format!("::{next}::").as_str()));
}

#[test]
fn groups_do_not_nest() {
    let (console, out, _) = console(&[RUNNER]);
    {
        let _outer = console.group("a\n::error::b");
        let _inner = console.group("::c");
    }
    assert_eq!(out.text(), "::group::a ::error::b\n:\u{200b}:c\n::endgroup::\n");
}

#[test]
fn a_document_has_stdout_to_itself() {
    let (console, out, err) = console(&[RUNNER]);
    console.log_to(Stream::Stderr);
    console.line("word");
    console.annotate(&Annotation::new(Level::Warning, "careful"));
    console.document("{\"a\": \"::b\"}\n");
    assert_eq!(out.text(), "{\"a\": \"::b\"}\n");
    assert_eq!(err.text(), "word\n::warning::careful\n");
}

#[test]
fn without_a_runner_people_read_it() {
    let (console, out, err) = console(&[]);
    console.line("::plain");
    console.debug("not shown");
    console.annotate(&Annotation::new(Level::Error, "bad").at(Location::line("a.md", 3)));
    let _group = console.group("phase");
    assert_eq!(out.text(), "::plain\nphase\n");
    assert_eq!(err.text(), "error: bad\n  at a.md:3\n");
}

#[test]
fn debug_and_colour_are_asked_for() {
    let (plain, out, _) = console(&[RUNNER, ("RUNNER_DEBUG", "1")]);
    plain.debug("a\nb");
    assert_eq!(out.text(), "::debug::a%0Ab\n");
    let (coloured, _, err) = console(&[("FORCE_COLOR", "1")]);
    coloured.annotate(&Annotation::new(Level::Warning, "x"));
    assert_eq!(err.text(), "\u{1b}[1;33mwarning\u{1b}[0m: x\n");
    for (pairs, terminal, wanted) in [
        (&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")][..], true, false),
        (&[("FORCE_COLOR", "0")], true, false),
        (&[("TERM", "dumb")], true, false),
        (&[("TERM", "xterm"), ("NO_COLOR", "")], true, true),
        (&[], false, false),
    ] {
        assert_eq!(colour(&Environment::from_pairs(pairs.iter().copied()), terminal), wanted);
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let console = Console::with_writers(&Environment::default(), Box::new(Gone), Box::new(Gone));
    console.document("x");
    console.line("y");
}
