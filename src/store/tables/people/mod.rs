//! People as an event's owner knows them: names, portraits, and which faces are theirs.

use crate::domain::{Embedding, EventId, FaceBox, PersonId, PhotoId, Timestamp};
use crate::store::sql::{FromRow, Reader, Row, Writer, from_row};
use crate::store::tables::faces::{self, StoredFace};
use crate::store::{PackId, StoreResult};

/// A face of another pack, or of an earlier indexing, is the same if the boxes overlap at least this much.
const SAME_FACE: f32 = 0.4;

/// Someone in an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Public number.
    pub id: PersonId,
    /// As the owner calls them.
    pub name: Option<String>,
    /// The pack that recognised the portrait, if there is one.
    pub pack_id: Option<PackId>,
    /// The face in the portrait.
    pub portrait: Option<Embedding>,
}

from_row!(Person { id: "id", name: "name", pack_id: "pack_id", portrait: "portrait" });

/// What the owner says about faces and a person.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Faces that are the person's, at most one for each photo.
    pub theirs: Vec<StoredFace>,
    /// Faces that are not.
    pub not_theirs: Vec<StoredFace>,
}

/// Whether the faces of an event are grouped into people.
pub fn is_on(db: &Reader, event_id: EventId) -> StoreResult<bool> {
    Ok(db.one("select people from event where id = ?1", [event_id])?.unwrap_or(false))
}

/// Turns that on or off; off deletes all that is known about people.
pub fn turn(db: &Writer, event_id: EventId, on: bool) -> StoreResult<()> {
    db.run("update event set people = ?2 where id = ?1", (event_id, on))?;
    if on { Ok(()) } else { db.run("delete from person where event_id = ?1", [event_id]) }
}

/// Adds a person.
pub fn create(db: &Writer, event_id: EventId, name: Option<&str>, now: Timestamp) -> StoreResult<PersonId> {
    let id = PersonId::random();
    db.run(
        "insert into person (id, event_id, name, created_at_ms) values (?1, ?2, ?3, ?4)",
        (id, event_id, name, now),
    )?;
    Ok(id)
}

/// All people of an event, in the order they were added.
pub fn list(db: &Reader, event_id: EventId) -> StoreResult<Vec<Person>> {
    db.all("select * from person where event_id = ?1 order by created_at_ms, id", [event_id])
}

/// How many people of an event there are.
pub fn count(db: &Reader, event_id: EventId) -> StoreResult<usize> {
    db.value("select count(*) from person where event_id = ?1", [event_id])
}

/// A person of an event.
pub fn find(db: &Reader, event_id: EventId, id: PersonId) -> StoreResult<Option<Person>> {
    db.one("select * from person where id = ?1 and event_id = ?2", (id, event_id))
}

/// Gives a person another name, or none.
pub fn rename(db: &Writer, id: PersonId, name: Option<&str>) -> StoreResult<()> {
    db.run("update person set name = ?2 where id = ?1", (id, name))
}

/// Gives a person a portrait in place of an earlier one.
pub fn set_portrait(db: &Writer, id: PersonId, pack: PackId, face: &Embedding) -> StoreResult<()> {
    db.run("update person set pack_id = ?2, portrait = ?3 where id = ?1", (id, pack, face))
}

/// Deletes a person and what was said about them; their faces and photos stay.
pub fn delete(db: &Writer, id: PersonId) -> StoreResult<()> {
    db.run("delete from person where id = ?1", [id])
}

/// Says whether a face is the person's; replaces what was said about it. If it is, no other face of its photo is, and
/// it is nobody else's.
pub fn say(db: &Writer, id: PersonId, photo: PhotoId, face: FaceBox, is_person: bool) -> StoreResult<()> {
    for said in read(db, id, Some(photo))? {
        if (is_person && said.is_person) || said.bounds.iou(&face) >= SAME_FACE {
            db.run(
                "delete from person_face where person_id = ?1 and photo_id = ?2 and x = ?3 and y = ?4",
                (id, photo, said.bounds.x, said.bounds.y),
            )?;
        }
    }
    if is_person {
        for FaceOfOther(other, bounds) in of_others(db, id, photo)? {
            if bounds.iou(&face) >= SAME_FACE {
                db.run(
                    "delete from person_face where person_id = ?1 and photo_id = ?2 and x = ?3 and y = ?4",
                    (other, photo, bounds.x, bounds.y),
                )?;
            }
        }
    }
    db.run(
        "insert into person_face (person_id, photo_id, x, y, w, h, is_person)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (person_id, photo_id, x, y)
         do update set w = excluded.w, h = excluded.h, is_person = excluded.is_person",
        (id, photo, face.x, face.y, face.w, face.h, is_person),
    )
}

/// Makes two people one, with the id of the first. Faces that are either's are the one's; name and portrait are the
/// first's, if it has them.
pub fn merge(db: &Writer, id: PersonId, other: PersonId) -> StoreResult<()> {
    let mut said = read(db, other, None)?;
    said.extend(read(db, id, None)?);
    // What is said last stays.
    said.sort_by_key(|said| said.is_person);
    for FaceSaid { photo_id, bounds, is_person } in said {
        say(db, id, photo_id, bounds, is_person)?;
    }
    db.run(
        "update person set
             name = coalesce(name, (select name from person other where other.id = ?2)),
             pack_id = coalesce(pack_id, (select pack_id from person other where other.id = ?2)),
             portrait = coalesce(portrait, (select portrait from person other where other.id = ?2))
         where id = ?1",
        (id, other),
    )?;
    delete(db, other)
}

/// What is said about a person, with the faces as they are recorded now.
pub fn said(db: &Reader, id: PersonId) -> StoreResult<Said> {
    let mut said = Said::default();
    for FaceSaid { photo_id, bounds, is_person } in read(db, id, None)? {
        let overlap = |face: &StoredFace| face.bounds.iou(&bounds);
        let faces = faces::list_in_photo(db, photo_id)?.into_iter();
        let same = faces.filter(|face| overlap(face) >= SAME_FACE);
        let same = same.max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        if is_person { said.theirs.extend(same) } else { said.not_theirs.extend(same) }
    }
    Ok(said)
}

/// A row of `person_face`.
struct FaceSaid {
    photo_id: PhotoId,
    bounds: FaceBox,
    is_person: bool,
}

impl FromRow for FaceSaid {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let (photo_id, is_person) = (row.get("photo_id")?, row.get("is_person")?);
        Ok(Self { photo_id, bounds: FaceBox::from_row(row)?, is_person })
    }
}

/// Another person's face.
struct FaceOfOther(PersonId, FaceBox);

impl FromRow for FaceOfOther {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self(row.get("person_id")?, FaceBox::from_row(row)?))
    }
}

/// The faces in a photo that are other people's.
fn of_others(db: &Reader, id: PersonId, photo: PhotoId) -> StoreResult<Vec<FaceOfOther>> {
    let sql = "select * from person_face where photo_id = ?2 and person_id <> ?1 and is_person = true";
    db.all(sql, (id, photo))
}

/// Of one photo, or of all.
fn read(db: &Reader, id: PersonId, photo: Option<PhotoId>) -> StoreResult<Vec<FaceSaid>> {
    db.all(
        "select * from person_face where person_id = ?1 and (cast(?2 as bigint) is null or photo_id = ?2)
         order by photo_id, x, y",
        (id, photo),
    )
}

#[cfg(test)]
mod tests;
