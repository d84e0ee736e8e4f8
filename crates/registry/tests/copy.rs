//! Copies of images between repositories and registries, on registries that keep state.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::time::Duration;

use launchway_base::Deadline;
use launchway_http::{Client, Settings};
use launchway_registry::copy::{Along, Copied, CopyPlan};
use launchway_registry::{Logins, Registry, RegistryError, Repository, Which};
use launchway_testkit::oci::FakeRegistry;
use launchway_testkit::{Fault, FaultRule};

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
        assert_eq!(goal.referrers("mirror/app", &index), [sbom.clone()], "{here} {there}");
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
    for at in 1..=count {
        for fault in [Fault::CutConnection, Fault::CommitThenCut, Fault::status(500)] {
            let (source, goal) = (FakeRegistry::start(), FakeRegistry::start());
            let (from, to) = ((&source, "acme/app"), (&goal, "mirror/app"));
            goal.referrers_api(at % 2 == 0);
            let (index, sbom, signature) = signed(&source);
            // From there on nothing goes, as for a program that was killed.
            goal.fail(FaultRule::new(fault.clone()).nth(at).always());
            let soon = Deadline::after(Duration::from_millis(100));
            let _stopped = copy_until(soon, from, to);
            assert!(goal.tags("mirror/app").keys().all(|tag| tag.starts_with("sha256-")));
            goal.heal();
            copy(from, to);
            assert_eq!(goal.referrers("mirror/app", &index), [sbom.clone()], "{at} {fault:?}");
            assert_eq!(goal.referrers("mirror/app", &sbom), [signature], "{at} {fault:?}");
            assert_eq!(goal.manifest("mirror/app", &index), source.manifest("acme/app", &index));
        }
    }
}
