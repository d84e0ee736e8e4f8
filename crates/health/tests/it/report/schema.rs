//! Reports against `docs/schema/health-report.json`.

use launchway_health::reason::Reason;
use launchway_testkit::schema;
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../../../docs/schema/health-report.json");

/// Panics unless a report is as documented.
pub(crate) fn hold(report: &Value) {
    schema::hold(report, SCHEMA);
}

#[test]
fn the_schema_knows_every_reason() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let words: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(schema["definitions"]["reason"]["enum"], Value::from(words));
}

#[test]
fn the_schema_refuses_what_is_something_else() {
    for bad in [
        r#"{"number":1}"#,
        r#"{"number":1.5,"started":"","startedMs":0,"endedMs":0,"ok":true,"requests":1,"timingsMs":{"total":1}}"#,
        r#"{"number":1,"started":"","startedMs":0,"endedMs":0,"ok":true,"requests":1,"timingsMs":{}}"#,
        r#"{"number":1,"started":"","startedMs":0,"endedMs":0,"ok":false,"reason":"sad","requests":1,"timingsMs":{"total":1}}"#,
    ] {
        let attempt: Value = serde_json::from_str(bad).unwrap();
        let found = schema::check_part(&attempt, SCHEMA, "/definitions/attempt");
        assert!(found.is_err(), "{bad}");
    }
}
