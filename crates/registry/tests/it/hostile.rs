//! Registries that lie, stumble or send nonsense.

use std::time::{Duration, Instant};

use launchway_base::Fault as _;
use launchway_registry::copy::Along;
use launchway_registry::{
    Descriptor, Digest, Logins, Manifest, OCI_INDEX, OCI_MANIFEST, RegistryError, Sent,
    fallback_tag,
};
use launchway_testkit::oci::{Auth, FakeRegistry, limit_for_seconds};
use launchway_testkit::{Fault, FaultRule};
use serde_json::json;

use crate::{client, client_within, password, repository, run, tag};

fn blob(bytes: &[u8]) -> Descriptor {
    let text = json!({
        "mediaType": "application/octet-stream", "digest": Digest::of(bytes), "size": bytes.len(),
    });
    serde_json::from_value(text).unwrap()
}

#[test]
fn a_token_server_that_knows_nothing_does_not_make_a_tag_missing() {
    for status in [400, 404, 405] {
        let fake = FakeRegistry::start();
        let digest = fake.add_image("acme/app", "1.0.0");
        fake.auth(Auth::Bearer).add_user("ada", "pass-word-of-ada").separate_token_service();
        fake.fail(FaultRule::new(Fault::status(status)).path("/token").always());
        let app = repository(&fake, "acme/app");
        let registry = client(password(&fake, "ada", "pass-word-of-ada"));
        run(async {
            let head = registry.head(&app, &tag("1.0.0")).await;
            assert!(head.unwrap_err().to_string().contains("the token server"), "{status}");
            let listed = registry.referrers(&app, &digest.parse().unwrap(), None).await;
            assert!(listed.unwrap_err().to_string().contains("the token server"), "{status}");
            assert!(registry.tags(&app).await.is_err_and(|error| !error.is_not_found()));
        });
    }
}

#[test]
fn a_list_of_referrers_that_breaks_off_is_no_missing_list() {
    for status in [400, 404] {
        let fake = FakeRegistry::start();
        fake.page_referrers(2);
        let digest = fake.add_image("acme/app", "1.0.0");
        for number in 0..5 {
            fake.add_referrer("acme/app", &digest, "text/sbom", format!("s{number}").as_bytes());
        }
        fake.fail(FaultRule::new(Fault::status(status)).path("*/referrers/*").nth(2).always());
        let app = repository(&fake, "acme/app");
        let listed = run(client(Logins::none()).referrers(&app, &digest.parse().unwrap(), None));
        assert!(listed.is_err(), "{status}: {listed:?}");
    }
}

#[test]
fn what_is_no_manifest_is_none() {
    let fake = FakeRegistry::start();
    fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    for (status, body) in [(200, json!("a page of a proxy")), (200, json!([])), (204, json!(""))] {
        let page = Fault::Status(status, vec![], body.clone());
        fake.fail(FaultRule::new(page).always());
        let registry = client(Logins::none());
        let head = run(registry.head(&app, &tag("1.0.0")));
        assert!(matches!(head, Err(RegistryError::Unexpected { .. })), "{body}: {head:?}");
        let read = run(registry.get_manifest(&app, &tag("1.0.0")));
        assert!(matches!(read, Err(RegistryError::Unexpected { .. })), "{body}: {read:?}");
        fake.heal();
    }
}

#[test]
fn a_mount_without_an_answer_does_not_end_a_copy() {
    for fault in [Fault::CutConnection, Fault::CommitThenCut] {
        let fake = FakeRegistry::start();
        let digest = fake.add_blob("acme/app", b"layer");
        let (app, other) = (repository(&fake, "acme/app"), repository(&fake, "other/app"));
        fake.fail(FaultRule::new(fault.clone()).method("POST"));
        let sent = run(client(Logins::none()).copy_blob(&app, &other, &blob(b"layer"))).unwrap();
        let expected = match fault {
            Fault::CommitThenCut => Sent::Present,
            _ => Sent::Copied,
        };
        assert_eq!(sent, expected, "{fault:?}");
        assert!(fake.blob("other/app", &digest).is_some());
    }
}

#[test]
fn a_blob_that_is_there_is_not_sent_again_where_nothing_is_mounted() {
    let fake = FakeRegistry::start();
    fake.mounts(false);
    fake.add_blob("acme/app", b"layer");
    fake.add_blob("other/app", b"layer");
    let (app, other) = (repository(&fake, "acme/app"), repository(&fake, "other/app"));
    let sent = run(client(Logins::none()).copy_blob(&app, &other, &blob(b"layer"))).unwrap();
    assert_eq!(sent, Sent::Present);
    assert!(!fake.requests().iter().any(|one| matches!(one.method.as_str(), "GET" | "PUT")));
}

