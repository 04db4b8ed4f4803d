//! Work that only so much of is done at once: passwords to compare, selfies to search with, other computers to ask.
//! What waits is bounded too, so that nobody fills the memory or the threads of everybody.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::web::error::ApiError;
use crate::web::error_code::ErrorCode;

/// So many do, and so many more wait.
pub(in crate::web) struct Queue {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A turn; the next one's when this is dropped.
pub(in crate::web) struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: Option<OwnedSemaphorePermit>,
}

impl Queue {
    pub(in crate::web) fn new(turns: usize, waiting: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(turns)), places: Arc::new(Semaphore::new(turns + waiting)) }
    }

    /// Waits for a turn; refused at once where too many wait already.
    pub(in crate::web) async fn turn(&self) -> Result<Turn, ApiError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| ErrorCode::Busy)?;
        Ok(Turn { _place: Some(place), ..self.patient_turn().await? })
    }

    /// Waits for a turn, however many wait already: for work that is bounded elsewhere.
    pub(in crate::web) async fn patient_turn(&self) -> Result<Turn, ApiError> {
        let turn = self.turns.clone().acquire_owned().await.map_err(|closed| ApiError::internal(&closed))?;
        Ok(Turn { _turn: turn, _place: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn refuses_what_it_has_no_place_for() {
        let queue = Queue::new(1, 1);
        let first = queue.turn().await.unwrap();
        let waiting = queue.turn();
        tokio::pin!(waiting);
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there is one turn"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(queue.turn().await.err().map(|error| error.code()), Some(ErrorCode::Busy));
        drop(first);
        waiting.await.unwrap();
        queue.turn().await.unwrap();
    }
}
