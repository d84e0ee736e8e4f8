//! Where the programs run and what they find there: folders, work trees, bare repositories, ignore
//! files, settings of git, manifests, variables.

use std::path::Path;

use launchway_testkit::git;

use crate::history::{History, Shape, write};
use crate::peer::{self, Call};
use crate::{call, config, furnish, none};

/// Compares, and names what was compared.
struct Layout {
    history: History,
    found: Vec<String>,
    count: usize,
}

impl Layout {
    fn new(seed: u64, shape: Shape) -> Self {
        let history = History::new(seed, shape);
        furnish(&history);
        Self { history, found: Vec::new(), count: 0 }
    }

    fn call(&self, line: &str) -> Call {
        call(&self.history, None, line)
    }

    #[track_caller]
    fn same(&mut self, name: &str, call: &Call) {
        let Some(program) = peer::peer() else { return };
        self.count += 1;
        // What is compared has to say something.
        let reference = call.reference(&program);
        if reference.end.code != Some(0) && !name.starts_with("fails") {
            self.found.push(format!("{name}: the peer fails\n{}", reference.end.stderr));
        }
        if let Some(difference) = call.difference(&program) {
            self.found.push(format!("{name}: {}\n{difference}", call.shown()));
        }
    }

    /// Some lines in one folder.
    #[track_caller]
    fn lines(&mut self, name: &str, dir: &Path, lines: &[&str]) {
        for line in lines {
            let call = Call { dir: dir.to_owned(), ..self.call(line) };
            self.same(name, &call);
        }
    }

    #[track_caller]
    fn variables(&mut self, name: &str, line: &str, env: &[(&str, &str)]) {
        let env =
            env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let call = Call { env, ..self.call(line) };
        self.same(name, &call);
    }

    fn end(&self) {
        none(&self.found, self.count);
    }
}

#[test]
fn folders_below_the_root_narrow_the_changelog() {
    let mut layout = Layout::new(400, Shape::MERGED);
    let root = layout.history.path();
    let lines = &[
        "",
        "--context",
        "-u",
        "--include-path src/",
        "-r ../.. --context",
        "-r ../..",
        "-o HERE.md",
        "-w .",
    ];
    layout.lines("a package", &root.join("packages/a"), lines);
    std::fs::create_dir_all(root.join("empty [1]")).unwrap();
    layout.lines("an empty folder", &root.join("empty [1]"), &["--exclude-path src/", "-r .."]);
    layout.lines("fails: the git folder", &root.join(".git"), &["", "--context"]);
    let far = layout.history.beside("elsewhere");
    std::fs::create_dir_all(&far).unwrap();
    let work = root.to_str().unwrap().to_owned();
    layout.lines(
        "far away",
        &far,
        &[&format!("-r {work}"), &format!("-r {work}/packages/a --context")],
    );
    layout.lines("far away", &far, &[&format!("-w {work}"), &format!("-w {work}/packages/a -x")]);
    layout.lines("fails: no repository", &far, &[""]);
    layout.end();
}

#[test]
fn work_trees_clones_and_bare_repositories() {
    let mut layout = Layout::new(401, Shape::WILD);
    let lines = &["", "--context", "-u", "-l", "--use-branch-tags -x", "--topo-order"];
    let tree = layout.history.beside("tree");
    layout.history.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "other",
        tree.to_str().unwrap(),
        "HEAD~2",
    ]);
    layout.lines("a work tree", &tree, lines);
    write(&tree.join("packages/a/x"), "");
    layout.lines("below a work tree", &tree.join("packages/a"), &["", "-x"]);
    let bare = layout.history.beside("bare.git");
    layout.history.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    layout.lines("a bare repository", &bare, lines);
    let clone = layout.history.beside("clone");
    layout.history.git(&["clone", "--quiet", "--no-local", ".", clone.to_str().unwrap()]);
    git::text(&clone, &["pack-refs", "--all"]);
    layout.lines("a clone", &clone, lines);
    git::text(&clone, &["checkout", "--quiet", "--detach", "HEAD~1"]);
    layout.lines("a detached head", &clone, &["", "-x", "--current"]);
    let mirror = layout.history.beside("mirror");
    layout.history.git(&[
        "clone",
        "--quiet",
        "--separate-git-dir",
        "../mirror.git",
        ".",
        mirror.to_str().unwrap(),
    ]);
    layout.lines("a separate git folder", &mirror, &["", "-x"]);
    layout.history.git(&["commit-graph", "write", "--reachable"]);
    layout.history.git(&["gc", "--quiet"]);
    let root = layout.history.path();
    layout.lines("a packed repository", &root, lines);
    layout.end();
}

