//! The table: what was measured, against what, and whether it is good enough.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use chassis::Clock;
use platform::Outcome;

/// What a figure must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// It is only shown.
    None,
}

/// The lines so far.
pub(crate) struct Table {
    text: String,
    missed: usize,
    met: usize,
    failed: usize,
}

impl Table {
    pub(crate) fn new() -> Self {
        let now = Clock::system().now();
        Table {
            text: format!("damacorch bench, {now:.0}, {}\n", load()),
            missed: 0,
            met: 0,
            failed: 0,
        }
    }

    /// Begins a part.
    pub(crate) fn part(&mut self, title: &str) {
        let line = format!("\n{title}   [{}]\n", load());
        self.add(&line);
    }

    /// One figure: of what, what it is made of, and what it must be.
    pub(crate) fn line(&mut self, what: &str, figure: f64, goal: Goal, made_of: &str) {
        let (goal, met) = match goal {
            Goal::AtLeast(least) => (format!("≥ {least:.2}"), Some(figure >= least)),
            Goal::AtMost(most) => (format!("≤ {most:.2}"), Some(figure <= most)),
            Goal::None => (String::new(), None),
        };
        let verdict = match met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        self.met += usize::from(met == Some(true));
        self.missed += usize::from(met == Some(false));
        self.add(&format!("  {what:42} {figure:8.2}  {goal:>8}  {verdict:6}  {made_of}\n"));
    }

    /// Something to be told without a figure.
    pub(crate) fn note(&mut self, text: &str) {
        self.add(&format!("  {text}\n"));
    }

    /// A part that could not be measured.
    pub(crate) fn failed(&mut self, name: &str, why: &str) {
        self.failed += 1;
        self.add(&format!("  {name}: FAILED: {why}\n"));
    }

    /// An error when a part could not be measured: a goal that is missed is a figure, not a failure.
    pub(crate) fn verdict(&self) -> Outcome {
        match self.failed {
            0 => Ok(()),
            failed => Err(format!("{failed} parts could not be measured").into()),
        }
    }

    /// The last line.
    pub(crate) fn finish(&mut self) {
        let (met, missed) = (self.met, self.missed);
        self.text.push_str(&format!("\n{met} goals met, {missed} missed; {}\n", load()));
    }

    /// Keeps it as a file.
    pub(crate) fn keep(&self, folder: &Path, parts: &[String]) -> Outcome<PathBuf> {
        let mut name = Clock::system().now().strftime("%Y%m%d-%H%M%S").to_string();
        if parts.len() <= 5 {
            write!(name, "-{}", parts.join("-"))?;
        }
        let path = folder.join(format!("table-{name}.txt"));
        fs::write(&path, &self.text)?;
        Ok(path)
    }

    fn add(&mut self, text: &str) {
        print!("{text}");
        self.text.push_str(text);
    }
}

/// How busy the machine is, others included.
fn load() -> String {
    let said = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", said.split(' ').take(3).collect::<Vec<_>>().join(" "))
}
