//! Where the repository is hosted.

use git_cliff_core::config::{Remote, RemoteConfig};
use launchway_base::Failure;
use launchway_git::Git;

use crate::inputs::Inputs;

/// Whether the configuration names a host.
pub fn is_any_set(remotes: &RemoteConfig) -> bool {
    let RemoteConfig { github, gitlab, gitea, bitbucket, azure_devops, .. } = remotes;
    [github, gitlab, gitea, bitbucket, azure_devops].into_iter().any(Remote::is_set)
}

/// Whether flags ask for what only a host knows.
pub fn is_asked_for(inputs: &Inputs) -> bool {
    inputs.preset.is_some() || inputs.release_notes
}

/// The repository behind the remote of the checked-out branch; `None` when the branch has none, or
/// its address does not tell.
///
/// # Errors
/// Git cannot be asked.
pub fn find(git: &Git) -> Result<Option<Remote>, Failure> {
    let Some(branch) = git.current_branch()? else { return Ok(None) };
    let Some(remote) = git.config_get(&format!("branch.{branch}.remote"))? else {
        return Ok(None);
    };
    Ok(git.remote_address(&remote)?.and_then(|address| owner_and_name(&address)))
}

/// The last two parts of an address: `https://host/owner/name.git`, `git@host:owner/name`.
pub fn owner_and_name(address: &str) -> Option<Remote> {
    let address = address.strip_suffix(".git").unwrap_or(address);
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None if address.contains('@') && address.contains('/') => {
            let path = address.split(':').nth(1)?;
            // Deeper paths are refused as in the reference.
            return match path.split('/').collect::<Vec<_>>().as_slice() {
                [owner, repo] => Some(Remote::new(*owner, *repo)),
                _ => None,
            };
        }
        None => return None,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (before, repo) = path.rsplit_once('/')?;
    let owner = before.rsplit('/').next().unwrap_or_default();
    Some(Remote::new(owner, repo))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_kinds() {
        for (address, wanted) in [
            ("https://host.example/acme/api.git", "acme/api"),
            ("https://token@host.example:8443/a/b/acme/api", "acme/api"),
            ("ssh://git@host.example/acme/api.git", "acme/api"),
            ("git@host.example:acme/api.git", "acme/api"),
            ("git@host.example:a/acme/api.git", ""),
            ("/srv/git/api", ""),
            ("https://host.example", ""),
        ] {
            let found = owner_and_name(address).map(|remote| remote.to_string());
            assert_eq!(found.unwrap_or_default(), wanted, "{address}");
        }
    }
}
