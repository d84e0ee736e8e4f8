//! A real nginx on loopback, in a folder of its own, that is started late, stopped, restarted and
//! configured anew while somebody looks at it.
//!
//! ```no_run
//! # use launchway_testkit::services::nginx::Nginx;
//! let Some(mut nginx) = Nginx::prepare() else { return };
//! let url = nginx.url("/health"); // refused, until:
//! nginx.start();
//! nginx.page(503, "on holiday"); // as `nginx -s reload` does it
//! nginx.stop();
//! ```

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::certificates::Pair;
use crate::distribution::tool;
use crate::target::Reserved;

/// How long it may take until it does what it is told.
const PATIENCE: Duration = Duration::from_secs(20);

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Nginx {
    program: PathBuf,
    dir: TempDir,
    child: Option<Child>,
    port: Reserved,
    page: (u16, String),
    tls: Option<(PathBuf, PathBuf)>,
    /// More lines of the `server` block.
    lines: String,
}

impl Nginx {
    /// Has a port and runs not yet; every path will answer `200` with `ok`. `None` when the program
    /// is missing, which is said.
    pub fn prepare() -> Option<Self> {
        let program = tool("nginx")?;
        let dir = TempDir::with_prefix("launchway-nginx-").expect("a temporary directory");
        Some(Self {
            program,
            dir,
            child: None,
            port: Reserved::new(),
            page: (200, "ok".to_owned()),
            tls: None,
            lines: String::new(),
        })
    }

    /// Where it listens, or will.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// `http://127.0.0.1:<port>`, with TLS `https://localhost:<port>`, and this path, which begins
    /// with `/`.
    pub fn url(&self, path: &str) -> String {
        let port = self.address().port();
        if self.tls.is_some() {
            format!("https://localhost:{port}{path}")
        } else {
            format!("http://127.0.0.1:{port}{path}")
        }
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// When it runs already or does not start.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "nginx runs already");
        self.configure();
        let log = std::fs::File::create(self.dir.path().join("said.log"));
        let child = Command::new(&self.program)
            .arg("-p")
            .arg(self.dir.path())
            .arg("-c")
            .arg(self.dir.path().join("nginx.conf"))
            .arg("-e")
            .arg(self.dir.path().join("error.log"))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a file in the temporary directory"))
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.program.display()));
        self.child = Some(child);
        let address = self.address();
        self.wait("does not start", |_| TcpStream::connect(address).is_ok());
    }

    /// Ends it at once, with every connection, and waits until it is gone.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        signal(&child, "TERM");
        let began = Instant::now();
        while !matches!(child.try_wait(), Ok(Some(_))) {
            if began.elapsed() > PATIENCE {
                let _ = child.kill();
                let _ = child.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Ends it and starts it again.
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    /// Answers every path so from now on; when it runs, by reloading its configuration, after which
    /// this returns.
    pub fn page(&mut self, status: u16, body: &str) {
        self.page = (status, body.to_owned());
        self.reload();
    }

    /// Lines of the `server` block from now on, such as a `location`; reloads.
    pub fn lines(&mut self, lines: &str) {
        lines.clone_into(&mut self.lines);
        self.reload();
    }

    /// Speaks TLS from now on, or no longer; reloads.
    pub fn tls(&mut self, pair: Option<&Pair>) {
        self.tls = pair.map(|pair| (pair.certificate.clone(), pair.key.clone()));
        self.reload();
    }

    /// What it was asked, one line each as in `GET /health 200`.
    pub fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.dir.path().join("access.log"));
        log.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Reads its configuration anew, when it runs. The workers of before have ended when this
    /// returns.
    fn reload(&mut self) {
        let Some(child) = &self.child else { return };
        let process = child.id();
        self.configure();
        let before = workers(process);
        signal(self.child.as_ref().expect("it runs"), "HUP");
        self.wait("does not take its new configuration", |_| {
            let now = workers(process);
            !now.is_empty() && now.iter().all(|worker| !before.contains(worker))
        });
    }

    fn configure(&self) {
        let dir = self.dir.path();
        let address = self.address();
        let (status, body) = &self.page;
        assert!(!body.contains(['"', '$', '\\']), "this text needs escaping: {body}");
        let mut temporary = String::new();
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            temporary.push_str(&format!("  {kind}_temp_path {}/{kind};\n", dir.display()));
        }
        let (mut ssl, mut pair) = ("", String::new());
        if let Some((certificate, key)) = &self.tls {
            ssl = " ssl";
            pair = format!(
                "    ssl_certificate {};\n    ssl_certificate_key {};\n",
                certificate.display(),
                key.display()
            );
        }
        let text = format!(
            "daemon off;\nworker_processes 1;\npid {dir}/nginx.pid;\nerror_log {dir}/error.log;\n\
             events {{ worker_connections 512; }}\nhttp {{\n{temporary}  default_type text/plain;\n  \
             log_format line '$request_method $uri $status';\n  access_log {dir}/access.log line;\n  \
             server {{\n    listen {address}{ssl};\n{pair}    {lines}\n    \
             location / {{ return {status} \"{body}\"; }}\n  }}\n}}\n",
            dir = dir.display(),
            lines = self.lines,
        );
        std::fs::write(dir.join("nginx.conf"), text).expect("a file in the temporary directory");
    }

    fn wait(&mut self, failure: &str, is_done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_done(self) {
            let child = self.child.as_mut().expect("it was started");
            let ended = child.try_wait().expect("a child can be waited for");
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "nginx {failure}:\n{}{}",
                read(&self.dir.path().join("said.log")),
                read(&self.dir.path().join("error.log")),
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.stop();
    }
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    let done = Command::new("sh").args(["-c", &kill]).status();
    assert!(done.is_ok_and(|status| status.success()), "nginx takes no {name}");
}

/// The processes a process has started and that still run.
fn workers(process: u32) -> Vec<String> {
    let list = read(Path::new(&format!("/proc/{process}/task/{process}/children")));
    list.split_whitespace().map(str::to_owned).collect()
}
