//! `cargo xtask demo-publish`: the demo's publish script. Puts every public package whose version
//! the registry does not have there, then lets `launchway-changeset git-tag` report the tags.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// Publishes the workspace in the current directory.
pub(crate) fn publish() -> Result<bool> {
    let registry = std::env::var("DEMO_REGISTRY").context("DEMO_REGISTRY is not set")?;
    let token = std::env::var("NODE_AUTH_TOKEN").context("NODE_AUTH_TOKEN is not set")?;
    let mut published = false;
    // In dependency order; a real publish script leaves this to its package manager.
    for package in ["colors", "theme", "app", "site"] {
        let path = Path::new("packages").join(package).join("package.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Value = serde_json::from_str(&text).context("a manifest is JSON")?;
        if manifest.get("private").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        let name = text_of(&manifest, "name")?;
        let version = text_of(&manifest, "version")?;
        if versions(&registry, name)?.contains(version) {
            println!("{name}@{version} is in the registry");
            continue;
        }
        put(&registry, &token, name, version, &manifest)?;
        println!("published {name}@{version}");
        published = true;
    }
    if published {
        let programs = std::env::var_os("DEMO_PROGRAMS").context("DEMO_PROGRAMS is not set")?;
        let program = Path::new(&programs)
            .join(format!("launchway-changeset{}", std::env::consts::EXE_SUFFIX));
        let status = Command::new(program).arg("git-tag").status().context("cannot tag")?;
        return Ok(status.success());
    }
    Ok(true)
}

fn text_of<'a>(manifest: &'a Value, key: &str) -> Result<&'a str> {
    manifest.get(key).and_then(Value::as_str).with_context(|| format!("no `{key}` in a manifest"))
}

fn versions(registry: &str, name: &str) -> Result<BTreeSet<String>> {
    let (status, body) = request(registry, "GET", name, "", "")?;
    match status {
        404 => Ok(BTreeSet::new()),
        200 => {
            let document: Value =
                serde_json::from_str(&body).context("a package document is JSON")?;
            let versions = document.get("versions").and_then(Value::as_object);
            Ok(versions.map(|versions| versions.keys().cloned().collect()).unwrap_or_default())
        }
        other => bail!("the registry answered {other} for {name}"),
    }
}

fn put(registry: &str, token: &str, name: &str, version: &str, manifest: &Value) -> Result<()> {
    let document = json!({
        "_id": name,
        "name": name,
        "dist-tags": { "latest": version },
        "versions": { version: manifest },
        "_attachments": {},
    });
    let (status, body) = request(registry, "PUT", name, token, &document.to_string())?;
    if !(200..300).contains(&status) {
        bail!("the registry answered {status} to {name}@{version}: {body}");
    }
    Ok(())
}

/// One HTTP/1.1 request; status and body.
fn request(
    registry: &str,
    method: &str,
    name: &str,
    token: &str,
    body: &str,
) -> Result<(u16, String)> {
    let host = registry.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).context("cannot reach the registry")?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let path = name.replace('/', "%2F");
    let authorization =
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\naccept: application/json\r\n\
         {authorization}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("the registry's answer broke off")?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    Ok((status.context("no status in the registry's answer")?, body.unwrap_or_default()))
}
