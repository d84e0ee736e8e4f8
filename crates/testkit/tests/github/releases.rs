use serde_json::{Value, json};

use super::World;

#[test]
fn a_release_makes_its_tag_once() {
    let world = World::new();
    let main = world.repo.sha("main").unwrap();
    let body = json!({ "tag_name": "a@1.0.0", "target_commitish": main, "name": "a@1.0.0", "body": "notes" });
    let (status, release) = world.bot("POST", "/releases", &body);
    assert_eq!(status, 201);
    assert_eq!(world.repo.sha("a@1.0.0"), Some(main));
    let (status, again) = world.bot("POST", "/releases", &body);
    assert_eq!((status, &again["errors"][0]["code"]), (422, &json!("already_exists")));
    assert_eq!(world.get("/releases/tags/a%401.0.0").1["id"], release["id"]);
    let path = format!("/releases/{}", release["id"]);
    assert_eq!(world.bot("PATCH", &path, &json!({ "body": "better" })).1["body"], "better");
    assert_eq!(world.bot("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(world.get(&path).0, 404);
    let wrong = json!({ "tag_name": "b", "target_commitish": "none" });
    assert_eq!(world.bot("POST", "/releases", &wrong).1["errors"][0]["field"], "target_commitish");
    let long = json!({ "tag_name": "b", "body": "x".repeat(125_001) });
    assert_eq!(world.bot("POST", "/releases", &long).0, 422);
}

#[test]
fn a_draft_has_no_tag_and_is_found_only_in_the_list() {
    let world = World::new();
    let body = json!({ "tag_name": "v1", "draft": true });
    let (_, draft) = world.bot("POST", "/releases", &body);
    assert_eq!(world.get("/releases/tags/v1").0, 404);
    assert!(world.repo.tags().is_empty());
    assert_eq!(world.get("/releases").1[0]["draft"], true);
    let path = format!("/releases/{}", draft["id"]);
    assert_eq!(world.bot("PATCH", &path, &json!({ "draft": false })).0, 200);
    assert_eq!(world.repo.tags(), ["v1"]);
    assert_eq!(world.get("/releases/tags/v1").0, 200);
}

#[test]
fn latest_is_what_was_marked() {
    let world = World::new();
    assert_eq!(world.get("/releases/latest").0, 404);
    let make = |tag: &str, pre: bool, latest: &str| {
        let body = json!({ "tag_name": tag, "prerelease": pre, "make_latest": latest });
        world.bot("POST", "/releases", &body).0
    };
    assert_eq!(make("v1", false, "true"), 201);
    assert_eq!(make("v2-rc", true, "false"), 201);
    assert_eq!(make("v0.9", false, "false"), 201);
    assert_eq!(make("v3-rc", true, "true"), 422);
    assert_eq!(world.get("/releases/latest").1["tag_name"], "v1");
    assert_eq!(world.repo.latest_release().as_deref(), Some("v1"));
}
