//! The order of publishing, failures and second factors, with a manager that does as it is told.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use launchway_base::{Fault as _, Secret};
use launchway_publish::{
    CommandError, Entry, Event, Info, Outcome, PackRequest, PackageManager, Plan, PublishError,
    PublishOptions, PublishRequest, PublishResult, Published, publish,
};
use launchway_workspace::{Package, Workspace};

use crate::space::{Space, ask_error, options, plan, three, wait};

/// Answers as scripted, else well; remembers what it was asked to publish.
#[derive(Debug, Default)]
struct Told {
    results: Mutex<HashMap<String, VecDeque<PublishResult>>>,
    seen: Mutex<Vec<String>>,
}

impl Told {
    fn to(results: &[(&str, &[PublishResult])]) -> Self {
        let results = results
            .iter()
            .map(|(name, list)| ((*name).to_owned(), list.iter().copied().collect()))
            .collect();
        Self { results: Mutex::new(results), seen: Mutex::default() }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl PackageManager for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn otp(&self, given: Option<&Secret>) -> Option<Secret> {
        given.cloned()
    }

    fn info<'a>(
        &'a self,
        _: &'a Workspace,
        _: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
        Box::pin(async { Ok(Ok(Info::Unpublished)) })
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        Box::pin(async move {
            std::fs::write(request.tarball, request.package.name.as_bytes()).unwrap();
            Ok(Ok(request.tarball.to_owned()))
        })
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        Box::pin(async move {
            let name = &request.package.name;
            let how = match (request.interactive, request.otp, request.tarball) {
                (true, ..) => " at the terminal",
                (_, Some(_), _) => " with a password",
                (_, _, Some(_)) => " from a tarball",
                _ => "",
            };
            self.seen.lock().unwrap().push(format!("{name}{how}"));
            let result = self.results.lock().unwrap().get_mut(name).and_then(VecDeque::pop_front);
            let result = result.unwrap_or(PublishResult::Published);
            if result == PublishResult::Failed {
                return Err(PublishError::TimedOut("told publish".to_owned()));
            }
            Ok(Outcome {
                name: name.clone(),
                version: request.version.to_owned(),
                result,
                error: None,
                credentials: None,
                held_by: None,
                wait: None,
                staged: None,
            })
        })
    }
}

fn run(told: &Told, options: &PublishOptions<'_>) -> (Published, Vec<String>) {
    let space = Space::new(&three());
    let workspace = space.read();
    let report = plan(told, &workspace, &crate::space::options());
    let mut events = Vec::new();
    let published = wait(publish(told, &workspace, &report.plan, options, &mut |event| {
        events.push(match event {
            Event::Started(count) => format!("started {count}"),
            Event::SecondFactor { package } => format!("second factor {package}"),
            Event::Waiting { package, .. } => format!("waiting {package}"),
            Event::Done(outcome) => format!("done {}", outcome.name),
        });
    }));
    (published.unwrap(), events)
}

fn tags(published: &Published) -> Vec<String> {
    published.to_tag().map(|(name, version)| format!("{name}@{version}")).collect()
}

#[test]
fn what_is_needed_is_published_first() {
    let told = Told::default();
    let (published, events) = run(&told, &PublishOptions::default());
    assert_eq!(told.seen(), ["@acme/a", "@acme/b"]);
    assert_eq!(events, ["started 2", "done @acme/a", "done @acme/b"]);
    assert!(published.is_complete());
    assert_eq!(tags(&published), ["app@0.1.0", "@acme/a@1.0.0", "@acme/b@1.1.0"]);
}

#[test]
fn what_failed_holds_what_needs_it() {
    let told = Told::to(&[("@acme/a", &[PublishResult::Failed])]);
    let (published, _) = run(&told, &PublishOptions::default());
    assert_eq!(told.seen(), ["@acme/a"]);
    assert!(!published.is_complete());
    assert!(tags(&published).is_empty());
    let rows = published.rows();
    let whats: Vec<&str> = rows.iter().map(|row| row[2].as_str()).collect();
    assert_eq!(
        whats,
        ["failed: `told publish` did not end in time", "held by @acme/a", "held by @acme/a"]
    );
}

#[test]
fn what_was_there_already_is_no_failure() {
    let told = Told::to(&[("@acme/a", &[PublishResult::AlreadyPublished])]);
    let (published, _) = run(&told, &PublishOptions::default());
    assert!(published.is_complete());
    assert_eq!(published.already_there().count(), 1);
    assert_eq!(tags(&published), ["app@0.1.0", "@acme/b@1.1.0"]);
    assert_eq!(published.rows()[0][2], "was already published");
}

#[test]
fn without_a_terminal_a_second_factor_is_a_failure_that_says_what_to_do() {
    let told = Told::to(&[("@acme/a", &[PublishResult::NeedsSecondFactor])]);
    let (published, _) = run(&told, &PublishOptions::default());
    assert_eq!(told.seen(), ["@acme/a"]);
    let failure = published.failures().next().unwrap().describe();
    assert!(failure.contains("needs a second factor") && failure.contains("--otp"), "{failure}");
}

