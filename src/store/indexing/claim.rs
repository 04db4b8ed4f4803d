//! A worker takes the next job.

use super::{Job, LEASE, MAX_ATTEMPTS, fail};
use crate::domain::{PhotoId, Timestamp};
use crate::store::sql::Writer;
use crate::store::tables::photos;
use crate::store::{PackId, StoreError, StoreResult};

/// Leases the oldest free job: of a new photo, or else of one to index again with this pack. For `Store::claim`:
/// whatever else is done to a job changes or deletes its row too.
pub fn claim(db: &Writer, pack: PackId, now: Timestamp) -> StoreResult<Option<Job>> {
    let take = db.skip_locked();
    let sql = format!(
        "update job set attempts = attempts + 1, free_at_ms = ?2
         where id = coalesce(
             (select id from job where pack_id is null and free_at_ms <= ?1 order by id limit 1 {take}),
             (select id from job where pack_id = ?3 and free_at_ms <= ?1 order by id limit 1 {take})
         )
         returning id, photo_id, attempts, errors"
    );
    loop {
        let leased: Option<(i64, PhotoId, u32, u32)> = db.one(&sql, (now, now.plus(LEASE), pack))?;
        let Some((id, photo_id, attempt, errors)) = leased else { return Ok(None) };
        if attempt - errors <= MAX_ATTEMPTS {
            let photo =
                photos::find(db, photo_id)?.ok_or(StoreError::Corrupt { what: "job without photo" })?;
            return Ok(Some(Job { id, photo, attempt }));
        }
        let reason = format!("given up: the program ended {MAX_ATTEMPTS} times while it indexed this photo");
        tracing::warn!(photo.id = %photo_id, reason, "a photo cannot be indexed");
        fail(db, photo_id, &reason)?;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::domain::{Destination, Digest, EventId, ImageFormat, NewPhoto};
    use crate::store::indexing::record;
    use crate::store::testing::{NOW, TestStore};

    const PHOTOS: usize = 120;
    const WORKERS: usize = 4;

    fn photo(event: EventId, number: usize) -> NewPhoto {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_le_bytes());
        NewPhoto {
            id: PhotoId::random(),
            destination: Destination::of_owner(event),
            file_name: format!("{number}.jpg"),
            digest: Digest(digest),
            size_bytes: 1,
            format: ImageFormat::Jpeg,
            written_at: None,
        }
    }

    #[test]
    fn workers_share_the_photos_and_are_not_in_each_others_way() {
        let store = TestStore::new();
        let (event, pack) = (store.add_event(), store.add_pack(8));
        let photos: Vec<_> = (0..PHOTOS).map(|number| photo(event, number)).collect();
        store.write(move |db| photos.iter().try_for_each(|photo| record(db, photo, NOW).map(drop))).unwrap();
        let (stores, runs) = ([(); WORKERS].map(|()| store.open_again()), Arc::<AtomicUsize>::default());
        let take_all = |store: &crate::store::Store| {
            let mut jobs = Vec::new();
            loop {
                let runs = runs.clone();
                let job = store.claim(move |db| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    claim(db, pack, NOW)
                });
                match job.unwrap() {
                    Some(job) => jobs.push(job),
                    None => return jobs,
                }
            }
        };
        let jobs: Vec<Job> = std::thread::scope(|scope| {
            let workers = stores.each_ref().map(|store| scope.spawn(|| take_all(store)));
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        let ids: BTreeSet<_> = jobs.iter().map(|job| job.photo.id.as_i64()).collect();
        assert_eq!((jobs.len(), ids.len()), (PHOTOS, PHOTOS));
        assert!(jobs.iter().all(|job| job.attempt == 1));
        // None was run again after a conflict.
        assert_eq!(runs.load(Ordering::Relaxed), PHOTOS + WORKERS);
    }
}
