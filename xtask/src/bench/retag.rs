//! One more tag on an image that is in a real registry: `push-tags`, `skopeo copy`, and nothing but
//! the two requests no way can do without, on one connection of a process that does nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::client;
use launchway_testkit::oci::{OCI_INDEX, OCI_MANIFEST, digest_of, image_manifest};
use serde_json::json;
use tempfile::TempDir;

use super::image::push_tags;
use super::usage::{self, Figure, Runs};
use crate::shell;

const ROUNDS: usize = 25;
/// Of the wall time of the two requests.
const WALL: f64 = 1.3;
const REPOSITORY: &str = "acme/app";

/// Two requests and nothing else.
#[derive(clap::Args)]
pub(crate) struct Plain {
    /// `host:port` of the registry.
    registry: String,
    /// The digest that gets the tag.
    digest: String,
    /// The tag.
    tag: String,
}

/// The hidden command: reads a manifest by digest and writes it by tag, on one connection.
pub(crate) fn plain(args: &Plain) -> Result<bool> {
    let Plain { registry, digest, tag } = args;
    let mut stream = TcpStream::connect(registry)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let path = |which: &str| format!("/v2/{REPOSITORY}/manifests/{which}");
    let get = format!(
        "GET {} HTTP/1.1\r\nhost: {registry}\r\naccept: {OCI_INDEX}, {OCI_MANIFEST}\r\n\r\n",
        path(digest)
    );
    stream.write_all(get.as_bytes())?;
    let (status, bytes) = answer(&mut stream)?;
    ensure!(status == 200, "the manifest was answered with {status}");
    let mut put = format!(
        "PUT {} HTTP/1.1\r\nhost: {registry}\r\ncontent-type: {OCI_INDEX}\r\ncontent-length: {}\r\n\r\n",
        path(tag),
        bytes.len()
    )
    .into_bytes();
    put.extend(bytes);
    stream.write_all(&put)?;
    let (status, _) = answer(&mut stream)?;
    ensure!(status == 201, "the tag was answered with {status}");
    Ok(true)
}

/// Status and body of one answer that says its length.
fn answer(stream: &mut TcpStream) -> Result<(u16, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let count = stream.read(&mut chunk)?;
        ensure!(count > 0, "the connection was closed");
        bytes.extend(chunk.iter().take(count));
    };
    let mut body = bytes.split_off(head);
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.context("an answer without its length")?.trim().parse()?;
    while body.len() < length {
        let count = stream.read(&mut chunk)?;
        ensure!(count > 0, "the connection was closed");
        body.extend(chunk.iter().take(count));
    }
    Ok((status.context("an answer without a status")?, body))
}

/// Measures and prints.
pub(super) fn run(ours: &Path) -> Result<()> {
    let Some(registry) = Registry::start()? else {
        println!("\n(docker-registry is not on PATH: push-tags is not timed)");
        return Ok(());
    };
    let skopeo = shell::on_path("skopeo");
    let me = std::env::current_exe()?;
    let digest = registry.upload()?;
    let host = registry.host();
    let image = format!("{host}/{REPOSITORY}@{digest}");
    let (mut a, mut b, mut least) = (Runs::default(), Runs::default(), Runs::default());
    for round in 0..=ROUNDS {
        // The first round warms up.
        let mut warm_up = [Runs::default(), Runs::default(), Runs::default()];
        let [x, y, z] = &mut warm_up;
        let (a, b, least) = if round == 0 { (x, y, z) } else { (&mut a, &mut b, &mut least) };
        let tag = |who: &str| format!("1.{round}.0-{who}");
        // In turns, so that a slow moment of the machine hits all; each tag is new.
        let name = format!("{host}/{REPOSITORY}:{}", tag("ours"));
        a.measure(&push_tags(ours, registry.folder(), &image, &name))?;
        registry.check(&tag("ours"), &digest)?;
        let plain = ["plain-retag", &host, &digest, &tag("plain")];
        least.measure(Command::new(&me).args(plain))?;
        registry.check(&tag("plain"), &digest)?;
        if let Some(skopeo) = &skopeo {
            let mut command = Command::new(skopeo);
            let plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
            command.args(["copy", "--quiet", "--all", "--preserve-digests"]).args(plain);
            let to = format!("docker://{host}/{REPOSITORY}:{}", tag("skopeo"));
            b.measure(command.arg(format!("docker://{image}")).arg(to))?;
            registry.check(&tag("skopeo"), &digest)?;
        }
    }
    usage::heading(&format!(
        "push-tags: one new tag on an index of two, docker-registry; whole processes; {ROUNDS} rounds"
    ));
    usage::print("ours", &a);
    usage::print("two requests", &least);
    if skopeo.is_some() {
        usage::print("skopeo copy", &b);
    } else {
        println!("  (skopeo is not on PATH)");
    }
    let wall = |runs: &Runs| runs.median(Figure::Wall);
    usage::aim("wall, ours to two requests", wall(&a), wall(&least), WALL);
    if skopeo.is_some() {
        usage::aim("wall, ours to skopeo", wall(&a), wall(&b), 1.0);
    }
    Ok(())
}

