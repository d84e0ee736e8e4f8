use launchway_testkit::{TestRepo, TokenKind};
use serde_json::{Value, json};

use super::{BOT, PERSON, World};

fn commit(world: &World, token: &str, entries: &Value, extra: &Value) -> Value {
    let main = world.repo.sha("main").unwrap();
    let post = |path: &str, body: &Value| {
        let answer = world.send(token, "POST", &format!("/repos/acme/shop/git/{path}"), body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    };
    let tree = post("trees", &json!({ "base_tree": main, "tree": entries }));
    let mut body = json!({ "message": "change", "tree": tree["sha"], "parents": [main] });
    for (key, value) in extra.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    post("commits", &body)
}

#[test]
fn a_commit_made_by_rest_can_be_cloned() {
    let world = World::new();
    let blob = json!({ "content": "Ymxvbg==", "encoding": "base64" });
    let (status, blob) = world.bot("POST", "/git/blobs", &blob);
    assert_eq!(status, 201);
    let entries = json!([
        { "path": "a.txt", "mode": "100644", "type": "blob", "sha": null },
        { "path": "run.sh", "mode": "100755", "type": "blob", "content": "#!/bin/sh\n" },
        { "path": "link", "mode": "120000", "type": "blob", "content": "run.sh" },
        { "path": "dir/blob", "mode": "100644", "type": "blob", "sha": blob["sha"] },
    ]);
    let made = commit(&world, BOT, &entries, &Value::Null);
    assert_eq!(made["verification"]["verified"], true);
    assert_eq!(made["author"]["name"], "github-actions[bot]");
    let body = json!({ "ref": "refs/heads/next", "sha": made["sha"] });
    assert_eq!(world.bot("POST", "/git/refs", &body).0, 201);
    assert_eq!(world.bot("POST", "/git/refs", &body).1["message"], "Reference already exists");
    let clone = TestRepo::clone_of(world.repo.path());
    clone.git(&["switch", "--quiet", "next"]);
    assert!(!clone.exists("a.txt") && clone.exists("link"));
    assert_eq!(clone.read("dir/blob"), "blon");
    assert_eq!(clone.read("dir/b.txt"), "b\n");
    assert_eq!(world.repo.mode_at("next", "run.sh").as_deref(), Some("100755"));
    assert_eq!(world.repo.mode_at("next", "link").as_deref(), Some("120000"));
}

#[test]
fn only_a_bot_without_an_author_signs() {
    let world = World::new();
    let entries = json!([{ "path": "x", "mode": "100644", "type": "blob", "content": "x" }]);
    let author = json!({ "author": { "name": "A", "email": "a@example.com" } });
    let verified = |made: &Value| made["verification"]["verified"].as_bool().unwrap();
    assert!(verified(&commit(&world, BOT, &entries, &Value::Null)));
    assert!(!verified(&commit(&world, BOT, &entries, &author)));
    assert!(!verified(&commit(&world, PERSON, &entries, &Value::Null)));
}

#[test]
fn refs_are_moved_only_forward_unless_forced() {
    let world = World::new();
    let old = world.repo.sha("main").unwrap();
    let new = world.repo.commit("main", "second", &[("c", Some("c"))]);
    let patch = |sha: &str, force: bool| {
        world.bot("PATCH", "/git/refs/heads/main", &json!({ "sha": sha, "force": force }))
    };
    assert_eq!(patch(&old, false).1["message"], "Update is not a fast forward");
    assert_eq!(patch(&old, true).0, 200);
    assert_eq!(patch(&new, false).0, 200);
    let none = "1111111111111111111111111111111111111111";
    assert_eq!(patch(none, true).1["message"], "Object does not exist");
    let (status, body) = world.bot("PATCH", "/git/refs/heads/none", &json!({ "sha": new }));
    assert_eq!((status, &body["message"]), (422, &json!("Reference does not exist")));
    assert_eq!(world.get("/git/ref/heads/main").1["object"]["sha"], json!(new));
    assert_eq!(world.get("/git/ref/heads/mai").0, 404);
    assert_eq!(world.get("/git/matching-refs/heads/ma").1.as_array().unwrap().len(), 1);
    assert_eq!(world.get("/commits/main").1["sha"], json!(new));
    let (_, compared) = world.get(&format!("/compare/{old}...{new}"));
    assert_eq!((&compared["status"], &compared["ahead_by"]), (&json!("ahead"), &json!(1)));
}

#[test]
fn annotated_tags_are_tags() {
    let world = World::new();
    let main = world.repo.sha("main").unwrap();
    let tag = json!({ "tag": "v1.0.0", "message": "v1.0.0", "object": main, "type": "commit" });
    let (status, tag) = world.bot("POST", "/git/tags", &tag);
    assert_eq!(status, 201);
    let body = json!({ "ref": "refs/tags/v1.0.0", "sha": tag["sha"] });
    assert_eq!(world.bot("POST", "/git/refs", &body).1["object"]["type"], "tag");
    assert_eq!(world.repo.tag_type("v1.0.0").as_deref(), Some("tag"));
    assert_eq!(world.repo.sha("v1.0.0"), Some(main));
    assert_eq!(world.bot("DELETE", "/git/refs/tags/v1.0.0", &Value::Null).0, 204);
    assert!(world.repo.tags().is_empty());
}

#[test]
fn trees_refuse_what_github_refuses() {
    let world = World::new();
    let main = world.repo.sha("main").unwrap();
    let entry = |entry: Value| {
        let (status, body) =
            world.bot("POST", "/git/trees", &json!({ "base_tree": main, "tree": [entry] }));
        (status, body["message"].as_str().unwrap_or_default().to_owned())
    };
    let none = entry(json!({ "path": "none", "mode": "100644", "type": "blob", "sha": null }));
    assert_eq!(none, (422, "GitRPC::BadObjectState".into()));
    for path in ["../x", "/x", ".git/config", "a//b"] {
        let entry = entry(json!({ "path": path, "mode": "100644", "type": "blob", "content": "" }));
        assert_eq!(entry.0, 422, "{path}");
    }
    let empty = world.github.add_repository("acme", "empty");
    let answer = world.send(BOT, "POST", "/repos/acme/empty/git/blobs", &json!({ "content": "" }));
    assert_eq!((answer.status, empty.branches().len()), (409, 0));
}

#[test]
fn tokens_are_checked() {
    let world = World::new();
    let read = &[("contents", "read")];
    world.github.add_token("ghs_read", TokenKind::Actions, read);
    let blob = json!({ "content": "x" });
    let answer = world.send("ghs_read", "POST", "/repos/acme/shop/git/blobs", &blob);
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["message"], "Resource not accessible by integration");
    assert_eq!(answer.header("x-accepted-github-permissions"), Some("contents=write"));
    assert_eq!(world.send("wrong", "GET", "/repos/acme/shop", &Value::Null).status, 401);
    assert_eq!(world.send(BOT, "GET", "/repos/acme/other", &Value::Null).status, 404);
    assert_eq!(world.send(BOT, "GET", "/user", &Value::Null).status, 403);
    assert_eq!(world.send(PERSON, "GET", "/user", &Value::Null).json()["login"], "octocat");
    let hosts = world.github.token_hosts();
    assert_eq!(hosts[BOT].iter().collect::<Vec<_>>(), [world.github.host()]);
    let workflow = json!([{ "path": ".github/workflows/x.yml", "mode": "100644", "type": "blob", "content": "x" }]);
    let made = commit(&world, BOT, &workflow, &Value::Null);
    let body = json!({ "ref": "refs/heads/workflows", "sha": made["sha"] });
    assert_eq!(world.bot("POST", "/git/refs", &body).0, 403);
}

