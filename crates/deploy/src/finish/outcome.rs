//! How a deploy went: told by its steps, or said. Pure.

use launchway_base::Failure;
use launchway_github::DeploymentState;
use serde_json::Value;

/// How a deploy went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What was to be deployed serves.
    Deployed,
    /// It does not, and what served before serves again.
    RolledBack,
    /// It does not.
    Failed,
    /// Somebody or a time limit ended it on the way.
    Cancelled,
}

impl Outcome {
    /// The word of the output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::RolledBack => "rolled-back",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The word `slack-notify` and the other channels know.
    pub fn status(self) -> &'static str {
        match self {
            Self::Deployed => "success",
            Self::RolledBack | Self::Failed => "failure",
            Self::Cancelled => "cancelled",
        }
    }

    /// What GitHub shows.
    pub fn state(self) -> DeploymentState {
        match self {
            Self::Deployed => DeploymentState::Success,
            Self::RolledBack | Self::Failed => DeploymentState::Failure,
            Self::Cancelled => DeploymentState::Error,
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "deployed" | "success" => Some(Self::Deployed),
            "rolled-back" => Some(Self::RolledBack),
            "failed" | "failure" => Some(Self::Failed),
            "cancelled" | "canceled" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// An outcome, and why it is that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// A reason in words.
    pub why: &'static str,
}

const fn verdict(outcome: Outcome, why: &'static str) -> Verdict {
    Verdict { outcome, why }
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Success,
    Failure,
    Cancelled,
    /// It did not run, or there is none.
    Skipped,
}

impl Step {
    fn read(text: &str) -> Option<Self> {
        match text.trim() {
            "success" => Some(Self::Success),
            "failure" => Some(Self::Failure),
            "cancelled" | "canceled" => Some(Self::Cancelled),
            "" | "skipped" => Some(Self::Skipped),
            _ => None,
        }
    }
}

/// Tells how it went: by `status` where it is given, else by `steps`, else by the job.
///
/// # Errors
/// One of them cannot be read.
pub fn tell(
    status: Option<&str>,
    steps: Option<&str>,
    job: Option<&str>,
) -> Result<Verdict, Failure> {
    let given =
        |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let job = match given(job) {
        Some(text) => Step::read(&text).ok_or_else(|| unknown("job-status", &text))?,
        None => Step::Skipped,
    };
    if let Some(text) = given(status) {
        let outcome = Outcome::read(&text).ok_or_else(|| unknown("status", &text))?;
        let why = match outcome {
            Outcome::Deployed => "it was deployed",
            Outcome::RolledBack => "it was rolled back",
            Outcome::Failed => "the deploy failed",
            Outcome::Cancelled => "the deploy was cancelled",
        };
        return Ok(verdict(outcome, why));
    }
    match given(steps) {
        Some(steps) => of_steps(&steps, job),
        None => Ok(match job {
            Step::Success => verdict(Outcome::Deployed, "the job went well"),
            Step::Cancelled => verdict(Outcome::Cancelled, "the job was cancelled"),
            Step::Failure => verdict(Outcome::Failed, "a step of the job failed"),
            Step::Skipped => {
                return Err(Failure::input("nothing says how the deploy went")
                    .with_hint("give `status`, or `steps`"));
            }
        }),
    }
}

fn unknown(name: &str, text: &str) -> Failure {
    Failure::input(format!("`{name}`: `{}` is no outcome", text.escape_debug())).with_hint(
        "write `deployed`, `rolled-back`, `failed` or `cancelled`, or a job's status: `success`, `failure`, `cancelled`",
    )
}

fn of_steps(text: &str, job: Step) -> Result<Verdict, Failure> {
    let hint = "give an object of steps, such as `{\"deploy\": \"success\"}`, or the expression `toJSON(steps)`";
    let steps: Value = serde_json::from_str(text)
        .map_err(|error| Failure::input("`steps` is no JSON").caused_by(error).with_hint(hint))?;
    if !steps.is_object() {
        return Err(Failure::input("`steps` is no object").with_hint(hint));
    }
    let step = |name: &str| -> Result<Step, Failure> {
        let value = match steps.get(name) {
            Some(Value::Object(step)) => step.get("outcome").or_else(|| step.get("conclusion")),
            value => value,
        };
        match value {
            None | Some(Value::Null) => Ok(Step::Skipped),
            Some(Value::String(text)) => Step::read(text).ok_or_else(|| {
                let text = text.escape_debug();
                Failure::input(format!("`steps`: `{text}` is not how a step, `{name}`, can go"))
                    .with_hint(
                        "a step's `outcome` is `success`, `failure`, `cancelled` or `skipped`",
                    )
            }),
            Some(_) => Err(Failure::input(format!("`steps`: `{name}` does not say how it went"))
                .with_hint(hint)),
        }
    };
    Ok(judge(step("deploy")?, step("health")?, step("rollback")?, step("rollback-health")?, job))
}

/// The decision. First what serves, then why the rest went wrong.
fn judge(deploy: Step, health: Step, rollback: Step, rollback_health: Step, job: Step) -> Verdict {
    use Step::{Cancelled, Failure, Skipped, Success};
    match (deploy, health, rollback, rollback_health) {
        // What ran after it, such as a message, changes nothing of what serves; but a rollback does.
        (Success, Success, Skipped, _) => {
            verdict(Outcome::Deployed, "it was deployed and is healthy")
        }
        (Success, Skipped, Skipped, _) if matches!(job, Success | Skipped) => {
            verdict(Outcome::Deployed, "it was deployed; nothing checked whether it is healthy")
        }
        (_, _, Success, Success) => {
            verdict(Outcome::RolledBack, "what served before is back and healthy")
        }
        (_, _, Success, Skipped) if job != Cancelled => verdict(
            Outcome::RolledBack,
            "what served before was put back; nothing checked whether it is healthy",
        ),
        (_, _, Success, Failure) => {
            verdict(Outcome::Failed, "it was rolled back, and what served before is not healthy")
        }
        (_, _, Cancelled | Success, _) => {
            verdict(Outcome::Cancelled, "the job was cancelled while it was rolled back")
        }
        (_, _, Failure, _) => verdict(Outcome::Failed, "the rollback failed, too"),
        (Failure, _, Skipped, _) => verdict(Outcome::Failed, "the deploy failed"),
        (_, Failure, Skipped, _) => verdict(Outcome::Failed, "it was deployed and is not healthy"),
        (Cancelled, _, Skipped, _) => {
            verdict(Outcome::Cancelled, "the job was cancelled while it deployed")
        }
        (Success, _, Skipped, _) if job == Failure => {
            verdict(Outcome::Failed, "it was deployed, and a step failed before it was checked")
        }
        (Success, _, Skipped, _) => {
            verdict(Outcome::Cancelled, "the job was cancelled before it was known to be healthy")
        }
        (Skipped, _, Skipped, _) if job == Cancelled => {
            verdict(Outcome::Cancelled, "the job was cancelled before it deployed")
        }
        (Skipped, _, Skipped, _) => verdict(Outcome::Failed, "the step `deploy` did not run"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(steps: &str, job: &str) -> &'static str {
        let steps: Vec<&str> = steps.split(' ').collect();
        let full = |short: &str| match short {
            "s" => "success",
            "f" => "failure",
            "c" => "cancelled",
            _ => "skipped",
        };
        let json = serde_json::json!({
            "deploy": full(steps[0]), "health": { "outcome": full(steps[1]), "outputs": {} },
            "rollback": full(steps[2]), "rollback-health": full(steps[3]), "other": { "outcome": "odd" },
        });
        tell(None, Some(&json.to_string()), Some(full(job))).unwrap().outcome.word()
    }

    #[test]
    fn the_steps_tell_the_outcome() {
        // deploy, health, rollback, health after it; the job so far; what it is.
        for (steps, job, outcome) in [
            ("s s - -", "s", "deployed"),
            // The message after it failed, or the job was cancelled then: it serves all the same.
            ("s s - -", "f", "deployed"),
            ("s s - -", "c", "deployed"),
            ("s - - -", "s", "deployed"),
            ("s - - -", "f", "failed"),
            ("s - - -", "c", "cancelled"),
            ("s f - -", "f", "failed"),
            ("s f s s", "f", "rolled-back"),
            ("s f s -", "f", "rolled-back"),
            ("s f s -", "c", "cancelled"),
            ("s f s f", "f", "failed"),
            ("s f s c", "c", "cancelled"),
            ("s f f -", "f", "failed"),
            ("s f c -", "c", "cancelled"),
            ("s c - -", "c", "cancelled"),
            ("f - - -", "f", "failed"),
            ("f - s s", "f", "rolled-back"),
            ("f - s -", "f", "rolled-back"),
            ("f - s f", "f", "failed"),
            ("f - f -", "f", "failed"),
            ("f - - -", "c", "failed"),
            ("c - - -", "c", "cancelled"),
            ("- - - -", "f", "failed"),
            ("- - - -", "s", "failed"),
            ("- - - -", "c", "cancelled"),
        ] {
            assert_eq!(told(steps, job), outcome, "{steps}, job {job}");
        }
    }

    /// Whatever the steps say, `deployed` needs a deploy that went well, no check that did not, and
    /// nothing put back.
    #[test]
    fn nothing_else_is_deployed() {
        let words = ["s", "f", "c", "-"];
        for case in 0..4_usize.pow(5) {
            let [deploy, health, rollback, after, job] =
                [0, 1, 2, 3, 4].map(|at| words[case / 4_usize.pow(at) % 4]);
            let steps = format!("{deploy} {health} {rollback} {after}");
            let outcome = told(&steps, job);
            let may = deploy == "s" && matches!(health, "s" | "-") && rollback == "-";
            assert!(may || outcome != "deployed", "{steps}, job {job}: {outcome}");
            assert!(rollback == "s" || outcome != "rolled-back", "{steps}, job {job}: {outcome}");
        }
    }

    #[test]
    fn what_is_said_counts_first() {
        let word = |status, steps, job| tell(status, steps, job).map(|it| it.outcome.word());
        let steps = Some(r#"{"deploy":"failure"}"#);
        assert_eq!(word(Some("rolled-back"), steps, Some("success")).unwrap(), "rolled-back");
        assert_eq!(word(Some(" success "), None, None).unwrap(), "deployed");
        assert_eq!(word(Some(""), steps, Some("success")).unwrap(), "failed");
        assert_eq!(word(None, None, Some("success")).unwrap(), "deployed");
        assert_eq!(word(None, None, Some("failure")).unwrap(), "failed");
        assert_eq!(word(None, None, Some("cancelled")).unwrap(), "cancelled");
        assert_eq!(word(None, Some("{}"), Some("failure")).unwrap(), "failed");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (status, steps, job, says) in [
            (Some("done"), None, None, "`status`: `done` is no outcome"),
            (None, None, Some("odd"), "`job-status`: `odd` is no outcome"),
            (None, None, None, "nothing says how the deploy went"),
            (None, Some("{"), Some("success"), "`steps` is no JSON"),
            (None, Some("[]"), Some("success"), "`steps` is no object"),
            (None, Some(r#"{"deploy":"great"}"#), None, "is not how a step, `deploy`, can go"),
            (None, Some(r#"{"health":7}"#), None, "`health` does not say how it went"),
        ] {
            let failure = tell(status, steps, job).unwrap_err();
            assert!(failure.to_string().contains(says), "{failure}");
            assert!(failure.hint().is_some());
        }
    }
}
