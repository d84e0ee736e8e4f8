//! What looks at images and vouches for them: written down, so that a test sees for which digest.

use serde_json::{Value, json};

use super::{Done, Step, install, output, record, variable};

pub(super) fn attest(step: &mut Step) -> Done {
    let subject = json!({
        "name": step.take("subject-name"),
        "digest": step.take("subject-digest"),
        "path": step.take("subject-path"),
        "checksums": step.take("subject-checksums"),
        "sbom": step.take("sbom-path"),
        "predicate-type": step.take("predicate-type"),
        "push-to-registry": step.take("push-to-registry"),
    });
    step.ignore(&["predicate", "predicate-path", "show-summary", "create-storage-record"]);
    step.ignore(&["subject-version", "github-token"]);
    step.done()?;
    let named = subject["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:"));
    let filed = ["path", "checksums"].iter().any(|key| subject[*key] != "");
    if !named && !filed {
        return Err(format!("nothing says what is attested: {subject}"));
    }
    step.record("attestations", &subject)?;
    output("attestation-id", "1")?;
    output("attestation-url", "http://127.0.0.1:9/attestations/1")?;
    output("bundle-path", "")
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
    step.ignore(&["ignore-unfixed", "vuln-type", "scanners", "hide-progress", "timeout", "cache"]);
    step.ignore(&["trivyignores", "trivy-config", "limit-severities-for-sarif", "version"]);
    step.ignore(&["skip-setup-trivy", "cache-dir", "scan-ref", "list-all-pkgs", "docker-host"]);
    step.ignore(&["token-setup-trivy"]);
    step.done()?;
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
    let found = !planted.is_empty() && severity.split(',').any(|level| level.trim() == planted);
    if found && !matches!(code.as_str(), "" | "0") {
        return Err(format!("1 vulnerability of severity {planted}"));
    }
    Ok(())
}

pub(super) fn sarif(step: &mut Step) -> Done {
    let file = step.take("sarif_file");
    let category = step.take("category");
    step.ignore(&["ref", "sha", "token", "checkout_path", "wait-for-processing", "matrix"]);
    step.done()?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let report: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    step.record("sarif", &json!({ "category": category, "version": report["version"] }))?;
    output("sarif-id", "1")
}

pub(super) fn cosign_installer(step: &mut Step) -> Done {
    step.ignore(&["cosign-release"]);
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
