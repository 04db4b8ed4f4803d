//! Limits for expensive work: comparing passwords, searching with selfies, asking other servers. The queue is bounded
//! too, so that no flood of requests uses up memory or threads.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::web::error::blocking;
use crate::web::{ApiError, ErrorCode};

/// Runs at most `permits` at once and queues at most `waiters`.
pub(crate) struct WorkLimit {
    permits: Arc<Semaphore>,
    /// For running and waiting together.
    admissions: Arc<Semaphore>,
}

/// The right to run, until it is dropped.
pub(crate) struct Permit {
    _permit: OwnedSemaphorePermit,
    _admission: Option<OwnedSemaphorePermit>,
}

impl WorkLimit {
    pub(crate) fn new(permits: usize, waiters: usize) -> Self {
        let semaphore = |count| Arc::new(Semaphore::new(count));
        Self { permits: semaphore(permits), admissions: semaphore(permits + waiters) }
    }

    /// Runs `work`, which computes or waits for I/O, off the async threads, when it has a permit. The permit is held
    /// until the work ends, even if the client disconnects.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = self.acquire().await?;
        blocking(move || {
            let _permit = permit;
            work()
        })
        .await
    }

    /// Waits for a permit; fails at once when the queue is full.
    pub(crate) async fn acquire(&self) -> Result<Permit, ApiError> {
        self.acquire_many(1).await
    }

    /// The same for work that takes as much as `count` permits allow, which is at most all.
    pub(crate) async fn acquire_many(&self, count: u32) -> Result<Permit, ApiError> {
        let admission = self.admissions.clone().try_acquire_owned().map_err(|_| ErrorCode::Busy)?;
        Ok(Permit { _admission: Some(admission), ..self.wait(count).await? })
    }

    /// Waits for a permit, however long the queue: for work that is bounded elsewhere.
    pub(crate) async fn acquire_unbounded(&self) -> Result<Permit, ApiError> {
        self.wait(1).await
    }

    async fn wait(&self, count: u32) -> Result<Permit, ApiError> {
        let permit = self.permits.clone().acquire_many_owned(count).await;
        let permit = permit.map_err(|closed| ApiError::internal(&closed))?;
        Ok(Permit { _permit: permit, _admission: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_work_leaves_less_for_others() {
        let limit = WorkLimit::new(4, 1);
        let large = limit.acquire_many(3).await.unwrap();
        let _small = limit.acquire().await.unwrap();
        let waiting = limit.acquire();
        tokio::pin!(waiting);
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("all permits are taken"),
            () = std::future::ready(()) => {}
        }
        drop(large);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn fails_when_the_queue_is_full() {
        let limit = WorkLimit::new(1, 1);
        let first = limit.acquire().await.unwrap();
        let waiting = limit.acquire();
        tokio::pin!(waiting);
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there is one permit"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(limit.acquire().await.err().map(|error| error.code()), Some(ErrorCode::Busy));
        drop(first);
        waiting.await.unwrap();
        limit.acquire().await.unwrap();
    }
}
