//! What looks at images and vouches for them: written down, so that a test sees for which digest.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Done, Step, globs, install, output, record, variable};

pub(super) fn attest(step: &mut Step) -> Done {
    let subject = json!({
        "name": step.take("subject-name"),
        "digest": step.take("subject-digest"),
        "path": step.take("subject-path"),
        "checksums": step.take("subject-checksums"),
        "sbom": step.take("sbom-path"),
        "push-to-registry": step.take("push-to-registry"),
    });
    step.ignore(&["show-summary", "create-storage-record", "github-token"]);
    step.done()?;
    subject_is_there(&subject)?;
    step.record("attestations", &subject)?;
    output("attestation-id", "1")?;
    output("attestation-url", "http://127.0.0.1:9/attestations/1")?;
    output("bundle-path", "")
}

/// One subject, which is there; and what is pushed beside it can be pushed.
fn subject_is_there(subject: &Value) -> Done {
    let part = |key: &str| subject[key].as_str().unwrap_or_default();
    if ["digest", "path", "checksums"].iter().filter(|key| !part(key).is_empty()).count() != 1 {
        return Err(format!("one of path, digest and checksums says what is attested: {subject}"));
    }
    if let Some(path) = Some(part("path")).filter(|path| !path.is_empty()) {
        let patterns: Vec<_> = path.split(['\n', ',']).map(|one| one.trim().to_owned()).collect();
        if globs::find(&patterns, true)?.files.is_empty() {
            return Err(format!("there is no file at {patterns:?}"));
        }
    } else if let Some(digest) = Some(part("digest")).filter(|digest| !digest.is_empty()) {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("{digest:?} is no digest"));
        }
        if part("name").is_empty() {
            return Err("a digest needs the name of what has it".into());
        }
    }
    if part("push-to-registry") == "true" {
        let registry = part("name").split('/').next().unwrap_or_default();
        let config = PathBuf::from(variable("DOCKER_CONFIG")?).join("config.json");
        let config = std::fs::read_to_string(config).unwrap_or_default();
        let config: Value = serde_json::from_str(&config).unwrap_or_default();
        if config["auths"].get(registry).is_none() {
            return Err(format!("nobody logged in to {registry:?}, where it is pushed to"));
        }
    }
    let sbom = part("sbom");
    if !sbom.is_empty() {
        let text = std::fs::read_to_string(sbom).map_err(|error| format!("{sbom}: {error}"))?;
        let list: Value =
            serde_json::from_str(&text).map_err(|error| format!("{sbom}: {error}"))?;
        if list["bomFormat"] != "CycloneDX" && list.get("SPDXID").is_none() {
            return Err(format!("{sbom} is no SBOM"));
        }
    }
    Ok(())
}

/// Finds what the test planted in `STAND_IN_VULNERABLE`: `HIGH`, say.
pub(super) fn trivy(step: &mut Step) -> Done {
    let image = step.take("image-ref");
    let input = step.take("input");
    let kind = step.take("scan-type");
    let severity = step.take("severity");
    let code = step.take("exit-code");
    let format = step.take("format");
    let file = step.take("output");
    let ignored = step.take("trivyignores");
    let is_there = step.on("skip-setup-trivy")?;
    step.ignore(&["ignore-unfixed", "cache", "cache-dir", "token-setup-trivy"]);
    step.done()?;
    if let Some(file) = ignored.split([',', ' ']).find(|f| !f.is_empty() && !Path::new(f).is_file())
    {
        return Err(format!("cannot find the ignore file {file}"));
    }
    if !is_there {
        install("trivy")?;
    } else if !Path::new(&variable("RUNNER_TEMP")?).join("stand-ins/trivy").is_file() {
        return Err("no step before this one has set Trivy up".into());
    }
    if image.is_empty() && !Path::new(&input).is_file() {
        return Err(format!("there is no image at {input:?}"));
    }
    step.record(
        "scans",
        &json!({
            "image": image, "input": input, "kind": kind, "severity": severity, "format": format,
            "exit-code": code,
        }),
    )?;
    if !file.is_empty() {
        let report = if format == "sarif" {
            json!({ "version": "2.1.0", "runs": [] })
        } else {
            json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [] })
        };
        std::fs::write(&file, report.to_string())
            .map_err(|error| format!("cannot write {file}: {error}"))?;
    }
    let planted = std::env::var("STAND_IN_VULNERABLE").unwrap_or_default();
    // SARIF is of all severities, whatever is asked for; an SBOM is of none.
    let found = !planted.is_empty()
        && format != "cyclonedx"
        && (format == "sarif" || severity.split(',').any(|level| level.trim() == planted));
    if found && !matches!(code.as_str(), "" | "0") {
        return Err(format!("1 vulnerability of severity {planted}"));
    }
    Ok(())
}

pub(super) fn sarif(step: &mut Step) -> Done {
    let file = step.take("sarif_file");
    let category = step.take("category");
    step.ignore(&["token", "checkout_path", "matrix"]);
    step.done()?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let report: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    step.record("sarif", &json!({ "category": category, "version": report["version"] }))?;
    output("sarif-id", "1")
}

pub(super) fn cosign_installer(step: &mut Step) -> Done {
    step.done()?;
    install("cosign")
}

/// `cosign …`: only written down.
pub(super) fn cosign(args: &[String]) -> Done {
    let signed = args.iter().any(|arg| arg.contains("@sha256:"));
    if args.first().is_some_and(|verb| verb == "sign") && !signed {
        return Err("an image is signed by its digest only".into());
    }
    let _ = variable("GITHUB_REPOSITORY")?;
    record("cosign", &json!(args))
}
