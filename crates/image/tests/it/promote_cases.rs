//! `promote` where all goes well, and what it refuses.

use launchway_testkit::oci::fallback_tag;
use serde_json::json;

use crate::promote_world::{APP, Shop, is_whole, run_on};

#[test]
fn within_a_repository_it_is_one_write() {
    let shop = Shop::new();
    let run = shop.within("dev", "prod", &[("digest", &shop.dev)]).success();
    assert_eq!(shop.at("prod").as_ref(), Some(&shop.dev));
    assert_eq!(run.output("digest"), shop.dev);
    assert_eq!(run.output("changed"), shop.app("prod"));
    assert_eq!(run.output_json("previous"), json!({ shop.app("prod"): shop.prod }));
    let record = run.output_json("record");
    assert_eq!(record["verb"], "promote");
    assert_eq!(record["by"], "octocat");
    assert!(record["run"].as_str().unwrap().ends_with("/acme/shop/actions/runs/7"), "{record}");
    assert_eq!(
        record["changes"],
        json!([{ "tag": shop.app("prod"), "digest": shop.dev, "previous": shop.prod, "from": shop.app("dev") }])
    );
    assert_eq!(shop.near.writes().len(), 1, "one PUT");
    assert!(run.summary.contains("launchway-image rollback"), "{}", run.summary);
    shop.near.forget_requests();
    let run = shop.within("dev", "prod", &[]).success();
    assert!(shop.near.writes().is_empty());
    assert_eq!((run.output("changed"), run.output("digest")), ("", shop.dev.as_str()));
}

#[test]
fn the_short_form_names_environments() {
    let shop = Shop::new();
    let other = shop.near.add_index("acme/web", "dev", &["linux/amd64"]);
    let images = format!("{}\n{}", shop.near.reference(APP), shop.near.reference("acme/web"));
    let run = shop.run("promote", &[("image", &images), ("from", "dev"), ("to", "staging")]);
    let run = run.success();
    assert_eq!(shop.at("staging").as_ref(), Some(&shop.dev));
    assert_eq!(shop.near.digest("acme/web", "staging"), Some(other.clone()));
    assert_eq!(run.output("digest"), format!("{}\n{other}", shop.dev));
}

#[test]
fn across_repositories_blobs_are_mounted_and_signatures_go_along() {
    let shop = Shop::new();
    let (from, to) = (shop.app("dev"), shop.near.reference("acme/live:1.2.3"));
    shop.run("promote", &[("from", &from), ("to", &to)]).success();
    assert_eq!(shop.near.digest("acme/live", "1.2.3").as_ref(), Some(&shop.dev));
    is_whole((&shop.near, APP), (&shop.near, "acme/live"), &shop.dev);
    assert_eq!(shop.near.referrers("acme/live", &shop.dev), [&*shop.signature]);
    let signed = format!("{}.sig", fallback_tag(&shop.dev));
    assert_eq!(shop.near.digest("acme/live", &signed), shop.at(&signed));
    let uploads = shop.near.writes().into_iter().filter(|write| write.method == "PATCH").count();
    assert_eq!(uploads, 0, "no blob was sent");
}

#[test]
fn across_registries_everything_arrives_in_order() {
    for api in [true, false] {
        let shop = Shop::new();
        shop.far.referrers_api(api);
        let (from, to) = (shop.app("dev"), shop.far.reference("live/app:prod"));
        let run = shop.run("promote", &[("from", &from), ("to", &to)]).success();
        is_whole((&shop.near, APP), (&shop.far, "live/app"), &shop.dev);
        assert_eq!(shop.far.digest("live/app", "prod").as_ref(), Some(&shop.dev));
        if api {
            assert_eq!(shop.far.referrers("live/app", &shop.dev), [&*shop.signature]);
        } else {
            assert!(shop.far.digest("live/app", &fallback_tag(&shop.dev)).is_some());
        }
        assert_eq!(run.output_json("previous"), json!({ to.clone(): null }));
        let last = shop.far.writes().last().unwrap().path.clone();
        assert!(last.ends_with("/manifests/prod"), "the tag is last: {last}");
        shop.far.forget_requests();
        shop.run("promote", &[("from", &from), ("to", &to)]).success();
        assert!(shop.far.writes().is_empty(), "a rerun writes nothing");
        // A signature that comes later goes along with the next run.
        let late = shop.near.add_referrer(APP, &shop.dev, "application/late", b"late");
        shop.run("promote", &[("from", &from), ("to", &to)]).success();
        assert!(shop.far.manifest("live/app", &late).is_some());
    }
}

#[test]
fn without_referrers_only_the_image_goes() {
    let shop = Shop::new();
    let (from, to) = (shop.app("dev"), shop.far.reference("live/app:prod"));
    shop.run("promote", &[("from", &from), ("to", &to), ("referrers", "false")]).success();
    is_whole((&shop.near, APP), (&shop.far, "live/app"), &shop.dev);
    assert!(shop.far.manifest("live/app", &shop.signature).is_none());
    assert_eq!(shop.far.tags("live/app").len(), 1);
}

#[test]
fn a_source_that_moved_on_is_refused_with_both_digests() {
    let shop = Shop::new();
    let run = shop.within("dev", "prod", &[("digest", &shop.prod)]).exits(1);
    let said = run.messages("error").join("\n");
    assert!(said.contains(&shop.dev) && said.contains(&shop.prod), "{said}");
    assert!(shop.near.writes().is_empty());
}

