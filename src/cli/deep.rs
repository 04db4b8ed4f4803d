//! `fotota doctor --deep`: reads every file of the data folder and says by name what is damaged; `--repair` makes
//! again what can be made again.

use anyhow::bail;

use super::invocation::Invocation;
use super::output;
use super::output::counted;
use crate::domain::{Clock, Fault, PhotoId, SystemClock};
use crate::imaging::DecodeLimits;
use crate::integrity::{self, Depth, Found, Upkeep};
use crate::store::photo_files::{self, PhotoFile};
use crate::store::{BlobKey, Blobs, Inspection, Reader, Store, StoreResult, packs, photos};

/// Photos whose rows are read at once.
const PAGE: usize = 100;

/// What is wrong with a file.
struct Damage {
    /// Whose it is, if it is a photo's.
    photo: Option<PhotoFile>,
    blob: BlobKey,
    /// `None`: no row names it.
    fault: Option<Fault>,
    is_repaired: bool,
}

/// What was read, and what was found.
#[derive(Default)]
pub(super) struct Report {
    database: Vec<String>,
    files: u64,
    damage: Vec<Damage>,
    /// Faces in the vector index, which was rebuilt.
    vectors: Option<u64>,
}

/// Reads everything. Only `repair` opens the data folder for writing.
pub(super) fn examine(cli: &Invocation, repair: bool) -> anyhow::Result<Report> {
    let blobs = Blobs::look(&cli.data, cli.config.storage.places().bucket)?;
    let limits = cli.config.intake.decode_limits();
    if !repair {
        return match cli.inspect(|db| look(db, &blobs, |file| check(db, &blobs, file, limits)))? {
            Inspection::Current(report) => Ok(report),
            Inspection::OldSchema { .. } => {
                bail!("the database must be migrated first: start `fotota serve` once")
            }
            Inspection::Missing => Ok(Report::default()),
        };
    }
    let store = cli.open_store()?;
    let upkeep = Upkeep { store: &store, limits, working_long_side: cli.config.intake.working_long_side };
    let mut report =
        store.read(|db| look(db, &blobs, |file| upkeep.check(file, Depth::Deep, SystemClock.now())))?;
    if report.database.is_empty() {
        report.vectors = Some(store.write(packs::reindex)?);
    }
    Ok(report)
}

fn check(db: &Reader, blobs: &Blobs, file: &PhotoFile, limits: DecodeLimits) -> StoreResult<Vec<Found>> {
    let found = integrity::check(blobs, file, limits, Depth::Deep);
    // A running server may have deleted it meanwhile.
    let is_gone = !found.is_empty() && photos::find(db, file.photo_id)?.is_none();
    Ok(if is_gone { Vec::new() } else { found })
}

fn look(
    db: &Reader,
    blobs: &Blobs,
    check: impl Fn(&PhotoFile) -> StoreResult<Vec<Found>>,
) -> StoreResult<Report> {
    let mut report = Report { database: Store::check_database(db)?, ..Report::default() };
    let mut after: Option<PhotoId> = None;
    loop {
        let files = photo_files::list_after(db, after, PAGE)?;
        let Some(last) = files.last() else { break };
        after = Some(last.photo_id);
        for file in &files {
            report.files += if file.has_pictures { 3 } else { 1 };
            let damage = check(file)?.into_iter().map(|found| Damage {
                photo: Some(file.clone()),
                blob: found.blob,
                fault: Some(found.fault),
                is_repaired: found.is_repaired,
            });
            report.damage.extend(damage);
        }
    }
    let missing =
        Store::list_missing_pictures(db, blobs)?.into_iter().map(|blob| (blob, Some(Fault::Missing)));
    let nameless = Store::list_nameless(db, blobs)?.into_iter().map(|blob| (blob, None));
    let others = missing.chain(nameless);
    report.damage.extend(others.map(|(blob, fault)| Damage { photo: None, blob, fault, is_repaired: false }));
    Ok(report)
}

impl Report {
    /// In one sentence: a failure if anything is still wrong.
    pub(super) fn summary(&self) -> anyhow::Result<String> {
        if !self.database.is_empty() {
            bail!(
                "the database is damaged: {}\nhint: keep a copy of the data folder, then restore a backup",
                self.database.join("; ")
            );
        }
        let repaired = self.damage.iter().filter(|damage| damage.is_repaired).count() as u64;
        let left = self.damage.len() as u64 - repaired;
        let mut text = format!("read the database and {}", counted(self.files, "file", "files"));
        if repaired > 0 {
            text = format!("{text}; made {} again", counted(repaired, "picture", "pictures"));
        }
        if let Some(vectors) = self.vectors {
            text = format!("{text}; rebuilt the search index with {}", counted(vectors, "face", "faces"));
        }
        if left > 0 {
            bail!("{text}; {} damaged or unknown, see below", counted(left, "file is", "files are"));
        }
        Ok(text)
    }

    pub(super) fn print(&self) {
        for damage in &self.damage {
            output::line(&format!("  {}", damage.line()));
        }
        if self.damage.iter().any(Damage::can_be_repaired) {
            output::note("hint: `fotota doctor --deep --repair` makes previews and thumbnails again");
        }
        if self.damage.iter().any(Damage::is_lost_original) {
            output::note(
                "hint: import a damaged photo again from the card or a backup: it takes the place of the damaged one",
            );
        }
        let is_unknown =
            |damage: &Damage| damage.fault.is_none() && matches!(damage.blob, BlobKey::Original(..));
        if self.damage.iter().any(is_unknown) {
            output::note(
                "hint: `fotota import EVENT FILE` takes an original that the database does not know into an event; \
                 then delete that file",
            );
        }
    }

    pub(super) fn as_json(&self) -> serde_json::Value {
        let damage: Vec<_> = self.damage.iter().map(Damage::as_json).collect();
        serde_json::json!({ "database": self.database, "files": self.files, "damage": damage,
                            "vectors": self.vectors })
    }
}

impl Damage {
    fn is_lost_original(&self) -> bool {
        self.fault.is_some() && matches!(self.blob, BlobKey::Original(..))
    }

    fn can_be_repaired(&self) -> bool {
        self.fault.is_some()
            && !self.is_repaired
            && matches!(self.blob, BlobKey::Preview(_) | BlobKey::Thumbnail(_))
    }

    fn line(&self) -> String {
        let (path, fault) =
            (&self.blob, self.fault.map_or("is known to no row of the database", Fault::words));
        let photo = self.photo.as_ref().map_or_else(String::new, |photo| {
            format!("{} of event `{}`: ", photo.file_name, photo.event_name)
        });
        let repaired = if self.is_repaired { "; made again" } else { "" };
        format!("{photo}`{path}` {fault}{repaired}")
    }

    fn as_json(&self) -> serde_json::Value {
        let photo = self.photo.as_ref();
        serde_json::json!({
            "event": photo.map(|photo| &photo.event_name),
            "photo_id": photo.map(|photo| photo.photo_id.as_i64()),
            "file_name": photo.map(|photo| &photo.file_name),
            "path": self.blob.to_string(),
            "fault": self.fault.map_or("unknown", Fault::as_str),
            "repaired": self.is_repaired,
        })
    }
}
