//! Faces, and the search for those nearest to one.

mod people;

use crate::store::sql::{Reader, Writer};
use rusqlite::{Row, named_params};

pub use people::{StoredFace, find, list_in_photo};

use crate::domain::{
    CameraTime, Capture, Embedding, EventId, Face, FaceBox, FaceId, PhotoId, PixelSize, Timestamp,
};
use crate::store::StoreError;
use crate::store::sql::vectors;
use crate::store::sql::vectors::MAX_NEIGHBOURS;
use crate::store::tables::packs::PackId;
use crate::store::tables::{jobs, photos};

/// What a search needs beside the similarity: a face's pack and event, and how similar it must be.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Faces of this event alone.
    pub event_id: EventId,
    /// Vectors of this pack alone.
    pub pack_id: PackId,
    /// Cosine similarity, inclusive.
    pub min_similarity: f32,
    /// Whether photos count that the owner has hidden.
    pub with_hidden: bool,
}

/// A face that is similar enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// The photo it is in.
    pub photo_id: PhotoId,
    /// That photo's name.
    pub file_name: String,
    /// Where in the upright photo, in its pixels.
    pub bounds: FaceBox,
    /// Cosine similarity.
    pub similarity: f32,
}

/// Ends a photo's job: its faces are searchable from this commit on. `false` when the photo was deleted meanwhile.
///
/// # Errors
/// When the database fails.
pub fn index_photo(
    tx: &Writer,
    photo_id: PhotoId,
    pack_id: PackId,
    size: PixelSize,
    capture: &Capture,
    faces: &[Face],
) -> Result<bool, StoreError> {
    let Some(photo) = photos::find(tx, photo_id)? else { return Ok(false) };
    vectors::delete_photo(tx, photo_id)?;
    tx.execute("delete from face where photo_id = ?1", [photo_id.as_i64()])?;
    for face in faces {
        insert(tx, &photo, pack_id, size, face)?;
    }
    tx.execute(
        "update event set photos_indexed = photos_indexed + 1 where id = ?1",
        [photo.event_id.as_i64()],
    )?;
    tx.execute(
        "update photo
         set state = 'indexed', failure = null, width = :width, height = :height,
             moment_ms = coalesce(:moment_ms, moment_ms), taken_at = :taken_at, camera = :camera,
             orientation = :orientation,
             indexed_sequence = coalesce(
                 indexed_sequence, (select photos_indexed from event where event.id = photo.event_id)
             )
         where id = :id",
        named_params! {
            ":id": photo_id.as_i64(),
            ":width": size.width,
            ":height": size.height,
            ":moment_ms": capture.taken_at.as_ref().and_then(CameraTime::as_if_utc).map(Timestamp::unix_ms),
            ":taken_at": capture.taken_at.as_ref().map(CameraTime::as_str),
            ":camera": capture.camera,
            ":orientation": capture.orientation,
        },
    )?;
    jobs::delete(tx, photo_id)?;
    Ok(true)
}

fn insert(
    tx: &Writer,
    photo: &crate::domain::Photo,
    pack_id: PackId,
    size: PixelSize,
    face: &Face,
) -> Result<(), StoreError> {
    let id = FaceId::random().as_i64();
    let bounds = face.detection.bounds.clipped(size.width as f32, size.height as f32);
    let record = face.embedding.to_f16_bytes();
    tx.prepare_cached(
        "insert into face (id,  photo_id,  event_id,  pack_id,  x,  y,  w,  h,
                           score,  size_px,  sharpness,  yaw,  embedding)
         values          (:id, :photo_id, :event_id, :pack_id, :x, :y, :w, :h,
                          :score, :size_px, :sharpness, :yaw, :embedding)",
    )?
    .execute(named_params! {
        ":id": id,
        ":photo_id": photo.id.as_i64(),
        ":event_id": photo.event_id.as_i64(),
        ":pack_id": pack_id.as_i64(),
        ":x": bounds.x,
        ":y": bounds.y,
        ":w": bounds.w,
        ":h": bounds.h,
        ":score": face.detection.score,
        ":size_px": face.quality.size_px,
        ":sharpness": face.quality.sharpness,
        ":yaw": face.quality.yaw,
        ":embedding": record,
    })?;
    // The index holds exactly what a rebuild from the record would put there.
    vectors::insert(tx, pack_id, id, photo.event_id, &vectors::embedding(&record)?)
}

