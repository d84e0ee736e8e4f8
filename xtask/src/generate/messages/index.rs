//! What a crate declares: types of errors, functions, constants.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::Visit;
use syn::{Attribute, Block, ImplItem, Item, Signature, Type};

use super::resolve::{Function, World};

pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// What a type says, by variant; of a struct the variant is empty.
pub(super) type Declared = BTreeMap<(String, String), String>;

/// What the functions of `impl Fault` give.
#[derive(Default)]
pub(super) struct Fault<'ast> {
    pub(super) kind: Option<&'ast Block>,
    pub(super) hint: Option<&'ast Block>,
}

#[derive(Default)]
pub(super) struct Index<'ast> {
    pub(super) source: usize,
    pub(super) world: World<'ast>,
    pub(super) declared: Declared,
    pub(super) faults: BTreeMap<String, Fault<'ast>>,
    /// Functions that give `Result<_, String>`.
    pub(super) reasons: BTreeSet<usize>,
    /// `impl Display` of errors.
    pub(super) shown: BTreeSet<usize>,
    /// The type whose `impl` is being read.
    owner: String,
    showing: bool,
    pub(super) owners: BTreeMap<usize, String>,
}

impl<'ast> Index<'ast> {
    fn constant(&mut self, name: &syn::Ident, value: &'ast syn::Expr) {
        let of = self.world.constants.entry(name.to_string()).or_default();
        of.insert(self.source, value);
    }

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
        self.constant(&item.ident, &item.expr);
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
                    self.constant(&constant.ident, &constant.expr);
                }
                _ => {}
            }
        }
        self.owner.clear();
        self.showing = false;
    }
}
