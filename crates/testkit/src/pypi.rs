//! A small index of Python packages on loopback that keeps what is uploaded in memory.
//!
//! It serves the pages of the simple API, as JSON or as HTML, takes uploads as the tools send them, with
//! the checks a real one makes (tokens, a file that is there with other bytes), and stands in for the
//! runner's identity service and the exchange of trusted publishing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::fault::{Fault, FaultRule, Faults};
use crate::kill::KillSwitch;
use crate::record::{Log, Recorded};
use crate::server::{Incoming, LoopbackServer, Outgoing};

/// Where uploads go.
const UPLOAD: &str = "/legacy/";

/// The fake. It stops when it is dropped.
#[derive(Debug)]
pub struct PypiIndex {
    shared: Arc<Mutex<Store>>,
    url: String,
    _server: LoopbackServer,
}

#[derive(Debug)]
struct Store {
    log: Log,
    faults: Faults,
    kill: Option<KillSwitch>,
    is_private: bool,
    speaks_json: bool,
    tokens: BTreeSet<String>,
    /// Files by project, in the order they came: name, bytes, whether it is yanked.
    projects: BTreeMap<String, Vec<(String, Vec<u8>, bool)>>,
}

struct Answer {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn text(status: u16, words: &str) -> Answer {
    Answer { status, kind: "text/plain", body: words.as_bytes().to_vec() }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Names as the index compares them.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

impl PypiIndex {
    /// Starts on a free loopback port, empty.
    pub fn start() -> Self {
        let mut made = None;
        let server = LoopbackServer::start(|address| {
            let store = Store {
                log: Log::new("pypi", address.port()),
                faults: Faults::default(),
                kill: None,
                is_private: false,
                speaks_json: true,
                tokens: BTreeSet::new(),
                projects: BTreeMap::new(),
            };
            let shared = Arc::new(Mutex::new(store));
            made = Some((Arc::clone(&shared), format!("http://{address}")));
            Arc::new(move |incoming: Incoming| {
                let switch = lock(&shared).kill.clone();
                KillSwitch::guard(switch, incoming, |incoming| serve(&shared, incoming))
            })
        });
        let (shared, url) = made.expect("the handler was made");
        Self { shared, url, _server: server }
    }

    /// Where it is read, no final slash.
    pub fn simple(&self) -> String {
        format!("{}/simple", self.url)
    }

    /// Where uploads go.
    pub fn upload(&self) -> String {
        format!("{}{UPLOAD}", self.url)
    }

    /// A token that may upload everything, given with the user `__token__`.
    pub fn add_token(&self, token: &str) -> &Self {
        lock(&self.shared).tokens.insert(token.to_owned());
        self
    }

    /// Reading needs a token from now on.
    pub fn make_private(&self) -> &Self {
        lock(&self.shared).is_private = true;
        self
    }

    /// Pages are HTML from now on, whatever is asked for.
    pub fn speak_html(&self) -> &Self {
        lock(&self.shared).speaks_json = false;
        self
    }

    /// Puts a file there without a request.
    pub fn seed(&self, project: &str, file: &str, bytes: &[u8]) -> &Self {
        let mut store = lock(&self.shared);
        let files = store.projects.entry(normal(project)).or_default();
        files.push((file.to_owned(), bytes.to_vec(), false));
        drop(store);
        self
    }

    /// Yanks every file of a project that is there.
    pub fn yank(&self, project: &str) -> &Self {
        for file in lock(&self.shared).projects.entry(normal(project)).or_default() {
            file.2 = true;
        }
        self
    }

    /// Takes a file away again.
    pub fn remove(&self, project: &str, file: &str) -> &Self {
        let mut store = lock(&self.shared);
        store.projects.entry(normal(project)).or_default().retain(|(name, ..)| name != file);
        drop(store);
        self
    }

    /// The files of a project, sorted; empty when it is unknown.
    pub fn files(&self, project: &str) -> Vec<String> {
        let store = lock(&self.shared);
        let files = store.projects.get(&normal(project)).into_iter().flatten();
        let mut names: Vec<String> = files.map(|(name, ..)| name.clone()).collect();
        names.sort();
        names
    }

