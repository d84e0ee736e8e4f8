//! Bake files: one target with tags, labels or annotations, as JSON that `docker buildx bake` reads.

use serde_json::{Map, Value, json};

use super::plan::Plan;

/// The four bake files of a plan, each with the name of the output that holds its path.
pub fn files(plan: &Plan, target: &str) -> [(&'static str, String); 4] {
    let args = args(plan);
    let labels = Value::Object(plan.labels.fields());
    [
        ("bake-file-tags", json!({ "tags": plan.tags, "args": args })),
        ("bake-file-labels", json!({ "labels": labels })),
        ("bake-file-annotations", json!({ "annotations": plan.leveled })),
        ("bake-file", json!({ "tags": plan.tags, "labels": labels, "args": args })),
    ]
    .map(|(output, content)| (output, file(target, content)))
}

/// The name of the file of an output.
pub fn file_name(output: &str) -> String {
    let kind = output.strip_prefix("bake-file").unwrap_or_default();
    format!("docker-metadata-action-bake{kind}.json")
}

fn args(plan: &Plan) -> Value {
    let mut args = Map::new();
    args.insert("DOCKER_META_IMAGES".to_owned(), plan.images.join(",").into());
    if !plan.version.is_empty() {
        args.insert("DOCKER_META_VERSION".to_owned(), plan.version.clone().into());
    }
    Value::Object(args)
}

fn file(target: &str, content: Value) -> String {
    let mut targets = Map::new();
    targets.insert(target.to_owned(), content);
    serde_json::to_string_pretty(&json!({ "target": targets })).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_one_target() {
        let plan = Plan {
            version: "1.2.3".to_owned(),
            tags: vec!["acme/a:1.2.3".to_owned()],
            images: vec!["acme/a".to_owned(), "acme/b".to_owned()],
            leveled: vec!["manifest:a=b".to_owned()],
            ..Plan::default()
        };
        let [tags, labels, annotations, all] = files(&plan, "t");
        assert_eq!(tags.0, "bake-file-tags");
        assert_eq!(
            tags.1,
            "{\n  \"target\": {\n    \"t\": {\n      \"tags\": [\n        \"acme/a:1.2.3\"\n      ],\n      \"args\": {\n        \"DOCKER_META_IMAGES\": \"acme/a,acme/b\",\n        \"DOCKER_META_VERSION\": \"1.2.3\"\n      }\n    }\n  }\n}"
        );
        assert!(labels.1.contains("\"labels\": {}"));
        assert!(annotations.1.contains("\"manifest:a=b\""));
        assert!(all.1.find("tags") < all.1.find("labels"));
        assert!(all.1.find("labels") < all.1.find("args"));
        let empty = Plan::default();
        assert!(!files(&empty, "t")[0].1.contains("DOCKER_META_VERSION"));
        assert_eq!(
            [tags.0, labels.0, annotations.0, all.0].map(file_name),
            [
                "docker-metadata-action-bake-tags.json",
                "docker-metadata-action-bake-labels.json",
                "docker-metadata-action-bake-annotations.json",
                "docker-metadata-action-bake.json"
            ]
        );
    }
}
