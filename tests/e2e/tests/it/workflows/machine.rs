//! The machine itself: what workflows of ours need of act is there, and a run that should be red
//! is.

use launchway_e2e::act::Act;
use launchway_testkit::target::{Act as Answer, Target};
use launchway_testkit::{FakeGitHub, FakeSlack, TokenKind};
use serde_json::json;

/// Outputs, conditions and secrets reach our actions; a failure reaches the run.
#[test]
fn our_actions_run_in_a_workflow_and_what_they_say_arrives() {
    let Some(mut act) = Act::new() else { return };
    let github = FakeGitHub::start();
    github.add_token("ghs_workflow", TokenKind::Actions, &[("contents", "read")]);
    let repository = github.add_repository("acme", "shop");
    repository.commit("main", "start", &[("README.md", Some("shop\n"))]);
    act.repository(&github, &repository, "ghs_workflow");
    let slack = FakeSlack::start();
    slack.add_token("xoxb-1-secret", &["chat:write"]).add_channel("C1", "deploys");
    act.secret("SLACK_TOKEN", "xoxb-1-secret");
    // Each of these characters means something to a file of variables.
    act.secret("ODD", "a\"b$c\\d'e #f\nsecond line");
    act.variable("CHANNEL", "C1");
    let healthy = Target::start(Answer::ok("fine"));

    let workflow = format!(
        r#"
name: Machine
on: push
permissions: {{}}
concurrency:
  group: machine
  queue: max
jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    environment:
      name: production
      deployment: false
    outputs:
      healthy: ${{{{ steps.health.outputs.healthy }}}}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - name: the file is there
        run: test "$(cat README.md)" = shop
      - name: a secret keeps its characters
        env:
          ODD: ${{{{ secrets.ODD }}}}
        run: |
          want="$(printf 'a"b$c\\d\047e #f\nsecond line')"
          test "$ODD" = "$want"
      - id: health
        uses: $/actions/health-check
        with:
          url: {healthy}
          timeout: 10s
  say:
    needs: check
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {{}}
    steps:
      - uses: $/actions/slack-notify
        with:
          token: ${{{{ secrets.SLACK_TOKEN }}}}
          channel: ${{{{ vars.CHANNEL }}}}
          api-url: {slack}
          text: "healthy: ${{{{ needs.check.outputs.healthy }}}}"
"#,
        healthy = healthy.url("/"),
        slack = slack.api_url(),
    );
    let run = act.run(&workflow, "push", &json!({ "ref": "refs/heads/main" })).success();

    assert_eq!(run.output("check", "healthy"), "true");
    assert_eq!(run.step("a secret keeps its characters"), "success");
    let messages = slack.messages("C1");
    assert_eq!(messages.len(), 1, "{}", run.log());
    assert!(!run.summaries.is_empty(), "no summary in\n{}", run.log());
    assert_eq!(slack.hosts_that_saw("xoxb-1-secret").len(), 1);

    healthy.stop();
    let run = act.run(&workflow, "push", &json!({ "ref": "refs/heads/main" })).failure();
    assert_eq!(run.needs["check"]["result"], "failure");
    assert!(!run.ran("Machine/say"), "a job ran whose `needs` failed:\n{}", run.log());
    assert_eq!(slack.messages("C1").len(), 1);
}
