//! Docker's actions, with buildah for `BuildKit`: images are built and pushed for real.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Done, Step, install, output, record, records, run, variable};

pub(super) fn login(step: &mut Step) -> Done {
    let registry = match step.take("registry").as_str() {
        "" | "docker.io" => "https://index.docker.io/v1/".to_owned(),
        given => given.to_owned(),
    };
    let (user, password) = (step.take("username"), step.take("password"));
    step.done()?;
    if user.is_empty() || password.is_empty() {
        return Err("a login needs username and password".into());
    }
    let folder = PathBuf::from(variable("DOCKER_CONFIG")?);
    let file = folder.join("config.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|_| "{}".to_owned());
    let mut config: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let coded = run(Command::new("sh").args([
        "-c",
        "printf '%s:%s' \"$1\" \"$2\" | base64 -w0",
        "sh",
        &user,
        &password,
    ]))?;
    config["auths"][&registry] = json!({ "auth": coded });
    std::fs::write(file, config.to_string()).map_err(|error| error.to_string())?;
    step.record("logins", &json!({ "registry": registry, "user": user }))
}

pub(super) fn buildx(step: &mut Step) -> Done {
    step.ignore(&["driver-opts", "buildkitd-config-inline", "cache-binary", "version"]);
    step.done()?;
    install("docker")?;
    output("name", "stand-in")
}

pub(super) fn qemu(step: &mut Step) -> Done {
    let platforms = step.take("platforms");
    step.ignore(&["image", "cache-image"]);
    step.done()?;
    step.record("qemu", &json!({ "platforms": platforms }))
}

/// buildah with its images beside the records, so that all steps of all jobs see the same.
fn buildah() -> Result<Command, String> {
    let store = records()?.join("buildah");
    let folder = |name: &str| {
        let folder = store.join(name);
        std::fs::create_dir_all(&folder).map(|()| folder).map_err(|error| error.to_string())
    };
    let mut command = Command::new("buildah");
    command.arg("--root").arg(folder("root")?).arg("--runroot").arg(folder("run")?);
    command.args(["--storage-driver", "vfs"]);
    command.env("TMPDIR", folder("tmp")?).env("XDG_RUNTIME_DIR", folder("xdg")?);
    Ok(command)
}

pub(super) fn build(step: &mut Step) -> Done {
    let context = step.take("context");
    let file = step.take("file");
    let platforms: Vec<String> =
        step.take("platforms").split([',', '\n']).map(|name| name.trim().to_owned()).collect();
    let tags = step.lines("tags");
    let labels = step.lines("labels");
    let annotations = step.lines("annotations");
    let arguments = step.lines("build-args");
    let target = step.take("target");
    let (push, load) = (step.on("push")?, step.on("load")?);
    let outputs = step.take("outputs");
    let attested = json!({ "sbom": step.take("sbom"), "provenance": step.take("provenance") });
    let caches = json!({ "from": step.lines("cache-from"), "to": step.lines("cache-to") });
    // A Dockerfile that mounts a secret fails here; none of those in the tests does.
    step.ignore(&["github-token", "pull", "no-cache", "secrets"]);
    step.done()?;
    if context.is_empty() {
        return Err("without a context it builds the commit, and nothing a step has made".into());
    }

    let platform = platforms.first().cloned().unwrap_or_default();
    if platforms.len() > 1 {
        return Err(format!("one platform at a time is built here, not {platforms:?}"));
    }
    let mut bud = buildah()?;
    bud.args(["bud", "--isolation", "chroot", "--format", "oci", "--quiet", "--layers"]);
    if !platform.is_empty() {
        bud.args(["--platform", &platform]);
    }
    if !file.is_empty() {
        bud.args(["--file", &file]);
    }
    if !target.is_empty() {
        bud.args(["--target", &target]);
    }
    for (option, values) in
        [("--label", &labels), ("--annotation", &annotations), ("--build-arg", &arguments)]
    {
        for value in values {
            bud.args([option, annotation(option, value)]);
        }
    }
    let id = run(bud.arg(&context))?.trim().to_owned();
    for tag in &tags {
        run(buildah()?.args(["tag", &id, tag]))?;
    }
    output("imageid", &format!("sha256:{id}"))?;

    let mut digest = String::new();
    let wanted = outputs_of(&outputs);
    let by_digest = wanted.iter().any(|(key, value)| key == "push-by-digest" && value == "true");
    let pushes = push || wanted.iter().any(|(key, value)| key == "push" && value == "true");
    let kind = wanted.iter().find(|(key, _)| key == "type").map_or("", |(_, value)| value);
    let dest = wanted.iter().find(|(key, _)| key == "dest").map_or("", |(_, value)| value);
    if matches!(kind, "oci" | "docker") && !dest.is_empty() {
        // Docker's own file holds an OCI layout, too; it is the part our workflows read.
        let name = tags.first().map(|tag| format!(":{tag}")).unwrap_or_default();
        run(buildah()?.args(["push", "--quiet", &id, &format!("oci-archive:{dest}{name}")]))?;
    }
    if pushes {
        let names: Vec<String> = if by_digest {
            let named = wanted.iter().find(|(key, _)| key == "name");
            named.map_or("", |(_, value)| value).split(',').map(str::to_owned).collect()
        } else {
            tags.clone()
        };
        if names.iter().all(String::is_empty) {
            return Err("nothing says where to push".into());
        }
        for name in &names {
            digest = pushed(&id, name, by_digest)?;
        }
    }
    output("digest", &digest)?;
    output("metadata", &json!({ "containerimage.digest": digest }).to_string())?;
    step.record(
        "builds",
        &json!({
            "id": id, "digest": digest, "tags": tags, "labels": labels, "platform": platform,
            "pushed": pushes, "loaded": load, "attested": attested, "caches": caches,
            "by-digest": by_digest, "outputs": outputs,
        }),
    )
}

/// Buildah knows no levels of annotations: `manifest:key=value` is `key=value`.
fn annotation<'a>(option: &str, value: &'a str) -> &'a str {
    match value.split_once(':') {
        Some((level, rest)) if option == "--annotation" && !level.contains('=') => rest,
        _ => value,
    }
}

