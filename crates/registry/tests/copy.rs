//! Copies of images between repositories and registries, on registries that keep state.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::time::Duration;

use launchway_base::{Deadline, Secret};
use launchway_http::{Client, Settings};
use launchway_registry::copy::{Along, Copied, CopyPlan};
use launchway_registry::{
    Login, Logins, OCI_INDEX, OCI_MANIFEST, Registry, RegistryError, Repository, Which,
};
use launchway_testkit::oci::{Auth, FakeRegistry};
use launchway_testkit::{Fault, FaultRule, Recorded};

const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];
const ALL: Along = Along { referrers: true };

/// A repository of a registry.
type At<'a> = (&'a FakeRegistry, &'a str);

fn client(deadline: Deadline) -> Registry {
    let settings = Settings { deadline, ..Settings::default() };
    Registry::new(Client::new(settings).unwrap(), Logins::none(), &[])
}

fn repository((registry, name): At<'_>) -> Repository {
    registry.reference(name).parse().unwrap()
}

async fn planned(client: &Registry, from: At<'_>, to: At<'_>) -> Result<CopyPlan, RegistryError> {
    let source = repository(from);
    let tag = Which::Tag("1.0.0".parse().unwrap());
    let image = client.get_manifest(&source, &tag).await?.unwrap();
    client.plan_copy(&source, &repository(to), &image, ALL).await
}

fn plan(from: At<'_>, to: At<'_>) -> Result<CopyPlan, RegistryError> {
    let client = client(Deadline::none());
    launchway_http::block_on(planned(&client, from, to)).unwrap()
}

fn copy_until(deadline: Deadline, from: At<'_>, to: At<'_>) -> Result<Copied, RegistryError> {
    let client = client(deadline);
    launchway_http::block_on(async {
        let plan = planned(&client, from, to).await?;
        client.copy(&plan).await
    })
    .unwrap()
}

fn copy(from: At<'_>, to: At<'_>) -> Copied {
    copy_until(Deadline::none(), from, to).unwrap()
}

/// Whether the destination has every manifest and blob of the source, byte for byte.
fn is_whole(to: At<'_>, from: At<'_>) {
    assert_eq!(to.0.manifests(to.1), from.0.manifests(from.1));
    assert_eq!(to.0.blobs(to.1), from.0.blobs(from.1));
    for digest in from.0.manifests(from.1) {
        assert_eq!(to.0.manifest(to.1, &digest), from.0.manifest(from.1, &digest), "{digest}");
        assert_eq!(to.0.media_type(to.1, &digest), from.0.media_type(from.1, &digest));
    }
}

#[test]
fn within_a_registry_blobs_are_mounted_and_the_second_time_nothing_is_written() {
    let registry = FakeRegistry::start();
    let (from, to) = ((&registry, "acme/app"), (&registry, "acme/prod"));
    let index = registry.add_index("acme/app", "1.0.0", PLATFORMS);
    let done = copy(from, to);
    assert_eq!((done.manifests, done.mounted, done.blobs), (3, 4, 0));
    is_whole(to, from);
    assert!(registry.tags("acme/prod").is_empty(), "tags are the caller's");
    let writes = registry.writes();
    let last = writes.iter().rfind(|one| one.method == "PUT").unwrap();
    assert!(last.path.ends_with(&index), "the index comes last");
    registry.forget_requests();
    let again = plan(from, to).unwrap();
    assert!(again.is_empty());
    assert_eq!(again.present, 3);
    assert!(registry.writes().is_empty());
}

#[test]
fn across_registries_bytes_are_streamed() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
    source.add_index("acme/app", "1.0.0", PLATFORMS);
    let done = copy(from, to);
    assert_eq!((done.manifests, done.mounted, done.blobs), (3, 0, 4));
    is_whole(to, from);
    assert!(source.writes().is_empty());
}

#[test]
fn a_registry_without_mounts_gets_the_bytes() {
    let registry = FakeRegistry::start();
    registry.mounts(false);
    let (from, to) = ((&registry, "acme/app"), (&registry, "acme/prod"));
    registry.add_image("acme/app", "1.0.0");
    let done = copy(from, to);
    assert_eq!((done.mounted, done.blobs), (0, 2));
    is_whole(to, from);
}

#[test]
fn a_repository_is_no_copy_of_itself() {
    let registry = FakeRegistry::start();
    registry.add_image("acme/app", "1.0.0");
    assert!(plan((&registry, "acme/app"), (&registry, "acme/app")).unwrap().is_empty());
}