#[test]
fn files_that_leave_out_commits() {
    let mut layout = Layout::new(402, Shape::MERGED);
    let history = &layout.history;
    history.write(
        ".cliffignore",
        history.fill("# these\n\n  {commit:5}  \n{commit:-2}\n{commit:9}\nabc\n"),
    );
    let root = layout.history.path();
    layout.lines(".cliffignore", &root, &["", "-u", "--context", "--skip-commit {commit:-3}"]);
    let plain = config("unconventional.toml");
    layout.lines(".cliffignore", &root, &[&format!("-c {plain}")]);
    std::fs::remove_file(root.join(".cliffignore")).unwrap();
    let listed = layout.history.fill("# blame\n{commit:4}\n\n{commit:7}\n");
    let short = &layout.history.fill("{commit:11}")[..9];
    layout.history.write(".git-blame-ignore-revs", format!("{listed}{short}\r\n"));
    layout.history.git(&["add", ".git-blame-ignore-revs"]);
    let author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    layout.history.git(&[&author[..], &["commit", "--quiet", "-m", "chore: ignore some"]].concat());
    layout.lines(
        ".git-blame-ignore-revs",
        &root,
        &["", "-x", &format!("-c {plain}"), "--include-path src/"],
    );
    layout.lines("below", &root.join("packages/a"), &["-x"]);
    layout.end();
}

