//! `publish-plan`, `pack` and `publish`: what the registry lacks, made into tarballs, published.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use launchway_base::{Failure, Secret, show_duration};
use launchway_publish::{
    Credentials, Entry, Event, PackageManager, Plan, PlanOptions, PlanReport, PublishOptions,
    Runner, ask, choose_manager, make_plan, private_tags,
};
use launchway_runtime::{files, hidden_from_children};
use launchway_versioning::{Repository, pre_state};

use crate::context::Context;
use crate::events::Events;
use crate::report;
use crate::tags::{Release, make_tags, untagged};

/// A package manager with the workspace it publishes.
struct Shop {
    repository: Repository,
    manager: Box<dyn PackageManager>,
    credentials: Credentials,
}

impl Shop {
    async fn open(context: &Context<'_>) -> Result<Self, Failure> {
        let repository = context.settings()?;
        let runner = runner(context);
        let credentials = Credentials::observe(&runner, &repository.workspace.root);
        let manager = choose_manager(&repository.workspace, runner).await?;
        Ok(Self { repository, manager, credentials })
    }

    /// Asks the registry, and says what is worth saying about the answers.
    async fn plan(&self, context: &Context<'_>, tag: Option<String>) -> Result<Plan, Failure> {
        let workspace = &self.repository.workspace;
        let config = &self.repository.config;
        let options = PlanOptions {
            tag,
            pre_tag: pre_state(&workspace.root)?.map(|pre| pre.tag),
            access: config.access.clone(),
            ignore: config.ignore.clone(),
            tag_private: config.tag_private,
            protocol_only: config.protocol_only,
            python_elsewhere: python_elsewhere(context)?,
        };
        let asked = ask(self.manager.as_ref(), workspace, &options, &self.credentials).await?;
        let untagged = untagged(context, workspace, private_tags(workspace, &options))?;
        let made = make_plan(workspace, &asked, untagged, &options)?;
        say(context, &made);
        Ok(made.plan)
    }
}

/// Whether another job uploads Python packages.
fn python_elsewhere(context: &Context<'_>) -> Result<bool, Failure> {
    match context.args.text("pythonPublish").as_deref() {
        None | Some("" | "upload") => Ok(false),
        Some("tag") => Ok(true),
        Some(other) => {
            Err(Failure::input(format!("`--python-publish` is `{}`", other.escape_debug()))
                .with_hint("it is `upload` or `tag`"))
        }
    }
}

fn say(context: &Context<'_>, made: &PlanReport) {
    let session = context.session;
    if !made.not_found.is_empty() {
        session.say(&format!("Not in the registry yet: {}", report::list(&made.not_found)));
    }
    if !made.first_as_latest.is_empty() {
        session.say(&format!(
            "Published as `latest` in spite of pre mode, having no normal release: {}",
            report::list(&made.first_as_latest)
        ));
    }
    if made.already_published > 0 {
        session.say(&format!("Published already: {}", made.already_published));
    }
    if let Some(notice) = made.wait_notice() {
        session.say(&notice);
    }
    for cycle in &made.cycles {
        session.warn(&format!(
            "{} depend on each other in a circle, so they are published at once",
            report::list(cycle)
        ));
    }
}

/// Package managers get the environment without our own inputs.
fn runner(context: &Context<'_>) -> Runner {
    let hidden: HashSet<String> =
        hidden_from_children(context.session.env(), &["*"]).into_iter().collect();
    let env = std::env::vars_os()
        .filter(|(name, _)| !name.to_str().is_some_and(|name| hidden.contains(name)));
    Runner::new(env).with_deadline(context.deadline)
}

fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::internal("cannot start").caused_by(error))?
        .block_on(work)
}

fn lines(plan: &Plan) -> String {
    let mut text = Vec::new();
    if plan.publishes().next().is_some() {
        text.push("To publish:".to_owned());
    }
    text.extend(plan.publishes().map(|entry| match entry {
        Entry::Publish { name, version, tag, .. } if !tag.is_empty() => {
            format!("  {name}@{version} ({tag})")
        }
        Entry::Publish { name, version, .. } | Entry::TagOnly { name, version } => {
            format!("  {name}@{version}")
        }
    }));
    if plan.tag_only().next().is_some() {
        text.push("To tag:".to_owned());
    }
    text.extend(plan.tag_only().map(|entry| format!("  {}@{}", entry.name(), entry.version())));
    if text.is_empty() { "Nothing to publish or tag.".to_owned() } else { text.join("\n") }
}

/// `publish-plan`
pub(crate) fn publish_plan(context: &Context<'_>) -> Result<u8, Failure> {
    wait(async {
        let shop = Shop::open(context).await?;
        let plan = shop.plan(context, None).await?;
        let Some(output) = context.output() else {
            context.session.say(&lines(&plan));
            return Ok(0);
        };
        let path = context.cwd.join(&output);
        let failed = |error| Failure::input(format!("cannot write `{output}`")).caused_by(error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&path, plan.to_json()).map_err(failed)?;
        Ok(0)
    })
}