#[test]
fn at_a_terminal_the_package_manager_asks() {
    let told = Told::to(&[("@acme/a", &[PublishResult::NeedsSecondFactor])]);
    let interactive = PublishOptions { interactive: true, ..PublishOptions::default() };
    let (published, events) = run(&told, &interactive);
    assert_eq!(told.seen(), ["@acme/a", "@acme/a at the terminal", "@acme/b"]);
    assert_eq!(events[1], "second factor @acme/a");
    assert!(published.is_complete());

    // With a password nobody is asked until the password is refused.
    let told = Told::to(&[("@acme/b", &[PublishResult::NeedsSecondFactor])]);
    let given = PublishOptions {
        interactive: true,
        otp: Some(Secret::new("123456")),
        ..PublishOptions::default()
    };
    let (published, _) = run(&told, &given);
    assert_eq!(
        told.seen(),
        ["@acme/a with a password", "@acme/b with a password", "@acme/b at the terminal"]
    );
    assert!(published.is_complete());
}

#[test]
fn a_refusal_says_which_credentials_were_there() {
    #[derive(Debug)]
    struct Refusing;
    impl PackageManager for Refusing {
        fn name(&self) -> &'static str {
            "refusing"
        }
        fn otp(&self, _: Option<&Secret>) -> Option<Secret> {
            None
        }
        fn info<'a>(
            &'a self,
            _: &'a Workspace,
            package: &'a Package,
        ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
            let error =
                CommandError::new(Some("E401".into()), Some(format!("no {}", package.name)));
            Box::pin(async { Ok(Err(error)) })
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
                Ok(Outcome {
                    name: request.package.name.clone(),
                    version: request.version.to_owned(),
                    result: PublishResult::Failed,
                    error: Some(CommandError::new(Some("ENEEDAUTH".into()), None)),
                    credentials: None,
                    held_by: None,
                    wait: None,
                    staged: None,
                })
            })
        }
    }
    let space = Space::new(&three());
    let workspace = space.read();
    let error = ask_error(&Refusing, &space);
    assert_eq!(
        error.to_string(),
        "cannot ask the registry about `@acme/a`: E401: no @acme/a; `@acme/b`: E401: no @acme/b"
    );
    assert!(error.hint().unwrap().contains("id-token: write"));
    assert_eq!(error.kind().code(), 3);

    let report = plan(&Told::default(), &workspace, &options());
    let publishing = PublishOptions::default();
    let published =
        wait(publish(&Refusing, &workspace, &report.plan, &publishing, &mut |_| {})).unwrap();
    let said = published.failures().next().unwrap().describe();
    assert!(
        said.starts_with("failed: ENEEDAUTH: unknown error\ncredentials: trusted publishing"),
        "{said}"
    );

    let out = space.outside().join("out");
    let error =
        wait(launchway_publish::pack(&Refusing, &workspace, &report.plan, &out)).unwrap_err();
    assert_eq!(error.to_string(), "cannot pack `@acme/a`: unknown error");
}

#[test]
fn tarballs_are_checked_before_anything_is_published() {
    let (space, told) = (Space::new(&three()), Told::default());
    let workspace = space.read();
    let report = plan(&told, &workspace, &options());
    let out = space.outside().join("out dir");
    let packed = wait(launchway_publish::pack(&told, &workspace, &report.plan, &out)).unwrap();
    let text = std::fs::read_to_string(&packed.file).unwrap();
    assert_eq!(packed.file, out.join("publish-plan.json"));
    assert_eq!(Plan::from_json("p", &text).unwrap(), packed.plan);
    assert!(text.contains("\"path\": \"packages/acme-a-1.0.0.tgz\""), "{text}");
    assert!(text.contains("\"integrity\": \"sha256-"), "{text}");

    let options = PublishOptions { pack_dir: Some(&out), ..PublishOptions::default() };
    let published = wait(publish(&told, &workspace, &packed.plan, &options, &mut |_| {})).unwrap();
    assert_eq!(told.seen(), ["@acme/a from a tarball", "@acme/b from a tarball"]);
    assert!(published.is_complete());

    std::fs::write(out.join("packages/acme-b-1.1.0.tgz"), "another").unwrap();
    let told = Told::default();
    let error = wait(publish(&told, &workspace, &packed.plan, &options, &mut |_| {})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tarball `packages/acme-b-1.1.0.tgz` of `@acme/b` is not usable: its hash is not the planned one"
    );
    assert!(told.seen().is_empty());
}

#[test]
fn a_plan_for_another_workspace_is_refused() {
    let (space, told) = (Space::new(&three()), Told::default());
    let entry = Entry::TagOnly { name: "@acme/aa".into(), version: "1.0.0".into() };
    let plan = Plan { chunks: vec![vec![entry]] };
    let options = PublishOptions::default();
    let error = wait(publish(&told, &space.read(), &plan, &options, &mut |_| {})).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean `@acme/a`?"));
}
