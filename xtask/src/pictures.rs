//! `cargo xtask pictures`: the pictures of `docs/pictures`, made of the pages of the notifier's
//! examples, `crates/notify/tests/pictures`, which its tests compare with what the program makes.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::{oracles, shell};

/// The examples that are shown in the documentation.
const SHOWN: &[(&str, &str)] = &[
    ("approval", "approval/page.html"),
    ("canary", "canary/page.html"),
    ("ci-failure", "ci-failure/page.html"),
    ("deploy-failure", "deploy-failure/page.html"),
    ("deploy-success", "deploy-success/page.html"),
    ("discord", "deploy-failure/discord.html"),
    ("email", "deploy-failure/email.html"),
    ("release", "release/page.html"),
    ("teams", "deploy-failure/teams.html"),
];
/// The names that are shown where a message has ids.
const NAMES: &[(&str, &str)] = &[
    ("@S012AB3CD", "@on-call"),
    ("@U012AB3CD", "@mona"),
    ("@123456789012345678", "@on-call"),
    ("@223456789012345678", "@mona"),
];
/// Pixels of a page, before each is two by two.
const WIDTH: u32 = 720;
/// No picture is larger.
const MOST: u64 = 60 * 1024;

/// Makes them.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Makes the pictures, and with them the pages they show, by which a test knows old ones.
pub(crate) fn run(_: &Args) -> Result<bool> {
    let tools = oracles::read()?.pictures;
    let find = |program: &str| -> Result<PathBuf> {
        let package = tools.get(program).map_or(program, String::as_str);
        shell::on_path(program).with_context(|| {
            format!("`{program}` is missing; `apt-get install {package}` brings it")
        })
    };
    let (browser, smaller) = (find("chromium")?, find("pngquant")?);
    let dir = tempfile::tempdir()?;
    let out = shell::at("docs/pictures");
    std::fs::create_dir_all(&out)?;
    let mut list = String::new();
    for (name, page) in SHOWN {
        let example = shell::at("crates/notify/tests/pictures").join(page);
        let page = std::fs::read_to_string(&example)
            .with_context(|| format!("cannot read {}", example.display()))?;
        let named = NAMES.iter().fold(page.clone(), |page, (id, name)| page.replace(id, name));
        let drawn = dir.path().join(format!("{name}.html"));
        std::fs::write(&drawn, &named)?;
        let height = height(&browser, dir.path(), &named)?;
        let large = dir.path().join(format!("{name}.png"));
        shot(&browser, dir.path(), &drawn, &large, height)?;
        let picture = out.join(format!("notify-{name}.png"));
        shell::run(
            shell::command(&smaller)
                .args(["--force", "--strip", "--speed", "1", "--nofs", "64", "--output"])
                .args([&picture, &large]),
        )?;
        let size = std::fs::metadata(&picture)?.len();
        println!("{} {WIDTH} x {height}, {} KiB", picture.display(), size.div_ceil(1024));
        if size > MOST {
            bail!("{} has more than {MOST} bytes", picture.display());
        }
        for byte in Sha256::digest(page.replace("\r\n", "\n")) {
            write!(list, "{byte:02x}")?;
        }
        writeln!(list, "  notify-{name}.png")?;
    }
    std::fs::write(out.join("pages.txt"), list)?;
    Ok(true)
}

/// How high the page is. A copy with a script tells it.
fn height(browser: &Path, dir: &Path, page: &str) -> Result<u32> {
    let tells = "<script>document.title='height '+Math.ceil(document.documentElement\
                 .getBoundingClientRect().height)</script></body>";
    let page = page.replace("default-src 'none'", "default-src 'unsafe-inline'");
    let copy = dir.join("measured.html");
    std::fs::write(&copy, page.replace("</body>", tells))?;
    let mut command = headless(browser, dir);
    command.arg(format!("--window-size={WIDTH},600")).arg("--dump-dom").arg(&copy);
    let seen = shell::read(&mut command)?;
    let number = seen.split_once("<title>height ").and_then(|(_, rest)| rest.split_once('<'));
    let (number, _) = number.context("the browser does not say how high the page is")?;
    number.parse().context("the height of a page is no number")
}

/// A picture of the page.
fn shot(browser: &Path, dir: &Path, page: &Path, picture: &Path, height: u32) -> Result<()> {
    let mut command = headless(browser, dir);
    command
        .args(["--force-device-scale-factor=2", "--hide-scrollbars"])
        .arg(format!("--window-size={WIDTH},{height}"))
        .arg(joined("--screenshot=", picture))
        .arg(page);
    shell::read(&mut command).map(drop)
}

fn headless(browser: &Path, dir: &Path) -> std::process::Command {
    let mut command = shell::command(browser);
    // What is shown is the project's own, and a container has no sandbox to give.
    command
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--font-render-hinting=none"])
        .arg(joined("--user-data-dir=", &dir.join("profile")));
    command
}

fn joined(option: &str, path: &Path) -> std::ffi::OsString {
    [OsStr::new(option), path.as_os_str()].into_iter().collect()
}
