//! Rendering: which name means what, and the helpers that are built in.

use super::tree::{Block, Call, Expression, Node, Path, Program};
use super::value::{Arguments, Value};

/// Helpers that no name of the context hides.
const BUILT_IN: [&str; 8] =
    ["helperMissing", "blockHelperMissing", "each", "if", "unless", "with", "log", "lookup"];

type Rendered = Result<String, String>;

/// Where an expression stands.
#[derive(Clone)]
struct Place<'a> {
    /// The context, then those around it.
    contexts: Vec<Value>,
    /// What `@name` is, then what it is around.
    data: Vec<Vec<(String, Value)>>,
    /// Block parameters, the innermost last: their names, and their values if the helper gave any.
    names: Vec<(&'a [String], Option<Vec<Value>>)>,
}

/// What a block hands to its helper.
#[derive(Clone, Copy)]
struct Programs<'a> {
    program: Option<&'a Program>,
    inverse: Option<&'a Program>,
}

/// Renders a template that was read.
pub(super) fn render(program: &Program, context: &Value) -> Rendered {
    let root = vec![("root".to_owned(), context.clone())];
    Place { contexts: vec![context.clone()], data: vec![root], names: Vec::new() }.program(program)
}

impl<'a> Place<'a> {
    fn context(&self) -> Value {
        self.contexts.first().cloned().unwrap_or_default()
    }

    fn program(&self, program: &'a Program) -> Rendered {
        let mut out = String::new();
        for node in &program.body {
            match node {
                Node::Content(content) => out.push_str(&content.value),
                Node::Comment(_) => {}
                Node::Mustache { call, escaped, .. } => {
                    let text = self.call(call, None)?.print()?;
                    if *escaped { escape(&text, &mut out) } else { out.push_str(&text) }
                }
                Node::Block(block) => out.push_str(&self.block(block)?.print()?),
            }
        }
        Ok(out)
    }

    /// A program of a block, in a context; `given`: what the helper gave as block parameters.
    fn inside(
        &self,
        program: Option<&'a Program>,
        context: &Value,
        given: Option<Vec<Value>>,
        data: Option<Vec<(String, Value)>>,
    ) -> Result<Value, String> {
        let Some(program) = program else { return Ok(Value::text("")) };
        let mut place = self.clone();
        if !self.context().is_same(context) {
            place.contexts.insert(0, context.clone());
        }
        place.data.splice(0..0, data);
        place.names.push((&program.names, given));
        place.program(program).map(Value::Text)
    }

    fn block(&self, block: &'a Block) -> Result<Value, String> {
        let programs =
            Programs { program: block.program.as_ref(), inverse: block.inverse.as_ref() };
        let value = self.call(&block.call, Some(programs))?;
        if self.is_helper(&block.call) {
            return Ok(value);
        }
        // A value, not a helper: shown if it is there, each one of a list, in its context.
        match &value {
            Value::Bool(true) => self.inside(programs.program, &self.context(), None, None),
            Value::Bool(false) | Value::Undefined | Value::Null => {
                self.inside(programs.inverse, &self.context(), None, None)
            }
            Value::List(_) => self.each(&value, programs),
            other => self.inside(programs.program, other, None, None),
        }
    }

    fn is_block_name(&self, path: &Path) -> bool {
        path.is_simple()
            && self.names.iter().any(|(names, _)| names.iter().any(|name| name == path.first()))
    }

    /// Whether a call is one of a helper, whatever its name turns out to be.
    fn is_helper(&self, call: &Call) -> bool {
        if self.is_block_name(&call.path) {
            return false;
        }
        !call.params.is_empty()
            || !call.hash.is_empty()
            || (call.path.is_simple() && BUILT_IN.contains(&call.path.first()))
    }

    /// What `{{…}}` or the opening of a block gives.
    fn call(&self, call: &'a Call, programs: Option<Programs<'a>>) -> Result<Value, String> {
        if self.is_helper(call) {
            return self.helper(call, programs);
        }
        match self.path(&call.path)? {
            Value::Function(function) => {
                let bare = !call.path.is_simple() || self.is_block_name(&call.path);
                function.call(&Arguments { bare, ..Arguments::default() })
            }
            value => Ok(value),
        }
    }

    fn helper(&self, call: &'a Call, programs: Option<Programs<'a>>) -> Result<Value, String> {
        let params: Result<Vec<_>, _> = call.params.iter().map(|param| self.value(param)).collect();
        let (params, mut hash) = (params?, Vec::new());
        for (key, value) in &call.hash {
            let value = self.value(value)?;
            hash.retain(|(known, _)| known != key);
            hash.push((key.clone(), value));
        }
        let name = call.path.first();
        if BUILT_IN.contains(&name) {
            return self.built_in(name, params, &hash, programs);
        }
        match self.path(&call.path)? {
            Value::Function(function) => function.call(&Arguments { params, hash, bare: false }),
            value if value.is_true() => Err(format!("{} is not a function", call.path.original)),
            _ if params.is_empty() => Ok(Value::Undefined),
            _ => Err(format!("there is no helper {}", call.path.original)),
        }
    }

