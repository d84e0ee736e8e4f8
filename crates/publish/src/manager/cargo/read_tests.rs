use super::*;

fn finished(exit: i32, stdout: &str, stderr: &str) -> Finished {
    Finished { exit: Some(exit), stdout: stdout.to_owned(), stderr: stderr.to_owned() }
}

fn upload(exit: i32, stderr: &str) -> Upload {
    // Sat, 21 Nov 2026 06:00:00 GMT
    let now = SystemTime::UNIX_EPOCH + Duration::from_hours(498_678);
    read_upload(&finished(exit, "", stderr), "one", "1.0.0", now)
}

#[test]
fn uploads_end_in_many_ways() {
    let begun = "   Uploading one v1.0.0 (/x)\n";
    let failed = "error: failed to publish one v1.0.0 to registry at http://r\n\nCaused by:\n  ";
    let answer = |status: &str, words: &str| {
        upload(
            101,
            &format!(
                "{begun}{failed}the remote server responded with an error (status {status}): {words}"
            ),
        )
    };
    assert_eq!(
        upload(
            0,
            "    Uploaded one v1.0.0 to registry `r`\n   Published one v1.0.0 at registry `r`\n"
        ),
        Upload::Taken { is_seen: true }
    );
    assert_eq!(
        upload(
            0,
            "    Uploaded one v1.0.0 to registry `r`\nwarning: timed out waiting for one v1.0.0\n"
        ),
        Upload::Taken { is_seen: false }
    );
    assert_eq!(
        upload(101, "error: crate one@1.0.0 already exists on `r` index\n"),
        Upload::WasThere
    );
    assert_eq!(
        answer("400 Bad Request", "crate version `1.0.0` is already uploaded"),
        Upload::WasThere
    );
    let waits = |upload: Upload| match upload {
        Upload::Limited(wait, error) => (wait.as_secs(), error.code),
        other => panic!("{other:?}"),
    };
    let limited = |words: &str| waits(answer("429 Too Many Requests", words));
    let code = Some("429".to_owned());
    assert_eq!(
        limited("Please try again after Sat, 21 Nov 2026 06:09:40 GMT and see"),
        (581, code.clone())
    );
    assert_eq!(
        limited("Please try again after Sat, 21 Nov 2026 05:59:00 GMT or"),
        (1, code.clone())
    );
    assert_eq!(limited("too many requests"), (60, code.clone()));
    assert_eq!(limited("try again after some days, gmt"), (60, code.clone()));
    let headers = format!(
        "{begun}{failed}failed to get a 200 OK response, got 429\nheaders:\n\tretry-after: 42\n"
    );
    assert_eq!(waits(upload(101, &headers)), (42, code));

    let failure = |upload: Upload| match upload {
        Upload::Failed(error) => (error.code.clone(), error.is_refusal()),
        other => panic!("{other:?}"),
    };
    assert_eq!(failure(answer("403 Forbidden", "no")), (Some("403".into()), true));
    assert_eq!(
        failure(upload(
            101,
            &format!("{begun}{failed}failed to get a 200 OK response, got 502\nbody:\nx")
        )),
        (Some("502".into()), false)
    );
    assert_eq!(
        failure(upload(101, &format!("{begun}{failed}[52] Server returned nothing"))),
        (None, false),
        "an answer that got lost"
    );
    assert_eq!(
        failure(upload(101, "error: no token found, please run `cargo login`\n")),
        (None, true)
    );
}

#[test]
fn what_is_there_is_read_from_its_version() {
    let info = |exit, stdout, stderr| read_info(&finished(exit, stdout, stderr), "one");
    let found = |versions: &[&str]| {
        Ok(Some(Found { versions: versions.iter().map(|v| (*v).to_owned()).collect() }))
    };
    let text = "one #tag\nx\nversion: 1.0.0 (latest 2.0.0)\nlicense: MIT\n";
    assert_eq!(info(0, text, ""), found(&["1.0.0", "2.0.0"]));
    let text = "one\nversion: 1.0.0 (latest 2.0.0 from registry `x`)\n";
    assert_eq!(info(0, text, ""), found(&["1.0.0", "2.0.0"]));
    assert_eq!(info(0, "version: 1.0.0 (from registry `x`)\n", ""), found(&["1.0.0"]));
    assert_eq!(info(0, "version: 1.0.0\n", ""), found(&["1.0.0"]));
    let gone = "    Updating\nerror: could not find `one@1.0.0` in registry `x`\n";
    assert_eq!(info(101, "", gone), Ok(None));
    let error = info(
        101,
        "",
        "    Updating index\nerror: download of config.json failed\n\nCaused by:\n  x\n",
    );
    assert_eq!(error.unwrap_err().to_string(), "download of config.json failed\n\nCaused by:\n  x");
    assert!(info(0, "nothing", "").is_err());
}

#[test]
fn only_what_is_newer_than_all_is_ruled_out() {
    let found = Found { versions: vec!["1.9.0".into(), "2.1.0".into()] };
    for (version, is_out) in [
        ("2.2.0", true),
        ("3.0.0", true),
        ("2.1.0", false),
        ("2.0.5", false),
        ("3.0.0-rc.1", false),
        ("x", false),
    ] {
        assert_eq!(found.rules_out(version), is_out, "{version}");
    }
    assert!(found.has("2.1.0") && !found.has("2.2.0"));
}

#[test]
fn the_api_is_beside_the_page_for_tokens() {
    let api = |stderr| read_api(&finished(101, "", stderr));
    assert_eq!(
        api(
            "    Updating index\nplease paste the token found on https://r.example/api/me below\nerror: x"
        ),
        Some("https://r.example/api".to_owned())
    );
    for other in
        ["", "please paste the token for r below", "paste the token found on ftp://r/me below"]
    {
        assert_eq!(api(other), None, "{other}");
    }
}
