//! Files that come out of a pipe.

use std::process::Command;

use launchway_testkit::TestRepo;

#[test]
fn a_template_may_come_out_of_a_pipe() {
    let repo = TestRepo::with_files(&[("a", "1")]);
    repo.write("a", "2").commit("feat: a cart");
    let dir = tempfile::tempdir().unwrap();
    let body = dir.path().join("body");
    assert!(Command::new("mkfifo").arg(&body).status().unwrap().success());
    let writer = body.clone();
    std::thread::spawn(move || std::fs::write(writer, "{{ commits | length }} piped\n").unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_launchway-changelog"))
        .current_dir(repo.path())
        .env_remove("GITHUB_ACTIONS")
        .arg("--body-file")
        .arg(&body)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("1 piped"), "{said}{error}");
}
