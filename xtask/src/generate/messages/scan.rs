//! Reads the sources of one crate.
//!
//! What counts as a message:
//! - `#[error("…")]` of a type, with the exit code and the hint its `impl Fault` gives the variant;
//! - the text of `Failure::input(…)` and its siblings, with the hint that follows it;
//! - what `.while_doing(…)` puts before a failure that is passed on;
//! - an argument that a function hands on to one of these;
//! - as a reason, which stands behind another message: the text of a `Result<_, String>`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use syn::visit::Visit;
use syn::{Expr, Item};

use super::calls::{Calls, Closures};
use super::fault::{Kinds, choose};
use super::index::{Index, is_test};
use super::resolve::{Function, arguments, captured};
use super::{Exit, Found, Message, text};

/// The messages in the sources of a crate: their paths below `src/`, and their texts.
pub(super) fn scan(sources: &[(String, String)]) -> Result<Found> {
    let mut files = Vec::new();
    for (path, text) in sources {
        let file = syn::parse_file(text).with_context(|| format!("cannot read {path} as Rust"))?;
        files.push((path.as_str(), file));
    }
    let tests: BTreeSet<String> =
        files.iter().flat_map(|(path, file)| test_modules(path, &file.items)).collect();
    files.retain(|(path, _)| {
        !tests
            .iter()
            .any(|test| *path == format!("{test}.rs") || path.starts_with(&format!("{test}/")))
    });
    let mut index = Index::default();
    for (at, (_, file)) in files.iter().enumerate() {
        index.source = at;
        index.visit_file(file);
    }
    let mut reader = Reader {
        index: &index,
        found: Found::default(),
        carriers: Vec::new(),
        seen: BTreeSet::new(),
    };
    reader.declared();
    for at in 0..index.world.functions.len() {
        reader.read(at);
    }
    // What hands a text on may be handed one itself.
    let mut done = 0;
    for _ in 0..4 {
        let new: Vec<_> = reader.carriers.iter().skip(done).cloned().collect();
        done = reader.carriers.len();
        for carrier in &new {
            reader.handed(carrier);
        }
    }
    Ok(reader.found)
}

/// More hints than this are not all meant for one message.
const SURE: usize = 4;

/// The modules of a file that are for tests, as paths below `src/` without `.rs`.
fn test_modules(path: &str, items: &[Item]) -> Vec<String> {
    let (dir, name) = path.rsplit_once('/').map_or(("", path), |(dir, name)| (dir, name));
    let stem = name.trim_end_matches(".rs");
    let below = match (dir, stem) {
        (dir, "mod" | "lib" | "main") => dir.to_owned(),
        ("", stem) => stem.to_owned(),
        (dir, stem) => format!("{dir}/{stem}"),
    };
    let slash = if below.is_empty() { "" } else { "/" };
    let names = items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() && is_test(&module.attrs) => {
            Some(format!("{below}{slash}{}", module.ident))
        }
        _ => None,
    });
    names.collect()
}

/// A function that ends a program with a text it is given.
#[derive(Clone, PartialEq, Eq)]
struct Carrier {
    name: String,
    parameter: usize,
    exits: Vec<Exit>,
    hints: Vec<String>,
}

struct Reader<'index, 'ast> {
    index: &'index Index<'ast>,
    found: Found,
    carriers: Vec<Carrier>,
    /// Variants that are made somewhere with a text of their own.
    seen: BTreeSet<(String, String)>,
}

