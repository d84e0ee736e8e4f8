//! Reads the sources of one crate.
//!
//! What counts as a message:
//! - `#[error("…")]` of a type, with the exit code and the hint its `impl Fault` gives the variant;
//! - the text of `Failure::input(…)` and its siblings, with the hint that follows it;
//! - an argument that a function hands on to one of these;
//! - as a reason, which stands behind another message: the text of a `Result<_, String>`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use syn::visit::Visit;
use syn::{Attribute, Block, Expr, ImplItem, Item, Pat, Signature, Type};

use super::resolve::{Function, World, arguments, captured};
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

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

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

/// What a type says, by variant; of a struct the variant is empty.
type Declared = BTreeMap<(String, String), String>;

/// What the functions of `impl Fault` give.
#[derive(Default)]
struct Fault<'ast> {
    kind: Option<&'ast Block>,
    hint: Option<&'ast Block>,
}

#[derive(Default)]
struct Index<'ast> {
    source: usize,
    world: World<'ast>,
    declared: Declared,
    faults: BTreeMap<String, Fault<'ast>>,
    /// Functions that give `Result<_, String>`.
    reasons: BTreeSet<usize>,
    /// `impl Display` of errors.
    shown: BTreeSet<usize>,
    /// The type whose `impl` is being read.
    owner: String,
    showing: bool,
    owners: BTreeMap<usize, String>,
}

impl<'ast> Index<'ast> {
    fn function(&mut self, signature: &'ast Signature, body: &'ast Block) {
        let at = self.world.functions.len();
        if let syn::ReturnType::Type(_, kind) = &signature.output
            && gives_text_as_error(kind)
        {
            self.reasons.insert(at);
        }
        if self.showing {
            self.shown.insert(at);
        }
        self.owners.insert(at, self.owner.clone());
        self.world.functions.push(Function::new(self.source, signature, body));
    }
}

fn gives_text_as_error(kind: &Type) -> bool {
    let Type::Path(path) = kind else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let syn::PathArguments::AngleBracketed(given) = &last.arguments else { return false };
    let is_text = |argument: &syn::GenericArgument| match argument {
        syn::GenericArgument::Type(Type::Path(path)) => path.path.is_ident("String"),
        _ => false,
    };
    last.ident == "Result" && given.args.len() == 2 && given.args.last().is_some_and(is_text)
}

/// The text of `#[error("…")]`.
fn error_text(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("error"))?;
    let syn::Meta::List(list) = &attribute.meta else { return None };
    // `.0.display()` among the arguments is no expression; the format string comes first.
    let first = list.tokens.clone().into_iter().take(1).collect();
    syn::parse2::<syn::LitStr>(first).ok().map(|said| said.value())
}

