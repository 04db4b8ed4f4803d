//! Faces by themselves: those of one photo, and whom one of them shows.

use crate::store::sql::Reader;
use rusqlite::{OptionalExtension, Row};

use crate::domain::{Embedding, EventId, FaceBox, FaceId, PhotoId};
use crate::store::StoreError;
use crate::store::sql::vectors;
use crate::store::tables::packs::PackId;
use crate::store::tables::photos;

/// A face as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFace {
    /// Public number.
    pub id: FaceId,
    /// The photo it is in.
    pub photo_id: PhotoId,
    /// Where in the upright photo, in its pixels.
    pub bounds: FaceBox,
    /// Which networks described it.
    pub pack_id: PackId,
    /// Whom it shows.
    pub embedding: Embedding,
}

/// The faces of a photo, from left to right.
///
/// # Errors
/// When the database fails.
pub fn list_in_photo(connection: &Reader, id: PhotoId) -> Result<Vec<StoredFace>, StoreError> {
    let mut statement =
        connection.prepare_cached("select * from face where photo_id = ?1 order by x, y, id")?;
    let faces = statement.query_and_then([id.as_i64()], from_row)?;
    faces.collect()
}

/// A face of an event.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, event_id: EventId, id: FaceId) -> Result<Option<StoredFace>, StoreError> {
    let sql = "select * from face where id = ?1 and event_id = ?2";
    let found = connection.query_row(sql, (id.as_i64(), event_id.as_i64()), |row| Ok(from_row(row)));
    found.optional()?.transpose()
}

fn from_row(row: &Row) -> Result<StoredFace, StoreError> {
    let embedding = row.get_ref("embedding")?.as_blob().map_err(rusqlite::Error::from)?;
    Ok(StoredFace {
        id: FaceId::from_i64(row.get("id")?).ok_or(StoreError::Corrupt { what: "face id" })?,
        photo_id: photos::photo_id(row.get("photo_id")?)?,
        bounds: FaceBox { x: row.get("x")?, y: row.get("y")?, w: row.get("w")?, h: row.get("h")? },
        pack_id: PackId::from_i64(row.get("pack_id")?),
        embedding: vectors::embedding(embedding)?,
    })
}
