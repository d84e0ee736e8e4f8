//! The tree of a template, and its parser.

use launchway_base::Failure;

use super::super::number::{self, is_space};

/// Blocks and subexpressions inside each other, at most.
const DEEPEST: usize = 100;

/// Statements, with the names of their block parameters.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) body: Vec<Node>,
    pub(super) names: Vec<String>,
    /// It stands for an `{{else if}}`: one block.
    pub(super) chained: bool,
}

#[derive(Debug)]
pub(super) enum Node {
    Content(Content),
    Comment(Strip),
    Mustache { call: Call, escaped: bool, strip: Strip },
    Block(Box<Block>),
}

/// Text between expressions.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) original: String,
    pub(super) value: String,
    pub(super) left_stripped: bool,
    pub(super) right_stripped: bool,
}

/// Which sides `~` stands on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strip {
    pub(super) open: bool,
    pub(super) close: bool,
}

#[derive(Debug)]
pub(super) struct Block {
    pub(super) call: Call,
    pub(super) program: Option<Program>,
    pub(super) inverse: Option<Program>,
    pub(super) open: Strip,
    pub(super) middle: Strip,
    pub(super) close: Strip,
}

/// A name with what it is called with.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) path: Path,
    pub(super) params: Vec<Expression>,
    pub(super) hash: Vec<(String, Expression)>,
}

#[derive(Debug)]
pub(super) enum Expression {
    Path(Path),
    Text(String),
    Number(f64),
    Bool(bool),
    Undefined,
    Null,
    Call(Box<Call>),
}

#[derive(Debug)]
pub(super) struct Path {
    /// `@name`.
    pub(super) data: bool,
    /// How often `..`.
    pub(super) depth: usize,
    pub(super) parts: Vec<String>,
    pub(super) original: String,
    /// It came from a literal, which has no parts before it is called.
    pub(super) literal: bool,
}

impl Path {
    /// It starts at the context: `this.x`, `./x`, `../x`.
    pub(super) fn is_scoped(&self) -> bool {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        self.original.starts_with('.')
            || self.original.match_indices("this").any(|(at, this)| {
                let after = self.original.get(at + this.len()..).unwrap_or_default();
                !word(after.chars().next())
            })
    }

    /// One name, of a helper maybe.
    pub(super) fn is_simple(&self) -> bool {
        self.parts.len() == 1 && !self.is_scoped() && self.depth == 0
    }

    pub(super) fn first(&self) -> &str {
        self.parts.first().map_or("", String::as_str)
    }
}

/// What ended a program.
enum End {
    Text,
    /// `{{/name}}`.
    Close(String, Strip),
    /// `{{else}}` or `{{^}}`.
    Else(Strip),
    /// `{{else name …}}`.
    ElseIf(Open),
}

struct Open {
    call: Call,
    names: Vec<String>,
    strip: Strip,
}

