//! Rendering: which name means what, and the helpers that are built in.

use std::cell::Cell;
use std::rc::Rc;

use super::partial::{Closure, Frame, Partials};
use super::tree::{Block, Call, Expression, Hash, Head, Node, Path, Program};
use super::value::{Arguments, Value};

/// Helpers that no name of the context hides.
const BUILT_IN: [&str; 8] =
    ["helperMissing", "blockHelperMissing", "each", "if", "unless", "with", "log", "lookup"];

pub(super) type Rendered = Result<String, String>;

/// Where an expression stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The context, then those around it.
    pub(super) contexts: Vec<Value>,
    /// What `@name` is, then what it is around.
    pub(super) data: Vec<Frame>,
    /// The programs around, the innermost last: they name the block parameters.
    pub(super) around: Vec<Rc<Program>>,
    /// Values of block parameters, the innermost last, if the helper gave any.
    pub(super) given: Vec<Option<Vec<Value>>>,
    /// The inline partials that are known, the latest last.
    pub(super) partials: Partials,
    /// How many programs are being rendered, one in the other.
    pub(super) depth: usize,
    /// How many partials were called in the whole template.
    pub(super) calls: Rc<Cell<usize>>,
}

/// What a block hands to its helper.
#[derive(Clone, Copy)]
struct Programs<'a> {
    program: Option<&'a Closure>,
    inverse: Option<&'a Closure>,
}

/// Renders a template that was read.
pub(super) fn render(program: Program, context: &Value) -> Rendered {
    let root = Frame::of(vec![("root".to_owned(), context.clone())]);
    let outside = Place::default();
    outside.closure(&Rc::new(program))?.run(context, None, vec![root], &outside)
}

impl Place {
    pub(super) fn context(&self) -> Value {
        self.contexts.first().cloned().unwrap_or_default()
    }

    /// The context as helpers see it: there always is one.
    fn here(&self) -> Value {
        Some(self.context()).filter(|it| !it.is_nothing()).unwrap_or_else(|| Value::map(Vec::new()))
    }

    pub(super) fn program(&self, program: &Program) -> Rendered {
        let mut out = String::new();
        for node in &program.body {
            match node {
                Node::Content(content) => out.push_str(&content.value),
                Node::Comment(_) | Node::Decorator { .. } => {}
                Node::Partial { target, indent, .. } => {
                    out.push_str(&self.partial(target, None, indent)?);
                }
                Node::Mustache { call, escaped, .. } => {
                    let text = self.call(call, None)?.print()?;
                    if *escaped { escape(&text, &mut out) } else { out.push_str(&text) }
                }
                Node::Block(block) => match &block.head {
                    Head::Call(call) => out.push_str(&self.block(call, block)?.print()?),
                    Head::Partial(target) => {
                        out.push_str(&self.partial(target, block.program.as_ref(), "")?);
                    }
                    Head::Decorator(_) => {}
                },
            }
        }
        Ok(out)
    }

    /// A program of a block, in a context; `given`: what the helper gave as block parameters.
    fn inside(
        &self,
        program: Option<&Closure>,
        context: &Value,
        given: Option<Vec<Value>>,
        data: Option<Frame>,
    ) -> Result<Value, String> {
        let Some(program) = program else { return Ok(Value::text("")) };
        let data = data.into_iter().chain(self.data.iter().cloned()).collect();
        program.run(context, given, data, self).map(Value::Text)
    }

    fn block(&self, call: &Call, block: &Block) -> Result<Value, String> {
        let closure = |program: &Option<Rc<Program>>| {
            program.as_ref().map(|program| self.closure(program)).transpose()
        };
        let (program, inverse) = (closure(&block.program)?, closure(&block.inverse)?);
        let programs = Programs { program: program.as_ref(), inverse: inverse.as_ref() };
        let value = self.call(call, Some(programs))?;
        if self.is_helper(call) {
            return Ok(value);
        }
        // A value, not a helper: shown if it is there, each one of a list, in its context.
        match &value {
            Value::Bool(true) => self.inside(programs.program, &self.here(), None, None),
            Value::Bool(false) | Value::Undefined | Value::Null => {
                self.inside(programs.inverse, &self.here(), None, None)
            }
            Value::List(_) => self.each(&value, programs),
            other => self.inside(programs.program, other, None, None),
        }
    }

