//! `promote` where a registry refuses, limits, lies, or cannot be reached.

use launchway_testkit::oci::{
    Auth, FakeRegistry, limit_for_seconds, limit_in_message, secondary_limit,
};
use launchway_testkit::{Fault, FaultRule};

use crate::promote_world::{APP, Shop, is_whole};

fn far(shop: &Shop) -> (String, String) {
    (shop.app("dev"), shop.far.reference("live/app:prod"))
}

fn config(shop: &Shop, logins: &[(&FakeRegistry, &str, &str)]) {
    let mut all = serde_json::json!({ "auths": {} });
    for (registry, user, password) in logins {
        let one: serde_json::Value =
            serde_json::from_str(&registry.docker_config(user, password)).unwrap();
        for (host, login) in one["auths"].as_object().unwrap() {
            all["auths"][host] = login.clone();
        }
    }
    std::fs::write(shop.dir.path().join("config.json"), all.to_string()).unwrap();
}

#[test]
fn all_or_none_over_several_images() {
    let shop = Shop::new();
    shop.near.delete_by_tag();
    let web = shop.near.add_index("acme/web", "dev", &["linux/amd64"]);
    let old = shop.near.add_index("acme/web", "prod", &["linux/amd64"]);
    let images = format!("{}\n{}", shop.near.reference(APP), shop.near.reference("acme/web"));
    let file = shop.dir.path().join("record.json").display().to_string();
    let inputs =
        [("image", images.as_str()), ("from", "dev"), ("to", "prod"), ("record-file", &file)];
    let refuse = FaultRule::new(Fault::status(400)).method("PUT").path("*/acme/web/manifests/prod");
    shop.near.fail(refuse);
    let run = shop.run("promote", &inputs).exits(3);
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod), "{}", run.log);
    assert_eq!(shop.near.digest("acme/web", "prod"), Some(old));
    assert_eq!(run.output("changed"), "");
    let record: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(
        record["changes"],
        serde_json::json!([]),
        "the file tells of nothing that is not so"
    );
    shop.run("promote", &inputs).success();
    assert_eq!(shop.near.digest("acme/web", "prod"), Some(web));
}

#[test]
fn a_destination_that_lies_is_found_out() {
    let shop = Shop::new();
    let (from, to) = far(&shop);
    let lie = FaultRule::new(Fault::LieOk).method("PUT").path("*/manifests/prod").always();
    shop.far.fail(lie);
    let run = shop.run("promote", &[("from", &from), ("to", &to)]).exits(3);
    assert!(run.log.contains("although the registry took it"), "{}", run.log);
    shop.far.heal();
    shop.far.drop_manifests(true);
    shop.run("promote", &[("from", &from), ("to", &to)]).exits(3);
    shop.far.drop_manifests(false);
    shop.run("promote", &[("from", &from), ("to", &to)]).success();
    is_whole((&shop.near, APP), (&shop.far, "live/app"), &shop.dev);
}

#[test]
fn who_may_not_write_is_told_before_anything_is_copied() {
    for auth in [Auth::Basic, Auth::Bearer] {
        let shop = Shop::new();
        shop.far.auth(auth.clone()).add_limited_user("reader", "pw-of-reader", &[("*", &["pull"])]);
        config(&shop, &[(&shop.far, "reader", "pw-of-reader")]);
        // The first line alone could be done; the second is denied.
        let from = format!("{0}\n{0}", shop.app("dev"));
        let to = format!("{}\n{}", shop.app("staging"), shop.far.reference("live/app:prod"));
        let run = shop.run("promote", &[("from", &from), ("to", &to)]).exits(3);
        let said = run.messages("error").join("\n");
        assert!(said.contains("nothing was promoted"), "{auth:?}: {said}");
        assert_eq!(shop.at("staging"), None);
        assert!(shop.far.blobs("live/app").is_empty());
        assert!(!run.log.contains("pw-of-reader"));
    }
}

#[test]
fn tokens_that_end_in_the_middle_are_renewed() {
    let shop = Shop::new();
    shop.far.auth(Auth::Bearer).add_user("pusher", "pw-of-pusher").token_uses(10);
    config(&shop, &[(&shop.far, "pusher", "pw-of-pusher")]);
    let (from, to) = far(&shop);
    let run = shop.run("promote", &[("from", &from), ("to", &to)]).success();
    is_whole((&shop.near, APP), (&shop.far, "live/app"), &shop.dev);
    assert!(shop.far.token_requests().len() > 2);
    assert!(!run.log.contains("pw-of-pusher"));
    let leaked =
        shop.near.requests().iter().any(|request| request.header("authorization").is_some());
    assert!(!leaked, "the login of one registry is not for the other");
}

