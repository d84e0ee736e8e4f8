//! What is said of a plan: lines, outputs, summary. Pure.

use launchway_runtime::{Markdown, Summary};
use serde_json::json;

use super::outputs::Outputs;
use super::plan::Plan;
use crate::tags::plan::Plan as Tags;

/// What came out in the end.
pub(super) struct Decided<'a> {
    pub(super) plan: &'a Plan,
    /// The tags; `None` where none were computed.
    pub(super) tags: Option<&'a Tags>,
    /// Why nothing is built.
    pub(super) idle: Option<String>,
}

impl Decided<'_> {
    /// Why nothing is published.
    fn kept_back(&self) -> Option<&str> {
        self.idle.as_deref().or(self.plan.kept_back.as_deref())
    }

    /// What happens to the image, as a sentence.
    pub(super) fn verdict(&self) -> String {
        let images = self.plan.images.join(" and ");
        match (&self.idle, &self.plan.kept_back) {
            (Some(why), _) => format!("nothing is built: {why}"),
            (None, Some(why)) => format!("what passes is not published: {why}"),
            (None, None) => format!("what passes is published as {images}"),
        }
    }

    /// A line for each platform.
    pub(super) fn lines(&self) -> Vec<String> {
        let rows = self.plan.rows.iter().map(|row| {
            let how = if row.emulated { ", emulated" } else { "" };
            format!("{} on {}{how}", row.platform, row.runner_name())
        });
        rows.collect()
    }

    pub(super) fn outputs(&self) -> Outputs {
        let Plan { rows, images, attest, package, key, files, .. } = self.plan;
        let platforms: Vec<&str> = rows.iter().map(|row| row.platform.as_str()).collect();
        let push = self.kept_back().is_none();
        let tags = self.tags.filter(|_| self.idle.is_none());
        Outputs {
            build: Some(self.idle.is_none().to_string()),
            push: Some(push.to_string()),
            attest: Some((push && *attest).to_string()),
            matrix: Some(json!({ "include": rows }).to_string()),
            platforms: Some(platforms.join(",")),
            image: images.first().cloned(),
            package: Some(package.clone().unwrap_or_default()),
            tags: Some(tags.map(|tags| tags.tags.join("\n")).unwrap_or_default()),
            labels: Some(tags.map(|tags| tags.labels.lines().join("\n")).unwrap_or_default()),
            version: Some(tags.map(|tags| tags.version.clone()).unwrap_or_default()),
            key: Some(key.clone()),
            files: Some(files.clone()),
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let summary = Summary::new().heading(3, "Build").paragraph(self.verdict().as_str());
        if self.idle.is_some() {
            return summary;
        }
        let rows = self.plan.rows.iter().map(|row| {
            let runner = Markdown::code(&row.runner_name());
            vec![
                Markdown::code(&row.platform),
                if row.emulated { runner.and(", emulated") } else { runner },
            ]
        });
        let summary = summary.table(&["Platform", "Runner"], rows);
        match self.tags {
            Some(tags) => summary.append(crate::tags::report::summary(tags)),
            None => summary,
        }
    }
}
