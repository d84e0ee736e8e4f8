//! The inputs: command line, action and documentation in one struct.

use std::time::Duration;

use clap::{ArgAction, Command, CommandFactory, Parser, ValueEnum};
use launchway_base::parse_duration;
use launchway_runtime::inputs::Verbatim;

use crate::reason::Reason;

/// The health checker: does what was deployed serve, in the wanted version, steadily; and if not, why.
///
/// Exit code 0 when every target is healthy, 1 when one is not or the time is up, 2 for bad input.
#[derive(Clone, Debug, Parser)]
#[command(name = "launchway-health")]
pub struct Inputs {
    /// What to look at, one target per line, `URL` or `name=URL`: `http://`, `https://`, `tcp://`, `tls://`,
    /// `grpc://`, `grpcs://`, `postgres://`, `mysql://`, `redis://`, `rediss://`, `dns:NAME` or `exec:COMMAND`. They are
    /// looked at in parallel.
    #[arg(long, value_name = "TARGET")]
    pub url: Vec<String>,

    /// On a command line: the same as `url`.
    #[arg(value_name = "TARGET", id = "target")]
    pub positional: Vec<String>,

    /// The same as `url`, for a list of several.
    #[arg(long, value_name = "TARGET")]
    pub targets: Vec<String>,

    /// File with targets, one per line; lines that begin with `#` are left out.
    #[arg(long, value_name = "PATH")]
    pub url_file: Option<String>,

    /// The same as `url-file`.
    #[arg(long, value_name = "PATH")]
    pub targets_file: Option<String>,

    /// What is healthy. `wait`: becomes so within `timeout`. `once`: is so at one look. `watch`: stays so for the whole
    /// of `bake-time`.
    #[arg(long, value_enum, default_value_t)]
    pub mode: Mode,

    /// Total time, such as `5m`, in which everything ends. Unless given `2m`, with `watch` as long as `bake-time` needs.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Longest time of one look, from name lookup to the last byte.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    pub request_timeout: Duration,

    /// Pause between two looks.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_duration)]
    pub interval: Duration,

    /// By how many percent a pause is shortened at random at most, so that many checkers do not strike as one.
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub jitter: u8,

    /// How the pause grows while a target fails. `constant`: not at all. `exponential`: it doubles up to `max-interval`.
    #[arg(long, value_enum, default_value_t)]
    pub backoff: Backoff,

    /// Longest pause with `backoff: exponential`.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub max_interval: Duration,

    /// Pause before the first look.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    pub initial_delay: Duration,

    /// So many successes in a row are healthy.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub success_threshold: u32,

    /// So many failures are unhealthy: in a row with `wait`, where it is unlimited unless given; in all with `watch`, where it is
    /// 1 unless given.
    #[arg(long, value_name = "COUNT")]
    pub failure_threshold: Option<u32>,

    /// Time for which a target must have been healthy without a failure, with `wait`.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    pub stable_for: Duration,

    /// Time for which a target must stay healthy, with `watch`.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub bake_time: Option<Duration>,

    /// Whether faults that waiting does not mend end the check of a target at once: a certificate that is untrusted, expired or for other
    /// names, a redirect loop, 401 and 403, a refused login or address.
    #[arg(long, value_name = "true|false", default_value = "true", action = ArgAction::Set)]
    pub fail_fast: bool,

    /// Reasons that are worth waiting for all the same, such as `tls_untrusted`, one per line or with commas between.
    #[arg(long, value_name = "REASON", value_delimiter = ',')]
    pub retry_on: Vec<Reason>,

    /// Turn the verdict round: healthy is a target that fails, as after a shutdown. What was not asked at all, such as a
    /// refused address or a command that does not exist, has not failed in this sense.
    #[arg(long)]
    pub invert: bool,

    /// Statuses that are good: numbers and ranges, `200-299,304`.
    #[arg(long, value_name = "STATUSES", default_value = "200-299")]
    pub expected_status: String,

    /// Text that the body holds.
    #[arg(long, value_name = "TEXT", action = ArgAction::Append)]
    pub expected_body: Vec<Verbatim>,

    /// Regular expression that finds something in the body, one per line.
    #[arg(long, value_name = "REGEX")]
    pub expected_body_regex: Vec<String>,

    /// What the body holds as JSON, one per line: a JSON pointer with `=`, `!=`, `<`, `<=`, `>`, `>=` and a value, or `~` and a
    /// regular expression: `/status=ok`. A pointer alone must exist.
    #[arg(long, value_name = "POINTER=VALUE")]
    pub expected_json: Vec<String>,

