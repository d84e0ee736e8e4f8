//! Package managers of several ecosystems, as one.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use launchway_base::Secret;
use launchway_workspace::{Package, Workspace};

use super::{CommandError, Info, Outcome, PackRequest, PackageManager, PublishRequest};
use crate::PublishError;

/// Hands each package to the manager of its ecosystem.
#[derive(Debug)]
pub struct Several {
    main: Box<dyn PackageManager>,
    others: Vec<(&'static str, Box<dyn PackageManager>)>,
    name: String,
}

impl Several {
    /// `main` for all ecosystems but those named with the others.
    pub fn new(
        main: Box<dyn PackageManager>,
        others: Vec<(&'static str, Box<dyn PackageManager>)>,
    ) -> Self {
        let names: Vec<&str> =
            [main.name()].into_iter().chain(others.iter().map(|(_, other)| other.name())).collect();
        let name = names.join(" and ");
        Self { main, others, name }
    }

    /// The place of a package's manager in [`Several::all`].
    fn place(&self, package: &Package) -> usize {
        let id = package.ecosystem.id();
        self.others.iter().position(|(ecosystem, _)| *ecosystem == id).map_or(0, |at| at + 1)
    }

    fn of(&self, package: &Package) -> &dyn PackageManager {
        self.all().nth(self.place(package)).unwrap_or(self.main.as_ref())
    }

    fn all(&self) -> impl Iterator<Item = &dyn PackageManager> {
        std::iter::once(self.main.as_ref())
            .chain(self.others.iter().map(|(_, other)| other.as_ref()))
    }

    /// The requests of each manager, with their places in the whole.
    fn parts<'a>(
        &self,
        requests: &[PackRequest<'a>],
    ) -> Vec<(&dyn PackageManager, Vec<usize>, Vec<PackRequest<'a>>)> {
        let part = |(number, manager)| {
            let is_own = |request: &PackRequest<'_>| self.place(request.package) == number;
            let own = requests.iter().enumerate().filter(|(_, request)| is_own(request));
            let (places, requests) = own.map(|(place, request)| (place, *request)).unzip();
            (manager, places, requests)
        };
        self.all().enumerate().map(part).collect()
    }
}

impl PackageManager for Several {
    fn name(&self) -> &str {
        &self.name
    }

    fn otp(&self, given: Option<&Secret>) -> Option<Secret> {
        self.all().find_map(|manager| manager.otp(given))
    }

    fn info<'a>(
        &'a self,
        workspace: &'a Workspace,
        package: &'a Package,
    ) -> BoxFuture<'a, Result<Result<Info, CommandError>, PublishError>> {
        self.of(package).info(workspace, package)
    }

    fn pack<'a>(
        &'a self,
        request: PackRequest<'a>,
    ) -> BoxFuture<'a, Result<Result<PathBuf, CommandError>, PublishError>> {
        self.of(request.package).pack(request)
    }

    fn pack_all<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<Vec<PathBuf>, PublishError>> {
        Box::pin(async move {
            let mut files = vec![PathBuf::new(); requests.len()];
            for (manager, places, own) in self.parts(requests) {
                for (place, file) in places.into_iter().zip(manager.pack_all(&own).await?) {
                    if let Some(slot) = files.get_mut(place) {
                        *slot = file;
                    }
                }
            }
            Ok(files)
        })
    }

    fn beside(&self, request: &PackRequest<'_>, packed: &Path) -> Vec<PathBuf> {
        self.of(request.package).beside(request, packed)
    }

    fn check_packed<'a>(
        &'a self,
        requests: &'a [PackRequest<'a>],
    ) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(async move {
            for (manager, _, own) in self.parts(requests) {
                manager.check_packed(&own).await?;
            }
            Ok(())
        })
    }

    fn publish<'a>(
        &'a self,
        request: PublishRequest<'a>,
    ) -> BoxFuture<'a, Result<Outcome, PublishError>> {
        self.of(request.package).publish(request)
    }

    fn at_once(&self, package: &Package) -> usize {
        self.of(package).at_once(package)
    }

    fn has_limits(&self, package: &Package) -> bool {
        self.of(package).has_limits(package)
    }

    fn credentials(&self, package: &Package) -> Option<String> {
        self.of(package).credentials(package)
    }

    fn finish(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            for manager in self.all() {
                manager.finish().await;
            }
        })
    }

    fn takes_directory(&self) -> bool {
        self.main.takes_directory()
    }
}
