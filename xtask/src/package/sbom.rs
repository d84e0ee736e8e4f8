//! What is in a program: its crates with versions, licences and hashes, as a document of `CycloneDX` 1.6.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sums::sha256;
use super::targets::Target;
use crate::shell;

/// The workspace with all crates it may use.
pub(super) struct Project {
    pub(super) version: String,
    names: Vec<String>,
    packages: BTreeMap<(String, String), Package>,
    /// What Cargo.lock says each crate's archive hashes to.
    locked: BTreeMap<(String, String), String>,
}

/// One crate, as cargo describes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    pub(super) manifest_path: PathBuf,
    source: Option<String>,
    description: Option<String>,
    repository: Option<String>,
    targets: Vec<Built>,
}

#[derive(Clone, Debug, Deserialize)]
struct Built {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Package {
    fn key(&self) -> (String, String) {
        (self.name.clone(), self.version.clone())
    }

    fn is_ours(&self) -> bool {
        self.source.is_none()
    }

    /// Whether it is part of the compiler's run and not of the program.
    fn is_macro(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }

    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version.replace('+', "%2B"))
    }
}

impl Project {
    /// Asks cargo.
    pub(super) fn read() -> Result<Self> {
        let said = shell::read(shell::cargo().args(["metadata", "--format-version", "1"]))?;
        let metadata: Metadata = serde_json::from_str(&said).context("cargo metadata")?;
        let lock = std::fs::read_to_string(shell::at("Cargo.lock"))?;
        let lock: Lock = toml::from_str(&lock).context("Cargo.lock")?;
        let mut names = Vec::new();
        for package in metadata.packages.iter().filter(|package| package.is_ours()) {
            let program = |target: &Built| {
                target.name == package.name && target.kind.iter().any(|kind| kind == "bin")
            };
            if let Some(name) = package.name.strip_prefix("launchway-")
                && package.targets.iter().any(program)
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        let locked = lock.package.into_iter();
        Ok(Self {
            version: super::version(shell::root())?,
            names,
            packages: metadata.packages.into_iter().map(|one| (one.key(), one)).collect(),
            locked: locked
                .filter_map(|one| Some(((one.name, one.version), one.checksum?)))
                .collect(),
        })
    }

    /// The programs of these names, or all.
    pub(super) fn programs(&self, wanted: &[String]) -> Result<Vec<String>> {
        for name in wanted {
            let there = self.names.join(", ");
            ensure!(self.names.contains(name), "`{name}` is no program; there are {there}");
        }
        Ok(if wanted.is_empty() { self.names.clone() } else { wanted.to_vec() })
    }

    /// The crates a program uses on a platform, the program first, and who uses which.
    ///
    /// All programs are built in one go: what one of them wants of a crate that they share is in the others, too. So
    /// cargo is asked about all of them at once.
    pub(super) fn crates(&self, target: Target, name: &str) -> Result<(Vec<&Package>, Uses)> {
        let mut command = shell::cargo();
        command.args(["tree", "--target", target.triple, "--edges", "normal"]);
        command.args(["--prefix", "depth", "--format", " {p}"]);
        for name in &self.names {
            command.arg("--package").arg(format!("launchway-{name}"));
        }
        let uses = tree(&shell::read(&mut command)?)?;
        let name = format!("launchway-{name}");
        let first = uses.keys().find(|(found, _)| *found == name);
        let first = first.with_context(|| format!("cargo tree does not name {name}"))?;
        let (order, uses) = below(&uses, first);
        let find = |key: &(String, String)| {
            let found = self.packages.get(key);
            found.with_context(|| format!("cargo does not describe {} {}", key.0, key.1))
        };
        Ok((order.iter().map(find).collect::<Result<_>>()?, uses))
    }

    /// The document for one program: its crates with itself as the first, who uses whom, its bytes.
    pub(super) fn sbom(
        &self,
        target: Target,
        crates: &[&Package],
        uses: &Uses,
        program: &[u8],
    ) -> Result<Vec<u8>> {
        let (own, rest) = crates.split_first().context("cargo tree said nothing")?;
        let mut component = self.component(own);
        if let Some(fields) = component.as_object_mut() {
            fields.insert("type".into(), "application".into());
            fields.insert("hashes".into(), hashes(&sha256(program)));
        }
        let mut rest: Vec<_> = rest.iter().map(|package| self.component(package)).collect();
        rest.sort_by_key(|component| component["bom-ref"].to_string());
        let purl = |key: &(String, String)| self.packages.get(key).map(Package::purl);
        let dependencies: Vec<_> = uses
            .iter()
            .filter_map(|(key, on)| {
                let on: Vec<_> = on.iter().filter_map(purl).collect();
                Some(json!({ "ref": purl(key)?, "dependsOn": on }))
            })
            .collect();
        // No time and no random number: the same program has the same document.
        let document = json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "component": component,
                "properties": [{ "name": "launchway:target", "value": target.triple }],
            },
            "components": rest,
            "dependencies": dependencies,
        });
        let mut bytes = serde_json::to_vec_pretty(&document)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn component(&self, package: &Package) -> Value {
        let mut fields = json!({
            "type": "library",
            "bom-ref": package.purl(),
            "name": package.name,
            "version": package.version,
            "purl": package.purl(),
            "scope": if package.is_macro() { "excluded" } else { "required" },
        });
        let Some(map) = fields.as_object_mut() else { return fields };
        if let Some(text) = &package.description {
            map.insert("description".into(), text.trim().into());
        }
        if let Some(license) = &package.license {
            // An older spelling of OR, which CycloneDX does not take.
            let expression = license.replace('/', " OR ");
            map.insert("licenses".into(), json!([{ "expression": expression }]));
        }
        if let Some(hash) = self.locked.get(&package.key()) {
            map.insert("hashes".into(), hashes(hash));
        }
        if let Some(url) = package.repository.as_ref().filter(|url| url.starts_with("https://")) {
            map.insert("externalReferences".into(), json!([{ "type": "vcs", "url": url }]));
        }
        fields
    }
}

