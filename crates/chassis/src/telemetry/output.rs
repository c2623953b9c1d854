//! Standard output for many lines: what is said within a moment goes out in one system call.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line may wait for others.
const MOMENT: Duration = Duration::from_millis(100);

/// How many bytes may wait.
const FULL: usize = 64 * 1024;

/// Lines on their way to standard output. A warning goes out at once, and with it all that was said before.
#[derive(Clone, Debug, Default)]
pub(super) struct Output(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    lines: Mutex<Vec<u8>>,
    no_longer_empty: Condvar,
}

impl Output {
    /// Starts the thread that sends what has waited for a moment.
    pub(super) fn start() -> io::Result<Self> {
        let output = Self::default();
        let sender = output.clone();
        std::thread::Builder::new().name("log".into()).spawn(move || {
            loop {
                sender.wait_for_a_line();
                std::thread::sleep(MOMENT);
                sender.send();
            }
        })?;
        Ok(output)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_a_line(&self) {
        drop(self.0.no_longer_empty.wait_while(self.waiting(), |lines| lines.is_empty()));
    }

    fn push(&self, line: &[u8]) -> usize {
        let mut lines = self.waiting();
        if lines.is_empty() {
            self.0.no_longer_empty.notify_one();
        }
        lines.extend_from_slice(line);
        lines.len()
    }

    /// Sends what waits. Whoever reads slowly holds up those who send, and not those who only say something.
    pub(super) fn send(&self) {
        let mut stdout = io::stdout().lock();
        let lines = std::mem::take(&mut *self.waiting());
        // Nobody is left to be told that logs cannot be written.
        let _ = stdout.write_all(&lines).and_then(|()| stdout.flush());
    }
}

impl<'writer> MakeWriter<'writer> for Output {
    type Writer = Line<'writer>;

    fn make_writer(&'writer self) -> Line<'writer> {
        Line { output: self, urgent: false }
    }

    fn make_writer_for(&'writer self, event: &Metadata<'_>) -> Line<'writer> {
        Line { output: self, urgent: *event.level() <= Level::WARN }
    }
}

/// Where one event is written to, in one piece.
#[derive(Debug)]
pub(super) struct Line<'writer> {
    output: &'writer Output,
    urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.output.push(line) >= FULL || self.urgent {
            self.output.send();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