    /// The bytes of a file.
    pub fn bytes(&self, project: &str, file: &str) -> Option<Vec<u8>> {
        let store = lock(&self.shared);
        let mut files = store.projects.get(&normal(project))?.iter();
        files.find(|(name, ..)| name == file).map(|(_, bytes, _)| bytes.clone())
    }

    /// Makes something go wrong. The body of an upload is the name of its file.
    pub fn fail(&self, rule: FaultRule) -> &Self {
        lock(&self.shared).faults.add(rule);
        self
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        lock(&self.shared).faults.clear();
    }

    /// Counts uploads with this switch, which may kill the program.
    pub fn kill_switch(&self, switch: &KillSwitch) -> &Self {
        lock(&self.shared).kill = Some(switch.clone());
        self
    }

    /// Every request so far, with its answer. The body of an upload is the name of its file.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared).log.seen.clone()
    }

    /// The file of every upload so far, whatever became of it.
    pub fn uploads(&self) -> Vec<String> {
        let requests = self.requests().into_iter();
        let uploads = requests.filter(|one| one.method == "POST" && one.path == UPLOAD);
        uploads.map(|request| request.body).collect()
    }
}

/// One field of a form.
struct Field<'a> {
    name: String,
    file: Option<String>,
    bytes: &'a [u8],
}

/// The fields of a form of several parts.
fn fields(incoming: &Incoming) -> Vec<Field<'_>> {
    let kind = incoming.header("content-type").unwrap_or_default();
    let Some((_, boundary)) = kind.split_once("boundary=") else { return Vec::new() };
    let mark = format!("--{}", boundary.trim_matches('"')).into_bytes();
    let body = &incoming.body;
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = find(&body[at..], &mark) {
        places.push(at + found);
        at += found + mark.len();
    }
    let part = |pair: &[usize]| {
        let part = body.get(pair[0] + mark.len() + 2..pair[1] - 2)?;
        let end = find(part, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&part[..end]).into_owned();
        let value = |key: &str| {
            let rest = head.split_once(&format!("{key}=\""))?.1;
            Some(rest.split('"').next()?.to_owned())
        };
        Some(Field { name: value(" name")?, file: value("filename"), bytes: &part[end + 4..] })
    };
    places.windows(2).filter_map(part).collect()
}

fn find(text: &[u8], words: &[u8]) -> Option<usize> {
    text.windows(words.len()).position(|window| window == words)
}

fn serve(shared: &Mutex<Store>, incoming: Incoming) -> Outgoing {
    let file = if incoming.method == "POST" && incoming.path == UPLOAD {
        fields(&incoming).into_iter().find_map(|field| field.file)
    } else {
        None
    };
    let seen = file.unwrap_or_else(|| String::from_utf8_lossy(&incoming.body).into_owned());
    let fault = lock(shared).faults.take(&incoming.method, &incoming.path, &seen);
    if let Some(Fault::Slow(wait)) = fault {
        std::thread::sleep(wait);
    }
    let mut store = lock(shared);
    let injected = !matches!(fault, None | Some(Fault::Slow(_)));
    let answer = match fault {
        Some(Fault::CutConnection) => None,
        Some(Fault::CommitThenCut) => {
            store.answer(&incoming);
            None
        }
        Some(Fault::CommitThenFail) => {
            store.answer(&incoming);
            Some(text(502, "bad gateway"))
        }
        Some(Fault::Status(status, _, body)) => Some(text(status, &body.to_string())),
        Some(Fault::SecondaryLimit(_) | Fault::PrimaryLimit(_)) => Some(text(429, "slow down")),
        Some(Fault::LieOk) => Some(text(200, "")),
        Some(Fault::Stale) if incoming.method == "GET" => Some(text(404, "not found")),
        None | Some(Fault::Slow(_) | Fault::Stale) => Some(store.answer(&incoming)),
    };
    let mut record = Recorded {
        sequence: 0,
        method: incoming.method,
        path: incoming.path,
        query: incoming.query,
        headers: incoming.headers,
        body: seen,
        status: 0,
        response_headers: Vec::new(),
        response: String::new(),
        injected,
    };
    let Some(Answer { status, kind, body }) = answer else {
        store.log.push(record);
        return Outgoing::Cut;
    };
    record.status = status;
    record.response = String::from_utf8_lossy(&body).into_owned();
    store.log.push(record);
    Outgoing::Reply { status, headers: vec![("content-type".into(), kind.into())], body }
}

