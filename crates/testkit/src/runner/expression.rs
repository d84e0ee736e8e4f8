//! The part of GitHub's expression language an action of ours may use.
//!
//! Anything it does not know is an error: what GitHub would evaluate to an empty string without a
//! word is a mistake here.

use serde_json::{Map, Value};

/// What an expression can see.
#[derive(Debug)]
pub(super) struct Scope {
    /// Contexts by name: `inputs`, `github`, `env`, `steps`, `runner`, `matrix`.
    pub(super) contexts: Map<String, Value>,
    /// Whether a step failed before.
    pub(super) failed: bool,
}

type Result<T> = std::result::Result<T, String>;

/// Replaces every `${{ … }}` of a text.
pub(super) fn render(template: &str, scope: &Scope) -> Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find("${{") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 3..];
        let end = closing(inner).ok_or_else(|| format!("`${{{{` without end in {template:?}"))?;
        out.push_str(&text(&evaluate(&inner[..end], scope)?));
        rest = &inner[end + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Where `}}` ends the expression, string literals skipped.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        if c == '\'' {
            quoted = !quoted;
        } else if !quoted && text[at..].starts_with("}}") {
            return Some(at);
        }
    }
    None
}

/// Whether a step's `if:` lets it run.
pub(super) fn condition(text: &str, scope: &Scope) -> Result<bool> {
    let inner = text.trim();
    let inner = inner.strip_prefix("${{").and_then(|t| t.strip_suffix("}}")).unwrap_or(inner);
    let asks = ["always()", "failure()", "success()", "cancelled()"];
    let met = truthy(&evaluate(inner, scope)?);
    Ok(met && (asks.iter().any(|name| inner.contains(name)) || !scope.failed))
}

/// `format`: `{0}` is the first value, `{{` is `{`; what a value holds is not looked at again.
fn filled(template: &str, values: &[Value]) -> Result<Value> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            out.push_str(&tail[..1]);
            rest = &tail[2..];
            continue;
        }
        let number = tail.strip_prefix('{').and_then(|tail| tail.split_once('}'));
        let value = number.and_then(|(number, _)| values.get(number.parse::<usize>().ok()?));
        let value = value.ok_or_else(|| format!("`format` cannot fill {template:?}"))?;
        out.push_str(&text(value));
        rest = number.map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    Ok(out.into())
}

/// The text GitHub makes of a value.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // A number that is whole has no fraction.
        Value::Number(number) => {
            number.as_f64().map_or_else(String::new, |value| value.to_string())
        }
        Value::Array(_) => "Array".into(),
        Value::Object(_) => "Object".into(),
        Value::Bool(value) => value.to_string(),
    }
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

const SIGNS: &[&str] =
    &["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ".", ","];

fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            let mut value = String::new();
            let mut at = 1;
            loop {
                let tail = rest.get(at..).filter(|tail| !tail.is_empty());
                let tail = tail.ok_or_else(|| format!("an open string in {text:?}"))?;
                if tail.starts_with("''") {
                    value.push('\'');
                    at += 2;
                } else if tail.starts_with('\'') {
                    break;
                } else {
                    let next = tail.chars().next().unwrap_or_default();
                    value.push(next);
                    at += next.len_utf8();
                }
            }
            found.push(Token::Text(value));
            rest = &rest[at + 1..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if c.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number = rest[..end].parse().map_err(|_| format!("a bad number in {text:?}"))?;
            found.push(Token::Number(number));
            rest = &rest[end..];
        } else if c == '_' || c.is_ascii_alphabetic() {
            let part = |c: char| c == '_' || c == '-' || c.is_ascii_alphanumeric();
            let end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
            found.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            return Err(format!("unknown character {c:?} in the expression {text:?}"));
        }
        rest = rest.trim_start();
    }
    Ok(found)
}

/// The value of an expression without its `${{ }}`.
pub(super) fn evaluate(text: &str, scope: &Scope) -> Result<Value> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, scope, text };
    let value = parser.either()?;
    if parser.at == parser.tokens.len() { Ok(value) } else { Err(parser.unknown()) }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    scope: &'a Scope,
    text: &'a str,
}

