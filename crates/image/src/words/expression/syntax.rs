//! The parser of templates: text, statements and blocks.

use std::rc::Rc;

use launchway_base::Failure;

use super::super::number::is_space;
use super::names::into_path;
use super::tree::{Block, Call, Content, Head, Node, Program, Strip};

/// Blocks and subexpressions inside each other, at most.
const DEEPEST: usize = 100;

/// What ended a program.
pub(super) enum End {
    Text,
    /// `{{/name}}`.
    Close(String, Strip),
    /// `{{else}}` or `{{^}}`.
    Else(Strip),
    /// `{{else name …}}`.
    ElseIf(Open),
}

pub(super) struct Open {
    call: Call,
    names: Vec<String>,
    strip: Strip,
}

pub(super) struct Parser<'a> {
    template: &'a str,
    pub(super) rest: &'a str,
    /// The text that follows begins with `{{` which is text.
    escaped: bool,
    pub(super) depth: usize,
}

/// Reads a template; white space is as it stands.
pub(super) fn parse(template: &str) -> Result<Program, Failure> {
    let mut parser = Parser { template, rest: template, escaped: false, depth: 0 };
    match parser.program()? {
        (program, End::Text) => Ok(program),
        (_, End::Close(name, _)) => Err(parser.bad(&format!("`{{{{/{name}}}}}` closes nothing"))),
        (_, End::Else(_) | End::ElseIf(_)) => Err(parser.bad("`else` outside a block")),
    }
}

impl<'a> Parser<'a> {
    pub(super) fn bad(&self, what: &str) -> Failure {
        let at = self.template.len() - self.rest.len();
        let before = self.template.get(..at).unwrap_or_default();
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Failure::input(format!("invalid template {}: {what} (column {column})", self.template))
    }

