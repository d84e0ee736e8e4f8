//! Random repositories, random failures, and the run after them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_publish::{
    CommandError, Info, Outcome, PackRequest, PackageManager, PublishError, PublishOptions,
    PublishRequest, PublishResult, publish,
};
use launchway_workspace::{Package, Workspace};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::space::{Space, options, plan, wait};

/// What becomes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Taken,
    Refused,
    /// The time is up without an answer, and the registry took it.
    LostAndTaken,
    /// The time is up without an answer, and the registry did not take it.
    Lost,
    /// The registry is busy once, then takes it.
    Later,
}

/// A registry and its manager.
#[derive(Debug)]
struct Registry {
    fates: Mutex<BTreeMap<String, Fate>>,
    there: Mutex<BTreeSet<String>>,
    uploads: Mutex<Vec<String>>,
}

impl PackageManager for Registry {
    fn name(&self) -> &'static str {
        "registry"
    }

    fn otp(&self, _: Option<&Secret>) -> Option<Secret> {
        None
    }

    fn info<'a>(
        &'a self,
        _: &'a Workspace,
        package: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
        let is_there = self.there.lock().unwrap().contains(&package.name);
        let versions = vec!["1.0.0".to_owned()];
        let info = Info::Published { versions, has_latest: true };
        Box::pin(async move { Ok(Ok(if is_there { info } else { Info::Unpublished })) })
    }

    fn pack<'a>(
        &'a self,
        _: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        Box::pin(async { Ok(Err(CommandError::default())) })
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            let name = request.package.name.clone();
            for needed in &request.package.dependencies {
                let there = self.there.lock().unwrap();
                assert!(there.contains(&needed.name), "{name} went before {}", needed.name);
            }
            // Others get their turn meanwhile.
            tokio::time::sleep(Duration::from_micros(
                name.bytes().map(u64::from).sum::<u64>() * 7 % 900,
            ))
            .await;
            self.uploads.lock().unwrap().push(name.clone());
            let fate = self.fates.lock().unwrap().remove(&name).unwrap_or(Fate::Taken);
            if matches!(fate, Fate::Taken | Fate::LostAndTaken) {
                assert!(self.there.lock().unwrap().insert(name.clone()), "{name} went twice");
            }
            let outcome = |result, code: Option<&str>, wait| Outcome {
                name,
                version: request.version.to_owned(),
                result,
                error: code.map(|code| CommandError::new(Some(code.to_owned()), None)),
                wait,
                credentials: None,
                held_by: None,
                staged: None,
            };
            let failed = PublishResult::Failed;
            Ok(match fate {
                Fate::Taken => outcome(PublishResult::Published, None, None),
                Fate::Refused => outcome(failed, Some("E403"), None),
                Fate::Later => outcome(failed, Some("E429"), Some(Duration::from_millis(1))),
                Fate::LostAndTaken | Fate::Lost => {
                    return Err(PublishError::TimedOut("upload".to_owned()));
                }
            })
        })
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Taken),
        1 => Just(Fate::Refused),
        1 => Just(Fate::LostAndTaken),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Later),
    ]
}

/// For each package what becomes of it, and which of those before it it needs.
fn repository() -> impl Strategy<Value = Vec<(Fate, Vec<bool>)>> {
    prop::collection::vec((fate(), prop::collection::vec(prop::bool::weighted(0.3), 9)), 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_that_no_failure_reaches_is_published_once_and_the_rest_by_the_next_run(
        packages in repository()
    ) {
        let name = |index: usize| format!("p{index}");
        let needs = |index: usize| {
            let (_, flags) = &packages[index];
            (0..index).filter(|other| flags[*other]).collect::<Vec<_>>()
        };
        let manifests: Vec<Value> = (0..packages.len())
            .map(|index| {
                let needed: serde_json::Map<String, Value> =
                    needs(index).into_iter().map(|other| (name(other), json!("^1.0.0"))).collect();
                json!({"name": name(index), "version": "1.0.0", "dependencies": needed})
            })
            .collect();
        let workspace = Space::new(&manifests);
        let workspace = workspace.read();
        let fates = packages.iter().enumerate().map(|(index, (fate, _))| (name(index), *fate));
        let registry = Registry {
            fates: Mutex::new(fates.collect()),
            there: Mutex::default(),
            uploads: Mutex::default(),
        };
        let report = plan(&registry, &workspace, &options());
        let none = PublishOptions::default();
        let first = wait(publish(&registry, &workspace, &report.plan, &none, &mut |_| {})).unwrap();

        let mut is_reached: Vec<bool> = Vec::new();
        for (index, (fate, _)) in packages.iter().enumerate() {
            let is_held = needs(index).iter().any(|need| is_reached[*need]);
            let fails = matches!(fate, Fate::Refused | Fate::Lost);
            let expected = match (is_held, fails) {
                (true, _) => PublishResult::Held,
                (false, true) => PublishResult::Failed,
                (false, false) => PublishResult::Published,
            };
            let outcome = first.outcomes.iter().find(|outcome| outcome.name == name(index)).unwrap();
            prop_assert_eq!(outcome.result, expected, "{}", outcome.name);
            if let Some(holder) = &outcome.held_by {
                let failed = first.failures().find(|failed| failed.name == *holder);
                prop_assert!(failed.is_some(), "{} holds {}", holder, outcome.name);
            }
            let uploads = registry.uploads.lock().unwrap();
            let count = uploads.iter().filter(|upload| **upload == name(index)).count();
            let most = usize::from(!is_held) + usize::from(!is_held && *fate == Fate::Later);
            prop_assert_eq!(count, most, "uploads of {}", name(index));
            is_reached.push(is_held || fails);
        }
        prop_assert_eq!(first.is_complete(), !is_reached.contains(&true));

        registry.fates.lock().unwrap().clear();
        let report = plan(&registry, &workspace, &options());
        let second = wait(publish(&registry, &workspace, &report.plan, &none, &mut |_| {})).unwrap();
        prop_assert!(second.is_complete(), "{:?}", second.rows());
        let missing = is_reached.iter().filter(|is_reached| **is_reached).count();
        prop_assert_eq!(second.outcomes.len(), missing);
        prop_assert_eq!(registry.there.lock().unwrap().len(), packages.len());
    }
}
