//! `rollback`: from the output, the file, and the registry.

use launchway_testkit::{Fault, FaultRule, KillSwitch, Moment};

use crate::promote_world::{APP, Shop};

fn promoted(more: &[(&str, &str)]) -> (Shop, String) {
    let shop = Shop::new();
    let record = shop.within("dev", "prod", more).success().output("record").to_owned();
    shop.near.forget_requests();
    (shop, record)
}

#[test]
fn back_from_the_record_and_only_once() {
    let (shop, record) = promoted(&[]);
    let run = shop.run("rollback", &[("record", &record)]).success();
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod));
    assert_eq!(run.output("digest"), shop.prod);
    let own = run.output_json("record");
    assert_eq!(
        (own["verb"].as_str(), own["changes"].as_array().unwrap().len()),
        (Some("rollback"), 1)
    );
    assert_eq!(shop.near.writes().len(), 1);
    shop.near.forget_requests();
    let again = shop.run("rollback", &[("record", &record)]).success();
    assert!(shop.near.writes().is_empty());
    assert_eq!(again.output("changed"), "");
    // Its own record leads to where it came from.
    shop.run("rollback", &[("record", &own.to_string())]).success();
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.dev));
}

#[test]
fn what_somebody_moved_since_is_refused() {
    let (shop, record) = promoted(&[]);
    let third = shop.near.add_index(APP, "third", &["linux/amd64"]);
    shop.near.tag(APP, "prod", &third);
    let run = shop.run("rollback", &[("record", &record)]).exits(1);
    let said = run.messages("error").join("\n");
    assert!(said.contains(&third) && said.contains(&shop.dev), "{said}");
    assert!(shop.near.writes().is_empty());
    shop.run("rollback", &[("record", &record), ("force", "true")]).success();
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod));
}

#[test]
fn what_a_cleanup_deleted_is_refused() {
    let (shop, record) = promoted(&[]);
    shop.near.remove_manifest(APP, &shop.prod);
    let run = shop.run("rollback", &[("record", &record)]).exits(1);
    assert!(run.log.contains("not there any more"), "{}", run.log);
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.dev));
}

#[test]
fn a_tag_that_was_new_is_deleted_where_that_can_be_done() {
    let shop = Shop::new();
    let record = shop.within("dev", "new", &[]).success().output("record").to_owned();
    let run = shop.run("rollback", &[("record", &record)]).exits(3);
    assert!(run.log.contains("could not be deleted"), "{}", run.log);
    assert_eq!(shop.at("dev").as_ref(), Some(&shop.dev), "other tags of the digest stay");
    assert_eq!(shop.at("new").as_ref(), Some(&shop.dev));
    assert_eq!(run.output("changed"), "");
    shop.near.delete_by_tag();
    let run = shop.run("rollback", &[("record", &record)]).success();
    assert_eq!(run.output("changed"), shop.app("new"));
    assert_eq!((shop.at("new"), shop.at("dev").as_ref()), (None, Some(&shop.dev)));
    shop.run("rollback", &[("record", &record)]).success();
}

#[test]
fn back_from_the_record_in_the_registry() {
    for api in [true, false] {
        let shop = Shop::new();
        shop.near.referrers_api(api);
        let tag = shop.app("prod");
        let none = shop.run("rollback", &[("tag", &tag)]).exits(1);
        assert!(none.log.contains("no record"), "{}", none.log);
        shop.within("dev", "prod", &[("record", "referrer")]).success();
        shop.run("rollback", &[("tag", &tag)]).success();
        assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod), "api={api}");
        shop.near.forget_requests();
        shop.run("rollback", &[("tag", &tag)]).success();
        assert!(shop.near.writes().is_empty(), "a second one does nothing");
        shop.within("dev", "prod", &[("record", "referrer")]).success();
        shop.run("rollback", &[("tag", &tag)]).success();
        assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod), "promoted again and back again");
        let missing = shop.run("rollback", &[("tag", &shop.app("nothing"))]).exits(1);
        assert!(missing.log.contains("does not exist"), "{}", missing.log);
    }
}

