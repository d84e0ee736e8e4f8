//! `status`: what the changesets will release, and why.

use launchway_base::Failure;
use launchway_changesets::{Plan, PlanInput};
use launchway_versioning::changed_packages;

use crate::context::Context;
use crate::report;

pub(crate) fn status(context: &Context<'_>) -> Result<u8, Failure> {
    let reference = context.args.text("since");
    let repository = match &reference {
        Some(reference) => context.repository_since(reference)?,
        None => context.repository()?,
    };
    let git = context.git(&repository.workspace.root);
    let plan = Plan::make(PlanInput {
        workspace: &repository.workspace,
        config: &repository.config,
        changesets: &repository.changesets,
        pre: repository.pre.as_ref(),
        snapshot: None,
    })
    .map_err(|error| repository.locate(error))?;
    let base = reference.as_deref().unwrap_or(&repository.config.base_branch);
    let changed = changed_packages(&repository, base, &git)?;
    if !changed.is_empty() && plan.changesets.is_empty() {
        return Err(Failure::rejected(format!(
            "{} changed since `{base}` and no changeset was found",
            report::list(&changed)
        ))
        .with_hint(
            "run `launchway-changeset add`, or `launchway-changeset add --empty` if nothing is to be released",
        ));
    }
    report::complaints(context.session, &plan);
    if let Some(output) = context.output() {
        let text = serde_json::to_string_pretty(&plan)
            .map_err(|error| Failure::internal("the plan is no JSON").caused_by(error))?;
        std::fs::write(context.cwd.join(&output), text)
            .map_err(|error| Failure::input(format!("cannot write `{output}`")).caused_by(error))?;
        return Ok(0);
    }
    context.session.say(&report::tree(&plan, context.args.is_on("verbose")));
    Ok(0)
}
