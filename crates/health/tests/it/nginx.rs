//! A real nginx that comes late, goes, comes back and changes while it is looked at.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::runner::StepRun;
use launchway_testkit::services::nginx::Nginx;

use crate::checker::{check, report};

/// Checks while something is done to the server.
fn meanwhile(inputs: &[(&str, &str)], act: impl FnOnce()) -> StepRun {
    std::thread::scope(|scope| {
        let run = scope.spawn(|| check(inputs));
        act();
        run.join().unwrap()
    })
}

/// Until it was looked at so often.
fn looked_at(nginx: &Nginx, times: usize) {
    let began = Instant::now();
    while nginx.requests().len() < times {
        assert!(began.elapsed() < Duration::from_secs(20), "nobody looks");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

#[test]
fn started_late() {
    let Some(mut nginx) = Nginx::prepare() else { return };
    let url = nginx.url("/health");
    let run = meanwhile(&[("url", &url), ("interval", "50ms"), ("timeout", "30s")], || {
        pause(1500);
        nginx.start();
    });
    let run = run.success();
    assert_eq!(run.output("status"), "200");
    let attempts = &report(&run)["targets"][0]["attempts"];
    assert_eq!(attempts[0]["reason"], "connection_refused", "{attempts}");
    assert_eq!(nginx.requests(), ["GET /health 200"], "one success is enough");
    // Somebody who came when it ran already.
    assert_eq!(check(&[("url", &url), ("mode", "once")]).success().output("attempts"), "1");
}

#[test]
fn stopped_in_the_middle_of_a_watch() {
    let Some(mut nginx) = Nginx::prepare() else { return };
    nginx.start();
    let url = nginx.url("/");
    let inputs = [("url", &*url), ("mode", "watch"), ("bake-time", "30s"), ("interval", "50ms")];
    let began = Instant::now();
    let run = meanwhile(&inputs, || {
        looked_at(&nginx, 3);
        nginx.stop();
    });
    assert!(began.elapsed() < Duration::from_secs(15), "it ends with the first failure");
    let run = run.exits(1);
    // Stopping, it may take a connection that it then drops.
    assert!(["connection_refused", "reset"].contains(&run.output("reason")), "{}", run.log);
}

#[test]
fn restarted_in_the_middle_of_being_stable() {
    let Some(mut nginx) = Nginx::prepare() else { return };
    nginx.start();
    let url = nginx.url("/");
    let inputs = [
        ("url", &*url),
        ("stable-for", "1500ms"),
        ("success-threshold", "3"),
        ("interval", "50ms"),
        ("timeout", "60s"),
    ];
    let run = meanwhile(&inputs, || {
        looked_at(&nginx, 3);
        nginx.stop();
        pause(300);
        nginx.start();
    });
    let run = run.success();
    let target = &report(&run)["targets"][0];
    assert!(target["total"]["relapses"].as_u64().unwrap() >= 1, "{target}");
    // It counts from the last failure.
    let healthy = target["timeToHealthyMs"].as_f64().unwrap();
    assert!(healthy >= 300.0, "{target}");
    assert!(target["elapsedMs"].as_f64().unwrap() >= healthy + 1400.0, "{target}");
}

#[test]
fn configured_anew_until_the_new_version_answers() {
    let Some(mut nginx) = Nginx::prepare() else { return };
    let answers = |nginx: &mut Nginx, status: &str, version: &str| {
        let header = format!("add_header x-version {version} always;");
        nginx.lines(&format!("location = /health {{ {header} return {status} fine; }}"));
    };
    answers(&mut nginx, "200", "1.0.0");
    nginx.start();
    let url = nginx.url("/health");
    let inputs = [
        ("url", &*url),
        ("expected-version", "2.0.0"),
        ("version-from", "header:x-version"),
        ("expected-body", "fine"),
        ("interval", "20ms"),
        ("timeout", "60s"),
    ];
    let run = meanwhile(&inputs, || {
        looked_at(&nginx, 2);
        answers(&mut nginx, "503", "2.0.0");
        looked_at(&nginx, nginx.requests().len() + 2);
        answers(&mut nginx, "200", "2.0.0");
    });
    let run = run.success();
    let report = report(&run);
    assert_eq!(report["targets"][0]["version"], "2.0.0");
    let attempts = report["targets"][0]["attempts"].as_array().unwrap();
    // While it changes over, workers with the old configuration and the new take turns.
    let reasons: BTreeSet<_> = attempts.iter().filter_map(|one| one["reason"].as_str()).collect();
    assert_eq!(reasons, BTreeSet::from(["status_mismatch", "version_mismatch"]));
}

#[test]
fn a_reload_is_no_failure() {
    let Some(mut nginx) = Nginx::prepare() else { return };
    nginx.start();
    let url = nginx.url("/");
    let inputs = [("url", &*url), ("mode", "watch"), ("bake-time", "2s"), ("interval", "10ms")];
    let run = meanwhile(&inputs, || {
        for version in 0..5 {
            looked_at(&nginx, nginx.requests().len() + 3);
            nginx.page(200, &format!("version {version}"));
        }
    });
    assert!(nginx.requests().len() > 20);
    assert_eq!(run.success().output("reason"), "");
}

#[test]
fn tls_on_and_off() {
    let (Some(mut nginx), Some(made)) = (Nginx::prepare(), Certificates::new()) else { return };
    let pair = made.make(&Wanted::server(&["DNS:localhost"]));
    nginx.tls(Some(&pair));
    nginx.start();
    let url = nginx.url("/");
    let trusted = [("url", &*url), ("ca-file", made.authority().to_str().unwrap())];
    check(&trusted).success();
    let run = check(&[("url", &url)]).exits(1);
    assert_eq!((run.output("reason"), run.output("attempts")), ("tls_untrusted", "1"));
    nginx.tls(None);
    let once = [trusted.as_slice(), &[("mode", "once")]].concat();
    assert_eq!(check(&once).exits(1).output("reason"), "protocol_error");
    let waits = [trusted.as_slice(), &[("interval", "20ms"), ("timeout", "60s")]].concat();
    let run = meanwhile(&waits, || {
        pause(300);
        nginx.tls(Some(&pair));
    });
    let run = run.success();
    assert_eq!(report(&run)["targets"][0]["attempts"][0]["reason"], "protocol_error");
    // Plain HTTP to a TLS port: nginx says 400.
    let plain = url.replace("https://localhost", "http://127.0.0.1");
    let run = check(&[("url", &plain), ("mode", "once")]).exits(1);
    assert_eq!((run.output("reason"), run.output("status")), ("status_mismatch", "400"));
}
