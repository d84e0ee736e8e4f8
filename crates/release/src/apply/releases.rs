//! GitHub Releases: at once without assets; else drafted, given their assets, and published last.
//! A draft that an earlier run left is continued.

use std::cell::OnceCell;

use launchway_base::Failure;
use launchway_github::{
    ApiError, Asset, AssetContent, Created, GitHub, MakeLatest, NewAsset, NewRelease, Release,
    ReleaseUpdate, TagRelease,
};
use launchway_runtime::{Annotation, Level, Session};
use launchway_workspace::{Workspace, name_field, parse_version};

use super::State;
use super::lines::Lines;
use super::tags::explain;
use crate::assets::{self, Content, Local, Step};
use crate::extras::Extras;
use crate::observe::read_text;
use crate::plan::TagWish;
use crate::world::World;
use crate::{changelog_entry, notes};

/// What Releases are made with.
pub(super) struct Releases<'a> {
    pub(super) session: &'a Session,
    pub(super) world: &'a World,
    pub(super) workspace: &'a Workspace,
    pub(super) github: &'a GitHub,
    pub(super) extras: &'a Extras,
    pub(super) lines: &'a Lines<'a>,
    pub(super) drafts: OnceCell<Vec<Release>>,
}

impl Releases<'_> {
    /// Makes what is missing of the Release of a tag that is there.
    /// `seen` is what was found of it at first.
    pub(super) async fn ensure(&self, wish: &TagWish, seen: Option<&TagRelease>) -> State {
        match self.attempt(wish, seen).await {
            Ok(state) => state,
            Err(failure) => State::Failed(explain(&failure)),
        }
    }

    async fn attempt(&self, wish: &TagWish, seen: Option<&TagRelease>) -> Result<State, Failure> {
        let patterns = self.extras.assets_of(wish.package.as_deref());
        if patterns.is_empty() {
            return match seen {
                Some(found) => Ok(State::There(found.url.clone())),
                None => self.at_once(wish).await,
            };
        }
        let found = self.github.release_by_tag(&self.world.repo, &wish.tag).await?;
        if let Some(found) = found {
            let lacking = assets::lacking(&patterns, &self.extras.checksums, &found.assets);
            if !lacking.is_empty() {
                self.complete(wish, &found, &patterns, &lacking).await?;
            }
            return Ok(State::There(found.url));
        }
        let files = self.files(wish, &patterns)?;
        self.drafted(wish, &files).await
    }

    fn files(&self, wish: &TagWish, patterns: &[String]) -> Result<Vec<Local>, Failure> {
        collect(self.workspace, wish, patterns, self.extras).map_err(|failure| {
            let commit = wish.commit_or(&self.world.sha);
            if commit == self.world.sha {
                return failure;
            }
            let hint = format!("re-run the job of commit {commit}, which brought this version");
            Failure::input(failure.chain()).with_hint(hint)
        })
    }

    /// One call: nothing can be left half done.
    async fn at_once(&self, wish: &TagWish) -> Result<State, Failure> {
        let repo = &self.world.repo;
        let new = self.new_release(wish).await?;
        let error = match self.github.create_release(repo, &new).await {
            Ok(Created::New(made)) => return Ok(State::Made(made.url)),
            Ok(Created::AlreadyThere) => None,
            Err(error) => Some(error),
        };
        match (self.github.release_by_tag(repo, &wish.tag).await, error) {
            (Ok(Some(found)), _) => Ok(State::There(found.url)),
            (_, Some(error)) | (Err(error), None) => Err(error.into()),
            (Ok(None), None) => Ok(State::Failed(
                "GitHub says there is one, but shows none: it may be a draft, which nobody sees until it is published".to_owned(),
            )),
        }
    }

    async fn drafted(&self, wish: &TagWish, files: &[Local]) -> Result<State, Failure> {
        let repo = &self.world.repo;
        let new = self.new_release(wish).await?;
        let (draft, is_ours) = self.draft(wish, &new).await?;
        self.upload(wish, &draft, files).await?;
        let publish = ReleaseUpdate {
            draft: Some(false),
            prerelease: Some(new.prerelease),
            make_latest: Some(new.make_latest),
            ..ReleaseUpdate::default()
        };
        let error = match self.github.update_release(repo, draft.id, &publish).await {
            Ok(made) if !made.draft => return Ok(State::Made(made.url)),
            Ok(_) => Failure::remote("GitHub took the order to publish the draft, but did not"),
            Err(error) => error.into(),
        };
        // The answer may have got lost, or another run was faster.
        match self.github.release_by_tag(repo, &wish.tag).await? {
            Some(found) if found.id == draft.id => Ok(State::Made(found.url)),
            Some(found) => {
                if is_ours {
                    self.github.delete_release(repo, draft.id).await?;
                }
                Ok(State::There(found.url))
            }
            None => Err(error),
        }
    }

    /// The draft of a tag, and whether this run made it. Only the list shows drafts.
    async fn draft(&self, wish: &TagWish, new: &NewRelease) -> Result<(Release, bool), Failure> {
        let repo = &self.world.repo;
        let of = |all: &[Release]| {
            let drafts = all.iter().filter(|release| release.draft && release.tag_name == wish.tag);
            drafts.min_by_key(|release| release.id).cloned()
        };
        if self.drafts.get().is_none() {
            let listed = self.github.releases(repo).await?;
            let _ = self.drafts.set(listed);
        }
        if let Some(found) = self.drafts.get().and_then(|all| of(all)) {
            self.session.say(&format!("{}: an earlier run left a draft, which goes on", wish.tag));
            return Ok((found, false));
        }
        let draft = NewRelease { draft: true, make_latest: MakeLatest::False, ..new.clone() };
        match self.github.create_release(repo, &draft).await {
            Ok(Created::New(made)) => Ok((made, true)),
            Ok(Created::AlreadyThere) => {
                Err(Failure::remote("GitHub says there is one, but shows none"))
            }
            Err(error) => match of(&self.github.releases(repo).await?) {
                Some(found) => Ok((found, true)),
                None => Err(error.into()),
            },
        }
    }

    /// Adds to a published Release what it lacks.
    async fn complete(
        &self,
        wish: &TagWish,
        found: &Release,
        patterns: &[String],
        lacking: &[String],
    ) -> Result<(), Failure> {
        if found.immutable {
            return Err(Failure::rejected(format!(
                "it is published and can never be changed, but {}",
                lacking.join(", ")
            ))
            .with_hint("GitHub takes no assets for immutable Releases; release the next version"));
        }
        let files = self.files(wish, patterns)?;
        self.upload(wish, found, &files).await
    }

    async fn upload(
        &self,
        wish: &TagWish,
        release: &Release,
        files: &[Local],
    ) -> Result<(), Failure> {
        let repo = &self.world.repo;
        let there = self.github.release_assets(repo, release.id).await?;
        let steps = assets::compare(files, &there, release.draft);
        let differs = steps.iter().any(|step| matches!(step, Step::Differs(_)));
        let lacks = steps.iter().any(|step| matches!(step, Step::Upload(..)));
        if differs && lacks {
            return Err(Failure::rejected(
                "it is published with assets of other bytes than the files here, so those it lacks would not fit",
            )
            .with_hint("upload what is missing by hand, from the build that made the others"));
        }
        for step in steps {
            let Step::Upload(local, broken) = step else { continue };
            if let Some(id) = broken {
                self.github.delete_asset(repo, id).await?;
            }
            self.send(release, local).await.map_err(|failure| {
                let named = format!("asset `{}`: {}", local.name, failure.chain());
                let hint = failure.hint().map(str::to_owned);
                let named = Failure::new(failure.kind(), named);
                match hint {
                    Some(hint) => named.with_hint(hint),
                    None => named,
                }
            })?;
            self.session.say(&format!(
                "{}: uploaded `{}` ({} bytes, sha256 {})",
                wish.tag, local.name, local.size, local.sha256
            ));
        }
        Ok(())
    }

    /// Uploads one file. Without a clear answer it is looked for; only what is not there, or not
    /// whole, is sent once more.
    async fn send(&self, release: &Release, local: &Local) -> Result<(), Failure> {
        let new = NewAsset {
            name: local.name.clone(),
            content_type: assets::media_type(&local.name),
            size: local.size,
            content: match &local.content {
                Content::File(path) => AssetContent::File(path.clone()),
                Content::Text(text) => AssetContent::Bytes(text.clone().into_bytes()),
            },
        };
        let mut tries_left = 2;
        loop {
            tries_left -= 1;
            let error: Failure = match self.github.upload_asset(release, &new).await {
                Ok(asset) if asset.is_whole() && asset.size == local.size => return Ok(()),
                Ok(asset) => Failure::remote(format!(
                    "of the asset `{}` GitHub has {} of {} bytes",
                    local.name, asset.size, local.size
                )),
                Err(error) if !is_unclear(&error) => return Err(error.into()),
                Err(error) => error.into(),
            };
            let there: Vec<Asset> =
                self.github.release_assets(&self.world.repo, release.id).await?;
            let wanted = std::slice::from_ref(local);
            match assets::compare(wanted, &there, release.draft).first() {
                Some(Step::Fine(_)) => return Ok(()),
                Some(Step::Upload(_, broken)) if tries_left > 0 => {
                    if let Some(id) = broken {
                        self.github.delete_asset(&self.world.repo, *id).await?;
                    }
                }
                _ => return Err(error),
            }
        }
    }

    async fn new_release(&self, wish: &TagWish) -> Result<NewRelease, Failure> {
        let version = wish.version.as_deref().and_then(parse_version);
        let prerelease = version.as_ref().is_some_and(|version| !version.pre.is_empty());
        let make_latest = match (&version, wish.package.as_deref()) {
            _ if prerelease => MakeLatest::False,
            (Some(version), Some(package)) if self.lines.is_behind(package, version).await? => {
                MakeLatest::False
            }
            (Some(_), _) if self.workspace.is_single() => MakeLatest::True,
            // Of several packages none is the latest of them all: GitHub goes by date.
            _ => MakeLatest::Legacy,
        };
        Ok(NewRelease {
            tag_name: wish.tag.clone(),
            name: self.title_of(wish),
            body: self.notes(wish),
            draft: false,
            prerelease,
            make_latest,
            target_commitish: None,
        })
    }

    fn title_of(&self, wish: &TagWish) -> String {
        let (Some(title), Some(package), Some(version)) =
            (&self.extras.title, wish.package.as_deref(), wish.version.as_deref())
        else {
            return wish.tag.clone();
        };
        title.fill(|field| match field {
            "version" => version.to_owned(),
            "tag" => wish.tag.clone(),
            "name" => package.to_owned(),
            other => name_field(other, package),
        })
    }

    /// The version's entry in the changelog; without one a line that says so.
    fn notes(&self, wish: &TagWish) -> String {
        let package = wish.package.as_deref().and_then(|name| self.workspace.package(name));
        let (Some(package), Some(version)) = (package, wish.version.as_deref()) else {
            return format!("Release of `{}`.", wish.tag);
        };
        let path = package.path_of("CHANGELOG.md");
        let url = self.world.file_url(&wish.tag, self.workspace, &path);
        let Some(changelog) = read_text(self.workspace, &path) else {
            return format!("Version {version} of `{}`.", package.name);
        };
        match changelog_entry::find(&changelog, package.manifest_name(), version) {
            Some(entry) if !entry.text.is_empty() => notes::cut(entry.text, &url),
            Some(_) => format!("Version {version} of `{}`.", package.name),
            None => {
                let text = format!(
                    "`{path}` has no entry for {version}: the Release of `{}` gets short notes",
                    wish.tag
                );
                let place = launchway_base::Location::file(path);
                self.session.annotate(&Annotation::new(Level::Warning, text).at(place));
                format!(
                    "Version {version} of `{}`. The [changelog]({url}) has no entry for it.",
                    package.name
                )
            }
        }
    }
}

/// Whether GitHub may have done it nevertheless.
fn is_unclear(error: &ApiError) -> bool {
    use launchway_github::ErrorKind::{AlreadyExists, Server, Transport, Unexpected};
    matches!(error.kind, AlreadyExists | Server | Transport(_) | Unexpected)
}

fn collect(
    workspace: &Workspace,
    wish: &TagWish,
    patterns: &[String],
    extras: &Extras,
) -> Result<Vec<Local>, Failure> {
    let package = wish.package.as_deref().and_then(|name| workspace.package(name));
    let dir = package.map_or("", |package| package.dir.as_str());
    assets::collect(workspace, dir, patterns, &extras.checksums)
}

/// Whether the files of all Releases that are to be made are there: before anything is done.
pub fn check_assets<'a>(
    workspace: &Workspace,
    extras: &Extras,
    wishes: impl Iterator<Item = &'a TagWish>,
) -> Result<(), Failure> {
    for wish in wishes {
        let patterns = extras.assets_of(wish.package.as_deref());
        collect(workspace, wish, &patterns, extras)?;
    }
    Ok(())
}
