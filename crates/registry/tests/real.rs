//! The client on Debian's real registry: its traps, its logins, and copies of what buildah built.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::future::Future;
use std::process::Command;

use launchway_http::{Client, Proxies, Settings, block_on};
use launchway_registry::copy::{Along, Copied};
use launchway_registry::{
    Digest, Logins, Manifest, OCI_INDEX, OCI_MANIFEST, Registry, RegistryError, Repository, Tag,
    Which, fallback_tag,
};
use launchway_testkit::distribution::{Buildah, Distribution, USER};

const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];
const ALL: Along = Along { referrers: true };

fn client(logins: Logins) -> Registry {
    let settings = Settings { proxies: Some(Proxies::default()), ..Settings::default() };
    Registry::new(Client::new(settings).unwrap(), logins, &[])
}

fn run<T>(work: impl Future<Output = T>) -> T {
    block_on(work).unwrap()
}

/// The login of Docker's configuration for this registry.
fn logins(registry: &Distribution) -> (Logins, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), registry.docker_config()).unwrap();
    let path = dir.path().to_str().unwrap().to_owned();
    (Logins::from_env(move |name| (name == "DOCKER_CONFIG").then(|| path.clone())), dir)
}

fn repository(registry: &Distribution, name: &str) -> Repository {
    registry.reference(name).parse().unwrap()
}

fn tag(text: &str) -> Which {
    Which::Tag(text.parse().unwrap())
}

fn digest(text: &str) -> Digest {
    text.parse().unwrap()
}

async fn copy(
    client: &Registry,
    from: &Repository,
    to: &Repository,
    which: &Which,
) -> Result<Copied, RegistryError> {
    let image = client.get_manifest(from, which).await?.unwrap();
    let plan = client.plan_copy(from, to, &image, ALL).await?;
    assert_eq!(plan.warnings, [] as [String; 0]);
    client.copy(&plan).await
}

#[test]
fn an_index_is_found_by_tag_and_by_digest_with_its_bytes() {
    let Some(registry) = Distribution::plain() else { return };
    let at = digest(&registry.put_index("acme/app", "1.0.0", PLATFORMS));
    let here = repository(&registry, "acme/app");
    let client = client(Logins::none());
    let head = run(client.head(&here, &tag("1.0.0"))).unwrap().unwrap();
    assert_eq!(head.digest, at);
    let by_digest = run(client.get_manifest(&here, &at.clone().into())).unwrap().unwrap();
    assert_eq!(Some(by_digest.bytes.to_vec()), registry.manifest("acme/app", at.as_str()));
    assert_eq!(by_digest.descriptors().unwrap().children.len(), 2);
    assert_eq!(run(client.head(&here, &tag("2.0.0"))).unwrap(), None);
    let unknown = repository(&registry, "acme/none");
    assert_eq!(run(client.get_manifest(&unknown, &tag("1.0.0"))).unwrap(), None);
}

#[test]
fn tags_come_sorted_whatever_the_registry_does() {
    let Some(registry) = Distribution::plain() else { return };
    let at = registry.put_image("acme/app", "v0");
    let bytes = registry.manifest("acme/app", &at).unwrap();
    for n in 1..25 {
        registry.put_manifest("acme/app", &format!("v{n}"), OCI_MANIFEST, &bytes);
    }
    let here = repository(&registry, "acme/app");
    let tags = run(client(Logins::none()).tags(&here)).unwrap();
    assert_eq!(tags.len(), 25);
    assert!(tags.is_sorted(), "{tags:?}");
    let none = repository(&registry, "acme/none");
    let none = run(client(Logins::none()).tags(&none));
    assert!(none.as_ref().map_or_else(RegistryError::is_not_found, Vec::is_empty), "{none:?}");
}

#[test]
fn several_tags_at_once_are_not_believed_without_proof() {
    let Some(registry) = Distribution::plain() else { return };
    let at = digest(&registry.put_image("acme/app", "1.0.0"));
    let here = repository(&registry, "acme/app");
    let client = client(Logins::none());
    let image = run(client.get_manifest(&here, &at.into())).unwrap().unwrap();
    let wanted: Vec<Tag> = vec!["latest".parse().unwrap(), "1.0".parse().unwrap()];
    let put = run(client.put_tags(&here, &image, &wanted)).unwrap();
    assert!(put.tags.is_empty());
    assert_eq!(registry.digest("acme/app", "latest"), None);
    run(client.put_manifest(&here, &tag("latest"), &image)).unwrap();
    assert_eq!(registry.digest("acme/app", "latest"), registry.digest("acme/app", "1.0.0"));
}