    /// Headers of the answer, one per line: `Name: value`, `Name ~ REGEX`, or a name alone, which must be there.
    #[arg(long, value_name = "HEADER")]
    pub expected_header: Vec<String>,

    /// Version that must answer, such as that of the release or a commit's hash: an old one that answers is not healthy.
    #[arg(long, value_name = "VERSION")]
    pub expected_version: Option<String>,

    /// Where the version stands in the answer: `json:/POINTER`, `header:NAME` or `regex:REGEX`, whose first group it is.
    /// Unless given `json:/version`; where it is given, an empty `expected-version` is an error.
    #[arg(long, value_name = "PLACE")]
    pub version_from: Option<String>,

    /// Longest time in milliseconds that a good answer may take, from start to end.
    #[arg(long, value_name = "MILLISECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_latency_ms: Option<u64>,

    /// Days that a certificate must still be valid.
    #[arg(long, value_name = "DAYS")]
    pub min_certificate_days: Option<u32>,

    /// Method of requests.
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub method: String,

    /// Headers of requests, one per line: `Name: value`. Logins in them stay with the origin of the target.
    #[arg(long, value_name = "HEADER")]
    pub headers: Vec<String>,

    /// File with headers of requests, one per line.
    #[arg(long, value_name = "PATH")]
    pub headers_file: Option<String>,

    /// Body of requests.
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    pub body: Option<Verbatim>,

    /// File with the body of requests.
    #[arg(long, value_name = "PATH")]
    pub body_file: Option<String>,

    /// Which redirects are followed, ten at most. `false`: none, `expected-status` decides on the redirect itself. `same-host`: those
    /// to the same host. `true`: all.
    #[arg(long, value_enum, default_value_t)]
    pub follow_redirects: Follow,

    /// The most bytes of a body that are read, after decompression.
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024)]
    pub max_body_bytes: usize,

    /// File with certificates of authorities in PEM form to trust besides those of the system.
    #[arg(long, value_name = "PATH")]
    pub ca_file: Option<String>,

    /// File with the client certificate, and those above it, in PEM form.
    #[arg(long, value_name = "PATH", requires = "key_file")]
    pub cert_file: Option<String>,

    /// File with the key of the client certificate in PEM form.
    #[arg(long, value_name = "PATH", requires = "cert_file")]
    pub key_file: Option<String>,

    /// Take any certificate. What answers may then be anybody.
    #[arg(long)]
    pub insecure: bool,

    /// Addresses for names, instead of asking a name server, one per line: `HOST:PORT:ADDRESS`, as with curl; `*` is every port.
    #[arg(long, value_name = "HOST:PORT:ADDRESS")]
    pub resolve: Vec<String>,

    /// Which addresses of a name are asked. `auto`: both families, whichever answers first.
    #[arg(long, value_enum, default_value_t)]
    pub ip_version: IpVersion,

    /// Addresses that are asked although they are usually refused. `link-local`: link-local ones and those of a cloud's metadata
    /// service. Loopback and private addresses are always asked.
    #[arg(long, value_enum)]
    pub allow_private: Option<AllowPrivate>,

    /// File for the report with every look, as JSON; of a very long run with the first and the last ones. In a workflow there is one unless given, in the runner's folder for
    /// temporary files.
    #[arg(long, value_name = "PATH")]
    pub report_file: Option<String>,

    /// File for a report in the form of `JUnit`.
    #[arg(long, value_name = "PATH")]
    pub junit_file: Option<String>,
}

/// What is healthy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Becomes so in time.
    #[default]
    Wait,
    /// Is so at one look.
    Once,
    /// Stays so.
    Watch,
}

/// How pauses grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Backoff {
    /// Not at all.
    #[default]
    Constant,
    /// They double.
    Exponential,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Follow {
    /// None.
    #[default]
    #[value(name = "false")]
    No,
    /// Those to the same host.
    SameHost,
    /// All.
    #[value(name = "true")]
    Yes,
}

/// Which addresses of a name are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum IpVersion {
    /// Both families.
    #[default]
    Auto,
    /// `IPv4` only.
    #[value(name = "4")]
    V4,
    /// `IPv6` only.
    #[value(name = "6")]
    V6,
}

/// Addresses that are asked although they are usually refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AllowPrivate {
    /// Link-local ones, and those of metadata services.
    LinkLocal,
}

/// The program's command line.
pub fn command() -> Command {
    Inputs::command()
}