/// An index, its SBOM, and a signature of that.
fn signed(source: &FakeRegistry) -> (String, String, String) {
    let index = source.add_index("acme/app", "1.0.0", PLATFORMS);
    let sbom = source.add_referrer("acme/app", &index, "application/spdx+json", b"{\"sbom\":1}");
    let signature = source.add_referrer("acme/app", &sbom, "application/x.signature", b"signed");
    (index, sbom, signature)
}

#[test]
fn what_refers_to_an_image_goes_along_and_so_does_what_refers_to_that() {
    for (here, there) in [(true, true), (true, false), (false, true), (false, false)] {
        let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
        let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
        source.referrers_api(here);
        goal.referrers_api(there);
        let (index, sbom, signature) = signed(&source);
        copy(from, to);
        assert_eq!(
            goal.referrers("mirror/app", &index),
            std::slice::from_ref(&sbom),
            "{here} {there}"
        );
        assert_eq!(goal.referrers("mirror/app", &sbom), [signature], "{here} {there}");
        assert!(goal.manifest("mirror/app", &index).is_some());
        goal.forget_requests();
        copy(from, to);
        assert!(goal.writes().is_empty(), "{here} {there}: {:?}", goal.writes());
    }
}

#[test]
fn what_refers_to_it_at_the_destination_stays() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    goal.referrers_api(false);
    let (index, sbom, _) = signed(&source);
    let own = goal.add_referrer("mirror/app", &index, "application/x.own", b"theirs");
    copy((&source, "acme/app"), (&goal, "mirror/app"));
    let mut both = vec![own, sbom];
    both.sort();
    assert_eq!(goal.referrers("mirror/app", &index), both);
}

#[test]
fn signatures_under_tags_go_along_and_others_stay() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
    let image = source.add_image("acme/app", "1.0.0");
    let signature = source.add_cosign_signature("acme/app", &image, b"payload", "c2ln");
    let tag = format!("{}.sig", image.replace(':', "-"));
    copy(from, to);
    assert_eq!(goal.digest("mirror/app", &tag), Some(signature));
    let theirs = goal.add_cosign_signature("mirror/app", &image, b"other", "b3RoZXI=");
    let plan = plan(from, to).unwrap();
    assert!(plan.is_empty());
    assert!(plan.warnings[0].contains("other signatures"), "{:?}", plan.warnings);
    assert_eq!(goal.digest("mirror/app", &tag), Some(theirs));
}

#[test]
fn an_image_with_a_hole_is_named_and_nothing_is_written() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    let index = source.add_index("acme/app", "1.0.0", PLATFORMS);
    let child = source.manifests("acme/app").into_iter().find(|one| *one != index).unwrap();
    source.remove_manifest("acme/app", &child);
    let error = plan((&source, "acme/app"), (&goal, "mirror/app")).unwrap_err().to_string();
    assert!(error.contains(&child) && error.contains("linux/"), "{error}");
    assert!(goal.writes().is_empty());
}

#[test]
fn stopped_at_any_request_it_is_completed_by_doing_it_again() {
    let count = {
        let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
        goal.referrers_api(false);
        signed(&source);
        copy((&source, "acme/app"), (&goal, "mirror/app"));
        goal.requests().len()
    };
    assert!(count > 20, "{count}");
    // Each fault waits most of its time.
    std::thread::scope(|scope| {
        for fault in [Fault::CutConnection, Fault::CommitThenCut, Fault::status(500)] {
            scope.spawn(move || (1..=count).for_each(|at| stopped_at(at, &fault)));
        }
    });
}

fn stopped_at(at: usize, fault: &Fault) {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
    goal.referrers_api(at.is_multiple_of(2));
    let (index, sbom, signature) = signed(&source);
    // From there on nothing goes, as for a program that was killed.
    goal.fail(FaultRule::new(fault.clone()).nth(at).always());
    let soon = Deadline::after(Duration::from_millis(200));
    let _stopped = copy_until(soon, from, to);
    assert!(goal.tags("mirror/app").keys().all(|tag| tag.starts_with("sha256-")));
    goal.heal();
    copy(from, to);
    assert_eq!(goal.referrers("mirror/app", &index), std::slice::from_ref(&sbom), "{at} {fault:?}");
    assert_eq!(goal.referrers("mirror/app", &sbom), [signature], "{at} {fault:?}");
    assert_eq!(goal.manifest("mirror/app", &index), source.manifest("acme/app", &index));
}

