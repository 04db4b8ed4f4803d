//! The faces of a folder's pictures, and those of them that are like one.

use crate::store::sql::{Reader, Writer};
use std::collections::HashMap;

use rusqlite::named_params;

use crate::domain::{Embedding, FaceBox, PixelSize};
use crate::store::sql::vectors;
use crate::store::tables::drive::files;
use crate::store::tables::drive::files::ListedFile;
use crate::store::tables::drive::queue;
use crate::store::{PackId, StoreError};

/// A face of a picture.
#[derive(Clone, Debug)]
pub struct DriveFace {
    /// Where, in pixels of the picture that was searched; may reach over its edges.
    pub bounds: FaceBox,
    /// Whose, as it is kept: see [`as_recorded`].
    pub embedding: Embedding,
}

/// What was found in a picture.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The pack that recognised the faces.
    pub pack_id: PackId,
    /// Upright pixels of the picture that was searched.
    pub size: PixelSize,
    /// All its faces.
    pub faces: Vec<DriveFace>,
}

/// A picture with a face that is similar enough.
#[derive(Clone, Debug)]
pub struct Similar {
    /// Which picture.
    pub file: ListedFile,
    /// Upright pixels of the picture that was searched.
    pub size: PixelSize,
    /// Its most similar face, in those pixels.
    pub face: FaceBox,
    /// Cosine similarity of that face.
    pub similarity: f32,
}

/// The embedding with the precision of the record, so that a picture is compared alike before and after it is kept.
///
/// # Errors
/// When it loses its direction, which none of unit length does.
pub fn as_recorded(embedding: &Embedding) -> Result<Embedding, StoreError> {
    vectors::embedding(&embedding.to_f16_bytes())
}

/// Keeps a picture's faces: they are searchable from this commit on. `false` when the picture has vanished or changed
/// meanwhile.
///
/// # Errors
/// When the database fails.
pub fn commit(
    tx: &Writer,
    folder_id: &str,
    file: &ListedFile,
    findings: &Findings,
) -> Result<bool, StoreError> {
    let Findings { pack_id, size, faces } = findings;
    let changed = tx.execute(
        "update drive_file
         set state = 'indexed', failure = null, attempts = 0, pack_id = :pack_id, width = :width, height = :height
         where folder_id = :folder_id and file_id = :file_id and version = :version",
        named_params! {
            ":folder_id": folder_id,
            ":file_id": file.id,
            ":version": file.version,
            ":pack_id": pack_id.as_i64(),
            ":width": size.width,
            ":height": size.height,
        },
    )?;
    if changed == 0 {
        return Ok(false);
    }
    tx.execute("delete from drive_face where folder_id = ?1 and file_id = ?2", (folder_id, &file.id))?;
    for face in faces {
        let bounds = face.bounds.clipped(size.width as f32, size.height as f32);
        tx.prepare_cached(
            "insert into drive_face (folder_id,  file_id,  x,  y,  w,  h,  embedding)
             values                 (:folder_id, :file_id, :x, :y, :w, :h, :embedding)",
        )?
        .execute(named_params! {
            ":folder_id": folder_id,
            ":file_id": file.id,
            ":x": bounds.x,
            ":y": bounds.y,
            ":w": bounds.w,
            ":h": bounds.h,
            ":embedding": face.embedding.to_f16_bytes(),
        })?;
    }
    queue::count_files(tx, folder_id)?;
    Ok(true)
}

/// The pictures of a folder with a face whose cosine similarity to `wanted` is at least `min_similarity`, each with its
/// most similar one, most similar picture first.
///
/// Every face is compared: folders have some ten thousands at most.
///
/// # Errors
/// When the database fails.
pub fn list_similar(
    connection: &Reader,
    folder_id: &str,
    pack_id: PackId,
    wanted: &Embedding,
    min_similarity: f32,
) -> Result<Vec<Similar>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select drive_file.*, x, y, w, h, embedding
         from drive_file join drive_face using (folder_id, file_id)
         where folder_id = ?1 and state = 'indexed' and pack_id = ?2
         order by file_id, x, y",
    )?;
    let mut rows = statement.query((folder_id, pack_id.as_i64()))?;
    let mut best: HashMap<String, Similar> = HashMap::new();
    while let Some(row) = rows.next()? {
        let blob = row.get_ref("embedding")?.as_blob().map_err(rusqlite::Error::from)?;
        let similarity = vectors::embedding(blob)?.similarity(wanted);
        let file_id: String = row.get("file_id")?;
        if similarity < min_similarity
            || best.get(&file_id).is_some_and(|known| known.similarity >= similarity)
        {
            continue;
        }
        let similar = Similar {
            file: files::from_row(row)?,
            size: PixelSize { width: row.get("width")?, height: row.get("height")? },
            face: crate::store::tables::drive::face_box(row)?,
            similarity,
        };
        best.insert(file_id, similar);
    }
    let mut found: Vec<Similar> = best.into_values().collect();
    found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then_with(|| a.file.id.cmp(&b.file.id)));
    Ok(found)
}
