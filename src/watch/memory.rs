//! What is known of the files in a hot folder, and what is to be done next with each. Pure: it sees listings and
//! results, and never a file.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::look::Found;
use super::pace::Pace;
use crate::domain::{FileOutcome, FileStamp, SourceFile};

/// What is known of one file.
#[derive(Debug)]
struct File {
    stamp: FileStamp,
    state: State,
}

#[derive(Debug)]
enum State {
    Settled(FileOutcome),
    /// With this stamp since this time.
    Open {
        since: Duration,
        next_check: Duration,
        why: Option<String>,
    },
}

/// All files of a hot folder. Times are those since the watch began.
#[derive(Debug, Default)]
pub(super) struct Memory {
    files: HashMap<PathBuf, File>,
}

/// A file that has rested, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) found: Found,
    pub(super) rested: Duration,
}

impl Memory {
    /// With files that were settled before.
    pub(super) fn new(settled: Vec<SourceFile>) -> Self {
        let file = |SourceFile { path, stamp, outcome }| {
            (PathBuf::from(path), File { stamp, state: State::Settled(outcome) })
        };
        Self { files: settled.into_iter().map(file).collect() }
    }

    /// Takes note of a listing; returns the files to look into now, in its order.
    pub(super) fn see(&mut self, found: &[Found], now: Duration, pace: &Pace) -> Vec<Due> {
        let mut due = Vec::new();
        for found in found {
            let open = || State::Open { since: now, next_check: now + pace.rest, why: None };
            let file = self.files.entry(found.path.clone());
            let file = file.or_insert_with(|| File { stamp: found.stamp, state: open() });
            if file.stamp != found.stamp {
                *file = File { stamp: found.stamp, state: open() };
            }
            match file.state {
                State::Open { since, next_check, .. } if next_check <= now => {
                    due.push(Due { found: found.clone(), rested: now.saturating_sub(since) });
                }
                _ => {}
            }
        }
        due
    }

    /// Forgets files that are not there any more; returns those that were settled. An empty listing is that of a drive
    /// without its card: that is no reason to read all of it again later.
    pub(super) fn forget_others(&mut self, found: &[Found]) -> Vec<PathBuf> {
        if found.is_empty() {
            self.files.retain(|_, file| matches!(file.state, State::Settled(_)));
            return Vec::new();
        }
        let there: HashSet<&Path> = found.iter().map(|found| found.path.as_path()).collect();
        let mut forgotten = Vec::new();
        self.files.retain(|path, file| {
            let stays = there.contains(path.as_path());
            if !stays && matches!(file.state, State::Settled(_)) {
                forgotten.push(path.clone());
            }
            stays
        });
        forgotten
    }

    /// The file with this stamp is done.
    pub(super) fn settle(&mut self, found: &Found, outcome: FileOutcome) {
        let file = File { stamp: found.stamp, state: State::Settled(outcome) };
        self.files.insert(found.path.clone(), file);
    }

    /// The file cannot be taken yet, for this reason: it is looked into again, less and less often.
    pub(super) fn wait(&mut self, path: &Path, now: Duration, pace: &Pace, reason: String) {
        let Some(File { state: State::Open { since, next_check, why }, .. }) = self.files.get_mut(path)
        else {
            return;
        };
        let rested = now.saturating_sub(*since);
        *next_check = now + (rested / 2).clamp(pace.rest, pace.longest_pause);
        *why = Some(reason);
    }

    /// The file was changed while it was looked into: its rest begins again.
    pub(super) fn begin_again(&mut self, path: &Path) {
        self.files.remove(path);
    }

    /// How many files are not settled.
    pub(super) fn waiting(&self) -> usize {
        self.files.values().filter(|file| matches!(file.state, State::Open { .. })).count()
    }

    /// The file that has been stuck longest, and why.
    pub(super) fn stuck(&self, now: Duration, pace: &Pace) -> Option<(&Path, &str)> {
        let stuck = self.files.iter().filter_map(|(path, file)| match &file.state {
            State::Open { since, why: Some(why), .. } if now.saturating_sub(*since) >= pace.stuck_after => {
                Some((*since, path.as_path(), why.as_str()))
            }
            _ => None,
        });
        stuck.min().map(|(_, path, why)| (path, why))
    }

