//! From a recorded photo to a searchable one: read, decode, detect, recognise, derive, store; a worker for each core,
//! one photo each, off the async threads.

mod index;
mod worker;

use std::sync::Arc;

use crate::domain::{Clock, PhotoId};
use crate::face::FaceEngine;
use crate::imaging::DecodeLimits;
use crate::store::PackId;
use crate::store::{Store, StoreError};

pub use index::StageTimes;
pub(crate) use index::find_faces;
pub use worker::Pipeline;

/// What workers share.
#[derive(Clone)]
pub struct Context {
    /// Where photos come from and faces go.
    pub store: Store,
    /// Finds and recognises faces.
    pub engine: Arc<FaceEngine>,
    /// The engine's pack in the store.
    pub pack_id: PackId,
    /// What a picture may cost.
    pub limits: DecodeLimits,
    /// Pictures are worked on at no fewer pixels than this on their long side, if they have them.
    pub working_long_side: u32,
    /// Decides when a failed photo is tried again.
    pub clock: Arc<dyn Clock>,
}

/// What happened to a photo, or to a worker.
#[derive(Debug)]
pub enum Progress {
    /// Its faces are searchable.
    Indexed {
        /// Which photo.
        photo_id: PhotoId,
        /// How many faces it has.
        faces: usize,
        /// Where the time went.
        times: StageTimes,
    },
    /// It will be tried again.
    Retrying {
        /// Which photo.
        photo_id: PhotoId,
        /// What went wrong.
        reason: String,
    },
    /// It was given up; its original is kept.
    Failed {
        /// Which photo.
        photo_id: PhotoId,
        /// What went wrong.
        reason: String,
    },
    /// No photo can be indexed for now; nothing is lost.
    Blocked(StoreError),
}
