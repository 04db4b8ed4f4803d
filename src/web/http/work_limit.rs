//! Limits for expensive work: comparing passwords, searching with selfies, drawing watermarks, asking other servers.
//! The queue is bounded, so that no flood of requests uses up memory or threads, and clients take turns in it, so that
//! one with many requests delays the others by one at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::holder;
use crate::limits::{Holder, Turns, Waiting, keep_heaviest};
use crate::web::error::blocking;
use crate::web::{ApiError, ErrorCode};

/// Runs a number of things at once, and queues a number of others.
pub(crate) struct WorkLimit(Arc<Mutex<Queue>>);

struct Queue {
    free: usize,
    running: usize,
    max_waiting: usize,
    /// In the order of arrival.
    waiting: Vec<Waiter>,
    turns: Turns,
}

struct Waiter {
    waiting: Waiting,
    /// Dropped if the client's place in the queue goes to another.
    start: oneshot::Sender<Permit>,
}

/// The right to run, until it is dropped.
pub(crate) struct Permit(Option<Arc<Mutex<Queue>>>);

impl WorkLimit {
    /// Runs at most `permits` at once and queues at most `max_waiting`.
    pub(crate) fn new(permits: usize, max_waiting: usize) -> Self {
        let (waiting, turns) = (Vec::new(), Turns::default());
        Self(Arc::new(Mutex::new(Queue { free: permits, running: 0, max_waiting, waiting, turns })))
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

    /// Waits for a permit. When the queue is full, the client with most requests in it loses its newest.
    pub(crate) async fn acquire(&self) -> Result<Permit, ApiError> {
        self.wait(true).await
    }

    /// Waits for a permit, however long the queue: for work that is bounded elsewhere.
    pub(crate) async fn acquire_unbounded(&self) -> Result<Permit, ApiError> {
        self.wait(false).await
    }

    async fn wait(&self, bounded: bool) -> Result<Permit, ApiError> {
        let (start, started) = oneshot::channel();
        lock(&self.0).add(holder::current(), start, bounded);
        start_waiting(&self.0);
        started.await.map_err(|_| ErrorCode::Busy.into())
    }
}

impl Queue {
    fn add(&mut self, holder: Holder, start: oneshot::Sender<Permit>, bounded: bool) {
        // Some clients have left since.
        self.waiting.retain(|waiter| !waiter.start.is_closed());
        self.waiting.push(Waiter { waiting: self.turns.arrive(holder), start });
        if bounded && self.free == 0 && self.waiting.len() > self.max_waiting {
            let holders = self.waiting.iter().map(|waiter| waiter.waiting.holder());
            let mut heaviest: Vec<_> = holders.enumerate().collect();
            keep_heaviest(&mut heaviest, |(_, holder)| *holder, |_| 1);
            if let Some((newest, _)) = heaviest.last() {
                self.waiting.remove(*newest);
            }
        }
    }

    /// Who starts now.
    fn next(&mut self) -> Option<Waiter> {
        if self.free == 0 {
            return None;
        }
        let Some(position) = self.turns.next(self.waiting.iter().map(|waiter| waiter.waiting)) else {
            if self.running == 0 {
                self.turns.reset();
            }
            return None;
        };
        self.free -= 1;
        self.running += 1;
        Some(self.waiting.remove(position))
    }

    fn release(&mut self) {
        self.free += 1;
        self.running -= 1;
    }
}

/// Gives free permits to those who wait.
fn start_waiting(queue: &Arc<Mutex<Queue>>) {
    loop {
        let Some(waiter) = lock(queue).next() else { return };
        if let Err(mut unused) = waiter.start.send(Permit(Some(queue.clone()))) {
            // The client has left.
            unused.0 = None;
            lock(queue).release();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(queue) = self.0.take() {
            lock(&queue).release();
            start_waiting(&queue);
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ClientNetwork;

    fn network(last: u8) -> Holder {
        Holder::network(ClientNetwork::of([10, 0, 0, last].into()))
    }

    /// Requests that wait in this order; which of them run, as permits are given back one by one?
    async fn order(limit: &WorkLimit, holders: &[u8]) -> Vec<Result<u8, ErrorCode>> {
        let blocker = limit.acquire().await.unwrap();
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        for holder in holders.iter().copied() {
            let (queue, sender) = (WorkLimit(limit.0.clone()), sender.clone());
            tokio::spawn(async move {
                let permit = holder::scope(network(holder), queue.acquire()).await;
                sender.send(permit.map(|_permit| holder).map_err(|error| error.code())).ok();
            });
            tokio::task::yield_now().await;
        }
        drop((sender, blocker));
        let mut order = Vec::new();
        while let Some(result) = receiver.recv().await {
            order.push(result);
        }
        order
    }

    #[tokio::test]
    async fn clients_take_turns() {
        let limit = WorkLimit::new(1, 10);
        assert_eq!(order(&limit, &[1, 1, 1, 2]).await, [Ok(1), Ok(2), Ok(1), Ok(1)]);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_the_client_with_most_requests() {
        let limit = WorkLimit::new(1, 3);
        let busy = Err(ErrorCode::Busy);
        assert_eq!(order(&limit, &[1, 1, 1, 2, 3]).await, [busy, busy, Ok(1), Ok(2), Ok(3)]);
        assert_eq!(order(&limit, &[1, 2, 3, 3]).await, [busy, Ok(1), Ok(2), Ok(3)]);
    }

    #[tokio::test]
    async fn a_client_that_leaves_gives_its_turn_back() {
        let limit = WorkLimit::new(1, 1);
        let first = limit.acquire().await.unwrap();
        let mut waiting = Box::pin(limit.acquire());
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there is one permit"),
            () = std::future::ready(()) => {}
        }
        drop(waiting);
        let waiting = limit.acquire();
        drop(first);
        drop(waiting.await.unwrap());
        limit.acquire().await.unwrap();
    }
}