fn hashes(sha256: &str) -> Value {
    json!([{ "alg": "SHA-256", "content": sha256 }])
}

/// Who uses whom, by name and version.
pub(super) type Uses = BTreeMap<(String, String), BTreeSet<(String, String)>>;

/// Reads `cargo tree --prefix depth`, which may be several trees: who uses whom, in all of them.
fn tree(said: &str) -> Result<Uses> {
    let mut uses = Uses::new();
    let mut above: Vec<(String, String)> = Vec::new();
    for line in said.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split(' ');
        let depth: Option<usize> = words.next().and_then(|depth| depth.parse().ok());
        let (name, version) = (words.next(), words.next().and_then(|word| word.strip_prefix('v')));
        let (Some(depth), Some(name), Some(version)) = (depth, name, version) else {
            anyhow::bail!("cargo tree said `{line}`");
        };
        let key = (name.to_owned(), version.to_owned());
        above.truncate(depth);
        if let Some(user) = above.last() {
            uses.entry(user.clone()).or_default().insert(key.clone());
        }
        uses.entry(key.clone()).or_default();
        above.push(key);
    }
    Ok(uses)
}

/// What `first` needs, itself at the beginning, and who of these uses whom.
fn below(all: &Uses, first: &(String, String)) -> (Vec<(String, String)>, Uses) {
    let mut order = Vec::new();
    let mut uses = Uses::new();
    let mut open = vec![first];
    while let Some(key) = open.pop() {
        if uses.contains_key(key) {
            continue;
        }
        let on = all.get(key).cloned().unwrap_or_default();
        open.extend(all.get(key).into_iter().flatten());
        uses.insert(key.clone(), on);
        order.push(key.clone());
    }
    (order, uses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_become_a_graph() {
        let said = "0 a v1.0.0 (/somewhere)\n1 b v2.0.0\n2 c v3.0.0\n1 c v3.0.0 (*)\n1 m v1.0.0 (proc-macro)\n\n\
                    0 z v1.0.0 (/elsewhere)\n1 b v2.0.0 (*)\n1 d v1.0.0\n";
        let all = tree(said).unwrap();
        let key = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let names = |found: &[(String, String)]| {
            found.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>()
        };
        let wanted =
            |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        let (order, uses) = below(&all, &key("a", "1.0.0"));
        assert_eq!((order[0].0.as_str(), order.len()), ("a", 4));
        assert_eq!(names(&order), wanted(&["a", "b", "c", "m"]));
        let of = |uses: &Uses, name: &str, version: &str| {
            let on = &uses[&key(name, version)];
            on.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(&uses, "a", "1.0.0"), ["b", "c", "m"]);
        assert_eq!(of(&uses, "b", "2.0.0"), ["c"]);
        assert_eq!(of(&uses, "c", "3.0.0"), Vec::<String>::new());
        // Cargo shows what is below a crate once, though both have it.
        let (order, uses) = below(&all, &key("z", "1.0.0"));
        assert_eq!(names(&order), wanted(&["z", "b", "c", "d"]));
        assert_eq!(of(&uses, "b", "2.0.0"), ["c"]);
        assert!(tree("nonsense").is_err());
    }
}
