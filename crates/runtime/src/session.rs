//! One run of a program: everything of the outside in one value.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use launchway_base::Failure;

use crate::annotations::{Annotation, Level};
use crate::console::{Console, Foreign, Group, Stream};
use crate::outputs::CommandFile;
use crate::summary::SummaryFile;
use crate::{Context, Environment, OutputSet, ProgramInfo, Summary, hidden_from_children};

/// What a program has in hand while it runs.
#[derive(Debug)]
pub struct Session {
    info: ProgramInfo,
    env: Environment,
    context: Context,
    console: Arc<Console>,
    outputs: CommandFile,
    state: CommandFile,
    summary: SummaryFile,
}

impl Session {
    /// The session of this process.
    pub fn for_process(info: ProgramInfo, env: Environment) -> Self {
        let console = Console::for_process(&env);
        Self::new(info, env, console)
    }

    /// A session on other writers, for tests.
    pub fn with_writers(
        info: ProgramInfo,
        env: Environment,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
    ) -> Self {
        let console = Console::with_writers(&env, out, err);
        Self::new(info, env, console)
    }

    fn new(info: ProgramInfo, env: Environment, console: Console) -> Self {
        let file = |name| env.get_os(name).map(Path::new);
        Self {
            outputs: CommandFile::new(file("GITHUB_OUTPUT"), "output"),
            state: CommandFile::new(file("GITHUB_STATE"), "state value"),
            summary: SummaryFile::new(file("GITHUB_STEP_SUMMARY")),
            context: Context::new(&env),
            console: Arc::new(console),
            info,
            env,
        }
    }

    /// What the program is called.
    pub fn info(&self) -> &ProgramInfo {
        &self.info
    }

    /// The environment at the start.
    pub fn env(&self) -> &Environment {
        &self.env
    }

    /// What triggered the run.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The streams.
    pub fn console(&self) -> &Arc<Console> {
        &self.console
    }

    /// Writes a line of the log.
    pub fn say(&self, text: &str) {
        self.console.line(text);
    }

    /// Writes a document to stdout. Call [`Self::stdout_is_a_document`] before anything is said.
    pub fn document(&self, text: &str) {
        self.console.document(text);
    }

    /// Writes a document to stdout that may hold foreign text. Under a runner, which reads commands
    /// from there, lines that would act are made plain text; elsewhere it is as it is.
    ///
    /// # Errors
    /// It cannot be written, as on a full disk.
    pub fn inert_document(&self, text: &str) -> Result<(), Failure> {
        self.console
            .inert_document(text)
            .map_err(|error| Failure::input("cannot write to standard output").caused_by(error))
    }

    /// From here on everything but documents goes to stderr, masks too.
    pub fn stdout_is_a_document(&self) {
        self.console.log_to(Stream::Stderr);
        crate::mask::announce_on(Stream::Stderr);
    }

    /// Annotates.
    pub fn annotate(&self, annotation: &Annotation) {
        self.console.annotate(annotation);
    }

    /// Warns, without a place.
    pub fn warn(&self, message: &str) {
        self.annotate(&Annotation::new(Level::Warning, message));
    }

    /// Gives notice, without a place.
    pub fn notice(&self, message: &str) {
        self.annotate(&Annotation::new(Level::Notice, message));
    }

    /// Starts a group; dropping the guard ends it.
    pub fn group(&self, title: &str) -> Group<'_> {
        self.console.group(title)
    }

    /// Starts the output of another program; dropping the guard ends it.
    pub fn foreign(&self) -> Foreign<'_> {
        self.console.foreign()
    }

    /// Hands outputs to later steps, in every spelling. Without `GITHUB_OUTPUT` nothing is
    /// written; who wants them on stdout asks [`crate::outputs::to_json`].
    ///
    /// # Errors
    /// They do not fit a job's budget, or the runner's file cannot be written.
    pub fn write_outputs(&self, set: &impl OutputSet) -> Result<(), Failure> {
        if let Some(warning) = self.outputs.write(&set.pairs())? {
            self.warn(&warning);
        }
        Ok(())
    }

    /// Saves state for the post step of an action.
    ///
    /// # Errors
    /// As for [`Self::write_outputs`].
    pub fn save_state(&self, name: &str, value: &str) -> Result<(), Failure> {
        self.state.write(&[(name, value)]).map(|_| ())
    }

    /// Appends to the job summary, redacted and within the step's budget; warns when it was cut.
    ///
    /// # Errors
    /// The runner's file cannot be written.
    pub fn summarize(&self, summary: &Summary) -> Result<(), Failure> {
        if self.summary.write(summary)? {
            self.notice("the summary was cut, it would be larger than a runner takes");
        }
        Ok(())
    }

    /// The variables to take out of a child's environment; see [`hidden_from_children`].
    pub fn hidden_from_children(&self, keep: &[&str]) -> Vec<String> {
        hidden_from_children(&self.env, keep)
    }

    /// Shows the failure that ends the command: annotation, log, summary.
    pub fn fail(&self, failure: &Failure) {
        self.console.finish();
        self.console.annotate_last(&Annotation::of(failure, self.info.name));
        let mut summary = Summary::new().heading(3, format!("{} failed", self.info.name));
        summary = summary.paragraph(failure.chain());
        if let Some(place) = failure.location() {
            summary = summary.paragraph(
                crate::Markdown::raw("At ").and(crate::Markdown::code(&place.to_string())),
            );
        }
        if let Some(hint) = failure.hint() {
            summary = summary
                .note(crate::Markdown::bold("Next:").and(crate::Markdown::raw(" ")).and(hint));
        }
        if let Err(unwritten) = self.summary.write(&summary) {
            self.console.annotate_last(&Annotation::of(&unwritten, self.info.name));
        }
    }
}
