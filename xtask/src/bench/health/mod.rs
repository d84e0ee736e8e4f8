//! `launchway-health` beside wait-on, hurl and curl, each with its nearest settings.

mod detect;
mod hostile;
mod many;
mod peers;
mod single;

use std::path::Path;

use anyhow::Result;

use self::peers::Tools;

/// Measures and prints.
pub(super) fn run(ours: &Path) -> Result<()> {
    let tools = Tools::find(ours)?;
    tools.print();
    let mut verdict = Verdict::default();
    detect::run(&tools, &mut verdict)?;
    single::run(&tools, &mut verdict)?;
    hostile::run(&tools, &mut verdict)?;
    many::redirects(&tools, &mut verdict)?;
    many::at_once(&tools, &mut verdict)?;
    println!("\nhealth: {} of {} figures met", verdict.met, verdict.all);
    Ok(())
}

/// How many figures there are, and how many are as they must be.
#[derive(Default)]
struct Verdict {
    met: usize,
    all: usize,
}

impl Verdict {
    /// One figure against what it may be at most.
    fn at_most(&mut self, what: &str, is: f64, limit: f64, unit: &str) {
        self.holds(what, &format!("{is:.1} {unit}, at most {limit:.1}"), is <= limit);
    }

    /// One figure that is met or not.
    fn holds(&mut self, what: &str, said: &str, met: bool) {
        self.all += 1;
        self.met += usize::from(met);
        println!("  {what:<34} {said:<40} {}", if met { "met" } else { "NOT MET" });
    }
}