#[test]
fn what_the_registry_refuses_is_named() {
    let Some(registry) = Distribution::plain() else { return };
    let at = digest(&registry.put_index("acme/app", "1.0.0", PLATFORMS));
    let here = repository(&registry, "acme/app");
    let client = client(Logins::none());
    let index = run(client.get_manifest(&here, &at.clone().into())).unwrap().unwrap();
    let other = repository(&registry, "acme/other");
    let error = run(client.put_manifest(&other, &tag("1.0.0"), &index)).unwrap_err().to_string();
    assert!(error.contains("acme/other:1.0.0") && error.contains("400"), "{error}");
    // A tag cannot be deleted here.
    assert!(run(client.delete_manifest(&here, &tag("1.0.0"))).is_err());
    assert!(run(client.delete_manifest(&here, &at.clone().into())).unwrap());
    assert!(!run(client.delete_manifest(&here, &at.into())).unwrap());
    assert_eq!(registry.digest("acme/app", "1.0.0"), None);
}

#[test]
fn an_image_whose_platform_was_cleaned_up_is_not_copied() {
    let Some(registry) = Distribution::plain() else { return };
    let at = digest(&registry.put_index("acme/app", "1.0.0", PLATFORMS));
    let (from, to) = (repository(&registry, "acme/app"), repository(&registry, "acme/prod"));
    let client = client(Logins::none());
    let index = run(client.get_manifest(&from, &at.into())).unwrap().unwrap();
    let child = index.descriptors().unwrap().children.remove(1).digest;
    registry.delete("acme/app", child.as_str());
    let error = run(client.plan_copy(&from, &to, &index, ALL)).unwrap_err().to_string();
    assert!(error.contains(child.as_str()) && error.contains("linux/arm64"), "{error}");
}

#[test]
fn the_index_of_a_copy_that_lost_a_platform_is_made_whole() {
    let Some(registry) = Distribution::plain() else { return };
    registry.put_index("acme/app", "1.0.0", PLATFORMS);
    let (from, to) = (repository(&registry, "acme/app"), repository(&registry, "acme/prod"));
    let client = client(Logins::none());
    let done = run(copy(&client, &from, &to, &tag("1.0.0"))).unwrap();
    assert_eq!((done.manifests, done.mounted, done.blobs), (3, 4, 0));
    let index = run(client.get_manifest(&from, &tag("1.0.0"))).unwrap().unwrap();
    let child = index.descriptors().unwrap().children.remove(0).digest;
    registry.delete("acme/prod", child.as_str());
    let done = run(copy(&client, &from, &to, &tag("1.0.0"))).unwrap();
    assert_eq!(done.manifests, 1);
    assert!(registry.manifest("acme/prod", child.as_str()).is_some());
}

#[test]
fn referrers_stand_under_the_fallback_tag_and_go_along() {
    let (Some(source), Some(goal)) = (Distribution::plain(), Distribution::basic()) else { return };
    let at = digest(&source.put_index("acme/app", "1.0.0", PLATFORMS));
    let (from, to) = (repository(&source, "acme/app"), repository(&goal, "mirror/app"));
    let (logins, _dir) = logins(&goal);
    let client = client(logins);
    let empty = run(client.put_blob(&from, b"{}".to_vec())).unwrap();
    let speaks_of = |subject: &Digest, size: usize, kind: &str| {
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"{kind}","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{empty}","size":2}},"layers":[],"subject":{{"mediaType":"{OCI_MANIFEST}","digest":"{subject}","size":{size}}}}}"#
        );
        Manifest::new(text, OCI_MANIFEST)
    };
    let (sbom, note) = (speaks_of(&at, 1, "a/sbom"), speaks_of(&at, 1, "a/note"));
    let signature = speaks_of(&sbom.digest, sbom.bytes.len(), "a/signature");
    for one in [&sbom, &note, &signature] {
        assert_eq!(run(client.put_referrer(&from, one)).unwrap().subject, None);
    }
    let listed = run(client.referrers(&from, &at, None)).unwrap();
    assert!(!listed.by_api);
    assert_eq!(listed.manifests.len(), 2);
    let some = run(client.referrers(&from, &at, Some("a/note"))).unwrap();
    assert_eq!(some.manifests.len(), 1);
    run(copy(&client, &from, &to, &tag("1.0.0"))).unwrap();
    let copied = run(client.referrers(&to, &at, None)).unwrap();
    assert_eq!(copied.manifests.len(), 2);
    let upon = run(client.referrers(&to, &sbom.digest, None)).unwrap();
    assert_eq!(upon.manifests.first().map(|one| &one.digest), Some(&signature.digest));
    let stem = fallback_tag(&at).unwrap();
    assert!(goal.digest("mirror/app", stem.as_str()).is_some());
    let again = run(copy(&client, &from, &to, &tag("1.0.0"))).unwrap();
    assert_eq!((again.manifests, again.blobs), (0, 0));
}

