//! What docker.yml says an image holds.

use serde_json::{Value, json};

use super::{Job, script, write};

#[test]
fn the_lists_of_several_platforms_are_one_whose_names_do_not_clash() {
    let job = Job::new();
    for name in ["amd64", "arm64"] {
        let list = json!({
            "bomFormat": "CycloneDX",
            "metadata": { "component": { "bom-ref": "root", "name": "image" } },
            "components": [{ "bom-ref": "one", "name": name }],
            "dependencies": [{ "ref": "root", "dependsOn": ["one"] }, { "ref": "one" }],
        });
        write(&job.file(&format!("launchway/reports/{name}/sbom.cdx.json")), &list.to_string());
    }
    let Some(done) = job.run(&script("docker.yml", "publish", "sbom"), &[]) else { return };
    done.good();
    let text = std::fs::read_to_string(job.file("launchway/sbom.cdx.json")).unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list["metadata"]["component"]["bom-ref"], "0:root");
    assert_eq!(
        list["components"],
        json!([{ "bom-ref": "0:one", "name": "amd64" }, { "bom-ref": "1:one", "name": "arm64" }])
    );
    assert_eq!(list["dependencies"][2], json!({ "ref": "1:root", "dependsOn": ["1:one"] }));
}
