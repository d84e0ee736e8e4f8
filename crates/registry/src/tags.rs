//! The list of tags.

use launchway_http::Method;
use serde::Deserialize;

use crate::client::Call;
use crate::{Registry, RegistryError, Repository, Tag, link};

/// More pages than any repository has; a registry that goes in circles ends here.
const MOST_PAGES: usize = 10_000;
/// More tags than any repository has.
const MOST_TAGS: usize = 1_000_000;
/// What is asked for at once. Registries may give less, or all.
const PAGE: &str = "1000";

impl Registry {
    /// All tags of a repository, sorted as text. A repository that does not exist is
    /// [`RegistryError::NotFound`].
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<Tag>, RegistryError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut call = Call::new(repository, Method::GET, "tags/list").query("n", PAGE);
        let mut tags = Vec::new();
        for _ in 0..MOST_PAGES {
            let response = self.ask(&call).await?;
            let page: Page = response.json()?;
            for text in page.tags.unwrap_or_default() {
                match text.parse() {
                    Ok(tag) => tags.push(tag),
                    Err(error) => tracing::warn!("{repository}: passed over: {error}"),
                }
            }
            match link::next(&call.what, &response)? {
                Some(next) if next == response.url || tags.len() > MOST_TAGS => break,
                Some(next) => call = call.page(next),
                None => {
                    tags.sort();
                    tags.dedup();
                    return Ok(tags);
                }
            }
        }
        Err(RegistryError::Unexpected {
            what: repository.to_string(),
            reason: "the list of tags has no end".to_owned(),
        })
    }
}
