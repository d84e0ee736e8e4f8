//! Catalogs of pnpm: ranges in `pnpm-workspace.yaml` that members share by `catalog:`.

use std::collections::HashSet;

use super::Npm;
use crate::ecosystem::{Ecosystem, Ranges};
use crate::package::{Dependency, DependencyKind, Package, PublishConfig};
use crate::yaml::{self, Entry};

pub(super) const FILE: &str = "pnpm-workspace.yaml";

/// What the catalogs of a workspace say about its own packages; `None` when that is nothing.
pub(super) fn shared(text: &str, members: &[Package]) -> Option<Package> {
    let names: HashSet<&str> = members.iter().map(|package| package.name.as_str()).collect();
    let dependencies: Vec<Dependency> = yaml::entries(text)
        .into_iter()
        .filter_map(|entry| {
            let name = name_of(&entry).filter(|name| names.contains(name))?.to_owned();
            let kind = DependencyKind::Normal;
            Some(Dependency { kind, name, range: entry.value, inherited: false })
        })
        .collect();
    if dependencies.is_empty() {
        return None;
    }
    Some(Package {
        name: String::new(),
        version: None,
        private: true,
        dir: String::new(),
        manifest: FILE.to_owned(),
        ecosystem: &Catalogs,
        dependencies,
        publish: PublishConfig::default(),
        version_from: None,
    })
}

/// The package an entry of a catalog is about.
fn name_of(entry: &Entry) -> Option<&str> {
    match entry.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["catalog", _] | ["catalogs", _, _] => entry.path.last().map(String::as_str),
        _ => None,
    }
}

/// Edits catalogs; in everything else the rules of npm.
#[derive(Debug)]
struct Catalogs;

impl Ecosystem for Catalogs {
    fn id(&self) -> &'static str {
        Npm.id()
    }

    fn manifest(&self) -> &'static str {
        Npm.manifest()
    }

    fn ranges(&self) -> &'static dyn Ranges {
        &Npm
    }

    fn edit(
        &self,
        manifest: &str,
        _version: Option<&str>,
        ranges: &[(Dependency, String)],
    ) -> Result<String, String> {
        let mut out = String::with_capacity(manifest.len() + 16);
        let mut done = 0;
        for entry in yaml::entries(manifest) {
            let name = name_of(&entry);
            let new = ranges.iter().find(|(dependency, _)| {
                let bare = dependency.name.strip_prefix("npm:").unwrap_or(&dependency.name);
                Some(bare) == name && dependency.range == entry.value
            });
            let Some((_, new)) = new else { continue };
            let raw = manifest.get(entry.span.clone()).unwrap_or_default();
            let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\''));
            out.push_str(manifest.get(done..entry.span.start).unwrap_or_default());
            match quote {
                Some(quote) => out.extend([quote.to_string(), new.clone(), quote.to_string()]),
                None => out.push_str(&yaml::scalar(new)),
            }
            done = entry.span.end;
        }
        out.push_str(manifest.get(done..).unwrap_or_default());
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogs_keep_every_other_byte() {
        let text = "packages: [a]\ncatalog:\r\n  '@x/a': \"^1.0.0\" # ours\n  react: ^19.0.0\ncatalogs:\n  old:\n    '@x/a': ~1.0.0\n";
        let dependency = |range: &str| Dependency {
            kind: DependencyKind::Normal,
            name: "@x/a".into(),
            range: range.into(),
            inherited: false,
        };
        let ranges =
            [(dependency("^1.0.0"), "^2.0.0".to_owned()), (dependency("~1.0.0"), ">=2".to_owned())];
        let wanted = text.replace("^1.0.0", "^2.0.0").replace("~1.0.0", "'>=2'");
        assert_eq!(Catalogs.edit(text, None, &ranges).unwrap(), wanted);
    }
}