impl<'ast> Visit<'ast> for Index<'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.world.constants.insert(item.ident.to_string(), &item.expr);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        for variant in &item.variants {
            if let Some(said) = error_text(&variant.attrs) {
                self.declared.insert((item.ident.to_string(), variant.ident.to_string()), said);
            }
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if let Some(said) = error_text(&item.attrs) {
            self.declared.insert((item.ident.to_string(), String::new()), said);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let owner = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        let owner = owner.unwrap_or_default();
        let of = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        let of = of.map(|last| last.ident.to_string()).unwrap_or_default();
        let is_error = ["Error", "Problem", "Refusal"].iter().any(|end| owner.ends_with(end));
        self.showing = of == "Display" && is_error;
        self.owner.clone_from(&owner);
        for part in &item.items {
            match part {
                ImplItem::Fn(function) if !is_test(&function.attrs) => {
                    if of == "Fault" {
                        let fault = self.faults.entry(owner.clone()).or_default();
                        match function.sig.ident.to_string().as_str() {
                            "kind" => fault.kind = Some(&function.block),
                            "hint" => fault.hint = Some(&function.block),
                            _ => {}
                        }
                    }
                    self.function(&function.sig, &function.block);
                }
                ImplItem::Const(constant) => {
                    self.world.constants.insert(constant.ident.to_string(), &constant.expr);
                }
                _ => {}
            }
        }
        self.owner.clear();
        self.showing = false;
    }
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
                hints.extend(self.index.world.texts(function, part).texts);
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
                .map(|hint| self.index.world.texts(function, hint).texts.into_iter().collect())
                .unwrap_or_default();
            self.said(function, argument, std::slice::from_ref(kind), &hints);
        }
        for (path, fields) in &calls.made {
            self.made(function, &owner, path, fields);
        }
        if self.index.reasons.contains(&at) {
            for reason in &calls.reasons {
                for said in &self.index.world.texts(function, reason).texts {
                    self.add(said, &[], &[]);
                }
            }
        }
        if self.index.shown.contains(&at) {
            for of in &calls.writes {
                let arguments = arguments(of);
                let rest = arguments.get(1..).unwrap_or_default();
                for said in &self.index.world.formatted(function, rest, 0).texts {
                    self.add(said, &[], &[]);
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
        for said in &texts.texts {
            self.add(said, exits, hints);
        }
        if texts.texts.is_empty() && texts.parameters.is_empty() && texts.open {
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
            let texts = self.index.world.texts(function, value).texts;
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
                    hints.extend(self.index.world.texts(function, hint).texts);
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

/// The expressions a function of `impl Fault` gives a variant.
fn choose<'ast>(block: &'ast Block, variant: &str, take: &mut dyn FnMut(&'ast Expr)) {
    let Some(syn::Stmt::Expr(tail, _)) = block.stmts.last() else { return };
    pick(tail, variant, take);
}

fn pick<'ast>(expression: &'ast Expr, variant: &str, take: &mut dyn FnMut(&'ast Expr)) {
    match expression {
        // `Some(match self { … })`
        Expr::Call(call) if matches!(call.args.first(), Some(Expr::Match(_))) => {
            if let Some(inner) = call.args.first() {
                pick(inner, variant, take);
            }
        }
        Expr::Match(choice) => {
            let named =
                choice.arms.iter().filter(|arm| names(&arm.pat).iter().any(|name| name == variant));
            let named: Vec<_> = named.collect();
            let rest =
                || choice.arms.iter().filter(|arm| matches!(arm.pat, Pat::Wild(_) | Pat::Ident(_)));
            if named.is_empty() {
                rest().for_each(|arm| take(&arm.body));
            } else {
                let conditional = named.iter().all(|arm| arm.guard.is_some());
                named.iter().for_each(|arm| take(&arm.body));
                if conditional {
                    rest().for_each(|arm| take(&arm.body));
                }
            }
        }
        other => take(other),
    }
}

/// The variants a pattern is for.
fn names(pat: &Pat) -> Vec<String> {
    let last = |path: &syn::Path| path.segments.last().map(|part| part.ident.to_string());
    match pat {
        Pat::Or(or) => or.cases.iter().flat_map(names).collect(),
        Pat::Paren(inner) => names(&inner.pat),
        Pat::Reference(inner) => names(&inner.pat),
        Pat::Struct(inner) => last(&inner.path).into_iter().collect(),
        Pat::TupleStruct(inner) => last(&inner.path).into_iter().collect(),
        Pat::Path(inner) => last(&inner.path).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The exit codes that are named.
#[derive(Default)]
struct Kinds(Vec<Exit>);

impl<'ast> Visit<'ast> for Kinds {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.extend(exit_of(path));
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "kind" {
            self.0.push(Exit::Cause);
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

/// `Kind::Input` and its siblings.
fn exit_of(path: &syn::Path) -> Option<Exit> {
    let mut names = path.segments.iter().rev().map(|part| part.ident.to_string());
    let last = names.next()?;
    (names.next()? == "Kind").then_some(())?;
    match last.as_str() {
        "Rejected" => Some(Exit::Rejected),
        "Input" => Some(Exit::Input),
        "Remote" => Some(Exit::Remote),
        "Partial" => Some(Exit::Partial),
        _ => None,
    }
}

/// The calls of a function that matter.
#[derive(Default)]
struct Calls<'ast> {
    /// Kind, text and hint of each `Failure::…(…)`.
    failures: Vec<(Exit, &'ast Expr, Option<&'ast Expr>)>,
    /// Values of types or variants with fields.
    made: Vec<(&'ast syn::Path, Vec<(String, &'ast Expr)>)>,
    /// What stands in `Err(…)` and the like.
    reasons: Vec<&'ast Expr>,
    /// `write!` and its kin.
    writes: Vec<&'ast syn::Macro>,
    /// Arguments and hint of each call of the wanted function.
    wanted: Option<String>,
    handed: Vec<(Vec<&'ast Expr>, Option<&'ast Expr>)>,
    /// The hint that stands behind a call, by the address of the call.
    hints: BTreeMap<usize, &'ast Expr>,
}

fn address(expression: &Expr) -> usize {
    std::ptr::from_ref(expression).addr()
}

impl<'ast> Visit<'ast> for Calls<'ast> {
    fn visit_expr(&mut self, expression: &'ast Expr) {
        match expression {
            Expr::MethodCall(call) => {
                if call.method == "with_hint" {
                    let mut base = &*call.receiver;
                    while let Expr::MethodCall(inner) = base {
                        self.hints.insert(address(base), call.args.first().unwrap_or(base));
                        base = &*inner.receiver;
                    }
                    self.hints.insert(address(base), call.args.first().unwrap_or(base));
                }
                let hint = self.hints.get(&address(expression)).copied();
                if self.wanted.as_ref().is_some_and(|name| call.method == name) {
                    self.handed.push((call.args.iter().collect(), hint));
                }
                if matches!(call.method.to_string().as_str(), "ok_or" | "ok_or_else" | "map_err") {
                    self.reasons.extend(call.args.first());
                }
            }
            Expr::Call(call) => {
                let hint = self.hints.get(&address(expression)).copied();
                if let Expr::Path(path) = &*call.func {
                    self.call(&path.path, call, hint);
                }
            }
            Expr::Struct(value) => {
                let fields = value.fields.iter().filter_map(|field| match &field.member {
                    syn::Member::Named(name) => Some((name.to_string(), &field.expr)),
                    syn::Member::Unnamed(_) => None,
                });
                self.made.push((&value.path, fields.collect()));
            }
            Expr::Macro(of) => self.writes.push(&of.mac),
            _ => {}
        }
        syn::visit::visit_expr(self, expression);
    }

    fn visit_stmt_macro(&mut self, of: &'ast syn::StmtMacro) {
        self.writes.push(&of.mac);
    }
}

impl<'ast> Calls<'ast> {
    fn call(&mut self, path: &'ast syn::Path, call: &'ast syn::ExprCall, hint: Option<&'ast Expr>) {
        let names: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        let Some(last) = names.last() else { return };
        if self.wanted.as_ref() == Some(last) {
            self.handed.push((call.args.iter().collect(), hint));
        }
        if names.len() == 1 && last == "Err" {
            self.reasons.extend(call.args.first());
        }
        if names.iter().rev().nth(1).is_some_and(|name| name == "Failure") {
            let exit = match last.as_str() {
                "rejected" => Some(Exit::Rejected),
                "input" => Some(Exit::Input),
                "remote" => Some(Exit::Remote),
                "partial" => Some(Exit::Partial),
                "new" => Some(match call.args.first() {
                    Some(Expr::Path(kind)) => exit_of(&kind.path).unwrap_or(Exit::Cause),
                    _ => Exit::Cause,
                }),
                _ => None,
            };
            if let (Some(exit), Some(text)) = (exit, call.args.last()) {
                self.failures.push((exit, text, hint));
            }
        } else {
            let fields = call.args.iter().enumerate().map(|(at, value)| (at.to_string(), value));
            self.made.push((path, fields.collect()));
        }
    }
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
                #[test]
                fn five() { Failure::input("only a test, too"); }
                "#,
            ),
        ]);
        let hints = |text: &str| vec![text.to_owned()];
        assert_eq!(
            found,
            [
                ("`…` does not answer".to_owned(), vec![Exit::Remote], hints("say which")),
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
    }
}
