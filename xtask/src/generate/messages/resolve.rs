//! Which texts an expression can be, followed through variables, branches and functions of the crate.

use std::collections::{BTreeMap, BTreeSet};

use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Block, Expr, ExprMacro, Lit, Macro, Pat, Stmt, Token};

use super::text;

/// How far calls are followed.
const DEPTH: usize = 5;
/// More readings of one format string are not told apart.
const READINGS: usize = 8;

/// A function as far as it matters here.
pub(super) struct Function<'ast> {
    pub(super) name: String,
    /// Which source it stands in.
    pub(super) source: usize,
    /// Names of the parameters without `self`; none where it is a pattern.
    pub(super) parameters: Vec<Option<String>>,
    pub(super) body: &'ast Block,
    /// What its variables are set to.
    pub(super) variables: BTreeMap<String, Vec<Bound<'ast>>>,
}

/// What a variable is set to: an expression, or a part of a tuple.
#[derive(Clone, Copy)]
pub(super) struct Bound<'ast> {
    expression: &'ast Expr,
    part: Option<usize>,
}

/// Everything of a crate that texts are followed through.
#[derive(Default)]
pub(super) struct World<'ast> {
    pub(super) functions: Vec<Function<'ast>>,
    /// By name, and by the source they stand in: several modules of a crate may call theirs alike.
    pub(super) constants: BTreeMap<String, BTreeMap<usize, &'ast Expr>>,
}

/// What an expression can be.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) said: BTreeSet<String>,
    /// Parameters of the function whose text it can be.
    pub(super) parameters: BTreeSet<usize>,
    /// Whether something else can be said, too.
    pub(super) open: bool,
}

impl Texts {
    fn one(text: String) -> Self {
        Self { said: BTreeSet::from([text]), ..Self::default() }
    }

    fn open() -> Self {
        Self { open: true, ..Self::default() }
    }

    fn and(mut self, other: Self) -> Self {
        self.said.extend(other.said);
        self.parameters.extend(other.parameters);
        self.open |= other.open;
        self
    }
}

impl<'ast> Function<'ast> {
    pub(super) fn new(source: usize, signature: &'ast syn::Signature, body: &'ast Block) -> Self {
        let mut parameters = Vec::new();
        for input in &signature.inputs {
            if let syn::FnArg::Typed(typed) = input {
                parameters.push(name_of(&typed.pat));
            }
        }
        let mut bindings = Bindings::default();
        bindings.visit_block(body);
        Self {
            name: signature.ident.to_string(),
            source,
            parameters,
            body,
            variables: bindings.variables,
        }
    }
}

#[derive(Default)]
struct Bindings<'ast> {
    variables: BTreeMap<String, Vec<Bound<'ast>>>,
}

impl<'ast> Visit<'ast> for Bindings<'ast> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            let mut bind = |pat: &Pat, part| {
                if let Some(name) = name_of(pat) {
                    let bound = Bound { expression: &init.expr, part };
                    self.variables.entry(name).or_default().push(bound);
                }
            };
            match &local.pat {
                Pat::Tuple(tuple) => {
                    for (at, pat) in tuple.elems.iter().enumerate() {
                        bind(pat, Some(at));
                    }
                }
                pat => bind(pat, None),
            }
        }
        syn::visit::visit_local(self, local);
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        if let Some(name) = variable(&assign.left) {
            let bound = Bound { expression: &assign.right, part: None };
            self.variables.entry(name).or_default().push(bound);
        }
        syn::visit::visit_expr_assign(self, assign);
    }
}

fn name_of(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Ident(ident) => Some(ident.ident.to_string()),
        Pat::Type(typed) => name_of(&typed.pat),
        _ => None,
    }
}

/// The name of a plain variable.
fn variable(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        Expr::Reference(inner) => variable(&inner.expr),
        Expr::Paren(inner) => variable(&inner.expr),
        _ => None,
    }
}

/// The arguments of a macro such as `format!`.
pub(super) fn arguments(of: &Macro) -> Vec<Expr> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    parser.parse2(of.tokens.clone()).map(|list| list.into_iter().collect()).unwrap_or_default()
}

pub(super) fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

impl<'ast> World<'ast> {
    /// What an expression of a function can be.
    pub(super) fn texts(&self, function: &Function<'ast>, expression: &Expr) -> Texts {
        self.follow(function, expression, None, 0)
    }