/// `pack`
pub(crate) fn pack(context: &Context<'_>) -> Result<u8, Failure> {
    let out_dir = context.args.text("outDir").ok_or_else(|| {
        Failure::input("`pack` needs `--out-dir`").with_hint("name the folder for the tarballs")
    })?;
    wait(async {
        let shop = Shop::open(context).await?;
        let plan = match context.args.text("fromPublishPlan") {
            Some(file) => read_plan(&context.cwd.join(&file), &file)?,
            None => shop.plan(context, None).await?,
        };
        let out_dir = context.cwd.join(out_dir);
        let workspace = &shop.repository.workspace;
        let packed =
            launchway_publish::pack(shop.manager.as_ref(), workspace, &plan, &out_dir).await?;
        let names: Vec<String> = packed
            .plan
            .publishes()
            .map(|entry| format!("  {}@{}", entry.name(), entry.version()))
            .collect();
        context.session.say(&if names.is_empty() {
            "Nothing to pack.".to_owned()
        } else {
            format!("Packed:\n{}", names.join("\n"))
        });
        Ok(0)
    })
}

fn read_plan(path: &Path, shown: &str) -> Result<Plan, Failure> {
    let text = files::read_text(path, files::INPUT_LIMIT)
        .map_err(|failure| failure.while_doing("cannot read the publish plan"))?;
    Ok(Plan::from_json(shown, &text)?)
}

/// `publish`
pub(crate) fn publish(context: &Context<'_>) -> Result<u8, Failure> {
    let mut events = Events::open(context)?;
    let pack_dir: Option<PathBuf> =
        context.args.text("fromPackDir").map(|dir| context.cwd.join(dir));
    let tag = context.args.text("tag").filter(|tag| !tag.is_empty());
    if pack_dir.is_some() && tag.is_some() {
        return Err(Failure::input("`--tag` cannot be used with `--from-pack-dir`")
            .with_hint("the packed plan says the tag; pack again to change it"));
    }
    wait(async {
        let shop = Shop::open(context).await?;
        let workspace = &shop.repository.workspace;
        let plan = match &pack_dir {
            Some(dir) => read_plan(&dir.join("publish-plan.json"), "publish-plan.json")?,
            None => {
                check_tag(context, &shop, tag.as_deref())?;
                shop.plan(context, tag).await?
            }
        };
        if plan.is_empty() {
            context.session.say("Nothing to publish or tag.");
            return Ok(0);
        }
        context.session.say(&lines(&plan));
        let options = PublishOptions {
            pack_dir: pack_dir.as_deref(),
            otp: context.args.text("otp").map(Secret::new),
            interactive: std::io::stdin().is_terminal(),
            credentials: shop.credentials.clone(),
            protocol_only: shop.repository.config.protocol_only,
            deadline: context.deadline,
        };
        let published = launchway_publish::publish(
            shop.manager.as_ref(),
            workspace,
            &plan,
            &options,
            &mut |event| progress(context, &event),
        )
        .await?;
        if !context.args.is_given("gitTag") || context.args.is_on("gitTag") {
            let releases: Vec<Release> = published
                .to_tag()
                .map(|(name, version)| Release {
                    name: name.to_owned(),
                    version: version.to_owned(),
                })
                .collect();
            if !releases.is_empty() {
                let made = make_tags(context, workspace, &releases, &mut events)?;
                context.session.say(&made.to_string());
            }
        }
        if published.is_complete() { Ok(0) } else { Err(incomplete(&published.rows())) }
    })
}

fn check_tag(context: &Context<'_>, shop: &Shop, tag: Option<&str>) -> Result<(), Failure> {
    let pre = pre_state(&shop.repository.workspace.root)?;
    match (tag, &pre) {
        (Some(_), Some(pre)) if pre.mode == launchway_changesets::PreMode::Pre => {
            Err(Failure::input("`--tag` cannot be used in pre mode").with_hint(
                "packages go to the tag of pre mode; leave it with `launchway-changeset pre exit`",
            ))
        }
        (_, Some(pre)) => {
            context.session.warn(&format!(
                "in pre mode: packages go to the tag `{}`, those without a normal release to `latest`",
                pre.tag
            ));
            Ok(())
        }
        (Some(tag), None) => {
            if tag != "latest" {
                context.session.warn(&format!("packages go to the tag `{tag}`"));
            }
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

fn progress(context: &Context<'_>, event: &Event<'_>) {
    match event {
        Event::Started(count) => context.session.say(&format!("Publishing {count} packages …")),
        Event::SecondFactor { package } => context.session.say(&format!(
            "`{package}` needs a second factor; answer the package manager, and let it skip the question for five minutes"
        )),
        Event::Waiting { package, wait } => context.session.say(&format!(
            "  {package}: the registry's rate limit is reached; tried again in {}",
            show_duration(*wait)
        )),
        Event::Done(outcome) => context.session.say(&format!(
            "  {}@{}: {}",
            outcome.name,
            outcome.version,
            outcome.describe()
        )),
    }
}

fn incomplete(rows: &[[String; 3]]) -> Failure {
    let rows: Vec<String> =
        rows.iter().map(|[name, version, what]| format!("  {name}@{version}: {what}")).collect();
    Failure::partial(format!("not everything was published:\n{}", rows.join("\n")))
        .with_hint("once the cause is gone, run it again: what is there is left alone")
}
