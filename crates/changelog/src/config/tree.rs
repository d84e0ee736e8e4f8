//! A configuration as written: its keys, each with its place.

use std::ops::Range;

use launchway_base::Location;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use yaml_rust2::parser::{Event, MarkedEventReceiver, Parser};
use yaml_rust2::scanner::Marker;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes before it.
    Offset(usize),
    /// Line and column, both from 1.
    Line(usize, usize),
}

impl Place {
    /// Line and column, both from 1, the column in characters.
    pub fn resolve(self, text: &str) -> (usize, usize) {
        match self {
            Self::Line(line, column) => (line, column),
            Self::Offset(offset) => {
                let before = text.get(..offset).unwrap_or(text);
                let line = before.matches('\n').count() + 1;
                let start = before.rfind('\n').map_or(0, |at| at + 1);
                (line, before.get(start..).unwrap_or_default().chars().count() + 1)
            }
        }
    }

    /// As the location in a file.
    pub fn locate(self, file: &str, text: &str) -> Location {
        let (line, column) = self.resolve(text);
        Location { file: file.to_owned(), line: Some(line), column: Some(column) }
    }
}

/// What stands in one place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub content: Content,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text; empty for values of other kinds.
    Scalar(String),
    /// Values in their order.
    List(Vec<Node>),
    /// Keys in their order.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// Where the name begins.
    pub place: Place,
    /// Its value.
    pub value: Node,
}

/// Why a text is no configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub place: Place,
    /// The reason, on one line.
    pub reason: String,
}

impl Node {
    /// Reads TOML.
    ///
    /// # Errors
    /// It is none.
    pub fn toml(text: &str) -> Result<Self, Broken> {
        let table = DeTable::parse(text).map_err(|error| Broken {
            place: Place::Offset(error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        })?;
        let span = table.span();
        Ok(of_table(&span, table.get_ref()))
    }

    /// Reads YAML.
    ///
    /// # Errors
    /// It is none.
    pub fn yaml(text: &str) -> Result<Self, Broken> {
        let mut build = Build::default();
        Parser::new_from_str(text).load(&mut build, true).map_err(|error| Broken {
            place: mark(*error.marker()),
            reason: error.info().to_owned(),
        })?;
        let empty = Self { place: Place::Line(1, 1), content: Content::Table(Vec::new()) };
        Ok(build.root.unwrap_or(empty))
    }

    /// Its keys; none when it is no table.
    pub fn entries(&self) -> &[Entry] {
        if let Content::Table(entries) = &self.content { entries } else { &[] }
    }

    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value at a path of keys.
    pub fn at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |node, key| node.get(key).map(|entry| &entry.value))
    }

    /// The place of a path such as `git.link_parsers[2].href`, or of as much of it as is there.
    pub fn place_of(&self, path: &str) -> Option<Place> {
        let (mut node, mut place) = (self, None);
        for part in path.split('.') {
            let (key, indexes) = part.split_once('[').unwrap_or((part, ""));
            let Some(entry) = node.get(key) else { break };
            (node, place) = (&entry.value, Some(entry.place));
            for index in indexes.split(['[', ']']).filter_map(|index| index.parse::<usize>().ok()) {
                let Content::List(list) = &node.content else { return place };
                let Some(element) = list.get(index) else { return place };
                (node, place) = (element, Some(element.place));
            }
        }
        place
    }
}

fn of_table(span: &Range<usize>, table: &DeTable<'_>) -> Node {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    for (key, value) in table {
        let start = key.span().start;
        let (place, value) = (Place::Offset(start), of_value(value));
        entries.push((start, Entry { key: key.get_ref().to_string(), place, value }));
    }
    entries.sort_by_key(|(start, _)| *start);
    let entries = entries.into_iter().map(|(_, entry)| entry).collect();
    Node { place: Place::Offset(span.start), content: Content::Table(entries) }
}

fn of_value(value: &Spanned<DeValue<'_>>) -> Node {
    let span = value.span();
    let content = match value.get_ref() {
        DeValue::Table(table) => return of_table(&span, table),
        DeValue::Array(list) => Content::List(list.iter().map(of_value).collect()),
        DeValue::String(text) => Content::Scalar(text.to_string()),
        _ => Content::Scalar(String::new()),
    };
    Node { place: Place::Offset(span.start), content }
}

fn mark(mark: Marker) -> Place {
    Place::Line(mark.line(), mark.col() + 1)
}

/// Builds a tree from what a parser of YAML reports.
#[derive(Default)]
struct Build {
    open: Vec<Open>,
    root: Option<Node>,
}

struct Open {
    node: Node,
    /// The key whose value comes next.
    key: Option<(String, Place)>,
}

impl Build {
    fn open(&mut self, place: Place, content: Content) {
        self.open.push(Open { node: Node { place, content }, key: None });
    }

    fn put(&mut self, value: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(value);
            return;
        };
        match &mut open.node.content {
            Content::List(list) => list.push(value),
            Content::Table(entries) => match open.key.take() {
                Some((key, place)) => entries.push(Entry { key, place, value }),
                None => {
                    let place = value.place;
                    let key =
                        if let Content::Scalar(key) = value.content { key } else { String::new() };
                    open.key = Some((key, place));
                }
            },
            Content::Scalar(_) => {}
        }
    }
}

impl MarkedEventReceiver for Build {
    fn on_event(&mut self, event: Event, at: Marker) {
        let place = mark(at);
        match event {
            Event::MappingStart(..) => self.open(place, Content::Table(Vec::new())),
            Event::SequenceStart(..) => self.open(place, Content::List(Vec::new())),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(open) = self.open.pop() {
                    self.put(open.node);
                }
            }
            Event::Scalar(text, ..) => self.put(Node { place, content: Content::Scalar(text) }),
            Event::Alias(_) => self.put(Node { place, content: Content::Scalar(String::new()) }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = "[git]\nlink_parsers = [\n  { pattern = 'a' },\n  { pattern = 'b', href = 'c' },\n]\n[[git.commit_parsers]]\nmessage = 'ä'\n";
    const YAML: &str = "git:\n  link_parsers:\n    - pattern: a\n    - pattern: b\n      href: c\n  'sort_commits': |\n    x\n";

    #[test]
    fn paths_have_places() {
        for (tree, text, path, line, column) in [
            (Node::toml(TOML), TOML, "git.link_parsers[1].href", 4, 20),
            (Node::toml(TOML), TOML, "git.link_parsers[0].href", 3, 3),
            (Node::toml(TOML), TOML, "git.commit_parsers[0].message", 7, 1),
            (Node::toml(TOML), TOML, "git.nothing", 1, 2),
            (Node::yaml(YAML), YAML, "git.link_parsers[1].href", 5, 7),
            (Node::yaml(YAML), YAML, "git.link_parsers[0].pattern", 3, 7),
            (Node::yaml(YAML), YAML, "git.sort_commits", 6, 3),
        ] {
            let place = tree.unwrap().place_of(path).unwrap();
            assert_eq!(place.resolve(text), (line, column), "{path}");
        }
        assert_eq!(Node::toml(TOML).unwrap().place_of("bump"), None);
    }

    #[test]
    fn broken_texts_say_where() {
        let broken = Node::toml("[git]\ntrim = \n").unwrap_err();
        assert_eq!(broken.place.resolve("[git]\ntrim = \n").0, 2);
        let broken = Node::yaml("git:\n  a: [1\nb: 2\n").unwrap_err();
        assert!(broken.place.resolve("").0 >= 2, "{broken:?}");
        assert!(Node::yaml("").unwrap().entries().is_empty());
    }
}