    /// `part` is the place in a tuple.
    fn follow(
        &self,
        function: &Function<'ast>,
        expression: &Expr,
        part: Option<usize>,
        depth: usize,
    ) -> Texts {
        let go = |expression: &Expr| self.follow(function, expression, part, depth);
        if depth > DEPTH {
            return Texts::open();
        }
        match expression {
            Expr::Lit(_) => {
                literal(expression).filter(|_| part.is_none()).map_or_else(Texts::open, Texts::one)
            }
            Expr::Macro(ExprMacro { mac, .. }) if part.is_none() => {
                self.of_macro(function, mac, depth)
            }
            Expr::Tuple(tuple) => match part.and_then(|at| tuple.elems.get(at)) {
                Some(inner) => self.follow(function, inner, None, depth),
                None => Texts::open(),
            },
            Expr::Paren(inner) => go(&inner.expr),
            Expr::Group(inner) => go(&inner.expr),
            Expr::Reference(inner) => go(&inner.expr),
            Expr::Unary(inner) => go(&inner.expr),
            Expr::Try(inner) => go(&inner.expr),
            Expr::Cast(inner) => go(&inner.expr),
            Expr::Closure(closure) => go(&closure.body),
            Expr::Block(block) => self.of_block(function, &block.block, part, depth),
            Expr::If(branch) => {
                let first = self.of_block(function, &branch.then_branch, part, depth);
                match &branch.else_branch {
                    Some((_, other)) => first.and(go(other)),
                    None => first,
                }
            }
            Expr::Match(choice) => {
                choice.arms.iter().map(|arm| go(&arm.body)).fold(Texts::default(), Texts::and)
            }
            // Such a branch ends elsewhere.
            Expr::Return(_) | Expr::Continue(_) | Expr::Break(_) => Texts::default(),
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => self.of_name(function, &name.to_string(), part, depth),
                None => path
                    .path
                    .segments
                    .last()
                    .and_then(|last| self.constant(function, &last.ident.to_string()))
                    .map_or_else(Texts::open, |value| {
                        self.follow(function, value, part, depth + 1)
                    }),
            },
            Expr::MethodCall(call) => self.of_method(function, call, part, depth),
            Expr::Call(call) => self.of_call(function, call, part, depth),
            _ => Texts::open(),
        }
    }

    /// The constant a function means: its own source's, or that of the nearest one. Sources are in the
    /// order of their paths, so those of one folder stand together.
    fn constant(&self, function: &Function<'ast>, name: &str) -> Option<&'ast Expr> {
        let of = self.constants.get(name)?;
        of.iter()
            .min_by_key(|(source, _)| source.abs_diff(function.source))
            .map(|(_, value)| *value)
    }

    fn of_block(
        &self,
        function: &Function<'ast>,
        block: &Block,
        part: Option<usize>,
        depth: usize,
    ) -> Texts {
        match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.follow(function, tail, part, depth),
            // It ends with `return …;` or the like.
            Some(Stmt::Expr(..) | Stmt::Macro(_)) => Texts::default(),
            _ => Texts::open(),
        }
    }

    fn of_name(
        &self,
        function: &Function<'ast>,
        name: &str,
        part: Option<usize>,
        depth: usize,
    ) -> Texts {
        if name == "None" {
            return Texts::default();
        }
        if let Some(bounds) = function.variables.get(name) {
            let follow = |bound: &Bound<'ast>| {
                self.follow(function, bound.expression, bound.part.or(part), depth + 1)
            };
            return bounds.iter().map(follow).fold(Texts::default(), Texts::and);
        }
        let known = |parameter: &Option<String>| parameter.as_deref() == Some(name);
        if let Some(at) = function.parameters.iter().position(known) {
            return Texts { parameters: BTreeSet::from([at]), ..Texts::default() };
        }
        match self.constant(function, name) {
            Some(value) => self.follow(function, value, part, depth + 1),
            None => Texts::open(),
        }
    }

    fn of_method(
        &self,
        function: &Function<'ast>,
        call: &syn::ExprMethodCall,
        part: Option<usize>,
        depth: usize,
    ) -> Texts {
        let go = |expression: &Expr| self.follow(function, expression, part, depth);
        let all = || call.args.iter().map(go).fold(Texts::default(), Texts::and);
        match call.method.to_string().as_str() {
            "to_owned" | "into" | "to_string" | "clone" | "as_str" | "as_ref" | "into_owned"
            | "trim_end" | "trim" | "replace" | "as_deref" | "cloned" | "or" => go(&call.receiver),
            "then_some" | "then" | "map_or" | "map_or_else" => all(),
            "unwrap_or" | "unwrap_or_else" | "or_else" => go(&call.receiver).and(all()),
            // A method of ours, where only one has the name in this source.
            name => self.of_function(function, name, None, part, depth),
        }
    }

    fn of_call(
        &self,
        function: &Function<'ast>,
        call: &syn::ExprCall,
        part: Option<usize>,
        depth: usize,
    ) -> Texts {
        let Expr::Path(path) = &*call.func else { return Texts::open() };
        let Some(last) = path.path.segments.last() else { return Texts::open() };
        let name = last.ident.to_string();
        if matches!(name.as_str(), "Some" | "Ok" | "Err" | "from" | "Borrowed" | "Owned") {
            return match call.args.first() {
                Some(inner) => self.follow(function, inner, part, depth),
                None => Texts::open(),
            };
        }
        self.of_function(function, &name, Some(call), part, depth)
    }

    /// What a function of the crate gives.
    fn of_function(
        &self,
        from: &Function<'ast>,
        name: &str,
        call: Option<&syn::ExprCall>,
        part: Option<usize>,
        depth: usize,
    ) -> Texts {
        let named: Vec<_> = self.functions.iter().filter(|other| other.name == name).collect();
        let near: Vec<_> =
            named.iter().filter(|other| other.source == from.source).copied().collect();
        // A method is looked for in its own source alone: the type of what it is called on is unknown.
        let callee = match (near.as_slice(), named.as_slice()) {
            ([one], _) => *one,
            ([], [one]) if call.is_some() => *one,
            _ => return Texts::open(),
        };
        let mut returns = Returns(Vec::new());
        returns.visit_block(callee.body);
        let mut texts = self.of_block(callee, callee.body, part, depth + 1);
        for value in returns.0 {
            texts = texts.and(self.follow(callee, value, part, depth + 1));
        }
        let parameters = std::mem::take(&mut texts.parameters);
        for at in parameters {
            let argument = call.and_then(|call| call.args.iter().nth(at));
            texts = texts.and(match argument {
                Some(argument) => self.follow(from, argument, None, depth + 1),
                None => Texts::open(),
            });
        }
        texts
    }

    fn of_macro(&self, function: &Function<'ast>, of: &Macro, depth: usize) -> Texts {
        let name = of.path.segments.last().map(|last| last.ident.to_string());
        match name.as_deref() {
            Some("format") => self.formatted(function, &arguments(of), depth),
            Some("concat") => {
                Texts::one(arguments(of).iter().filter_map(literal).collect::<String>())
            }
            Some("unreachable" | "panic") => Texts::default(),
            _ => Texts::open(),
        }
    }

    /// The readings of a format string.
    pub(super) fn formatted(
        &self,
        function: &Function<'ast>,
        arguments: &[Expr],
        depth: usize,
    ) -> Texts {
        let Some(format) = arguments.first().and_then(literal) else { return Texts::open() };
        let mut readings = vec![BTreeMap::new()];
        let mut parameters = BTreeSet::new();
        for name in captured(&format) {
            let given = arguments.iter().skip(1).find_map(|argument| match argument {
                Expr::Assign(assign) if variable(&assign.left)? == name => Some(&*assign.right),
                _ => None,
            });
            let texts = match given {
                Some(value) => self.follow(function, value, None, depth + 1),
                None => self.of_name(function, &name, None, depth + 1),
            };
            let choices = texts.said;
            parameters.extend(texts.parameters.iter().copied());
            if texts.open || !texts.parameters.is_empty() || choices.is_empty() {
                continue;
            }
            if readings.len() * choices.len() > READINGS {
                continue;
            }
            readings = readings
                .iter()
                .flat_map(|reading| {
                    choices.iter().map(|choice| {
                        let mut reading = reading.clone();
                        reading.insert(name.clone(), choice.clone());
                        reading
                    })
                })
                .collect();
        }
        let said: BTreeSet<_> =
            readings.iter().map(|reading| text::filled(&format, reading)).collect();
        // A name and a reason that is handed in: the reason is what there is to say.
        if said.iter().any(|said| text::says_something(said)) {
            parameters.clear();
        }
        Texts { said, parameters, ..Texts::default() }
    }
}

/// The names in a format string.
pub(super) fn captured(format: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in format.replace("{{", "").split('{').skip(1) {
        let name = piece.split(['}', ':']).next().unwrap_or_default().trim();
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if is_name && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The values of `return` in a function, those of closures left out.
struct Returns<'ast>(Vec<&'ast Expr>);

impl<'ast> Visit<'ast> for Returns<'ast> {
    fn visit_expr_return(&mut self, back: &'ast syn::ExprReturn) {
        self.0.extend(back.expr.as_deref());
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
}
