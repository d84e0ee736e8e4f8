use super::*;

fn files(names: &[&str]) -> Vec<File> {
    let file = |name: &&str| File { name: (*name).to_owned(), url: String::new(), sha256: None };
    names.iter().map(file).collect()
}

#[test]
fn file_names_tell_kind_and_version() {
    let source = |version: &str| Some((Kind::Source, version.to_owned()));
    let wheel = |version: &str| Some((Kind::Wheel, version.to_owned()));
    for (name, found) in [
        ("acme_core-1.2.0.tar.gz", source("1.2.0")),
        ("Acme.Core-1.2.0rc1.zip", source("1.2.0rc1")),
        ("acme-core-1.2.0.tar.gz", source("1.2.0")),
        ("acme-core-1.2.0-beta1.tar.gz", source("1.2.0-beta1")),
        ("acme_core-1.2.0-py3-none-any.whl", wheel("1.2.0")),
        ("acme_core-1.2.0-1-cp312-cp312-manylinux_2_28_x86_64.whl", wheel("1.2.0")),
        ("acme_core_extra-1.2.0.tar.gz", None),
        ("acme-core-extra-1.2.0.tar.gz", None),
        ("acme-1.2.0.tar.gz", None),
        ("acme_core-1.2.0-py3.whl", None),
        ("acme_core-1.2.0.exe", None),
        ("acme_core.tar.gz", None),
        ("-.tar.gz", None),
        (".whl", None),
        ("", None),
    ] {
        assert_eq!(of_file(name, "Acme.Core"), found, "{name}");
    }
}

#[test]
fn a_version_is_one_however_it_is_written() {
    for (written, version, is_same) in [
        ("1.2.0", "1.2.0", true),
        ("1.2", "1.2.0", true),
        ("1.2.0rc1", "1.2.0-rc.1", true),
        ("1.2.0-RC1", "1.2.0-rc.1", true),
        ("1.2.0", "1.2.0-rc.1", false),
        ("1.2.0.post1", "1.2.0", false),
        ("1.2.0+local", "1.2.0", false),
        ("11.2.0", "1.2.0", false),
    ] {
        assert_eq!(is_version(written, version), is_same, "{written} {version}");
    }
}

#[test]
fn a_version_is_there_when_all_its_kinds_are() {
    let has = |names: &[&str], version: &str| {
        versions(&files(names), "one", version).iter().any(|there| there == version)
    };
    let (source, wheel) = ("one-2.0.0.tar.gz", "one-2.0.0-py3-none-any.whl");
    assert!(!has(&[], "2.0.0"));
    assert!(!has(&[source], "2.0.0"), "a first version has both");
    assert!(!has(&[wheel], "2.0.0"));
    assert!(has(&[source, wheel], "2.0.0"));
    let both = ["one-1.9.0.tar.gz", "one-1.9.0-py3-none-any.whl"];
    assert!(!has(&[both[0], both[1], source], "2.0.0"), "as the one before");
    assert!(has(&[both[0], source], "2.0.0"), "a project of source only");
    assert!(has(&[both[1], wheel], "2.0.0"), "a project of wheels only");
    assert!(!has(&[both[1], source], "2.0.0"), "a wheel is missed");
    // The newest before it counts, neither older nor newer ones.
    let mixed = [both[0], both[1], "one-1.10.0.tar.gz", "one-3.0.0-py3-none-any.whl", source];
    assert!(has(&mixed, "2.0.0"));
    assert!(!has(&["one-2.0.0rc1.tar.gz", "one-2.0.0rc1-py3-none-any.whl", source], "2.0.0"));
    let all =
        versions(&files(&[both[0], "one-2.0.0rc1.tar.gz", "one-odd-1.tar.gz"]), "one", "9.0.0");
    assert_eq!(all, ["1.9.0", "2.0.0-rc.1"]);
}

#[test]
fn pages_are_read_in_both_forms() {
    let page = r#"<!DOCTYPE html><html><body>
<a href="../../packages/one-1.0.0.tar.gz#sha256=ABC" data-yanked="x">one-1.0.0.tar.gz</a><br/>
<A class=x HREF='https://f.example/one%2B-1.0.0-py3-none-any.whl?x=1&amp;y=2#md5=0'>w</A>
</body></html>"#;
    let found = read("text/html; charset=utf-8", page).unwrap();
    let expected = [
        ("one-1.0.0.tar.gz", "../../packages/one-1.0.0.tar.gz", Some("abc")),
        (
            "one+-1.0.0-py3-none-any.whl",
            "https://f.example/one%2B-1.0.0-py3-none-any.whl?x=1&y=2",
            None,
        ),
    ];
    let expected: Vec<File> = expected
        .into_iter()
        .map(|(name, url, sha256)| File {
            name: name.to_owned(),
            url: url.to_owned(),
            sha256: sha256.map(str::to_owned),
        })
        .collect();
    assert_eq!(found, expected);
    let page = r#"{"files":[{"filename":"one-1.0.0.tar.gz","url":"../../packages/one-1.0.0.tar.gz","hashes":{"sha256":"abc"},"yanked":"why"},{"url":"x"}]}"#;
    assert_eq!(read("application/vnd.pypi.simple.v1+json", page).unwrap(), expected[..1]);
    let empty = "<html><body><h1>Links for one</h1></body></html>";
    assert_eq!(read("text/html", empty).unwrap(), []);
}

#[test]
fn what_is_no_page_of_an_index_is_not_an_empty_one() {
    for (kind, body) in [
        ("text/html", ""),
        ("text/html", "<html><form action=/login></form></html>"),
        ("text/html", "<html><a href=/login>Log in</a></html>"),
        ("text/html", "<html><script>x</script></html>"),
        ("text/plain", "it works"),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "{\"files\":{}}"),
        ("text/html", "<a href="),
        ("text/html", "<a"),
        ("text/html", "<a \u{e4}"),
    ] {
        assert!(read(kind, body).is_err(), "{kind} {body}");
    }
}
