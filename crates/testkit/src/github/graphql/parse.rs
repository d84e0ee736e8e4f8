//! GraphQL documents: just enough of the grammar to run what a client of GitHub sends.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) operations: Vec<Operation>,
    pub(crate) fragments: BTreeMap<String, Fragment>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) mutation: bool,
    pub(crate) name: Option<String>,
    /// Name, whether it must be given, default.
    pub(crate) variables: Vec<(String, bool, Option<Term>)>,
    pub(crate) selections: Vec<Selection>,
}

#[derive(Debug)]
pub(crate) struct Fragment {
    pub(crate) on: String,
    pub(crate) selections: Vec<Selection>,
}

#[derive(Debug)]
pub(crate) enum Selection {
    Field(Field),
    Inline { on: Option<String>, directives: Vec<Directive>, selections: Vec<Self> },
    Spread { name: String, directives: Vec<Directive> },
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) alias: Option<String>,
    pub(crate) name: String,
    pub(crate) arguments: Vec<(String, Term)>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
}

pub(crate) type Directive = (String, Vec<(String, Term)>);

/// A value that may hold variables.
#[derive(Debug)]
pub(crate) enum Term {
    Variable(String),
    Plain(Value),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Term {
    pub(crate) fn value(&self, variables: &Map<String, Value>) -> Value {
        match self {
            Self::Variable(name) => variables.get(name).cloned().unwrap_or_default(),
            Self::Plain(value) => value.clone(),
            Self::List(items) => items.iter().map(|item| item.value(variables)).collect(),
            Self::Object(fields) => fields
                .iter()
                .filter(|(_, term)| {
                    // A variable that was not given leaves its field out.
                    !matches!(term, Self::Variable(name) if !variables.contains_key(name))
                })
                .map(|(name, term)| (name.clone(), term.value(variables)))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(String),
    /// A punctuator; `...` is `…`.
    Sign(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        match c {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => at += 1,
            '#' => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
            }
            '"' if chars[at..].starts_with(&['"', '"', '"']) => {
                let (block, next) = block_text(&chars, at + 3)?;
                found.push(Token::Text(block));
                at = next;
            }
            '"' => {
                let start = at;
                at += 1;
                while at < chars.len() && chars[at] != '"' {
                    at += if chars[at] == '\\' { 2 } else { 1 };
                }
                let raw: String = chars.get(start..=at).ok_or("an open string")?.iter().collect();
                // GraphQL's escapes are JSON's.
                let text = serde_json::from_str(&raw).map_err(|error| error.to_string())?;
                found.push(Token::Text(text));
                at += 1;
            }
            '.' if chars[at..].starts_with(&['.', '.', '.']) => {
                found.push(Token::Sign('…'));
                at += 3;
            }
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '$' | '!' | '=' | '@' | '|' | '&' => {
                found.push(Token::Sign(c));
                at += 1;
            }
            _ if c == '_' || c.is_ascii_alphabetic() => {
                let start = at;
                while at < chars.len() && (chars[at] == '_' || chars[at].is_ascii_alphanumeric()) {
                    at += 1;
                }
                found.push(Token::Name(chars[start..at].iter().collect()));
            }
            _ if c == '-' || c.is_ascii_digit() => {
                let start = at;
                at += 1;
                while at < chars.len()
                    && (chars[at].is_ascii_digit()
                        || matches!(chars[at], '.' | 'e' | 'E' | '+' | '-'))
                {
                    at += 1;
                }
                found.push(Token::Number(chars[start..at].iter().collect()));
            }
            _ => return Err(format!("unexpected character {c:?}")),
        }
    }
    Ok(found)
}

fn block_text(chars: &[char], start: usize) -> Result<(String, usize), String> {
    let mut at = start;
    let mut text = String::new();
    loop {
        let rest = chars.get(at..).filter(|rest| !rest.is_empty()).ok_or("an open block string")?;
        if rest.starts_with(&['\\', '"', '"', '"']) {
            text.push_str("\"\"\"");
            at += 4;
        } else if rest.starts_with(&['"', '"', '"']) {
            return Ok((text, at + 3));
        } else {
            text.push(rest[0]);
            at += 1;
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<Document, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let mut document = Document { operations: Vec::new(), fragments: BTreeMap::new() };
    while let Some(token) = parser.peek().cloned() {
        match token {
            Token::Name(word) if word == "fragment" => {
                parser.at += 1;
                let name = parser.name()?;
                parser.keyword("on")?;
                let on = parser.name()?;
                parser.directives()?;
                let selections = parser.selections()?;
                document.fragments.insert(name, Fragment { on, selections });
            }
            Token::Name(word) if word == "query" || word == "mutation" => {
                parser.at += 1;
                document.operations.push(parser.operation(word == "mutation")?);
            }
            Token::Sign('{') => {
                let selections = parser.selections()?;
                let variables = Vec::new();
                document.operations.push(Operation {
                    mutation: false,
                    name: None,
                    variables,
                    selections,
                });
            }
            other => return Err(format!("unexpected {other:?}")),
        }
    }
    Ok(document)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.peek().cloned().ok_or("the document ends too early")?;
        self.at += 1;
        Ok(token)
    }

    fn is(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    fn take(&mut self, sign: char) -> bool {
        let there = self.is(sign);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(format!("expected {sign:?}, found {:?}", self.peek()))
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Name(name) => Ok(name),
            other => Err(format!("expected a name, found {other:?}")),
        }
    }

    fn keyword(&mut self, word: &str) -> Result<(), String> {
        let name = self.name()?;
        if name == word { Ok(()) } else { Err(format!("expected `{word}`, found `{name}`")) }
    }

    fn operation(&mut self, mutation: bool) -> Result<Operation, String> {
        let name = match self.peek() {
            Some(Token::Name(_)) => Some(self.name()?),
            _ => None,
        };
        let mut variables = Vec::new();
        if self.take('(') {
            while !self.take(')') {
                self.expect('$')?;
                let name = self.name()?;
                self.expect(':')?;
                let required = self.type_reference()?;
                let default = if self.take('=') { Some(self.term()?) } else { None };
                variables.push((name, required, default));
            }
        }
        self.directives()?;
        Ok(Operation { mutation, name, variables, selections: self.selections()? })
    }

    /// Skips a type; whether it is non-null.
    fn type_reference(&mut self) -> Result<bool, String> {
        if self.take('[') {
            self.type_reference()?;
            self.expect(']')?;
        } else {
            self.name()?;
        }
        Ok(self.take('!'))
    }

    fn arguments(&mut self) -> Result<Vec<(String, Term)>, String> {
        let mut found = Vec::new();
        if self.take('(') {
            while !self.take(')') {
                let name = self.name()?;
                self.expect(':')?;
                found.push((name, self.term()?));
            }
        }
        Ok(found)
    }

    fn directives(&mut self) -> Result<Vec<Directive>, String> {
        let mut found = Vec::new();
        while self.take('@') {
            found.push((self.name()?, self.arguments()?));
        }
        Ok(found)
    }

    fn selections(&mut self) -> Result<Vec<Selection>, String> {
        self.expect('{')?;
        let mut found = Vec::new();
        while !self.take('}') {
            found.push(self.selection()?);
        }
        Ok(found)
    }

    fn selection(&mut self) -> Result<Selection, String> {
        if self.take('…') {
            let on = match self.peek() {
                Some(Token::Name(word)) if word == "on" => {
                    self.at += 1;
                    Some(self.name()?)
                }
                Some(Token::Name(_)) => {
                    return Ok(Selection::Spread {
                        name: self.name()?,
                        directives: self.directives()?,
                    });
                }
                _ => None,
            };
            let directives = self.directives()?;
            return Ok(Selection::Inline { on, directives, selections: self.selections()? });
        }
        let first = self.name()?;
        let (alias, name) =
            if self.take(':') { (Some(first), self.name()?) } else { (None, first) };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selections = if self.is('{') { self.selections()? } else { Vec::new() };
        Ok(Selection::Field(Field { alias, name, arguments, directives, selections }))
    }

    fn term(&mut self) -> Result<Term, String> {
        Ok(match self.next()? {
            Token::Sign('$') => Term::Variable(self.name()?),
            Token::Sign('[') => {
                let mut items = Vec::new();
                while !self.take(']') {
                    items.push(self.term()?);
                }
                Term::List(items)
            }
            Token::Sign('{') => {
                let mut fields = Vec::new();
                while !self.take('}') {
                    let name = self.name()?;
                    self.expect(':')?;
                    fields.push((name, self.term()?));
                }
                Term::Object(fields)
            }
            Token::Text(text) => Term::Plain(Value::String(text)),
            Token::Number(text) => {
                Term::Plain(serde_json::from_str(&text).map_err(|error| error.to_string())?)
            }
            Token::Name(word) => Term::Plain(match word.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => Value::String(word),
            }),
            other @ Token::Sign(_) => return Err(format!("unexpected {other:?}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_may_hold_anything() {
        let text = r#"query { a: f(x: "} mutation { \"\n ${{ }}", y: """ "q" } """) { b } }"#;
        let document = parse(text).unwrap();
        assert!(!document.operations[0].mutation);
        let Selection::Field(field) = &document.operations[0].selections[0] else { panic!() };
        assert_eq!(field.alias.as_deref(), Some("a"));
        let value = field.arguments[0].1.value(&Map::new());
        assert_eq!(value, "} mutation { \"\n ${{ }}");
    }

    #[test]
    fn broken_documents_are_errors() {
        for text in ["query {", "{ a(", "{ a(b: \"", "nonsense", "{ ... on }", "{ a }}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
