//! What docker.yml decides before anything is built.

use launchway_e2e::at;

use super::{Done, Job, script};

const DEFAULTS: [(&str, &str); 27] = [
    ("IMAGES", ""),
    ("REPOSITORY", "Acme/Rocket"),
    ("PLATFORMS", "linux/amd64"),
    ("RUNNERS", r#"{"linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm"}"#),
    ("QEMU", "false"),
    ("PUSH", "true"),
    ("EVENT", "push"),
    ("REF_TYPE", "branch"),
    ("VERSION", ""),
    ("PACKAGE", ""),
    ("PUBLISHED", ""),
    ("CACHE", "gha"),
    ("CACHE_IMAGE", ""),
    ("PASSWORD", "false"),
    ("ATTEST", "public"),
    ("FLOATING", "highest"),
    ("COMPOSE", ""),
    ("HEALTH_URL", ""),
    ("TARGET", ""),
    ("FILE", ""),
    ("CONTEXT", "."),
    ("BUILD_ARGS", ""),
    ("TAGS", ""),
    ("FLAVOR", ""),
    ("LABELS", ""),
    ("REF", ""),
    ("LC_ALL", "C"),
];

fn plan(changed: &[(&str, &str)]) -> Option<Done> {
    let job = Job::new();
    job.git(&["init", "-q"]);
    job.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    let mut variables = DEFAULTS.to_vec();
    variables.extend_from_slice(changed);
    job.run(&script("docker.yml", "plan", "plan"), &variables)
}

#[test]
fn without_inputs_the_image_is_that_of_the_repository_in_lower_case() {
    let Some(done) = plan(&[]) else { return };
    let done = done.good();
    assert_eq!(done.output("image"), "ghcr.io/acme/rocket");
    assert_eq!(done.output("push"), "true");
    assert_eq!(
        done.output("matrix"),
        r#"{"include":[{"platform":"linux/amd64","id":"linux-amd64","runner":"ubuntu-24.04","emulated":false}]}"#
    );
    assert!(!done.outputs.contains("type=semver"), "{}", done.outputs);
}

#[test]
fn nothing_is_published_for_what_is_not_merged() {
    for event in ["pull_request", "pull_request_target", "merge_group"] {
        let Some(done) = plan(&[("EVENT", event)]) else { return };
        assert_eq!(done.good().output("push"), "false", "{event}");
    }
    let Some(done) = plan(&[("PUSH", "false")]) else { return };
    assert_eq!(done.good().output("push"), "false");
}

#[test]
fn platforms_go_to_runners_of_their_kind_or_are_emulated() {
    let platforms = ("PLATFORMS", "linux/amd64, linux/arm64\nlinux/riscv64");
    let Some(done) = plan(&[platforms, ("QEMU", "true")]) else { return };
    let done = done.good();
    let matrix: serde_json::Value = serde_json::from_str(done.output("matrix")).unwrap();
    assert_eq!(done.output("platforms"), "linux/amd64,linux/arm64,linux/riscv64");
    let rows = matrix.get("include").unwrap().as_array().unwrap();
    let row = |row: &serde_json::Value| {
        let text = |name: &str| row.get(name).unwrap().as_str().unwrap().to_owned();
        (text("id"), text("runner"), row.get("emulated").unwrap().as_bool().unwrap())
    };
    let found: Vec<_> = rows.iter().map(row).collect();
    let wanted = [
        ("linux-amd64", "ubuntu-24.04", false),
        ("linux-arm64", "ubuntu-24.04-arm", false),
        ("linux-riscv64", "ubuntu-24.04", true),
    ];
    assert_eq!(found, wanted.map(|(id, runner, emulated)| (id.into(), runner.into(), emulated)));
}

#[test]
fn a_version_gives_the_rules_for_its_tags() {
    let Some(done) = plan(&[("VERSION", "1.2.3-rc.1+5")]) else { return };
    let done = done.good();
    for pattern in ["{{version}}", "{{major}}.{{minor}}", "{{major}}"] {
        let rule = format!("\ntype=semver,pattern={pattern},value=1.2.3-rc.1+5\n");
        assert!(done.outputs.contains(&rule), "{}", done.outputs);
    }
}

#[test]
fn the_only_published_package_need_not_be_named() {
    let Some(done) = plan(&[("PUBLISHED", r#"[{"name":"@acme/api","version":"1.0.0"}]"#)]) else {
        return;
    };
    assert_eq!(done.good().output("package"), "@acme/api");
    // What was published of others is nothing to build, and no error.
    let Some(done) = plan(&[("PUBLISHED", "[]")]) else { return };
    assert_eq!(done.good().output("package"), "");
}

/// image-tags takes `published-packages` only with a `package`.
#[test]
fn a_release_of_nothing_asks_for_no_tags() {
    let text = std::fs::read_to_string(at(".github/workflows/docker.yml")).unwrap();
    let (_, step) = text.split_once("        id: meta\n").unwrap();
    let (before, _) = step.split_once("uses: $/actions/image-tags").unwrap();
    let condition = before.lines().find_map(|line| line.trim().strip_prefix("if: "));
    assert_eq!(
        condition,
        Some("inputs.published-packages == '' || steps.plan.outputs.package != ''")
    );
}

/// As a matrix over build arguments does it: neither may take what the other built.
#[test]
fn two_calls_in_one_run_share_layers_but_no_files() {
    let Some(plain) = plan(&[]) else { return };
    let plain = plain.good();
    for changed in [
        ("BUILD_ARGS", "BASE=alpine"),
        ("FLAVOR", "suffix=-alpine"),
        ("TAGS", "type=raw,value=x"),
        ("LABELS", "a=b"),
        ("VERSION", "1.2.3"),
        ("REF", "v1"),
        ("PLATFORMS", "linux/arm64"),
    ] {
        let Some(other) = plan(&[changed]) else { return };
        let other = other.good();
        assert_eq!(plain.output("key"), other.output("key"), "{changed:?}");
        assert_ne!(plain.output("files"), other.output("files"), "{changed:?}");
    }
    let text = std::fs::read_to_string(at(".github/workflows/docker.yml")).unwrap();
    for name in ["launchway-image-${{ needs.plan.", "launchway-report-${{ needs.plan."] {
        let mut uses = text.lines().filter(|line| line.contains(name) && !line.contains("group:"));
        assert!(uses.all(|line| line.contains("outputs.files }}")), "{name}");
    }
}

#[test]
fn with_a_ref_the_label_names_the_commit_that_is_built() {
    let revision = "org.opencontainers.image.revision=";
    let Some(done) = plan(&[("REF", "v1"), ("LABELS", "a=b")]) else { return };
    let done = done.good();
    let mut lines = done.outputs.lines().skip_while(|line| !line.starts_with("labels<<")).skip(1);
    let commit = lines.next().and_then(|line| line.strip_prefix(revision)).unwrap();
    assert!(commit.len() == 40 && commit != "0123456789abcdef", "{commit}");
    assert_eq!(lines.next(), Some("a=b"));
    let Some(done) = plan(&[]) else { return };
    assert!(!done.good().outputs.contains(revision));
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_reason() {
    for (changed, reason) in [
        (vec![("IMAGES", "ghcr.io/Acme/rocket")], "in lower case"),
        (vec![("IMAGES", "ghcr.io/a/b\n--help; x")], "in lower case"),
        (vec![("PLATFORMS", "linux/riscv64")], "no runner for a platform"),
        (vec![("PLATFORMS", " ,")], "platforms is empty"),
        (vec![("PLATFORMS", "linux/amd64,linux/amd64")], "named twice"),
        (vec![("PLATFORMS", "linux/amd64;id"), ("QEMU", "true")], "names like linux/arm64"),
        (vec![("RUNNERS", "[]")], "no JSON object"),
        (vec![("VERSION", "1.2.3,enable=true")], "no version"),
        (vec![("VERSION", "1.2.3\ntype=raw,value=latest")], "no version"),
        (vec![("PUBLISHED", r#"[{"name":"a"},{"name":"b"}]"#)], "several packages"),
        (vec![("CACHE", "registry")], "needs the secret"),
        (vec![("CACHE", "disk")], "none of gha"),
        (vec![("ATTEST", "true")], "none of public"),
        (vec![("FLOATING", "lowest")], "neither highest"),
        (vec![("HEALTH_URL", "http://127.0.0.1")], "needs test-compose"),
        (vec![("PACKAGE", "a\npush=true")], "one line each"),
        (vec![("CACHE_IMAGE", "a\r\npush=true")], "one line each"),
    ] {
        let Some(done) = plan(&changed) else { return };
        assert_eq!(done.code, 2, "{changed:?}: {}", done.said);
        assert!(done.said.contains("::error title=Launchway::"), "{}", done.said);
        assert!(done.said.contains(reason), "{changed:?}: {}", done.said);
        assert_eq!(done.outputs, "", "{changed:?}");
    }
}

#[test]
fn github_s_token_goes_to_no_other_registry() {
    let text = std::fs::read_to_string(at(".github/workflows/docker.yml")).unwrap();
    let logins: Vec<_> = text.split("docker/login-action@").skip(1).collect();
    assert_eq!(logins.len(), 2);
    for login in logins {
        let password = login.lines().find_map(|line| line.trim().strip_prefix("password: "));
        assert_eq!(
            password,
            Some(
                "${{ secrets.registry-password || (inputs.registry == 'ghcr.io' && github.token || '') }}"
            )
        );
    }
}
