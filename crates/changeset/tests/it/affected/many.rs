//! More packages than a matrix has jobs.

use std::collections::BTreeSet;
use std::time::Duration;

use launchway_testkit::runner::How;
use launchway_testkit::{FakeRunner, TestRepo};
use serde_json::json;

const COUNT: usize = 1000;

fn thousand() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("package.json", "{ \"private\": true, \"workspaces\": [\"packages/*\"] }\n");
    repo.write("package-lock.json", "{}\n").write(".changeset/config.json", "{}\n");
    for number in 0..COUNT {
        let needs = match number {
            0 => String::new(),
            // A chain as long as the repository.
            _ => format!(", \"dependencies\": {{ \"p{:04}\": \"1.0.0\" }}", number - 1),
        };
        let text = format!("{{ \"name\": \"p{number:04}\", \"version\": \"1.0.0\"{needs} }}\n");
        repo.write(&format!("packages/p{number:04}/package.json"), text);
    }
    repo.commit("many");
    repo
}

#[test]
fn a_thousand_packages_go_into_shards() {
    let repo = thousand();
    let before = repo.head();
    repo.write("packages/p0000/x.js", "1").commit("the first");
    let run = |inputs: &[(&str, &str)]| {
        FakeRunner::new(repo.path()).event("push", json!({ "before": before })).run_program(
            env!("CARGO_BIN_EXE_launchway-changeset"),
            &["affected"],
            How::Json,
            inputs,
        )
    };
    let refused = run(&[]).exits(2);
    assert!(
        refused.log.contains("1000 packages") && refused.log.contains("`shards`"),
        "{}",
        refused.log
    );
    let done = run(&[("shards", "7")]).success();
    // Far from a second: nobody waits for the plan of a build.
    assert!(done.elapsed < Duration::from_secs(20), "{:?}", done.elapsed);
    assert_eq!(done.output("count"), "1000");
    let matrix = done.output_json("matrix");
    let shards = matrix["include"].as_array().unwrap();
    assert_eq!(shards.len(), 7);
    assert_eq!(shards[6]["name"], "7 of 7");
    let lines = |key: &str| -> BTreeSet<String> {
        let texts = shards.iter().flat_map(|shard| shard[key].as_str().unwrap().lines());
        texts.map(str::to_owned).collect()
    };
    assert_eq!(lines("names").len(), COUNT);
    assert!(lines("paths").contains("packages/p0999"));
    assert_eq!(run(&[("only-changed", "true")]).success().output("names"), "p0000");
    let few = run(&[("only-changed", "true"), ("shards", "9")]).success();
    assert_eq!(few.output_json("matrix")["include"].as_array().unwrap().len(), 1);
}
