//! The only thread that writes. Writes that wait while it is busy share one commit, and still fail one by one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};

use super::opened_file::OpenedFile;
use crate::store::sql::Writer;
use crate::store::{StoreError, StoreResult};

/// Most writes that share a commit: the first must not wait long for it.
const MAX_GROUP: usize = 64;

/// Sends the caller its result: the group's error, or `None` after the commit.
type Report = Box<dyn FnOnce(Option<StoreError>) + Send>;
/// Runs the work in a transaction, or reports why there is none; `false` if it failed and must be undone.
type Work = Box<dyn FnOnce(StoreResult<&Writer>) -> (bool, Report) + Send>;

pub(in crate::store) struct WriteThread {
    queue: Mutex<Option<Sender<Work>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    commits: Arc<AtomicU64>,
}

impl WriteThread {
    pub(in crate::store) fn start(mut connection: Connection) -> Self {
        let (sender, receiver) = channel();
        let commits = Arc::<AtomicU64>::default();
        let counter = commits.clone();
        let thread = std::thread::spawn(move || serve(&mut connection, &receiver, &counter));
        Self { queue: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)), commits }
    }

    /// Counts commits, before their callers hear of them.
    pub(in crate::store) fn commits(&self) -> Arc<AtomicU64> {
        self.commits.clone()
    }

    pub(in crate::store) fn run<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: Fn(&Writer) -> StoreResult<T> + Send + 'static,
    {
        let (answer, answered) = sync_channel(1);
        let work: Work = Box::new(move |tx| {
            let result = tx.and_then(work);
            (result.is_ok(), report(result, answer))
        });
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        queue.ok_or(StoreError::Closed)?.send(work).map_err(|_| StoreError::Closed)?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }
}

fn report<T: Send + 'static>(result: StoreResult<T>, answer: SyncSender<StoreResult<T>>) -> Report {
    Box::new(move |commit_error| {
        let result = match commit_error {
            Some(error) if result.is_ok() => Err(error),
            _ => result,
        };
        // A caller that no longer waits needs no answer.
        answer.send(result).ok();
    })
}

/// Waits for the thread, so that the last commit is done when the store is gone.
impl Drop for WriteThread {
    fn drop(&mut self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            thread.join().ok();
        }
    }
}

fn serve(connection: &mut Connection, queue: &Receiver<Work>, commits: &AtomicU64) {
    let file = OpenedFile::of(connection);
    while let Ok(first) = queue.recv() {
        let group: Vec<Work> = std::iter::once(first).chain(queue.try_iter().take(MAX_GROUP - 1)).collect();
        let mut reports = Vec::with_capacity(group.len());
        let error = commit_group(connection, group, &mut reports).err().map(Arc::new);
        // Asked after the commit, whose callers hear of it only if it counts.
        let is_lost = file.as_ref().is_some_and(|file| !file.is_in_place());
        commits.fetch_add(1, Ordering::Release);
        for report in reports {
            let lost = is_lost.then_some(StoreError::DatabaseReplaced);
            report(lost.or_else(|| error.clone().map(StoreError::Sqlite)));
        }
    }
    // Leaves a small log behind for the next start; a failure only makes that start slower.
    connection.execute_batch("pragma wal_checkpoint(truncate)").ok();
}

/// One transaction for the whole group. On an error nothing of it is kept, and all are told.
fn commit_group(
    connection: &mut Connection,
    group: Vec<Work>,
    reports: &mut Vec<Report>,
) -> rusqlite::Result<()> {
    let mut group = group.into_iter();
    let result = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|tx| {
        for work in group.by_ref() {
            tx.execute_batch("savepoint work")?;
            // A panic ends its own write alone: its caller finds the channel closed.
            let outcome = catch_unwind(AssertUnwindSafe(|| work(Ok(&Writer::sqlite(&tx)))));
            let succeeded = outcome.as_ref().is_ok_and(|(succeeded, _)| *succeeded);
            reports.extend(outcome.map(|(_, report)| report));
            // Fails where SQLite has undone the whole transaction by itself, as it does on a full disk.
            tx.execute_batch(if succeeded { "release work" } else { "rollback to work; release work" })?;
        }
        tx.commit()
    });
    reports.extend(group.map(|work| work(Err(StoreError::Closed)).1));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> WriteThread {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("create table t (n integer unique) strict").unwrap();
        WriteThread::start(connection)
    }

    fn insert(n: i64) -> impl Fn(&Writer) -> StoreResult<()> + Send {
        move |tx| tx.execute("insert into t values (?1)", [n]).map(drop)
    }

    fn sum(writer: &WriteThread) -> i64 {
        writer.run(|tx| tx.value("select coalesce(sum(n), 0) from t", ())).unwrap()
    }

    #[test]
    fn a_failed_write_is_undone_alone() {
        let writer = writer();
        writer.run(insert(1)).unwrap();
        let failed = writer.run(|tx| {
            insert(10)(tx)?;
            insert(1)(tx)
        });
        assert!(matches!(failed, Err(StoreError::Sqlite(_))));
        writer.run(insert(2)).unwrap();
        assert_eq!(sum(&writer), 3);
    }

    #[test]
    fn a_panic_ends_one_write_alone() {
        let writer = writer();
        let failed = writer.run(|tx| -> StoreResult<()> {
            insert(10)(tx)?;
            panic!("as a bug would")
        });
        assert!(matches!(failed, Err(StoreError::Closed)));
        writer.run(insert(2)).unwrap();
        assert_eq!(sum(&writer), 2);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_acknowledged_by_a_database_that_is_deleted_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("a.db"), folder.path().join("b.db"));
        let connection = Connection::open(&path).unwrap();
        // With a rollback journal SQLite would refuse by itself.
        connection
            .execute_batch("pragma journal_mode = wal; create table t (n integer unique) strict")
            .unwrap();
        let writer = WriteThread::start(connection);
        writer.run(insert(1)).unwrap();
        std::fs::rename(&path, &aside).unwrap();
        let is_refused = |n| matches!(writer.run(insert(n)), Err(StoreError::DatabaseReplaced));
        assert!(is_refused(2));
        std::fs::copy(&aside, &path).unwrap();
        assert!(is_refused(3));
        std::fs::rename(&aside, &path).unwrap();
        writer.run(insert(4)).unwrap();
    }

    #[test]
    fn writes_from_many_threads_all_arrive() {
        let writer = writer();
        std::thread::scope(|scope| {
            for n in 0..200 {
                let writer = &writer;
                scope.spawn(move || writer.run(insert(n)).unwrap());
            }
        });
        assert_eq!(sum(&writer), 199 * 200 / 2);
    }
}
