//! Requests to Drive for one search: retries with growing pauses, renewal of the search's lease, and an early end when
//! the worker stops or the search is deleted.

use std::time::Duration;

use super::error::DriveError;
use crate::app::App;
use crate::domain::DriveSearchId;
use crate::signal::StopSignal;
use crate::store::StoreError;
use crate::store::drive::queue;

/// Attempts per request.
const MAX_ATTEMPTS: u32 = 6;
/// For a longer pause, the search is postponed instead.
const MAX_PAUSE: Duration = Duration::from_mins(1);
/// Longest pause that Drive may ask for; more is taken for a mistake.
const MAX_POSTPONE: Duration = Duration::from_hours(24);
/// For a search that got no answer.
const POSTPONE: Duration = Duration::from_mins(5);
/// For a search that hit Google's daily quota. When it resets is not documented.
const QUOTA_POSTPONE: Duration = Duration::from_hours(1);

const UNANSWERED: &str = "Google Drive does not answer; the search continues automatically";
const ASKED_TO_WAIT: &str = "Google Drive asked us to wait; the search continues automatically";
const QUOTA: &str = "Google's quota for today is used up; the search continues automatically";

/// Why a search cannot continue now.
#[derive(Debug)]
pub(super) enum Interruption {
    /// The program is stopping; the search continues at the next start.
    Stopping,
    /// The search or its user was deleted.
    Deleted,
    /// Try again after a pause.
    Postponed { pause: Duration, message: &'static str },
    /// It will never succeed.
    Failed { message: String },
    /// The server's own fault, not Drive's.
    Store(StoreError),
}

impl From<StoreError> for Interruption {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Interruption {
    pub(super) fn failed(error: &DriveError) -> Self {
        Self::Failed { message: error.to_string() }
    }

    /// Whether Drive did not answer; it may be for this file only.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self, Self::Postponed { message: UNANSWERED | ASKED_TO_WAIT, .. })
    }
}

/// Runs the requests of one search.
pub(super) struct RetryPolicy<'a> {
    pub(super) app: &'a App,
    pub(super) signal: &'a StopSignal,
    pub(super) search_id: DriveSearchId,
    pub(super) first_pause: Duration,
}

impl RetryPolicy<'_> {
    /// Renews the search's lease. Fails when the worker stops or the search was deleted.
    pub(super) fn renew_lease(&self) -> Result<(), Interruption> {
        if self.signal.is_stopping() {
            return Err(Interruption::Stopping);
        }
        let (id, now) = (self.search_id, self.app.clock.now());
        let exists = self.app.store.write(move |tx| queue::renew(tx, id, now))?;
        if exists { Ok(()) } else { Err(Interruption::Deleted) }
    }

    /// Sends a request until it succeeds or fails permanently.
    pub(super) fn run<T>(
        &self,
        mut request: impl FnMut() -> Result<T, DriveError>,
    ) -> Result<Result<T, DriveError>, Interruption> {
        let mut pause = self.first_pause;
        for attempt in 1..=MAX_ATTEMPTS {
            self.renew_lease()?;
            let error = match request() {
                Ok(answer) => return Ok(Ok(answer)),
                Err(error) => error,
            };
            match (error.retry_after(), &error) {
                (Some(asked), _) if asked > MAX_PAUSE => {
                    let pause = asked.min(MAX_POSTPONE);
                    return Err(Interruption::Postponed { pause, message: ASKED_TO_WAIT });
                }
                (Some(asked), _) => {
                    tracing::debug!(search.id = %self.search_id, attempt, %error, "retrying a request to Drive");
                    if attempt < MAX_ATTEMPTS && self.signal.pause(asked.max(pause)) {
                        return Err(Interruption::Stopping);
                    }
                }
                (None, DriveError::Quota) => {
                    return Err(Interruption::Postponed { pause: QUOTA_POSTPONE, message: QUOTA });
                }
                (None, DriveError::KeyRefused) => {
                    tracing::error!("Google rejects the key in `drive.api_key`");
                    return Err(Interruption::failed(&error));
                }
                (None, _) => return Ok(Err(error)),
            }
            pause = (pause * 2).min(MAX_PAUSE);
        }
        Err(Interruption::Postponed { pause: POSTPONE, message: UNANSWERED })
    }
}