    pub(super) fn deeper(&mut self) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.bad("it is nested too deeply")) } else { Ok(()) }
    }

    pub(super) fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    pub(super) fn program(&mut self) -> Result<(Program, End), Failure> {
        let mut body = Vec::new();
        loop {
            self.content(&mut body);
            if self.rest.is_empty() {
                return Ok((Program { body, ..Program::default() }, End::Text));
            }
            if let Some(end) = self.statement(&mut body)? {
                return Ok((Program { body, ..Program::default() }, end));
            }
        }
    }

    /// Text up to the next expression. A backslash before `{{` makes it text, two make one and an
    /// expression.
    fn content(&mut self, body: &mut Vec<Node>) {
        let mut push = |text: &str| push_text(body, text);
        loop {
            if self.escaped {
                self.escaped = false;
                let from = self.rest.char_indices().nth(2).map_or(self.rest.len(), |(at, _)| at);
                let later = self.rest.get(from..).unwrap_or_default();
                let mut length = later.find("{{").map_or(self.rest.len(), |at| from + at);
                for _ in 0..2 {
                    let before = self.rest.get(from..length).unwrap_or_default();
                    if length < self.rest.len() && before.ends_with('\\') {
                        length -= 1;
                    }
                }
                push(self.take(length));
                continue;
            }
            let Some(length) = self.rest.find("{{") else {
                push(self.take(self.rest.len()));
                return;
            };
            let text = self.take(length);
            if text.ends_with("\\\\") {
                push(text.get(..text.len() - 1).unwrap_or_default());
                return;
            }
            let Some(text) = text.strip_suffix('\\') else {
                push(text);
                return;
            };
            push(text);
            self.escaped = true;
        }
    }

    fn statement(&mut self, body: &mut Vec<Node>) -> Result<Option<End>, Failure> {
        if self.eat("{{{{") {
            let block = self.raw_block()?;
            body.push(Node::Block(Box::new(block)));
            return Ok(None);
        }
        let start = self.rest;
        self.eat("{{");
        let open = self.eat("~");
        if self.rest.starts_with('!') {
            body.push(Node::Comment(self.comment(start, open)?));
        } else if self.eat(">") {
            let (target, strip) = self.target(open)?;
            body.push(Node::Partial { target, strip, indent: String::new() });
        } else if self.eat("#>") {
            let block = self.partial_block(open)?;
            body.push(Node::Block(Box::new(block)));
        } else if self.eat("#*") {
            let block = self.decorator_block(open)?;
            body.push(Node::Block(Box::new(block)));
        } else if self.eat("*") {
            let call = self.call()?;
            let close = self.close("}}")?;
            body.push(Node::Decorator { call, strip: Strip { open, close } });
        } else if self.eat("#") {
            let block = self.block(open, false)?;
            body.push(Node::Block(Box::new(block)));
        } else if self.eat("/") {
            let name = self.name()?;
            let close = self.close("}}")?;
            let path = into_path(name);
            return Ok(Some(End::Close(path.original, Strip { open, close })));
        } else if let Some(close) = self.lone_else() {
            return Ok(Some(End::Else(Strip { open, close })));
        } else if self.eat("^") {
            let block = self.block(open, true)?;
            body.push(Node::Block(Box::new(block)));
        } else if self.else_with_more() {
            return Ok(Some(End::ElseIf(self.open(open)?)));
        } else {
            let unescaped = self.eat("{");
            let escaped = !unescaped && !self.eat("&");
            let call = self.call()?;
            let close = self.close(if unescaped { "}}}" } else { "}}" })?;
            body.push(Node::Mustache { call, escaped, strip: Strip { open, close } });
        }
        Ok(None)
    }

    fn comment(&mut self, start: &'a str, open: bool) -> Result<Strip, Failure> {
        let end = if self.rest.starts_with("!--") {
            // The dashes that open may also close.
            let dashes =
                [start.find("--}}").map(|at| at + 4), start.find("--~}}").map(|at| at + 5)];
            dashes.into_iter().flatten().min()
        } else {
            start.find("}}").map(|at| at + 2)
        };
        let length = end.ok_or_else(|| self.bad("a comment is not closed"))?;
        let comment = start.get(..length).unwrap_or_default();
        self.rest = start.get(length..).unwrap_or_default();
        Ok(Strip { open, close: comment.ends_with("~}}") })
    }

    /// `^}}` or `else}}`; whether `~` stands before the braces.
    fn lone_else(&mut self) -> Option<bool> {
        let rest = match self.rest.strip_prefix('^') {
            Some(rest) => rest,
            None => self.rest.trim_start_matches(is_space).strip_prefix("else")?,
        };
        let rest = rest.trim_start_matches(is_space);
        let (close, rest) = rest.strip_prefix('~').map_or((false, rest), |rest| (true, rest));
        self.rest = rest.strip_prefix("}}")?;
        Some(close)
    }

    fn else_with_more(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(is_space).strip_prefix("else");
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match rest.filter(|rest| !rest.starts_with(word)) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn open(&mut self, open: bool) -> Result<Open, Failure> {
        let call = self.call()?;
        let names = self.block_names()?;
        let close = self.close("}}")?;
        Ok(Open { call, names, strip: Strip { open, close } })
    }

    fn block(&mut self, open: bool, inverted: bool) -> Result<Block, Failure> {
        let open = self.open(open)?;
        let name = open.call.path.original.clone();
        let (mut block, closed) = self.block_rest(open, !inverted, true)?;
        self.same(&name, &closed)?;
        if inverted {
            std::mem::swap(&mut block.program, &mut block.inverse);
        }
        Ok(block)
    }

    /// `{{#*name …}}…{{/name}}`, after the `*`.
    fn decorator_block(&mut self, open: bool) -> Result<Block, Failure> {
        let open = self.open(open)?;
        let Open { call, names, strip } = open;
        let (mut program, close) = self.until_closed(&call.path.original)?;
        program.names = names;
        Ok(Block::simple(Head::Decorator(call), program, strip, close))
    }

    /// A program without `else`, up to its closing.
    pub(super) fn until_closed(&mut self, name: &str) -> Result<(Program, Strip), Failure> {
        self.deeper()?;
        let (program, end) = self.program()?;
        self.depth -= 1;
        match end {
            End::Close(closed, close) => self.same(name, &closed).map(|()| (program, close)),
            End::Text => Err(self.bad(&format!("`{name}` is not closed"))),
            End::Else(_) | End::ElseIf(_) => {
                Err(self.bad(&format!("`{name}` cannot have an `else`")))
            }
        }
    }

    pub(super) fn same(&self, name: &str, closed: &str) -> Result<(), Failure> {
        if closed == name {
            return Ok(());
        }
        Err(self.bad(&format!("`{name}` is closed by `{closed}`")))
    }

    /// What follows the opening of a block, and the name it is closed by. `chains`: whether
    /// `{{else if}}` may follow; `outermost`: whether it is no `{{else if}}` itself.
    fn block_rest(
        &mut self,
        open: Open,
        chains: bool,
        outermost: bool,
    ) -> Result<(Block, String), Failure> {
        self.deeper()?;
        let name = open.call.path.original.clone();
        let open_end = |parser: &Self| parser.bad(&format!("`{name}` is not closed"));
        let (mut program, end) = self.program()?;
        program.names = open.names;
        let (inverse, middle, closed, close) = match end {
            End::Text => return Err(open_end(self)),
            End::Close(closed, close) => (None, Strip::default(), closed, close),
            End::Else(middle) => match self.program()? {
                (inverse, End::Close(closed, close)) => (Some(inverse), middle, closed, close),
                (_, End::Text) => return Err(open_end(self)),
                _ => return Err(self.bad(&format!("`{name}` has an `else` after its `else`"))),
            },
            End::ElseIf(inner) if chains => {
                let middle = inner.strip;
                let (mut inner, closed) = self.block_rest(inner, true, false)?;
                let close = inner.close;
                // As the peer has it: only the first of a chain knows how the whole is closed.
                inner.close = if outermost { close } else { middle };
                let body = vec![Node::Block(Box::new(inner))];
                let inverse = Program { body, chained: true, ..Program::default() };
                (Some(inverse), middle, closed, close)
            }
            End::ElseIf(_) => {
                return Err(self.bad("an inverse block can have `else` only by itself"));
            }
        };
        self.depth -= 1;
        let (program, inverse) = (Some(Rc::new(program)), inverse.map(Rc::new));
        let head = Head::Call(open.call);
        Ok((Block { head, program, inverse, open: open.strip, middle, close }, closed))
    }
}

/// Adds text to a program, if there is some.
pub(super) fn push_text(body: &mut Vec<Node>, text: &str) {
    if !text.is_empty() {
        let (original, value) = (text.to_owned(), text.to_owned());
        body.push(Node::Content(Content { original, value, ..Content::default() }));
    }
}
