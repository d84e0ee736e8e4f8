//! What a webhook gets against `docs/schema/webhook-message.json`.

use launchway_testkit::schema;
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../../../docs/schema/webhook-message.json");

/// Panics unless a body is as documented.
pub(super) fn hold(body: &[u8]) {
    schema::hold(&serde_json::from_slice(body).unwrap(), SCHEMA);
}

#[test]
fn the_schema_refuses_what_is_something_else() {
    for bad in [r#"{"schema":"launchway-notify/1"}"#, "[]", r#"{"x":1}"#] {
        let bad: Value = serde_json::from_str(bad).unwrap();
        assert!(schema::check(&bad, SCHEMA).is_err(), "{bad}");
    }
    for status in launchway_notify::status::Status::ALL {
        let status = Value::from(status.as_str());
        assert_eq!(schema::check_part(&status, SCHEMA, "/properties/status"), Ok(()));
    }
}