#[test]
fn a_limit_met_by_an_upload_is_waited_for() {
    let (from, to) = (FakeRegistry::start(), FakeRegistry::start());
    let digest = from.add_blob("acme/app", b"layer");
    let (app, other) = (repository(&from, "acme/app"), repository(&to, "other/app"));
    to.fail(FaultRule::new(limit_for_seconds(1)).method("PUT"));
    let started = Instant::now();
    run(client(Logins::none()).copy_blob(&app, &other, &blob(b"layer"))).unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert!(to.blob("other/app", &digest).is_some());
}

#[test]
fn a_nonsense_answer_makes_a_short_message() {
    let fake = FakeRegistry::start();
    let app = repository(&fake, "acme/app");
    let page = json!({ "tags": "::error::x\n".repeat(100_000) });
    fake.fail(FaultRule::new(Fault::Status(200, vec![], page)));
    let error = run(client(Logins::none()).tags(&app)).unwrap_err().to_string();
    assert!(error.len() < 1000 && !error.contains('\n'), "{} {error:.300}", error.len());
    let text = json!({ "layers": "x".repeat(100_000) }).to_string();
    let error = Manifest::new(text, OCI_MANIFEST).descriptors().unwrap_err();
    assert!(error.to_string().len() < 1000);
    assert!(error.hint().is_none());
}

#[test]
fn sizes_no_blob_has_are_summed_without_harm() {
    let (from, to) = (FakeRegistry::start(), FakeRegistry::start());
    let layer =
        |bytes: &[u8]| json!({ "mediaType": "a/b", "digest": Digest::of(bytes), "size": u64::MAX });
    let text = json!({ "schemaVersion": 2, "layers": [layer(b"1"), layer(b"2")] }).to_string();
    let image = Manifest::new(text, OCI_MANIFEST);
    let (app, other) = (repository(&from, "acme/app"), repository(&to, "other/app"));
    let along = Along { referrers: false };
    let plan = run(client(Logins::none()).plan_copy(&app, &other, &image, along)).unwrap();
    assert_eq!(plan.bytes(), u64::MAX);
}

fn referrer(fake: &FakeRegistry, subject: &str, kind: &str) -> Manifest {
    let config = fake.add_blob("acme/app", b"{}");
    let text = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": kind,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2 },
        "layers": [],
        "subject": { "mediaType": OCI_MANIFEST, "digest": subject, "size": 1 },
    });
    Manifest::new(text.to_string(), OCI_MANIFEST)
}

#[test]
fn of_two_who_list_a_referrer_at_once_none_is_lost() {
    let fake = FakeRegistry::start();
    fake.referrers_api(false);
    let digest = fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    // The first writer's list is replaced by one that was made from the same list before.
    let tag = fallback_tag(&digest.parse().unwrap()).unwrap();
    fake.fail(FaultRule::new(Fault::LieOk).method("PUT").path(&format!("*/manifests/{tag}")));
    let registry = client(Logins::none());
    let manifest = referrer(&fake, &digest, "text/first");
    run(registry.put_referrer(&app, &manifest)).unwrap();
    assert_eq!(fake.referrers("acme/app", &digest), [manifest.digest.to_string()]);
    // A registry that never keeps it is told from one that does.
    fake.fail(
        FaultRule::new(Fault::LieOk).method("PUT").path(&format!("*/manifests/{tag}")).always(),
    );
    let error = run(registry.put_referrer(&app, &referrer(&fake, &digest, "text/second")));
    assert!(error.unwrap_err().to_string().contains("list of referrers"));
}

#[test]
fn a_tag_that_is_no_list_of_referrers_is_left_alone() {
    let fake = FakeRegistry::start();
    fake.referrers_api(false);
    let digest = fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    let tag = fallback_tag(&digest.parse().unwrap()).unwrap();
    let other = fake.add_image("acme/app", "other");
    fake.tag("acme/app", tag.as_str(), &other);
    let manifest = referrer(&fake, &digest, "text/first");
    let error = run(client(Logins::none()).put_referrer(&app, &manifest)).unwrap_err();
    assert!(error.to_string().contains("list of referrers"), "{error}");
    assert_eq!(fake.digest("acme/app", tag.as_str()), Some(other));
}

