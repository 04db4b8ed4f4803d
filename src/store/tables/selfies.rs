//! The faces that users search with.

use std::collections::HashSet;

use crate::domain::{Embedding, Selfie, SelfieId, Timestamp, UserId};
use crate::store::sql::{Reader, Writer, from_row};
use crate::store::tables::purges;
use crate::store::{BlobKey, PackId, StoreResult};

/// What a selfie was found to hold.
#[derive(Clone, Debug)]
pub enum Content {
    /// A face, recognised by a pack.
    Face(PackId, Embedding),
    /// No usable face: an error code.
    Refused(String),
}

/// Stores a user's selfie in place of the previous one, with the consent. The previous picture goes with the next
/// purge.
pub fn replace(
    db: &Writer,
    user_id: UserId,
    id: SelfieId,
    content: &Content,
    consent_version: &str,
    now: Timestamp,
) -> StoreResult<()> {
    delete(db, user_id)?;
    purges::keep(db, &BlobKey::Selfie(id))?;
    let (refusal, pack, embedding) = match content {
        Content::Face(pack, embedding) => (None, Some(pack), Some(embedding)),
        Content::Refused(code) => (Some(code), None, None),
    };
    db.run(
        "insert into selfie (user_id, id, refusal, pack_id, embedding, consent_version, consent_at_ms, used_at_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        (user_id, id, refusal, pack, embedding, consent_version, now),
    )
}

/// The user's selfie.
pub fn find(db: &Reader, user_id: UserId) -> StoreResult<Option<Selfie>> {
    db.one("select id, refusal from selfie where user_id = ?1", [user_id])
}

from_row!(Selfie { id: "id", refusal: "refusal" });

/// The user whose selfie this is.
pub fn find_owner(db: &Reader, id: SelfieId) -> StoreResult<Option<UserId>> {
    db.one("select user_id from selfie where id = ?1", [id])
}

/// The face on the user's selfie; `None` if it has none, or this pack has not seen it.
pub fn find_embedding(db: &Reader, user_id: UserId, pack: PackId) -> StoreResult<Option<Embedding>> {
    db.one("select embedding from selfie where user_id = ?1 and pack_id = ?2", (user_id, pack))
}

/// Records the face on a selfie as another pack sees it, unless the selfie is gone.
pub fn set_embedding(db: &Writer, id: SelfieId, pack: PackId, embedding: &Embedding) -> StoreResult<()> {
    db.run("update selfie set pack_id = ?2, embedding = ?3 where id = ?1", (id, pack, embedding))
}

/// Records that the selfie was searched with.
pub fn touch(db: &Writer, user_id: UserId, now: Timestamp) -> StoreResult<()> {
    db.run("update selfie set used_at_ms = ?2 where user_id = ?1", (user_id, now))
}

/// Deletes a user's selfie and ends the Drive searches that use it; `false` if there was none. Its picture goes with
/// the next purge.
pub fn delete(db: &Writer, user_id: UserId) -> StoreResult<bool> {
    if let Some(selfie) = find(db, user_id)? {
        purges::record(db, [BlobKey::Selfie(selfie.id)])?;
    }
    db.execute(
        "update drive_search
         set status = 'failed', message = 'the selfie was deleted or replaced', pack_id = null, embedding = null
         where user_id = ?1 and status in ('pending', 'processing')",
        [user_id],
    )?;
    Ok(db.execute("delete from selfie where user_id = ?1", [user_id])? > 0)
}

/// Deletes selfies that were last searched with before `before`; returns how many.
pub fn delete_unused(db: &Writer, before: Timestamp) -> StoreResult<usize> {
    let users: Vec<UserId> = db.all("select user_id from selfie where used_at_ms < ?1", [before])?;
    for user in &users {
        delete(db, *user)?;
    }
    Ok(users.len())
}

/// All selfies that have a row.
pub(in crate::store) fn list_ids(db: &Reader) -> StoreResult<HashSet<SelfieId>> {
    Ok(db.all("select id from selfie", ())?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::tables::packs;
    use crate::store::testing::{NOW, TestStore};

    fn has_picture(store: &TestStore, id: SelfieId) -> bool {
        store.blobs().size(&BlobKey::Selfie(id)).unwrap().is_some()
    }

    fn keep(store: &TestStore, user: UserId, now: Timestamp) -> SelfieId {
        let id = SelfieId::random();
        store.blobs().put(&BlobKey::Selfie(id), b"picture").unwrap();
        let face = Content::Refused("selfie.no_face".into());
        store.write(move |tx| replace(tx, user, id, &face, "2026-11", now)).unwrap();
        store.purge_blobs().unwrap();
        id
    }

    #[test]
    fn a_replaced_selfie_is_gone_from_the_disk_and_consent_is_noted_each_time() {
        let store = TestStore::new();
        let user = store.add_user();
        let first = keep(&store, user, NOW);
        let second = keep(&store, user, NOW.plus(Duration::from_secs(1)));
        assert!(!has_picture(&store, first) && has_picture(&store, second));
        assert_eq!(store.read(|c| find(c, user)).unwrap().unwrap().id, second);
        let consent: (i64, String) = store
            .read(|c| {
                let sql = "select consent_at_ms, consent_version from selfie where user_id = ?1";
                c.value(sql, [user])
            })
            .unwrap();
        assert_eq!(consent, (NOW.unix_ms() + 1000, "2026-11".to_owned()));
    }

    #[test]
    fn selfies_that_nobody_uses_are_deleted_with_their_files() {
        let store = TestStore::new();
        let (unused, used) = (store.add_user(), store.add_user());
        let (gone, kept) = (keep(&store, unused, NOW), keep(&store, used, NOW));
        let later = NOW.plus(Duration::from_hours(24));
        store.write(move |tx| touch(tx, used, later)).unwrap();
        assert_eq!(store.write(move |tx| delete_unused(tx, NOW)).unwrap(), 0);
        assert_eq!(store.write(move |tx| delete_unused(tx, later)).unwrap(), 1);
        store.purge_blobs().unwrap();
        assert!(!has_picture(&store, gone) && has_picture(&store, kept));
        assert_eq!(store.read(|c| find(c, unused)).unwrap(), None);
    }

    #[test]
    fn a_face_is_found_for_its_pack_alone_and_a_killed_deletion_is_finished() {
        let store = TestStore::in_folder();
        let user = store.add_user();
        let (pack, other) = store
            .write(|tx| {
                let first = packs::ensure(tx, crate::domain::Digest([1; 32]), "a", 2)?;
                Ok((first, packs::ensure(tx, crate::domain::Digest([2; 32]), "b", 2)?))
            })
            .unwrap();
        let id = SelfieId::random();
        store.blobs().put(&BlobKey::Selfie(id), b"picture").unwrap();
        let face = Content::Face(pack, Embedding::normalised(vec![0.6, 0.8]).unwrap());
        store.write(move |tx| replace(tx, user, id, &face, "1", NOW)).unwrap();
        assert!(store.read(|c| find_embedding(c, user, pack)).unwrap().is_some());
        assert!(store.read(|c| find_embedding(c, user, other)).unwrap().is_none());
        assert_eq!(store.read(|c| find_owner(c, id)).unwrap(), Some(user));
        // Committed, and then the power fails: the file goes at the next start.
        store.write(move |tx| delete(tx, user)).unwrap();
        assert!(has_picture(&store, id));
        let store = store.reopen();
        assert!(!has_picture(&store, id));
    }
}
