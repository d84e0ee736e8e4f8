//! The tools, and how each is told to wait for the same thing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::tools::Tools as Installed;
use crate::{oracles, shell};

/// The version that was looked at.
const HURL: &str = "8.0.1";

/// One of the tools.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Ours,
    WaitOn,
    Hurl,
    Curl,
}

impl Tool {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::WaitOn => "wait-on",
            Self::Hurl => "hurl",
            Self::Curl => "curl",
        }
    }
}

/// What is waited for.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) urls: Vec<String>,
    /// In all.
    pub(super) deadline: Duration,
    pub(super) interval: Duration,
    /// Text the body must have; wait-on and curl cannot look for it.
    pub(super) body: Option<&'static str>,
    /// Whether redirects are followed (wait-on does unless told otherwise).
    pub(super) follows: bool,
    /// For `https`: a file with an authority to trust besides the system's.
    pub(super) authority: Option<PathBuf>,
}

impl Ask {
    pub(super) fn new(url: impl Into<String>) -> Self {
        Self {
            urls: vec![url.into()],
            deadline: Duration::from_secs(30),
            interval: Duration::from_millis(100),
            body: None,
            follows: false,
            authority: None,
        }
    }
}

/// Those that are there.
pub(super) struct Tools {
    ours: PathBuf,
    node: Option<PathBuf>,
    wait_on: Option<PathBuf>,
    hurl: Option<PathBuf>,
    curl: Option<PathBuf>,
    /// For the files of hurl, and outputs.
    dir: TempDir,
}

impl Tools {
    pub(super) fn find(ours: &Path) -> Result<Self> {
        let wait_on = Installed::node_modules().join("wait-on/bin/wait-on");
        Ok(Self {
            ours: ours.to_owned(),
            node: Installed::find("node"),
            wait_on: Some(wait_on).filter(|script| script.is_file()),
            hurl: Installed::find("hurl"),
            curl: shell::on_path("curl"),
            dir: tempfile::Builder::new().prefix("launchway-bench-").tempdir()?,
        })
    }

