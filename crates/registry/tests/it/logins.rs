use std::time::{Duration, Instant};

use launchway_base::{Fault as _, Kind, Secret};
use launchway_registry::{Login, Logins, RegistryError};
use launchway_testkit::FaultRule;
use launchway_testkit::oci::{Auth, FakeRegistry};

use crate::{client, client_within, lines, password, repository, run, tag};

fn guarded(auth: Auth) -> FakeRegistry {
    let fake = FakeRegistry::start();
    fake.add_image("acme/app", "1.0.0");
    fake.auth(auth).add_user("ada", "pass-word-of-ada");
    fake
}

/// GET and PUT of a tag.
async fn retag(fake: &FakeRegistry, logins: Logins) -> Result<(), RegistryError> {
    let app = repository(fake, "acme/app");
    let registry = client(logins);
    registry.expect_writes([&app]);
    let manifest = registry.get_manifest(&app, &tag("1.0.0")).await?.unwrap();
    registry.put_manifest(&app, &tag("latest"), &manifest).await.map(drop)
}

#[test]
fn basic_and_bearer_cost_one_refusal() {
    for (auth, tokens) in [(Auth::Basic, 0), (Auth::Bearer, 1)] {
        let fake = guarded(auth.clone());
        run(retag(&fake, password(&fake, "ada", "pass-word-of-ada"))).unwrap();
        assert_eq!(
            lines(&fake.requests()),
            [
                "GET /v2/acme/app/manifests/1.0.0 401",
                "GET /v2/acme/app/manifests/1.0.0 200",
                "PUT /v2/acme/app/manifests/latest 201",
            ]
        );
        // One token for both, asked for with what the write will need.
        let asked = fake.token_requests();
        assert_eq!(asked.len(), tokens, "{auth:?}");
        for one in asked {
            assert!(
                one.query.contains("scope=repository%3Aacme%2Fapp%3Apull%2Cpush"),
                "{}",
                one.query
            );
            assert!(!one.query.contains("pass-word"), "{}", one.query);
        }
    }
}

#[test]
fn all_forms_of_a_token_answer() {
    let fake = guarded(Auth::Bearer);
    fake.access_token_field().challenge_without_scope().separate_token_service();
    run(retag(&fake, password(&fake, "ada", "pass-word-of-ada"))).unwrap();
    assert_eq!(fake.token_requests().len(), 1);
}

#[test]
fn an_identity_token_is_exchanged() {
    let fake = guarded(Auth::Bearer);
    fake.refresh_token("ada", "identity-of-ada");
    let logins = Logins::none().with(fake.host(), Login::Identity(Secret::new("identity-of-ada")));
    run(retag(&fake, logins)).unwrap();
    let asked = &fake.token_requests()[0];
    assert_eq!(asked.method, "POST");
    assert!(asked.query.is_empty() && asked.body.contains("refresh_token=identity-of-ada"));
}

#[test]
fn a_configuration_file_is_enough() {
    let fake = guarded(Auth::Basic);
    let text = fake.docker_config("ada", "pass-word-of-ada");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), text).unwrap();
    let folder = folder.path().display().to_string();
    let env = |name: &str| (name == "DOCKER_CONFIG").then(|| folder.clone());
    run(retag(&fake, Logins::from_env(env))).unwrap();
}

#[test]
fn a_token_that_ends_in_the_middle_is_renewed_once() {
    let fake = guarded(Auth::Bearer);
    fake.token_uses(1);
    run(retag(&fake, password(&fake, "ada", "pass-word-of-ada"))).unwrap();
    assert_eq!(
        lines(&fake.requests()),
        [
            "GET /v2/acme/app/manifests/1.0.0 401",
            "GET /v2/acme/app/manifests/1.0.0 200",
            "PUT /v2/acme/app/manifests/latest 401",
            "PUT /v2/acme/app/manifests/latest 201",
        ]
    );
    assert_eq!(fake.token_requests().len(), 2);
}