#[test]
fn a_registry_that_asks_to_wait_gets_its_time() {
    let forms: [fn() -> Fault; 3] =
        [|| limit_for_seconds(1), || limit_in_message(600), || limit_for_seconds(0)];
    for (place, fault) in
        ["*/blobs/uploads/", "*/manifests/sha256*", "*/manifests/prod"].iter().zip(forms)
    {
        let shop = Shop::new();
        let (from, to) = far(&shop);
        shop.far.fail(FaultRule::new(fault()).path(place).times(2));
        shop.run("promote", &[("from", &from), ("to", &to)]).success();
        is_whole((&shop.near, APP), (&shop.far, "live/app"), &shop.dev);
    }
    let shop = Shop::new();
    let (from, to) = far(&shop);
    shop.far
        .fail(FaultRule::new(secondary_limit()).method("PUT").path("*/manifests/prod").always());
    let inputs = [("from", from.as_str()), ("to", to.as_str()), ("timeout", "5s")];
    shop.run("promote", &inputs).exits(3);
    assert_eq!(shop.far.digest("live/app", "prod"), None);
}

#[test]
fn a_registry_that_cannot_be_reached_is_named() {
    let shop = Shop::new();
    let to = "127.0.0.1:1/live/app:prod";
    let inputs = [("from", shop.app("dev")), ("to", to.to_owned()), ("timeout", "3s".to_owned())];
    let inputs: Vec<_> = inputs.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let run = shop.run("promote", &inputs).exits(3);
    assert!(run.log.contains("127.0.0.1:1"), "{}", run.log);
    let run = shop.run("promote", &[("from", to), ("to", &shop.app("x")), ("timeout", "3s")]);
    assert!(run.exits(3).log.contains("127.0.0.1:1"));
    assert!(shop.near.writes().is_empty());
}

#[test]
fn a_source_that_lies_is_not_passed_on() {
    let shop = Shop::new();
    let (from, to) = far(&shop);
    shop.near.corrupt_manifest(APP, &shop.dev, b"{}");
    let run = shop.run("promote", &[("from", &from), ("to", &to)]).exits(3);
    assert!(run.log.contains("the registry answers with"), "{}", run.log);
    assert!(shop.far.writes().is_empty());
    let shop = Shop::new();
    let (from, to) = far(&shop);
    let blob = shop.near.blobs(APP).into_iter().next().unwrap();
    shop.near.corrupt_blob(APP, &blob, b"other");
    let run = shop.run("promote", &[("from", &from), ("to", &to)]);
    assert!(run.exit_code == 3 || shop.far.blob("live/app", &blob).is_none(), "{}", run.log);
}

#[test]
fn an_answer_that_is_lost_is_looked_up() {
    for fault in [Fault::CommitThenCut, Fault::CommitThenFail, Fault::CutConnection] {
        let shop = Shop::new();
        let (from, to) = far(&shop);
        shop.far.fail(FaultRule::new(fault.clone()).method("PUT").path("*/manifests/*"));
        shop.run("promote", &[("from", &from), ("to", &to)]).success();
        is_whole((&shop.near, APP), (&shop.far, "live/app"), &shop.dev);
        assert_eq!(shop.far.digest("live/app", "prod").as_ref(), Some(&shop.dev), "{fault:?}");
    }
}

#[test]
fn what_somebody_moves_during_the_copy_is_left_alone() {
    let shop = Shop::new();
    let third = shop.far.add_index("live/app", "third", &["linux/amd64"]);
    shop.far.tag("live/app", "prod", &third);
    let newer = shop.far.add_index("live/app", "newer", &["linux/amd64"]);
    let (from, to) = far(&shop);
    let slow = FaultRule::new(Fault::Slow(std::time::Duration::from_millis(700)));
    shop.far.fail(slow.method("PUT").path("*/manifests/sha256*"));
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            while shop.far.manifests("live/app").len() < 5 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            shop.far.tag("live/app", "prod", &newer);
        });
        shop.run("promote", &[("from", &from), ("to", &to)])
    });
    let run = run.exits(1);
    assert!(run.log.contains("since the image was copied"), "{}", run.log);
    assert_eq!(shop.far.digest("live/app", "prod"), Some(newer));
}

#[test]
fn a_record_of_what_was_put_back_does_not_stay() {
    let shop = Shop::new();
    let rule = FaultRule::new(Fault::status(400)).method("PUT").path("*/manifests/prod");
    shop.near.fail(rule);
    let before = shop.near.referrers(APP, &shop.dev);
    shop.within("dev", "prod", &[("record", "referrer")]).exits(3);
    assert_eq!(shop.near.referrers(APP, &shop.dev), before);
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod));
}
