//! Writes an event's rows into another data folder.

use std::collections::HashMap;

use super::accounts;
use super::record::Record;
use super::tables::{DECISION, EVENT, Kind, SOURCE, TABLES, insert, update};
use super::{EventRecords, MoveError};
use crate::domain::{Digest, ErasureReason, Event, EventId, ShareCode, Timestamp, UserId};
use crate::store::sql::{PackId, Reader, ToSql, Value, Writer, sqlite};
use crate::store::tables::{events, packs, photos};
use crate::store::{StoreError, StoreResult, erasing};

/// An event whose photos can be brought now.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The event.
    pub event: EventId,
    /// Whether it was not here before.
    pub is_new: bool,
    /// Whether the records say what holds for photos that are here already: the event was elsewhere and comes back.
    pub comes_back: bool,
    /// The number that each pack of the records has here.
    pub packs: HashMap<i64, PackId>,
}

/// Creates the event, or finds it: one that `owner` has. An event that is here keeps its settings; one that was
/// elsewhere gets those of the records. Photos that were deleted there are deleted here.
///
/// # Errors
/// If the event, its link or one of its sources is somebody else's here, or the records are newer than this program.
pub fn begin(
    db: &Writer,
    records: &EventRecords,
    owner: Option<UserId>,
    now: Timestamp,
) -> StoreResult<Begun> {
    if records.schema > sqlite::SCHEMA {
        return Err(MoveError::NewerSchema { found: records.schema, known: sqlite::SCHEMA }.into());
    }
    let event = records.id()?;
    let known = events::find(db, event)?;
    let is_new = known.is_none();
    let comes_back = known.as_ref().is_some_and(|event| event.moved_to.is_some());
    match known {
        Some(known) if known.owner_id != owner => return Err(MoveError::ForeignEvent.into()),
        Some(_) => {}
        None => create(db, records, owner, now)?,
    }
    if is_new || comes_back {
        update(db, "event", EVENT, &records.event, event.as_i64())?;
        bring_settings(db, records, event)?;
    }
    end_faces(db, records, event, now)?;
    // As every reader will see it: what this version could not have written is refused with all the rest.
    events::find(db, event)?.ok_or(StoreError::Corrupt { what: "event of an event file" })?;
    for source in &records.sources {
        bring_source(db, event, source)?;
    }
    for photo in &records.gone {
        if event_of_photo(db, photo.as_i64())? == Some(event) {
            photos::delete(db, *photo)?;
        }
        db.run("insert into photo_gone values (?1, ?2) on conflict do nothing", (event, *photo))?;
    }
    Ok(Begun { event, is_new, comes_back, packs: ensure_packs(db, &records.packs)? })
}

/// Faces that were deleted there are deleted here.
fn end_faces(db: &Writer, records: &EventRecords, event: EventId, now: Timestamp) -> StoreResult<()> {
    if records.event.get::<Timestamp>("faces_deleted_at_ms").is_some() {
        erasing::faces(db, event, ErasureReason::Date, now)?;
    }
    Ok(())
}

fn create(db: &Writer, records: &EventRecords, owner: Option<UserId>, now: Timestamp) -> StoreResult<()> {
    let share_code: ShareCode = records.event.expect("share_code")?;
    if events::find_by_share_code(db, &share_code)?.is_some() {
        return Err(MoveError::Conflict { what: "the link" }.into());
    }
    let created_at = records.event.get("created_at_ms").unwrap_or(now);
    let event = Event {
        id: records.id()?,
        share_code,
        owner_id: owner,
        ..Event::new(records.name(), None, created_at)
    };
    events::insert(db, &event)
}

fn bring_settings(db: &Writer, records: &EventRecords, event: EventId) -> StoreResult<()> {
    for table in TABLES.iter().filter(|table| table.kind == Kind::Setting) {
        db.run(&format!("delete from {} where event_id = ?1", table.name), [event])?;
        for row in records.tables.get(table.name).into_iter().flatten() {
            table.bring(db, event, &of_event(row, event))?;
        }
    }
    Ok(())
}

/// A hot folder is one of the other computer's: here it has no path, and waits for its owner.
fn bring_source(db: &Writer, event: EventId, row: &Record) -> StoreResult<()> {
    let mut row = of_event(row, event);
    let id: i64 = row.expect("id")?;
    let of: Option<EventId> = db.one("select event_id from source where id = ?1", [id])?;
    match of {
        Some(of) if of == event => return Ok(()),
        Some(_) => return Err(MoveError::Conflict { what: "a source of photos" }.into()),
        None => {}
    }
    if row.get::<String>("kind").as_deref() == Some("folder") {
        row.set("folder", &Value::Text("".into()));
        row.set("paused", &Value::Boolean(true));
    }
    let login: Option<String> = row.get("login");
    if let Some(login) = login
        && db.value("select exists (select 1 from source where login = ?1)", [login.as_str()])?
    {
        row.set("login", &Value::Text(format!("{login}-{id}").into()));
    }
    insert(db, "source", SOURCE, &row, "do nothing").map(drop)
}

fn ensure_packs(db: &Writer, rows: &[Record]) -> StoreResult<HashMap<i64, PackId>> {
    rows.iter()
        .map(|row| {
            let fingerprint: Digest = row.expect("fingerprint")?;
            let name: String = row.expect("name")?;
            let id = packs::ensure(db, fingerprint, &name, row.expect("dimensions")?)?;
            Ok((row.expect("id")?, id))
        })
        .collect()
}

/// Brings what belongs to the event as a whole, after its photos: the event is here from now on.
pub fn finish(db: &Writer, records: &EventRecords, begun: &Begun) -> StoreResult<()> {
    let event = begun.event;
    let accounts = accounts::bring(db, &records.accounts, &records.sessions)?;
    let without_faces = events::have_ended_faces(db, event)?;
    for table in TABLES.iter().filter(|table| table.kind == Kind::Gathered) {
        if without_faces && table.name.starts_with("person") {
            continue;
        }
        for row in records.tables.get(table.name).into_iter().flatten() {
            let mut row = of_event(row, event);
            if let Some(user) = row.get::<i64>("user_id") {
                row.set("user_id", &accounts.get(&user).copied().unwrap_or(user).to_sql());
            }
            if let Some(pack) = row.get::<i64>("pack_id") {
                row.set("pack_id", &begun.packs.get(&pack).to_sql());
            }
            table.bring(db, event, &row)?;
        }
    }
    for decision in records.decisions.iter().filter(|_| begun.comes_back) {
        let id: i64 = decision.expect("id")?;
        if event_of_photo(db, id)? == Some(event) {
            update(db, "photo", &DECISION[1..], decision, id)?;
        }
    }
    super::set_moved_to(db, event, None)
}

/// Whatever a record says, its event is the one that is brought.
pub(super) fn of_event(row: &Record, event: EventId) -> Record {
    let mut row = row.clone();
    if row.0.contains_key("event_id") {
        row.set("event_id", &event.to_sql());
    }
    row
}

pub(super) fn event_of_photo(db: &Reader, photo: i64) -> StoreResult<Option<EventId>> {
    db.one("select event_id from photo where id = ?1", [photo])
}
