//! A registry, and a stand-in for npm that speaks to it, so that every publish is a request that can
//! be counted, cut or killed at.

use launchway_testkit::{FakeRegistry, FakeRunner, TokenKind};

use crate::shop::Shop;

/// `npm info <name>` and `npm publish` over plain HTTP.
const NPM: &str = r#"#!/bin/bash
request() {
  exec 3<>"/dev/tcp/127.0.0.1/PORT" || exit 1
  printf '%s %s HTTP/1.1\r\nhost: r\r\nauthorization: Bearer npm_t\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s' "$1" "$2" ${#3} "$3" >&3
  answer="$(cat <&3)"
  status="${answer#* }"; status="${status%% *}"
}
field() { sed -n 's/.*"'"$1"'": "\(.*\)".*/\1/p' package.json | head -1; }
case "$1" in
info)
  request GET "/$2" ''
  [ "$status" = 404 ] && { echo '{"error":{"code":"E404","summary":"not found"}}'; exit 1; }
  [ "$status" = 200 ] || { echo '{"error":{"code":"E500","summary":"no answer"}}'; exit 1; }
  found="$(grep -o '"_id":"[^"]*@[0-9][^"]*"' <<<"$answer" | sed 's/.*@\(.*\)"/"\1"/' | paste -sd,)"
  printf '{"versions":[%s],"dist-tags":{"latest":"x"}}' "$found";;
publish)
  n="$(field name)"; v="$(field version)"
  request PUT "/$n" "{\"name\":\"$n\",\"version\":\"$v\"}"
  [ "$status" = 201 ] && { echo '{}'; exit 0; }
  echo '{"error":{"code":"E'"${status:-500}"'","summary":"'"$(tail -1 <<<"$answer" | tr -d '"')"'"}}'; exit 1;;
esac
"#;

/// Publishes what is not there and says so, like the peer's command.
const SCRIPT: &str = r#"set -e
for dir in packages/core packages/app; do
  cd "$dir"
  name="$(sed -n 's/.*"name": "\(.*\)".*/\1/p' package.json)"; version="$(sed -n 's/.*"version": "\(.*\)".*/\1/p' package.json)"
  if ! npm info "$name" | grep -q "\"$version\""; then
    npm publish > /dev/null
    echo "New tag:  $name@$version"
  fi
  cd ../..
done
"#;

/// The shop with a registry.
pub(crate) struct Market {
    pub(crate) shop: Shop,
    pub(crate) registry: FakeRegistry,
    pub(crate) script: String,
    path: String,
    /// The commit that promises.
    pub(crate) version_commit: String,
}

/// Who publishes, in the record.
pub(crate) fn publisher(mode: &str) -> &'static str {
    match mode {
        "publish" => "registry",
        "script" => "script",
        _ => "nobody",
    }
}

/// A record that promises core and app in these versions.
pub(crate) fn record(mode: &str, versions: [&str; 2]) -> String {
    let registry = if mode == "publish" { "\"npm\"" } else { "null" };
    let packages = [("core", versions[0]), ("app", versions[1])].map(|(name, version)| {
        format!(
            "{{\"name\":\"@acme/{name}\",\"ecosystem\":\"npm\",\"path\":\"packages/{name}\",\"version\":\"{version}\",\"private\":false,\"tag\":\"@acme/{name}@{version}\",\"registry\":{registry},\"release\":true}}"
        )
    });
    format!(
        "{{\"version\":1,\"publish\":\"{}\",\"packages\":[{}]}}\n",
        publisher(mode),
        packages.join(",")
    )
}

impl Market {
    /// A shop just after its version pull request was merged: core 1.1.0, app 1.0.1.
    pub(crate) fn merged(mode: &str) -> Self {
        let shop = Shop::new(TokenKind::App);
        let registry = FakeRegistry::start();
        registry.add_token("npm_t", "octocat");
        registry.seed("@acme/core", "1.0.0").seed("@acme/app", "1.0.0");
        let outside = shop.repo.path().parent().unwrap().to_owned();
        let bin = outside.join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let port = registry.url().rsplit(':').next().unwrap().to_owned();
        let npm = bin.join("npm");
        launchway_testkit::script(&npm, NPM.replace("PORT", &port));
        let script = shop.script(SCRIPT);
        let path = format!("{}:/usr/bin:/bin", bin.display());
        let mut market = Self { shop, registry, script, path, version_commit: String::new() };
        market.release(mode, ["1.1.0", "1.0.1"]);
        market
    }

    /// Commits these versions with a record that promises them.
    pub(crate) fn release(&mut self, mode: &str, versions: [&str; 2]) {
        let [core, app] = versions;
        let repo = &self.shop.repo;
        repo.write(
            "packages/core/package.json",
            format!("{{\n  \"name\": \"@acme/core\",\n  \"version\": \"{core}\"\n}}\n"),
        );
        repo.write(
            "packages/app/package.json",
            format!("{{\n  \"name\": \"@acme/app\",\n  \"version\": \"{app}\",\n  \"dependencies\": {{\n    \"@acme/core\": \"{core}\"\n  }}\n}}\n"),
        );
        repo.write(".changeset/release.json", record(mode, versions));
        self.shop.commit("Version Packages");
        self.version_commit = self.shop.repo.head();
    }

    /// A later commit that releases nothing.
    pub(crate) fn later(&self) -> &Self {
        self.shop.repo.write("README.md", "later\n");
        self.shop.commit("later");
        self
    }

    pub(crate) fn runner(&self) -> FakeRunner {
        self.shop.runner().env("PATH", &self.path)
    }

    /// The inputs that publish this way.
    pub(crate) fn inputs(&self, mode: &str) -> Vec<(&str, &str)> {
        match mode {
            "script" => vec![("publish-script", self.script.as_str())],
            mode => vec![("release-mode", if mode == "publish" { "publish" } else { "tag" })],
        }
    }

    /// Everything there is outside the checkout: tags with their commits, Releases, versions.
    pub(crate) fn state(&self) -> Vec<String> {
        let handle = &self.shop.handle;
        let mut lines: Vec<String> = Vec::new();
        for tag in handle.tags() {
            let is_right = handle.sha(&tag).as_deref() == Some(self.version_commit.as_str());
            lines.push(format!(
                "tag {tag} {:?} at the version commit: {is_right}",
                handle.tag_type(&tag)
            ));
        }
        for release in handle.releases() {
            lines.push(format!(
                "Release {} draft {} pre {}: {}",
                release.tag,
                release.draft,
                release.prerelease,
                release.body.unwrap_or_default()
            ));
        }
        for package in self.registry.packages() {
            lines.push(format!("{package}: {:?}", self.registry.versions(&package)));
        }
        lines.sort();
        lines
    }
}
