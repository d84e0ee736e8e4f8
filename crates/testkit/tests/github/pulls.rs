use serde_json::{Value, json};

use super::{BOT, World};

fn open(world: &World, head: &str) -> (u16, Value) {
    let body = json!({ "title": "Version Packages", "head": head, "base": "main", "body": "text" });
    world.bot("POST", "/pulls", &body)
}

#[test]
fn a_pull_request_lives_and_is_merged() {
    let world = World::new();
    let head = world.branch("changeset-release/main", "c.txt");
    let (status, pull) = open(&world, "changeset-release/main");
    assert_eq!((status, &pull["number"]), (201, &json!(1)));
    assert_eq!(pull["user"]["login"], "github-actions[bot]");
    assert_eq!(open(&world, "changeset-release/main").0, 422);
    let found = world.get("/pulls?head=acme:changeset-release/main&base=main&state=open").1;
    assert_eq!(found[0]["head"]["sha"], json!(head));
    assert_eq!(world.get("/pulls?head=acme:other").1, json!([]));
    let newer = world.repo.commit("changeset-release/main", "again", &[("d", Some("d"))]);
    assert_eq!(world.get("/pulls/1").1["head"]["sha"], json!(newer));
    assert_eq!(world.bot("PATCH", "/pulls/1", &json!({ "title": "New" })).1["title"], "New");
    assert_eq!(world.repo.pull(1).edits, 1);
    let merged = world.repo.merge(1);
    assert_eq!(world.repo.sha("main"), Some(merged));
    assert_eq!(world.repo.file_at("main", "c.txt").as_deref(), Some("new\n"));
    let (_, pull) = world.get("/pulls/1");
    assert_eq!((&pull["merged"], &pull["state"]), (&json!(true), &json!("closed")));
    let (_, pulls) = world.get(&format!("/commits/{head}/pulls"));
    assert_eq!(pulls[0]["number"], 1);
}

#[test]
fn the_merge_endpoint_squashes_and_refuses() {
    let world = World::new();
    world.branch("one", "c.txt");
    open(&world, "one");
    let wrong = json!({ "sha": world.repo.sha("main").unwrap() });
    assert_eq!(world.bot("PUT", "/pulls/1/merge", &wrong).0, 409);
    let (status, merged) = world.bot("PUT", "/pulls/1/merge", &json!({ "merge_method": "squash" }));
    assert_eq!((status, &merged["merged"]), (200, &json!(true)));
    assert_eq!(world.repo.commit_at("main").unwrap().parents.len(), 1);
    world.branch("two", "a.txt");
    open(&world, "two");
    world.repo.commit("main", "other", &[("a.txt", Some("other\n"))]);
    assert_eq!(world.get("/pulls/2").1["mergeable"], false);
    assert_eq!(world.bot("PUT", "/pulls/2/merge", &json!({})).0, 405);
}

#[test]
fn what_cannot_be_opened_is_refused() {
    let world = World::new();
    let main = world.repo.sha("main").unwrap();
    world.bot("POST", "/git/refs", &json!({ "ref": "refs/heads/same", "sha": main }));
    let (status, body) = open(&world, "same");
    assert_eq!(
        (status, &body["errors"][0]["message"]),
        (422, &json!("No commits between main and same"))
    );
    assert_eq!(open(&world, "missing").1["errors"][0]["field"], "head");
    world.branch("long", "c.txt");
    let body = json!({ "title": "t", "head": "long", "base": "main", "body": "é".repeat(65_537) });
    let (status, body) = world.bot("POST", "/pulls", &body);
    assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("body")));
    world.repo.set_actions_may_open_pulls(false);
    assert_eq!(open(&world, "long").0, 403);
    assert!(world.repo.pulls().is_empty());
}

#[test]
fn a_pull_request_closes_when_its_branch_is_deleted() {
    let world = World::new();
    world.branch("one", "c.txt");
    open(&world, "one");
    world.bot("DELETE", "/git/refs/heads/one", &Value::Null);
    let pull = world.repo.pull(1);
    assert_eq!((pull.state.as_str(), pull.merged), ("closed", false));
}

#[test]
fn comments_and_labels() {
    let world = World::new();
    world.branch("one", "c.txt");
    open(&world, "one");
    for at in 0..35 {
        let body = json!({ "body": format!("comment {at}") });
        assert_eq!(world.bot("POST", "/issues/1/comments", &body).0, 201);
    }
    let path = "/repos/acme/shop/issues/1/comments";
    let first = world.send(BOT, "GET", path, &Value::Null);
    assert_eq!(first.json().as_array().unwrap().len(), 30);
    let link = first.header("link").unwrap();
    assert!(link.contains("page=2>; rel=\"next\""), "{link}");
    let last = world.send(BOT, "GET", &format!("{path}?per_page=30&page=2"), &Value::Null);
    assert_eq!(last.json().as_array().unwrap().len(), 5);
    let id = last.json()[0]["id"].as_u64().unwrap();
    let edit = world.bot("PATCH", &format!("/issues/comments/{id}"), &json!({ "body": "new" }));
    assert_eq!(edit.1["body"], "new");
    let label = json!({ "name": "release", "color": "ff0000", "description": "d" });
    assert_eq!(world.bot("POST", "/labels", &label).0, 201);
    assert_eq!(world.bot("POST", "/labels", &label).0, 422);
    let labels =
        world.bot("POST", "/issues/1/labels", &json!({ "labels": ["release", "new one"] }));
    assert_eq!(labels.1.as_array().unwrap().len(), 2);
    assert_eq!(world.bot("DELETE", "/issues/1/labels/new%20one", &Value::Null).0, 200);
    assert_eq!(world.repo.pull(1).labels, ["release"]);
}
