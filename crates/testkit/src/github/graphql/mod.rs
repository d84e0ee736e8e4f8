//! The part of GitHub's GraphQL a release needs, with aliases, variables and fragments.

mod history;
mod mutate;
mod parse;
mod resolve;

use std::cell::RefCell;

use serde_json::{Map, Value, json};

use super::auth::Token;
use super::route::{Call, Reply};
use super::state::State;
use parse::{Directive, Document, Selection};
use resolve::{Node, Out};

/// An error of the `errors` list.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    kind: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn forbidden() -> Self {
        Self::new("FORBIDDEN", "Resource not accessible by integration")
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new("NOT_FOUND", format!("Could not resolve to {what}."))
    }

    fn shape(&self, path: &[String]) -> Value {
        json!({
            "type": self.kind, "path": path, "message": self.message,
            "locations": [{ "line": 1, "column": 1 }],
        })
    }
}

/// Whether the first operation of a document is a mutation.
pub(crate) fn is_mutation(document: &str) -> bool {
    parse::parse(document).is_ok_and(|document| document.operations.iter().any(|op| op.mutation))
}

/// The names of the top-level fields, as in `mutation createCommitOnBranch`.
pub(crate) fn top_fields(document: &str) -> String {
    let Ok(document) = parse::parse(document) else { return "unreadable".into() };
    let Some(operation) = document.operations.first() else { return "empty".into() };
    let fields = operation.selections.iter().filter_map(|selection| match selection {
        Selection::Field(field) => Some(field.name.as_str()),
        _ => None,
    });
    let fields: Vec<&str> = fields.collect();
    format!("{} {}", if operation.mutation { "mutation" } else { "query" }, fields.join(" "))
}

/// `POST /graphql`: always 200 with `data` and, where something went wrong, `errors`.
pub(crate) fn answer(state: &mut State, call: &Call, token: &Token) -> Reply {
    let refuse = |message: &str| Reply::ok(json!({ "errors": [{ "message": message }] }));
    let Some(text) = call.text("query") else {
        return refuse("A query attribute must be specified and must be a string.");
    };
    let document = match parse::parse(text) {
        Ok(document) => document,
        Err(error) => return refuse(&format!("Parse error: {error}")),
    };
    let wanted = call.text("operationName");
    let mut operations = document.operations.iter();
    let found = operations.find(|op| wanted.is_none() || op.name.as_deref() == wanted);
    let Some(operation) = found else { return refuse("No operation was given") };
    let mut variables = call.body["variables"].as_object().cloned().unwrap_or_default();
    for (name, required, default) in &operation.variables {
        if let (false, Some(default)) = (variables.contains_key(name), default) {
            variables.insert(name.clone(), default.value(&Map::new()));
        }
        if *required && variables.get(name).is_none_or(Value::is_null) {
            let message = format!("Variable ${name} of required type was provided invalid value");
            return refuse(&message);
        }
    }
    let keys: Vec<String> = state.repositories.keys().cloned().collect();
    for key in keys {
        super::pulls::sync(state, &key);
    }
    let mut run = Run {
        state,
        token,
        document: &document,
        variables,
        errors: Vec::new(),
        histories: RefCell::default(),
    };
    let root = if operation.mutation { Node::Mutation } else { Node::Query };
    match run.select(&root, &operation.selections, &mut Vec::new()) {
        Ok(data) if run.errors.is_empty() => Reply::ok(json!({ "data": data })),
        Ok(data) => Reply::ok(json!({ "data": data, "errors": run.errors })),
        Err(unknown) => Reply::ok(json!({ "errors": [{
            "message": unknown, "extensions": { "code": "undefinedField" },
            "locations": [{ "line": 1, "column": 1 }],
        }] })),
    }
}

pub(crate) struct Run<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) token: &'a Token,
    document: &'a Document,
    pub(crate) variables: Map<String, Value>,
    errors: Vec<Value>,
    histories: RefCell<history::Histories>,
}

impl Run<'_> {
    /// The selected fields of a node; an error names a field that does not exist.
    fn select(
        &mut self,
        node: &Node,
        selections: &[Selection],
        path: &mut Vec<String>,
    ) -> Result<Value, String> {
        let mut object = Map::new();
        self.collect(node, selections, path, &mut object)?;
        Ok(Value::Object(object))
    }

    fn collect(
        &mut self,
        node: &Node,
        selections: &[Selection],
        path: &mut Vec<String>,
        object: &mut Map<String, Value>,
    ) -> Result<(), String> {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if !self.wanted(&field.directives) {
                        continue;
                    }
                    let key = field.alias.clone().unwrap_or_else(|| field.name.clone());
                    path.push(key.clone());
                    let arguments: Map<String, Value> = field
                        .arguments
                        .iter()
                        .map(|(name, term)| (name.clone(), term.value(&self.variables)))
                        .collect();
                    let out = self.field(node, &field.name, &Value::Object(arguments));
                    let value = match out {
                        Ok(Out::Leaf(value)) => value,
                        Ok(Out::Node(node)) => self.select(&node, &field.selections, path)?,
                        Ok(Out::List(nodes)) => {
                            let mut items = Vec::new();
                            for node in &nodes {
                                items.push(self.select(node, &field.selections, path)?);
                            }
                            Value::Array(items)
                        }
                        Ok(Out::Unknown) => {
                            let on = node.typename();
                            return Err(format!(
                                "Field '{}' doesn't exist on type '{on}'",
                                field.name
                            ));
                        }
                        Err(problem) => {
                            self.errors.push(problem.shape(path));
                            Value::Null
                        }
                    };
                    path.pop();
                    merge(object.entry(key).or_insert(Value::Null), value);
                }
                Selection::Inline { on, directives, selections } => {
                    if self.wanted(directives) && on.as_deref().is_none_or(|on| node.is_a(on)) {
                        self.collect(node, selections, path, object)?;
                    }
                }
                Selection::Spread { name, directives } => {
                    let document = self.document;
                    let Some(fragment) = document.fragments.get(name) else {
                        return Err(format!("Fragment {name} was used, but not defined"));
                    };
                    if self.wanted(directives) && node.is_a(&fragment.on) {
                        self.collect(node, &fragment.selections, path, object)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn wanted(&self, directives: &[Directive]) -> bool {
        directives.iter().all(|(name, arguments)| {
            let condition = arguments.iter().find(|(name, _)| name == "if");
            let condition = condition.map(|(_, term)| term.value(&self.variables));
            match (name.as_str(), condition) {
                ("include", Some(value)) => value == true,
                ("skip", Some(value)) => value != true,
                _ => true,
            }
        })
    }
}

/// The same field selected twice adds up.
fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                merge(old.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, value) => *into = value,
    }
}
