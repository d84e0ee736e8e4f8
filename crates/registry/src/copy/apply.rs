//! The plan is carried out: blobs, then manifests, in order.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::part::{CopyPlan, Role};
use super::{BLOBS, Copied};
use crate::{Registry, RegistryError, Sent, Which};

impl Registry {
    /// Copies what a plan says. Stopped anywhere, it is completed by planning and copying again.
    ///
    /// # Errors
    /// A registry refuses or cannot be reached; what was copied stays, and no tag of an image has
    /// moved.
    pub async fn copy(&self, plan: &CopyPlan) -> Result<Copied, RegistryError> {
        let mut done = Copied { present: 0, ..Copied::default() };
        let blobs = plan.blobs();
        let copies = blobs.iter().map(|blob| async move {
            match self.copy_blob(&plan.from, &plan.to, blob).await {
                Ok(sent) => Ok(Some((sent, blob.size))),
                // It names other places, and is only there.
                Err(error) if error.is_not_found() && !blob.urls.is_empty() => Ok(None),
                Err(error) => Err(error),
            }
        });
        let mut copies = stream::iter(copies).buffer_unordered(BLOBS);
        while let Some(copied) = copies.try_next().await? {
            let Some((sent, size)) = copied else { continue };
            match sent {
                Sent::Present => done.present += 1,
                Sent::Mounted => done.mounted += 1,
                Sent::Copied => {
                    done.blobs += 1;
                    done.bytes += size;
                }
            }
        }
        for part in &plan.parts {
            match &part.role {
                // An image may itself speak of another; it is listed then.
                Role::Image | Role::Referrer => {
                    self.put_referrer(&plan.to, &part.manifest).await?;
                }
                Role::Tagged(tag) => {
                    self.put_manifest(&plan.to, &Which::Tag(tag.clone()), &part.manifest).await?;
                }
            }
            done.manifests += 1;
        }
        Ok(done)
    }
}
