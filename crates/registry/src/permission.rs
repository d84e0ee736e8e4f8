//! Whether a login may write, before anything is written.

use launchway_http::Method;

use crate::client::{Access, Call};
use crate::{Registry, RegistryError, Repository};

impl Registry {
    /// Begins an upload and gives it up: a registry has no other way to ask whether a login may
    /// write. Nothing comes of it; what is left of it a registry clears away.
    ///
    /// # Errors
    /// The registry does not let it begin.
    pub async fn check_push(&self, repository: &Repository) -> Result<(), RegistryError> {
        let call = Call::new(repository, Method::POST, "blobs/uploads/").access(Access::Write);
        let response = self.ask(&call).await?;
        let place = response.header("location").map(|text| response.url.join(text));
        if let Some(Ok(place)) = place
            && launchway_http::origin(&place) == launchway_http::origin(&response.url)
        {
            let call = Call::new(repository, Method::DELETE, "").access(Access::Write).page(place);
            if let Err(error) = self.ask(&call).await {
                tracing::debug!("the upload was not given up: {error}");
            }
        }
        Ok(())
    }
}
