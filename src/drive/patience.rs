//! Questions to Drive into answers, however often that takes: pauses that grow, a lease that is renewed, an end when
//! the worker is to stop or the search is gone.

use std::time::Duration;

use super::error::DriveError;
use super::worker::Signal;
use crate::domain::DriveSearchId;
use crate::pipeline::Context;
use crate::store::StoreError;
use crate::store::drive::queue;

/// A question is asked so often.
const MAX_TRIES: u32 = 6;
/// Longer pauses are no pauses: the search is put back.
const MAX_PAUSE: Duration = Duration::from_mins(1);
/// Longer ones are taken for a mistake.
const MAX_PUT_BACK: Duration = Duration::from_hours(24);
/// For a search that got no answer.
const PUT_BACK: Duration = Duration::from_mins(5);
/// For one that met Google's quota, which is counted by the day, but nobody says by which.
const QUOTA_PUT_BACK: Duration = Duration::from_hours(1);

/// Why a search does not go on now.
#[derive(Debug)]
pub(super) enum Ending {
    /// The program ends; the search is to go on at the next start.
    Stopping,
    /// The search was deleted, or its user.
    Gone,
    /// It goes on after a while.
    Later { pause: Duration, message: &'static str },
    /// It cannot be done.
    Failed { message: String },
    /// Ours, not Drive's fault.
    Store(StoreError),
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Ending {
    pub(super) fn failed(error: &DriveError) -> Self {
        Self::Failed { message: error.to_string() }
    }

    /// Whether Drive, or this picture alone, gave no answer.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self, Self::Later { message: UNANSWERED | ASKED_TO_WAIT, .. })
    }
}

const UNANSWERED: &str = "Google Drive does not answer; the search goes on by itself";
const ASKED_TO_WAIT: &str = "Google Drive asks to wait; the search goes on by itself";
const QUOTA: &str = "Google's quota for today is used up; the search goes on by itself";

/// Asks for one search.
pub(super) struct Patience<'a> {
    pub(super) context: &'a Context,
    pub(super) signal: &'a Signal,
    pub(super) search_id: DriveSearchId,
    pub(super) first_pause: Duration,
}

impl Patience<'_> {
    /// Renews the lease, and ends where nobody needs the search any more.
    pub(super) fn check(&self) -> Result<(), Ending> {
        if self.signal.is_stopping() {
            return Err(Ending::Stopping);
        }
        let (id, now) = (self.search_id, self.context.clock.now());
        let exists = self.context.store.write(move |tx| queue::renew(tx, id, now))?;
        if exists { Ok(()) } else { Err(Ending::Gone) }
    }

    /// Asks until there is an answer, or an error that stays.
    pub(super) fn ask<T>(
        &self,
        mut question: impl FnMut() -> Result<T, DriveError>,
    ) -> Result<Result<T, DriveError>, Ending> {
        let mut pause = self.first_pause;
        for attempt in 1..=MAX_TRIES {
            self.check()?;
            let error = match question() {
                Ok(answer) => return Ok(Ok(answer)),
                Err(error) => error,
            };
            match (error.retry_after(), &error) {
                (Some(wanted), _) if wanted > MAX_PAUSE => {
                    return Err(Ending::Later { pause: wanted.min(MAX_PUT_BACK), message: ASKED_TO_WAIT });
                }
                (Some(wanted), _) => {
                    tracing::debug!(search.id = %self.search_id, attempt, %error, "Drive is asked again");
                    if attempt < MAX_TRIES && self.signal.pause(wanted.max(pause)) {
                        return Err(Ending::Stopping);
                    }
                }
                (None, DriveError::Quota) => {
                    return Err(Ending::Later { pause: QUOTA_PUT_BACK, message: QUOTA });
                }
                (None, DriveError::KeyRefused) => {
                    tracing::error!("Google does not accept the key of `drive.api_key`");
                    return Err(Ending::failed(&error));
                }
                (None, _) => return Ok(Err(error)),
            }
            pause = (pause * 2).min(MAX_PAUSE);
        }
        Err(Ending::Later { pause: PUT_BACK, message: UNANSWERED })
    }
}
