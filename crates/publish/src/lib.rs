//! Package registries: is this version there, pack, publish by each ecosystem's own tool, in
//! dependency order.
//!
//! The way of a release:
//!
//! 1. [`choose_manager`] picks the workspace's own package manager.
//! 2. [`ask`] asks the registry about every public package, [`private_tags`] lists private ones.
//! 3. [`make_plan`] (pure) turns the answers into an ordered [`Plan`], with what is worth saying.
//! 4. [`pack`] makes tarballs of a plan, [`publish`] publishes it: what is needed first,
//!    what does not depend on each other at once.
//!
//! Which registry is asked is the package manager's own configuration; no address is known here.
//! Making git tags is the caller's: [`Published`] says what to tag.

mod credentials;
mod decide;
mod detect;
mod driver;
mod error;
mod manager;
mod order;
mod output;
mod pack;
mod plan;
mod publish;
mod run;
mod schedule;
mod stage;

pub use credentials::Credentials;
pub use decide::{Asked, PlanOptions, PlanReport, PublishedState, ask, make_plan, private_tags};
pub use detect::{choose_manager, detect_name};
pub use error::{PublishError, QueryFailure};
pub use manager::{
    Cargo, CommandError, Info, Npm, Outcome, PackRequest, PackageManager, Pnpm, PublishRequest,
    PublishResult, Pypi, Several, Yarn,
};
pub use order::{Ordered, order};
pub use pack::{Packed, integrity_of, pack, tarball_name, verify_tarballs};
pub use plan::{Entry, PLAN_FILE, Plan, Tarball};
pub use publish::{Event, PublishOptions, Published, publish};
pub use run::{Finished, Runner};
pub use stage::{
    Decision, FileChange, NpmPublish, StageCommands, StagedItem, StagedVersion, Staging, bytes,
};
