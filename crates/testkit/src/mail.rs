//! A real mail server on loopback: Python's aiosmtpd, told how to go wrong.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::certificates::Pair;

/// Prints its port. Letters go into the folder, one file each: sender, recipients, then the letter.
const SERVER: &str = r#"
import asyncio, os, ssl, sys, time
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

mode, folder, cert, key = sys.argv[1:5]
count = [0]

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user here"
        if mode == "grey" and count[0] < 1:
            count[0] += 1
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        count[0] += 1
        with open(os.path.join(folder, "%03d.eml" % count[0]), "wb") as file:
            people = [envelope.mail_from] + envelope.rcpt_tos
            file.write((" ".join(people) + "\n").encode() + envelope.original_content)
        if mode == "close":
            server.transport.abort()
        if mode == "hang":
            await asyncio.sleep(60)
        if mode == "full":
            return "552 5.3.4 message too big"
        return "250 2.0.0 queued as 4711"

def login(server, session, envelope, mechanism, data):
    ok = isinstance(data, LoginPassword) and data.login == b"deploy" and data.password == b"pa/ss word"
    return AuthResult(success=ok, handled=ok)

async def main():
    tls = None
    if cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(cert, key)
    def make():
        return SMTP(Handler(), hostname="mail.test", enable_SMTPUTF8=True,
            tls_context=tls if mode != "smtps" else None, require_starttls=bool(tls) and mode != "smtps",
            auth_required=bool(tls), auth_require_tls=mode != "smtps", authenticator=login if tls else None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=tls if mode == "smtps" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"#;

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Smtp {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Smtp {
    /// Starts one of these modes: `good`, `grey`, `close`, `hang`, `full`, `smtps`; with TLS and a login where it has a
    /// certificate. `None` when aiosmtpd is missing, which is said.
    pub fn start(mode: &str, pair: Option<&Pair>) -> Option<Self> {
        let python = python()?;
        let folder = tempfile::tempdir().expect("a temporary directory");
        let (empty, path) = (PathBuf::new(), |file: &Path| file.to_path_buf());
        let (cert, key) =
            pair.map_or((empty.clone(), empty), |pair| (path(&pair.certificate), path(&pair.key)));
        let mut child = Command::new(python)
            .args(["-c", SERVER, mode])
            .arg(folder.path())
            .args([cert, key])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output is a pipe");
        BufReader::new(out).read_line(&mut line).expect("the mail server names its port");
        let port = line.trim().parse().expect("the mail server names its port");
        Some(Self { child, folder, port })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Without TLS.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// The letters it took, in order.
    pub fn letters(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).expect("its folder can be listed");
        let mut files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
        files.sort();
        let read = |file| std::fs::read_to_string(file).expect("a letter can be read");
        files.iter().map(read).collect()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn say(line: &str) {
    println!("{line}");
}

/// A Python that has the server.
fn python() -> Option<PathBuf> {
    let python =
        std::env::var_os("LAUNCHWAY_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    let has_it = Command::new(&python)
        .args(["-c", "import aiosmtpd.smtp"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_it {
        let wanted = "a mail server (Python's aiosmtpd)";
        assert!(std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(), "{wanted} is missing");
        say(&format!("skipped: {wanted} is missing"));
        return None;
    }
    Some(python)
}
