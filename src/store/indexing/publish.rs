//! What a worker has found becomes the photo's: all of it in one transaction, or nothing, if the worker is late and
//! another one has the photo.

use super::{Job, index_photo, is_held, join, place};
use crate::domain::{Capture, Face, PhotoId, PixelSize, TimeCode};
use crate::store::sql::Writer;
use crate::store::tables::{camera_clocks, purges};
use crate::store::{BlobKey, PackId, StoreResult};

/// What was found in a photo.
#[derive(Clone, Debug)]
pub struct Found {
    /// Of the photo.
    pub size: PixelSize,
    /// Of the preview, if one was made.
    pub preview: Option<PixelSize>,
    /// What its file says about it.
    pub capture: Capture,
    /// Its faces.
    pub faces: Vec<Face>,
    /// Whether something is wrong with its file.
    pub is_damaged: bool,
    /// The time code that it shows.
    pub time_code: Option<TimeCode>,
}

/// Stores what was found, searchable from this commit on, and ends the job; `false` if the lease has ended and the job
/// is somebody else's, or gone with the photo.
pub fn publish(db: &Writer, job: &Job, pack: PackId, found: &Found) -> StoreResult<bool> {
    if !is_held(db, job)? {
        return Ok(false);
    }
    if let Some(size) = found.preview {
        set_preview_size(db, job.photo.id, size)?;
        // Its event may have been deleted, and brought again since.
        purges::keep(db, &BlobKey::Preview(job.photo.file_id))?;
        purges::keep(db, &BlobKey::Thumbnail(job.photo.file_id))?;
    }
    let Some(id) = place(db, &job.photo, found.size, &found.capture)? else { return Ok(true) };
    set_damaged(db, id, found.is_damaged)?;
    index_photo(db, id, pack, found.size, &found.capture, &found.faces)?;
    join(db, id)?;
    if let Some(code) = found.time_code {
        camera_clocks::recognise(db, id, code)?;
    }
    Ok(true)
}

fn set_damaged(db: &Writer, photo_id: PhotoId, is_damaged: bool) -> StoreResult<()> {
    db.run("update photo set damaged = ?2 where id = ?1", (photo_id, is_damaged))
}

fn set_preview_size(db: &Writer, photo_id: PhotoId, size: PixelSize) -> StoreResult<()> {
    db.run(
        "update photo set preview_width = ?2, preview_height = ?3 where id = ?1",
        (photo_id, size.width, size.height),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Embedding, PhotoState, Timestamp};
    use crate::store::Store;
    use crate::store::indexing::{LEASE, claim, give_up};
    use crate::store::tables::photo_changes::{self, Change};
    use crate::store::tables::{faces, photos};
    use crate::store::testing::{NOW, TestStore, face};

    const SIZE: PixelSize = PixelSize { width: 9, height: 9 };

    fn found(faces: usize) -> Found {
        let embedding = Embedding::normalised(vec![1.0; 8]).unwrap();
        let faces = vec![face(embedding); faces];
        let capture = Capture::default();
        Found { size: SIZE, preview: Some(SIZE), capture, faces, is_damaged: true, time_code: None }
    }

    fn publish_found(store: &Store, job: &Job, pack: PackId, faces: usize) -> bool {
        let (job, found) = (job.clone(), found(faces));
        store.write(move |db| publish(db, &job, pack, &found)).unwrap()
    }

    #[test]
    fn a_late_worker_publishes_nothing() {
        let store = TestStore::new();
        let (event, pack) = (store.add_event(), store.add_pack(8));
        let id = store.receive(event, b"a photo");
        let claim_at = |now: Timestamp| store.write(move |db| claim(db, pack, now)).unwrap().unwrap();
        let state = || store.read(|db| photos::find(db, id)).unwrap().unwrap().state;
        let late = claim_at(NOW);
        let next = claim_at(NOW.plus(LEASE));
        assert!(!publish_found(&store, &late, pack, 1) && state() == PhotoState::Pending);
        // Another job of the photo has the same numbers of attempts.
        let ended = next.clone();
        store.write(move |db| give_up(db, &ended, "broken")).unwrap();
        store.write(move |db| photo_changes::apply(db, event, &[id], Change::Retry)).unwrap();
        let again = claim_at(NOW);
        assert_eq!((again.photo.id, again.attempt), (id, late.attempt));
        for late in [&late, &next] {
            assert!(!publish_found(&store, late, pack, 1) && state() == PhotoState::Pending);
        }
        assert!(publish_found(&store, &again, pack, 2) && state() == PhotoState::Indexed);
        assert!(!publish_found(&store, &late, pack, 1) && !publish_found(&store, &again, pack, 1));
        assert_eq!(store.read(|db| faces::list_in_photo(db, id)).unwrap().len(), 2);
    }
}
