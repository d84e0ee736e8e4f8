//! Git plumbing in the bare repositories.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use tempfile::TempDir;

use crate::git;

/// Name, address and instant of an author, committer or tagger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) seconds: i64,
    /// As git writes it, `+0000`.
    pub(crate) zone: String,
}

impl Person {
    pub(crate) fn line(&self) -> String {
        format!("{} <{}> {} {}", clean(&self.name), clean(&self.email), self.seconds, self.zone)
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, rest) = line.split_once(" <").or_else(|| Some(("", line.strip_prefix('<')?)))?;
        let (email, when) = rest.split_once("> ")?;
        let (seconds, zone) = when.split_once(' ')?;
        Some(Self {
            name: name.to_owned(),
            email: email.to_owned(),
            seconds: seconds.parse().ok()?,
            zone: zone.to_owned(),
        })
    }
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '<' | '>' | '\n' | '\0')).collect()
}

/// A commit object, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Person,
    pub(crate) committer: Person,
    pub(crate) message: String,
    pub(crate) signature: Option<String>,
}

/// A tag object, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub(crate) object: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) tagger: Option<Person>,
    pub(crate) message: String,
}

/// One change of a tree; no content means deletion.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) path: String,
    pub(crate) mode: String,
    /// The object; `None` deletes.
    pub(crate) sha: Option<String>,
}

const ABSENT: &str = "0000000000000000000000000000000000000000";

/// All refs with what they point at, peeled not.
pub(crate) fn refs(dir: &Path) -> BTreeMap<String, String> {
    let text = git::text(dir, &["for-each-ref", "--format=%(refname) %(objectname)"]);
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, sha)| (name.to_owned(), sha.to_owned()))
        .collect()
}

/// Makes the refs exactly these.
pub(crate) fn restore_refs(dir: &Path, wanted: &BTreeMap<String, String>) {
    let mut script = String::new();
    for name in refs(dir).keys().filter(|name| !wanted.contains_key(*name)) {
        script.push_str(&format!("delete {name}\n"));
    }
    for (name, sha) in wanted {
        script.push_str(&format!("update {name} {sha}\n"));
    }
    let output = git::output(dir, &["update-ref", "--stdin"], Some(script.as_bytes()));
    git::checked(&output, "git update-ref --stdin");
}

/// What a full ref points at.
pub(crate) fn read_ref(dir: &Path, name: &str) -> Option<String> {
    git::try_text(dir, &["rev-parse", "--verify", "--quiet", name])
}

/// Sets a ref if it still has the old value (`None`: it must not exist); whether it did.
pub(crate) fn write_ref(dir: &Path, name: &str, new: &str, old: Option<&str>) -> bool {
    git::output(dir, &["update-ref", name, new, old.unwrap_or(ABSENT)], None).status.success()
}

/// Removes a ref.
pub(crate) fn delete_ref(dir: &Path, name: &str) {
    git::text(dir, &["update-ref", "-d", name]);
}

/// The type of an object; `None` when it is missing.
pub(crate) fn kind(dir: &Path, sha: &str) -> Option<String> {
    git::try_text(dir, &["cat-file", "-t", sha])
}

/// The commit a branch, tag, full ref or hash stands for.
pub(crate) fn resolve(dir: &Path, reference: &str) -> Option<String> {
    if reference.is_empty() || reference.starts_with('-') {
        return None;
    }
    let tries = [
        format!("refs/heads/{reference}"),
        format!("refs/tags/{reference}"),
        format!("refs/{reference}"),
        reference.to_owned(),
    ];
    tries.iter().find_map(|name| {
        let spec = format!("{name}^{{commit}}");
        git::try_text(dir, &["rev-parse", "--verify", "--quiet", "--end-of-options", &spec])
            .map(|text| text.lines().last().unwrap_or_default().to_owned())
    })
}

/// An object's bytes.
pub(crate) fn read_object(dir: &Path, kind: &str, sha: &str) -> Option<Vec<u8>> {
    let output = git::output(dir, &["cat-file", kind, sha], None);
    output.status.success().then_some(output.stdout)
}

