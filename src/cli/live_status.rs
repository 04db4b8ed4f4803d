//! What a server does right now, in one line at the end of the terminal. Elsewhere the log says it, request by request.

use std::io::IsTerminal;
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::address::studio_link;
use crate::app::App;
use crate::domain::Timestamp;
use crate::reach::Reach;
use crate::signal::StopSignal;
use crate::store::{Reader, StoreError, progress, sessions};

const INTERVAL: Duration = Duration::from_secs(2);

/// The line, until this is dropped.
pub(super) struct LiveStatus {
    stop: StopSignal,
    thread: Option<JoinHandle<()>>,
}

impl LiveStatus {
    /// Shows it; `None` if nobody reads a terminal.
    pub(super) fn show(app: &App, reach: Reach) -> Option<Self> {
        if !std::io::stderr().is_terminal() {
            return None;
        }
        let (stop, app) = (StopSignal::default(), app.clone());
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
            loop {
                let now = app.clock.now();
                // The next attempt may succeed.
                if let Ok(line) = app.store.read(|db| line(db, now)) {
                    bar.set_message(format!("{line} · {}", studio_link(&reach.base_url())));
                }
                bar.tick();
                if stopped.pause(INTERVAL) {
                    return bar.finish_and_clear();
                }
            }
        });
        Some(Self { stop, thread: Some(thread) })
    }
}

impl Drop for LiveStatus {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn line(db: &Reader, now: Timestamp) -> Result<String, StoreError> {
    let queue = progress::of_queue(db, now)?;
    let mut parts = vec![
        format!("guests: {}", sessions::count(db, now)?),
        format!("photos: {}", queue.indexed),
        format!("waiting: {}", queue.pending),
    ];
    if queue.failed > 0 {
        parts.push(format!("failed: {}", queue.failed));
    }
    Ok(parts.join(" · "))
}
