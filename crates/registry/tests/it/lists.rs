use launchway_registry::{Logins, Manifest, OCI_MANIFEST, RegistryError, fallback_tag};
use launchway_testkit::oci::FakeRegistry;
use launchway_testkit::{Fault, FaultRule};

use crate::{client, repository, run};

#[test]
fn five_thousand_tags_come_sorted_and_whole() {
    let fake = FakeRegistry::start();
    let digest = fake.add_image("acme/app", "z");
    for number in (0..5000).rev() {
        fake.tag("acme/app", &format!("t{number:04}"), &digest);
    }
    let app = repository(&fake, "acme/app");
    for page in [None, Some(700)] {
        if let Some(size) = page {
            fake.page_tags(size);
        }
        let tags = run(client(Logins::none()).tags(&app)).unwrap();
        assert_eq!(tags.len(), 5001);
        assert!(tags.is_sorted());
        assert_eq!(tags[0].as_str(), "t0000");
    }
    let error = run(client(Logins::none()).tags(&repository(&fake, "acme/none"))).unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[test]
fn a_next_page_elsewhere_is_refused() {
    let fake = FakeRegistry::start();
    fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    for link in ["<http://evil.example/v2/x>; rel=next", "<//evil.example/v2>; rel=\"next\""] {
        let headers = vec![("link".to_owned(), link.to_owned())];
        let page = Fault::Status(200, headers, serde_json::json!({ "tags": ["a"] }));
        fake.fail(FaultRule::new(page));
        let error = run(client(Logins::none()).tags(&app)).unwrap_err();
        assert!(error.to_string().contains("another host, `http://evil.example`"), "{error}");
    }
}

#[test]
fn a_list_in_circles_ends() {
    let fake = FakeRegistry::start();
    let app = repository(&fake, "acme/app");
    let link = vec![("link".to_owned(), "</v2/acme/app/tags/list?n=1000>; rel=next".to_owned())];
    let page = Fault::Status(200, link, serde_json::json!({ "tags": ["a"] }));
    fake.fail(FaultRule::new(page).always());
    let error = run(client(Logins::none()).tags(&app)).unwrap_err();
    assert!(error.to_string().contains("no end"), "{error}");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn tags_no_tag_may_be_are_passed_over() {
    let fake = FakeRegistry::start();
    let app = repository(&fake, "acme/app");
    let page = serde_json::json!({ "name": "acme/app", "tags": ["b", "-bad", "a/b", "a", "b"] });
    fake.fail(FaultRule::new(Fault::Status(200, vec![], page)));
    let tags = run(client(Logins::none()).tags(&app)).unwrap();
    assert_eq!(tags.iter().map(launchway_registry::Tag::as_str).collect::<Vec<_>>(), ["a", "b"]);
    let page = serde_json::json!({ "name": "acme/app", "tags": null });
    fake.fail(FaultRule::new(Fault::Status(200, vec![], page)));
    assert!(run(client(Logins::none()).tags(&app)).unwrap().is_empty());
}

#[test]
fn referrers_by_the_api_or_the_fallback_tag() {
    for by_api in [true, false] {
        let fake = FakeRegistry::start();
        fake.referrers_api(by_api).page_referrers(2);
        let digest = fake.add_image("acme/app", "1.0.0");
        for number in 0..5 {
            fake.add_referrer("acme/app", &digest, "text/sbom", format!("s{number}").as_bytes());
        }
        fake.add_referrer("acme/app", &digest, "text/signature", b"sig");
        let app = repository(&fake, "acme/app");
        let digest = digest.parse().unwrap();
        let registry = client(Logins::none());
        let all = run(registry.referrers(&app, &digest, None)).unwrap();
        assert_eq!((all.manifests.len(), all.by_api), (6, by_api));
        let some = run(registry.referrers(&app, &digest, Some("text/signature"))).unwrap();
        assert_eq!(some.manifests.len(), 1);
        assert_eq!(some.manifests[0].artifact_type.as_deref(), Some("text/signature"));
        let none = launchway_registry::Digest::of(b"none");
        assert!(run(registry.referrers(&app, &none, None)).unwrap().manifests.is_empty());
    }
}

#[test]
fn a_referrer_is_listed_by_the_registry_or_by_us() {
    for by_api in [true, false] {
        let fake = FakeRegistry::start();
        fake.referrers_api(by_api);
        let digest = fake.add_image("acme/app", "1.0.0");
        fake.add_referrer("acme/app", &digest, "text/first", b"first");
        let app = repository(&fake, "acme/app");
        let registry = client(Logins::none());
        run(async {
            let config = registry.put_blob(&app, "{}").await.unwrap();
            let text = serde_json::json!({
                "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": "text/second",
                "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2 },
                "layers": [],
                "subject": { "mediaType": OCI_MANIFEST, "digest": digest, "size": 1 },
            });
            let manifest = Manifest::new(text.to_string(), OCI_MANIFEST);
            let put = registry.put_referrer(&app, &manifest).await.unwrap();
            assert_eq!(put.subject.is_some(), by_api);
            // Once more changes nothing.
            registry.put_referrer(&app, &manifest).await.unwrap();
            let listed = registry.referrers(&app, &digest.parse().unwrap(), None).await.unwrap();
            let types: Vec<_> =
                listed.manifests.iter().filter_map(|one| one.artifact_type.clone()).collect();
            assert_eq!(types.len(), 2, "{types:?}");
        });
        let tag = fallback_tag(&digest.parse().unwrap()).unwrap();
        assert_eq!(fake.digest("acme/app", tag.as_str()).is_some(), !by_api);
    }
}

#[test]
fn a_registry_in_trouble_is_not_one_without_referrers() {
    let fake = FakeRegistry::start();
    let digest = fake.add_image("acme/app", "1.0.0");
    fake.fail(FaultRule::new(Fault::status(403)).path("*/referrers/*"));
    let app = repository(&fake, "acme/app");
    let error = run(client(Logins::none()).referrers(&app, &digest.parse().unwrap(), None));
    assert!(matches!(error, Err(RegistryError::Unauthorized { .. })));
}