    /// A file that was refused, the first by name, and why.
    pub(super) fn refused(&self) -> Option<(&Path, &str)> {
        let refused = self.files.iter().filter_map(|(path, file)| match &file.state {
            State::Settled(FileOutcome::Refused(why)) => Some((path.as_path(), why.as_str())),
            _ => None,
        });
        refused.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace::USUAL;

    fn file(name: &str, size_bytes: u64) -> Found {
        Found { path: name.into(), stamp: FileStamp { size_bytes, modified_ns: 7 } }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn due(memory: &mut Memory, files: &[Found], at: u64) -> Vec<String> {
        let due = memory.see(files, seconds(at), &PACE);
        due.into_iter().map(|due| due.found.path.display().to_string()).collect()
    }

    #[test]
    fn a_file_is_due_when_it_has_rested_and_not_while_it_grows() {
        let mut memory = Memory::default();
        let mut growing = file("b.jpg", 0);
        for at in 0..50 {
            growing.stamp.size_bytes += 1;
            let expected: &[&str] = if at >= 1 { &["a.jpg"] } else { &[] };
            assert_eq!(due(&mut memory, &[file("a.jpg", 5), growing.clone()], at), expected, "{at}");
        }
        assert_eq!(due(&mut memory, &[growing], 51), ["b.jpg"]);
    }

    #[test]
    fn what_is_settled_is_left_alone_until_it_changes() {
        let mut memory = Memory::new(vec![SourceFile {
            path: "old.jpg".into(),
            stamp: file("old.jpg", 3).stamp,
            outcome: FileOutcome::Photo,
        }]);
        let both = [file("old.jpg", 3), file("new.jpg", 3)];
        assert!(due(&mut memory, &both, 0).is_empty());
        assert_eq!(due(&mut memory, &both, 5), ["new.jpg"]);
        memory.settle(&both[1], FileOutcome::Refused("no picture".into()));
        assert!(due(&mut memory, &both, 9).is_empty() && memory.waiting() == 0);
        assert_eq!(memory.refused(), Some((Path::new("new.jpg"), "no picture")));
        let changed = [file("old.jpg", 4), file("new.jpg", 3)];
        assert!(due(&mut memory, &changed, 10).is_empty() && memory.waiting() == 1);
        assert_eq!(due(&mut memory, &changed, 12), ["old.jpg"]);
    }

    #[test]
    fn who_waits_is_asked_less_and_less_often_and_is_trouble_in_the_end() {
        let (mut memory, cut) = (Memory::default(), [file("cut.jpg", 5)]);
        let mut asked = Vec::new();
        for at in 0..=600 {
            if !due(&mut memory, &cut, at).is_empty() {
                memory.wait(Path::new("cut.jpg"), seconds(at), &PACE, "incomplete".into());
                asked.push(at);
            }
            let is_stuck = memory.stuck(seconds(at), &PACE).is_some();
            assert_eq!(is_stuck, at >= PACE.stuck_after.as_secs(), "{at}");
        }
        assert!(asked.starts_with(&[1, 2, 3]) && asked.len() < 30, "{asked:?}");
        assert!(asked.windows(2).all(|pair| pair[1] - pair[0] <= PACE.longest_pause.as_secs()));
        // It goes on: the rest, and the trouble, begin again.
        due(&mut memory, &[file("cut.jpg", 6)], 601);
        assert_eq!(memory.stuck(seconds(700), &PACE), None);
        memory.begin_again(Path::new("cut.jpg"));
        assert_eq!(memory.waiting(), 0);
    }

    #[test]
    fn files_that_are_gone_are_forgotten_unless_all_are() {
        let mut memory = Memory::default();
        let files = [file("a.jpg", 1), file("b.jpg", 1), file("c.jpg", 1)];
        due(&mut memory, &files, 0);
        memory.settle(&files[0], FileOutcome::Photo);
        memory.settle(&files[1], FileOutcome::Photo);
        assert!(memory.forget_others(&[]).is_empty());
        assert!(due(&mut memory, &files[..2], 1).is_empty() && memory.waiting() == 0);
        assert_eq!(memory.forget_others(&files[1..2]), [Path::new("a.jpg")]);
        assert!(due(&mut memory, &files[..1], 2).is_empty() && memory.waiting() == 1);
    }
}