#[test]
fn a_token_about_to_end_is_not_used() {
    let fake = guarded(Auth::Bearer);
    fake.token_life(Duration::from_secs(1));
    let app = repository(&fake, "acme/app");
    let registry = client(password(&fake, "ada", "pass-word-of-ada"));
    run(async {
        registry.head(&app, &tag("1.0.0")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
        registry.head(&app, &tag("1.0.0")).await.unwrap();
    });
    assert_eq!(fake.token_requests().len(), 2);
    assert_eq!(fake.requests().iter().filter(|one| one.status == 401).count(), 1);
}

#[test]
fn a_login_that_may_only_read_is_denied_without_a_loop() {
    for (auth, most) in [(Auth::Basic, 3), (Auth::Bearer, 4)] {
        let fake = guarded(auth.clone());
        fake.add_limited_user("rae", "pass-word-of-rae", &[("acme/*", &["pull"])]);
        let error = run(retag(&fake, password(&fake, "rae", "pass-word-of-rae"))).unwrap_err();
        assert!(matches!(error, RegistryError::Denied { .. }), "{auth:?}: {error}");
        assert!(error.to_string().contains("denies it to rae"), "{error}");
        assert!(error.hint().unwrap().contains(fake.host()), "{:?}", error.hint());
        assert!(fake.requests().len() <= most, "{:?}", lines(&fake.requests()));
        assert!(fake.writes().len() <= 2);
    }
}

#[test]
fn a_wrong_password_is_denied_and_not_shown() {
    for auth in [Auth::Basic, Auth::Bearer] {
        let fake = guarded(auth);
        let error = run(retag(&fake, password(&fake, "ada", "wrong-pass-word"))).unwrap_err();
        assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
        assert_eq!(error.kind(), Kind::Remote);
        assert!(!format!("{error:?}").contains("wrong-pass-word"));
        assert!(fake.requests().len() <= 2);
    }
}

#[test]
fn without_a_login_the_hint_says_how() {
    for auth in [Auth::Basic, Auth::Bearer] {
        let fake = guarded(auth);
        let error = run(retag(&fake, Logins::none())).unwrap_err();
        assert!(matches!(error, RegistryError::Unauthorized { .. }), "{error}");
        assert!(error.hint().unwrap().contains(&format!("docker login {}", fake.host())));
        assert!(fake.requests().len() <= 2);
    }
}

#[test]
fn who_may_only_read_reads_although_a_write_was_planned() {
    let fake = guarded(Auth::Bearer);
    fake.anonymous_reads();
    let app = repository(&fake, "acme/app");
    let registry = client(Logins::none());
    registry.expect_writes([&app]);
    // As GitHub's registry does: no token at all for who asks for too much.
    let refusal = launchway_testkit::Fault::Status(403, vec![], serde_json::json!({}));
    fake.fail(FaultRule::new(refusal).path("/token"));
    assert!(run(registry.head(&app, &tag("1.0.0"))).unwrap().is_some());
    let asked = fake.token_requests();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].query.ends_with("%3Apull"), "{}", asked[1].query);
}

#[test]
fn a_login_never_goes_to_another_site() {
    let fake = guarded(Auth::Bearer);
    fake.realm("https://evil.example/token");
    let error = run(retag(&fake, password(&fake, "ada", "pass-word-of-ada"))).unwrap_err();
    assert!(matches!(error, RegistryError::Realm { .. }), "{error}");
    assert_eq!(error.kind(), Kind::Input);
    assert!(error.hint().unwrap().contains("LAUNCHWAY_TRUSTED_REALMS"));
    assert_eq!(fake.requests().len(), 1);
    assert!(fake.requests()[0].header("authorization").is_none());
}

