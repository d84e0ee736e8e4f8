//! The jobs this one waited for, as `toJSON(needs)` writes them.

use launchway_base::Failure;
use serde_json::Value;

use super::status;
use crate::facts::Need;
use crate::line;

/// A job has at most this many bytes of outputs, and a workflow some hundred jobs.
const LIMIT: usize = 64 * 1024 * 1024;

/// The jobs, in the order of the workflow. A matrix is one job here, and outputs say nothing.
pub(super) fn read(text: &str) -> Result<Vec<Need>, Failure> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |reason: String| {
        Failure::input(format!("`needs` {reason}")).with_hint("write `needs: ${{ toJSON(needs) }}`")
    };
    if text.len() > LIMIT {
        return Err(wrong(format!("has more than {LIMIT} bytes")));
    }
    let root: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| wrong("is not valid JSON".to_owned()).caused_by(error))?;
    let jobs = match root {
        Value::Null => return Ok(Vec::new()),
        Value::Object(jobs) => jobs,
        _ => return Err(wrong("is JSON, but no object of jobs".to_owned())),
    };
    let read = |(name, job): (String, Value)| match job.get("result") {
        Some(Value::String(result)) => Ok(Need {
            name: line::one(&name, 200),
            result: status::concluded(result),
            ..Need::default()
        }),
        _ => Err(wrong(format!("has no `result` of the job `{}`", line::one(&name, 60)))),
    };
    jobs.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    #[test]
    fn jobs_are_read_in_order() {
        let needs = read(
            r#"{
                "zeta": { "result": "success", "outputs": { "result": "failure", "tag": "v1" } },
                "alpha": { "result": "failure", "outputs": {} },
                "matrix": { "result": "cancelled", "outputs": { "a": "\n{}<!channel>" } },
                "odd\nname": { "result": "skipped" }
            }"#,
        )
        .unwrap();
        let seen: Vec<_> = needs.iter().map(|need| (need.name.as_str(), need.result)).collect();
        assert_eq!(
            seen,
            [
                ("zeta", Status::Success),
                ("alpha", Status::Failure),
                ("matrix", Status::Cancelled),
                ("odd name", Status::Skipped)
            ]
        );
        for nothing in ["", " \r\n", "null", "{}"] {
            assert_eq!(read(nothing).unwrap(), []);
        }
    }

    #[test]
    fn what_is_no_list_of_jobs_is_refused() {
        let deep = "[".repeat(100_000);
        for (text, said) in [
            ("{", "not valid JSON"),
            (deep.as_str(), "not valid JSON"),
            ("[]", "no object"),
            ("Object", "not valid JSON"),
            (r#"{"a":"success"}"#, "`a`"),
            (r#"{"a":{"result":1}}"#, "`a`"),
        ] {
            let failure = read(text).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
            assert!(failure.hint().is_some_and(|hint| hint.contains("toJSON")));
        }
    }

    #[test]
    fn a_huge_one_is_read() {
        let one = format!(r#"{{"result":"success","outputs":{{"x":"{}"}}}}"#, "y".repeat(100_000));
        let jobs: Vec<_> = (0..50).map(|n| format!("\"j{n}\":{one}")).collect();
        assert_eq!(read(&format!("{{{}}}", jobs.join(","))).unwrap().len(), 50);
    }
}
