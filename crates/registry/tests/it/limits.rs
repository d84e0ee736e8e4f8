use std::time::{Duration, Instant};

use launchway_registry::{Logins, Manifest, OCI_MANIFEST, RegistryError};
use launchway_testkit::oci::{
    FakeRegistry, limit_for_seconds, limit_in_message, limit_until, secondary_limit,
};
use launchway_testkit::{Fault, FaultRule};

use crate::{client, client_within, repository, run, tag};

fn image() -> (FakeRegistry, launchway_registry::Repository, Manifest) {
    let fake = FakeRegistry::start();
    let digest = fake.add_image("acme/app", "1.0.0");
    let app = repository(&fake, "acme/app");
    let manifest = Manifest::new(fake.manifest("acme/app", &digest).unwrap(), OCI_MANIFEST);
    (fake, app, manifest)
}

#[test]
fn every_form_of_a_limit_is_waited_for_also_by_writes() {
    for (fault, least) in [
        // A date runs from when it is made.
        (limit_until(Duration::from_secs(2)), 900),
        (limit_for_seconds(1), 1000),
        (limit_in_message(600), 600),
    ] {
        let (fake, app, manifest) = image();
        fake.fail(FaultRule::new(fault));
        let started = Instant::now();
        run(client(Logins::none()).put_manifest(&app, &tag("latest"), &manifest)).unwrap();
        assert!(
            started.elapsed() >= Duration::from_millis(least),
            "{least}: {:?}",
            started.elapsed()
        );
        assert_eq!(fake.writes().len(), 2);
    }
}

#[test]
fn a_limit_that_lasts_is_said_and_not_taken_for_a_denial() {
    let (fake, app, _) = image();
    for fault in [secondary_limit(), limit_for_seconds(3600)] {
        fake.fail(FaultRule::new(fault).always());
        let registry = client_within(Logins::none(), Duration::from_secs(3));
        // The answer to a HEAD has no words to tell the one from the other.
        let error = run(registry.head(&app, &tag("1.0.0"))).unwrap_err();
        assert!(matches!(error, RegistryError::Limited { .. }), "{error}");
        let error = run(registry.get_manifest(&app, &tag("1.0.0"))).unwrap_err();
        assert!(matches!(error, RegistryError::Limited { .. }), "{error}");
        fake.heal();
    }
}

#[test]
fn trouble_of_the_server_is_asked_again_only_by_reads() {
    let (fake, app, _) = image();
    fake.fail(FaultRule::new(Fault::status(503)).times(2));
    assert!(run(client(Logins::none()).head(&app, &tag("1.0.0"))).unwrap().is_some());
    assert_eq!(fake.requests().len(), 3);
}

#[test]
fn the_whole_has_an_end() {
    let (fake, app, manifest) = image();
    fake.fail(FaultRule::new(Fault::Slow(Duration::from_secs(8))).always());
    let registry = client_within(Logins::none(), Duration::from_millis(400));
    let started = Instant::now();
    let error = run(registry.put_manifest(&app, &tag("latest"), &manifest)).unwrap_err();
    assert!(error.to_string().contains("time for the whole command"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(3));
}
