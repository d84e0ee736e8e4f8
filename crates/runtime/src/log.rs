//! The `tracing` layer: events become workflow commands under a runner and plain lines elsewhere.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use launchway_base::Location;
use tracing::field::{Field, Visit};
use tracing::{Event, Level as Severity, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::Console;
use crate::annotations::{Annotation, Level};

/// Writes events to a [`Console`]. `error!` and `warn!` annotate, with the fields `file`, `line`,
/// `col` and `title` as place and heading; `info!` is a line; `debug!` and `trace!` are shown when
/// debug logging is on. Other fields follow the message as `name=value`.
#[derive(Clone, Debug)]
pub struct ConsoleLayer {
    console: Arc<Console>,
}

impl ConsoleLayer {
    /// A layer that writes to `console`.
    pub fn new(console: Arc<Console>) -> Self {
        Self { console }
    }
}

/// A subscriber with the layer and the filter that belongs to the console: our own crates from
/// `info`, or everything of ours and others' warnings with debug logging.
pub fn subscriber(console: &Arc<Console>) -> impl Subscriber + Send + Sync + use<> {
    let (ours, others) = if console.is_debug() {
        (LevelFilter::TRACE, LevelFilter::WARN)
    } else {
        (LevelFilter::INFO, LevelFilter::OFF)
    };
    let filter = Targets::new().with_target("launchway", ours).with_default(others);
    tracing_subscriber::registry().with(ConsoleLayer::new(console.clone()).with_filter(filter))
}

impl<S: Subscriber> Layer<S> for ConsoleLayer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let text = said.message + &said.fields;
        let target = event.metadata().target();
        let ours = target.starts_with("launchway");
        let level = match *event.metadata().level() {
            Severity::ERROR if ours => Level::Error,
            Severity::WARN if ours => Level::Warning,
            Severity::INFO => return self.console.line(&text),
            _ => return self.console.debug(&format!("{target}: {text}")),
        };
        let mut annotation = Annotation::new(level, text);
        annotation.title = said.title;
        annotation.location =
            said.file.map(|file| Location { file, line: said.line, column: said.column });
        self.console.annotate(&annotation);
    }
}

#[derive(Default)]
struct Said {
    message: String,
    fields: String,
    title: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

impl Said {
    fn add(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.message = text,
            "title" => self.title = Some(text),
            "file" => self.file = Some(text),
            name => {
                let between =
                    if self.message.is_empty() && self.fields.is_empty() { "" } else { " " };
                let _infallible = write!(self.fields, "{between}{name}={text}");
            }
        }
    }
}

impl Visit for Said {
    fn record_u64(&mut self, field: &Field, value: u64) {
        let number = usize::try_from(value).ok();
        match field.name() {
            "line" => self.line = number,
            "col" => self.column = number,
            _ => self.add(field, value.to_string()),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.record_u64(field, value),
            Err(_) => self.add(field, value.to_string()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}"));
    }
}
