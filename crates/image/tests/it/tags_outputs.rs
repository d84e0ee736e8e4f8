//! What `tags` hands on: outputs, variables, bake files, summary.

use std::path::Path;

use launchway_testkit::Scrubbed;
use launchway_testkit::runner::How;
use serde_json::{Value, json};

use crate::tags_world::{PROGRAM, World, names};

const OUTPUTS: [&str; 10] = [
    "version",
    "tags",
    "tag-names",
    "labels",
    "annotations",
    "json",
    "bake-file-tags",
    "bake-file-labels",
    "bake-file-annotations",
    "bake-file",
];
const SEMVER: &str = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}";

fn read(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn outputs_variables_and_bake_files_say_the_same() {
    let world = World::push("refs/tags/v1.2.3");
    let temp = world.dir.path().join("temp");
    let world = world.with(|runner| runner.env("RUNNER_TEMP", temp.to_str().unwrap()));
    let inputs = [
        ("images", "acme/a\nacme/b"),
        ("tags", SEMVER),
        ("labels", "x=1"),
        ("annotations", "y=2"),
        ("bake-target", "app"),
    ];
    let run = world.run(&inputs).success();
    assert_eq!(run.output("version"), "1.2.3");
    let tags = ["a:1.2.3", "a:1", "a:latest", "b:1.2.3", "b:1", "b:latest"];
    let tags: Vec<String> = tags.iter().map(|tag| format!("acme/{tag}")).collect();
    assert_eq!(run.output("tags"), tags.join("\n"));
    let whole = run.output_json("json");
    assert_eq!(whole["tags"], json!(tags));
    assert_eq!(whole["labels"]["x"], "1");
    assert!(run.output("annotations").ends_with("\nmanifest:y=2"));
    for output in OUTPUTS {
        let variable =
            format!("DOCKER_METADATA_OUTPUT_{}", output.replace('-', "_").to_uppercase());
        assert_eq!(run.env_written[&variable], run.output(output), "{output}");
    }
    assert_eq!(run.env_written.len(), OUTPUTS.len());
    let bake = read(run.output("bake-file"));
    assert_eq!(bake["target"]["app"]["tags"], json!(tags));
    assert_eq!(
        bake["target"]["app"]["args"],
        json!({ "DOCKER_META_IMAGES": "acme/a,acme/b", "DOCKER_META_VERSION": "1.2.3" })
    );
    assert_eq!(read(run.output("bake-file-labels"))["target"]["app"]["labels"], whole["labels"]);
    let annotations = read(run.output("bake-file-annotations"));
    assert_eq!(annotations["target"]["app"]["annotations"], whole["annotations"]);
    assert!(Path::new(run.output("bake-file-tags")).starts_with(&temp));
    let reasons = run.output_json("reasons");
    assert_eq!(reasons[0]["tag"], "1.2.3");
    assert_eq!(reasons[0]["reason"], "the version is 1.2.3");
    assert!(run.summary.contains("Image tags of 1.2.3"), "{}", run.summary);
}

#[test]
fn variables_and_separators_follow_the_environment() {
    let world = World::push("refs/tags/v1.2.3")
        .with(|runner| runner.env("DOCKER_METADATA_SET_OUTPUT_ENV", "false"));
    let inputs =
        [("tags", SEMVER), ("sep-tags", " "), ("sep-labels", ", "), ("sep-annotations", "\t")];
    for how in [How::Json, How::Input, How::Flags] {
        let run = world.run_how(how, &inputs).success();
        assert!(run.env_written.is_empty());
        assert_eq!(run.output("tags"), "1.2.3 1 latest");
        assert!(run.output("labels").contains(", org.opencontainers"));
        assert!(run.output("annotations").contains("\tmanifest:org.opencontainers"));
    }
    // A shell that drops variables with hyphens leaves this spelling.
    let world = World::push("refs/tags/v1.2.3").with(|runner| {
        runner
            .env("INPUT_SEP_TAGS", " | ")
            .env("DOCKER_METADATA_ANNOTATIONS_LEVELS", "index,manifest")
    });
    let run = world.run_how(How::Input, &[("tags", SEMVER)]).success();
    assert_eq!(run.output("tags"), "1.2.3 | 1 | latest");
    assert!(run.output("annotations").starts_with("index:org."));
    assert_eq!(run.output("annotations").lines().count(), 16);
}

#[test]
fn without_a_tag_outputs_are_empty_and_a_warning_says_so() {
    let run = World::push("refs/heads/main").run(&[("tags", SEMVER)]).success();
    assert_eq!((run.output("version"), run.output("tags")), ("", ""));
    assert!(run.outputs.contains_key("version"));
    assert_eq!(run.messages("warning").len(), 1);
    assert!(run.log.contains("the run is for no tag"), "{}", run.log);
}

#[test]
fn a_refusal_is_one_annotation_and_nothing_written() {
    let world = World::push("refs/heads/main");
    for (inputs, said) in [
        (&[("tags", "type=semvr")][..], "did you mean `semver`?"),
        (&[("tags", "type=semver")], "type=semver,pattern={{version}}"),
        (&[("tags", "type=ref,event=brunch")], "did you mean `branch`?"),
        (&[("tags", "type=sha,format=short,")], ""),
        (&[("tags", "x,enable=maybe")], "maybe"),
        (&[("flavor", "latest=perhaps")], "latest=auto"),
        (&[("flavor", "sufix=x")], "did you mean `suffix`?"),
        (&[("images", "acme/a,enabel=true")], "did you mean `enable`?"),
        (&[("images", "acme/a:1.2.3")], "acme/a:1.2.3"),
        (&[("context", "workflows")], "did you mean `workflow`?"),
        (&[("published-packages", "[]")], "package"),
        (&[("package", "api"), ("published-packages", "{")], "published-packages"),
        (&[("floating", "lowest")], "highest"),
    ] {
        let run = world.run(inputs);
        if said.is_empty() {
            continue;
        }
        let run = run.exits(2);
        let errors = run.messages("error");
        assert_eq!(errors.len(), 1, "{inputs:?}: {errors:?}");
        assert!(errors[0].contains(said), "{inputs:?}: {errors:?}");
        assert!(run.outputs.is_empty() && run.env_written.is_empty(), "{inputs:?}");
    }
    for (name, value) in
        [("DOCKER_METADATA_SET_OUTPUT_ENV", "maybe"), ("DOCKER_METADATA_SHORT_SHA_LENGTH", "seven")]
    {
        let run = World::push("refs/heads/main")
            .with(|runner| runner.env(name, value))
            .run(&[("tags", "type=sha")])
            .exits(2);
        assert!(run.messages("error")[0].contains(name));
        assert!(run.outputs.is_empty());
    }
}

#[test]
fn bake_files_that_cannot_be_written_leave_no_outputs() {
    let world = World::push("refs/heads/main");
    let file = world.dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let world = world.with(|runner| runner.env("RUNNER_TEMP", file.to_str().unwrap()));
    let run = world.run(&[]).exits(2);
    assert!(run.messages("error")[0].contains("RUNNER_TEMP"));
    assert!(run.outputs.is_empty() && run.env_written.is_empty());
}

#[test]
fn a_shell_is_told_to_name_the_checkout() {
    let dir = tempfile::tempdir().unwrap();
    let run = Scrubbed::new(PROGRAM).args(["tags", "--images", "acme/a"]).dir(dir.path()).run();
    let run = run.exits(2);
    assert!(run.all().contains("--context git"), "{}", run.all());
    let repo = launchway_testkit::TestRepo::with_files(&[("a", "1")]);
    let run = Scrubbed::new(PROGRAM)
        .args(["tags", "--context", "git", "--images", "acme/a", "--tags", "type=ref,event=branch"])
        .args(["--tags", "type=raw,value=b"])
        .dir(repo.path())
        .run()
        .success();
    assert!(run.all().contains("acme/a:main\nacme/a:b\n"), "{}", run.all());
}

#[test]
fn lists_too_long_for_an_input_come_from_files() {
    let world = World::push("refs/heads/main");
    let file = |name: &str, text: &str| {
        let path = world.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let rules: Vec<String> =
        (0..5000).map(|n| format!("type=raw,value=t{n}-{{{{sha}}}}")).collect();
    let inputs = [
        ("tags-file", file("tags", &format!("first\r\n{}", rules.join("\r\n")))),
        ("labels-file", file("labels", "a=1\n# b=2\n")),
        ("annotations-file", file("annotations", "c=3")),
    ];
    let inputs = inputs.each_ref().map(|(name, value)| (*name, value.as_str()));
    let run = world.run(&inputs).success();
    assert_eq!(run.output("version"), "first");
    assert_eq!(run.output("tags").lines().count(), 5001);
    assert!(run.output("labels").starts_with("a=1\norg."), "{}", run.output("labels"));
    assert!(run.output("annotations").contains("manifest:c=3"));
    for (inputs, said) in [
        (&[("tags-file", "nowhere")][..], "nowhere"),
        (&[("tags-file", "nowhere"), ("tags", "x")], "both given"),
    ] {
        let run = world.run(inputs).exits(2);
        assert!(run.messages("error")[0].contains(said), "{:?}", run.messages("error"));
    }
}

#[test]
fn what_is_set_twice_or_in_lists_is_one_list() {
    let world = World::push("refs/heads/main");
    let run = world.run(&[("tags", "# a comment\r\n\r\n a , priority=5 \r\nb\r\n")]).success();
    assert_eq!(names(&run), "b a");
    let run = world.run(&[("tags", "x\nx"), ("images", "a/b\nA/B")]).success();
    assert_eq!(run.output("tags"), "a/b:x");
}
