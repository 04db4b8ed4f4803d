//! The faces that users search with.

use crate::store::sql::{Reader, Writer};
use rusqlite::{OptionalExtension, named_params};

use crate::domain::{Embedding, Selfie, SelfieId, Timestamp, UserId};
use crate::store::sql::vectors;
use crate::store::tables::packs::PackId;
use crate::store::tables::purges;
use crate::store::{BlobKey, StoreError};

/// Who is searched for, or why nobody can be.
#[derive(Clone, Debug)]
pub enum Content {
    /// A face, recognised by a pack.
    Face(PackId, Embedding),
    /// An error code.
    Refused(String),
}

/// Stores a user's selfie in place of the one before, and notes the consent. The file of the one before goes with
/// [`Store::purge_blobs`](crate::store::Store::purge_blobs).
///
/// # Errors
/// When the database fails.
pub fn replace(
    tx: &Writer,
    user_id: UserId,
    id: SelfieId,
    content: &Content,
    consent_version: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    delete(tx, user_id)?;
    let (refusal, face) = match content {
        Content::Face(pack, embedding) => (None, Some((pack.as_i64(), embedding.to_f16_bytes()))),
        Content::Refused(code) => (Some(code), None),
    };
    tx.execute(
        "insert into selfie (user_id,  id,  refusal,  pack_id,  embedding,  consent_at_ms,  consent_version, used_at_ms)
         values            (:user_id, :id, :refusal, :pack_id, :embedding, :now,           :version,        :now)",
        named_params! {
            ":user_id": user_id.as_i64(),
            ":id": id.as_i64(),
            ":refusal": refusal,
            ":pack_id": face.as_ref().map(|(pack, _)| pack),
            ":embedding": face.as_ref().map(|(_, embedding)| embedding),
            ":now": now.unix_ms(),
            ":version": consent_version,
        },
    )?;
    Ok(())
}

/// The user's selfie.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, user_id: UserId) -> Result<Option<Selfie>, StoreError> {
    let row = connection
        .query_row("select id, refusal from selfie where user_id = ?1", [user_id.as_i64()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    row.map(|(id, refusal)| Ok(Selfie { id: selfie_id(id)?, refusal })).transpose()
}

/// Whose selfie this is.
///
/// # Errors
/// When the database fails.
pub fn find_owner(connection: &Reader, id: SelfieId) -> Result<Option<UserId>, StoreError> {
    let sql = "select user_id from selfie where id = ?1";
    let owner: Option<i64> = connection.query_row(sql, [id.as_i64()], |row| row.get(0)).optional()?;
    owner.map(crate::store::tables::users::user_id).transpose()
}

/// Whom the user's selfie shows, where `pack` recognised it; `None` for another pack, or without a face.
///
/// # Errors
/// When the database fails.
pub fn find_embedding(
    connection: &Reader,
    user_id: UserId,
    pack: PackId,
) -> Result<Option<Embedding>, StoreError> {
    let blob: Option<Vec<u8>> = connection
        .query_row(
            "select embedding from selfie where user_id = ?1 and pack_id = ?2",
            (user_id.as_i64(), pack.as_i64()),
            |row| row.get(0),
        )
        .optional()?;
    blob.map(|blob| vectors::embedding(&blob)).transpose()
}

/// Notes that the selfie was searched with.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &Writer, user_id: UserId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("update selfie set used_at_ms = ?2 where user_id = ?1", (user_id.as_i64(), now.unix_ms()))?;
    Ok(())
}

/// Deletes a user's selfie, and ends the searches that go on with it; `false` where there was none. Its file goes with
/// [`Store::purge_blobs`](crate::store::Store::purge_blobs).
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, user_id: UserId) -> Result<bool, StoreError> {
    if let Some(selfie) = find(tx, user_id)? {
        purges::record(tx, [BlobKey::Selfie(selfie.id)])?;
    }
    let user_id = user_id.as_i64();
    // Whoever takes a face back is not searched for with it any longer.
    tx.execute(
        "update drive_search
         set status = 'failed', message = 'the selfie was deleted or replaced', pack_id = null, embedding = null
         where user_id = ?1 and status in ('pending', 'processing')",
        [user_id],
    )?;
    Ok(tx.execute("delete from selfie where user_id = ?1", [user_id])? > 0)
}

/// Deletes selfies that were not searched with since `before`; returns how many.
///
/// # Errors
/// When the database fails.
pub fn delete_unused(tx: &Writer, before: Timestamp) -> Result<usize, StoreError> {
    let mut unused = tx.prepare("select user_id from selfie where used_at_ms < ?1")?;
    let users: Vec<i64> =
        unused.query_map([before.unix_ms()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for user in &users {
        delete(tx, crate::store::tables::users::user_id(*user)?)?;
    }
    Ok(users.len())
}

/// All selfies that have a row.
pub(in crate::store) fn list_ids(connection: &Reader) -> Result<Vec<SelfieId>, StoreError> {
    let mut statement = connection.prepare("select id from selfie")?;
    let ids = statement.query_and_then([], |row| selfie_id(row.get(0)?))?;
    ids.collect()
}

fn selfie_id(value: i64) -> Result<SelfieId, StoreError> {
    SelfieId::from_i64(value).ok_or(StoreError::Corrupt { what: "selfie id" })
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
                Ok(c.query_row(sql, [user.as_i64()], |row| Ok((row.get(0)?, row.get(1)?)))?)
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
        let store = TestStore::new();
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