#[test]
fn a_version_is_never_overwritten() {
    let shop = Shop::new();
    shop.near.tag(APP, "1.2.3", &shop.prod);
    let run = shop.within("dev", "1.2.3", &[]).exits(1);
    let said = run.messages("error").join("\n");
    assert!(said.contains(&shop.dev) && said.contains(&shop.prod), "{said}");
    assert!(shop.near.writes().is_empty());
    shop.within("dev", "1.2.3", &[("immutable", "none")]).success();
    assert_eq!(shop.at("1.2.3").as_ref(), Some(&shop.dev));
    shop.within("dev", "1.2.3", &[]).success();
}

#[test]
fn one_refusal_stops_all() {
    let shop = Shop::new();
    shop.near.tag(APP, "1.2.3", &shop.prod);
    let from = format!("{0}\n{0}", shop.app("dev"));
    let to = format!("{}\n{}", shop.app("staging"), shop.app("1.2.3"));
    shop.run("promote", &[("from", &from), ("to", &to)]).exits(1);
    assert_eq!(shop.at("staging"), None);
    let from = format!("{}\n{}", shop.app("dev"), shop.app("nothing"));
    let to = format!("{}\n{}", shop.app("staging"), shop.app("qa"));
    let run = shop.run("promote", &[("from", &from), ("to", &to)]).exits(3);
    assert!(run.log.contains("acme/app:nothing` is not there"), "{}", run.log);
    assert!(shop.near.writes().is_empty());
}

#[test]
fn an_image_whose_platform_was_cleaned_away_is_not_promoted() {
    let shop = Shop::new();
    let list: serde_json::Value =
        serde_json::from_slice(&shop.near.manifest(APP, &shop.dev).unwrap()).unwrap();
    let child = list["manifests"][1]["digest"].as_str().unwrap();
    shop.near.remove_manifest(APP, child);
    for to in [shop.app("prod"), shop.far.reference("live/app:prod")] {
        let run = shop.run("promote", &[("from", &shop.app("dev")), ("to", &to)]).exits(3);
        let said = run.messages("error").join("\n");
        assert!(said.contains(child) && said.contains("linux/arm64"), "{said}");
    }
    assert!(shop.near.writes().is_empty() && shop.far.writes().is_empty());
}

#[test]
fn a_dry_run_says_and_does_nothing() {
    let shop = Shop::new();
    let file = shop.dir.path().join("record.json").display().to_string();
    let to = shop.far.reference("live/app:prod");
    let inputs = [
        ("from", shop.app("dev")),
        ("to", to),
        ("dry-run", "true".into()),
        ("record-file", file.clone()),
    ];
    let inputs: Vec<_> = inputs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let run = shop.run("promote", &inputs).success();
    assert!(shop.far.writes().is_empty() && !std::path::Path::new(&file).exists());
    assert!(run.log.contains(&shop.dev) && run.log.contains("live/app gets"), "{}", run.log);
    assert_eq!((run.output("digest"), run.output("changed")), (shop.dev.as_str(), ""));
}

#[test]
fn bad_input_touches_nothing() {
    let shop = Shop::new();
    let (dev, prod) = (shop.app("dev"), shop.app("prod"));
    let two = format!("{dev}\n{prod}");
    for (inputs, said) in [
        (&[("from", dev.as_str()), ("to", dev.as_str())][..], "are both"),
        (&[("from", &two), ("to", &shop.app("x"))], "has 2 lines"),
        (&[("from", &dev), ("to", "::set-output name=x::y")], "is no image reference"),
        (&[("from", &dev), ("to", &prod), ("digest", "sha256:12")], "2 digits"),
        (&[("from", &dev), ("to", &prod), ("immutable", "/(/")], "immutable"),
        (&[("from", &dev), ("to", &prod), ("record", "pigeon")], "pigeon"),
        (&[("from", &dev)], "to"),
    ] {
        let run = shop.run("promote", inputs).exits(2);
        assert!(run.log.contains(said), "{inputs:?}: {}", run.log);
    }
    assert!(shop.near.requests().is_empty());
}

#[test]
fn the_record_lies_with_the_image_and_in_a_file() {
    for api in [true, false] {
        let shop = Shop::new();
        shop.near.referrers_api(api);
        let file = shop.dir.path().join("record.json").display().to_string();
        let more = [("record", "referrer"), ("record-file", file.as_str())];
        let run = shop.within("dev", "prod", &more).success();
        let record = run.output_json("record");
        let written: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(written, record);
        let kind = "application/vnd.launchway.promotion.v1+json";
        let found = shop.near.manifests(APP).into_iter().find_map(|digest| {
            let bytes = shop.near.manifest(APP, &digest)?;
            let manifest: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
            (manifest["artifactType"] == kind).then_some(manifest)
        });
        let found = found.unwrap();
        assert_eq!(found["subject"]["digest"], shop.dev.as_str());
        let layer = found["layers"][0]["digest"].as_str().unwrap();
        let kept: serde_json::Value =
            serde_json::from_slice(&shop.near.blob(APP, layer).unwrap()).unwrap();
        assert_eq!(kept, record);
        // A rerun finds what was done, and how.
        std::fs::remove_file(&file).unwrap();
        shop.near.forget_requests();
        let run = shop.within("dev", "prod", &more).success();
        assert!(shop.near.writes().is_empty());
        assert_eq!((run.output("changed"), run.output_json("record")), ("", record));
    }
}

#[test]
fn the_runner_is_told_of_its_artifacts() {
    let shop = Shop::new();
    let list = shop.dir.path().join("artifacts");
    let runner = shop.runner().env("GITHUB_ARTIFACTS", &list.display().to_string());
    let inputs = [("from", shop.app("dev")), ("to", shop.app("prod"))];
    let inputs: Vec<_> = inputs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    run_on(&runner, "promote", &inputs).success();
    let expected = format!("oci://{}@{}\n", shop.near.reference(APP), shop.dev);
    assert_eq!(std::fs::read_to_string(list).unwrap(), expected);
}
