//! The inputs of `finish`.

use std::time::Duration;

use clap::Args;
use launchway_base::parse_duration;
use launchway_runtime::inputs::Verbatim;

use crate::place::Place;

/// The inputs of `finish`.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// The deployment: the output of `deployment-start`. When it is empty, as after a start that was killed, the one this job began in `environment` is
    /// looked for.
    #[arg(long, value_name = "ID")]
    pub deployment_id: Option<String>,

    /// Environment that was deployed to.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,

    /// How it went: `deployed`, `rolled-back`, `failed` or `cancelled`; a job's status, `success`, `failure` or `cancelled`, is understood. Unless given,
    /// told by `steps` and the status of the job.
    #[arg(long, value_name = "OUTCOME")]
    pub status: Option<String>,

    /// How the steps of the deploy went, as JSON: `{"deploy": "success", "health": "failure", "rollback": "success", "rollback-health": "success"}`, each a
    /// step's `outcome`. The expression `toJSON(steps)` does too, where the steps have these ids.
    #[arg(long, value_name = "JSON")]
    pub steps: Option<Verbatim>,

    /// How this job goes so far, which GitHub fills in.
    #[arg(long, value_name = "STATUS")]
    pub job_status: Option<String>,

    /// Where what was deployed can be seen. Unless given, what `deployment-start` was told.
    #[arg(long, value_name = "URL")]
    pub environment_url: Option<String>,

    /// What people read about how it ended, 140 characters at most.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,

    /// Where its log can be read. Unless given, the run.
    #[arg(long, value_name = "URL")]
    pub log_url: Option<String>,

    /// Where it is kept.
    #[command(flatten)]
    pub place: Place,

    /// Time in which everything ends, such as `30s`.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Print what would be written, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}
