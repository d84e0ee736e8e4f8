//! What a template is made of.

use std::rc::Rc;

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
    Mustache {
        call: Call,
        escaped: bool,
        strip: Strip,
    },
    /// `{{> name}}`, and the blanks it stands behind if it is alone on its line.
    Partial {
        target: Target,
        strip: Strip,
        indent: String,
    },
    /// `{{* name}}`.
    Decorator {
        call: Call,
        strip: Strip,
    },
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
    pub(super) head: Head,
    pub(super) program: Option<Rc<Program>>,
    pub(super) inverse: Option<Rc<Program>>,
    pub(super) open: Strip,
    pub(super) middle: Strip,
    pub(super) close: Strip,
}

/// What a block is for.
#[derive(Debug)]
pub(super) enum Head {
    /// `{{#name}}`.
    Call(Call),
    /// `{{#> name}}`.
    Partial(Target),
    /// `{{#*name}}`.
    Decorator(Call),
}

/// A partial with what it is called with.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: Name,
    pub(super) context: Option<Expression>,
    pub(super) hash: Hash,
}

#[derive(Debug)]
pub(super) enum Name {
    Given(String),
    /// `(…)`.
    Computed(Call),
}

pub(super) type Hash = Vec<(String, Expression)>;

/// A name with what it is called with.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) path: Path,
    pub(super) params: Vec<Expression>,
    pub(super) hash: Hash,
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