/// Writes an object; its hash.
pub(crate) fn write_object(dir: &Path, kind: &str, bytes: &[u8]) -> String {
    let output = git::output(dir, &["hash-object", "-t", kind, "-w", "--stdin"], Some(bytes));
    git::checked(&output, "git hash-object")
}

/// Writes many blobs with one process; their hashes in order.
pub(crate) fn write_blobs(dir: &Path, contents: &[Vec<u8>]) -> Vec<String> {
    if contents.is_empty() {
        return Vec::new();
    }
    let scratch = TempDir::new().expect("a temporary directory");
    let mut list = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let path = scratch.path().join(index.to_string());
        std::fs::write(&path, content).expect("a scratch file can be written");
        writeln!(list, "{}", path.display()).expect("a vector takes bytes");
    }
    let args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
    let text = git::checked(&git::output(dir, &args, Some(&list)), "git hash-object");
    text.lines().map(str::to_owned).collect()
}

/// Applies changes to a base tree (or to nothing); the new tree, or why git refused.
pub(crate) fn write_tree(
    dir: &Path,
    base: Option<&str>,
    changes: &[Change],
) -> Result<String, String> {
    let scratch = TempDir::new().expect("a temporary directory");
    let index = scratch.path().join("index");
    let git = |args: &[&str], input: Option<&[u8]>| {
        let mut command = git::command(dir, git::EPOCH);
        command.args(args).env("GIT_INDEX_FILE", &index);
        let output = git::run(&mut command, input);
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    };
    git(&["read-tree", base.unwrap_or("--empty")], None)?;
    let mut records = Vec::new();
    for change in changes {
        match &change.sha {
            // A tree given as an entry takes the place of what stands there.
            Some(sha) if change.mode == "040000" => {
                git(
                    &["rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", &change.path],
                    None,
                )
                .or_else(|_| Ok::<_, String>(String::new()))?;
                git(&["read-tree", &format!("--prefix={}/", change.path), sha], None)?;
            }
            Some(sha) => {
                write!(records, "{} {sha}\t{}\0", change.mode, change.path).expect("bytes");
            }
            None => write!(records, "0 {ABSENT}\t{}\0", change.path).expect("bytes"),
        }
    }
    git(&["update-index", "-z", "--index-info"], Some(&records))?;
    git(&["write-tree"], None)
}

/// Reads a commit; `None` when there is no such commit.
pub(crate) fn read_commit(dir: &Path, sha: &str) -> Option<Commit> {
    let text = String::from_utf8_lossy(&read_object(dir, "commit", sha)?).into_owned();
    let (head, message) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut commit = Commit {
        tree: String::new(),
        parents: Vec::new(),
        author: Person::parse("- <-> 0 +0000")?,
        committer: Person::parse("- <-> 0 +0000")?,
        message: message.trim_end_matches('\n').to_owned(),
        signature: None,
    };
    let mut signing = false;
    for line in head.lines() {
        if let (Some(more), true, Some(signature)) =
            (line.strip_prefix(' '), signing, commit.signature.as_mut())
        {
            signature.push('\n');
            signature.push_str(more);
            continue;
        }
        signing = false;
        match line.split_once(' ') {
            Some(("tree", value)) => value.clone_into(&mut commit.tree),
            Some(("parent", value)) => commit.parents.push(value.to_owned()),
            Some(("author", value)) => commit.author = Person::parse(value)?,
            Some(("committer", value)) => commit.committer = Person::parse(value)?,
            Some(("gpgsig", value)) => {
                commit.signature = Some(value.to_owned());
                signing = true;
            }
            _ => {}
        }
    }
    Some(commit)
}

