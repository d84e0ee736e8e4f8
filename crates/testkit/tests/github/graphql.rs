use serde_json::{Value, json};

use super::{BOT, PERSON, World};

fn ask(world: &World, token: &str, query: &str, variables: &Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    let answer = world.send(token, "POST", "/graphql", &body);
    assert_eq!(answer.status, 200);
    answer.json()
}

const COMMIT: &str = "mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } }
}";

#[test]
fn a_commit_on_a_branch_is_signed_for_everybody() {
    let world = World::new();
    let head = world.repo.sha("main").unwrap();
    let input = json!({ "input": {
        "branch": { "repositoryNameWithOwner": "acme/shop", "branchName": "main" },
        "message": { "headline": "Version", "body": "all" }, "expectedHeadOid": head,
        "fileChanges": {
            "additions": [{ "path": "n.txt", "contents": "bmV3" }], "deletions": [{ "path": "a.txt" }],
        },
    } });
    let data = ask(&world, PERSON, COMMIT, &input);
    let oid = &data["data"]["createCommitOnBranch"]["commit"]["oid"];
    assert_eq!(oid, &json!(world.repo.sha("main")), "{data}");
    let commit = world.repo.commit_at("main").unwrap();
    assert!(commit.verified && commit.message == "Version\n\nall", "{commit:?}");
    assert_eq!(world.repo.files_at("main"), ["dir/b.txt", "n.txt"]);
    let again = ask(&world, PERSON, COMMIT, &input);
    assert_eq!(again["errors"][0]["type"], "STALE_DATA");
    assert_eq!(again["data"]["createCommitOnBranch"], Value::Null);
}

#[test]
fn refs_are_swapped_only_if_they_did_not_move() {
    let world = World::new();
    let old = world.repo.sha("main").unwrap();
    let new = world.repo.commit("main", "second", &[("c", Some("c"))]);
    let id = world.get("").1["node_id"].clone();
    let update = |before: &str, after: &str| {
        let query =
            "mutation Move($i: UpdateRefsInput!) { updateRefs(input: $i) { clientMutationId } }";
        let refs = [
            json!({ "name": "refs/heads/main", "beforeOid": before, "afterOid": after, "force": true }),
        ];
        ask(&world, BOT, query, &json!({ "i": { "repositoryId": id, "refUpdates": refs } }))
    };
    assert!(update(&old, &old)["errors"][0]["message"].is_string());
    assert_eq!(world.repo.sha("main"), Some(new.clone()));
    assert_eq!(update(&new, &old)["errors"], Value::Null);
    assert_eq!(world.repo.sha("main"), Some(old));
}

#[test]
fn drafts_titles_and_what_a_commit_came_in_by() {
    let world = World::new();
    let head = world.branch("one", "c.txt");
    let body = json!({ "title": "t", "head": "one", "base": "main" });
    let id = world.bot("POST", "/pulls", &body).1["node_id"].clone();
    let query = "mutation($id: ID!) {
      draft: convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } }
      updatePullRequest(input: {pullRequestId: $id, title: \"a \\\"b\\\"\", body: \"\"\"x } y\"\"\"}) {
        pullRequest { ...P }
      }
      markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft number } }
    }
    fragment P on PullRequest { title body }";
    let data = ask(&world, BOT, query, &json!({ "id": id }));
    assert_eq!(data["data"]["draft"]["pullRequest"]["isDraft"], true, "{data}");
    let edited = &data["data"]["updatePullRequest"]["pullRequest"];
    assert_eq!(edited, &json!({ "title": "a \"b\"", "body": "x } y" }));
    world.repo.merge(1);
    let query = "query ($owner: String!, $name: String!, $sha: String!) {
      viewer { login }
      repository(owner: $owner, name: $name) {
        a: object(expression: $sha) { ... on Commit {
          author { user { login } }
          associatedPullRequests(first: 5) { nodes { number author { login } mergedAt } }
        } }
        b: object(expression: \"main:dir\") { __typename ... on Commit { oid } }
        pullRequest(number: 1) { merged mergeCommit { oid } }
      }
    }";
    let variables = json!({ "owner": "acme", "name": "shop", "sha": head });
    let data = ask(&world, BOT, query, &variables)["data"].clone();
    assert_eq!(data["viewer"]["login"], "github-actions[bot]");
    let repository = &data["repository"];
    assert_eq!(repository["a"]["author"]["user"]["login"], "test-author");
    assert_eq!(repository["a"]["associatedPullRequests"]["nodes"][0]["number"], 1);
    assert_eq!(repository["b"], json!({ "__typename": "Tree" }));
    assert_eq!(repository["pullRequest"]["merged"], true);
    assert_eq!(world.github.write_lines().last().unwrap().split(' ').nth(2), Some("mutation"));
}

#[test]
fn mistakes_are_errors() {
    let world = World::new();
    let message = |query: &str| {
        let answer = world.wrong("POST", "/graphql", &json!({ "query": query })).json();
        answer["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    assert!(message("{ viewer { nothing } }").contains("Field 'nothing' doesn't exist"));
    assert!(message("{ viewer ").contains("Parse error"));
    assert!(message("query($a: ID!) { node(id: $a) { id } }").contains("$a"));
    assert!(message("{ repository(owner: \"a\", name: \"b\") { id } }").contains("'a/b'"));
}
