//! The commits another one reaches, by author.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::Run;
use super::resolve::{Node, Out, page};
use crate::git;
use crate::github::shapes;

/// Hash and author's node id of what a commit reaches, read once for all fields of a document.
pub(super) type Histories = HashMap<String, Rc<Vec<(String, Option<String>)>>>;

impl Run<'_> {
    pub(super) fn history(&self, key: &str, sha: &str, args: &Value) -> Out {
        let wanted = args["author"]["id"].as_str();
        let nodes = self.reached(key, sha);
        let nodes =
            nodes.iter().filter(|(_, author)| wanted.is_none() || author.as_deref() == wanted);
        page(nodes.map(|(sha, _)| Node::Commit(key.to_owned(), sha.clone())).collect(), args)
    }

    fn reached(&self, key: &str, sha: &str) -> Rc<Vec<(String, Option<String>)>> {
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
            (sha.to_owned(), author.clone())
        });
        let found = Rc::new(found.collect::<Vec<_>>());
        self.histories.borrow_mut().insert(at, Rc::clone(&found));
        found
    }
}
