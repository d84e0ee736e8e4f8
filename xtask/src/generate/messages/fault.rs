//! Exit codes and hints that `impl Fault` gives the variants of a type.

use syn::visit::Visit;
use syn::{Block, Expr, Pat};

use super::Exit;

/// The expressions a function of `impl Fault` gives a variant.
pub(super) fn choose<'ast>(block: &'ast Block, variant: &str, take: &mut dyn FnMut(&'ast Expr)) {
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
                for arm in rest() {
                    take(&arm.body);
                }
            } else {
                let conditional = named.iter().all(|arm| arm.guard.is_some());
                for arm in &named {
                    take(&arm.body);
                }
                if conditional {
                    for arm in rest() {
                        take(&arm.body);
                    }
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
pub(super) struct Kinds(pub(super) Vec<Exit>);

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
pub(super) fn exit_of(path: &syn::Path) -> Option<Exit> {
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
