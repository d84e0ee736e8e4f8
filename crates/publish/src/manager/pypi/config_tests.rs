use super::*;

fn config(variables: &[(&str, &str)], uv: &str, pypirc: &str, netrc: &str) -> Config {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let uv = vec![("`[tool.uv]`".to_owned(), uv.parse().unwrap())];
    Config::new(variables.iter().map(own), uv, pypirc, netrc.to_owned())
}

const MINE: &str = "[[index]]\nname = \"mine\"\nurl = \"https://i.example/simple\"\npublish-url = \"https://i.example/up\"\n";

#[test]
fn uploads_go_where_the_tools_are_told() {
    let address = |url: &str, from: &str| Target::Address {
        url: Some(url.to_owned()),
        from: from.to_owned(),
    };
    let uv =
        |variables: &[(&str, &str)], file: &str| config(variables, file, "", "").target_of_uv();
    assert_eq!(uv(&[], ""), Target::Usual);
    assert_eq!(
        uv(&[("UV_PUBLISH_URL", "https://u/")], MINE),
        address("https://u/", "`UV_PUBLISH_URL`")
    );
    assert_eq!(uv(&[("UV_PUBLISH_INDEX", "x")], MINE), Target::Index("x".to_owned()));
    assert_eq!(uv(&[("UV_PUBLISH_URL", "")], MINE), Target::Index("mine".to_owned()));
    let file = "publish-url = \"https://p/\"";
    assert_eq!(uv(&[], file), address("https://p/", "`publish-url` of `[tool.uv]`"));
    let two = format!("{MINE}{}", MINE.replace("mine", "yours"));
    assert_eq!(uv(&[], &two), Target::Unclear(vec!["mine".to_owned(), "yours".to_owned()]));

    let twine = |variables: &[(&str, &str)], pypirc: &str| {
        config(variables, "", pypirc, "").target_of_twine()
    };
    let pypirc = "[distutils]\nindex-servers =\n    pypi\n    corp\n\n[pypi]\nusername = __token__\npassword = pypi-abc\n[corp]\nRepository: https://c/\n";
    assert_eq!(twine(&[], ""), Target::Usual);
    assert_eq!(twine(&[], pypirc), Target::Usual);
    assert_eq!(twine(&[("TWINE_REPOSITORY", "corp")], pypirc), address("https://c/", "`.pypirc`"));
    assert_eq!(
        twine(&[("TWINE_REPOSITORY", "other")], pypirc),
        Target::Address { url: None, from: "`TWINE_REPOSITORY`".to_owned() }
    );
    assert_eq!(
        twine(&[("TWINE_REPOSITORY_URL", "https://t/")], pypirc),
        address("https://t/", "`TWINE_REPOSITORY_URL`")
    );
}

#[test]
fn what_is_there_is_read_beside_where_uploads_go() {
    let read = |variables: &[(&str, &str)], file: &str, pip: Option<&str>| {
        let config = config(variables, file, "", "");
        config.reading(&config.target_of_uv(), pip).map(|reading| reading.url)
    };
    let is = |found: Option<String>, url: &str| assert_eq!(found.as_deref(), Some(url));
    assert_eq!(read(&[], "", None), None);
    is(read(&[], MINE, None), "https://i.example/simple");
    is(read(&[("UV_PUBLISH_URL", "https://i.example/up")], MINE, None), "https://i.example/simple");
    assert_eq!(read(&[("UV_PUBLISH_URL", "https://other/up")], MINE, None), None);
    is(
        read(
            &[("UV_PUBLISH_CHECK_URL", "https://c/"), ("UV_DEFAULT_INDEX", "https://d/")],
            MINE,
            None,
        ),
        "https://c/",
    );
    is(read(&[], "check-url = \"https://c/\"", None), "https://c/");
    // Where packages are installed from counts only at the host uploads go to.
    for (variables, file, pip) in [
        (&[("UV_DEFAULT_INDEX", "own=https://d/s?a=b")][..], "", None),
        (&[("UV_INDEX_URL", "https://d/s?a=b")], "", None),
        (&[("PIP_INDEX_URL", "https://d/s?a=b")], "", Some("https://pip/")),
        (&[("PIP_INDEX_URL", "https://mirror/s")], "", Some("https://d/s?a=b")),
        (&[], "index-url = \"https://d/s?a=b\"", None),
        (&[], "[[index]]\nurl = \"https://d/s?a=b\"\ndefault = true", None),
    ] {
        let to = |url| [variables, &[("UV_PUBLISH_URL", url)]].concat();
        is(read(&to("https://d/up"), file, pip), "https://d/s?a=b");
        assert_eq!(read(&to("https://other/up"), file, pip), None);
        assert_eq!(read(variables, file, pip), None, "the default is not the mirror");
    }
    assert_eq!(
        read(&[("UV_PUBLISH_INDEX", "none"), ("PIP_INDEX_URL", "https://p/")], MINE, None),
        None
    );
    assert_eq!(read(&[], "[[index]]\nurl = \"https://x/\"", None), None);
}

