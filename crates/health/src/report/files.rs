//! The files of the report: known to be writable before anything is looked at, and written whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use launchway_base::Failure;
use launchway_runtime::{Environment, workflow};

use super::{Report, json, junit};

/// How long a pipe or a device may take for a report.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the report goes.
#[derive(Clone, Debug, Default)]
pub struct Places {
    report: Option<PathBuf>,
    junit: Option<PathBuf>,
}

impl Places {
    /// Reads the inputs `report-file` and `junit-file` and makes their folders. In a workflow the
    /// report goes to the runner's folder for temporary files unless a place is given; where that
    /// cannot be written there is none.
    ///
    /// # Errors
    /// A place that was given cannot be written, or both are the same.
    pub fn prepare(
        report: Option<&str>,
        junit: Option<&str>,
        env: &Environment,
    ) -> Result<Self, Failure> {
        let given = |path: Option<&str>| path.filter(|path| !path.is_empty()).map(PathBuf::from);
        let (mut report, junit) = (given(report), given(junit));
        for (input, path) in [("report-file", &report), ("junit-file", &junit)] {
            if let Some(path) = path {
                check(path).map_err(|error| unwritable(input, path, error))?;
            }
        }
        if let (Some(one), Some(other)) = (&report, &junit)
            && are_one(one, other)
        {
            return Err(Failure::input(format!(
                "`report-file` and `junit-file` are both `{}`",
                one.display()
            ))
            .with_hint("give each a file of its own"));
        }
        if report.is_none() && env.is_runner() {
            report = env.get_os("RUNNER_TEMP").map(own_name).filter(|path| check(path).is_ok());
        }
        Ok(Self { report, junit })
    }

    /// The path of the report, as text.
    pub fn report(&self) -> Option<&str> {
        self.report.as_deref().and_then(Path::to_str)
    }

    /// Writes the JSON where there is a place for it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_json(&self, report: &Report<'_>) -> Result<(), Failure> {
        place("report-file", self.report.as_deref(), &|out| json::write(report, out))
    }

    /// Writes the `JUnit` XML where there is a place for it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_junit(&self, report: &Report<'_>) -> Result<(), Failure> {
        place("junit-file", self.junit.as_deref(), &|out| junit::write(report, out))
    }
}

fn place(input: &str, path: Option<&Path>, content: &Content<'_>) -> Result<(), Failure> {
    match path {
        Some(path) => replace(path, content).map_err(|error| unwritable(input, path, error)),
        None => Ok(()),
    }
}

type Content<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

/// Whether two paths, whose folders exist, lead to one file. What is no plain file, such as
/// `/dev/null` or a pipe, takes both.
fn are_one(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| match fs::canonicalize(path) {
        Ok(found) => found.is_file().then_some(found),
        Err(_) => {
            let folder = fs::canonicalize(folder(path).unwrap_or(Path::new("."))).ok()?;
            Some(folder.join(path.file_name()?))
        }
    };
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// A file in a folder that no other step's report has.
fn own_name(folder: &std::ffi::OsStr) -> PathBuf {
    let token = workflow::random_token();
    let token = token.get(..16).unwrap_or(&token);
    Path::new(folder).join(format!("launchway-health-{token}.json"))
}

fn unwritable(input: &str, path: &Path, error: io::Error) -> Failure {
    Failure::input(format!("cannot write `{input}` to `{}`", path.display()))
        .caused_by(error)
        .with_hint(format!("name a file with `{input}` in a folder that may be written to"))
}

/// Makes the folder of a file and sees whether the file can be written, which stays as it is.
fn check(path: &Path) -> io::Result<()> {
    if let Some(folder) = folder(path) {
        fs::create_dir_all(folder)?;
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_file() => {
            let opened = OpenOptions::new().append(true).open(path).map(drop);
            // What cannot be written may still be replaced.
            opened.or_else(|error| trial(path).map_err(|_| error))
        }
        // A pipe or a device: what becomes of it is seen when it is written.
        Ok(_) => Ok(()),
        // A link to what is not there is not replaced, and not followed to where it leads.
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => trial(path),
        Err(error) => Err(error),
    }
}

fn folder(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

/// Makes a file beside this one, and takes it away again.
fn trial(path: &Path) -> io::Result<()> {
    let beside = beside(path);
    // Left by a run of the same number that was killed.
    drop(fs::remove_file(&beside));
    File::create_new(&beside)?;
    fs::remove_file(&beside)
}

/// Writes a file through a new one beside it; what is no plain file, in place.
fn replace(path: &Path, content: &Content<'_>) -> io::Result<()> {
    // Its folder may have been cleaned away since it was made.
    if let Some(folder) = folder(path) {
        fs::create_dir_all(folder)?;
    }
    // Through a link, the file behind it.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_plain = match fs::symlink_metadata(&target) {
        Ok(found) => found.is_file(),
        Err(_) => true,
    };
    match path.to_str() {
        // Through the log's own descriptor, as what it leads to may be a file.
        Some("/dev/stdout" | "/dev/fd/1") => patiently(|| Ok(io::stdout()), content),
        Some("/dev/stderr" | "/dev/fd/2") => patiently(|| Ok(io::stderr()), content),
        _ if is_plain => anew(&target, content),
        _ => patiently(move || File::options().write(true).open(target), content),
    }
}

/// Writes a file through a new one beside it.
fn anew(target: &Path, content: &Content<'_>) -> io::Result<()> {
    let beside = beside(target);
    drop(fs::remove_file(&beside));
    let done = File::create_new(&beside)
        .and_then(|file| into(file, content))
        .and_then(|()| fs::rename(&beside, target));
    if done.is_err() {
        drop(fs::remove_file(&beside));
    }
    match done {
        // A file mounted by itself, or in a folder that takes no new one, can be written in place only.
        Err(error) if target.is_file() && error.kind() != ErrorKind::StorageFull => {
            let file = OpenOptions::new().write(true).truncate(true).open(target);
            into(file.map_err(|_| error)?, content)
        }
        done => done,
    }
}

/// Writes to a pipe or a device, which may never take it.
fn patiently<W: Write>(
    open: impl FnOnce() -> io::Result<W> + Send + 'static,
    content: &Content<'_>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    content(&mut bytes)?;
    let (tell, told) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let done = open().and_then(|mut out| {
            out.write_all(&bytes)?;
            out.flush()
        });
        // Nobody waits any more when it took too long.
        let _told = tell.send(done);
    })?;
    told.recv_timeout(PATIENCE)
        .unwrap_or_else(|_| Err(io::Error::new(ErrorKind::TimedOut, "nobody reads it")))
}

fn into(file: File, content: &Content<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    out.flush()
}
