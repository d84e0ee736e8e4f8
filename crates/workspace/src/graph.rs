//! Who depends on whom inside the repository.

use std::collections::HashMap;

use crate::ecosystem::Linkage;
use crate::package::{Dependency, DependencyKind, Package, Workspace};

/// What counts as an edge.
#[derive(Clone, Copy, Debug, Default)]
pub struct GraphOptions {
    /// Only `workspace:` ranges.
    pub protocol_only: bool,
    /// Leave out development dependencies.
    pub without_dev: bool,
}

/// A range on a package of the repository that its current version does not satisfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The dependent.
    pub package: String,
    /// Its manifest, relative to the root.
    pub manifest: String,
    /// What it depends on.
    pub dependency: String,
    /// The version that is there.
    pub expected: Option<String>,
    /// The range as written.
    pub range: String,
}

/// Edges from each package to those that depend on it.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    dependents: HashMap<String, Vec<String>>,
    /// Stale ranges, in package order.
    pub complaints: Vec<Complaint>,
}

impl Graph {
    /// Reads the edges of a workspace.
    ///
    /// Of several ranges on one package (a peer that is also a development dependency) the last
    /// kind in [`DependencyKind::ALL`] decides.
    pub fn of(workspace: &Workspace, options: GraphOptions) -> Self {
        let mut by_name: HashMap<&str, &Package> =
            workspace.root_package.iter().map(|root| (root.name.as_str(), root)).collect();
        by_name.extend(workspace.packages.iter().map(|package| (package.name.as_str(), package)));
        let mut graph = Self::default();
        for package in &workspace.packages {
            graph.dependents.entry(package.name.clone()).or_default();
        }
        let root = workspace.bystander();
        let root_name = workspace.root_package.as_ref().map(|root| root.name.as_str());
        for package in root.into_iter().chain(&workspace.packages) {
            let is_root = package.dir.is_empty() && Some(package.name.as_str()) == root_name;
            for dependency in deciding(package, options) {
                let Some(on) = by_name.get(dependency.name.as_str()) else { continue };
                match package.ecosystem.ranges().linkage(dependency, on, options.protocol_only) {
                    Linkage::Linked if is_root && root.is_some() => {}
                    Linkage::Linked => graph
                        .dependents
                        .entry(dependency.name.clone())
                        .or_default()
                        .push(package.name.clone()),
                    Linkage::Stale => graph.complaints.push(Complaint {
                        package: package.name.clone(),
                        manifest: package.manifest.clone(),
                        dependency: dependency.name.clone(),
                        expected: on.version.clone(),
                        range: dependency.range.clone(),
                    }),
                    Linkage::Elsewhere => {}
                }
            }
        }
        graph
    }

    /// Names of the packages that depend on `name`, in package order.
    pub fn dependents(&self, name: &str) -> &[String] {
        self.dependents.get(name).map_or(&[], Vec::as_slice)
    }
}

/// One dependency per name: the one whose kind comes last, at the place of the first.
fn deciding(package: &Package, options: GraphOptions) -> Vec<&Dependency> {
    let mut found: Vec<&Dependency> = Vec::new();
    let mut place: HashMap<&str, usize> = HashMap::new();
    for dependency in &package.dependencies {
        let dev = dependency.kind == DependencyKind::Dev;
        if dev && (options.without_dev || package.ecosystem.ranges().is_local_dev_only(dependency))
        {
            continue;
        }
        match place.get(dependency.name.as_str()).and_then(|i| found.get_mut(*i)) {
            Some(slot) => *slot = dependency,
            None => {
                place.insert(&dependency.name, found.len());
                found.push(dependency);
            }
        }
    }
    found
}