/// `type=image,"name=a,b",push=true` as pairs.
fn outputs_of(text: &str) -> Vec<(String, String)> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().into_iter().for_each(|field| field.push(c)),
        }
    }
    let pair = |field: &String| {
        let (key, value) = field.trim().split_once('=').unwrap_or((field.trim(), ""));
        (key.to_owned(), value.to_owned())
    };
    fields.iter().filter(|field| !field.trim().is_empty()).map(pair).collect()
}

/// Pushes an image and says its digest there.
fn pushed(id: &str, name: &str, by_digest: bool) -> Result<String, String> {
    let file = records()?.join(format!("digest-{}", std::process::id()));
    let mut push = buildah()?;
    push.args(["push", "--quiet", "--tls-verify=false", "--format", "oci", "--digestfile"]);
    push.arg(&file);
    let config = PathBuf::from(variable("DOCKER_CONFIG")?).join("config.json");
    if config.is_file() {
        push.arg("--authfile").arg(config);
    }
    // A registry takes a manifest by its digest; buildah only by a tag, so this one is of no use.
    let place = if by_digest {
        format!("{name}:stand-in-{}", &id[..12.min(id.len())])
    } else {
        name.into()
    };
    run(push.arg(id).arg(format!("docker://{place}")))?;
    let digest = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let _ = std::fs::remove_file(&file);
    Ok(digest.trim().to_owned())
}

/// `docker …`: the few commands our workflows run themselves.
pub(super) fn program(args: &[String]) -> Done {
    record("docker", &json!(args))?;
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["buildx", "imagetools", "create", rest @ ..] => merge(rest),
        ["buildx", "imagetools", "inspect", rest @ ..] => inspect(rest),
        ["load", "--input" | "-i", file] => load(Path::new(file)),
        ["run", rest @ ..] => run_image(rest),
        _ => Err(format!("this docker does not know {words:?}")),
    }
}