    /// Which there are, and how to get the others.
    pub(super) fn print(&self) {
        println!("\nthe health checker, beside");
        let said = |program: Option<&PathBuf>| {
            let said = shell::read(shell::command(program?).arg("--version")).ok()?;
            Some(said.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        };
        let pinned = oracles::read().ok().and_then(|all| all.npm.get("wait-on").cloned());
        let wait_on = pinned.filter(|_| self.has(Tool::WaitOn));
        for (name, version, remedy) in [
            (
                "wait-on",
                wait_on.map(|version| format!("wait-on {version}")),
                "`cargo xtask test --install` brings it".to_owned(),
            ),
            (
                "hurl",
                said(self.hurl.as_ref()),
                format!(
                    "`cargo install --locked hurl --version {HURL} --root target/tools` brings it, \
                     with libxml2-dev, libclang-dev and a C compiler"
                ),
            ),
            ("curl", said(self.curl.as_ref()), "Debian's package curl brings it".to_owned()),
        ] {
            match version {
                Some(version) => println!("  {version}"),
                None => println!("  ({name} is not here and not compared with: {remedy})"),
            }
        }
    }

    pub(super) fn has(&self, tool: Tool) -> bool {
        match tool {
            Tool::Ours => true,
            Tool::WaitOn => self.node.is_some() && self.wait_on.is_some(),
            Tool::Hurl => self.hurl.is_some(),
            Tool::Curl => self.curl.is_some(),
        }
    }

    /// Those that are there, ours first.
    pub(super) fn all(&self) -> impl Iterator<Item = Tool> {
        let all = [Tool::Ours, Tool::WaitOn, Tool::Hurl, Tool::Curl];
        all.into_iter().filter(|tool| self.has(*tool))
    }

    /// The command that waits.
    pub(super) fn command(&self, tool: Tool, ask: &Ask) -> Result<Command> {
        let mut command = match tool {
            Tool::Ours => self.ours(ask),
            Tool::WaitOn => self.wait_on(ask)?,
            Tool::Hurl => self.hurl(ask)?,
            Tool::Curl => self.curl(ask)?,
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // As on a machine without proxies and outside of a runner.
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        for name in ["CI", "GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
            command.env_remove(name);
        }
        Ok(command)
    }

    /// [`Self::command`] of ours, with its outputs written; [`Self::output`] reads them.
    pub(super) fn reporting(&self, ask: &Ask) -> Result<Command> {
        let mut command = self.command(Tool::Ours, ask)?;
        std::fs::write(self.outputs(), "")?;
        command.env("GITHUB_OUTPUT", self.outputs());
        Ok(command)
    }

    /// An output of the last [`Self::reporting`] command; empty when it was not written.
    pub(super) fn output(&self, name: &str) -> Result<String> {
        let text = std::fs::read_to_string(self.outputs())?;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(rest) = line.strip_prefix(name) else { continue };
            if let Some(value) = rest.strip_prefix('=') {
                return Ok(value.to_owned());
            }
            if let Some(end) = rest.strip_prefix("<<") {
                let value: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
                return Ok(value.join("\n"));
            }
        }
        Ok(String::new())
    }

    fn outputs(&self) -> PathBuf {
        self.dir.path().join("outputs")
    }

    fn ours(&self, ask: &Ask) -> Command {
        let mut command = Command::new(&self.ours);
        command.arg("--url").arg(ask.urls.join("\n"));
        command.arg("--timeout").arg(millis(ask.deadline));
        command.arg("--interval").arg(millis(ask.interval));
        if let Some(body) = ask.body {
            command.arg("--expected-body").arg(body);
        }
        if ask.follows {
            command.args(["--follow-redirects", "true"]);
        }
        if let Some(authority) = &ask.authority {
            command.arg("--ca-file").arg(authority);
        }
        command
    }

    fn wait_on(&self, ask: &Ask) -> Result<Command> {
        let mut command = Command::new(self.node.as_ref().context("node is not here")?);
        command.arg(self.wait_on.as_ref().context("wait-on is not here")?);
        command.arg("--timeout").arg(ask.deadline.as_millis().to_string());
        command.arg("--interval").arg(ask.interval.as_millis().to_string());
        if let Some(authority) = &ask.authority {
            // It verifies nothing unless told to.
            let config = self.dir.path().join("wait-on.json");
            std::fs::write(&config, r#"{ "strictSSL": true }"#)?;
            command.arg("--config").arg(config).env("NODE_EXTRA_CA_CERTS", authority);
        }
        command.args(ask.urls.iter().map(|url| url.replacen("://", "-get://", 1)));
        Ok(command)
    }

    /// Has no time for all attempts: as many as fit into it.
    fn hurl(&self, ask: &Ask) -> Result<Command> {
        let mut command = Command::new(self.hurl.as_ref().context("hurl is not here")?);
        let attempts = ask.deadline.as_millis() / ask.interval.as_millis().max(1);
        command.args(["--no-output", "--compressed", "--retry"]).arg(attempts.to_string());
        command.arg("--retry-interval").arg(millis(ask.interval));
        command.arg("--max-time").arg(millis(ask.deadline));
        if ask.follows {
            command.arg("--location");
        }
        if let Some(authority) = &ask.authority {
            command.arg("--cacert").arg(self.bundle(authority)?);
        }
        if ask.urls.len() > 1 {
            command.args(["--parallel", "--test", "--jobs"]).arg(ask.urls.len().to_string());
        }
        for (number, url) in ask.urls.iter().enumerate() {
            let file = self.dir.path().join(format!("{number}.hurl"));
            let asserts = ask.body.map(|body| format!("[Asserts]\nbody contains \"{body}\"\n"));
            std::fs::write(&file, format!("GET {url}\nHTTP 200\n{}", asserts.unwrap_or_default()))?;
            command.arg(file);
        }
        Ok(command)
    }

    /// Retries each second at best, and begins none that cannot end in time.
    fn curl(&self, ask: &Ask) -> Result<Command> {
        let mut command = Command::new(self.curl.as_ref().context("curl is not here")?);
        command.args(["--silent", "--fail", "--compressed"]);
        command.args(["--retry", "1000", "--retry-delay", "1", "--retry-all-errors"]);
        let last = ask.deadline.saturating_sub(Duration::from_secs(1));
        command.arg("--retry-max-time").arg(last.as_secs().to_string());
        command.arg("--max-time").arg(ask.deadline.as_secs_f64().to_string());
        if ask.follows {
            command.arg("--location");
        }
        if let Some(authority) = &ask.authority {
            command.arg("--cacert").arg(self.bundle(authority)?);
        }
        if ask.urls.len() > 1 {
            command.args(["--parallel", "--parallel-immediate", "--parallel-max"]);
            command.arg(ask.urls.len().to_string());
        }
        for url in &ask.urls {
            command.args(["--output", "/dev/null"]).arg(url);
        }
        Ok(command)
    }

    /// The system's authorities, where Debian has them, and this one: curl takes a file instead of
    /// them, not besides them.
    fn bundle(&self, authority: &Path) -> Result<PathBuf> {
        let mut all = std::fs::read("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
        all.extend(std::fs::read(authority)?);
        let bundle = self.dir.path().join("bundle.pem");
        std::fs::write(&bundle, all)?;
        Ok(bundle)
    }
}

fn millis(time: Duration) -> String {
    format!("{}ms", time.as_millis())
}
