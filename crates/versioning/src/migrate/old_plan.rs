//! The plan as version 2 made it.

use launchway_changesets::{
    Changeset, ChangesetError, ChangesetRelease, Config, Plan, PlanInput, PlannedRelease, PreState,
};
use launchway_workspace::{Bump, DependencyKind, Graph, GraphOptions, Release, Workspace};

/// What a plan is made from, without a snapshot.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) changesets: &'a [Changeset],
    pub(super) pre: Option<&'a PreState>,
}

/// A package that version 2 released as major because of a peer dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PeerMajor {
    pub(super) package: String,
    pub(super) dependency: String,
    pub(super) bump: Bump,
}

impl Source<'_> {
    /// Today's plan.
    pub(super) fn plan(&self, config: &Config) -> Result<Plan, ChangesetError> {
        self.plan_with(config, self.changesets)
    }

    fn plan_with(&self, config: &Config, changesets: &[Changeset]) -> Result<Plan, ChangesetError> {
        Plan::make(PlanInput {
            workspace: self.workspace,
            config,
            changesets,
            pre: self.pre,
            snapshot: None,
        })
    }

    /// The plan of version 2: a minor or major release made every package that has it as a peer
    /// major. Whatever follows from a major follows as if a changeset had asked for it.
    pub(super) fn old_plan(
        &self,
        config: &Config,
    ) -> Result<(Plan, Vec<PeerMajor>), ChangesetError> {
        let options = GraphOptions { protocol_only: config.protocol_only, without_dev: false };
        let graph = Graph::of(self.workspace, options);
        let mut changesets = self.changesets.to_vec();
        let mut majors = Vec::new();
        // Dependents came before groups, with each package's own version still.
        let ungrouped = Config { fixed: Vec::new(), linked: Vec::new(), ..config.clone() };
        self.add_majors(&ungrouped, &graph, &mut changesets, &mut majors)?;
        let plan = self.add_majors(config, &graph, &mut changesets, &mut majors)?;
        Ok((plan, majors))
    }

    fn add_majors(
        &self,
        config: &Config,
        graph: &Graph,
        changesets: &mut Vec<Changeset>,
        majors: &mut Vec<PeerMajor>,
    ) -> Result<Plan, ChangesetError> {
        loop {
            let plan = self.plan_with(config, changesets)?;
            let mut found: Vec<PeerMajor> = Vec::new();
            for release in plan.releases.iter().filter(|release| release.bump >= Bump::Minor) {
                for dependent in graph.dependents(&release.name) {
                    let known = plan.release(dependent).is_some_and(|d| d.bump == Bump::Major);
                    let queued = found.iter().any(|major| major.package == *dependent);
                    if !known && !queued && self.is_made_major(config, dependent, release) {
                        found.push(PeerMajor {
                            package: dependent.clone(),
                            dependency: release.name.clone(),
                            bump: release.bump,
                        });
                    }
                }
            }
            if found.is_empty() {
                return Ok(plan);
            }
            changesets.extend(found.iter().map(as_changeset));
            majors.append(&mut found);
        }
    }

    fn is_made_major(&self, config: &Config, dependent: &str, release: &PlannedRelease) -> bool {
        let (Some(dependent), Some(package)) =
            (self.workspace.package(dependent), self.workspace.package(&release.name))
        else {
            return false;
        };
        let moved = Release {
            package,
            bump: release.bump,
            old_version: &release.old_version,
            new_version: &release.new_version,
        };
        !config.skips(dependent)
            && dependent
                .dependencies_on(&release.name)
                .filter(|d| d.kind == DependencyKind::Peer && !d.range.is_empty())
                .filter_map(|dependency| dependent.ecosystem.ranges().leaves(dependency, &moved))
                .any(|leaves| leaves || !config.peers_only_when_out_of_range)
    }
}

fn as_changeset(major: &PeerMajor) -> Changeset {
    let release = ChangesetRelease { name: major.package.clone(), bump: Bump::Major };
    Changeset {
        releases: vec![release],
        summary: String::new(),
        id: format!("peer of {}", major.package),
    }
}