/// Writes a commit; its hash.
pub(crate) fn write_commit(dir: &Path, commit: &Commit) -> String {
    let mut text = format!("tree {}\n", commit.tree);
    for parent in &commit.parents {
        text.push_str(&format!("parent {parent}\n"));
    }
    text.push_str(&format!("author {}\n", commit.author.line()));
    text.push_str(&format!("committer {}\n", commit.committer.line()));
    if let Some(signature) = &commit.signature {
        text.push_str(&format!("gpgsig {}\n", signature.replace('\n', "\n ")));
    }
    text.push('\n');
    text.push_str(&commit.message);
    if !commit.message.ends_with('\n') {
        text.push('\n');
    }
    write_object(dir, "commit", text.as_bytes())
}

/// Reads an annotated tag; `None` when there is no such tag object.
pub(crate) fn read_tag(dir: &Path, sha: &str) -> Option<Tag> {
    let text = String::from_utf8_lossy(&read_object(dir, "tag", sha)?).into_owned();
    let (head, message) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    Some(Tag {
        object: field("object")?,
        kind: field("type")?,
        name: field("tag")?,
        tagger: field("tagger").as_deref().and_then(Person::parse),
        message: message.trim_end_matches('\n').to_owned(),
    })
}

/// Writes an annotated tag object; its hash.
pub(crate) fn write_tag(dir: &Path, tag: &Tag) -> String {
    let mut text = format!("object {}\ntype {}\ntag {}\n", tag.object, tag.kind, tag.name);
    if let Some(tagger) = &tag.tagger {
        text.push_str(&format!("tagger {}\n", tagger.line()));
    }
    text.push_str(&format!("\n{}\n", tag.message.trim_end_matches('\n')));
    write_object(dir, "tag", text.as_bytes())
}

/// Whether one commit is reached from another.
pub(crate) fn is_ancestor(dir: &Path, ancestor: &str, descendant: &str) -> bool {
    git::output(dir, &["merge-base", "--is-ancestor", ancestor, descendant], None).status.success()
}

/// Hashes that `to` reaches and `from` does not, oldest first.
pub(crate) fn between(dir: &Path, from: &str, to: &str) -> Vec<String> {
    let range = format!("{from}..{to}");
    let text = git::text(dir, &["rev-list", "--reverse", "--topo-order", &range]);
    text.lines().map(str::to_owned).collect()
}

/// The tree two commits merge to; `None` when they conflict.
pub(crate) fn merge_tree(dir: &Path, base: &str, head: &str) -> Option<String> {
    let text = git::try_text(dir, &["merge-tree", "--write-tree", base, head])?;
    text.lines().next().map(str::to_owned)
}

/// Commits files on a branch directly, with the test identity; the new hash.
pub(crate) fn seed(
    dir: &Path,
    branch: &str,
    message: &str,
    files: &[(&str, Option<&str>)],
) -> String {
    let name = format!("refs/heads/{branch}");
    let parent = read_ref(dir, &name);
    let count = git::try_text(dir, &["rev-list", "--count", "--all"]);
    let count: i64 = count.and_then(|text| text.parse().ok()).unwrap_or(0);
    let contents: Vec<Vec<u8>> =
        files.iter().filter_map(|(_, text)| Some(text.as_ref()?.as_bytes().to_vec())).collect();
    let mut hashes = write_blobs(dir, &contents).into_iter();
    let changes: Vec<Change> = files
        .iter()
        .map(|(path, text)| Change {
            path: (*path).to_owned(),
            mode: "100644".into(),
            sha: text.and_then(|_| hashes.next()),
        })
        .collect();
    let base = parent.as_ref().map(|sha| format!("{sha}^{{tree}}"));
    let tree = write_tree(dir, base.as_deref(), &changes).expect("the files make a tree");
    let person = Person {
        name: git::NAME.into(),
        email: git::EMAIL.into(),
        seconds: git::EPOCH + 60 * (count + 1),
        zone: "+0000".into(),
    };
    let commit = Commit {
        tree,
        parents: parent.iter().cloned().collect(),
        author: person.clone(),
        committer: person,
        message: message.to_owned(),
        signature: None,
    };
    let sha = write_commit(dir, &commit);
    assert!(write_ref(dir, &name, &sha, parent.as_deref()), "the branch {branch} moved meanwhile");
    sha
}