#[test]
fn settings_of_git_change_nothing() {
    let mut layout = Layout::new(403, Shape::WILD);
    let root = layout.history.path();
    for (key, value) in [
        ("i18n.logOutputEncoding", "ISO-8859-1"),
        ("i18n.commitEncoding", "ISO-8859-1"),
        ("log.date", "relative"),
        ("log.mailmap", "true"),
        ("log.showSignature", "true"),
        ("log.decorate", "full"),
        ("log.follow", "true"),
        ("log.showRoot", "false"),
        ("log.diffMerges", "separate"),
        ("log.excludeDecoration", "refs/tags/*"),
        ("diff.renames", "copies"),
        ("diff.noprefix", "true"),
        ("diff.orderFile", "order"),
        ("diff.algorithm", "patience"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.external", "false"),
        ("core.quotePath", "true"),
        ("core.abbrev", "4"),
        ("core.pager", "false"),
        ("color.ui", "always"),
        ("format.pretty", "oneline"),
        ("tag.sort", "-version:refname"),
        ("core.commentChar", "f"),
        ("grep.patternType", "perl"),
    ] {
        layout.history.git(&["config", key, value]);
    }
    layout.history.write("order", "*.txt\n");
    layout.history.write(".mailmap", "Someone Else <else@example.com> <ada@example.com>\n");
    layout.history.write(".gitattributes", "*.txt -diff\n*.rs diff=lisp binary\n");
    let numbers = config("numbers.toml");
    let lines = [
        "--context",
        "-u",
        "--include-path src/ -x",
        "--include-path '**/*.md'",
        &format!("-c {numbers}"),
    ];
    layout.lines("settings", &root, &lines);
    layout.history.git(&[
        "replace",
        &layout.history.fill("{commit:5}"),
        &layout.history.fill("{commit:6}"),
    ]);
    layout.lines("a replaced commit", &root, &["--context", ""]);
    layout.end();
}

#[test]
fn configurations_are_found_where_the_reference_finds_them() {
    let mut layout = Layout::new(404, Shape::LINEAR);
    let root = layout.history.path();
    let text = std::fs::read_to_string(config("plain.toml")).unwrap();
    let marked = |name: &str| text.replace("-- the end --", name);
    let lines = &["", "-u"];
    let manifest = |section: &str| {
        let body = "{{ version }} {{ commits | length }}\\n";
        format!(
            "[{section}changelog]\nheader = \"{section}\"\nbody = \"{body}\"\n\n\
             [{section}git]\nconventional_commits = false\n"
        )
    };
    layout.lines("none", &root, lines);
    let python = format!("[project]\nname = \"x\"\n\n{}", manifest("tool.git-cliff."));
    layout.history.write("pyproject.toml", python);
    layout.lines("pyproject.toml", &root, lines);
    layout.lines(
        "pyproject.toml by name",
        &root,
        &["-c pyproject.toml", "--config ./pyproject.toml -l"],
    );
    let cargo = format!(
        "[package]\nname = \"x\"\nversion = \"1.0.0\"\n\n{}",
        manifest("package.metadata.git-cliff.")
    );
    layout.history.write("Cargo.toml", cargo);
    layout.lines("Cargo.toml", &root, lines);
    let cargo =
        format!("[workspace]\nmembers = []\n\n{}", manifest("workspace.metadata.git-cliff."));
    layout.history.write("Cargo.toml", cargo);
    layout.lines("Cargo.toml of a workspace", &root, &["", "-c Cargo.toml"]);
    layout.lines("below Cargo.toml", &root.join("packages/a"), lines);
    layout.history.write(".config/cliff.toml", marked("of .config"));
    layout.lines(".config/cliff.toml", &root, lines);
    layout.history.write(".cliff.toml", marked("of the dot"));
    layout.lines(".cliff.toml", &root, lines);
    layout.history.write("cliff.toml", marked("of cliff.toml"));
    layout.lines("cliff.toml", &root, lines);
    layout.lines("above", &root.join("packages/a"), &["", "-w .", "-r ../.."]);
    layout.lines("a work folder", &root, &["-w packages/a", "-w packages/a -c ../../cliff.toml"]);
    layout.history.write("packages/a/cliff.toml", marked("of the package"));
    layout.lines("of the package", &root.join("packages/a"), &["", "--context"]);
    layout.lines(
        "of the package",
        &root,
        &["-w packages/a", "-w packages/a -c cliff.toml", "-c packages/a/cliff.toml"],
    );
    layout.lines("above the repository", &root, &["-c ../work/cliff.toml"]);
    write(
        &layout.history.beside("home").join(".config/git-cliff/cliff.toml"),
        marked("of the user"),
    );
    layout.lines("not of the user", &root, &[""]);
    for name in [
        "cliff.toml",
        ".cliff.toml",
        ".config/cliff.toml",
        "Cargo.toml",
        "pyproject.toml",
        "packages/a/cliff.toml",
    ] {
        std::fs::remove_file(root.join(name)).unwrap();
    }
    layout.lines("of the user", &root, &["", "-u"]);
    for name in [
        "minimal",
        "detailed",
        "keepachangelog",
        "scoped",
        "scopesorted",
        "statistics",
        "unconventional",
        "cocogitto",
        "github",
        "github-keepachangelog",
    ] {
        layout.lines(
            "brought along",
            &root,
            &[&format!("-c {name}"), &format!("-c {name} --context -l")],
        );
    }
    layout.end();
}

#[test]
fn variables_are_those_of_the_reference() {
    let mut layout = Layout::new(405, Shape::MERGED);
    let tag = layout.history.fill("{tag:1}");
    let commit = layout.history.fill("{commit:-1}");
    let plain = config("plain.toml");
    layout.variables("flags", "", &[("GIT_CLIFF_CONFIG", &plain)]);
    layout.variables(
        "flags",
        "--context",
        &[("GIT_CLIFF_TAG", "v77.0.0"), ("GIT_CLIFF_SKIP_COMMIT", &commit)],
    );
    layout.variables(
        "flags",
        "",
        &[("GIT_CLIFF_TAG_PATTERN", "^v"), ("GIT_CLIFF_IGNORE_TAGS", &tag)],
    );
    layout.variables(
        "flags",
        "",
        &[("GIT_CLIFF_OUTPUT", "OUT.md"), ("GIT_CLIFF_TEMPLATE", "{{ version }}\n")],
    );
    layout.variables("flags", "-u", &[("GIT_CLIFF_PREPEND", "OLD.md")]);
    layout.variables(
        "flags",
        "",
        &[("GIT_CLIFF_INCLUDE_PATH", "src/ packages/**"), ("GIT_CLIFF_EXCLUDE_PATH", "*.md")],
    );
    layout.variables(
        "flags",
        "-x",
        &[
            ("GIT_CLIFF_COUNT_TAGS", "0$"),
            ("GIT_CLIFF_LIMIT_TAGS", "2"),
            ("GIT_CLIFF_SKIP_TAGS", &tag),
        ],
    );
    layout.variables(
        "flags",
        "-x",
        &[("GIT_CLIFF_WITH_COMMIT", "feat: by variable"), ("GIT_CLIFF_WITH_TAG_MESSAGE", "told")],
    );
    layout.variables(
        "flags",
        "",
        &[("GIT_CLIFF_WORKDIR", "packages/a"), ("GIT_CLIFF_OFFLINE", "true")],
    );
    layout.variables("flags", "", &[("GIT_CLIFF_REPOSITORY", "."), ("GITHUB_REPO", "acme/shop")]);
    let line = format!("-c {plain}");
    layout.variables("settings", &line, &[("GIT_CLIFF__CHANGELOG__FOOTER", "of a variable")]);
    layout.variables(
        "settings",
        &line,
        &[("GIT_CLIFF__CHANGELOG__TRIM", "false"), ("GIT_CLIFF__GIT__LIMIT_COMMITS", "4")],
    );
    layout.variables(
        "settings",
        &line,
        &[("GIT_CLIFF__GIT__TAG_PATTERN", "0$"), ("GIT_CLIFF__GIT__SORT_COMMITS", "newest")],
    );
    layout.variables("settings", &line, &[("GIT_CLIFF__GIT__CONVENTIONAL_COMMITS", "false")]);
    layout.variables("settings", "--bumped-version", &[("GIT_CLIFF__BUMP__BUMP_TYPE", "major")]);
    layout.variables("settings", "", &[("GIT_CLIFF__CHANGELOG__HEADER", "# Only by variable")]);
    layout.end();
}

#[test]
fn remotes_name_the_repository() {
    let mut layout = Layout::new(406, Shape::LINEAR);
    let (upstream, dump) = (config("upstream.toml"), config("remote.toml"));
    let lines = [
        format!("-c {upstream} -l"),
        format!("-c {dump} -l"),
        format!("-c {dump} --github-repo a/b -u"),
    ];
    let root = layout.history.path();
    for url in [
        "https://github.com/acme/tools.git",
        "git@github.com:acme/tools.git",
        "ssh://git@example.com:2222/acme/deep/tools",
        "https://example.com/acme/tools/",
        "../origin.git",
        "https://user:pass@example.com/acme/tools.git",
        "odd",
    ] {
        layout.history.git(&["config", "remote.origin.url", url]);
        layout.history.git(&[
            "config",
            "remote.origin.fetch",
            "+refs/heads/*:refs/remotes/origin/*",
        ]);
        layout.history.git(&["config", "branch.main.remote", "origin"]);
        layout.history.git(&["config", "branch.main.merge", "refs/heads/main"]);
        layout.lines(url, &root, &[&lines[0], &lines[1], &lines[2]]);
    }
    layout.end();
}

#[test]
fn submodules_bring_their_commits() {
    let mut layout = Layout::new(407, Shape::LINEAR);
    let other = History::new(17, Shape { commits: 8, ..Shape::LINEAR });
    let author =
        ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"];
    let root = layout.history.path();
    let run = |args: &[&str]| git::text(&root, &[&author[..], args].concat());
    run(&["submodule", "--quiet", "add", other.path().to_str().unwrap(), "modules/lib"]);
    git::text(&root.join("modules/lib"), &["checkout", "--quiet", &other.fill("{commit:3}")]);
    run(&["add", "--all"]);
    run(&["commit", "--quiet", "-m", "feat: a module"]);
    run(&["tag", "v50.0.0"]);
    git::text(&root.join("modules/lib"), &["checkout", "--quiet", &other.fill("{commit:-1}")]);
    run(&["commit", "--quiet", "-a", "-m", "feat: a newer module"]);
    let modules = config("modules.toml");
    let lines = [
        format!("-c {modules}"),
        format!("-c {modules} -u -x"),
        format!("-c {modules} -l -x"),
        "-x".to_owned(),
    ];
    layout.lines("a submodule", &root, &[&lines[0], &lines[1], &lines[2], &lines[3]]);
    layout.end();
}

#[test]
fn odd_repositories() {
    let mut layout = Layout::new(408, Shape { commits: 1, ..Shape::LINEAR });
    let root = layout.history.path();
    let lines = &["", "-x", "-u", "-l", "--bumped-version", "--bump", "--tag v1.0.0"];
    layout.lines("one commit", &root, lines);
    layout.history.git(&["tag", "v1.0.0"]);
    layout.lines("one commit, tagged", &root, lines);
    layout.history.git(&["tag", "-d", "v1.0.0"]);
    layout.history.git(&["tag", "-a", "-m", "inner", "inner"]);
    layout.history.git(&["tag", "-a", "-m", "outer", "v1.0.0", "inner"]);
    layout.history.git(&["tag", "-d", "inner"]);
    let blob = layout.history.git(&["hash-object", "-w", "OLD.md"]);
    layout.history.git(&["tag", "of-a-blob", &blob]);
    layout.history.git(&["tag", "of-a-tree", "HEAD^{tree}"]);
    layout.lines("a tag of a tag", &root, lines);
    layout.history.git(&["update-ref", "refs/heads/v1.0.0", "HEAD"]);
    layout.lines("a branch of the same name", &root, &["-l", "v1.0.0..HEAD"]);
    let empty = layout.history.beside("empty");
    std::fs::create_dir(&empty).unwrap();
    git::text(&empty, &["init", "--quiet"]);
    layout.lines("fails: no commit", &empty, lines);
    layout.end();
}

#[test]
fn commits_made_by_hand() {
    let mut layout = Layout::new(409, Shape { commits: 3, ..Shape::LINEAR });
    let root = layout.history.path();
    let tree = layout.history.git(&["rev-parse", "HEAD^{tree}"]);
    let mut tip = layout.history.fill("{commit:-1}");
    let people = "A <a@example.com> 1704200000 +0000";
    let headers = [
        format!("author {people}\ncommitter {people}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----"),
        format!("author {people}\ncommitter {people}\nencoding latin9\nmergetag object 1\n type commit\n tag x"),
        "author A <a@example.com> 0 +0000\ncommitter A <a@example.com> 4000000000 +1400".to_owned(),
        "author <> 1704200000 -1200\ncommitter  <c> 1704200001 +0000".to_owned(),
        "author A \"B\" <a <b@example.com> 1704200002 +0000\ncommitter A. <c@example.com > 1704200002 +0000".to_owned(),
        "author  A  <  a@example.com  > 1704200003 +0000\ncommitter C <c@example.com> 1704200003 +0000".to_owned(),
        format!("author {people}\ncommitter {people}\nx-other value"),
    ];
    for (number, header) in headers.iter().enumerate() {
        let text = format!("tree {tree}\nparent {tip}\n{header}\n\nfeat: number {number}\n");
        let args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
        let made = git::output(&root, &args, Some(text.as_bytes()));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8_lossy(&made.stdout).trim().clone_into(&mut tip);
    }
    layout.history.git(&["update-ref", "refs/heads/main", &tip]);
    let numbers = config("numbers.toml");
    layout.lines(
        "by hand",
        &root,
        &["", "-x", "--topo-order -x", &format!("-c {numbers}"), "-u --bump -x"],
    );
    layout.end();
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut layout = Layout::new(410, Shape::LINEAR);
    let root = layout.history.path();
    let author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    for name in [&b"lat\xe9.txt"[..], b"d\xff/inner.txt", b"\xc3(.rs"] {
        write(&root.join(std::ffi::OsStr::from_bytes(name)), "text\n");
        layout.history.git(&["add", "--all"]);
        layout.history.git(&[&author[..], &["commit", "--quiet", "-m", "feat: a name"]].concat());
    }
    let lines = &[
        "-x",
        "--include-path *.txt",
        "--include-path **/inner.txt -x",
        "--exclude-path *.txt -x",
        "--exclude-path **",
    ];
    layout.lines("not UTF-8", &root, lines);
    layout.end();
}
