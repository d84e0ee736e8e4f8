//! `promote` killed at each of its writes: the rerun completes, and repeats nothing.

use launchway_testkit::{KillSwitch, Moment};

use crate::promote_world::{APP, Shop, is_whole};

#[derive(Clone, Copy, Debug)]
enum Way {
    /// Two tags of a repository.
    Within,
    /// Another repository, blobs mounted.
    Mounted,
    /// Another registry, blobs streamed; the old kind that keeps no list of referrers.
    Far,
}

struct Trial {
    shop: Shop,
    from: String,
    to: String,
}

fn prepare(way: Way) -> Trial {
    let shop = Shop::new();
    let from = format!("{0}\n{0}", shop.app("dev"));
    let place = |tag| match way {
        Way::Within => shop.app(tag),
        Way::Mounted => shop.near.reference(format!("live/app:{tag}")),
        Way::Far => shop.far.reference(format!("live/app:{tag}")),
    };
    shop.far.referrers_api(false);
    let to = format!("{}\n{}", place("prod"), place("new"));
    Trial { shop, from, to }
}

fn promote(trial: &Trial, switch: &KillSwitch) -> launchway_testkit::runner::StepRun {
    let inputs = [("from", trial.from.as_str()), ("to", trial.to.as_str()), ("record", "referrer")];
    trial.shop.killed("promote", &inputs, switch)
}

#[test]
fn a_rerun_completes() {
    for way in [Way::Within, Way::Mounted, Way::Far] {
        let whole = prepare(way);
        let count = KillSwitch::never();
        promote(&whole, &count).success();
        let writes = count.writes();
        assert!(writes.len() >= 4, "{writes:?}");
        for at in 1..=writes.len() {
            for moment in [Moment::Before, Moment::After] {
                let context = format!("{way:?} {moment:?} {}", writes[at - 1]);
                let trial = prepare(way);
                let switch = KillSwitch::at(at, moment);
                let run = promote(&trial, &switch);
                assert!(switch.has_struck() && run.exit_code != 0, "{context}");
                let run = promote(&trial, &KillSwitch::never()).success();
                let shop = &trial.shop;
                let (registry, repo) = match way {
                    Way::Within => (&shop.near, APP),
                    Way::Mounted => (&shop.near, "live/app"),
                    Way::Far => (&shop.far, "live/app"),
                };
                for tag in ["prod", "new"] {
                    assert_eq!(registry.digest(repo, tag).as_ref(), Some(&shop.dev), "{context}");
                }
                is_whole((&shop.near, APP), (registry, repo), &shop.dev);
                assert!(registry.manifest(repo, &shop.signature).is_some(), "{context}");
                let record = run.output_json("record");
                let told = record["changes"].as_array().unwrap().len();
                assert_eq!(told, 2, "{context}: what was done before is not forgotten: {record}");
                shop.near.forget_requests();
                shop.far.forget_requests();
                promote(&trial, &KillSwitch::never()).success();
                let left = shop.near.writes().len() + shop.far.writes().len();
                assert_eq!(left, 0, "{context}: nothing is left to do");
                if matches!(way, Way::Within) {
                    // The way back is known, wherever it was killed.
                    let back = [("tag", shop.app("prod"))];
                    let back: Vec<_> = back.iter().map(|(k, v)| (*k, v.as_str())).collect();
                    shop.run("rollback", &back).success();
                    assert_eq!(shop.at("prod").as_ref(), Some(&shop.prod), "{context}");
                }
            }
        }
    }
}