impl Store {
    fn has_login(&self, incoming: &Incoming) -> bool {
        let given = incoming.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        let pair = given.and_then(|pair| STANDARD.decode(pair.trim()).ok()).unwrap_or_default();
        let pair = String::from_utf8_lossy(&pair).into_owned();
        pair.strip_prefix("__token__:").is_some_and(|token| self.tokens.contains(token))
    }

    fn answer(&mut self, incoming: &Incoming) -> Answer {
        let parts: Vec<&str> = incoming.path.trim_matches('/').split('/').collect();
        match (incoming.method.as_str(), parts.as_slice()) {
            ("POST", _) if incoming.path == UPLOAD => self.take(incoming),
            ("GET", _) if self.is_private && !self.has_login(incoming) => text(401, "log in first"),
            ("GET", ["simple", project]) if incoming.path.ends_with('/') => {
                let wants_json =
                    incoming.header("accept").is_some_and(|kind| kind.contains("json"));
                self.page(project, wants_json && self.speaks_json)
            }
            ("GET", ["files", project, file]) => {
                let files = self.projects.get(*project).into_iter().flatten();
                let mut found = files.filter(|(name, ..)| name == file).map(|(_, bytes, _)| bytes);
                match found.next_back() {
                    Some(bytes) => Answer {
                        status: 200,
                        kind: "application/octet-stream",
                        body: bytes.clone(),
                    },
                    None => text(404, "no such file"),
                }
            }
            _ => text(404, "not found"),
        }
    }

    fn page(&self, project: &str, as_json: bool) -> Answer {
        let Some(files) = self.projects.get(project) else { return text(404, "no such project") };
        if as_json {
            let files = files.iter().map(|(name, bytes, is_yanked)| {
                json!({
                    "filename": name,
                    "url": format!("../../files/{project}/{name}"),
                    "hashes": { "sha256": hex(bytes) },
                    "yanked": is_yanked,
                })
            });
            let page = json!({
                "meta": { "api-version": "1.1" },
                "name": project,
                "files": files.collect::<Vec<_>>(),
            });
            let kind = "application/vnd.pypi.simple.v1+json";
            return Answer { status: 200, kind, body: page.to_string().into_bytes() };
        }
        let links = files.iter().map(|(name, bytes, is_yanked)| {
            let yanked = if *is_yanked { " data-yanked=\"\"" } else { "" };
            let hash = hex(bytes);
            format!(
                "<a href=\"../../files/{project}/{name}#sha256={hash}\"{yanked}>{name}</a><br/>\n"
            )
        });
        let links: String = links.collect();
        let body = format!("<!DOCTYPE html>\n<html><body>\n{links}</body></html>\n").into_bytes();
        Answer { status: 200, kind: "text/html", body }
    }

    fn take(&mut self, incoming: &Incoming) -> Answer {
        if !self.has_login(incoming) {
            return text(403, "Invalid or non-existent authentication information.");
        }
        let fields = fields(incoming);
        let name = fields.iter().find(|field| field.name == "name");
        let file = fields.iter().find(|field| field.name == "content");
        let (Some(name), Some(content)) = (name, file) else {
            return text(400, "a field is missing");
        };
        let project = normal(&String::from_utf8_lossy(name.bytes));
        let file = content.file.clone().unwrap_or_default();
        let files = self.projects.entry(project).or_default();
        match files.iter().find(|(known, ..)| *known == file) {
            Some((_, bytes, _)) if bytes == content.bytes => text(200, "the same file was there"),
            Some(_) => text(400, "File already exists, and its content is another one."),
            None => {
                files.push((file, content.bytes.to_vec(), false));
                text(200, "OK")
            }
        }
    }
}
