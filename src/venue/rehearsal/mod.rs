//! The rehearsal that the studio starts: `fotota rehearse` in a process of its own, one at a time.
//!
//! Invariant: no rehearsal outlives this process. It ends when its standard input does, which this process holds.

mod report;

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;

pub use report::{RehearsalLimit, RehearsalReport};

/// Beside the time in which guests arrive: about what making and indexing the first photos takes.
const PREPARATION: Duration = Duration::from_secs(20);
/// The same on the slowest computer, and what the last guest may wait for.
const LONGEST_EXTRA: Duration = Duration::from_mins(5);
/// A rehearsal that is stopped ends by itself within this time, or is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two looks at the time.
const TICK: Duration = Duration::from_millis(200);

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RehearsalPlan {
    /// How many arrive.
    pub guests: u16,
    /// In which time.
    pub within_seconds: u16,
    /// Of this computer: where they come in.
    pub address: IpAddr,
}

/// How a rehearsal is.
#[derive(Clone, Debug, PartialEq)]
pub enum Rehearsal {
    /// None was started, or it was stopped.
    Idle,
    /// It runs.
    Running {
        /// What is played.
        plan: RehearsalPlan,
        /// For how long by now.
        elapsed: Duration,
        /// About how long it takes in all.
        takes: Duration,
        /// Whether guests arrive by now, after the preparation.
        guests_arrive: bool,
    },
    /// It came to its end.
    Done(RehearsalReport),
    /// It did not, for this reason, in English.
    Failed(String),
}

/// A line that `fotota rehearse` prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Doing { doing: String },
    Done(RehearsalReport),
    Failed { error: Failure },
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

/// Starts rehearsals, one at a time, and remembers the last one's end.
pub struct Rehearsals {
    /// For every command of this executable: configuration and data folder.
    arguments: Vec<OsString>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    last: Option<Result<RehearsalReport, String>>,
}

struct Running {
    plan: RehearsalPlan,
    since: Instant,
    /// Then it is killed.
    until: Instant,
    guests_arrive: bool,
    /// The rehearsal ends when this is closed; `None`: it was.
    input: Option<ChildStdin>,
    /// Waits for its end.
    thread: Option<JoinHandle<()>>,
}

impl Rehearsals {
    /// `arguments` stand before each command of this executable.
    #[must_use]
    pub fn new(arguments: Vec<OsString>) -> Self {
        Self { arguments, state: Arc::default() }
    }

    /// Starts one, unless one runs already: then the result is `false`.
    #[expect(clippy::must_use_candidate, reason = "who starts one may look at its state instead")]
    pub fn start(&self, plan: RehearsalPlan) -> bool {
        let mut state = lock(&self.state);
        if state.running.is_some() {
            return false;
        }
        state.last = None;
        match self.spawn(plan) {
            Ok((child, input, output)) => {
                let (shared, since) = (self.state.clone(), Instant::now());
                let until = since + seconds(plan.within_seconds) + LONGEST_EXTRA;
                // It waits for the lock, which is held here until all is written down.
                let thread = std::thread::spawn(move || attend(child, output, &shared));
                let (input, thread) = (Some(input), Some(thread));
                state.running = Some(Running { plan, since, until, guests_arrive: false, input, thread });
            }
            Err(error) => state.last = Some(Err(format!("cannot start it: {error}"))),
        }
        true
    }

    fn spawn(&self, plan: RehearsalPlan) -> std::io::Result<(Child, ChildStdin, ChildStdout)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(&self.arguments).args(["rehearse", "--json", "--attached"]);
        for (option, value) in [
            ("--guests", plan.guests.to_string()),
            ("--within", plan.within_seconds.to_string()),
            ("--address", plan.address.to_string()),
        ] {
            command.args([option, &value]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Ok((child, input.ok_or_else(missing)?, output.ok_or_else(missing)?))
    }

    /// Ends the one that runs, and returns when it has ended.
    pub fn stop(&self) {
        let thread = lock(&self.state).running.as_mut().and_then(|running| {
            running.input = None;
            running.until = running.until.min(Instant::now() + STOP_TIMEOUT);
            running.thread.take()
        });
        if let Some(thread) = thread {
            // It only waits, and has nothing to say of how it ended.
            thread.join().ok();
        }
    }

    /// How it is now.
    #[must_use]
    pub fn look(&self) -> Rehearsal {
        let state = lock(&self.state);
        match (&state.running, &state.last) {
            (Some(Running { plan, since, guests_arrive, .. }), _) => Rehearsal::Running {
                plan: *plan,
                elapsed: since.elapsed(),
                takes: PREPARATION + seconds(plan.within_seconds),
                guests_arrive: *guests_arrive,
            },
            (None, None) => Rehearsal::Idle,
            (None, Some(Ok(report))) => Rehearsal::Done(report.clone()),
            (None, Some(Err(reason))) => Rehearsal::Failed(reason.clone()),
        }
    }
}

fn seconds(seconds: u16) -> Duration {
    Duration::from_secs(seconds.into())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Follows a rehearsal to its end.
fn attend(mut child: Child, output: ChildStdout, state: &Mutex<State>) {
    let end = follow(&lines_of(output), state);
    if end.is_none() {
        child.kill().ok();
    }
    child.wait().ok();
    let mut state = lock(state);
    let stopped = state.running.take().is_none_or(|running| running.input.is_none());
    let end = end.unwrap_or_else(|| Err("it took too long".to_owned()));
    state.last = (!stopped).then_some(end);
}

/// What a program prints, line by line, read on a thread of its own: a read has no timeout.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

/// How it ended; `None` if it has to be killed.
fn follow(lines: &Receiver<String>, state: &Mutex<State>) -> Option<Result<RehearsalReport, String>> {
    let mut end = Err("it ended without a word".to_owned());
    loop {
        let line = match lines.recv_timeout(TICK) {
            Ok(line) => serde_json::from_str(&line),
            Err(RecvTimeoutError::Disconnected) => return Some(end),
            Err(RecvTimeoutError::Timeout) => {
                let is_over = |running: &Running| Instant::now() > running.until;
                if lock(state).running.as_ref().is_none_or(is_over) {
                    return None;
                }
                continue;
            }
        };
        match line {
            Ok(Line::Doing { doing }) => {
                if let Some(running) = &mut lock(state).running {
                    running.guests_arrive = doing == "guests";
                }
            }
            Ok(Line::Done(report)) => end = Ok(report),
            Ok(Line::Failed { error }) => end = Err(error.message),
            Err(error) => end = Err(error.to_string()),
        }
    }
}
