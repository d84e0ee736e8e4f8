//! Certificates for every fault a client must see, made by the real `openssl` program.
//!
//! ```no_run
//! # use launchway_testkit::certificates::{Certificates, Wanted};
//! let Some(certificates) = Certificates::new() else { return };
//! let good = certificates.make(&Wanted::server(&["DNS:localhost", "IP:127.0.0.1"]));
//! let old = certificates.make(&Wanted::server(&["DNS:localhost"]).expired());
//! # let _ = (good, old, certificates.authority());
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::distribution::tool;

const DAY: i64 = 24 * 60 * 60;
/// What `openssl ca` wants to know besides its flags.
const CONFIGURATION: &str = "\
[ca]
default_ca = here
[here]
database = $ENV::HERE/database
new_certs_dir = $ENV::HERE
default_md = sha256
rand_serial = yes
policy = any
unique_subject = no
[any]
commonName = optional
";

/// A certificate and its key, both PEM.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The certificate alone: its issuer is not in the file.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Which certificate. A server's unless said: two hours old, good for 30 days, signed by the
/// [authority](Certificates::authority), with a P-256 key.
#[derive(Clone, Debug)]
pub struct Wanted {
    names: Vec<String>,
    from: i64,
    to: i64,
    is_rsa: bool,
    is_client: bool,
    is_self_signed: bool,
}

impl Wanted {
    /// For a server of these names, written as openssl does: `DNS:localhost`, `IP:127.0.0.1`.
    pub fn server(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            from: -2 * 60 * 60,
            // An hour more, so that the days left are 30 for a while.
            to: 30 * DAY + 60 * 60,
            is_rsa: false,
            is_client: false,
            is_self_signed: false,
        }
    }

    /// For a client.
    pub fn client() -> Self {
        Self { is_client: true, ..Self::server(&[]) }
    }

    /// Valid from and to, in seconds from now.
    #[must_use]
    pub fn valid(self, from: i64, to: i64) -> Self {
        Self { from, to, ..self }
    }

    /// It ended an hour ago.
    #[must_use]
    pub fn expired(self) -> Self {
        self.valid(-10 * DAY, -60 * 60)
    }

    /// It begins tomorrow.
    #[must_use]
    pub fn not_yet_valid(self) -> Self {
        self.valid(DAY, 30 * DAY)
    }

    /// With an RSA key of 2048 bits.
    #[must_use]
    pub fn rsa(self) -> Self {
        Self { is_rsa: true, ..self }
    }

    /// Signed by its own key, as no authority did.
    #[must_use]
    pub fn self_signed(self) -> Self {
        Self { is_self_signed: true, ..self }
    }

    fn extensions(&self) -> String {
        let purpose = if self.is_client { "clientAuth" } else { "serverAuth" };
        let mut lines = format!("basicConstraints=critical,CA:FALSE\nextendedKeyUsage={purpose}\n");
        if !self.names.is_empty() {
            lines.push_str(&format!("subjectAltName={}\n", self.names.join(",")));
        }
        lines
    }
}

/// An authority and what it signs, in a folder that goes when this is dropped.
#[derive(Debug)]
pub struct Certificates {
    openssl: PathBuf,
    dir: TempDir,
    authority: Pair,
    made: AtomicUsize,
}

impl Certificates {
    /// A new authority. `None` when `openssl` is missing, which is said.
    pub fn new() -> Option<Self> {
        let openssl = tool("openssl")?;
        let dir = TempDir::with_prefix("launchway-certificates-").expect("a temporary directory");
        let authority = Pair {
            certificate: dir.path().join("authority.pem"),
            key: dir.path().join("authority.key"),
        };
        std::fs::write(dir.path().join("openssl.cnf"), CONFIGURATION).expect("a file");
        std::fs::write(dir.path().join("database"), "").expect("a file");
        new_key(&openssl, &authority.key, false);
        let mut command = Command::new(&openssl);
        command.args(["req", "-x509", "-days", "30", "-subj", "/CN=launchway test authority"]);
        command.args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
        command.arg("-key").arg(&authority.key).arg("-out").arg(&authority.certificate);
        run(&mut command);
        Some(Self { openssl, dir, authority, made: AtomicUsize::new(0) })
    }

    /// The authority's certificate (PEM): who trusts it trusts all it signed.
    pub fn authority(&self) -> &Path {
        &self.authority.certificate
    }

    /// The folder everything lies in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Makes a certificate with a key of its own.
    ///
    /// # Panics
    /// When openssl refuses, with its words.
    pub fn make(&self, wanted: &Wanted) -> Pair {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let file = |ending: &str| self.dir.path().join(format!("{number}.{ending}"));
        let made = Pair { certificate: file("pem"), key: file("key") };
        new_key(&self.openssl, &made.key, wanted.is_rsa);
        let (request, extensions) = (file("csr"), file("ext"));
        std::fs::write(&extensions, wanted.extensions()).expect("a file");
        let mut command = Command::new(&self.openssl);
        command.args(["req", "-new", "-subj", &format!("/CN=launchway test {number}")]);
        command.arg("-key").arg(&made.key).arg("-out").arg(&request);
        run(&mut command);
        // The one command of openssl 3.0 that takes both dates.
        let mut command = Command::new(&self.openssl);
        command.args(["ca", "-batch", "-notext"]).env("HERE", self.dir.path());
        command.arg("-config").arg(self.dir.path().join("openssl.cnf"));
        command.args(["-startdate", &moment(wanted.from), "-enddate", &moment(wanted.to)]);
        command.arg("-extfile").arg(&extensions).arg("-in").arg(&request);
        if wanted.is_self_signed {
            command.arg("-selfsign").arg("-keyfile").arg(&made.key);
        } else {
            command.arg("-cert").arg(&self.authority.certificate);
            command.arg("-keyfile").arg(&self.authority.key);
        }
        run(command.arg("-out").arg(&made.certificate));
        made
    }
}

fn new_key(openssl: &Path, file: &Path, is_rsa: bool) {
    let mut command = Command::new(openssl);
    command.args(["genpkey", "-algorithm"]);
    command.args(if is_rsa {
        ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    } else {
        ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    });
    run(command.arg("-out").arg(file));
}

/// A point in time as openssl reads it.
fn moment(from_now: i64) -> String {
    let moment = Timestamp::now() + SignedDuration::from_secs(from_now);
    moment.strftime("%Y%m%d%H%M%SZ").to_string()
}

fn run(command: &mut Command) {
    let done = command.output().expect("openssl runs");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_verifies_what_is_good_and_nothing_else() {
        let Some(certificates) = Certificates::new() else { return };
        let good = Wanted::server(&["DNS:localhost", "IP:127.0.0.1"]);
        for (wanted, verdict) in [
            (good.clone(), "OK"),
            (good.clone().rsa(), "OK"),
            (Wanted::client(), "OK"),
            (good.clone().expired(), "certificate has expired"),
            (good.clone().not_yet_valid(), "certificate is not yet valid"),
            (good.self_signed(), "self-signed certificate"),
        ] {
            let made = certificates.make(&wanted);
            let done = Command::new(&certificates.openssl)
                .args(["verify", "-CAfile"])
                .args([certificates.authority(), &made.certificate])
                .output()
                .unwrap();
            let said = [done.stdout, done.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(said.contains(verdict), "{wanted:?}: {said}");
        }
    }
}
