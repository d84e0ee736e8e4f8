//! What the channels without a protocol of their own share.

pub mod body;
pub mod compose;
pub mod fit;
pub mod once;
pub mod page;
pub mod run;
