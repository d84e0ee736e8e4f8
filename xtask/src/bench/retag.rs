//! One more tag on an image that is in a real registry: `push-tags`, `skopeo copy`, and nothing but
//! the two requests no way can do without, on one connection of a process that does nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use launchway_testkit::distribution::Distribution;
use launchway_testkit::oci::{OCI_INDEX, OCI_MANIFEST};

use super::image::{Measured, push_tags};
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
    let Some(registry) = Distribution::plain() else {
        println!("\n(without docker-registry push-tags is not timed)");
        return Ok(());
    };
    let home = tempfile::Builder::new().prefix("launchway-bench-").tempdir()?;
    let skopeo = shell::on_path("skopeo");
    let me = std::env::current_exe()?;
    let digest = registry.put_index(REPOSITORY, "built", &["linux/amd64", "linux/arm64"]);
    let host = registry.host();
    let image = format!("{host}/{REPOSITORY}@{digest}");
    let check = |tag: &str| {
        let found = registry.digest(REPOSITORY, tag);
        ensure!(found.as_deref() == Some(digest.as_str()), "{tag} holds {found:?}");
        Ok(())
    };
    let [mut counted, mut warm_up]: [Measured; 2] = Default::default();
    let (mut our_start, mut least_start) = (Runs::default(), Runs::default());
    for round in 0..=ROUNDS {
        // The first round warms up.
        let runs = if round == 0 { &mut warm_up } else { &mut counted };
        let tag = |who: &str| format!("1.{round}.0-{who}");
        // In turns, so that a slow moment of the machine hits all; each tag is new.
        let name = format!("{host}/{REPOSITORY}:{}", tag("ours"));
        runs.ours.measure(&push_tags(ours, home.path(), &image, &name))?;
        check(&tag("ours"))?;
        let plain = ["plain-retag", host, &digest, &tag("plain")];
        runs.least.measure(Command::new(&me).args(plain))?;
        check(&tag("plain"))?;
        our_start.measure(Command::new(ours).arg("--version"))?;
        least_start.measure(Command::new(&me).args(["plain-retag", "--help"]))?;
        if let Some(skopeo) = &skopeo {
            let mut command = Command::new(skopeo);
            let plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
            command.args(["copy", "--quiet", "--all", "--preserve-digests"]).args(plain);
            let to = format!("docker://{host}/{REPOSITORY}:{}", tag("skopeo"));
            runs.theirs.measure(command.arg(format!("docker://{image}")).arg(to))?;
            check(&tag("skopeo"))?;
        }
    }
    usage::heading(&format!(
        "push-tags: one new tag on an index of two, docker-registry; whole processes; {ROUNDS} rounds"
    ));
    let Measured { ours: a, theirs: b, least } = &counted;
    usage::print("ours", a);
    usage::print("two requests", least);
    if skopeo.is_some() {
        usage::print("skopeo copy", b);
    } else {
        println!("  (skopeo is not on PATH)");
    }
    usage::print("(our start)", &our_start);
    usage::print("(their start)", &least_start);
    let wall = |runs: &Runs| runs.median(Figure::Wall);
    usage::aim("wall, ours to two requests", wall(a), wall(least), WALL);
    let (ours, plain) = (wall(a) - wall(&our_start), wall(least) - wall(&least_start));
    usage::aim("the same without the starts", ours, plain, WALL);
    if skopeo.is_some() {
        usage::aim("wall, ours to skopeo", wall(a), wall(b), 1.0);
    }
    Ok(())
}
