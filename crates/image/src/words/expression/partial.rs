//! Partials: programs that are rendered elsewhere than they stand.

use std::rc::Rc;

use super::render::{Place, Rendered};
use super::tree::{Head, Name, Node, Program, Target};
use super::value::{Arguments, Value};

/// Programs rendered one in the other, at most: one that calls itself has to end.
const DEEPEST: usize = 150;

/// Calls of partials in one template, at most.
const MOST: usize = 10_000;

/// The name that the content of a partial block has.
const BLOCK: &str = "partial-block";

/// Partials by name; `None`: one without a program.
pub(super) type Partials = Vec<(String, Option<Rc<Closure>>)>;

/// A program, and the place it stands in.
#[derive(Clone, Debug)]
pub(super) struct Closure {
    program: Rc<Program>,
    place: Place,
    /// The inline partials that it defines.
    partials: Partials,
}

/// What `@name` is.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) values: Vec<(String, Value)>,
    block: Option<Rc<Content>>,
}

/// The content of a partial block.
#[derive(Debug)]
struct Content {
    closure: Closure,
    /// What `@partial-block` is in it: that of the place it stands in.
    before: Option<Rc<Self>>,
}

impl Closure {
    /// Renders it in a context; what is known of partials is what its caller knows.
    pub(super) fn run(
        &self,
        context: &Value,
        given: Option<Vec<Value>>,
        data: Vec<Frame>,
        caller: &Place,
    ) -> Rendered {
        let mut place = self.place.clone();
        place.depth = caller.depth + 1;
        if place.depth > DEEPEST {
            return Err(format!(
                "it is nested more than {DEEPEST} deep: does a partial call itself?"
            ));
        }
        if !place.context().is_same(context) {
            place.contexts.insert(0, context.clone());
        }
        place.data = data;
        place.around.push(Rc::clone(&self.program));
        place.given.push(given);
        place.partials.clone_from(&caller.partials);
        place.partials.extend(self.partials.iter().cloned());
        place.program(&self.program)
    }
}

impl Content {
    fn run(&self, context: &Value, mut data: Vec<Frame>, caller: &Place) -> Rendered {
        let mut frame = data.first().cloned().unwrap_or_default();
        frame.block.clone_from(&self.before);
        data.insert(0, frame);
        self.closure.run(context, Some(Vec::new()), data, caller)
    }
}

impl Frame {
    pub(super) fn of(values: Vec<(String, Value)>) -> Self {
        Self { values, block: None }
    }

