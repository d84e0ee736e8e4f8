//! The commits another one reaches, by author.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::Run;
use super::resolve::{Node, Out, page};
use crate::git;
use crate::github::shapes;

/// A commit by what it is searched for.
#[derive(Debug)]
pub(super) struct Reached {
    sha: String,
    email: String,
    /// The node id of its author's account.
    author: Option<String>,
}

/// What a commit reaches, read once for all fields of a document.
pub(super) type Histories = HashMap<String, Rc<Vec<Reached>>>;

impl Run<'_> {
    pub(super) fn history(&self, key: &str, sha: &str, args: &Value) -> Out {
        let wanted = &args["author"];
        let by = |one: &&Reached| match (wanted["id"].as_str(), wanted["emails"].as_array()) {
            // GitHub leaves the addresses aside when there is an id.
            (Some(id), _) => one.author.as_deref() == Some(id),
            (None, Some(emails)) => emails.iter().any(|email| *email == one.email.as_str()),
            (None, None) => true,
        };
        let nodes = self.reached(key, sha);
        let nodes = nodes.iter().filter(by);
        page(nodes.map(|one| Node::Commit(key.to_owned(), one.sha.clone())).collect(), args)
    }

    fn reached(&self, key: &str, sha: &str) -> Rc<Vec<Reached>> {
        let at = format!("{key} {sha}");
        if let Some(found) = self.histories.borrow().get(&at) {
            return Rc::clone(found);
        }
        let text = git::text(&self.find(key).dir, &["log", "--format=%H %ae", sha]);
        let id = |email: &str| {
            let login = shapes::login_of(email)?;
            shapes::user(self.state, &login)["node_id"].as_str().map(str::to_owned)
        };
        let mut ids = HashMap::new();
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let found = lines.map(|(sha, email)| {
            let author = ids.entry(email.to_owned()).or_insert_with(|| id(email));
            Reached { sha: sha.to_owned(), email: email.to_owned(), author: author.clone() }
        });
        let found = Rc::new(found.collect::<Vec<_>>());
        self.histories.borrow_mut().insert(at, Rc::clone(&found));
        found
    }
}
