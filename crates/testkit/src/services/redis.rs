//! A real redis on loopback, in a folder of its own, that is started late, stopped and restarted
//! while somebody looks at it.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;

use tempfile::TempDir;

use super::process::{self, Process};
use super::url;
use crate::certificates::Pair;
use crate::target::Reserved;

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Redis {
    program: PathBuf,
    process: Option<Process>,
    port: Reserved,
    lines: String,
    is_tls: bool,
    dir: TempDir,
}

impl Redis {
    /// Has a port and runs not yet. `None` when the program is missing, which is said.
    pub fn prepare() -> Option<Self> {
        let program = process::server("redis-server")?;
        let dir = TempDir::with_prefix("launchway-redis-").expect("a temporary directory");
        process::give(dir.path());
        let (port, lines) = (Reserved::new(), String::new());
        Some(Self { program, process: None, port, lines, is_tls: false, dir })
    }

    /// A line of its configuration, such as `requirepass …`, from the next start on.
    pub fn setting(&mut self, line: &str) {
        self.lines.push_str(line);
        self.lines.push('\n');
    }

    /// Speaks TLS, and nothing else, with this certificate, from the next start on.
    pub fn tls(&mut self, pair: &Pair) {
        for (key, from) in [("tls-cert-file", &pair.certificate), ("tls-key-file", &pair.key)] {
            let to = self.dir.path().join(key);
            std::fs::copy(from, &to).expect("a file can be copied");
            process::give(&to);
            self.setting(&format!("{key} {}", to.display()));
        }
        self.setting("tls-auth-clients no");
        self.setting(&format!("tls-ca-cert-file {}/tls-cert-file", self.dir.path().display()));
        self.is_tls = true;
    }

    /// Where it listens, or will.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// `redis://user:password@127.0.0.1:port` and the rest, which begins with `/`.
    pub fn url(&self, user: &str, password: Option<&str>, rest: &str) -> String {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        url(scheme, self.address(), user, password, rest)
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// When it runs already or does not start.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "redis runs already");
        let address = self.address();
        let kind = if self.is_tls { "port 0\ntls-port" } else { "port" };
        let text = format!(
            "bind {}\n{kind} {}\ndir {}\nsave \"\"\n{}",
            address.ip(),
            address.port(),
            self.dir.path().display(),
            self.lines
        );
        let file = self.dir.path().join("redis.conf");
        std::fs::write(&file, text).expect("a file in its folder");
        process::give(&file);
        let mut command = process::command(&self.program, self.dir.path());
        let log = self.dir.path().join("said.log");
        let mut process = Process::start("redis", "KILL", command.arg(&file), &log);
        process.wait_until(|| TcpStream::connect(address).is_ok());
        self.process = Some(process);
    }

    /// Ends it at once, with every connection.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Ends it and starts it again.
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }
}