#[test]
fn who_answers_with_a_page_of_the_site_has_no_list_of_referrers() {
    let fake = FakeRegistry::start();
    fake.referrers_api(false);
    let digest = fake.add_image("acme/app", "1.0.0");
    fake.add_referrer("acme/app", &digest, "text/sbom", b"sbom");
    let app = repository(&fake, "acme/app");
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    for (status, headers) in [
        // ghcr.io does so.
        (303, header("location", "https://site.example/-/v2/packages/container/package/x")),
        (302, vec![]),
        (200, header("content-type", "text/html; charset=utf-8")),
        (406, vec![]),
    ] {
        let page = Fault::Status(status, headers, json!("a page"));
        fake.fail(FaultRule::new(page).path("*/referrers/*"));
        let registry = client(Logins::none());
        let listed = run(registry.referrers(&app, &digest.parse().unwrap(), None)).unwrap();
        assert_eq!((listed.manifests.len(), listed.by_api), (1, false), "{status}");
    }
}

#[test]
fn a_registry_that_takes_the_fallback_tag_for_the_digest_lists_nothing() {
    let fake = FakeRegistry::start();
    fake.referrers_api(false);
    let digest = fake.add_index("acme/app", "1.0.0", &["linux/amd64", "linux/arm64"]);
    let subject: Digest = digest.parse().unwrap();
    // As GitLab's does.
    fake.tag("acme/app", fallback_tag(&subject).unwrap().as_str(), &digest);
    let app = repository(&fake, "acme/app");
    let registry = client(Logins::none());
    let listed = run(registry.referrers(&app, &subject, None)).unwrap();
    assert!(listed.manifests.is_empty(), "{listed:?}");
    let manifest = referrer(&fake, &digest, "text/first");
    run(registry.put_referrer(&app, &manifest)).unwrap();
    let listed = run(registry.referrers(&app, &subject, None)).unwrap().manifests;
    assert_eq!(listed.len(), 1, "the platforms are no referrers");
    assert_eq!(listed[0].digest, manifest.digest);
}

#[test]
fn an_index_under_the_tag_of_signatures_is_not_replaced() {
    let (from, to) = (FakeRegistry::start(), FakeRegistry::start());
    let digest = from.add_image("acme/app", "1.0.0");
    from.add_cosign_signature("acme/app", &digest, b"payload", "c2ln");
    let theirs = to.add_index("other/app", &format!("{}.sig", digest.replace(':', "-")), &["a/b"]);
    let (app, other) = (repository(&from, "acme/app"), repository(&to, "other/app"));
    let registry = client(Logins::none());
    let plan = run(async {
        let image = registry.get_manifest(&app, &tag("1.0.0")).await.unwrap().unwrap();
        registry.plan_copy(&app, &other, &image, Along { referrers: true }).await.unwrap()
    });
    assert!(plan.warnings.iter().any(|one| one.contains("other signatures")), "{plan:?}");
    assert!(
        !theirs.is_empty() && !plan.parts.iter().any(|one| one.manifest.media_type == OCI_INDEX)
    );
}

#[test]
fn where_an_upload_is_sent_and_refused_is_named() {
    let (to, elsewhere) = (FakeRegistry::start(), FakeRegistry::start());
    elsewhere.auth(Auth::Basic);
    let place = format!("{}/v2/any/app/blobs/uploads/1", elsewhere.url());
    let accepted = Fault::Status(202, vec![("location".into(), place)], json!({}));
    to.fail(FaultRule::new(accepted).method("POST"));
    let error = run(client(Logins::none()).put_blob(&repository(&to, "prod/app"), "layer"));
    let error = error.unwrap_err().to_string();
    assert!(error.contains(&format!("sends it to `{}`", elsewhere.url())), "{error}");
}

#[test]
fn lists_that_grow_without_end_are_given_up() {
    let fake = FakeRegistry::start();
    let app = repository(&fake, "acme/app");
    let link = vec![("link".to_owned(), "</v2/acme/app/tags/list?last=x>; rel=next".to_owned())];
    let tags: Vec<_> = (0..400_000).map(|number| format!("t{number}")).collect();
    // Two addresses in turn, so that neither names itself.
    let page = |link| Fault::Status(200, link, json!({ "tags": tags }));
    let other = vec![("link".to_owned(), "</v2/acme/app/tags/list?last=y>; rel=next".to_owned())];
    for number in 0..20 {
        let link = if number % 2 == 0 { &link } else { &other };
        fake.fail(FaultRule::new(page(link.clone())));
    }
    let error = run(client(Logins::none()).tags(&app)).unwrap_err();
    assert!(error.to_string().contains("no end"), "{error}");
    assert_eq!(fake.requests().len(), 3);
}

