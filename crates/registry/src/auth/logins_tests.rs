use super::*;

fn whose(logins: &Logins, name: &str) -> Option<String> {
    logins.find(&name.parse().unwrap(), Deadline::none()).unwrap().map(|found| found.whose)
}

fn env(pairs: &[(&str, &str)]) -> Logins {
    Logins::from_env(|name| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

fn write(folder: &std::path::Path, file: &str, host: &str, user: &str) -> String {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text =
        format!(r#"{{"auths":{{"{host}":{{"username":"{user}","password":"word-{user}"}}}}}}"#);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn the_first_place_that_knows_the_registry_wins() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let docker = write(&home, ".docker/config.json", "a.example", "docker");
    write(&home, ".config/containers/auth.json", "b.example", "containers");
    write(folder.path(), "run/containers/auth.json", "c.example", "runtime");
    let named = write(folder.path(), "named.json", "a.example", "named");
    let home = home.display().to_string();
    let logins = env(&[("HOME", &home), ("XDG_RUNTIME_DIR", &at("run"))]);
    assert_eq!(whose(&logins, "a.example/x"), Some(format!("docker (of {docker})")));
    assert!(whose(&logins, "b.example/x").unwrap().starts_with("containers "));
    assert!(whose(&logins, "c.example/x").unwrap().starts_with("runtime "));
    assert_eq!(whose(&logins, "d.example/x"), None);
    let logins = env(&[("HOME", &home), ("REGISTRY_AUTH_FILE", &named)]);
    assert_eq!(whose(&logins, "a.example/x"), Some(format!("named (of {named})")));
    let text = r#"{"auths":{"a.example":{"username":"text","password":"word"}}}"#;
    let logins = env(&[("HOME", &home), ("DOCKER_AUTH_CONFIG", text)]);
    assert_eq!(whose(&logins, "a.example/x").as_deref(), Some("text (of DOCKER_AUTH_CONFIG)"));
    let logins = env(&[("HOME", &home), ("DOCKER_CONFIG", &at("nothing"))]);
    assert_eq!(whose(&logins, "a.example/x"), None);
    let given = Login::Password { username: "given".to_owned(), password: Secret::new("word") };
    let logins = env(&[("HOME", &home)]).with("a.example", given);
    assert_eq!(whose(&logins, "a.example/x").as_deref(), Some("given"));
}

#[test]
fn the_jobs_token_is_for_its_own_site_only() {
    let token = ("GITHUB_TOKEN", "ghs_of_the_logins_test");
    let actor = ("GITHUB_ACTOR", "octo");
    let here = Some("octo (of GITHUB_TOKEN)".to_owned());
    assert_eq!(whose(&env(&[token, actor]), "ghcr.io/a/b"), here);
    let server = ("GITHUB_SERVER_URL", "https://github.com");
    assert_eq!(whose(&env(&[token, actor, server]), "ghcr.io/a/b"), here);
    assert_eq!(whose(&env(&[token, actor]), "docker.io/a/b"), None);
    let own = ("GITHUB_SERVER_URL", "https://git.acme.example");
    assert_eq!(whose(&env(&[token, actor, own]), "ghcr.io/a/b"), None);
    let text = r#"{"auths":{"ghcr.io":{"username":"pat","password":"word"}}}"#;
    let file = ("DOCKER_AUTH_CONFIG", text);
    assert!(whose(&env(&[token, actor, file]), "ghcr.io/a/b").unwrap().starts_with("pat "));
}

#[test]
fn a_broken_helper_counts_only_where_nothing_else_is_known() {
    let text =
        r#"{"credsStore":"not-there","auths":{"a.example":{"username":"u","password":"word"}}}"#;
    let logins = env(&[("DOCKER_AUTH_CONFIG", text)]);
    assert!(whose(&logins, "a.example/x").is_some());
    let error =
        logins.find(&"b.example/x".parse().unwrap(), Deadline::none()).unwrap_err().to_string();
    assert!(error.contains("docker-credential-not-there"), "{error}");
}
