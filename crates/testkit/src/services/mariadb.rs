//! A real MariaDB on loopback, in a folder of its own, that is started late, stopped and restarted
//! while somebody looks at it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::process::{self, Process};
use super::url;
use crate::certificates::Pair;
use crate::target::Reserved;

/// The password of every user: with what URLs and SQL must not break, and not ASCII.
pub const PASSWORD: &str = "sword\u{aa}fish/@:%é '";
/// The users, each named after the way they log in. `tls` may come over TLS only; `multi` by
/// ed25519 or, which their password fits, natively; `nobody` has no password.
pub const USERS: [&str; 5] = ["native", "ed25519", "tls", "multi", "nobody"];

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct MariaDb {
    program: PathBuf,
    process: Option<Process>,
    port: Reserved,
    host: String,
    flags: Vec<String>,
    dir: TempDir,
}

impl MariaDb {
    /// Has a port, a database `shop` and the [`USERS`], and runs not yet. `None` when the program is
    /// missing, which is said.
    pub fn prepare() -> Option<Self> {
        let program = process::server("mariadbd")?;
        let install = process::server("mariadb-install-db")?;
        let dir = TempDir::with_prefix("launchway-mariadb-").expect("a temporary directory");
        process::give(dir.path());
        let mut command = process::command(&install, dir.path());
        command.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
        command.args(["--skip-test-db", "--innodb-log-file-size=4M"]);
        process::run(command.arg(format!("--datadir={}", dir.path().join("data").display())));
        let password = PASSWORD.replace('\'', "''");
        let sql = format!(
            "CREATE DATABASE IF NOT EXISTS shop;\n\
             CREATE OR REPLACE USER native@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('{password}');\n\
             CREATE OR REPLACE USER ed25519@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{password}');\n\
             CREATE OR REPLACE USER tls@'%' IDENTIFIED BY '{password}' REQUIRE SSL;\n\
             CREATE OR REPLACE USER multi@'%' IDENTIFIED VIA ed25519 USING PASSWORD('another') \
             OR mysql_native_password USING PASSWORD('{password}');\n\
             CREATE OR REPLACE USER nobody@'%';\n\
             GRANT SELECT ON shop.* TO native@'%';\n"
        );
        std::fs::write(dir.path().join("first.sql"), sql).expect("a file in its folder");
        process::give(&dir.path().join("first.sql"));
        let port = Reserved::new();
        let host = port.address().ip().to_string();
        Some(Self { program, process: None, port, host, flags: Vec::new(), dir })
    }

    /// Where it listens, or will.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// `mysql://user:password@127.0.0.1:port` and the rest, which begins with `/` or `?`.
    pub fn url(&self, user: &str, password: Option<&str>, rest: &str) -> String {
        url("mysql", self.address(), user, password, rest)
    }

    /// A flag, such as `--max-connections=1`, from the next start on.
    pub fn flag(&mut self, flag: &str) {
        self.flags.push(flag.to_owned());
    }

    /// Listens there instead of on `127.0.0.1`, from the next start on.
    pub fn listen_on(&mut self, host: &str) {
        host.clone_into(&mut self.host);
    }

    /// Speaks TLS with this certificate, from the next start on.
    pub fn tls(&mut self, pair: &Pair) {
        let copy = |from: &Path, name: &str| {
            let to = self.dir.path().join(name);
            std::fs::copy(from, &to).expect("a file can be copied");
            process::give(&to);
            to
        };
        let (certificate, key) = (copy(&pair.certificate, "cert.pem"), copy(&pair.key, "key.pem"));
        self.flag(&format!("--ssl-cert={}", certificate.display()));
        self.flag(&format!("--ssl-key={}", key.display()));
    }

    /// Starts it and waits until it takes connections.
    ///
    /// # Panics
    /// When it runs already or does not start.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "mariadb runs already");
        let dir = self.dir.path();
        let log = dir.join("said.log");
        let _ = std::fs::remove_file(&log);
        let mut command = process::command(&self.program, dir);
        command.arg("--no-defaults");
        for (flag, file) in [
            ("datadir", "data"),
            ("init-file", "first.sql"),
            ("socket", "socket"),
            ("pid-file", "pid"),
        ] {
            command.arg(format!("--{flag}={}", dir.join(file).display()));
        }
        command.arg(format!("--bind-address={}", self.host));
        command.arg(format!("--port={}", self.address().port()));
        command.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=8M"]);
        command.arg("--plugin-load-add=auth_ed25519").args(&self.flags);
        let mut process = Process::start("mariadb", "KILL", &mut command, &log);
        process.wait_until(|| {
            std::fs::read_to_string(&log).is_ok_and(|text| text.contains("ready for connections"))
        });
        self.process = Some(process);
    }

    /// Ends it at once, with every connection.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// What it said since its last start.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("said.log")).unwrap_or_default()
    }
}
