//! Which rows go with an event, but its photos: the one list of tables and columns, for writing and for reading.

use super::record::Record;
use crate::domain::EventId;
use crate::store::sql::{Reader, Value, Writer};
use crate::store::{StoreError, StoreResult};

/// What happens to rows that are here already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Belongs to the event's settings: replaced as a whole when the event comes back.
    Setting,
    /// Each side may have rows that the other has not: what is here stays, the rest comes.
    Gathered,
}

/// A table whose rows belong to an event.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) columns: &'static [&'static str],
    /// Which rows are the event's, which is `?1`.
    of_event: &'static str,
    /// Whether a row of a file may be written: columns, and a query about their values and, last, the event. So a file
    /// reaches nothing of other events.
    guard: Option<(&'static [&'static str], &'static str)>,
    /// On conflict with a row that is here.
    conflict: &'static str,
}

const NOTHING: &str = "do nothing";
const NOT_RECORDED: &str =
    "select not exists (select 1 from consent where subject = ?1 and action = ?2 and at_ms = ?3
                                               and event_id = ?4)";
const OF_GUEST: &str = "select exists (select 1 from guest_session where token_hash = ?1 and event_id = ?3)
                           and exists (select 1 from photo where id = ?2 and event_id = ?3)";
const OF_ACCOUNT: &str = "select exists (select 1 from \"account\" where id = ?1)
                             and exists (select 1 from event where id = ?2)";
const OF_BOTH: &str = "select exists (select 1 from \"account\" where id = ?1)
                          and exists (select 1 from photo where id = ?2 and event_id = ?3)";
const OF_PERSON: &str = "select exists (select 1 from person where id = ?1 and event_id = ?3)
                            and exists (select 1 from photo where id = ?2 and event_id = ?3)";

const BY_EVENT: &str = "event_id = ?1";

