//! The throwaway repository of the demo.

/// Its first commit.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "package.json",
        "{\n  \"name\": \"rainbow\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n",
    ),
    (
        "package-lock.json",
        "{\n  \"name\": \"rainbow\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {}\n}\n",
    ),
    (
        "packages/colors/package.json",
        "{\n  \"name\": \"@acme/colors\",\n  \"version\": \"1.2.0\"\n}\n",
    ),
    (
        "packages/colors/CHANGELOG.md",
        "# @acme/colors\n\n## 1.2.0\n\n### Minor Changes\n\n- Ochre.\n",
    ),
    (
        "packages/theme/package.json",
        "{\n  \"name\": \"@acme/theme\",\n  \"version\": \"0.4.1\",\n  \"dependencies\": { \"@acme/colors\": \"^1.2.0\" }\n}\n",
    ),
    (
        "packages/app/package.json",
        "{\n\t\"name\": \"@acme/app\",\n\t\"version\": \"2.0.0\",\n\t\"dependencies\": {\n\t\t\"@acme/theme\": \"^0.4.0\"\n\t}\n}\n",
    ),
    (
        "packages/site/package.json",
        "{\n  \"name\": \"@acme/site\",\n  \"private\": true,\n  \"version\": \"0.0.0\",\n  \"dependencies\": { \"@acme/app\": \"*\" }\n}\n",
    ),
    (".changeset/config.json", "{\n  \"access\": \"public\"\n}\n"),
    (
        ".changeset/brave-violet.md",
        "---\n\"@acme/colors\": minor\n---\n\nA violet that keeps its contrast on dark backgrounds.\n",
    ),
    (
        ".changeset/calm-shadow.md",
        "---\n\"@acme/theme\": minor\n---\n\nShadows follow the light source.\n",
    ),
];

/// The changeset that comes later.
pub(super) const LATER: (&str, &str) = (
    ".changeset/quick-night.md",
    "---\n\"@acme/app\": major\n---\n\nThe app follows the system's theme; `dark` is no longer an option.\n",
);

/// What the registry has before.
pub(super) const RELEASED: &[(&str, &str)] =
    &[("@acme/colors", "1.2.0"), ("@acme/theme", "0.4.1"), ("@acme/app", "2.0.0")];

/// What it has after.
pub(super) const EXPECTED: &[(&str, &str)] =
    &[("@acme/colors", "1.3.0"), ("@acme/theme", "0.5.0"), ("@acme/app", "3.0.0")];

/// Whether a path is a changeset.
pub(super) fn is_changeset(path: &str) -> bool {
    path.starts_with(".changeset/")
        && std::path::Path::new(path).extension().is_some_and(|e| e == "md")
}
