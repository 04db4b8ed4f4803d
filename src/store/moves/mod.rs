//! An event on its way to another data folder: its rows as records, read here and written there.
//!
//! Ids of photos, sources, people and accounts are random and stay as they are, so links and favourites keep their
//! meaning. Bringing the same records twice is bringing them once. Invariant: records reach nothing of other events.

mod accounts;
mod bring;
mod bring_photo;
mod photos;
mod read;
mod receptions;
mod record;
mod tables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use tables::Kind;

use crate::domain::{Digest, EventId, PhotoId};
use crate::store::StoreResult;
use crate::store::sql::{Reader, ToSql, Value, Writer};

pub use bring::{Begun, begin, finish};
pub use bring_photo::{bring_photo, reserve};
pub use photos::{PhotoRecords, Place, find_place, list_missing, read_photo};
pub use read::{list_photos, read};
pub use receptions::{
    Reception, bind as bind_reception, create as create_reception,
    delete_expired as delete_expired_receptions, find as find_reception,
};
pub use record::Record;

/// Why records cannot be brought.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// They were written by a later version.
    #[error(
        "the event comes from a newer FotoTa (schema {found}, this one knows {known})\n\
         hint: use that version here too"
    )]
    NewerSchema {
        /// Version of the schema that they are of.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// Another user has the event.
    #[error("this event belongs to another user here")]
    ForeignEvent,
    /// Something is called the same, and is something else.
    #[error("{what} of the event file belongs to another event here")]
    Conflict {
        /// What.
        what: &'static str,
    },
}

/// All of an event but its photos.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EventRecords {
    /// Of the database that they are from.
    pub schema: i64,
    /// The event.
    pub event: Record,
    /// Packs that its photos were indexed with.
    pub packs: Vec<Record>,
    /// Where its photos come from.
    pub sources: Vec<Record>,
    /// Photos that were deleted.
    pub gone: Vec<PhotoId>,
    /// What was decided about its photos.
    pub decisions: Vec<Record>,
    /// Users who have been in it or kept its photos.
    pub accounts: Vec<Record>,
    /// Their sessions in browsers.
    pub sessions: Vec<Record>,
    /// Other rows, by table.
    pub tables: BTreeMap<String, Vec<Record>>,
}

impl EventRecords {
    /// The event's id.
    ///
    /// # Errors
    /// If there is none.
    pub fn id(&self) -> StoreResult<EventId> {
        self.event.expect("id")
    }

    /// Without what is only brought after all photos.
    #[must_use]
    pub fn of_settings(self) -> Self {
        let mut tables = self.tables;
        tables.retain(|name, _| {
            tables::TABLES.iter().any(|table| table.name == name && table.kind == Kind::Setting)
        });
        Self { tables, decisions: Vec::new(), accounts: Vec::new(), sessions: Vec::new(), ..self }
    }

    /// Adds a key by its hash: one that is good for the event where the records are brought.
    pub fn add_key(&mut self, event: EventId, (purpose, source_id, version): (&str, i64, u32), hash: Digest) {
        let mut row = Record::default();
        let columns: [(&str, Value<'_>); 5] = [
            ("event_id", event.to_sql()),
            ("purpose", purpose.to_sql()),
            ("source_id", source_id.to_sql()),
            ("version", version.to_sql()),
            ("key_hash", hash.to_sql()),
        ];
        for (column, value) in &columns {
            row.set(column, value);
        }
        self.tables.entry("brought_key".to_owned()).or_default().push(row);
    }

    /// The event's name, for people.
    #[must_use]
    pub fn name(&self) -> String {
        self.event.get("name").unwrap_or_default()
    }
}

/// Marks the event as moved to this address, where its guests are sent; `None`: it is here.
pub fn set_moved_to(db: &Writer, event: EventId, address: Option<&str>) -> StoreResult<()> {
    db.run("update event set moved_to = ?2 where id = ?1", (event, address))
}

/// Whether a key that another data folder made is good for the event's entry or wall (`source_id` 0), or a source.
pub fn is_brought_key(
    db: &Reader,
    event: EventId,
    (purpose, source_id, version): (&str, i64, u32),
    key_hash: Digest,
) -> StoreResult<bool> {
    db.value(
        "select exists (select 1 from brought_key where event_id = ?1 and purpose = ?2 and source_id = ?3
                        and version = ?4 and key_hash = ?5)",
        (event, purpose, source_id, version, key_hash),
    )
}

#[cfg(test)]
mod tests;
