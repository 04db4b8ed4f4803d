//! Brings a photo in three steps, each good by itself: [`reserve`] records it as one that waits to be indexed, with a
//! job that nobody takes for a while; then its files come; [`bring_photo`] makes it what it was. If the second or third
//! step never comes, the job is taken, and the photo is indexed here.

use std::time::Duration;

use super::Begun;
use super::bring::{event_of_photo, of_event};
use super::photos::{PhotoRecords, Place, is_reserved};
use super::record::Record;
use super::tables::{FACE, PHOTO, VERSION, insert, update};
use crate::domain::{Digest, Embedding, EventId, FaceId, PhotoId, Timestamp};
use crate::store::sql::vectors;
use crate::store::sql::{PackId, Reader, ToSql, Value, Writer, as_recorded};
use crate::store::tables::{events, jobs, photos, purges};
use crate::store::{StoreError, StoreResult, indexing};

/// How long the files of a photo may take before it is indexed here.
const RESERVED: Duration = Duration::from_mins(10);

/// Step 1: records a photo that is not here as one that waits; its files come meanwhile.
///
/// # Errors
/// If a row cannot be written, as one that this version could not have made.
pub fn reserve(db: &Writer, begun: &Begun, records: &PhotoRecords, now: Timestamp) -> StoreResult<()> {
    let (event, id) = (begun.event, records.id()?);
    let mut photo = of_event(&records.photo, event);
    photo.set("state", &Value::Text("pending".into()));
    for column in ["failure", "pack_id"] {
        photo.set(column, &Value::Null);
    }
    own_source(db, event, &mut photo)?;
    db.run("update event set photos_recorded = photos_recorded + 1 where id = ?1", [event])?;
    insert(db, "photo", PHOTO, &photo, "(id) do nothing")?;
    let sequence =
        "update photo set sequence = (select photos_recorded from event where id = ?2) where id = ?1";
    db.run(sequence, (id, event))?;
    // As every reader will see it.
    photos::find(db, id)?.ok_or(StoreError::Corrupt { what: "photo of an event file" })?;
    if let Some((shown, _)) = records.originals()?.first() {
        purges::keep(db, shown)?;
    }
    jobs::insert(db, id)?;
    db.run("update job set free_at_ms = ?2 where photo_id = ?1", (id, now.plus(RESERVED)))
}

/// Step 3: makes a photo whose files are here what it was.
///
/// # Errors
/// If its faces are not of one of the event's packs.
pub fn bring_photo(db: &Writer, begun: &Begun, records: &PhotoRecords, place: Place) -> StoreResult<()> {
    let (event, id) = (begun.event, records.id()?);
    match place {
        Place::New | Place::Begun if is_reserved(db, id)? => settle(db, begun, records)?,
        Place::Partly => adopt(db, begun, records)?,
        _ => {}
    }
    if event_of_photo(db, id.as_i64())? != Some(event) {
        return Ok(());
    }
    for version in &records.versions {
        let mut version = version.clone();
        version.set("photo_id", &id.to_sql());
        own_source(db, event, &mut version)?;
        insert(db, "photo_version", VERSION, &version, "(file_id) do nothing")?;
    }
    let originals = records.originals()?.into_iter().map(|(key, _)| key);
    originals.chain(records.pictures()?).try_for_each(|key| purges::keep(db, &key))?;
    indexing::join(db, id)
}

fn settle(db: &Writer, begun: &Begun, records: &PhotoRecords) -> StoreResult<()> {
    let id = records.id()?;
    let pack = records.photo.get::<i64>("pack_id").and_then(|pack| begun.packs.get(&pack).copied());
    match (records.photo.expect::<String>("state")?.as_str(), pack) {
        ("indexed", Some(pack)) => {
            replace_faces(db, begun, records, pack)?;
            db.run("update event set photos_indexed = photos_indexed + 1 where id = ?1", [begun.event])?;
            db.run(
                "update photo set state = 'indexed', pack_id = ?2,
                        indexed_sequence = (select photos_indexed from event where event.id = photo.event_id)
                 where id = ?1",
                (id, pack),
            )?;
            jobs::delete(db, id)
        }
        ("failed", _) => {
            let failure: Option<String> = records.photo.get("failure");
            let sql = "update photo set state = 'failed', failure = ?2 where id = ?1";
            db.run(sql, (id, failure.unwrap_or_default()))?;
            jobs::delete(db, id)
        }
        _ => db.run("update job set free_at_ms = 0 where photo_id = ?1", [id]),
    }
}

