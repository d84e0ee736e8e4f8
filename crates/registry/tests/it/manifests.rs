use launchway_base::{Fault as _, Kind};
use launchway_registry::{Digest, Logins, Manifest, OCI_MANIFEST, RegistryError, Tag, Which};
use launchway_testkit::oci::{FakeRegistry, Immutable, MultiTag};
use launchway_testkit::{Fault, FaultRule};

use crate::{client, lines, repository, run, tag};

#[test]
fn a_tag_more_is_two_requests_and_the_same_bytes() {
    let fake = FakeRegistry::start();
    let digest = fake.add_index("acme/app", "1.2.3", &["linux/amd64", "linux/arm64/v8"]);
    let app = repository(&fake, "acme/app");
    let registry = client(Logins::none());
    run(async {
        let manifest = registry.get_manifest(&app, &tag("1.2.3")).await.unwrap().unwrap();
        assert_eq!(manifest.digest.as_str(), digest);
        let children = manifest.descriptors().unwrap().children;
        let names: Vec<_> =
            children.iter().filter_map(launchway_registry::Descriptor::platform_name).collect();
        assert_eq!(names, ["linux/amd64", "linux/arm64/v8"]);
        let put = registry.put_manifest(&app, &tag("latest"), &manifest).await.unwrap();
        assert_eq!(put.digest, manifest.digest);
    });
    assert_eq!(fake.digest("acme/app", "latest"), Some(digest));
    assert_eq!(
        lines(&fake.requests()),
        ["GET /v2/acme/app/manifests/1.2.3 200", "PUT /v2/acme/app/manifests/latest 201"]
    );
}

#[test]
fn what_is_not_there_is_none() {
    let fake = FakeRegistry::start();
    fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    let registry = client(Logins::none());
    run(async {
        assert_eq!(registry.head(&app, &tag("2.0.0")).await.unwrap(), None);
        assert_eq!(registry.get_manifest(&app, &tag("2.0.0")).await.unwrap(), None);
        let head = registry.head(&app, &tag("1.0.0")).await.unwrap().unwrap();
        assert_eq!(head.media_type.as_deref(), Some(OCI_MANIFEST));
        assert_eq!(Some(head.digest.to_string()), fake.digest("acme/app", "1.0.0"));
        assert!(head.size.unwrap() > 100);
        assert!(!registry.delete_manifest(&app, &Digest::of(b"x").into()).await.unwrap());
        assert!(registry.delete_manifest(&app, &head.digest.into()).await.unwrap());
    });
    assert_eq!(fake.digest("acme/app", "1.0.0"), None);
}

#[test]
fn a_lie_about_the_content_is_an_error() {
    let fake = FakeRegistry::start();
    let digest = fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    let registry = client(Logins::none());
    let mismatch = |error: RegistryError| matches!(error, RegistryError::Mismatch { .. });
    let asked: Digest = digest.parse().unwrap();
    run(async {
        fake.wrong_digests(true);
        assert!(mismatch(registry.get_manifest(&app, &tag("1.0.0")).await.unwrap_err()));
        let by_digest = Which::from(&asked);
        assert!(mismatch(registry.get_manifest(&app, &by_digest).await.unwrap_err()));
        assert!(mismatch(registry.head(&app, &by_digest).await.unwrap_err()));
        let manifest = Manifest::new(fake.manifest("acme/app", &digest).unwrap(), OCI_MANIFEST);
        assert!(mismatch(registry.put_manifest(&app, &tag("x"), &manifest).await.unwrap_err()));
        fake.wrong_digests(false);
        fake.corrupt_manifest("acme/app", &digest, b"{}");
        assert!(mismatch(registry.get_manifest(&app, &by_digest).await.unwrap_err()));
        // And one of ours is refused before it is sent.
        let other = Which::from(Digest::of(b"other"));
        let before = fake.writes().len();
        assert!(mismatch(registry.put_manifest(&app, &other, &manifest).await.unwrap_err()));
        assert_eq!(fake.writes().len(), before);
    });
}

#[test]
fn without_the_header_the_digest_is_computed() {
    let fake = FakeRegistry::start();
    let digest = fake.add_image("acme/app", "1.0.0");
    fake.no_digests();
    let app = repository(&fake, "acme/app");
    run(async {
        let head = client(Logins::none()).head(&app, &tag("1.0.0")).await.unwrap().unwrap();
        assert_eq!(head.digest.as_str(), digest);
    });
    let methods: Vec<_> = fake.requests().into_iter().map(|one| one.method).collect();
    assert_eq!(methods, ["HEAD", "GET"]);
}