#[test]
fn an_index_within_an_index_and_one_of_blobs() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
    let inner = source.add_index("acme/app", "inner", PLATFORMS);
    let size = source.manifest("acme/app", &inner).unwrap().len();
    let cache = source.add_blob("acme/app", b"a layer of a build cache");
    // The shared child stands at two depths.
    let child = source.add_untagged("acme/app", "linux/amd64", "acme/app:inner for linux/amd64");
    let child_size = source.manifest("acme/app", &child).unwrap().len();
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[
          {{"mediaType":"{OCI_INDEX}","digest":"{inner}","size":{size}}},
          {{"mediaType":"{OCI_MANIFEST}","digest":"{child}","size":{child_size}}},
          {{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{cache}","size":24}}]}}"#
    );
    source.add_manifest("acme/app", Some("1.0.0"), OCI_INDEX, index.as_bytes());
    // Registries count what an index lists as manifests, and take others only where they do not.
    goal.check_children(false);
    let done = copy(from, to);
    assert_eq!((done.manifests, done.blobs), (4, 5));
    is_whole(to, from);
}

#[test]
fn lists_of_referrers_that_lie_are_told_and_not_followed() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    source.referrers_api(false);
    let image = source.add_image("acme/app", "1.0.0");
    let other = source.add_image("acme/app", "other");
    let sbom = source.add_referrer("acme/app", &image, "a/sbom", b"of the image");
    // The list of the image names itself, another image, its SBOM's SBOM, and what is gone.
    let upon = source.add_referrer("acme/app", &sbom, "a/sbom", b"of the SBOM");
    let gone = launchway_testkit::oci::digest_of(b"gone");
    let entry =
        |digest: &str| format!(r#"{{"mediaType":"{OCI_MANIFEST}","digest":"{digest}","size":1}}"#);
    let named = [&image, &other, &upon, &gone, &sbom].map(|digest| entry(digest)).join(",");
    let list = format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{named}]}}"#);
    let tag = image.replace(':', "-");
    source.add_manifest("acme/app", Some(&tag), OCI_INDEX, list.as_bytes());
    let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
    let plan = plan(from, to).unwrap();
    let told = |digest: &str| plan.warnings.iter().any(|warning| warning.contains(digest));
    assert!(told(&other) && told(&gone) && plan.warnings.len() == 3, "{:?}", plan.warnings);
    copy(from, to);
    assert_eq!(goal.referrers("mirror/app", &image), std::slice::from_ref(&sbom));
    assert_eq!(goal.referrers("mirror/app", &sbom), [upon]);
    assert_eq!(goal.manifest("mirror/app", &other), None);
}

#[test]
fn a_blob_with_other_bytes_ends_the_copy_before_its_manifest() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    let image = source.add_image("acme/app", "1.0.0");
    let blob = launchway_testkit::oci::digest_of(b"acme/app:1.0.0");
    source.corrupt_blob("acme/app", &blob, b"acme/app:6.6.6");
    let soon = Deadline::after(Duration::from_secs(2));
    let error = copy_until(soon, (&source, "acme/app"), (&goal, "mirror/app")).unwrap_err();
    assert!(matches!(error, RegistryError::Mismatch { .. }), "{error}");
    assert_eq!(goal.manifest("mirror/app", &image), None);
    assert_eq!(goal.blob("mirror/app", &blob), None);
}

#[test]
fn a_source_behind_a_login_gives_its_blobs_to_nobody_else() {
    let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
    source.add_index("acme/app", "1.0.0", PLATFORMS);
    source.auth(Auth::Bearer).add_user("reader", "word").separate_token_service().redirect_blobs();
    goal.auth(Auth::Basic).add_user("writer", "other-word");
    let login = |username: &str, password: &str| Login::Password {
        username: username.to_owned(),
        password: Secret::new(password),
    };
    let logins = Logins::none()
        .with(source.host(), login("reader", "word"))
        .with(goal.host(), login("writer", "other-word"));
    let client = Registry::new(Client::new(Settings::default()).unwrap(), logins, &[]);
    let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
    launchway_http::block_on(async {
        let plan = planned(&client, from, to).await.unwrap();
        client.copy(&plan).await.unwrap()
    })
    .unwrap();
    is_whole(to, from);
    assert_eq!(source.storage_requests().len(), 4);
    assert!(source.storage_requests().iter().all(|one| one.header("authorization").is_none()));
    let writer = |one: &Recorded| one.token() == Some("d3JpdGVyOm90aGVyLXdvcmQ=");
    assert!(!source.requests().iter().any(writer), "each registry gets its own login");
    assert!(goal.requests().iter().any(writer));
}
