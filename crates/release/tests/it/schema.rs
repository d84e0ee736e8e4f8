//! The JSON that outputs hold, against the schemas in `docs/schema`.

use launchway_testkit::{StepRun, schema};
use serde_json::Value;

const PLAN: &str = include_str!("../../../../docs/schema/release-plan.json");
const PUBLISHED: &str = include_str!("../../../../docs/schema/published-packages.json");
const RECORD: &str = include_str!("../../../../docs/schema/release.json");

/// Panics unless the outputs of a run that wrote some are as documented.
pub(crate) fn hold(run: &StepRun) {
    for (name, expected) in [
        ("plan", PLAN),
        ("published-packages", PUBLISHED),
        ("publishedPackages", PUBLISHED),
        ("released-packages", PUBLISHED),
    ] {
        if !run.output(name).is_empty() {
            schema::hold(&run.output_json(name), expected);
        }
    }
}

/// Panics unless a record is as documented.
pub(crate) fn hold_record(record: &Value) {
    schema::hold(record, RECORD);
}

#[test]
fn the_schemas_refuse_what_is_something_else() {
    for (plan, good) in [
        (r#"{"mode":"nothing","because":"x"}"#, true),
        (r#"{"mode":"nothing"}"#, false),
        (r#"{"mode":"nothing","because":1}"#, false),
        (r#"{"mode":"nothing","because":"x","more":1}"#, false),
        (r#"{"mode":"rest","because":"x"}"#, false),
        (
            r#"{"mode":"tag","missing":[{}],"tags":true,"releases":true,"pushWithGitCli":false}"#,
            false,
        ),
    ] {
        let plan: Value = serde_json::from_str(plan).unwrap();
        assert_eq!(schema::check(&plan, PLAN).is_ok(), good, "{plan}");
    }
}