#[test]
fn several_tags_at_once_only_where_the_answer_proves_it() {
    let tags: Vec<Tag> = ["1", "1.2", "latest"].map(|text| text.parse().unwrap()).to_vec();
    for (mode, proven) in [(MultiTag::Ignored, 0), (MultiTag::Supported, 3), (MultiTag::Partial, 1)]
    {
        let fake = FakeRegistry::start();
        let digest = fake.add_image("acme/app", "1.2.3");
        fake.multi_tag(mode);
        let app = repository(&fake, "acme/app");
        let manifest = Manifest::new(fake.manifest("acme/app", &digest).unwrap(), OCI_MANIFEST);
        let put = run(client(Logins::none()).put_tags(&app, &manifest, &tags)).unwrap();
        assert_eq!(put.tags, tags[..proven], "{mode:?}");
        assert_eq!(fake.tags("acme/app").len(), 1 + proven, "{mode:?}");
        assert_eq!(fake.writes().len(), 1);
        assert_eq!(fake.writes()[0].query, "tag=1&tag=1.2&tag=latest");
    }
}

#[test]
fn a_lost_answer_is_looked_after() {
    for (fault, puts) in [
        (Fault::CommitThenCut, 1),
        (Fault::CommitThenFail, 1),
        (Fault::CutConnection, 2),
        (Fault::status(502), 2),
    ] {
        let fake = FakeRegistry::start();
        let digest = fake.add_image("acme/app", "1.0.0");
        let app = repository(&fake, "acme/app");
        let registry = client(Logins::none());
        fake.fail(FaultRule::new(fault.clone()).method("PUT"));
        run(async {
            let manifest = registry.get_manifest(&app, &tag("1.0.0")).await.unwrap().unwrap();
            registry.put_manifest(&app, &tag("latest"), &manifest).await.unwrap();
        });
        assert_eq!(fake.digest("acme/app", "latest"), Some(digest), "{fault:?}");
        assert_eq!(fake.writes().len(), puts, "{fault:?}");
    }
}

#[test]
fn what_stays_unclear_is_an_error() {
    let fake = FakeRegistry::start();
    fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    let registry = client(Logins::none());
    fake.fail(FaultRule::new(Fault::status(502)).method("PUT"));
    fake.fail(FaultRule::new(Fault::status(403)).path("*/manifests/latest").always());
    let error = run(async {
        let manifest = registry.get_manifest(&app, &tag("1.0.0")).await.unwrap().unwrap();
        registry.put_manifest(&app, &tag("latest"), &manifest).await.unwrap_err()
    });
    assert!(error.is_unclear(), "{error}");
    assert_eq!(fake.writes().len(), 1);
}

#[test]
fn a_tag_the_registry_never_moves() {
    for kind in [Immutable::Ecr, Immutable::DockerHub] {
        let fake = FakeRegistry::start();
        fake.add_image("acme/app", "1.0.0");
        let other = fake.add_untagged("acme/app", "linux/amd64", "other");
        fake.immutable_tags("acme/app", kind, "1.*");
        let app = repository(&fake, "acme/app");
        let manifest = Manifest::new(fake.manifest("acme/app", &other).unwrap(), OCI_MANIFEST);
        let put = client(Logins::none());
        let error = run(put.put_manifest(&app, &tag("1.0.0"), &manifest)).unwrap_err();
        assert!(matches!(error, RegistryError::Immutable { .. }), "{kind:?}: {error}");
        assert_eq!(error.kind(), Kind::Rejected);
        assert!(error.to_string().contains("/acme/app:1.0.0"), "{error}");
    }
}

#[test]
fn four_megabytes_come_whole_and_too_much_is_said() {
    let fake = FakeRegistry::start();
    fake.limit_sizes(64 << 20, 64 << 20);
    let padded = |bytes: usize| {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","annotations":{{"x":"{}"}}}}"#,
            "y".repeat(bytes)
        )
    };
    fake.add_manifest("acme/app", Some("large"), OCI_MANIFEST, padded(4 << 20).as_bytes());
    fake.add_manifest("acme/app", Some("huge"), OCI_MANIFEST, padded(17 << 20).as_bytes());
    let app = repository(&fake, "acme/app");
    let registry = client(Logins::none());
    run(async {
        let manifest = registry.get_manifest(&app, &tag("large")).await.unwrap().unwrap();
        assert!(manifest.bytes.len() > 4 << 20);
        registry.put_manifest(&app, &tag("again"), &manifest).await.unwrap();
        let error = registry.get_manifest(&app, &tag("huge")).await.unwrap_err();
        assert!(matches!(error, RegistryError::TooLarge { .. }), "{error}");
        assert!(error.to_string().contains("16777216 bytes"), "{error}");
    });
    assert_eq!(fake.digest("acme/app", "again"), fake.digest("acme/app", "large"));
}
