//! A real PostgreSQL on loopback, in a folder of its own, that is started late, stopped and
//! restarted while somebody looks at it.
//!
//! ```no_run
//! # use launchway_testkit::services::postgres::{PASSWORD, Postgres};
//! let Some(mut postgres) = Postgres::prepare() else { return };
//! let url = postgres.url("scram", Some(PASSWORD), "/postgres"); // refused, until:
//! postgres.start();
//! ```

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::process::{self, Process};
use super::url;
use crate::certificates::Pair;
use crate::target::Reserved;

/// The password of every user: with what URLs, shells and SASLprep must not break, and not ASCII.
pub const PASSWORD: &str = "sword\u{aa}fish/@:%é '";
/// The users, each named after the way they log in. `tls` may come over TLS only.
pub const USERS: [&str; 5] = ["scram", "md5", "clear", "trust", "tls"];

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    program: PathBuf,
    process: Option<Process>,
    port: Reserved,
    settings: Vec<String>,
    dir: TempDir,
}

impl Postgres {
    /// Has a port, a database `postgres` and the [`USERS`], and runs not yet. `None` when the program
    /// is missing, which is said.
    pub fn prepare() -> Option<Self> {
        let program = process::server("postgres")?;
        let initdb = process::server("initdb")?;
        let dir = TempDir::with_prefix("launchway-postgres-").expect("a temporary directory");
        process::give(dir.path());
        let data = dir.path().join("data");
        let mut command = process::command(&initdb, dir.path());
        command.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        process::run(command.arg("--pgdata").arg(&data));
        let rules = "local all all trust\n\
             host all scram 127.0.0.1/32 scram-sha-256\n\
             host all md5 127.0.0.1/32 md5\n\
             host all clear 127.0.0.1/32 password\n\
             host all trust 127.0.0.1/32 trust\n\
             hostssl all tls 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(data.join("pg_hba.conf"), rules).expect("a file in its folder");
        let mut server =
            Self { program, process: None, port: Reserved::new(), settings: Vec::new(), dir };
        let password = PASSWORD.replace('\'', "''");
        let mut lines = String::new();
        for user in USERS {
            let kind = if user == "md5" { "md5" } else { "scram-sha-256" };
            lines.push_str(&format!("SET password_encryption = '{kind}';\n"));
            lines.push_str(&format!("CREATE ROLE {user} LOGIN PASSWORD '{password}';\n"));
        }
        server.sql(&lines);
        Some(server)
    }

    /// Runs statements, one per line, while it does not run.
    fn sql(&mut self, lines: &str) {
        let mut child = process::command(&self.program, self.dir.path())
            .args(["--single", "-F", "-D"])
            .arg(self.data())
            .arg("postgres")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("postgres starts");
        let mut input = child.stdin.take().expect("it was asked for");
        input.write_all(lines.as_bytes()).expect("it reads");
        drop(input);
        let done = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !said.contains("ERROR"), "{said}");
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("said.log")
    }

    /// Where it listens, or will.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// `postgres://user:password@127.0.0.1:port` and the rest, which begins with `/` or `?`.
    pub fn url(&self, user: &str, password: Option<&str>, rest: &str) -> String {
        url("postgres", self.address(), user, password, rest)
    }

    /// A line of its configuration, from the next start on.
    pub fn setting(&mut self, line: &str) {
        self.settings.push(line.to_owned());
    }

    /// Speaks TLS with this certificate, from the next start on.
    pub fn tls(&mut self, pair: &Pair) {
        let copy = |from: &Path, name: &str| {
            let to = self.dir.path().join(name);
            std::fs::copy(from, &to).expect("a file can be copied");
            private(&to);
            process::give(&to);
            to
        };
        let (certificate, key) = (copy(&pair.certificate, "cert.pem"), copy(&pair.key, "key.pem"));
        self.setting("ssl = on");
        self.setting(&format!("ssl_cert_file = '{}'", certificate.display()));
        self.setting(&format!("ssl_key_file = '{}'", key.display()));
    }

    /// Starts it and waits until it takes connections.
    ///
    /// # Panics
    /// When it runs already or does not start.
    pub fn start(&mut self) {
        self.launch();
        let log = self.log();
        let process = self.process.as_mut().expect("it was started");
        process.wait_until(|| std::fs::read_to_string(&log).is_ok_and(|text| text.contains(READY)));
    }

    /// Starts it and does not wait.
    ///
    /// # Panics
    /// When it runs already.
    pub fn launch(&mut self) {
        assert!(self.process.is_none(), "postgres runs already");
        let _ = std::fs::remove_file(self.log());
        let address = self.address();
        let mut lines = format!(
            "listen_addresses = '{}'\nport = {}\nunix_socket_directories = ''\nfsync = off\n",
            address.ip(),
            address.port()
        );
        for line in &self.settings {
            lines.push_str(line);
            lines.push('\n');
        }
        std::fs::write(self.data().join("postgresql.auto.conf"), lines)
            .expect("a file in its folder");
        let mut command = process::command(&self.program, self.dir.path());
        let command = command.arg("-D").arg(self.data());
        // SIGQUIT: no farewell to anybody, and nothing is left of its shared memory.
        self.process = Some(Process::start("postgres", "QUIT", command, &self.log()));
    }

    /// Ends it at once, with every connection.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Tells it to end as an administrator does who waits for all clients to leave: from now on it
    /// answers "the database system is shutting down" for as long as one stays.
    pub fn stop_politely(&self) {
        let process = self.process.as_ref().expect("it runs");
        process::signal("TERM", &process.id().to_string());
    }

    /// What PostgreSQL's own `pg_isready` says of it, as its exit code: 0 takes connections, 1 rejects
    /// them, 2 does not answer. `None` when the program is missing, which is said.
    pub fn pg_isready(&self, user: &str, database: &str) -> Option<i32> {
        let address = self.address();
        let mut command = process::command(&process::server("pg_isready")?, self.dir.path());
        command.args(["--host", &address.ip().to_string(), "--port", &address.port().to_string()]);
        if !user.is_empty() {
            command.args(["--username", user]);
        }
        if !database.is_empty() {
            command.args(["--dbname", database]);
        }
        command.output().expect("pg_isready starts").status.code()
    }

    /// What it said since its last start.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

const READY: &str = "database system is ready to accept connections";

/// PostgreSQL takes no key that others can read.
fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(file, mode).expect("a file of ours");
}
