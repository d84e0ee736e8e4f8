//! `merge-sboms`: one list of what an image holds.

use std::path::Path;
use std::process::Command;

use launchway_testkit::Scrubbed;
use launchway_testkit::runner::{FakeRunner, How, StepRun};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tags_world::PROGRAM;

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BOTH: (&str, &str) = ("platforms", "linux/amd64,linux/arm64");

/// A list as Trivy writes it, and more than it writes.
fn list(architecture: &str) -> Value {
    let root = "8b2f9c1a-0000-4000-8000-000000000000";
    let purl = format!("pkg:deb/debian/libc6@2.41?arch={architecture}");
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": format!("2026-11-21T12:00:0{}Z", architecture.len()),
            "tools": { "components": [{ "type": "application", "group": "aquasecurity", "name": "trivy", "version": "0.68.1" }] },
            "component": {
                "bom-ref": root, "type": "container", "name": "/tmp/image.tar",
                "properties": [{ "name": "aquasecurity:trivy:SchemaVersion", "value": "2" }],
            },
        },
        "components": [
            { "bom-ref": purl, "type": "library", "name": "libc6", "version": architecture, "purl": purl,
              "components": [{ "bom-ref": "inner", "type": "file", "name": "inner" }] },
            { "bom-ref": "os", "type": "operating-system", "name": "debian", "version": "13.2",
              "signature": { "algorithm": "ES256", "value": "x" } },
        ],
        "services": [{ "bom-ref": "service", "name": "database" }],
        "externalReferences": [{ "type": "website", "url": "https://shop.example" }],
        "dependencies": [
            { "ref": root, "dependsOn": ["os"] },
            { "ref": "os", "dependsOn": [purl], "provides": ["inner"] },
            { "ref": purl, "dependsOn": [] },
            { "ref": "service" },
        ],
        "compositions": [{ "aggregate": "complete", "assemblies": ["os"], "dependencies": [purl] }],
        "vulnerabilities": [{ "bom-ref": "v", "id": "CVE-2026-1", "affects": [{ "ref": purl }] }],
        "annotations": [{
            "subjects": ["os"], "annotator": { "component": { "bom-ref": "who", "type": "application", "name": "x" } },
            "timestamp": "2026-11-21T12:00:00Z", "text": "os",
        }],
    })
}

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn handed_over() -> TempDir {
    let dir = TempDir::with_prefix("launchway sboms ").unwrap();
    for architecture in ["arm64", "amd64"] {
        let name = format!("reports/launchway-report-1-linux-{architecture}/sbom.cdx.json");
        write(dir.path(), &name, &list(architecture).to_string());
        write(
            dir.path(),
            &format!("reports/launchway-report-1-linux-{architecture}/scan.sarif"),
            "{}",
        );
    }
    dir
}

fn merge(dir: &Path, inputs: &[(&str, &str)]) -> StepRun {
    let mut all = vec![("files", "reports"), ("output", "out/sbom.cdx.json")];
    all.extend(inputs);
    FakeRunner::new(dir).run_program(PROGRAM, &["merge-sboms"], How::Json, &all)
}

fn read(dir: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(dir.join("out/sbom.cdx.json")).unwrap()).unwrap()
}

/// Every `bom-ref`, and every name that a dependency and its like uses.
fn references(value: &Value, defined: &mut Vec<String>, used: &mut Vec<String>) {
    let texts = |value: &Value| -> Vec<String> {
        let one = value.as_str().into_iter();
        let many = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        one.chain(many).map(str::to_owned).collect()
    };
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, defined, used)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "bom-ref" => defined.extend(texts(value)),
                    "ref" | "dependsOn" | "provides" | "assemblies" | "subjects"
                    | "dependencies" => {
                        used.extend(texts(value));
                    }
                    _ => {}
                }
                references(value, defined, used);
            }
        }
        _ => {}
    }
}

/// GitHub's attestations and scanners take what the schema takes.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn validate(files: &[&Path]) {
    use launchway_testkit::distribution::tool;
    let Some(modules) = std::env::var_os("LAUNCHWAY_NODE_MODULES") else {
        assert!(
            std::env::var_os("LAUNCHWAY_REQUIRE_TOOLS").is_none(),
            "the CycloneDX schema is missing"
        );
        println!("skipped: the CycloneDX schema");
        return;
    };
    let node = std::env::var_os("LAUNCHWAY_NODE").map(Into::into).or_else(|| tool("node"));
    let Some(node) = node else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/packages/sbom.mjs");
    let done = Command::new(node)
        .arg(script)
        .args(files)
        .env("LAUNCHWAY_NODE_MODULES", modules)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.contains(&format!("{} documents, 0 complaints", files.len())), "{said}");
}

