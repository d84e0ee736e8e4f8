//! Debian's real `docker-registry`, on loopback, in a folder of its own.
//!
//! ```no_run
//! # use launchway_testkit::distribution::Distribution;
//! let Some(registry) = Distribution::plain() else { return };
//! let digest = registry.put_index("acme/app", "1.0.0", &["linux/amd64", "linux/arm64"]);
//! assert_eq!(registry.digest("acme/app", "1.0.0"), Some(digest));
//! ```
//!
//! Whatever login it asks for, images are put and looked at through a second, open registry over
//! the same folder, which nobody else knows.

mod buildah;
mod tokens;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

pub use buildah::Buildah;
pub use tokens::TokenService;

use crate::certificates::{Certificates, Pair, Wanted};
use crate::client::{Answer, request};
use crate::oci::{
    DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, digest_of, image_manifest,
};

/// The user who may do everything.
pub const USER: &str = "rocket";
/// That user's password.
pub const PASSWORD: &str = "secret";
/// The user's line of an htpasswd file.
const HTPASSWD: &str = "rocket:$2b$05$ZGWfTlR2tFydAEnUY82GCu2ZwUMwF9cSVeaIiKCCIBhZnEWqmJxtq\n";
/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program, or `None` after a line that says it is missing; where tools are required, that
/// fails.
///
/// # Panics
/// When the program is missing and `LAUNCHWAY_REQUIRE_TOOLS` is set.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "{name} is missing");
        say(&format!("skipped: {name} is missing"));
    }
    found
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn say(line: &str) {
    println!("{line}");
}

/// What it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    Basic,
    Tls,
    Bearer,
}

/// The registry. It stops when it is dropped.
#[derive(Debug)]
pub struct Distribution {
    front: Server,
    back: Option<Server>,
    certificate: Option<PathBuf>,
    tokens: Option<TokenService>,
    /// Keeps the files of its certificate.
    _certificates: Option<Certificates>,
    dir: TempDir,
}

#[derive(Debug)]
struct Server {
    child: Child,
    host: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Distribution {
    /// Open to everybody. `None` when the program is missing, which is said.
    pub fn plain() -> Option<Self> {
        Self::start(Mode::Plain)
    }

    /// With Basic logins: [`USER`] and [`PASSWORD`].
    pub fn basic() -> Option<Self> {
        Self::start(Mode::Basic)
    }

    /// With Basic logins over TLS, whose certificate for `127.0.0.1` and `localhost` is signed by
    /// itself; see [`Self::certificate`].
    pub fn tls() -> Option<Self> {
        Self::start(Mode::Tls)
    }

    /// With tokens of a [`TokenService`], which knows [`USER`] and gives everybody reading.
    pub fn bearer() -> Option<Self> {
        Self::start(Mode::Bearer)
    }

    fn start(mode: Mode) -> Option<Self> {
        let program = tool("docker-registry")?;
        let dir = TempDir::with_prefix("launchway-registry-").expect("a temporary directory");
        let mut http = json!({ "addr": "127.0.0.1:0", "secret": "of no use" });
        let mut auth = Value::Null;
        let (mut certificates, mut certificate, mut tokens) = (None, None, None);
        if matches!(mode, Mode::Tls | Mode::Bearer) {
            let made = Certificates::new()?;
            let Pair { certificate: cert, key } =
                made.make(&Wanted::server(&["DNS:localhost", "IP:127.0.0.1"]).self_signed().rsa());
            certificates = Some(made);
            if mode == Mode::Tls {
                http["tls"] = json!({ "certificate": cert, "key": key });
            } else {
                let service = TokenService::start(&key, &cert);
                auth = json!({ "token": {
                    "realm": service.realm(), "service": tokens::SERVICE,
                    "issuer": tokens::ISSUER, "rootcertbundle": cert,
                } });
                tokens = Some(service);
            }
            certificate = Some(cert);
        }
        if matches!(mode, Mode::Basic | Mode::Tls) {
            let file = dir.path().join("htpasswd");
            std::fs::write(&file, HTPASSWD).expect("a file in the temporary directory");
            auth = json!({ "htpasswd": { "realm": "test", "path": file } });
        }
        let front = Server::start(&program, dir.path(), "front", &http, &auth);
        let open = json!({ "addr": "127.0.0.1:0", "secret": "of no use" });
        let back = (mode != Mode::Plain)
            .then(|| Server::start(&program, dir.path(), "back", &open, &Value::Null));
        Some(Self { front, back, certificate, tokens, _certificates: certificates, dir })
    }

    /// `127.0.0.1:<port>`: the registry as it stands in image references.
    pub fn host(&self) -> &str {
        &self.front.host
    }

    /// A reference here: `reference("acme/app:1.0.0")` is `127.0.0.1:<port>/acme/app:1.0.0`.
    pub fn reference(&self, rest: &str) -> String {
        format!("{}/{rest}", self.host())
    }

    /// The certificate it shows (PEM), to be trusted through `SSL_CERT_FILE`.
    pub fn certificate(&self) -> Option<&Path> {
        self.certificate.as_deref()
    }

    /// The service that gives its tokens.
    pub fn tokens(&self) -> Option<&TokenService> {
        self.tokens.as_ref()
    }

    /// The text of a `config.json` of Docker with the login of [`USER`].
    pub fn docker_config(&self) -> String {
        use base64::Engine as _;
        let login = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
        json!({ "auths": { self.host(): { "auth": login } } }).to_string()
    }

    /// What it logged: also every request, for who wants to see them.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("front.log")).unwrap_or_default()
    }