impl<'ast> Reader<'_, 'ast> {
    fn add(&mut self, said: &str, exits: &[Exit], hints: &[String]) {
        let said = text::tidy(said);
        if text::says_something(&said) {
            self.found.messages.push(Message {
                text: said,
                exits: exits.to_vec(),
                hints: hints.to_vec(),
            });
        } else if !exits.is_empty() {
            self.found.unread += 1;
        }
    }

    /// What the types say.
    fn declared(&mut self) {
        for (owner_and_variant, format) in &self.index.declared {
            let (exits, hints) = self.fault(owner_and_variant);
            self.add(&text::filled(format, &BTreeMap::new()), &exits, &hints);
        }
    }

    /// Exit codes and hints of a variant.
    fn fault(&self, (owner, variant): &(String, String)) -> (Vec<Exit>, Vec<String>) {
        let Some(fault) = self.index.faults.get(owner) else { return (Vec::new(), Vec::new()) };
        let mut kinds = Kinds::default();
        if let Some(block) = fault.kind {
            choose(block, variant, &mut |part| kinds.visit_expr(part));
        }
        let mut hints = Vec::new();
        if let Some(block) = fault.hint {
            let function = self.index.world.functions.iter();
            let Some(function) = function.into_iter().find(|one| std::ptr::eq(one.body, block))
            else {
                return (kinds.0, hints);
            };
            choose(block, variant, &mut |part| {
                hints.extend(self.index.world.texts(function, part).said);
            });
            // Chosen by more than the variant: naming all would name the wrong ones.
            if hints.len() > SURE {
                hints.clear();
            }
        }
        kinds.0.sort_unstable();
        kinds.0.dedup();
        (kinds.0, hints)
    }

    fn read(&mut self, at: usize) {
        let Some(function) = self.index.world.functions.get(at) else { return };
        let mut calls = Calls::default();
        calls.visit_block(function.body);
        let owner = self.index.owners.get(&at).cloned().unwrap_or_default();
        for (kind, argument, hint) in &calls.failures {
            let hints: Vec<_> = hint
                .map(|hint| self.index.world.texts(function, hint).said.into_iter().collect())
                .unwrap_or_default();
            self.said(function, argument, std::slice::from_ref(kind), &hints);
        }
        self.closures(function);
        for (path, fields) in &calls.made {
            self.made(function, &owner, path, fields);
        }
        if self.index.reasons.contains(&at) {
            for reason in &calls.reasons {
                for said in &self.index.world.texts(function, reason).said {
                    self.add(said, &[], &[]);
                }
            }
        }
        if self.index.shown.contains(&at) {
            for of in &calls.writes {
                let arguments = arguments(of);
                let rest = arguments.get(1..).unwrap_or_default();
                for said in &self.index.world.formatted(function, rest, 0).said {
                    self.add(said, &[], &[]);
                }
            }
        }
    }

    /// The reasons that a function hands to its own closures, which end a program with them.
    fn closures(&mut self, function: &Function<'ast>) {
        let mut named = Closures::default();
        named.visit_block(function.body);
        for (name, closure) in named.0 {
            let mut inside = Calls::default();
            inside.visit_expr(&closure.body);
            let Some((exit, ..)) = inside.failures.first() else { continue };
            let mut calls = Calls { wanted: Some(name), ..Calls::default() };
            calls.visit_block(function.body);
            for argument in calls.handed.iter().flat_map(|(arguments, _)| arguments) {
                let said = self.index.world.texts(function, argument).said;
                // A word alone is the name of what is wrong.
                for reason in said.iter().filter(|said| said.contains(' ')) {
                    self.add(reason, std::slice::from_ref(exit), &[]);
                }
            }
        }
    }

    /// A text that ends a program.
    fn said(
        &mut self,
        function: &Function<'ast>,
        argument: &Expr,
        exits: &[Exit],
        hints: &[String],
    ) {
        let texts = self.index.world.texts(function, argument);
        for said in &texts.said {
            self.add(said, exits, hints);
        }
        if texts.said.is_empty() && texts.parameters.is_empty() && texts.open {
            self.found.unread += 1;
        }
        for parameter in texts.parameters {
            let carrier = Carrier {
                name: function.name.clone(),
                parameter,
                exits: exits.to_vec(),
                hints: hints.to_vec(),
            };
            if !self.carriers.contains(&carrier) {
                self.carriers.push(carrier);
            }
        }
    }

    /// The value of an error type, made with texts of its own.
    fn made(
        &mut self,
        function: &Function<'ast>,
        owner: &str,
        path: &syn::Path,
        fields: &[(String, &'ast Expr)],
    ) {
        let names: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        let Some(last) = names.last() else { return };
        let before = names.len().checked_sub(2).and_then(|at| names.get(at));
        let declared = &self.index.declared;
        let mut keys: Vec<_> = declared
            .keys()
            .filter(|(kind, variant)| {
                variant == last && before.is_some()
                    || variant.is_empty() && (kind == last || last == "Self" && kind == owner)
            })
            .cloned()
            .collect();
        let own = before.map_or(owner, |name| if name == "Self" { owner } else { name });
        if keys.len() > 1 {
            keys.retain(|(kind, _)| kind == own);
        }
        let [key] = keys.as_slice() else { return };
        let Some(format) = declared.get(key) else { return };
        let (exits, mut hints) = self.fault(key);
        let holes =
            if captured(format).is_empty() { vec!["0".to_owned()] } else { captured(format) };
        let mut said = vec![BTreeMap::new()];
        for (name, value) in fields {
            let texts = self.index.world.texts(function, value).said;
            if name == "hint" {
                hints.extend(texts);
            } else if holes.contains(name) && !texts.is_empty() && texts.len() * said.len() <= 12 {
                said = said
                    .iter()
                    .flat_map(|known| texts.iter().map(|text| with(known, name, text)))
                    .collect();
            }
        }
        for known in said.iter().filter(|known| !known.is_empty()) {
            self.seen.insert(key.clone());
            self.add(&text::filled(format, known), &exits, &hints);
        }
    }

    /// What is handed to a function that ends a program with it.
    fn handed(&mut self, carrier: &Carrier) {
        for at in 0..self.index.world.functions.len() {
            let Some(function) = self.index.world.functions.get(at) else { continue };
            let mut calls = Calls { wanted: Some(carrier.name.clone()), ..Calls::default() };
            calls.visit_block(function.body);
            for (arguments, hint) in &calls.handed {
                let Some(argument) = arguments.get(carrier.parameter) else { continue };
                let mut hints = carrier.hints.clone();
                if let Some(hint) = hint {
                    hints.extend(self.index.world.texts(function, hint).said);
                }
                self.said(function, argument, &carrier.exits, &hints);
            }
        }
    }
}

fn with(known: &BTreeMap<String, String>, name: &str, text: &str) -> BTreeMap<String, String> {
    let mut known = known.clone();
    known.insert(name.to_owned(), text.to_owned());
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sources: &[(&str, &str)]) -> Vec<(String, Vec<Exit>, Vec<String>)> {
        let sources: Vec<_> =
            sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let mut found = scan(&sources).unwrap();
        found.settle();
        found.messages.into_iter().map(|m| (m.text, m.exits, m.hints)).collect()
    }

    #[test]
    fn a_type_says_its_kind_and_hint_by_variant() {
        let found = read(&[(
            "lib.rs",
            r#"
            #[derive(Error)]
            pub enum E {
                #[error("`{file}` {problem}")]
                Bad { file: String, problem: String },
                #[error("no way to {}", .0.display())]
                Away(PathBuf),
            }
            impl Fault for E {
                fn kind(&self) -> Kind { match self { Self::Away(_) => Kind::Remote, _ => Kind::Input } }
                fn hint(&self) -> Option<String> {
                    Some(match self { Self::Away(_) => "look at the network".to_owned(), _ => return None })
                }
            }
            fn open(file: &str) -> Result<(), E> {
                let problem = if file.is_empty() { "has no name" } else { "is too long" };
                Err(E::Bad { file: file.to_owned(), problem: problem.to_owned() })
            }
            "#,
        )]);
        let hint = vec!["look at the network".to_owned()];
        assert!(found.contains(&("no way to …".into(), vec![Exit::Remote], hint)), "{found:?}");
        assert!(
            found.contains(&("`…` has no name".into(), vec![Exit::Input], vec![])),
            "{found:?}"
        );
        assert!(found.contains(&("`…` is too long".into(), vec![Exit::Input], vec![])));
    }

    #[test]
    fn a_failure_is_read_with_its_hint_and_through_a_function() {
        let found = read(&[
            ("main.rs", "mod a; #[cfg(test)] mod planted;"),
            ("planted.rs", r#"fn t() { Failure::input("only a test"); }"#),
            (
                "a.rs",
                r#"
                const HINT: &str = "say which";
                fn one(name: &str) -> Failure {
                    Failure::remote(format!("`{name}` does not answer")).caused_by(x).with_hint(HINT)
                }
                fn bad(what: &str, text: String) -> Failure { Failure::input(text).with_hint("as above") }
                fn two() { list.map_err(|_| bad("x", format!("{what} is no list"))); }
                fn three(text: &str) -> Result<u8, String> { text.parse().map_err(|_| "it is no number".to_owned()) }
                fn four(failure: Failure) { Failure::new(failure.kind(), failure.chain()); }
                fn seven(text: &str) -> Result<u8, Failure> {
                    let wrong = |why: &str| Failure::input(format!("{} {why}", shown(text)));
                    text.parse().map_err(|_| wrong("is no address"))
                }
                fn six(failure: Failure, id: u64) { failure.while_doing(&format!("cannot end {id}")); }
                #[test]
                fn five() { Failure::input("only a test, too"); }
                "#,
            ),
        ]);
        let hints = |text: &str| vec![text.to_owned()];
        assert_eq!(
            found,
            [
                ("cannot end …".to_owned(), vec![Exit::Cause], vec![]),
                ("`…` does not answer".to_owned(), vec![Exit::Remote], hints("say which")),
                ("is no address".to_owned(), vec![Exit::Input], vec![]),
                ("… is no list".to_owned(), vec![Exit::Input], hints("as above")),
                ("it is no number".to_owned(), vec![], vec![]),
            ]
        );
    }

    #[test]
    fn what_cannot_be_followed_is_counted() {
        let source = "fn f(e: E) { Failure::input(e.join(\"; \")); }";
        let found = scan(&[("lib.rs".to_owned(), source.to_owned())]).unwrap();
        assert_eq!((found.messages.len(), found.unread), (0, 1));
        // Nor is what is nothing but holes.
        let source = "fn f(why: &str, x: u8) { Failure::input(format!(\"{x} {why}\")); }";
        let found = scan(&[("lib.rs".to_owned(), source.to_owned())]).unwrap();
        assert_eq!((found.messages.len(), found.unread), (0, 1));
    }
}