    /// The value of `@name`, for a place.
    pub(super) fn get(&self, name: &str, place: &Place) -> Value {
        if let Some(block) = self.block.as_ref().filter(|_| name == BLOCK) {
            let (block, place) = (Rc::clone(block), place.clone());
            return Value::function(move |arguments| as_function(&block, arguments, &place));
        }
        let found = self.values.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// What `{{@partial-block}}` or `{{#if @partial-block}}` gives: the content, without the context.
fn as_function(block: &Content, arguments: &Arguments, place: &Place) -> Result<Value, String> {
    let (context, data) = match arguments.params.first() {
        Some(context) => (context.clone(), place.data.clone()),
        None if arguments.bare => (Value::Undefined, Vec::new()),
        None => (Value::map(vec![("name".to_owned(), Value::text(BLOCK))]), Vec::new()),
    };
    block.run(&context, data, place).map(Value::Text)
}

impl Place {
    /// A program that stands here. Its inline partials are defined now, even if it is not rendered.
    pub(super) fn closure(&self, program: &Rc<Program>) -> Result<Closure, String> {
        let mut partials = Partials::new();
        for node in &program.body {
            let (call, inner) = match node {
                Node::Decorator { call, .. } => (call, None),
                Node::Block(block) => match &block.head {
                    Head::Decorator(call) => (call, block.program.as_ref()),
                    _ => continue,
                },
                _ => continue,
            };
            if call.path.original != "inline" {
                return Err(format!("there is no decorator {}", call.path.original));
            }
            // It knows the names of the program that defines it, but no value of it.
            let mut here = self.clone();
            here.around.push(Rc::clone(program));
            let params: Result<Vec<_>, _> =
                call.params.iter().map(|param| here.value(param)).collect();
            here.hash(&call.hash)?;
            let name = key(params?.first().unwrap_or(&Value::Undefined))?;
            let inner = inner.map(|inner| here.closure(inner)).transpose()?;
            partials.push((name, inner.map(Rc::new)));
        }
        Ok(Closure { program: Rc::clone(program), place: self.clone(), partials })
    }

    /// What a partial gives; `program`: the content of a partial block, for one that is not known.
    pub(super) fn partial(
        &self,
        target: &Target,
        program: Option<&Rc<Program>>,
        indent: &str,
    ) -> Rendered {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() > MOST {
            return Err(format!("it calls more than {MOST} partials"));
        }
        let (name, mut function) = (self.target_name(&target.name)?, None);
        let name = match name {
            Value::Function(found) => {
                function = Some(found);
                String::new()
            }
            name => key(&name)?,
        };
        let mut context = match &target.context {
            Some(context) => self.value(context)?,
            None => self.context(),
        };
        let hash = self.hash(&target.hash)?;
        if !hash.is_empty() {
            context = with_hash(&context, &hash);
        }
        let mut data = self.data.clone();
        let before = data.first().and_then(|frame| frame.block.clone());
        let mut fallback = None;
        if let Some(program) = program {
            let closure = self.closure(program)?;
            let block = Rc::new(Content { closure, before: before.clone() });
            let mut frame = data.first().cloned().unwrap_or_default();
            frame.block = Some(Rc::clone(&block));
            data.insert(0, frame);
            fallback = Some(block);
        }
        let known = self.partials.iter().rev().find(|(known, _)| *known == name);
        let given =
            matches!(&target.name, Name::Given(name) if name.strip_prefix('@') == Some(BLOCK));
        let text = if let Some(function) = function {
            let value = function.call(&Arguments { params: vec![context], hash, bare: false })?;
            if value.is_nothing() {
                return Err("a partial gives nothing".to_owned());
            }
            value.print()?
        } else if let Some((_, Some(closure))) = known {
            closure.run(&context, Some(Vec::new()), data, self)?
        } else if let Some(block) = before.filter(|_| given).or(fallback) {
            block.run(&context, data, self)?
        } else {
            return Err(format!("there is no partial {name}"));
        };
        Ok(indented(text, indent))
    }

    fn target_name(&self, name: &Name) -> Result<Value, String> {
        match name {
            Name::Given(name) => Ok(Value::text(name)),
            Name::Computed(call) => {
                let name = self.computed(call)?;
                Ok(if name.is_true() { name } else { Value::Undefined })
            }
        }
    }
}

/// A value as the name of a partial.
fn key(value: &Value) -> Rendered {
    match value {
        Value::Undefined => Ok("undefined".to_owned()),
        Value::Null => Ok("null".to_owned()),
        value => value.print(),
    }
}

/// The names of a context with those of a hash, which hide them.
fn with_hash(context: &Value, hash: &[(String, Value)]) -> Value {
    let mut entries = match context {
        Value::Map(map) => map.to_vec(),
        Value::List(list) => {
            let keys = (0_usize..).map(|index| index.to_string());
            keys.zip(list.iter().cloned()).collect()
        }
        Value::Text(text) => {
            let keys = (0..text.encode_utf16().count()).map(|index| index.to_string());
            keys.map(|key| (key.clone(), context.get(&key))).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in hash {
        match entries.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => known.clone_from(value),
            None => entries.push((key.clone(), value.clone())),
        }
    }
    Value::map(entries)
}

/// Puts blanks before each line.
fn indented(text: String, indent: &str) -> String {
    if indent.is_empty() {
        return text;
    }
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        out.push_str(indent);
        out.push_str(line);
    }
    out
}