impl Parser<'_> {
    fn unknown(&self) -> String {
        format!("unknown expression {:?} at {:?}", self.text, self.tokens.get(self.at))
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unknown()) }
    }

    fn either(&mut self) -> Result<Value> {
        let mut left = self.both()?;
        while self.take("||") {
            let right = self.both()?;
            left = if truthy(&left) { left } else { right };
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Value> {
        let mut left = self.compared()?;
        while self.take("&&") {
            let right = self.compared()?;
            left = if truthy(&left) { right } else { left };
        }
        Ok(left)
    }

    fn compared(&mut self) -> Result<Value> {
        let left = self.single()?;
        if self.take("==") {
            let right = self.single()?;
            return Ok(same(&left, &right).into());
        }
        if self.take("!=") {
            let right = self.single()?;
            return Ok((!same(&left, &right)).into());
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Value> {
        if self.take("!") {
            return Ok((!truthy(&self.single()?)).into());
        }
        if self.take("(") {
            let value = self.either()?;
            self.expect(")")?;
            return Ok(value);
        }
        let token = self.tokens.get(self.at).cloned().ok_or_else(|| self.unknown())?;
        self.at += 1;
        match token {
            Token::Text(text) => Ok(Value::String(text)),
            Token::Number(number) => Ok(number.into()),
            Token::Name(name) => match name.as_str() {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                "null" => Ok(Value::Null),
                _ if self.take("(") => self.call(&name),
                _ => self.context(&name),
            },
            Token::Sign(_) => {
                self.at -= 1;
                Err(self.unknown())
            }
        }
    }

    fn context(&mut self, name: &str) -> Result<Value> {
        let found = self.scope.contexts.get(name);
        let mut value = found.ok_or_else(|| format!("unknown context in {:?}", self.text))?.clone();
        let mut depth = 0;
        loop {
            let key = if self.take(".") {
                match self.tokens.get(self.at) {
                    Some(Token::Name(key)) => {
                        self.at += 1;
                        key.to_owned()
                    }
                    _ => return Err(self.unknown()),
                }
            } else if self.take("[") {
                let key = text(&self.either()?);
                self.expect("]")?;
                key
            } else {
                return Ok(value);
            };
            depth += 1;
            let next = value.as_object().and_then(|object| {
                object.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key)).map(|(_, v)| v)
            });
            // What a step or the environment did not set is empty; a context has only its names.
            let strict = name != "env" && (name != "steps" || depth < 3);
            let strict = strict && !(name == "github" && depth > 1);
            match next {
                Some(next) => value = next.clone(),
                None if strict => {
                    return Err(format!("`{name}` has no `{key}` in {:?}", self.text));
                }
                None => value = Value::Null,
            }
        }
    }

    fn call(&mut self, name: &str) -> Result<Value> {
        let mut args = Vec::new();
        while !self.take(")") {
            args.push(self.either()?);
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        let arg = |at: usize| args.get(at).map(text).unwrap_or_default();
        let lower = |at: usize| arg(at).to_lowercase();
        match (name.to_lowercase().as_str(), args.len()) {
            ("always", 0) => Ok(true.into()),
            ("cancelled", 0) => Ok(false.into()),
            ("success", 0) => Ok((!self.scope.failed).into()),
            ("failure", 0) => Ok(self.scope.failed.into()),
            ("tojson", 1) => {
                Ok(serde_json::to_string_pretty(&args[0]).map_err(|e| e.to_string())?.into())
            }
            ("fromjson", 1) => serde_json::from_str(&arg(0)).map_err(|e| e.to_string()),
            ("startswith", 2) => Ok(lower(0).starts_with(&lower(1)).into()),
            ("endswith", 2) => Ok(lower(0).ends_with(&lower(1)).into()),
            ("contains", 2) => Ok(match &args[0] {
                Value::Array(items) => items.iter().any(|item| same(item, &args[1])),
                _ => lower(0).contains(&lower(1)),
            }
            .into()),
            ("format", 1..) => filled(&arg(0), &args[1..]),
            _ => Err(format!("unknown function `{name}` in {:?}", self.text)),
        }
    }
}

/// Equality as GitHub has it: strings without case, different kinds as numbers.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(a), Value::String(b)) => a.to_lowercase() == b.to_lowercase(),
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        _ => {
            matches!((number(left), number(right)), (Some(a), Some(b)) if (a - b).abs() < f64::EPSILON)
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(0.0),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.trim().is_empty() => Some(0.0),
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        let contexts = json!({
            "inputs": { "a": "x", "flag": "true", "empty": "" },
            "github": { "token": "ghs_1", "event": { "deep": { "n": 5 } } },
            "steps": { "run": { "outputs": { "o": "out" } } },
            "env": { "E": "e" },
        });
        Scope { contexts: contexts.as_object().cloned().unwrap(), failed: false }
    }

    #[test]
    fn values() {
        for (template, expected) in [
            ("a ${{ inputs.a }} b", "a x b"),
            ("${{ inputs.flag == 'true' && 'yes' || 'no' }}", "yes"),
            ("${{ inputs.empty || github.token }}", "ghs_1"),
            ("${{ steps.run.outputs.o }}${{ steps.run.outputs.none }}", "out"),
            ("${{ !inputs.empty }}", "true"),
            ("${{ 'it''s }}' }}", "it's }}"),
            ("${{ env.NONE }}", ""),
            ("${{ github.event.deep.n != 4 }}", "true"),
            ("${{ inputs['a'] }}", "x"),
            ("${{ contains(inputs.a, 'X') }}", "true"),
        ] {
            assert_eq!(render(template, &scope()).as_deref(), Ok(expected), "{template}");
        }
        let json = render("${{ toJSON(inputs) }}", &scope()).unwrap();
        assert!(json.contains("\n  \"a\": \"x\","), "{json}");
    }

    #[test]
    fn what_is_unknown_is_an_error() {
        for template in [
            "${{ inputs.b }}",
            "${{ secrets.X }}",
            "${{ hashFiles('x') }}",
            "${{ steps.other.outputs.x }}",
            "${{ inputs.a",
            "${{ inputs.a + 1 }}",
        ] {
            assert!(render(template, &scope()).is_err(), "{template}");
        }
    }

    #[test]
    fn a_failed_step_stops_those_that_do_not_ask() {
        let failed = Scope { failed: true, ..scope() };
        assert_eq!(condition("inputs.a == 'x'", &failed), Ok(false));
        assert_eq!(condition("always()", &failed), Ok(true));
        assert_eq!(condition("${{ failure() && inputs.a == 'x' }}", &failed), Ok(true));
        assert_eq!(condition("inputs.a == 'x'", &scope()), Ok(true));
    }
}