#[rustfmt::skip]
pub(super) const TABLES: &[Table] = &[
    Table { name: "camera_clock", kind: Kind::Setting, columns: &["event_id", "camera", "body", "offset_ms"],
            of_event: BY_EVENT, guard: None, conflict: NOTHING },
    Table { name: "watermark", kind: Kind::Setting,
            columns: &["event_id", "logo", "corner", "opacity", "version"],
            of_event: BY_EVENT, guard: None, conflict: NOTHING },
    Table { name: "brought_key", kind: Kind::Gathered,
            columns: &["event_id", "purpose", "source_id", "version", "key_hash"],
            of_event: BY_EVENT, guard: None, conflict: NOTHING },
    Table { name: "consent", kind: Kind::Gathered, columns: &["event_id", "subject", "action", "version", "at_ms"],
            of_event: BY_EVENT, guard: Some((&["subject", "action", "at_ms"], NOT_RECORDED)), conflict: NOTHING },
    Table { name: "guest_session", kind: Kind::Gathered,
            columns: &["token_hash", "event_id", "password_hash", "consent_at_ms", "consent_version",
                       "expires_at_ms", "subject"],
            of_event: BY_EVENT, guard: None, conflict: NOTHING },
    Table { name: "guest_mark", kind: Kind::Gathered, columns: &["token_hash", "photo_id", "kind", "created_at_ms"],
            of_event: "photo_id in (select id from photo where event_id = ?1)",
            guard: Some((&["token_hash", "photo_id"], OF_GUEST)), conflict: NOTHING },
    Table { name: "invitation", kind: Kind::Gathered,
            columns: &["token_hash", "event_id", "password_version", "expires_at_ms"],
            of_event: BY_EVENT, guard: None, conflict: NOTHING },
    Table { name: "visit", kind: Kind::Gathered,
            columns: &["user_id", "event_id", "entered_at_ms", "password_version"],
            of_event: BY_EVENT, guard: Some((&["user_id"], OF_ACCOUNT)), conflict: NOTHING },
    Table { name: "bookmark", kind: Kind::Gathered, columns: &["id", "user_id", "photo_id", "created_at_ms"],
            of_event: "photo_id in (select id from photo where event_id = ?1)",
            guard: Some((&["user_id", "photo_id"], OF_BOTH)), conflict: NOTHING },
    // What both sides counted in the same five minutes is counted once: bringing a file twice counts nothing twice.
    Table { name: "tally", kind: Kind::Gathered, columns: &["event_id", "kind", "slot_ms", "count"],
            of_event: BY_EVENT, guard: None,
            conflict: "(event_id, kind, slot_ms) do update set count = excluded.count
                       where excluded.count > tally.count" },
    Table { name: "person", kind: Kind::Gathered,
            columns: &["id", "event_id", "name", "created_at_ms", "pack_id", "portrait"],
            of_event: BY_EVENT, guard: None, conflict: NOTHING },
    Table { name: "person_face", kind: Kind::Gathered,
            columns: &["person_id", "photo_id", "x", "y", "w", "h", "is_person"],
            of_event: "person_id in (select id from person where event_id = ?1)",
            guard: Some((&["person_id", "photo_id"], OF_PERSON)), conflict: NOTHING },
];

/// The event's own columns that are its settings.
pub(super) const EVENT: &[&str] = &[
    "name",
    "password_hash",
    "password_version",
    "description",
    "date_ms",
    "updated_at_ms",
    "closed_at_ms",
    "visibility",
    "download",
    "delete_at_ms",
    "faces_delete_at_ms",
    "photographer",
    "photographer_link",
    "wall_paused",
    "tap_search",
    "people",
    "original_metadata",
    "time_zone",
    "time_code_shown_ms",
];

/// Columns of a source of photos. Whether it is paused, and its trouble, are each computer's own.
pub(super) const SOURCE: &[&str] = &[
    "id",
    "event_id",
    "kind",
    "name",
    "credit",
    "folder",
    "login",
    "key_version",
    "max_photos",
    "max_per_guest",
    "held",
    "paused",
    "created_at_ms",
    "origin",
];

/// Columns of an account: what it signs in with. Who was an admin elsewhere is none here.
pub(super) const ACCOUNT: &[&str] = &[
    "id",
    "login",
    "password_hash",
    "email",
    "name",
    "picture",
    "issuer",
    "subject",
    "disabled_at_ms",
    "created_at_ms",
];

/// Columns of an account's session in a browser.
pub(super) const SESSION: &[&str] =
    &["id", "user_id", "kind", "token_hash", "created_at_ms", "expires_at_ms"];

/// Columns of a photo. What is derived or counted is left out.
pub(super) const PHOTO: &[&str] = &[
    "id",
    "event_id",
    "file_name",
    "name_key",
    "digest",
    "size_bytes",
    "format",
    "width",
    "height",
    "state",
    "failure",
    "created_at_ms",
    "taken_at",
    "time_source",
    "camera",
    "camera_body",
    "orientation",
    "moment_ms",
    "hidden",
    "held",
    "wall",
    "pack_id",
    "preview_width",
    "preview_height",
    "damaged",
    "companion_id",
    "companion_name",
    "companion_digest",
    "source_id",
    "credit",
    "sender",
    "file_id",
    "version_chosen",
];

/// What the owner decides about a photo.
pub(super) const DECISION: &[&str] = &["id", "hidden", "held", "wall"];

/// Columns of another version of a photo.
pub(super) const VERSION: &[&str] = &[
    "file_id",
    "photo_id",
    "sequence",
    "file_name",
    "digest",
    "size_bytes",
    "format",
    "width",
    "height",
    "preview_width",
    "preview_height",
    "source_id",
    "received_at_ms",
];

/// Columns of a face. Its id is new on each computer.
pub(super) const FACE: &[&str] =
    &["pack_id", "x", "y", "w", "h", "score", "size_px", "sharpness", "yaw", "embedding"];

/// The rows of a query over a table with these columns.
pub(super) fn select(
    db: &Reader,
    table: &str,
    columns: &[&str],
    rest: &str,
    id: i64,
) -> StoreResult<Vec<Record>> {
    db.all(&format!("select {} from {table} {rest}", columns.join(", ")), [id])
}

/// Writes a row; `false` if it is here already.
pub(super) fn insert(
    db: &Writer,
    table: &str,
    columns: &[&str],
    record: &Record,
    conflict: &str,
) -> StoreResult<bool> {
    let (names, values) = record.values(columns)?;
    if names.is_empty() {
        return Err(StoreError::Corrupt { what: "row of an event file" });
    }
    let places: Vec<String> = (1..=names.len()).map(|at| format!("?{at}")).collect();
    let sql = format!(
        "insert into {table} ({}) values ({}) on conflict {conflict}",
        names.join(", "),
        places.join(", ")
    );
    Ok(db.execute(&sql, values)? > 0)
}

/// Writes these columns of a row.
pub(super) fn update(
    db: &Writer,
    table: &str,
    columns: &[&str],
    record: &Record,
    id: i64,
) -> StoreResult<()> {
    let (names, mut values) = record.values(columns)?;
    let sets: Vec<String> = names.iter().zip(1..).map(|(name, at)| format!("{name} = ?{at}")).collect();
    values.0.push(Value::Integer(id));
    db.run(&format!("update {table} set {} where id = ?{}", sets.join(", "), values.0.len()), values)
}

impl Table {
    pub(super) fn rows(&self, db: &Reader, event: EventId) -> StoreResult<Vec<Record>> {
        let rest = format!("where {} order by {}", self.of_event, self.columns[0]);
        select(db, self.name, self.columns, &rest, event.as_i64())
    }

    /// Writes a row of a file, unless it is of another event or is here already.
    pub(super) fn bring(&self, db: &Writer, event: EventId, record: &Record) -> StoreResult<()> {
        if let Some((columns, sql)) = self.guard {
            let (names, mut values) = record.values(columns)?;
            values.0.push(Value::Integer(event.as_i64()));
            if names.len() < columns.len() || !db.value::<bool>(sql, values)? {
                return Ok(());
            }
        }
        insert(db, self.name, self.columns, record, self.conflict).map(drop)
    }
}