#[test]
fn what_refers_to_the_copy_already_stays_listed() {
    let (Some(source), Some(goal)) = (Distribution::plain(), Distribution::plain()) else { return };
    let at = digest(&source.put_image("acme/app", "1.0.0"));
    let (from, to) = (repository(&source, "acme/app"), repository(&goal, "mirror/app"));
    let client = client(Logins::none());
    let speak = |kind: &str| {
        Manifest::new(
            format!(
                r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","artifactType":"{kind}","manifests":[],"subject":{{"mediaType":"{OCI_MANIFEST}","digest":"{at}","size":1}}}}"#
            ),
            OCI_INDEX,
        )
    };
    let (theirs, ours) = (speak("a/theirs"), speak("a/ours"));
    run(client.put_referrer(&to, &theirs)).unwrap();
    run(client.put_referrer(&from, &ours)).unwrap();
    run(copy(&client, &from, &to, &tag("1.0.0"))).unwrap();
    let listed = run(client.referrers(&to, &at, None)).unwrap().manifests;
    let listed: Vec<_> = listed.into_iter().map(|one| one.digest).collect();
    assert_eq!(listed, [theirs.digest, ours.digest]);
}

#[test]
fn a_signature_of_what_refers_to_the_image_goes_along() {
    let (Some(source), Some(goal)) = (Distribution::plain(), Distribution::plain()) else { return };
    let at = digest(&source.put_image("acme/app", "1.0.0"));
    let (from, to) = (repository(&source, "acme/app"), repository(&goal, "mirror/app"));
    let client = client(Logins::none());
    let index = |more: &str| {
        let text =
            format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[]{more}}}"#);
        Manifest::new(text, OCI_INDEX)
    };
    let subject = format!(r#"{{"mediaType":"{OCI_MANIFEST}","digest":"{at}","size":1}}"#);
    let sbom = index(&format!(r#","artifactType":"a/sbom","subject":{subject}"#));
    run(client.put_referrer(&from, &sbom)).unwrap();
    let suffixed = |of: &Digest, suffix: &str| format!("{}.{suffix}", fallback_tag(of).unwrap());
    // The signature of an SBOM by list, and that of an SBOM by tag.
    let (first, second, old) = (index(r#","a":1"#), index(r#","a":2"#), index(r#","a":3"#));
    let names = [
        (suffixed(&sbom.digest, "sig"), &first),
        (suffixed(&at, "sbom"), &old),
        (suffixed(&old.digest, "sig"), &second),
    ];
    for (name, manifest) in &names {
        run(client.put_manifest(&from, &tag(name), manifest)).unwrap();
    }
    run(copy(&client, &from, &to, &tag("1.0.0"))).unwrap();
    for (name, manifest) in &names {
        assert_eq!(goal.digest("mirror/app", name).as_deref(), Some(manifest.digest.as_str()));
    }
}

#[test]
fn layers_of_other_places_stay_there_and_all_others_come() {
    let (Some(source), Some(goal)) = (Distribution::plain(), Distribution::plain()) else { return };
    let (from, to) = (repository(&source, "acme/app"), repository(&goal, "mirror/app"));
    let layer = |kind: &str, digest: &str, size: usize, urls: &str| {
        format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}{urls}}}"#)
    };
    let put = |bytes: &[u8]| (source.put_blob("acme/app", bytes), bytes.len());
    let urls = r#","urls":["https://elsewhere.example/x"]"#;
    let kept = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    let plain = "application/vnd.oci.image.layer.v1.tar";
    let (here, here_size) = put(b"may not be handed on, and is nowhere else");
    let (odd, odd_size) = put(b"of a type nobody knows");
    let (config, config_size) = put(b"{}");
    let gone = Digest::of(b"gone");
    let layers = [
        layer(kept, Digest::of(b"far").as_str(), 3, urls),
        layer(plain, gone.as_str(), 4, urls),
        layer(kept, &here, here_size, ""),
        layer("application/x.odd+zstd", &odd, odd_size, ""),
    ];
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{},"layers":[{}]}}"#,
        layer("application/vnd.oci.image.config.v1+json", &config, config_size, ""),
        layers.join(",")
    );
    let at = source.put_manifest("acme/app", "1.0.0", OCI_MANIFEST, text.as_bytes());
    let done = run(copy(&client(Logins::none()), &from, &to, &tag("1.0.0"))).unwrap();
    assert_eq!((done.manifests, done.blobs), (1, 3));
    assert_eq!(goal.manifest("mirror/app", &at), Some(text.into_bytes()));
}

