//! What Launchway writes into a deployment, and how it finds its own again.

use launchway_base::Failure;
use launchway_github::Deployment;
use launchway_runtime::Session;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The key in the payload of a deployment.
const KEY: &str = "launchway";

/// What is deployed, and by which run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stamp {
    /// What is deployed.
    #[serde(flatten)]
    pub subject: Subject,
    /// Who deploys it; `None` outside of a workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
}

/// What is deployed, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its name, such as that of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    /// Its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A job of one attempt of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// The id of the run.
    pub id: u64,
    /// Its attempt, from 1.
    pub attempt: u64,
    /// The id of the job.
    pub job: String,
    /// Leg of the matrix the job is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leg: Option<Value>,
    /// The page for people.
    pub url: String,
}

impl Stamp {
    /// What stands in a deployment; `None` in one of another maker.
    pub fn of(deployment: &Deployment) -> Option<Self> {
        let parsed;
        let payload = match &deployment.payload {
            // A payload may be kept as text.
            Value::String(text) => {
                parsed = serde_json::from_str(text).unwrap_or(Value::Null);
                &parsed
            }
            payload => payload,
        };
        serde_json::from_value(payload.get(KEY)?.clone()).ok()
    }

    /// As the payload of a deployment.
    pub fn payload(&self) -> Map<String, Value> {
        let value = serde_json::to_value(self).unwrap_or_default();
        Map::from_iter([(KEY.to_owned(), value)])
    }
}

impl Run {
    /// The job this program runs in; `None` outside of a workflow.
    ///
    /// # Errors
    /// The runner's variables hold something else than they should; `matrix` is no JSON.
    pub fn of_this(session: &Session, matrix: Option<&str>) -> Result<Option<Self>, Failure> {
        let (context, env) = (session.context(), session.env());
        if env.get_os("GITHUB_RUN_ID").is_none() {
            return Ok(None);
        }
        let leg = match matrix.map(str::trim) {
            None | Some("" | "null" | "{}") => None,
            Some(text) => Some(serde_json::from_str(text).map_err(|error| {
                Failure::input("`matrix` is no JSON")
                    .caused_by(error)
                    .with_hint("leave it out: GitHub fills it in")
            })?),
        };
        let attempt =
            if env.get_os("GITHUB_RUN_ATTEMPT").is_some() { context.run_attempt()? } else { 1 };
        Ok(Some(Self {
            id: context.run_id()?,
            attempt,
            job: env.read("GITHUB_JOB")?.unwrap_or_default().to_owned(),
            leg,
            url: context.run_url()?,
        }))
    }

    /// Whether both are the same job of the same run, in whatever attempt.
    pub fn is_job_of(&self, other: &Self) -> bool {
        self.id == other.id && self.job == other.job && self.leg == other.leg
    }

    /// Whether both are the same job of the same attempt.
    pub fn is(&self, other: &Self) -> bool {
        self.is_job_of(other) && self.attempt == other.attempt
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(payload: Value) -> Deployment {
        Deployment {
            id: 1,
            sha: String::new(),
            reference: String::new(),
            task: "deploy".to_owned(),
            environment: "dev".to_owned(),
            payload,
            transient_environment: false,
        }
    }

    #[test]
    fn what_is_written_is_read_whatever_becomes_of_it_on_the_way() {
        let run = Run { id: 7, attempt: 2, job: "deploy".to_owned(), ..Run::default() };
        let subject = Subject { version: Some("1.2.3".to_owned()), ..Subject::default() };
        let stamp = Stamp { subject, run: Some(run) };
        let payload = Value::Object(stamp.payload());
        assert_eq!(Stamp::of(&deployment(payload.clone())), Some(stamp.clone()));
        assert_eq!(Stamp::of(&deployment(Value::String(payload.to_string()))), Some(stamp));
    }

    #[test]
    fn what_others_wrote_is_nobodys() {
        for payload in [
            json!(null),
            json!(""),
            json!("not json"),
            json!({}),
            json!({ "launchway": 7 }),
            json!({ "launchway": { "run": { "id": "seven" } } }),
            json!([1]),
        ] {
            assert_eq!(Stamp::of(&deployment(payload.clone())), None, "{payload}");
        }
        let newer = json!({ "launchway": { "version": "1", "of-later": true } });
        assert_eq!(
            Stamp::of(&deployment(newer)).and_then(|stamp| stamp.subject.version).as_deref(),
            Some("1")
        );
    }
}