    fn built_in(
        &self,
        name: &str,
        params: Vec<Value>,
        hash: &[(String, Value)],
        programs: Option<Programs<'a>>,
    ) -> Result<Value, String> {
        let count = params.len();
        let mut params = params.into_iter();
        match name {
            "log" => return Ok(Value::Undefined),
            "lookup" => {
                let (from, name) = (params.next().unwrap_or_default(), params.next());
                if !from.is_true() {
                    return Ok(from);
                }
                return Ok(match name {
                    Some(name) => from.get(&name.print()?),
                    None => Value::Undefined,
                });
            }
            "if" | "unless" | "with" | "each" => {}
            _ => return Err(format!("{name} is no helper to call")),
        }
        if count == 0 || (count > 1 && name != "each") {
            return Err(format!("#{name} requires exactly one argument"));
        }
        let Some(programs) = programs else {
            return Err(format!("{name} is a block: {{{{#{name} x}}}}…{{{{/{name}}}}}"));
        };
        let subject = match params.next().unwrap_or_default() {
            Value::Function(function) => {
                function.call(&Arguments { bare: true, ..Arguments::default() })?
            }
            value => value,
        };
        let here = self.context();
        match name {
            "each" => self.each(&subject, programs),
            "with" if subject.is_empty() => self.inside(programs.inverse, &here, None, None),
            "with" => self.inside(programs.program, &subject, Some(vec![subject.clone()]), None),
            _ => {
                let zero = hash.iter().any(|(key, value)| key == "includeZero" && value.is_true());
                let shown = (zero || subject.is_true()) && !subject.is_empty();
                let chosen =
                    if shown == (name == "if") { programs.program } else { programs.inverse };
                self.inside(chosen, &here, None, None)
            }
        }
    }

    fn each(&self, subject: &Value, programs: Programs<'a>) -> Result<Value, String> {
        let entries: Vec<(Value, Value)> = match subject {
            Value::List(list) => {
                let index = (0_u32..).map(|index| Value::Number(f64::from(index)));
                index.zip(list.iter().cloned()).collect()
            }
            Value::Map(map) => {
                map.iter().map(|(key, value)| (Value::text(key), value.clone())).collect()
            }
            _ => Vec::new(),
        };
        if entries.is_empty() {
            return self.inside(programs.inverse, &self.context(), None, None);
        }
        let (mut out, count) = (String::new(), entries.len());
        for (index, (key, value)) in entries.into_iter().enumerate() {
            let mut data = self.data.first().cloned().unwrap_or_default();
            let position = Value::Number(u32::try_from(index).map_or(0.0, f64::from));
            for (name, value) in [
                ("key", key.clone()),
                ("index", position),
                ("first", Value::Bool(index == 0)),
                ("last", Value::Bool(index + 1 == count)),
            ] {
                data.retain(|(known, _)| known != name);
                data.push((name.to_owned(), value));
            }
            let given = Some(vec![value.clone(), key]);
            out.push_str(&self.inside(programs.program, &value, given, Some(data))?.print()?);
        }
        Ok(Value::Text(out))
    }

    fn value(&self, expression: &'a Expression) -> Result<Value, String> {
        Ok(match expression {
            Expression::Path(path) => return self.path(path),
            Expression::Call(call) if self.is_block_name(&call.path) => {
                return self.call(call, None);
            }
            Expression::Call(call) => return self.helper(call, None),
            Expression::Text(text) => Value::text(text),
            Expression::Number(number) => Value::Number(*number),
            Expression::Bool(bool) => Value::Bool(*bool),
            Expression::Undefined => Value::Undefined,
            Expression::Null => Value::Null,
        })
    }

    fn path(&self, path: &Path) -> Result<Value, String> {
        let name = path.first();
        let (mut value, mut parts) = (Value::Undefined, path.parts.iter());
        let given = self.names.iter().rev().find(|(names, _)| names.iter().any(|it| it == name));
        if let Some((names, values)) = given
            && path.depth == 0
            && !path.is_scoped()
        {
            let values = values.as_ref().ok_or_else(|| format!("{name} has no value"))?;
            let index = names.iter().position(|it| it == name).unwrap_or_default();
            value = values.get(index).cloned().unwrap_or_default();
            parts.next();
        } else if path.data && !path.parts.is_empty() {
            let frame = self.data.get(path.depth);
            let found = frame.and_then(|frame| frame.iter().find(|(key, _)| key == name));
            value = found.map(|(_, value)| value.clone()).unwrap_or_default();
            parts.next();
        } else if let Some(context) = self.contexts.get(path.depth) {
            value = context.clone();
        }
        for part in parts {
            if value.is_nothing() {
                break;
            }
            value = value.get(part);
        }
        Ok(value)
    }
}

/// Puts text where HTML may be.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '`' => out.push_str("&#x60;"),
            '=' => out.push_str("&#x3D;"),
            c => out.push(c),
        }
    }
}