/// `imagetools create -t name:tag … name@sha256:…`: one index over what was pushed by digest.
fn merge(args: &[&str]) -> Done {
    let (mut tags, mut sources, mut annotations) = (Vec::new(), Vec::new(), Vec::new());
    let mut metadata = None;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().copied().ok_or("a flag without value");
        match *arg {
            "-t" | "--tag" => tags.push(value()?),
            "--annotation" => annotations.push(value()?),
            "--metadata-file" => metadata = Some(value()?),
            flag if flag.starts_with('-') => return Err(format!("this docker has no {flag}")),
            source => sources.push(source),
        }
    }
    let list = format!("localhost/merge-{}", std::process::id());
    run(buildah()?.args(["manifest", "create", &list]))?;
    for source in &sources {
        run(buildah()?.args([
            "manifest",
            "add",
            "--tls-verify=false",
            &list,
            &format!("docker://{source}"),
        ]))?;
    }
    let file = records()?.join(format!("digest-{}", std::process::id()));
    let mut digest = String::new();
    for tag in &tags {
        let mut push = buildah()?;
        push.args(["manifest", "push", "--quiet", "--tls-verify=false", "--format", "oci"]);
        push.arg("--digestfile").arg(&file);
        let config = PathBuf::from(variable("DOCKER_CONFIG")?).join("config.json");
        if config.is_file() {
            push.arg("--authfile").arg(config);
        }
        run(push.args([&list, &format!("docker://{tag}")]))?;
        std::fs::read_to_string(&file)
            .map_err(|error| error.to_string())?
            .trim()
            .clone_into(&mut digest);
    }
    if let Some(metadata) = metadata {
        let text = json!({ "containerimage.digest": digest }).to_string();
        std::fs::write(metadata, text).map_err(|error| error.to_string())?;
    }
    record("merges", &json!({ "tags": tags, "sources": sources, "annotations": annotations }))
}

#[expect(clippy::print_stdout, reason = "the program's answer")]
fn inspect(args: &[&str]) -> Done {
    let name = args.iter().find(|arg| arg.contains('/')).ok_or("inspect what?")?;
    let place = format!("docker://{name}");
    let text =
        run(Command::new("skopeo").args(["inspect", "--raw", "--tls-verify=false", &place]))?;
    let digest = run(Command::new("skopeo").args([
        "inspect",
        "--format",
        "{{.Digest}}",
        "--tls-verify=false",
        &place,
    ]))?;
    if args.iter().any(|arg| arg.contains("Digest")) {
        println!("{}", digest.trim());
    } else {
        println!("{text}");
    }
    Ok(())
}

fn load(file: &Path) -> Done {
    run(buildah()?.args(["pull", "--quiet", &format!("oci-archive:{}", file.display())])).map(drop)
}

/// `docker run --rm [flags] image command`: by buildah, in a root changed to the image's.
#[expect(clippy::print_stdout, reason = "the program's answer")]
fn run_image(args: &[&str]) -> Done {
    let mut rest = args.iter().peekable();
    let mut environment = Vec::new();
    let mut entry: Option<&str> = None;
    while let Some(arg) = rest.next_if(|arg| arg.starts_with('-')) {
        match *arg {
            "--rm" | "-i" | "--init" => {}
            "--env" | "-e" => environment.push(*rest.next().ok_or("a flag without value")?),
            "--entrypoint" => entry = rest.next().copied(),
            "--network" | "--name" | "--pull" | "--platform" => {
                rest.next();
            }
            flag if flag.starts_with("--network=") || flag.starts_with("--pull=") => {}
            flag => return Err(format!("this docker run has no {flag}")),
        }
    }
    let image = rest.next().ok_or("run which image?")?;
    let container = run(buildah()?.args(["from", "--quiet", image]))?.trim().to_owned();
    let mut command = buildah()?;
    command.args(["run", "--isolation", "chroot"]);
    for pair in environment {
        command.args(["--env", pair]);
    }
    command.args([&container, "--"]).args(entry).args(rest);
    let answer = run(&mut command);
    run(buildah()?.args(["rm", &container]))?;
    print!("{}", answer?);
    Ok(())
}
