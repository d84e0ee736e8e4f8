//! What actions and reusable workflows declare: ours from their files, others from `tests/actions/pins.toml`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use yaml_serde::Value;

use crate::shell;

/// What one declares.
#[derive(Clone, Default)]
pub(super) struct Interface {
    pub(super) inputs: BTreeSet<String>,
    pub(super) required: BTreeSet<String>,
    pub(super) secrets: BTreeSet<String>,
    pub(super) outputs: BTreeSet<String>,
}

/// All there are.
pub(super) struct Interfaces {
    /// By what stands in `uses:` before the `@`.
    ours: BTreeMap<String, Interface>,
    /// By action and commit, with the version.
    others: BTreeMap<(String, String), (String, Interface)>,
}

#[derive(Deserialize)]
struct Pins {
    action: Vec<Pin>,
}

#[derive(Deserialize)]
struct Pin {
    action: String,
    version: String,
    sha: String,
    #[serde(default)]
    nested: bool,
    #[serde(default)]
    inputs: BTreeSet<String>,
    #[serde(default)]
    required: BTreeSet<String>,
    #[serde(default)]
    outputs: BTreeSet<String>,
}

const OURS: &str = "launchway/launchway";

impl Interfaces {
    pub(super) fn read() -> Result<Self> {
        let mut ours = BTreeMap::new();
        let mut add = |path: &str, name: String| -> Result<()> {
            let text = std::fs::read_to_string(shell::at(path))
                .with_context(|| format!("cannot read {path}"))?;
            let file: Value = yaml_serde::from_str(&text).with_context(|| path.to_owned())?;
            ours.insert(name, interface(&file));
            Ok(())
        };
        add("action.yml", OURS.to_owned())?;
        for path in super::super::actions::files(|path| {
            path.starts_with("actions") && path.ends_with("action.yml")
                || path.starts_with(".github/workflows")
                    && path.extension().is_some_and(|kind| kind == "yml")
        })? {
            let path = path.to_string_lossy().replace('\\', "/");
            let below = path.trim_end_matches("/action.yml");
            add(&path, format!("{OURS}/{below}"))?;
        }
        let path = "tests/actions/pins.toml";
        let text = std::fs::read_to_string(shell::at(path))
            .with_context(|| format!("cannot read {path}"))?;
        let pins: Pins = toml::from_str(&text).with_context(|| path.to_owned())?;
        let others = pins.action.into_iter().filter(|pin| !pin.nested).map(|pin| {
            let declared = Interface {
                inputs: pin.inputs,
                required: pin.required,
                outputs: pin.outputs,
                ..Interface::default()
            };
            ((pin.action, pin.sha), (pin.version, declared))
        });
        Ok(Self { ours, others: others.collect() })
    }

    /// What a `uses:` names, or what is wrong with it. `line` is the line it stands in, with its comment.
    pub(super) fn find(&self, uses: &str, line: &str) -> Result<&Interface, String> {
        let Some((name, at)) = uses.split_once('@') else {
            return Err(format!("`{uses}` has no version"));
        };
        let is_commit = at.len() == 40 && at.bytes().all(|c| c.is_ascii_hexdigit());
        if name == OURS || name.starts_with("launchway/launchway/") {
            if at != "v1" && !is_commit && !at.starts_with('<') {
                return Err(format!("`{uses}`: pages say `@v1` or a commit"));
            }
            return self
                .ours
                .get(name)
                .ok_or_else(|| format!("there is no action or workflow `{name}`"));
        }
        if !is_commit {
            return Err(format!("`{uses}`: actions of others stand with their full commit"));
        }
        let Some((version, declared)) = self.others.get(&(name.to_owned(), at.to_owned())) else {
            return Err(format!("`{uses}` is not in tests/actions/pins.toml"));
        };
        if !line.trim_end().ends_with(&format!("# {version}")) {
            return Err(format!("`{uses}` is {version}; its line has to end with `# {version}`"));
        }
        Ok(declared)
    }

    /// Those of ours that a page speaks of.
    pub(super) fn named<'a>(&'a self, page: &'a str) -> impl Iterator<Item = &'a Interface> {
        self.ours
            .iter()
            .filter(move |(name, _)| page.contains(&format!("{name}@")))
            .map(|(_, one)| one)
    }
}

/// The keys of a mapping.
pub(super) fn keys(value: Option<&Value>) -> BTreeSet<String> {
    let Some(Value::Mapping(map)) = value else { return BTreeSet::new() };
    map.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

fn interface(file: &Value) -> Interface {
    // `on` may be read as a word or as a boolean.
    let on = file.get("on").or_else(|| file.get(Value::Bool(true)));
    let root = on.and_then(|on| on.get("workflow_call")).unwrap_or(file);
    let inputs = root.get("inputs");
    let required = |name: &String| {
        let input = inputs.and_then(|inputs| inputs.get(name.as_str()));
        let is_true = input.and_then(|input| input.get("required")) == Some(&Value::Bool(true));
        is_true && input.is_some_and(|input| input.get("default").is_none())
    };
    Interface {
        required: keys(inputs).into_iter().filter(required).collect(),
        inputs: keys(inputs),
        secrets: keys(root.get("secrets")),
        outputs: keys(root.get("outputs")),
    }
}