#[test]
fn files_dry_runs_and_bad_input() {
    let (shop, record) = promoted(&[]);
    let path = |name: &str| shop.dir.path().join(name).display().to_string();
    std::fs::write(path("in.json"), &record).unwrap();
    let (given, own) = (path("in.json"), path("out.json"));
    shop.run("rollback", &[("record-file", &given), ("dry-run", "true")]).success();
    assert!(shop.near.writes().is_empty());
    for (inputs, said) in [
        (&[][..], "neither `record`"),
        (&[("record", "{}")], "cannot be read"),
        (&[("record", "not json")], "cannot be read"),
        (&[("record", record.as_str()), ("record-file", given.as_str())], "both given"),
        (&[("record-file", "nowhere.json")], "nowhere.json"),
        (&[("record", &record), ("tag", "r.example/x:1")], "does not name"),
        (&[("tag", "prod")], "no tag"),
    ] {
        let run = shop.run("rollback", inputs).exits(2);
        assert!(run.log.contains(said), "{inputs:?}: {}", run.log);
    }
    shop.run("rollback", &[("record-file", &given), ("new-record-file", &own)]).success();
    let written: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(own).unwrap()).unwrap();
    assert_eq!(written["verb"], "rollback");
}

#[test]
fn killed_at_any_write_and_run_again() {
    for api in [true, false] {
        for from_registry in [true, false] {
            let prepare = || {
                let shop = Shop::new();
                shop.near.referrers_api(api);
                let kind = if from_registry { "referrer" } else { "output" };
                let run = shop.within("dev", "prod", &[("record", kind)]).success();
                let record = run.output("record").to_owned();
                (shop, record)
            };
            let rollback = |shop: &Shop, record: &str, switch: &KillSwitch| {
                let tag = shop.app("prod");
                let input = if from_registry { ("tag", tag.as_str()) } else { ("record", record) };
                shop.killed("rollback", &[input], switch)
            };
            let (shop, record) = prepare();
            let count = KillSwitch::never();
            rollback(&shop, &record, &count).success();
            let writes = count.writes();
            assert!(!writes.is_empty());
            for at in 1..=writes.len() {
                for moment in [Moment::Before, Moment::After] {
                    let (shop, record) = prepare();
                    let switch = KillSwitch::at(at, moment);
                    let run = rollback(&shop, &record, &switch);
                    assert!(switch.has_struck() && run.exit_code != 0, "{at} {moment:?}");
                    rollback(&shop, &record, &KillSwitch::never()).success();
                    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod), "{at} {moment:?}");
                    shop.near.forget_requests();
                    rollback(&shop, &record, &KillSwitch::never()).success();
                    assert!(shop.near.writes().is_empty(), "{at} {moment:?}");
                }
            }
        }
    }
}

#[test]
fn all_or_none() {
    let shop = Shop::new();
    shop.near.tag(APP, "live", &shop.prod);
    let from = format!("{0}\n{0}", shop.app("dev"));
    let to = format!("{}\n{}", shop.app("prod"), shop.app("live"));
    let run = shop.run("promote", &[("from", &from), ("to", &to)]).success();
    let record = run.output("record").to_owned();
    shop.near.fail(FaultRule::new(Fault::status(400)).method("PUT").path("*/manifests/live"));
    let run = shop.run("rollback", &[("record", &record)]).exits(3);
    assert_eq!(
        (shop.at("prod").as_ref(), shop.at("live").as_ref()),
        (Some(&shop.dev), Some(&shop.dev))
    );
    assert_eq!(run.output("changed"), "");
    let only = [("record", record.as_str()), ("tag", &shop.app("live"))];
    shop.run("rollback", &only).success();
    assert_eq!(
        (shop.at("prod").as_ref(), shop.at("live").as_ref()),
        (Some(&shop.dev), Some(&shop.prod))
    );
    shop.run("rollback", &[("record", &record)]).success();
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod));
}
