//! Names, literals and what stands between braces besides.

use launchway_base::Failure;

use super::super::number::{self, is_space};
use super::syntax::Parser;
use super::tree::{Call, Expression, Hash, Path};

impl<'a> Parser<'a> {
    /// A name, its parameters and its hash.
    pub(super) fn call(&mut self) -> Result<Call, Failure> {
        self.deeper()?;
        let path = into_path(self.name()?);
        let (params, hash) = self.arguments()?;
        self.depth -= 1;
        Ok(Call { path, params, hash })
    }

    /// Parameters and a hash.
    pub(super) fn arguments(&mut self) -> Result<(Vec<Expression>, Hash), Failure> {
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
        Ok((params, hash))
    }

    pub(super) fn param(&mut self) -> Result<Expression, Failure> {
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

    pub(super) fn at_block_names(&self) -> bool {
        let after = self.rest.strip_prefix("as").unwrap_or_default();
        let bar = after.trim_start_matches(is_space);
        bar.len() < after.len() && bar.starts_with('|')
    }

    /// `as |one two|`, or nothing.
    pub(super) fn block_names(&mut self) -> Result<Vec<String>, Failure> {
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
    pub(super) fn close(&mut self, braces: &str) -> Result<bool, Failure> {
        self.spaces();
        let three = self.rest.starts_with("}}}") || self.rest.starts_with("}~}}");
        if braces == "}}}}" {
            if self.eat(braces) {
                return Ok(false);
            }
        } else if self.rest.starts_with("}}}}") {
            // It closes the opening of a raw block only.
        } else if braces == "}}}" {
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
    pub(super) fn name(&mut self) -> Result<Expression, Failure> {
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
    pub(super) fn literal(&mut self) -> Option<Expression> {
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
pub(super) fn into_path(name: Expression) -> Path {
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