#[test]
fn logins_are_found_and_never_leave_their_origin() {
    let login = |user: &str, password: &str| {
        Some(Login { user: user.to_owned(), password: Secret::new(password) })
    };
    let read = |variables: &[(&str, &str)], netrc: &str| {
        let config = config(variables, MINE, "", netrc);
        config.reading(&config.target_of_uv(), None).unwrap()
    };
    let found = read(&[("UV_PUBLISH_CHECK_URL", "https://me:s%40same@c.example/simple")], "");
    assert_eq!(
        (found.url.as_str(), found.login),
        ("https://c.example/simple", login("me", "s@same"))
    );
    assert_eq!(redact::redact("x s@same s%40same"), "x *** ***");
    // Some indexes take a token as the name, with no password.
    for check in ["https://a%2Ftoken@c.example/simple", "https://a%2Ftoken:@c.example/simple"] {
        let found = read(&[("UV_PUBLISH_CHECK_URL", check)], "");
        let wanted = ("https://c.example/simple", login("a/token", ""));
        assert_eq!((found.url.as_str(), found.login), wanted);
    }
    let check = [("UV_PUBLISH_CHECK_URL", "https://me@c.example/simple")];
    let found = read(&check, "machine c.example login me password of-netrc");
    assert_eq!(found.login, login("me", "of-netrc"));
    let pypirc = "[pypi]\npassword = in-a-file\nrepository = https://u:in-its-address@c/\n";
    let _ = config(&[], "", pypirc, "").reading(&Target::Usual, Some("https://u:of-pips@p/simple"));
    assert_eq!(redact::redact("in-a-file in-its-address of-pips"), "*** *** ***");
    let _ = config(
        &[],
        "publish-url = \"https://u:of-tool-uv@p/\"\n[[index]]\nurl = \"https://u:of-an-index@p/\"",
        "",
        "",
    );
    assert_eq!(redact::redact("of-tool-uv of-an-index"), "*** ***");
    let names = [("UV_INDEX_MINE_USERNAME", "u"), ("UV_INDEX_MINE_PASSWORD", "opensesame")];
    assert_eq!(read(&names, "").login, login("u", "opensesame"));
    let netrc = "machine other login a password b\nmachine i.example\n login c\n password dddddd\n";
    assert_eq!(read(&[], netrc).login, login("c", "dddddd"));
    assert_eq!(read(&[], "machine i.example login x machine y password z").login, None);

    let upload = |variables: &[(&str, &str)], reading: &str| {
        let config = config(variables, MINE, "", "");
        config.upload_login(&config.target_of_uv(), reading)
    };
    let token = [("UV_PUBLISH_TOKEN", "pypi-sesame")];
    assert_eq!(upload(&token, "https://i.example/simple"), login("__token__", "pypi-sesame"));
    assert_eq!(upload(&token, "https://elsewhere.example/simple"), None);
    assert_eq!(upload(&token, "http://i.example/simple"), None);
    assert_eq!(upload(&[], "https://i.example/simple"), None);
}

#[test]
fn tools_tell_what_they_are_configured_for() {
    assert_eq!(of_pip("global.cert='/x'\n"), None);
    assert_eq!(of_pip("global.index-url='https://g/s'\n").as_deref(), Some("https://g/s"));
    let listed = "global.index-url='https://g/s'\n:env:.index-url='https://e/s'\nuser.x='y'";
    assert_eq!(of_pip(listed).as_deref(), Some("https://e/s"));

    let uv = "  --default-index <DEFAULT_INDEX>\n   The default package index (by default: <https://u.example/simple>) [env: X=]";
    assert_eq!(default_of(uv).as_deref(), Some("https://u.example/simple"));
    let pip = "  -i, --index-url <url>  Base URL of the Python Package Index (default\n    https://p.example/simple). This should";
    assert_eq!(
        default_of(pip).as_deref(),
        Some("https://p.example/simple)").map(|s| s.trim_end_matches(')'))
    );
    assert_eq!(default_of("no such thing"), None);
    assert_eq!(default_of("(by default: <ftp://x>)"), None);
}

#[test]
fn what_is_missing_is_said_and_no_value_shown() {
    let said = |variables: &[(&str, &str)], is_uv| config(variables, "", "", "").describe(is_uv);
    assert!(said(&[("UV_PUBLISH_TOKEN", "swordfish")], true).contains("`UV_PUBLISH_TOKEN` is set"));
    assert!(
        said(&[], true).contains("id-token: write") && said(&[], true).contains("UV_PUBLISH_TOKEN")
    );
    assert!(
        said(&[], true).contains("python-publish: tag") && said(&[], false).contains("private")
    );
    let trusted = said(&[("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x")], false);
    assert!(trusted.contains("refuse a called (reusable) workflow"), "{trusted}");
    for variables in
        [&[("TWINE_PASSWORD", "swordfish")][..], &[("UV_PUBLISH_PASSWORD", "swordfish")]]
    {
        assert!(
            !said(variables, true).contains("swordfish")
                && !said(variables, false).contains("swordfish")
        );
    }
}
