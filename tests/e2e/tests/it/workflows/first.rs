//! The first deploy there is, and it is bad: nothing served before, so there is nothing to go back to.

use super::shop::Shop;

fn workflow(port: u16, more: &str) -> String {
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
      command: echo "version $DEPLOY_VERSION" >>"$SHOP_STATE/did"
      rollback-command: echo "back to <$DEPLOY_PREVIOUS_VERSION>" >>"$SHOP_STATE/did"
      url: http://127.0.0.1:{port}
      health-timeout: 2s
{more}
"#
    )
}

#[test]
fn a_bad_first_deploy_is_not_rolled_back_to_nothing_unless_that_is_asked_for() {
    let Some(mut shop) = Shop::open() else { return };
    let did = shop.act.at("serving").join("did");
    let did = || {
        let text = std::fs::read_to_string(&did).unwrap();
        std::fs::remove_file(&did).unwrap();
        text
    };
    let port = shop.port;

    let run = shop.push(&workflow(port, "")).failure();
    assert_eq!(did(), "version 1.0.0\n", "the rollback command ran: {}", run.log());
    assert_eq!(run.step("Nothing to roll back to"), "success", "{}", run.log());
    assert!(run.annotations.iter().any(|(_, text)| text.contains("nothing to roll back to")));
    assert_eq!(run.step_output("finish", "outcome"), "failed");
    assert_eq!(shop.repository.deployments()[0].state(), "failure");

    let run = shop.push(&workflow(port, "      rollback-always: true")).failure();
    assert_eq!(did(), "version 1.0.0\nback to <>\n", "{}", run.log());
    assert_eq!(run.step("Nothing to roll back to"), "", "{}", run.log());
    // It put something back, and that does not serve either.
    assert_eq!(run.step_output("finish", "outcome"), "failed");
}