/// A photo that is here gets what came to it elsewhere: a raw file, and a newer version unless the owner has chosen one
/// here.
fn adopt(db: &Writer, begun: &Begun, records: &PhotoRecords) -> StoreResult<()> {
    let id = records.id()?;
    if records.photo.get::<PhotoId>("companion_id").is_some() {
        let joined = ["companion_id", "companion_name", "companion_digest"];
        let has_none = "select exists (select 1 from photo where id = ?1 and companion_id is null)";
        if db.value(has_none, [id])? {
            update(db, "photo", &joined, &records.photo, id.as_i64())?;
        }
    }
    let digest: Digest = records.photo.expect("digest")?;
    let is_free = "select not exists (select 1 from photo where event_id = ?1 and digest = ?2)
                      and exists (select 1 from photo where id = ?3 and version_chosen = false)";
    let pack = records.photo.get::<i64>("pack_id").and_then(|pack| begun.packs.get(&pack).copied());
    if let Some(pack) = pack
        && db.value(is_free, (begun.event, digest, id))?
    {
        let shown = [
            "file_id",
            "file_name",
            "name_key",
            "digest",
            "size_bytes",
            "format",
            "width",
            "height",
            "preview_width",
            "preview_height",
        ];
        let mut photo = records.photo.clone();
        let file: PhotoId = records.photo.get("file_id").unwrap_or(id);
        photo.set("file_id", &file.to_sql());
        update(db, "photo", &shown, &photo, id.as_i64())?;
        replace_faces(db, begun, records, pack)?;
        // Faces in memory are read again.
        let again = "update event set photos_indexed_again = photos_indexed_again + 1 where id = ?1";
        db.run(again, [begun.event])?;
    }
    Ok(())
}

fn replace_faces(db: &Writer, begun: &Begun, records: &PhotoRecords, pack: PackId) -> StoreResult<()> {
    let id = records.id()?;
    vectors::delete_photo(db, id)?;
    db.run("delete from face where photo_id = ?1", [id])?;
    if events::have_ended_faces(db, begun.event)? {
        return Ok(());
    }
    for face in &records.faces {
        let of = face.get::<i64>("pack_id").and_then(|pack| begun.packs.get(&pack));
        if of != Some(&pack) {
            return Err(StoreError::Corrupt { what: "face of an event file" });
        }
        let (mut face, face_id) = (face.clone(), FaceId::random());
        let embedding: Embedding = face.expect("embedding")?;
        let own: [(&str, Value<'_>); 4] = [
            ("id", face_id.to_sql()),
            ("photo_id", id.to_sql()),
            ("event_id", begun.event.to_sql()),
            ("pack_id", pack.to_sql()),
        ];
        for (column, value) in &own {
            face.set(column, value);
        }
        let columns = [&["id", "photo_id", "event_id"], FACE].concat();
        insert(db, "face", &columns, &face, "(id) do nothing")?;
        vectors::insert(db, pack, face_id, begun.event, &as_recorded(&embedding)?)?;
    }
    Ok(())
}

/// A source of another event, or one that is gone, is none.
fn own_source(db: &Reader, event: EventId, row: &mut Record) -> StoreResult<()> {
    if let Some(source) = row.get::<i64>("source_id")
        && !db
            .value("select exists (select 1 from source where id = ?1 and event_id = ?2)", (source, event))?
    {
        row.set("source_id", &Value::Null);
    }
    Ok(())
}
