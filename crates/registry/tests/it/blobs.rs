use launchway_registry::{Descriptor, Digest, Logins, RegistryError, Sent};
use launchway_testkit::oci::{Auth, FakeRegistry};
use launchway_testkit::{Fault, FaultRule};

use crate::{client, lines, password, repository, run};

fn blob(bytes: &[u8]) -> Descriptor {
    let text = serde_json::json!({
        "mediaType": "application/octet-stream", "digest": Digest::of(bytes), "size": bytes.len(),
    });
    serde_json::from_value(text).unwrap()
}

fn two() -> (FakeRegistry, FakeRegistry, Vec<u8>, Descriptor) {
    let bytes: Vec<u8> = (0..400_000_u32).flat_map(u32::to_le_bytes).collect();
    let (from, to) = (FakeRegistry::start(), FakeRegistry::start());
    from.add_blob("acme/app", &bytes);
    let descriptor = blob(&bytes);
    (from, to, bytes, descriptor)
}

#[test]
fn within_a_registry_it_is_mounted() {
    let fake = FakeRegistry::start();
    let digest = fake.add_blob("acme/app", b"layer");
    let (app, other) = (repository(&fake, "acme/app"), repository(&fake, "other/app"));
    let registry = client(Logins::none());
    let layer = blob(b"layer");
    assert_eq!(run(registry.copy_blob(&app, &other, &layer)).unwrap(), Sent::Mounted);
    assert_eq!(fake.requests().len(), 1);
    assert!(fake.blob("other/app", &digest).is_some());
    assert!(run(registry.has_blob(&other, &layer.digest)).unwrap());
    assert!(!run(registry.has_blob(&other, &Digest::of(b"x"))).unwrap());
    assert_eq!(run(registry.copy_blob(&app, &app, &layer)).unwrap(), Sent::Present);
}

#[test]
fn what_cannot_be_mounted_is_sent_in_the_session_offered() {
    let fake = FakeRegistry::start();
    fake.mounts(false);
    fake.add_blob("acme/app", b"layer");
    let (app, other) = (repository(&fake, "acme/app"), repository(&fake, "other/app"));
    let sent = run(client(Logins::none()).copy_blob(&app, &other, &blob(b"layer"))).unwrap();
    assert_eq!(sent, Sent::Copied);
    let methods: Vec<_> = fake.requests().into_iter().map(|one| one.method).collect();
    assert_eq!(methods, ["POST", "HEAD", "GET", "PUT"]);
}

#[test]
fn mounting_asks_for_both_repositories() {
    let fake = FakeRegistry::start();
    fake.auth(Auth::Bearer).add_user("ada", "pass-word-of-ada");
    fake.add_blob("acme/app", b"layer");
    let (app, other) = (repository(&fake, "acme/app"), repository(&fake, "other/app"));
    let registry = client(password(&fake, "ada", "pass-word-of-ada"));
    assert!(run(registry.mount_blob(&app, &other, &Digest::of(b"layer"))).unwrap());
    let query = &fake.token_requests()[0].query;
    assert!(query.contains("other%2Fapp%3Apull%2Cpush"), "{query}");
    assert!(query.contains("acme%2Fapp%3Apull"), "{query}");
}

#[test]
fn from_one_registry_to_another_it_streams() {
    for relative in [true, false] {
        let (from, to, bytes, descriptor) = two();
        from.redirect_blobs().auth(Auth::Basic).add_user("ada", "pass-word-of-ada");
        if relative {
            to.relative_locations();
        }
        let (source, target) = (repository(&from, "acme/app"), repository(&to, "prod/app"));
        let registry = client(password(&from, "ada", "pass-word-of-ada"));
        let sent = run(registry.copy_blob(&source, &target, &descriptor)).unwrap();
        assert_eq!(sent, Sent::Copied);
        assert_eq!(to.blob("prod/app", descriptor.digest.as_str()), Some(bytes));
        // The storage behind the registry sees no login, nor does the other registry.
        assert_eq!(from.storage_requests().len(), 1);
        let others = [from.storage_requests(), to.requests()].concat();
        assert!(others.iter().all(|one| one.header("authorization").is_none()));
        let again = run(registry.copy_blob(&source, &target, &descriptor)).unwrap();
        assert_eq!(again, Sent::Present);
    }
}

#[test]
fn an_empty_blob_is_copied_too() {
    let (from, to) = (FakeRegistry::start(), FakeRegistry::start());
    from.add_blob("acme/app", b"");
    let (source, target) = (repository(&from, "acme/app"), repository(&to, "prod/app"));
    run(client(Logins::none()).copy_blob(&source, &target, &blob(b""))).unwrap();
    assert_eq!(to.blobs("prod/app").len(), 1);
}