#[test]
fn the_lists_of_several_platforms_are_one_whose_names_do_not_clash() {
    let dir = handed_over();
    let image = format!("registry.example:5000/acme/rocket@{DIGEST}");
    let run = merge(dir.path(), &[BOTH, ("image", &image)]).success();
    assert_eq!(run.output("file"), "out/sbom.cdx.json");
    let merged = read(dir.path());
    assert_eq!(
        merged["metadata"]["component"],
        json!({
            "bom-ref": "image", "type": "container", "name": "registry.example:5000/acme/rocket", "version": DIGEST,
            "purl": format!("pkg:oci/rocket@{}?repository_url=registry.example%3A5000%2Facme%2Frocket", DIGEST.replace(':', "%3A")),
        })
    );
    let names: Vec<_> = merged["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["bom-ref"].as_str().unwrap(), it["name"].as_str().unwrap()))
        .collect();
    let of = |architecture: &str| {
        [
            format!(
                "linux/{architecture}:8b2f9c1a-0000-4000-8000-000000000000 registry.example:5000/acme/rocket"
            ),
            format!("linux/{architecture}:pkg:deb/debian/libc6@2.41?arch={architecture} libc6"),
            format!("linux/{architecture}:os debian"),
        ]
    };
    assert_eq!(names, [of("amd64"), of("arm64")].concat());
    assert_eq!(run.output("components"), "8");
    // Each component says its platform, those within others, too; what else it says stays.
    let platform = |value: &str| json!({ "name": "launchway:platform", "value": value });
    let root = &merged["components"][0]["properties"];
    assert_eq!(root[0]["name"], "aquasecurity:trivy:SchemaVersion");
    assert_eq!(root[1], platform("linux/amd64"));
    let inner = &merged["components"][4]["components"][0];
    assert_eq!(inner["properties"], json!([platform("linux/arm64")]));
    assert_eq!(inner["bom-ref"], "linux/arm64:inner");
    assert_eq!(merged["components"][4]["purl"], "pkg:deb/debian/libc6@2.41?arch=arm64");
    // The image depends on its platforms, and no name leads nowhere.
    assert_eq!(
        merged["dependencies"][0],
        json!({ "ref": "image", "dependsOn": [
            "linux/amd64:8b2f9c1a-0000-4000-8000-000000000000", "linux/arm64:8b2f9c1a-0000-4000-8000-000000000000",
        ] })
    );
    assert_eq!(merged["dependencies"][2]["provides"], json!(["linux/amd64:inner"]));
    let (mut defined, mut used) = (Vec::new(), Vec::new());
    references(&merged, &mut defined, &mut used);
    assert_eq!(used.iter().find(|name| !defined.contains(name)), None);
    let all = defined.len();
    defined.sort();
    defined.dedup();
    assert_eq!(defined.len(), all, "a name stands twice");
    assert_eq!(merged["vulnerabilities"].as_array().unwrap().len(), 2);
    assert_eq!(merged["services"][1]["bom-ref"], "linux/arm64:service");
    assert_eq!(merged["annotations"][1]["text"], "os");
    // What all say is said once.
    assert_eq!(merged["metadata"]["tools"]["components"].as_array().unwrap().len(), 1);
    assert_eq!(merged["externalReferences"].as_array().unwrap().len(), 1);
    assert!(!merged.to_string().contains("signature"));
    assert!(run.messages("warning")[0].contains("signatures"), "{}", run.log);
    validate(&[&dir.path().join("out/sbom.cdx.json")]);
}

#[test]
fn the_same_lists_give_the_same_bytes() {
    let dir = handed_over();
    let bytes = || std::fs::read(dir.path().join("out/sbom.cdx.json")).unwrap();
    merge(dir.path(), &[BOTH]).success();
    let first = bytes();
    // Again, in another order, and with what the first run has written among the files.
    let files = "out\nreports/launchway-report-1-linux-arm64\nreports/*amd64/sbom.cdx.json";
    let inputs = [("files", files), ("platforms", "linux/arm64 linux/amd64")];
    merge(dir.path(), &inputs).success();
    assert_eq!(bytes(), first);
    let serial = read(dir.path())["serialNumber"].clone();
    assert_ne!(serial, list("amd64")["serialNumber"]);
    let mut other = list("amd64");
    other["components"][1]["version"] = "13.3".into();
    write(dir.path(), "reports/launchway-report-1-linux-amd64/sbom.cdx.json", &other.to_string());
    merge(dir.path(), &[BOTH]).success();
    assert_ne!(read(dir.path())["serialNumber"], serial);
}

#[test]
fn without_platforms_lists_are_told_apart_by_their_number() {
    let dir = handed_over();
    merge(dir.path(), &[]).success();
    let merged = read(dir.path());
    assert_eq!(merged["components"][0]["bom-ref"], "1:8b2f9c1a-0000-4000-8000-000000000000");
    assert_eq!(merged["metadata"]["component"]["name"], "/tmp/image.tar");
    assert!(!merged.to_string().contains("launchway:platform"));
    validate(&[&dir.path().join("out/sbom.cdx.json")]);
}

#[test]
fn a_single_list_keeps_its_references() {
    let dir = handed_over();
    std::fs::remove_dir_all(dir.path().join("reports/launchway-report-1-linux-arm64")).unwrap();
    merge(dir.path(), &[]).success();
    assert_eq!(read(dir.path()), list("amd64"), "nothing was asked for");
    let image = format!("ghcr.io/acme/rocket@{DIGEST}");
    let run = merge(dir.path(), &[("platforms", "linux/amd64"), ("image", &image)]).success();
    let merged = read(dir.path());
    assert_eq!(merged["dependencies"], list("amd64")["dependencies"]);
    assert_eq!(merged["metadata"]["component"]["name"], "ghcr.io/acme/rocket");
    assert_eq!(merged["metadata"]["component"]["version"], DIGEST);
    assert_eq!(merged["components"][1]["properties"][0]["value"], "linux/amd64");
    assert_eq!(run.output("components"), "3");
    validate(&[&dir.path().join("out/sbom.cdx.json")]);
    // The least there can be: GitHub attests none without a number.
    let least = r#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#;
    write(dir.path(), "reports/launchway-report-1-linux-amd64/sbom.cdx.json", least);
    merge(dir.path(), &[("image", &image)]).success();
    let merged = read(dir.path());
    assert!(merged["serialNumber"].as_str().unwrap().starts_with("urn:uuid:"));
    assert_eq!(merged["metadata"]["component"]["version"], DIGEST);
}

#[test]
fn lists_of_several_versions_become_one_of_the_newest() {
    let dir = handed_over();
    let mut older = list("amd64");
    older["specVersion"] = "1.5".into();
    older["$schema"] = "http://cyclonedx.org/schema/bom-1.5.schema.json".into();
    older["metadata"]["tools"] = json!([{ "name": "syft" }]);
    write(dir.path(), "reports/launchway-report-1-linux-amd64/sbom.cdx.json", &older.to_string());
    merge(dir.path(), &[BOTH]).success();
    let merged = read(dir.path());
    assert_eq!(merged["specVersion"], "1.6");
    assert!(merged["$schema"].as_str().unwrap().contains("1.6"));
    validate(&[&dir.path().join("out/sbom.cdx.json")]);
}

#[test]
fn a_lost_platform_is_never_left_out() {
    let dir = handed_over();
    std::fs::remove_dir_all(dir.path().join("reports/launchway-report-1-linux-arm64")).unwrap();
    for inputs in [&[BOTH][..], &[BOTH, ("files", "nowhere")]] {
        let run = merge(dir.path(), inputs).exits(2);
        assert!(run.log.contains("linux/arm64"), "{}", run.log);
        assert!(run.log.contains("run all jobs again"), "{}", run.log);
        assert!(run.outputs.is_empty());
        assert!(!dir.path().join("out").exists());
    }
    let run = merge(dir.path(), &[("files", "nowhere")]).exits(2);
    assert!(run.log.contains("holds no list"), "{}", run.log);
}

#[test]
fn what_is_no_list_is_named() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let with = |key: &str, value: Value| {
        let mut list = list("amd64");
        list[key] = value;
        list.to_string().into_bytes()
    };
    for (bytes, said) in [
        (b"".to_vec(), "is no JSON"),
        (b"{".to_vec(), "is no JSON"),
        (b"<bom/>".to_vec(), "is no JSON"),
        (b"\xff\xfe{}".to_vec(), "not valid UTF-8"),
        (deep.into_bytes(), "is no JSON"),
        (b"[]".to_vec(), "it is no object"),
        (b"{}".to_vec(), "no document of CycloneDX"),
        (br#"{"spdxVersion":"SPDX-2.3"}"#.to_vec(), "a document of SPDX"),
        (with("specVersion", "1.2".into()), "1.3 to 1.7"),
        (with("specVersion", "2.0".into()), "1.3 to 1.7"),
        (with("specVersion", 1.6.into()), "1.3 to 1.7"),
        (with("components", json!({})), "`components` is no list"),
        (with("components", json!(["a"])), "`components` is no list"),
        (with("components", json!([{ "components": 5 }])), "no list"),
        (with("components", json!([{ "bom-ref": 5 }])), "`bom-ref` is no text"),
        (with("dependencies", json!("x")), "`dependencies` is no list"),
        (with("metadata", json!([])), "`metadata` is no object"),
        (with("metadata", json!({ "component": "x" })), "`metadata/component` is no object"),
    ] {
        let dir = handed_over();
        let file = dir.path().join("reports/launchway-report-1-linux-amd64/sbom.cdx.json");
        std::fs::write(file, &bytes).unwrap();
        let run = merge(dir.path(), &[BOTH]).exits(2);
        assert!(run.log.contains(said), "{said}: {}", run.log);
        assert!(run.log.contains("linux-amd64"), "the file is named: {}", run.log);
        assert!(run.outputs.is_empty());
        assert!(!dir.path().join("out").exists());
    }
    let dir = handed_over();
    let run = merge(dir.path(), &[BOTH, ("image", "ghcr.io/acme/rocket:1")]).exits(2);
    assert!(run.log.contains("has no digest"), "{}", run.log);
    std::fs::write(dir.path().join("out"), "").unwrap();
    let run = merge(dir.path(), &[BOTH]).exits(2);
    assert!(run.log.contains("cannot write the list"), "{}", run.log);
}

#[test]
fn a_file_under_two_names_is_one_list() {
    let dir = handed_over();
    let one = "reports/launchway-report-1-linux-amd64/sbom.cdx.json";
    let again = format!("{one}\n./{one}\nreports/*-linux-amd64");
    let run = merge(dir.path(), &[("files", &again)]).success();
    assert_eq!(run.output("components"), "3");
    assert_eq!(read(dir.path())["components"].as_array().unwrap().len(), 2);
}

#[test]
fn a_mark_and_line_ends_of_windows_are_no_matter() {
    let dir = handed_over();
    let text = serde_json::to_string_pretty(&list("amd64")).unwrap().replace('\n', "\r\n");
    let name = "reports/launchway-report-1-linux-amd64/sbom.cdx.json";
    write(dir.path(), name, &format!("\u{feff}{text}"));
    merge(dir.path(), &[BOTH]).success();
    let with_mark = std::fs::read(dir.path().join("out/sbom.cdx.json")).unwrap();
    write(dir.path(), name, &list("amd64").to_string());
    merge(dir.path(), &[BOTH]).success();
    assert_eq!(std::fs::read(dir.path().join("out/sbom.cdx.json")).unwrap(), with_mark);
}

#[test]
fn names_that_would_act_are_text_and_large_lists_are_taken() {
    let dir = handed_over();
    let mut large = list("amd64");
    let components: Vec<Value> = (0..40_000)
        .map(|n| json!({ "bom-ref": format!("c{n}"), "type": "library", "name": "x\n::error::pwned", "description": "y".repeat(400) }))
        .collect();
    large["components"].as_array_mut().unwrap().extend(components);
    let name = "reports/launchway-report-1-linux-amd64/sbom.cdx.json";
    write(dir.path(), name, &large.to_string());
    let run = merge(dir.path(), &[BOTH]).success();
    assert_eq!(run.output("components"), "40008");
    assert_eq!(run.messages("error"), [""; 0]);
    assert!(
        run.messages("warning").iter().any(|said| said.contains("attests none")),
        "{}",
        run.log
    );
    assert_eq!(read(dir.path())["components"][10]["name"], "x\n::error::pwned");
}

#[test]
fn on_a_command_line_the_file_is_said() {
    let dir = handed_over();
    let run = Scrubbed::new(PROGRAM)
        .args(["merge-sboms", "--files", "reports", "--output", "one.cdx.json"])
        .dir(dir.path())
        .run()
        .exits(0);
    assert!(run.all().contains("8 components of 2 lists"), "{}", run.all());
    assert!(dir.path().join("one.cdx.json").is_file());
    // Unless given the runner's folder for such files holds it.
    let inputs = [("files", "reports")];
    let run =
        FakeRunner::new(dir.path()).run_program(PROGRAM, &["merge-sboms"], How::Json, &inputs);
    let run = run.success();
    assert!(run.output("file").ends_with("/sbom.cdx.json"), "{}", run.output("file"));
}
