//! From a stored photo to a searchable one: read, decode, detect, recognise, derive, store. Each worker thread indexes
//! one photo at a time.
//!
//! Invariant: a photo's faces become searchable and its job is deleted in one transaction.

mod index;
mod worker;

use crate::domain::PhotoId;
use crate::store::StoreError;

pub use index::StageTimes;
pub(crate) use index::find_faces;
pub use worker::start;

/// What happened to a photo, or to a worker.
#[derive(Debug)]
pub enum IndexEvent {
    /// The photo's faces are searchable.
    Indexed {
        /// Which photo.
        photo_id: PhotoId,
        /// The number of its faces.
        faces: usize,
        /// The time of each stage.
        times: StageTimes,
    },
    /// The photo will be tried again.
    Retrying {
        /// Which photo.
        photo_id: PhotoId,
        /// What went wrong.
        reason: String,
    },
    /// The photo is given up; its original is kept.
    Failed {
        /// Which photo.
        photo_id: PhotoId,
        /// What went wrong.
        reason: String,
    },
    /// No photo can be indexed at the moment; nothing is lost.
    Blocked(StoreError),
}