#[test]
fn another_content_never_arrives() {
    let (from, to, bytes, descriptor) = two();
    let (source, target) = (repository(&from, "acme/app"), repository(&to, "prod/app"));
    let registry = client(Logins::none());
    let digest = descriptor.digest.as_str();
    let mut other = bytes.clone();
    other[7] ^= 1;
    from.corrupt_blob("acme/app", digest, &other);
    let error = run(registry.copy_blob(&source, &target, &descriptor)).unwrap_err();
    assert!(matches!(error, RegistryError::Mismatch { .. }), "{error}");
    for wrong in [&bytes[..bytes.len() - 1], &[bytes.as_slice(), b"x"].concat()] {
        from.corrupt_blob("acme/app", digest, wrong);
        let error = run(registry.copy_blob(&source, &target, &descriptor)).unwrap_err();
        assert!(error.to_string().contains("its manifest says"), "{error}");
    }
    assert!(to.blobs("prod/app").is_empty());
    from.corrupt_blob("acme/app", digest, b"short");
    let error = run(registry.get_blob(&source, &descriptor.digest, 100)).unwrap_err();
    assert!(matches!(error, RegistryError::Mismatch { .. }), "{error}");
}

#[test]
fn a_copy_that_breaks_off_begins_anew() {
    for (fault, puts) in [
        (Fault::CommitThenCut, 1),
        (Fault::CommitThenFail, 1),
        (Fault::CutConnection, 2),
        (Fault::status(500), 2),
    ] {
        let (from, to, bytes, descriptor) = two();
        let (source, target) = (repository(&from, "acme/app"), repository(&to, "prod/app"));
        to.fail(FaultRule::new(fault.clone()).method("PUT"));
        run(client(Logins::none()).copy_blob(&source, &target, &descriptor)).unwrap();
        assert_eq!(to.blob("prod/app", descriptor.digest.as_str()).as_ref(), Some(&bytes));
        let sent = to.requests().iter().filter(|one| one.method == "PUT").count();
        assert_eq!(sent, puts, "{fault:?} {:?}", lines(&to.requests()));
    }
}

#[test]
fn a_token_that_ends_during_an_upload_is_renewed() {
    let (from, to, _, descriptor) = two();
    to.auth(Auth::Bearer).add_user("ada", "pass-word-of-ada");
    to.token_uses(2);
    let (source, target) = (repository(&from, "acme/app"), repository(&to, "prod/app"));
    let registry = client(password(&to, "ada", "pass-word-of-ada"));
    // The look and the session use the token up.
    registry.expect_writes([&target]);
    run(registry.copy_blob(&source, &target, &descriptor)).unwrap();
    assert!(to.blob("prod/app", descriptor.digest.as_str()).is_some());
}

#[test]
fn a_place_on_another_host_gets_the_blob_but_no_login() {
    let (to, elsewhere) = (FakeRegistry::start(), FakeRegistry::start());
    to.auth(Auth::Basic).add_user("ada", "pass-word-of-ada");
    let target = repository(&to, "prod/app");
    let registry = client(password(&to, "ada", "pass-word-of-ada"));
    run(async {
        // The registry is known to ask for a login before it points elsewhere.
        assert!(!registry.has_blob(&target, &Digest::of(b"x")).await.unwrap());
        let place = format!("{}/v2/any/app/blobs/uploads/1?signature=s", elsewhere.url());
        let accepted = Fault::Status(202, vec![("location".into(), place)], serde_json::json!({}));
        to.fail(FaultRule::new(accepted).method("POST"));
        elsewhere.fail(FaultRule::new(Fault::status(201)).method("PUT"));
        registry.put_blob(&target, "layer").await.unwrap();
    });
    let sent = &elsewhere.requests()[0];
    assert!(sent.header("authorization").is_none());
    assert!(sent.query.starts_with("signature=s&digest=sha256"), "{}", sent.query);
}

#[test]
fn what_is_gone_is_said() {
    let (from, to, ..) = two();
    let (source, target) = (repository(&from, "acme/app"), repository(&to, "prod/app"));
    let registry = client(Logins::none());
    let error = run(registry.copy_blob(&source, &target, &blob(b"gone"))).unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(to.writes().is_empty());
    assert_eq!(run(registry.get_blob(&source, &Digest::of(b"gone"), 10)).unwrap(), None);
    let error = run(registry.get_blob(&source, &Digest::of(&two().2), 10)).unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { .. }), "{error}");
}

#[test]
fn a_blob_that_is_refused_is_an_error() {
    let (from, to, _, descriptor) = two();
    to.limit_sizes(4 << 20, 1 << 20);
    let (source, target) = (repository(&from, "acme/app"), repository(&to, "prod/app"));
    let error = run(client(Logins::none()).copy_blob(&source, &target, &descriptor)).unwrap_err();
    assert!(matches!(error, RegistryError::Refused { status: 413, .. }), "{error}");
    assert_eq!(to.writes().len(), 2, "it is not sent again");
}