pub(super) struct Parser<'a> {
    template: &'a str,
    rest: &'a str,
    /// The text that follows begins with `{{` which is text.
    escaped: bool,
    depth: usize,
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
    fn bad(&self, what: &str) -> Failure {
        let at = self.template.len() - self.rest.len();
        let before = self.template.get(..at).unwrap_or_default();
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Failure::input(format!("invalid template {}: {what} (column {column})", self.template))
    }

    fn deeper(&mut self) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.bad("it is nested too deeply")) } else { Ok(()) }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn program(&mut self) -> Result<(Program, End), Failure> {
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
        let mut push = |text: &str| {
            if !text.is_empty() {
                let (original, value) = (text.to_owned(), text.to_owned());
                body.push(Node::Content(Content { original, value, ..Content::default() }));
            }
        };
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
        if self.rest.starts_with("{{{{") {
            return Err(self.bad("raw blocks are not supported"));
        }
        let start = self.rest;
        self.eat("{{");
        let open = self.eat("~");
        if self.rest.starts_with('>') || self.rest.starts_with("#>") {
            return Err(self.bad("partials are not supported"));
        }
        if self.rest.starts_with('*') || self.rest.starts_with("#*") {
            return Err(self.bad("decorators are not supported"));
        }
        if self.rest.starts_with('!') {
            body.push(Node::Comment(self.comment(start, open)?));
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
        if closed != name {
            return Err(self.bad(&format!("`{name}` is closed by `{closed}`")));
        }
        if inverted {
            std::mem::swap(&mut block.program, &mut block.inverse);
        }
        Ok(block)
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
                (Some(Program { body, chained: true, ..Program::default() }), middle, closed, close)
            }
            End::ElseIf(_) => {
                return Err(self.bad("an inverse block can have `else` only by itself"));
            }
        };
        self.depth -= 1;
        let (program, strip) = (Some(program), open.strip);
        Ok((Block { call: open.call, program, inverse, open: strip, middle, close }, closed))
    }

    /// A name, its parameters and its hash.
    fn call(&mut self) -> Result<Call, Failure> {
        self.deeper()?;
        let path = into_path(self.name()?);
        let (mut params, mut hash) = (Vec::new(), Vec::new());
        loop {
            self.spaces();
            let at_end = self.rest.starts_with(['}', '~', ')', '|']);
            if at_end || self.rest.is_empty() || self.at_block_names() {
                break;
            }
            if let Some(key) = self.hash_key() {
                hash.push((key, self.param()?));
            } else if hash.is_empty() {
                params.push(self.param()?);
            } else {
                return Err(self.bad("a value without a key follows one with a key"));
            }
        }
        self.depth -= 1;
        Ok(Call { path, params, hash })
    }

    fn param(&mut self) -> Result<Expression, Failure> {
        self.spaces();
        if !self.eat("(") {
            return self.name();
        }
        let call = self.call()?;
        if !self.eat(")") {
            return Err(self.bad("a parenthesis is not closed"));
        }
        Ok(Expression::Call(Box::new(call)))
    }

    /// `key=`, and what follows is its value.
    fn hash_key(&mut self) -> Option<String> {
        let before = self.rest;
        let key = self.segment().filter(|_| {
            self.spaces();
            self.eat("=")
        });
        if key.is_none() {
            self.rest = before;
        }
        key.map(|(_, key)| key)
    }

    fn at_block_names(&self) -> bool {
        let after = self.rest.strip_prefix("as").unwrap_or_default();
        let bar = after.trim_start_matches(is_space);
        bar.len() < after.len() && bar.starts_with('|')
    }

    /// `as |one two|`, or nothing.
    fn block_names(&mut self) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        if self.at_block_names() {
            self.eat("as");
            self.spaces();
            self.eat("|");
            loop {
                self.spaces();
                if !names.is_empty() && self.eat("|") {
                    break;
                }
                let name = self.segment();
                names.push(name.ok_or_else(|| self.bad("a name is missing between `|`"))?.1);
            }
        }
        Ok(names)
    }

    /// Closing braces, or `)` left to the caller; whether `~` stands before them.
    fn close(&mut self, braces: &str) -> Result<bool, Failure> {
        self.spaces();
        let three = self.rest.starts_with("}}}") || self.rest.starts_with("}~}}");
        if braces == "}}}" {
            if self.eat("}}}") {
                return Ok(false);
            }
            if self.eat("}~}}") {
                return Ok(true);
            }
        } else if !three {
            let close = self.eat("~");
            if self.eat("}}") {
                return Ok(close);
            }
        }
        Err(self.bad(&format!("`{braces}` expected")))
    }

    /// A literal or a path.
    fn name(&mut self) -> Result<Expression, Failure> {
        self.spaces();
        for quote in ['"', '\''] {
            if self.rest.starts_with(quote) {
                return self.string(quote).map(Expression::Text);
            }
        }
        if let Some(literal) = self.literal() {
            return Ok(literal);
        }
        let data = self.eat("@");
        if data {
            self.spaces();
        }
        self.path(data).map(Expression::Path)
    }

    fn string(&mut self, quote: char) -> Result<String, Failure> {
        let inside = self.rest.get(1..).unwrap_or_default();
        let mut last = None;
        for (at, c) in inside.char_indices() {
            // A quote after a backslash is text, unless no other one follows.
            if c == quote {
                last = Some(at);
                if !inside.get(..at).unwrap_or_default().ends_with('\\') {
                    break;
                }
            }
        }
        let end = last.ok_or_else(|| self.bad("a text is not closed"))?;
        let text = inside.get(..end).unwrap_or_default();
        self.take(end + 2);
        Ok(text.replace(&format!("\\{quote}"), &quote.to_string()))
    }

    /// A word that is no name, when what follows ends it.
    fn literal(&mut self) -> Option<Expression> {
        let ends = |rest: &str| rest.starts_with(['~', '}', ')']) || rest.starts_with(is_space);
        for (word, literal) in [
            ("true", Expression::Bool(true)),
            ("false", Expression::Bool(false)),
            ("undefined", Expression::Undefined),
            ("null", Expression::Null),
        ] {
            if let Some(rest) = self.rest.strip_prefix(word).filter(|rest| ends(rest)) {
                self.rest = rest;
                return Some(literal);
            }
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let sign = usize::from(self.rest.starts_with('-'));
        let whole = digits(self.rest.get(sign..)?);
        let mut length = sign + whole;
        if whole > 0 && self.rest.get(length..)?.starts_with('.') {
            let decimals = digits(self.rest.get(length + 1..)?);
            length += if decimals > 0 { decimals + 1 } else { 0 };
        }
        let (number, rest) = self.rest.split_at_checked(length)?;
        let number = number::parse(number).filter(|_| whole > 0 && ends(rest))?;
        self.rest = rest;
        Some(Expression::Number(number))
    }

    fn path(&mut self, data: bool) -> Result<Path, Failure> {
        let mut path =
            Path { data, depth: 0, parts: Vec::new(), original: String::new(), literal: false };
        if data {
            path.original.push('@');
        }
        loop {
            let (token, part) = self.segment().ok_or_else(|| self.bad("a name expected"))?;
            path.original.push_str(&part);
            match part.as_str() {
                ".." | "." | "this" if token == part => {
                    if !path.parts.is_empty() {
                        return Err(self.bad(&format!("invalid path `{}`", path.original)));
                    }
                    path.depth += usize::from(part == "..");
                }
                _ => path.parts.push(part),
            }
            let before = self.rest;
            self.spaces();
            let found = self.rest.chars().next().filter(|c| matches!(c, '.' | '/'));
            // A lone `.` and `..` are names, of the context.
            let after = self.rest.strip_prefix('.');
            let names = after.is_some_and(|after| after.starts_with('.') || ends_name(after));
            let Some(separator) = found.filter(|_| !names) else {
                self.rest = before;
                return Ok(path);
            };
            self.take(1);
            self.spaces();
            path.original.push(separator);
        }
    }

    /// One part of a path: as written, and without brackets.
    fn segment(&mut self) -> Option<(&'a str, String)> {
        if self.rest.starts_with("..") {
            return Some((self.take(2), "..".to_owned()));
        }
        if self.rest.strip_prefix('.').is_some_and(ends_name) {
            return Some((self.take(1), ".".to_owned()));
        }
        if let Some(inside) = self.rest.strip_prefix('[') {
            let mut last = None;
            for (at, c) in inside.char_indices() {
                if c == ']' {
                    last = Some(at);
                    if !inside.get(..at)?.ends_with('\\') {
                        break;
                    }
                }
            }
            let part = inside.get(..last?)?.replace("\\]", "]").replace("\\\\", "\\");
            return Some((self.take(last? + 2), part));
        }
        // A word or number that is a literal is no name.
        let before = self.rest;
        if self.literal().is_some() {
            self.rest = before;
            return None;
        }
        let excluded = |c: char| is_space(c) || "!\"#%&'()*+,./;<=>@[\\]^`{|}~".contains(c);
        let length = self.rest.find(excluded)?;
        let rest = self.rest.get(length..)?;
        (length > 0 && ends_name(rest)).then(|| {
            let token = self.take(length);
            (token, token.to_owned())
        })
    }
}

/// Whether a name may stand before `rest`.
fn ends_name(rest: &str) -> bool {
    rest.starts_with(['=', '~', '}', '/', '.', ')', '|']) || rest.starts_with(is_space)
}

/// What is called by a literal is called by its text.
fn into_path(name: Expression) -> Path {
    let text = match name {
        Expression::Path(path) => return path,
        Expression::Text(text) => text,
        Expression::Number(number) => number::text(number),
        Expression::Bool(bool) => bool.to_string(),
        Expression::Null => "null".to_owned(),
        Expression::Undefined | Expression::Call(_) => "undefined".to_owned(),
    };
    Path { data: false, depth: 0, parts: vec![text.clone()], original: text, literal: true }
}