#[test]
fn a_page_of_a_proxy_as_token_is_an_error() {
    let fake = guarded(Auth::Bearer);
    let html = launchway_testkit::Fault::Status(200, vec![], serde_json::json!("<html>"));
    fake.fail(FaultRule::new(html).path("/token"));
    let error = run(retag(&fake, password(&fake, "ada", "pass-word-of-ada"))).unwrap_err();
    assert!(error.to_string().contains("no token"), "{error}");
}

#[test]
fn many_at_once_share_one_token() {
    let fake = guarded(Auth::Bearer);
    let app = repository(&fake, "acme/app");
    let registry = client(password(&fake, "ada", "pass-word-of-ada"));
    run(async {
        let which = tag("1.0.0");
        let (a, b, c) = futures_util::future::join3(
            Box::pin(registry.head(&app, &which)),
            Box::pin(registry.head(&app, &which)),
            Box::pin(registry.head(&app, &which)),
        )
        .await;
        assert!([a, b, c].into_iter().all(|head| head.unwrap().is_some()));
    });
    assert_eq!(fake.token_requests().len(), 1);
}

/// Runs the test `child` in a process with a credential helper of its own for the registry.
#[cfg(unix)]
fn with_helper(fake: &FakeRegistry, script: &str, child: &str) {
    let folder = tempfile::tempdir().unwrap();
    let helper = folder.path().join("docker-credential-launchway-test");
    launchway_testkit::script(&helper, format!("#!/bin/sh\n{script}\n"));
    let text = serde_json::json!({ "credHelpers": { fake.host(): "launchway-test" } }).to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let own = std::env::current_exe().unwrap();
    let status = std::process::Command::new(own)
        .args(["--exact", child, "--nocapture"])
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .env("TEST_REFERENCE", fake.reference("acme/app"))
        .env("DOCKER_AUTH_CONFIG", text)
        .status()
        .unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[test]
fn a_credential_helper_is_asked_once_and_told_nothing_in_its_arguments() {
    let fake = guarded(Auth::Basic);
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let script = format!(
        "read server\necho \"$# $1 $server\" >> {}\n\
         echo '{{\"ServerURL\":\"x\",\"Username\":\"ada\",\"Secret\":\"pass-word-of-ada\"}}'",
        seen.display()
    );
    with_helper(&fake, &script, "logins::child_of_the_helper_test");
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), format!("1 get {}\n", fake.host()));
}

#[cfg(unix)]
#[test]
fn a_credential_helper_that_hangs_is_ended_with_the_command() {
    let fake = guarded(Auth::Basic);
    let started = Instant::now();
    // What it started itself keeps its output open.
    with_helper(&fake, "sleep 25 &\nsleep 25", "logins::child_of_the_hanging_helper_test");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// The work of the test before, in a process of its own: the search path is the process's. Anywhere
/// else there is nothing to do.
#[test]
fn child_of_the_hanging_helper_test() {
    let Ok(reference) = std::env::var("TEST_REFERENCE") else { return };
    let app = reference.parse().unwrap();
    let logins = Logins::from_env(|name| {
        (name == "DOCKER_AUTH_CONFIG").then(|| std::env::var(name).unwrap())
    });
    let registry = client_within(logins, Duration::from_secs(1));
    let error = run(registry.head(&app, &tag("1.0.0"))).unwrap_err();
    assert!(error.to_string().contains("gave no answer within"), "{error}");
}

/// The work of the test before, in a process of its own: the search path is the process's. Anywhere
/// else there is nothing to do.
#[test]
fn child_of_the_helper_test() {
    let Ok(reference) = std::env::var("TEST_REFERENCE") else { return };
    let app = reference.parse().unwrap();
    let registry = client(Logins::from_env(|name| {
        (name == "DOCKER_AUTH_CONFIG").then(|| std::env::var(name).unwrap())
    }));
    run(async {
        assert!(registry.head(&app, &tag("1.0.0")).await.unwrap().is_some());
        assert!(registry.head(&app, &tag("1.0.0")).await.unwrap().is_some());
    });
}
