use serde_json::{Value, json};

use super::{BOT, PERSON, World};

#[test]
fn statuses_and_checks_stand_on_commits() {
    let world = World::new();
    let main = world.repo.sha("main").unwrap();
    let post = |state: &str| {
        let body = json!({ "state": state, "context": "ci", "description": "d" });
        world.bot("POST", &format!("/statuses/{main}"), &body).0
    };
    assert_eq!((post("pending"), post("success")), (201, 201));
    let path = format!("/repos/acme/shop/statuses/{main}");
    assert_eq!(world.wrong("POST", &path, &json!({ "state": "nonsense" })).status, 422);
    assert_eq!(world.get("/commits/main/status").1["state"], "success");
    assert_eq!(world.get("/commits/main/statuses").1.as_array().unwrap().len(), 2);
    let check = json!({
        "name": "plan", "head_sha": main, "status": "completed", "conclusion": "neutral",
        "output": { "title": "t", "summary": "s" },
    });
    let (status, made) = world.bot("POST", "/check-runs", &check);
    assert_eq!((status, &made["conclusion"]), (201, &json!("neutral")));
    assert_eq!(world.send(PERSON, "POST", "/repos/acme/shop/check-runs", &check).status, 403);
    assert_eq!(world.get("/commits/main/check-runs").1["total_count"], 1);
    assert_eq!(world.repo.checks()[0].output["title"], "t");
}

#[test]
fn dispatches_are_remembered() {
    let world = World::new();
    let body = json!({ "ref": "main", "inputs": { "a": "1" } });
    assert_eq!(world.bot("POST", "/actions/workflows/ship.yml/dispatches", &body).0, 204);
    let event = json!({ "event_type": "released", "client_payload": { "v": 1 } });
    assert_eq!(world.bot("POST", "/dispatches", &event).0, 204);
    let dispatches = world.repo.dispatches();
    assert_eq!(
        (dispatches[0].workflow.as_str(), &dispatches[0].inputs["a"]),
        ("ship.yml", &json!("1"))
    );
    assert_eq!(dispatches[1].workflow, "released");
}

#[test]
fn a_repository_says_what_a_token_may() {
    let world = World::new();
    let (status, repository) = world.get("");
    assert_eq!((status, &repository["default_branch"]), (200, &json!("main")));
    assert_eq!(repository["permissions"]["push"], true);
    assert_eq!(world.get("/branches/main").1["commit"]["sha"], json!(world.repo.sha("main")));
    assert_eq!(world.send(BOT, "GET", "/rate_limit", &Value::Null).json()["rate"]["limit"], 5000);
    // As on GitHub Enterprise Server.
    assert_eq!(world.send(BOT, "GET", "/api/v3/rate_limit", &Value::Null).status, 200);
    world.repo.set_private(true);
    world.github.add_token("ghs_none", launchway_testkit::TokenKind::Actions, &[]);
    assert_eq!(world.send("ghs_none", "GET", "/repos/acme/shop", &Value::Null).status, 404);
}
