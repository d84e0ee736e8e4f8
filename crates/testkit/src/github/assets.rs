//! Files of releases. Uploads have an address of their own, as on GitHub Enterprise Server.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::route::{Answer, Context, Failed, Reply};
use super::shapes;
use super::state::{Asset, Release};

pub(crate) fn shape(context: &Context<'_>, release: &Release, asset: &Asset) -> Value {
    let repository = context.repository();
    let whole = asset.state == "uploaded";
    let digest = Sha256::digest(&asset.content).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text takes text");
        text
    });
    let page = format!("/releases/download/{}/{}", shapes::encode(&release.tag), asset.name);
    json!({
        "id": asset.id, "node_id": format!("RA_{}", asset.id), "name": asset.name, "label": "",
        "url": shapes::api(context.state, repository, &format!("/releases/assets/{}", asset.id)),
        "state": asset.state, "content_type": asset.content_type, "size": asset.content.len(),
        "digest": whole.then(|| format!("sha256:{digest}")), "download_count": 0,
        "created_at": asset.created_at, "updated_at": asset.created_at,
        "uploader": shapes::user(context.state, &release.author),
        "browser_download_url": shapes::html(repository, &page),
    })
}

/// `…/releases/assets/{id}`
pub(crate) fn one(context: &mut Context<'_>, method: &str, id: &str) -> Answer {
    let id: u64 = id.parse().map_err(|_| Failed::not_found())?;
    let releases = &context.repository().releases;
    let found = releases.iter().enumerate().find_map(|(at, release)| {
        Some((at, release.assets.iter().position(|asset| asset.id == id)?))
    });
    let (release, at) = found.ok_or_else(Failed::not_found)?;
    match method {
        "GET" => {
            let release = &context.repository().releases[release];
            Ok(Reply::ok(shape(context, release, &release.assets[at])))
        }
        "DELETE" => {
            if context.repository().releases[release].immutable {
                return Err(immutable());
            }
            context.repository_mut().releases[release].assets.remove(at);
            Ok(Reply::empty())
        }
        _ => Err(Failed::not_found()),
    }
}

/// `…/releases/{id}/assets`
pub(crate) fn of_release(context: &mut Context<'_>, method: &str, id: &str) -> Answer {
    let id: u64 = id.parse().map_err(|_| Failed::not_found())?;
    let at = context.repository().releases.iter().position(|release| release.id == id);
    let at = at.ok_or_else(Failed::not_found)?;
    match (method, &context.call.upload) {
        ("GET", None) => {
            let release = &context.repository().releases[at];
            let shapes = release.assets.iter().map(|asset| shape(context, release, asset));
            Ok(context.page(shapes.collect()))
        }
        ("POST", Some(content)) => upload(context, at, content.clone()),
        _ => Err(Failed::not_found()),
    }
}

fn immutable() -> Failed {
    Failed::unprocessable("Cannot modify assets of an immutable release.")
}

fn upload(context: &mut Context<'_>, at: usize, content: Vec<u8>) -> Answer {
    let call = context.call;
    let length = call.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if content.is_empty() || length != Some(content.len()) {
        return Err(Failed::new(400, "Bad Content-Length"));
    }
    let Some(name) = call.query.get("name").filter(|name| !name.is_empty()) else {
        return Err(Failed::invalid("ReleaseAsset", "name", "missing_field"));
    };
    let fine = |c: char| if c.is_ascii_alphanumeric() || "-_.+@~".contains(c) { c } else { '.' };
    let name: String = name.chars().map(fine).collect();
    let name = name.trim_matches('.').to_owned();
    let release = &context.repository().releases[at];
    if release.immutable {
        return Err(immutable());
    }
    if release.assets.iter().any(|asset| asset.name == name) {
        return Err(Failed::invalid("ReleaseAsset", "name", "already_exists"));
    }
    let asset = Asset {
        id: context.state.id(),
        name,
        state: "uploaded".to_owned(),
        content_type: call.header("content-type").unwrap_or_default().to_owned(),
        content,
        created_at: context.state.now(),
    };
    let answer = shape(context, &context.repository().releases[at], &asset);
    context.repository_mut().releases[at].assets.push(asset);
    Ok(Reply::created(answer))
}