    /// How far out a block parameter is, and which one of its block.
    fn block_name(&self, name: &str) -> Option<(usize, usize)> {
        self.around.iter().rev().enumerate().find_map(|(depth, program)| {
            program.names.iter().position(|it| it == name).map(|index| (depth, index))
        })
    }

    fn is_block_name(&self, path: &Path) -> bool {
        path.is_simple() && self.block_name(path.first()).is_some()
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
    fn call(&self, call: &Call, programs: Option<Programs<'_>>) -> Result<Value, String> {
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

    fn helper(&self, call: &Call, programs: Option<Programs<'_>>) -> Result<Value, String> {
        let params: Result<Vec<_>, _> = call.params.iter().map(|param| self.value(param)).collect();
        let (params, hash) = (params?, self.hash(&call.hash)?);
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

    pub(super) fn hash(&self, hash: &Hash) -> Result<Vec<(String, Value)>, String> {
        let mut values: Vec<(String, Value)> = Vec::new();
        // As the peer has it: from the last to the first, which counts.
        for (key, value) in hash.iter().rev() {
            let value = self.value(value)?;
            match values.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => *known = value,
                None => values.push((key.clone(), value)),
            }
        }
        Ok(values)
    }

    fn built_in(
        &self,
        name: &str,
        params: Vec<Value>,
        hash: &[(String, Value)],
        programs: Option<Programs<'_>>,
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
        let here = self.here();
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

    fn each(&self, subject: &Value, programs: Programs<'_>) -> Result<Value, String> {
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
            return self.inside(programs.inverse, &self.here(), None, None);
        }
        let (mut out, count) = (String::new(), entries.len());
        for (index, (key, value)) in entries.into_iter().enumerate() {
            let mut frame = self.data.first().cloned().unwrap_or_default();
            let position = Value::Number(u32::try_from(index).map_or(0.0, f64::from));
            for (name, value) in [
                ("key", key.clone()),
                ("index", position),
                ("first", Value::Bool(index == 0)),
                ("last", Value::Bool(index + 1 == count)),
            ] {
                frame.values.retain(|(known, _)| known != name);
                frame.values.push((name.to_owned(), value));
            }
            let given = Some(vec![value.clone(), key]);
            out.push_str(&self.inside(programs.program, &value, given, Some(frame))?.print()?);
        }
        Ok(Value::Text(out))
    }

    pub(super) fn value(&self, expression: &Expression) -> Result<Value, String> {
        Ok(match expression {
            Expression::Path(path) => return self.path(path),
            Expression::Call(call) => return self.computed(call),
            Expression::Text(text) => Value::text(text),
            Expression::Number(number) => Value::Number(*number),
            Expression::Bool(bool) => Value::Bool(*bool),
            Expression::Undefined => Value::Undefined,
            Expression::Null => Value::Null,
        })
    }

    /// What `(…)` gives.
    pub(super) fn computed(&self, call: &Call) -> Result<Value, String> {
        if self.is_block_name(&call.path) {
            return self.call(call, None);
        }
        self.helper(call, None)
    }

    fn path(&self, path: &Path) -> Result<Value, String> {
        let name = path.first();
        let (mut value, mut parts) = (Value::Undefined, path.parts.iter());
        if let Some((depth, index)) = self.block_name(name)
            && path.depth == 0
            && !path.is_scoped()
        {
            // An inline partial has no values of the block that it is in.
            let values = self.given.iter().rev().nth(depth).and_then(Option::as_ref);
            let values = values.ok_or_else(|| format!("{name} has no value"))?;
            value = values.get(index).cloned().unwrap_or_default();
            parts.next();
        } else if path.data && !path.parts.is_empty() {
            value =
                self.data.get(path.depth).map(|frame| frame.get(name, self)).unwrap_or_default();
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
