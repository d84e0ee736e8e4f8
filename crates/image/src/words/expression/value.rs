//! What templates compute with.

use std::fmt;
use std::rc::Rc;

use super::super::number;

/// A value, as JavaScript has them.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing there.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Rc<Vec<Self>>),
    /// Names with their values, in order.
    Map(Rc<Vec<(String, Self)>>),
    /// Something to call: a variable that is computed, or a helper.
    Function(Function),
}

/// What a function is called with.
#[derive(Debug, Default)]
pub struct Arguments {
    /// By position.
    pub params: Vec<Value>,
    /// By name, in order.
    pub hash: Vec<(String, Value)>,
    /// The call has no options, as for `{{this.name}}`: there it is a variable, not a helper.
    pub bare: bool,
}

/// Something to call; its error is a fragment.
#[derive(Clone)]
pub struct Function(Rc<Callable>);

type Callable = dyn Fn(&Arguments) -> Result<Value, String>;

impl Function {
    /// Calls it.
    pub fn call(&self, arguments: &Arguments) -> Result<Value, String> {
        (self.0)(arguments)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list.
    pub fn list(values: Vec<Self>) -> Self {
        Self::List(Rc::new(values))
    }

    /// Names with their values, in order.
    pub fn map(entries: Vec<(String, Self)>) -> Self {
        Self::Map(Rc::new(entries))
    }

    /// Something to call.
    pub fn function(call: impl Fn(&Arguments) -> Result<Self, String> + 'static) -> Self {
        Self::Function(Function(Rc::new(call)))
    }

    /// Whether there is nothing: undefined or null.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Whether it counts as true: not nothing, false, 0 or empty text.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(bool) => *bool,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Map(_) | Self::Function(_) => true,
        }
    }

    /// Whether a block for it has nothing to show: not true and not 0, or an empty list.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Number(number) => number.is_nan(),
            Self::List(list) => list.is_empty(),
            other => !other.is_true(),
        }
    }

    /// A part of it by its name; what a function or text has of its own is its length, and its letters.
    pub(super) fn get(&self, name: &str) -> Self {
        let index = || name.parse::<usize>().ok().filter(|index| index.to_string() == name);
        let count =
            |count: usize| Self::Number(u32::try_from(count).map_or(f64::INFINITY, f64::from));
        match self {
            Self::Map(map) => {
                let found = map.iter().find(|(key, _)| key == name);
                found.map_or(Self::Undefined, |(_, value)| value.clone())
            }
            Self::List(list) if name == "length" => count(list.len()),
            Self::List(list) => {
                index().and_then(|index| list.get(index).cloned()).unwrap_or_default()
            }
            Self::Text(text) if name == "length" => count(text.encode_utf16().count()),
            Self::Text(text) => {
                let unit = index().and_then(|index| text.encode_utf16().nth(index));
                unit.map_or(Self::Undefined, |unit| Self::Text(String::from_utf16_lossy(&[unit])))
            }
            _ => Self::Undefined,
        }
    }

    /// Whether it is the same value: equal, or for lists and maps the very same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined | Self::Null, Self::Undefined | Self::Null) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Number(one), Self::Number(two)) => one.to_bits() == two.to_bits(),
            (Self::Text(one), Self::Text(two)) => one == two,
            (Self::List(one), Self::List(two)) => Rc::ptr_eq(one, two),
            (Self::Map(one), Self::Map(two)) => Rc::ptr_eq(one, two),
            _ => false,
        }
    }

    /// It as text in a result; nothing is empty.
    pub(super) fn print(&self) -> Result<String, String> {
        Ok(match self {
            Self::Undefined | Self::Null => String::new(),
            Self::Bool(bool) => bool.to_string(),
            Self::Number(number) => number::text(*number),
            Self::Text(text) => text.clone(),
            Self::List(list) => {
                let parts: Result<Vec<_>, _> = list.iter().map(Self::print).collect();
                parts?.join(",")
            }
            Self::Map(_) => "[object Object]".to_owned(),
            Self::Function(_) => return Err("a helper is no value".to_owned()),
        })
    }
}
