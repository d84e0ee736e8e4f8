use super::*;

fn repository(text: &str) -> Repository {
    text.parse().unwrap()
}

fn config(text: &str) -> Config {
    Config::parse("config.json".to_owned(), text).unwrap()
}

fn user(config: &Config, name: &str) -> Option<String> {
    match config.inline(&repository(name)).unwrap() {
        Some(Login::Password { username, password }) => {
            Some(format!("{username}:{}", password.expose()))
        }
        Some(Login::Identity(token)) => Some(format!("identity:{}", token.expose())),
        Some(Login::Bearer(token)) => Some(format!("bearer:{}", token.expose())),
        None => None,
    }
}

#[test]
fn every_form_of_a_login() {
    let encode = |text: &str| STANDARD.encode(text);
    let text = serde_json::json!({
        "auths": {
            "ghcr.io": { "auth": encode("acme:pa:ss") },
            "ghcr.io/acme": { "auth": encode("team:word") },
            "ghcr.io/acme/app": { "auth": encode("app:word") },
            "https://index.docker.io/v1/": { "auth": encode("hub:word") },
            "https://old.example/v2/": { "username": "old", "password": "word" },
            "acr.example": { "auth": encode("0000:"), "identitytoken": "idtoken" },
            "raw.example": { "registrytoken": "rawtoken" },
            "127.0.0.1:5000": { "auth": encode("local:zeros\0\0") },
            "empty.example": {},
            "null.example": null,
        },
        "credHelpers": { "gcr.io": "gcloud", "docker.io": "hub" },
        "HttpHeaders": { "User-Agent": "x" },
    });
    let config = config(&text.to_string());
    for (name, expected) in [
        ("ghcr.io/other/app", Some("acme:pa:ss")),
        ("ghcr.io/acme/other", Some("team:word")),
        ("ghcr.io/acme/app", Some("app:word")),
        ("ghcr.io/acme/app-two", Some("team:word")),
        ("ghcr.io/acme2/app", Some("acme:pa:ss")),
        ("nginx", Some("hub:word")),
        ("docker.io/acme/app", Some("hub:word")),
        ("old.example/app", Some("old:word")),
        ("acr.example/app", Some("identity:idtoken")),
        ("raw.example/app", Some("bearer:rawtoken")),
        ("127.0.0.1:5000/app", Some("local:zeros")),
        ("127.0.0.1:5001/app", None),
        ("empty.example/app", None),
        ("null.example/app", None),
        ("quay.io/acme/app", None),
    ] {
        assert_eq!(user(&config, name).as_deref(), expected, "{name}");
    }
    assert_eq!(config.helper(&repository("gcr.io/p/app")), Some("gcloud"));
    assert_eq!(config.helper(&repository("nginx")), Some("hub"));
    assert_eq!(config.helper(&repository("ghcr.io/acme/app")), None);
    let store = super::Config::parse(String::new(), r#"{"credsStore":"desktop"}"#).unwrap();
    assert_eq!(store.helper(&repository("ghcr.io/acme/app")), Some("desktop"));
    assert_eq!(helper_keys(&repository("nginx")), ["https://index.docker.io/v1/", "docker.io"]);
}

#[test]
fn what_cannot_be_read_is_named_and_not_shown() {
    for text in ["{", "[]", r#"{"auths": {"ghcr.io": "hunter-in-the-wrong-place"}}"#] {
        let error = Config::parse("/home/x/config.json".to_owned(), text).unwrap_err().to_string();
        assert!(error.starts_with("/home/x/config.json: it cannot be read: line 1"), "{error}");
        assert!(!error.contains("hunter"), "{error}");
    }
    for (auth, why) in [("***", "no base64"), ("bm9jb2xvbg==", "has no `:`"), ("/w==", "UTF-8")] {
        let text = serde_json::json!({ "auths": { "ghcr.io": { "auth": auth } } }).to_string();
        let error = config(&text).inline(&repository("ghcr.io/a/b")).unwrap_err().to_string();
        assert!(error.contains("config.json") && error.contains(why), "{error}");
    }
    assert!(config("").inline(&repository("ghcr.io/a/b")).unwrap().is_none());
    assert!(config("\u{feff}{}").inline(&repository("ghcr.io/a/b")).unwrap().is_none());
}
