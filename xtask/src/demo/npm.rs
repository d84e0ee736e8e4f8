//! `cargo xtask demo-npm`: stands for npm in the demo, which needs no Node.js. Speaks the two commands a
//! release needs, `npm info` and `npm publish`, and the registry's own protocol.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// Makes the file `npm` in a folder for the `PATH`: a line of shell that starts us.
pub(crate) fn install(folder: &Path, xtask: &Path) -> Result<()> {
    let file = folder.join("npm");
    std::fs::write(&file, format!("#!/bin/sh\nexec '{}' demo-npm \"$@\"\n", xtask.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Does what npm would do.
pub(crate) fn npm(arguments: &[String]) -> Result<bool> {
    match arguments.first().map(String::as_str) {
        Some("info" | "view") => info(arguments.get(1).context("npm info wants a name")?),
        Some("publish") => publish(),
        Some("--version") => {
            println!("11.5.1");
            Ok(true)
        }
        other => bail!("the demo's npm does not know {other:?}"),
    }
}

fn info(name: &str) -> Result<bool> {
    // `@scope/name@1.2.3` asks for one version; the answer names all of them either way.
    let end = name.get(1..).and_then(|rest| rest.find('@')).map_or(name.len(), |at| at + 1);
    let name = name.get(..end).unwrap_or(name);
    let (status, document) = request("GET", name, "", "")?;
    match status {
        200 => {
            let versions: Vec<&String> = document
                .get("versions")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(version, _)| version)
                .collect();
            let tags = document.get("dist-tags");
            println!("{}", json!({ "name": name, "versions": versions, "dist-tags": tags }));
            Ok(true)
        }
        404 => {
            println!("{}", json!({ "error": { "code": "E404", "summary": "not found" } }));
            Ok(false)
        }
        other => bail!("the registry answered {other} for {name}"),
    }
}

/// Publishes the package in the current directory.
fn publish() -> Result<bool> {
    let token = std::env::var("NODE_AUTH_TOKEN").context("NODE_AUTH_TOKEN is not set")?;
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string("package.json")?)?;
    let (name, version) = (text_of(&manifest, "name")?, text_of(&manifest, "version")?);
    let document = json!({
        "_id": name,
        "name": name,
        "dist-tags": { "latest": version },
        "versions": { version: manifest },
        "_attachments": {},
    });
    let (status, answer) = request("PUT", name, &token, &document.to_string())?;
    if (200..300).contains(&status) {
        println!("{}", json!({ "id": format!("{name}@{version}") }));
        return Ok(true);
    }
    let error = json!({ "code": format!("E{status}"), "summary": answer.to_string() });
    println!("{}", json!({ "error": error }));
    Ok(false)
}

fn text_of<'a>(manifest: &'a Value, key: &str) -> Result<&'a str> {
    manifest.get(key).and_then(Value::as_str).with_context(|| format!("no `{key}` in a manifest"))
}

/// One HTTP/1.1 request to the registry; status and document.
fn request(method: &str, name: &str, token: &str, body: &str) -> Result<(u16, Value)> {
    let registry = std::env::var("DEMO_REGISTRY").context("DEMO_REGISTRY is not set")?;
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
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((
        status.context("no status in the registry's answer")?,
        serde_json::from_str(body).unwrap_or_default(),
    ))
}
