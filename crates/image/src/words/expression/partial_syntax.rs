//! The parser of what is not of every template: partials and raw blocks.

use std::rc::Rc;

use launchway_base::Failure;

use super::super::number::is_space;
use super::names::into_path;
use super::syntax::{Parser, push_text};
use super::tree::{Block, Expression, Head, Name, Program, Strip, Target};

impl Block {
    /// A block without `else`.
    pub(super) fn simple(head: Head, program: Program, open: Strip, close: Strip) -> Self {
        let program = Some(Rc::new(program));
        Self { head, program, inverse: None, open, middle: Strip::default(), close }
    }
}

impl<'a> Parser<'a> {
    /// What stands behind `{{>` or `{{#>`, with the closing braces.
    pub(super) fn target(&mut self, open: bool) -> Result<(Target, Strip), Failure> {
        let name = match self.param()? {
            Expression::Call(call) => Name::Computed(*call),
            name => Name::Given(into_path(name).original),
        };
        let (params, hash) = self.arguments()?;
        if params.len() > 1 {
            return Err(self.bad("a partial takes one context"));
        }
        let context = params.into_iter().next();
        let close = self.close("}}")?;
        Ok((Target { name, context, hash }, Strip { open, close }))
    }

    /// `{{#> name}}…{{/name}}`, after the `>`.
    pub(super) fn partial_block(&mut self, open: bool) -> Result<Block, Failure> {
        let (target, strip) = self.target(open)?;
        // As the peer has it: a computed name is closed by `undefined`.
        let name = match &target.name {
            Name::Given(name) => name.clone(),
            Name::Computed(_) => "undefined".to_owned(),
        };
        let (program, close) = self.until_closed(&name)?;
        Ok(Block::simple(Head::Partial(target), program, strip, close))
    }

    /// `{{{{name …}}}}…{{{{/name}}}}`, after the first braces; what is inside is text.
    pub(super) fn raw_block(&mut self) -> Result<Block, Failure> {
        self.spaces();
        let rest = self.rest;
        let is_word = self.literal().is_none();
        self.rest = rest;
        let call = self.call()?;
        self.close("}}}}")?;
        let name = call.path.original.clone();
        let (mut program, mut open) = (Program::default(), 1_usize);
        loop {
            let inside = self.rest;
            if let Some(closed) = self.raw_end() {
                open -= 1;
                if open > 0 {
                    push_text(&mut program.body, &format!("{{{{{{{{/{closed}}}}}}}}}"));
                    continue;
                }
                // As the peer has it: a number or `true` is not the name that closes.
                if is_word {
                    self.same(&name, closed)?;
                    let none = Strip::default();
                    return Ok(Block::simple(Head::Call(call), program, none, none));
                }
                return Err(self.bad(&format!("`{name}` cannot be closed")));
            }
            if inside.starts_with("{{{{") && !inside.starts_with("{{{{/") && inside.len() > 4 {
                open += 1;
                push_text(&mut program.body, self.take(4));
                continue;
            }
            let from = inside.chars().next().map_or(0, char::len_utf8);
            let next = inside.get(from..).and_then(|later| later.find("{{{{"));
            let next = next.ok_or_else(|| self.bad(&format!("`{name}` is not closed")))?;
            push_text(&mut program.body, self.take(from + next));
        }
    }

    /// `{{{{/name}}}}`, or nothing.
    fn raw_end(&mut self) -> Option<&'a str> {
        let inside = self.rest.strip_prefix("{{{{/")?;
        let (name, rest) = inside.split_once("}}}}")?;
        let odd = |c: char| is_space(c) || "!\"#%&'()*+,./;<=>@[\\]^`{|}~".contains(c);
        if name.is_empty() || name.contains(odd) {
            return None;
        }
        self.rest = rest;
        Some(name)
    }
}
