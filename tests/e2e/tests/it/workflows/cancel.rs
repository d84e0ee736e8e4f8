//! A deploy that is cancelled, and one whose runner dies: what GitHub shows afterwards.

use std::process::Command;

use launchway_testkit::script;
use serde_json::json;

use super::shop::{CHANNEL, Shop};

fn workflow(shop: &Shop) -> String {
    format!(
        r#"
name: Deploy
on: push
permissions: {{}}
jobs:
  deploy:
    permissions:
      contents: read
      deployments: write
      id-token: write
    uses: $/.github/workflows/deploy.yml
    with:
      environment: production
      version: 1.0.0
      command: |
        echo "the deploy began"
        if [ -e "$SHOP_STATE/wait" ]; then
          until [ -e "$SHOP_STATE/go" ]; do sleep 0.1; done
        fi
        bash "$SHOP_STATE/start.sh"
      url: http://127.0.0.1:{port}
      health-timeout: 10s
      slack-channel: {CHANNEL}
    secrets:
      slack-token: ${{{{ secrets.SLACK_TOKEN }}}}
"#,
        port = shop.port,
    )
}

/// Starts the service of the checkout.
const START: &str = r#"#!/usr/bin/env bash
set -euo pipefail
setsid python3 service.py "$SHOP_PORT" "$SHOP_STATE/pid" >"$SHOP_STATE/log" 2>&1 </dev/null &
until [ -s "$SHOP_STATE/pid" ]; do sleep 0.05; done
"#;

fn signal(name: &str, process: u32) {
    let done = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(done.success(), "no process {process}");
}

#[test]
fn a_cancelled_deploy_ends_and_a_killed_one_is_followed_by_one_that_ends() {
    let Some(mut shop) = Shop::open() else { return };
    let workflow = workflow(&shop);
    let state = shop.act.at("serving");
    script(state.join("start.sh"), START);
    std::fs::write(state.join("wait"), "").unwrap();
    let sha = shop.repository.sha("refs/heads/main").unwrap();
    shop.act.on("refs/heads/main", &sha);
    let event = json!({ "ref": "refs/heads/main", "after": sha });

    // Cancelled while it deploys: the steps that always run end what was begun.
    let mut going = shop.act.start(&workflow, "push", &event);
    going.until("the deploy began");
    assert_eq!(shop.repository.deployments()[0].state(), "in_progress");
    signal("-INT", going.id());
    let run = going.wait().failure();
    assert_eq!(run.step("End the deployment"), "success", "{}", run.log());
    let ended = &shop.repository.deployments()[0];
    assert!(["error", "failure"].contains(&ended.state()), "{:?}\n{}", ended.states(), run.log());
    assert_eq!(run.step("Is it healthy?"), "", "nothing is checked after a cancel");
    assert_eq!(shop.serves().0, 0, "the command went on after the cancel");

    // The machine dies: nobody ends anything, and it stays in progress.
    let mut going = shop.act.start(&workflow, "push", &event);
    going.until("the deploy began");
    signal("-KILL", going.id());
    assert_eq!(going.wait().code, None);
    let stays = shop.repository.deployments();
    assert_eq!(stays.last().unwrap().state(), "in_progress");

    // What was left behind is not in the way of the next one.
    std::fs::write(state.join("go"), "").unwrap();
    std::fs::remove_file(state.join("wait")).unwrap();
    let run = shop.act.run(&workflow, "push", &event).success();
    assert_eq!(run.output("deploy", "outcome"), "deployed");
    assert_eq!(shop.serves().0, 200);
    let last = shop.repository.deployments();
    assert_eq!(last.last().unwrap().state(), "success");
}