#[test]
fn a_login_of_dockers_configuration_is_used() {
    let Some(registry) = Distribution::basic() else { return };
    registry.put_image("acme/app", "1.0.0");
    let here = repository(&registry, "acme/app");
    let error = run(client(Logins::none()).tags(&here)).unwrap_err();
    assert!(matches!(error, RegistryError::Unauthorized { .. }), "{error}");
    let (logins, _dir) = logins(&registry);
    assert_eq!(run(client(logins).tags(&here)).unwrap().len(), 1);
}

#[test]
fn tokens_are_asked_for_once_and_reading_does_not_write() {
    let Some(registry) = Distribution::bearer() else { return };
    let at = digest(&registry.put_image("acme/app", "1.0.0"));
    let here = repository(&registry, "acme/app");
    let tokens = registry.tokens().unwrap();
    let nobody = client(Logins::none());
    let image = run(nobody.get_manifest(&here, &at.into())).unwrap().unwrap();
    let error = run(nobody.put_manifest(&here, &tag("latest"), &image)).unwrap_err();
    assert!(matches!(error, RegistryError::Unauthorized { .. }), "{error}");
    assert_eq!(registry.digest("acme/app", "latest"), None);
    assert!(tokens.asked().len() <= 3, "{:?}", tokens.asked());
    assert!(tokens.asked().iter().all(|(user, _)| user.is_none()));

    let before = tokens.asked().len();
    let (logins, _dir) = logins(&registry);
    let somebody = client(logins);
    somebody.expect_writes([&here]);
    run(async {
        for name in ["latest", "1", "1.0"] {
            somebody.head(&here, &tag(name)).await?;
            somebody.put_manifest(&here, &tag(name), &image).await?;
        }
        Ok::<_, RegistryError>(())
    })
    .unwrap();
    assert_eq!(registry.digest("acme/app", "1.0"), registry.digest("acme/app", "1.0.0"));
    let asked = tokens.asked().split_off(before);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked.first().unwrap().0.as_deref(), Some(USER));
}

#[test]
fn blobs_are_mounted_with_a_token_for_both_repositories() {
    let Some(registry) = Distribution::bearer() else { return };
    registry.put_index("acme/app", "1.0.0", PLATFORMS);
    let (from, to) = (repository(&registry, "acme/app"), repository(&registry, "acme/prod"));
    let (logins, _dir) = logins(&registry);
    let done = run(copy(&client(logins), &from, &to, &tag("1.0.0"))).unwrap();
    assert_eq!((done.manifests, done.mounted, done.blobs), (3, 4, 0));
}

/// Where the destination is; the variable makes this test the child that trusts its certificate.
const GOAL: &str = "LAUNCHWAY_TEST_REGISTRY_GOAL";
const SOURCE: &str = "LAUNCHWAY_TEST_REGISTRY_SOURCE";

#[test]
fn what_buildah_built_is_copied_over_tls() {
    if let (Ok(goal), Ok(source)) = (std::env::var(GOAL), std::env::var(SOURCE)) {
        let (from, to) = (source.parse().unwrap(), goal.parse().unwrap());
        let client = client(Logins::from_env(|name| std::env::var(name).ok()));
        for name in ["1.0.0", "multi"] {
            let done = run(copy(&client, &from, &to, &tag(name))).unwrap();
            assert!(done.blobs > 0 && done.bytes > 0);
            let image = run(client.get_manifest(&from, &tag(name))).unwrap().unwrap();
            run(client.put_manifest(&to, &tag(name), &image)).unwrap();
        }
        return;
    }
    let (Some(source), Some(goal)) = (Distribution::plain(), Distribution::tls()) else { return };
    let Some(buildah) = Buildah::new() else { return };
    let single = buildah.push_image(&source, "acme/app", "1.0.0", "hello");
    let index = buildah.push_index(&source, "acme/app", "multi", &["amd64", "arm64"]);
    let config = tempfile::tempdir().unwrap();
    std::fs::write(config.path().join("config.json"), goal.docker_config()).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "what_buildah_built_is_copied_over_tls"])
        .env(SOURCE, source.reference("acme/app"))
        .env(GOAL, goal.reference("mirror/app"))
        .env("DOCKER_CONFIG", config.path())
        .env("SSL_CERT_FILE", goal.certificate().unwrap())
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert_eq!(goal.digest("mirror/app", "1.0.0"), Some(single));
    assert_eq!(goal.digest("mirror/app", "multi"), Some(index));
}