#[test]
fn a_name_that_is_the_token_is_not_shown() {
    let fake = FakeRegistry::start();
    fake.add_image("acme/app", "1.0.0");
    fake.auth(Auth::Basic).add_user("ada", "pass-word-of-ada");
    let token = "a-token-that-is-long-".repeat(20);
    let registry = client(password(&fake, &token, &token));
    let error = run(registry.get_manifest(&repository(&fake, "acme/app"), &tag("1.0.0")));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("denies it to ***") && !error.contains("a-token"), "{error}");
}

#[test]
fn everything_ends_with_the_time_where_nobody_answers() {
    // Connections come about, and nothing ever comes back.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_app = format!("{}/acme/app", silent.local_addr().unwrap()).parse().unwrap();
    let fake = FakeRegistry::start();
    let digest: Digest = fake.add_blob("acme/app", b"layer").parse().unwrap();
    let image = fake.add_image("acme/app", "1.0.0");
    let image = Manifest::new(fake.manifest("acme/app", &image).unwrap(), OCI_MANIFEST);
    let (app, empty) = (repository(&fake, "acme/app"), repository(&fake, "other/app"));
    let layer = blob(b"layer");
    let started = Instant::now();
    run(async {
        let registry = client_within(Logins::none(), Duration::from_millis(1500));
        let along = Along { referrers: true };
        let all = tokio::join!(
            async { registry.head(&silent_app, &tag("1.0.0")).await.is_err() },
            async { registry.tags(&silent_app).await.is_err() },
            async { registry.referrers(&silent_app, &digest, None).await.is_err() },
            async { registry.put_manifest(&silent_app, &tag("1.0.0"), &image).await.is_err() },
            async { registry.copy_blob(&app, &silent_app, &layer).await.is_err() },
            async { registry.copy_blob(&silent_app, &empty, &layer).await.is_err() },
            async { registry.plan_copy(&app, &silent_app, &image, along).await.is_err() },
            async { registry.check_push(&silent_app).await.is_err() },
        );
        assert_eq!(all, (true, true, true, true, true, true, true, true));
    });
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn everything_ends_with_the_time_where_the_token_server_is_silent() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let fake = FakeRegistry::start();
    fake.add_image("acme/app", "1.0.0");
    fake.auth(Auth::Bearer).add_user("ada", "pass-word-of-ada");
    fake.realm(&format!("http://{}/token", silent.local_addr().unwrap()));
    let app = repository(&fake, "acme/app");
    let started = Instant::now();
    let registry =
        client_within(password(&fake, "ada", "pass-word-of-ada"), Duration::from_millis(1500));
    run(async {
        let tag = tag("1.0.0");
        let looks = (0..20).map(|_| registry.head(&app, &tag));
        let looked = futures_util::future::join_all(looks).await;
        assert!(looked.iter().all(Result::is_err));
    });
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn an_image_of_very_many_platforms_is_planned() {
    let (from, to) = (FakeRegistry::start(), FakeRegistry::start());
    from.check_children(false);
    let children: Vec<_> = (0..1500)
        .map(|number| {
            let text = json!({ "schemaVersion": 2, "annotations": { "n": number.to_string() } });
            let text = text.to_string();
            let digest = from.add_manifest("acme/app", None, OCI_MANIFEST, text.as_bytes());
            json!({ "mediaType": OCI_MANIFEST, "digest": digest, "size": text.len() })
        })
        .collect();
    let text = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children });
    let image = Manifest::new(text.to_string(), OCI_INDEX);
    let (app, other) = (repository(&from, "acme/app"), repository(&to, "other/app"));
    let registry = client(Logins::none());
    let plan = run(registry.plan_copy(&app, &other, &image, Along { referrers: false })).unwrap();
    assert_eq!(plan.parts.len(), 1501);
    let mut many = children.clone();
    for number in 0..10_000 {
        let digest = Digest::of(format!("none {number}").as_bytes());
        many.push(json!({ "mediaType": OCI_MANIFEST, "digest": digest, "size": 1 }));
    }
    let text = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": many });
    let image = Manifest::new(text.to_string(), OCI_INDEX);
    from.forget_requests();
    let error = run(registry.plan_copy(&app, &other, &image, Along { referrers: false }));
    assert!(error.unwrap_err().to_string().contains("no end"));
    assert!(from.requests().is_empty(), "it is seen before anything is read");
}
