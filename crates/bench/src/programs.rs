//! The programs that the bench drives: Debian's, installed where they are missing.

use platform::Outcome;

/// A program, and the package it comes from.
const TOOLS: [(&str, &str); 6] = [
    ("wrk", "wrk"),
    ("haproxy", "haproxy"),
    ("nginx", "nginx"),
    ("openssl", "openssl"),
    ("pgbench", "postgresql"),
    ("valgrind", "valgrind"),
];

/// Installs what is missing.
pub(crate) fn install() -> Outcome {
    let missing = TOOLS.iter().filter(|(program, _)| tools::program(program).is_none());
    let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if missing.is_empty() { Ok(()) } else { Ok(tools::install_debian(&missing)?) }
}
