//! The calls of a function that matter.

use std::collections::BTreeMap;

use syn::Expr;
use syn::visit::Visit;

use super::Exit;
use super::fault::exit_of;

/// The calls of a function that matter.
#[derive(Default)]
pub(super) struct Calls<'ast> {
    /// Kind, text and hint of each `Failure::…(…)`.
    pub(super) failures: Vec<(Exit, &'ast Expr, Option<&'ast Expr>)>,
    /// Values of types or variants with fields.
    pub(super) made: Vec<(&'ast syn::Path, Vec<(String, &'ast Expr)>)>,
    /// What stands in `Err(…)` and the like.
    pub(super) reasons: Vec<&'ast Expr>,
    /// `write!` and its kin.
    pub(super) writes: Vec<&'ast syn::Macro>,
    /// Arguments and hint of each call of the wanted function.
    pub(super) wanted: Option<String>,
    pub(super) handed: Vec<(Vec<&'ast Expr>, Option<&'ast Expr>)>,
    /// The hint that stands behind a call, by the address of the call.
    pub(super) hints: BTreeMap<usize, &'ast Expr>,
}

/// Closures that have a name: `let bad = |why| …`.
#[derive(Default)]
pub(super) struct Closures<'ast>(pub(super) Vec<(String, &'ast syn::ExprClosure)>);

impl<'ast> Visit<'ast> for Closures<'ast> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        let closure = local.init.as_ref().map(|init| &*init.expr);
        if let (syn::Pat::Ident(name), Some(Expr::Closure(closure))) = (&local.pat, closure) {
            self.0.push((name.ident.to_string(), closure));
        }
        syn::visit::visit_local(self, local);
    }
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
                if let (true, Some(doing)) = (call.method == "while_doing", call.args.first()) {
                    self.failures.push((Exit::Cause, doing, hint));
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
