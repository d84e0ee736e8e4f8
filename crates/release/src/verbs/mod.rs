//! The verbs of the program. A new one is one file here and one line in [`Verb`](crate::inputs::Verb).

pub mod approve;
pub mod complete;
pub mod repair;
pub mod run;
pub mod verify;
