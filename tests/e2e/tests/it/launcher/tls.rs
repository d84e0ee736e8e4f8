//! The release on GitHub, stood in for by a server with GitHub's name behind a proxy.

use launchway_testkit::Scrubbed;
use launchway_testkit::certificates::{Certificates, Wanted};
use launchway_testkit::target::{Act, Script, Target};
use launchway_testkit::tls::TlsSettings;
use launchway_testkit::tunnel::{Proxy, TlsFront};

use super::room::{Room, VERSION, Way, archive_name, ran, refused};

struct World {
    room: Room,
    release: Target,
    proxy: Proxy,
    certificates: Certificates,
    _front: TlsFront,
}

impl World {
    fn new(way: Way, serve: impl FnOnce(&Room) -> Script) -> Option<Self> {
        let room = Room::new(way)?;
        let certificates = Certificates::new()?;
        let names = ["DNS:github.com", "DNS:release-assets.githubusercontent.com"];
        let pair = certificates.make(&Wanted::server(&names));
        let release = Target::start(serve(&room));
        let front = TlsFront::start(&TlsSettings::new(&pair), release.address());
        let proxy = Proxy::start(front.address());
        Some(Self { room, release, proxy, certificates, _front: front })
    }

    fn launch(&self) -> Scrubbed {
        let launch = self.room.launch().arg("health").env("HTTPS_PROXY", self.proxy.url());
        launch.env("LAUNCHWAY_TIMEOUT", "4")
    }
}

/// As GitHub has it: the asset's address leads to another host.
fn release(room: &Room) -> Script {
    let asset = format!("/launchway/launchway/releases/download/v{VERSION}/{}", archive_name());
    let archive = room.archive.clone();
    Script::choose(move |asked| match asked.path.as_str() {
        path if path == asset => {
            Act::redirect("https://release-assets.githubusercontent.com/asset?sig=1")
        }
        "/asset?sig=1" => Act::ok(archive.clone()),
        _ => Act::status(404),
    })
}

#[test]
fn the_release_comes_through_a_proxy_that_has_an_authority_of_its_own() {
    for way in [Way::Dash, Way::Wget, Way::Bash] {
        let Some(world) = World::new(way, release) else { return };
        let done = world.launch().env("SSL_CERT_FILE", world.certificates.authority()).run();
        ran(&done, &format!("{way:?}"));
        assert_eq!(
            world.proxy.asked(),
            ["github.com:443", "release-assets.githubusercontent.com:443"]
        );
        for asked in world.release.requests() {
            assert_eq!(asked.header("authorization"), None, "{}", asked.head);
        }
    }
}

#[test]
fn a_certificate_nobody_vouches_for_is_refused() {
    for way in [Way::Dash, Way::Wget, Way::Bash] {
        let Some(world) = World::new(way, release) else { return };
        refused(&world.launch().run(), 3, "certificate", &format!("{way:?}"));
        assert_eq!(world.release.count(), 0);
    }
}

#[test]
fn a_redirect_from_https_to_http_is_not_followed() {
    for way in [Way::Dash, Way::Wget, Way::Bash] {
        let Some(room) = Room::new(way) else { return };
        let plain = Target::start(Act::ok(room.archive.clone()));
        let to = plain.url("/x");
        let Some(world) = World::new(way, |_| Act::redirect(to).into()) else { return };
        let done = world.launch().env("SSL_CERT_FILE", world.certificates.authority()).run();
        refused(&done, 3, "http", &format!("{way:?}"));
        assert_eq!(world.release.count(), 1, "{way:?}");
        // wget cannot be told not to; what it brought is not looked at.
        assert!(way == Way::Wget || plain.count() == 0, "{way:?}");
        assert!(!world.room.kept().exists(), "{way:?}");
    }
}

#[test]
fn a_redirect_loop_ends() {
    for way in [Way::Dash, Way::Wget, Way::Bash] {
        let around = |_: &Room| Act::redirect("https://github.com/around").into();
        let Some(world) = World::new(way, around) else { return };
        let done = world.launch().env("SSL_CERT_FILE", world.certificates.authority()).run();
        refused(&done, 3, "redirect", &format!("{way:?}"));
        assert!(world.release.count() <= 13, "{way:?}: {} requests", world.release.count());
    }
}

#[test]
fn a_login_for_github_stays_at_home() {
    for way in [Way::Dash, Way::Wget] {
        let Some(world) = World::new(way, release) else { return };
        let home = world.room.path("home");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join(".netrc"), "machine github.com login me password s3cret\n")
            .unwrap();
        ran(
            &world.launch().env("SSL_CERT_FILE", world.certificates.authority()).run(),
            "with a .netrc",
        );
        for asked in world.release.requests() {
            assert!(asked.header("authorization").is_none(), "{way:?}: {}", asked.head);
        }
    }
}