/// All faces within `scope` that are similar enough to `query`, in no order.
///
/// Exact: where the index reaches its limit of neighbours, every face of the event is compared instead.
///
/// # Errors
/// When the database fails.
pub fn list_neighbours(
    connection: &Reader,
    scope: Scope,
    query: &Embedding,
) -> Result<Vec<Neighbour>, StoreError> {
    let neighbours = by_index(connection, scope, query)?;
    if neighbours.candidates < MAX_NEIGHBOURS {
        Ok(neighbours.found)
    } else {
        by_scan(connection, scope, query)
    }
}

struct ByIndex {
    found: Vec<Neighbour>,
    /// Rows that the index gave, before their exact similarity was compared.
    candidates: usize,
}

fn by_index(connection: &Reader, scope: Scope, query: &Embedding) -> Result<ByIndex, StoreError> {
    // The index may round otherwise than we do: let it give a little more, the similarity below decides.
    let max_distance = (2.0 - 2.0 * (scope.min_similarity - 1e-3)).max(0.0).sqrt();
    let mut statement = connection.prepare_cached(&format!(
        "select face.photo_id, photo.file_name, face.x, face.y, face.w, face.h, face.embedding,
                photo.hidden
         from {} vector
         join face on face.id = vector.rowid
         join photo on photo.id = face.photo_id
         where vector.embedding match ?1 and vector.k = {MAX_NEIGHBOURS}
           and vector.event_id = ?2 and vector.distance <= ?3",
        vectors::table(scope.pack_id)
    ))?;
    let mut rows = statement.query((vectors::to_blob(query), scope.event_id.as_i64(), max_distance))?;
    let (mut found, mut candidates) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        candidates += 1;
        found.extend(neighbour(row, scope, query)?);
    }
    Ok(ByIndex { found, candidates })
}

fn by_scan(connection: &Reader, scope: Scope, query: &Embedding) -> Result<Vec<Neighbour>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select face.photo_id, photo.file_name, face.x, face.y, face.w, face.h, face.embedding,
                photo.hidden
         from face join photo on photo.id = face.photo_id
         where face.event_id = ?1 and face.pack_id = ?2",
    )?;
    let mut rows = statement.query((scope.event_id.as_i64(), scope.pack_id.as_i64()))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(neighbour(row, scope, query)?);
    }
    Ok(found)
}

/// `None` when it is not similar enough, or not to be seen.
fn neighbour(row: &Row, scope: Scope, query: &Embedding) -> Result<Option<Neighbour>, StoreError> {
    if row.get(7)? && !scope.with_hidden {
        return Ok(None);
    }
    let blob = row.get_ref(6)?.as_blob().map_err(rusqlite::Error::from)?;
    let similarity = vectors::embedding(blob)?.similarity(query);
    if similarity < scope.min_similarity {
        return Ok(None);
    }
    Ok(Some(Neighbour {
        photo_id: photos::photo_id(row.get(0)?)?,
        file_name: row.get(1)?,
        bounds: FaceBox { x: row.get(2)?, y: row.get(3)?, w: row.get(4)?, h: row.get(5)? },
        similarity,
    }))
}

/// Fills the vector index anew from the faces; returns how many vectors it holds.
///
/// # Errors
/// When the database fails.
pub fn reindex(tx: &Writer) -> Result<u64, StoreError> {
    vectors::rebuild(tx)
}

/// How many faces of these photos there are.
///
/// # Errors
/// When the database fails.
pub fn count_in_photos(
    connection: &Reader,
    photo_ids: impl IntoIterator<Item = PhotoId>,
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare("select count(*) from face where photo_id = ?1")?;
    let mut total = 0;
    for id in photo_ids {
        total += statement.query_row([id.as_i64()], |row| row.get::<_, u64>(0))?;
    }
    Ok(total)
}

/// All faces of an event: the photo's name and the box in its pixels.
///
/// # Errors
/// When the database fails.
pub fn list_boxes(connection: &Reader, event_id: EventId) -> Result<Vec<(String, FaceBox)>, StoreError> {
    let mut statement = connection.prepare(
        "select photo.file_name, face.x, face.y, face.w, face.h
         from face join photo on photo.id = face.photo_id
         where face.event_id = ?1
         order by photo.file_name, face.x, face.y",
    )?;
    let faces = statement.query_and_then([event_id.as_i64()], |row| {
        Ok((row.get(0)?, FaceBox { x: row.get(1)?, y: row.get(2)?, w: row.get(3)?, h: row.get(4)? }))
    })?;
    faces.collect()
}

#[cfg(test)]
mod tests;