#[test]
fn hostile_names_are_only_names() {
    let world = World::new();
    let path = "d $(touch pwned)/`x`\n::set-output name=a::b\t\"\u{e9}.txt";
    let entries = json!([{ "path": path, "mode": "100644", "type": "blob", "content": "x\n" }]);
    let made = commit(&world, BOT, &entries, &Value::Null);
    let branch = "re/$(x)`y`'z\"<b>&";
    let body = json!({ "ref": format!("refs/heads/{branch}"), "sha": made["sha"] });
    assert_eq!(world.bot("POST", "/git/refs", &body).0, 201);
    assert_eq!(world.repo.file_at(branch, path).as_deref(), Some("x\n"));
    let title = "</details> @everyone ${{ github.token }}\n::error::x";
    let pull = json!({ "title": title, "head": branch, "base": "main" });
    assert_eq!(world.bot("POST", "/pulls", &pull).1["title"], json!(title));
    let tag = json!({ "tag_name": "@acme/a@1.0.0", "target_commitish": branch });
    let (_, release) = world.bot("POST", "/releases", &tag);
    let page = release["html_url"].as_str().unwrap();
    assert!(page.ends_with("/releases/tag/%40acme%2Fa%401.0.0"), "{page}");
    assert_eq!(world.get("/releases/tags/@acme%2Fa@1.0.0").0, 200);
    assert_eq!(world.get("/releases/tags/@acme/a@1.0.0").0, 200);
}