    /// `http://…` of the registry without a login.
    fn open_url(&self) -> String {
        format!("http://{}", self.back.as_ref().unwrap_or(&self.front).host)
    }

    /// One request without a login, as in `ask("GET acme/app/tags/list", &[], b"")`.
    pub fn ask(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let url = if path.starts_with("http://") {
            path.to_owned()
        } else {
            format!("{}/v2/{path}", self.open_url())
        };
        request(method, &url, headers, body).expect("the registry answers")
    }

    /// Puts an image for `linux/amd64`, whose content is its name and tag. Returns its digest.
    pub fn put_image(&self, repo: &str, tag: &str) -> String {
        let (manifest, ..) = self.put_blobs(repo, "linux/amd64", &format!("{repo}:{tag}"));
        self.put_manifest(repo, tag, OCI_MANIFEST, &manifest)
    }

    /// Puts an index with an image for each of these platforms. Returns its digest.
    pub fn put_index(&self, repo: &str, tag: &str, platforms: &[&str]) -> String {
        let mut children = Vec::new();
        for platform in platforms {
            let content = format!("{repo}:{tag} for {platform}");
            let (manifest, ..) = self.put_blobs(repo, platform, &content);
            let digest = digest_of(&manifest);
            self.put_manifest(repo, &digest, OCI_MANIFEST, &manifest);
            let mut parts = platform.splitn(3, '/');
            children.push(json!({
                "mediaType": OCI_MANIFEST, "digest": digest, "size": manifest.len(),
                "platform": { "os": parts.next(), "architecture": parts.next() },
            }));
        }
        let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children });
        self.put_manifest(repo, tag, OCI_INDEX, index.to_string().as_bytes())
    }

    fn put_blobs(&self, repo: &str, platform: &str, content: &str) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let parts = image_manifest(platform, content);
        self.put_blob(repo, &parts.1);
        self.put_blob(repo, &parts.2);
        parts
    }

    /// Puts a blob. Returns its digest.
    pub fn put_blob(&self, repo: &str, bytes: &[u8]) -> String {
        let digest = digest_of(bytes);
        let start = self.ask(&format!("POST {repo}/blobs/uploads/"), &[], b"");
        let place = start.header("location").expect("a session for the upload");
        let done = self.ask(&format!("PUT {place}&digest={digest}"), &[], bytes);
        assert_eq!(done.status, 201, "{}", done.text());
        digest
    }

    /// Puts a manifest under a tag or its digest. Returns its digest.
    pub fn put_manifest(&self, repo: &str, which: &str, media_type: &str, bytes: &[u8]) -> String {
        let line = format!("PUT {repo}/manifests/{which}");
        let done = self.ask(&line, &[("content-type", media_type)], bytes);
        assert_eq!(done.status, 201, "{}", done.text());
        digest_of(bytes)
    }

    /// The bytes of a manifest by tag or digest.
    pub fn manifest(&self, repo: &str, which: &str) -> Option<Vec<u8>> {
        let accept = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(", ");
        let line = format!("GET {repo}/manifests/{which}");
        let got = self.ask(&line, &[("accept", &accept)], b"");
        (got.status == 200).then_some(got.body)
    }

    /// The digest a tag holds.
    pub fn digest(&self, repo: &str, tag: &str) -> Option<String> {
        self.manifest(repo, tag).map(|bytes| digest_of(&bytes))
    }

    /// Deletes a manifest by digest, as a cleanup does.
    pub fn delete(&self, repo: &str, digest: &str) {
        let done = self.ask(&format!("DELETE {repo}/manifests/{digest}"), &[], b"");
        assert_eq!(done.status, 202, "{}", done.text());
    }
}

impl Server {
    fn start(program: &Path, dir: &Path, name: &str, http: &Value, auth: &Value) -> Self {
        // YAML takes JSON as it is.
        let mut config = json!({
            "version": 0.1,
            "log": { "level": "info", "formatter": "text" },
            "storage": {
                "filesystem": { "rootdirectory": dir.join("storage") },
                "delete": { "enabled": true },
            },
            "http": http,
            // Without it, layers that name other places are refused.
            "validation": { "manifests": { "urls": { "allow": ["^https://elsewhere\\.example/"] } } },
        });
        if !auth.is_null() {
            config["auth"] = auth.clone();
        }
        let file = dir.join(format!("{name}.json"));
        std::fs::write(&file, config.to_string()).expect("a file in the temporary directory");
        let log = dir.join(format!("{name}.log"));
        let out = std::fs::File::create(&log).expect("a file in the temporary directory");
        let child = Command::new(program)
            .arg("serve")
            .arg(&file)
            .env_clear()
            .stdin(Stdio::null())
            .stderr(out.try_clone().expect("a file can be shared"))
            .stdout(out)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        let mut server = Self { child, host: String::new() };
        let started = Instant::now();
        loop {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            // It listens from before it says so.
            if let Some(rest) = text.split("listening on 127.0.0.1:").nth(1)
                && let Some(port) = rest.split(|c: char| !c.is_ascii_digit()).next()
                && rest.len() > port.len()
            {
                server.host = format!("127.0.0.1:{port}");
                return server;
            }
            let ended = server.child.try_wait().expect("a child can be waited for");
            assert!(
                ended.is_none() && started.elapsed() < PATIENCE,
                "docker-registry does not start:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
