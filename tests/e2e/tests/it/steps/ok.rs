//! The job `ok` of the monorepo among the examples, which a branch rule asks for.

use launchway_e2e::at;
use yaml_serde::Value;

use super::Job;

/// A run that is cancelled skips jobs, too.
#[test]
fn ok_of_the_monorepo_takes_no_skipped_language_for_a_good_one() {
    let path = at("examples/polyglot-monorepo/.github/workflows/ci.yml");
    let file: Value = yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let ok = file.get("jobs").and_then(|jobs| jobs.get("ok")).unwrap();
    assert_eq!(ok.get("if").and_then(Value::as_str), Some("always()"));
    let step = ok.get("steps").and_then(|steps| steps.as_sequence()?.first()).unwrap();
    let script = step.get("run").and_then(Value::as_str).unwrap();
    for (case, good) in [
        ("success success success success true success", true),
        ("success success success success false skipped", true),
        ("success success success success true skipped", false),
        ("success success success success true failure", false),
        ("skipped success success success false skipped", false),
        ("success success success cancelled false skipped", false),
        ("success failure success success true success", false),
    ] {
        let names = ["NODE", "RUST", "PYTHON", "GO", "WANTED", "CHANGESET"];
        let variables: Vec<_> = names.into_iter().zip(case.split(' ')).collect();
        let Some(done) = Job::new().run(script, &variables) else { return };
        assert_eq!(done.code == 0, good, "{case}: {}", done.said);
    }
}