/// Debian's registry on loopback, in a folder of its own. It ends when it is dropped.
struct Registry {
    process: Child,
    port: u16,
    dir: TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Registry {
    /// None without the program.
    fn start() -> Result<Option<Self>> {
        let Some(program) = shell::on_path("docker-registry") else { return Ok(None) };
        let dir = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let storage = dir.path().join("storage");
        // JSON is YAML.
        let settings = json!({
            "version": 0.1,
            "log": { "level": "error", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": storage } },
            "http": { "addr": format!("127.0.0.1:{port}") },
        });
        let path = dir.path().join("registry.yml");
        std::fs::write(&path, settings.to_string())?;
        let mut command = Command::new(program);
        command.arg("serve").arg(path).stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let registry = Self { process, port, dir };
        let began = Instant::now();
        while TcpStream::connect(registry.host()).is_err() {
            ensure!(began.elapsed() < Duration::from_secs(20), "docker-registry does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(registry))
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn folder(&self) -> &Path {
        self.dir.path()
    }

    fn url(&self, rest: &str) -> String {
        format!("http://{}/v2/{REPOSITORY}/{rest}", self.host())
    }

    /// An index of two images; its digest.
    fn upload(&self) -> Result<String> {
        let mut images = Vec::new();
        for platform in ["linux/amd64", "linux/arm64"] {
            let (manifest, config, layer) = image_manifest(platform, platform);
            for blob in [config, layer] {
                let begun = client::request("POST", &self.url("blobs/uploads/"), &[], b"")?;
                let place = begun.header("location").context("an upload without a place")?;
                let join = if place.contains('?') { '&' } else { '?' };
                let place = format!("{place}{join}digest={}", digest_of(&blob));
                let put = client::request("PUT", &place, &[], &blob)?;
                ensure!(put.status == 201, "a blob was answered with {}", put.status);
            }
            let digest = self.put(OCI_MANIFEST, &digest_of(&manifest), &manifest)?;
            let (os, architecture) = platform.split_once('/').unwrap_or_default();
            images.push(json!({
                "mediaType": OCI_MANIFEST, "digest": digest, "size": manifest.len(),
                "platform": { "os": os, "architecture": architecture },
            }));
        }
        let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": images });
        self.put(OCI_INDEX, "built", index.to_string().as_bytes())
    }

    fn put(&self, media_type: &str, which: &str, manifest: &[u8]) -> Result<String> {
        let url = self.url(&format!("manifests/{which}"));
        let put = client::request("PUT", &url, &[("content-type", media_type)], manifest)?;
        ensure!(put.status == 201, "a manifest was answered with {}", put.status);
        Ok(digest_of(manifest))
    }

    /// Whether the tag holds the digest.
    fn check(&self, tag: &str, digest: &str) -> Result<()> {
        let url = self.url(&format!("manifests/{tag}"));
        let found = client::request("GET", &url, &[("accept", OCI_INDEX)], b"")?;
        ensure!(found.status == 200, "{tag} was answered with {}", found.status);
        ensure!(digest_of(&found.body) == digest, "{tag} holds something else");
        Ok(())
    }
}
