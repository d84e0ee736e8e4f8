//! `actions/setup`, whose program is the launcher itself.

use launchway_runtime::OutputDecl;
use launchway_runtime::inputs::InputDecl;

use super::source::{self, Action};

/// The word for `dist/launch.sh` that is no program.
pub(super) const WORD: &str = "setup";

const OUTPUTS: &[OutputDecl] = &[
    OutputDecl { names: &["path"], doc: " The folder that is on `PATH` now." },
    OutputDecl {
        names: &["version"],
        doc: " The version of the programs; empty where they come from `LAUNCHWAY_PATH`.",
    },
];

/// The action.
pub(super) fn action() -> Action {
    let mut programs: Vec<_> = source::programs()
        .iter()
        .map(|program| program.command.get_name().trim_start_matches("launchway-").to_owned())
        .collect();
    programs.push("changeset".to_owned());
    programs.sort();
    programs.dedup();
    let input = InputDecl {
        name: "programs".into(),
        description: "Programs to put on `PATH`, such as `health` for `launchway-health`".into(),
        default: Some(programs.join(" ")),
        required: false,
        boolean: false,
        list: true,
        secret: false,
        long: false,
        twin: None,
        choices: Vec::new(),
        other: Vec::new(),
        older: Vec::new(),
    };
    Action {
        name: "setup",
        title: "Launchway Setup",
        description: "Puts the programs of Launchway on PATH, each with the hash that stands in this action's own tree.",
        icon: "download",
        color: "blue",
        words: &[WORD],
        is_root: false,
        retired: Vec::new(),
        inputs: vec![input],
        outputs: OUTPUTS,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_set_up_unless_said_are_the_programs_of_the_tree() {
        let all = super::action().inputs[0].default.clone().unwrap();
        let all: Vec<_> = all.split(' ').map(|name| format!("launchway-{name}")).collect();
        assert_eq!(all, crate::shell::programs().unwrap());
    }

    /// The release tries every program, on each platform.
    #[test]
    fn no_program_is_released_untried() {
        let text = std::fs::read_to_string(crate::shell::at(".github/workflows/ship.yml")).unwrap();
        let all = super::action().inputs[0].default.clone().unwrap();
        assert!(text.contains(&format!("          programs: {all}\n")), "{all}");
        assert!(text.contains(&format!("          for program in {all}; do\n")), "{all}");
    }
}
