//! Folders become sources: those that the configuration names, and the one that `fotota watch` is given.

use std::path::Path;

use crate::app::App;
use crate::config::HotFolder;
use crate::domain::{EventId, Source, SourceId, SourceKind, SourceOrigin, Timestamp};
use crate::store::{StoreResult, Writer, events, source_files, sources};

/// Makes sources of the folders in the configuration, and pauses those that it named before and names no more: their
/// photos stay, and so does what is known of their files.
pub(super) fn apply(app: &App) -> StoreResult<()> {
    let (folders, now) = (app.config.source.clone(), app.clock.now());
    app.store.write(move |db| {
        let mut named = Vec::new();
        for folder in &folders {
            named.extend(ensure_configured(db, folder, now)?);
        }
        for mut source in source_files::list_configured(db)? {
            if !named.contains(&source.id) {
                source.paused = true;
                sources::update(db, &source)?;
            }
        }
        Ok(())
    })
}

/// `None` if the event is gone.
fn ensure_configured(db: &Writer, folder: &HotFolder, now: Timestamp) -> StoreResult<Option<SourceId>> {
    let event = folder.event_id().map(|id| events::find(db, id)).transpose()?.flatten();
    let Some(event) = event else {
        tracing::warn!(event = folder.event, "the event of a hot folder in the configuration is gone");
        return Ok(None);
    };
    let path = std::path::absolute(&folder.folder).unwrap_or_else(|_| folder.folder.clone());
    let mut source = ensure(db, event.id, &path, SourceOrigin::Configuration, now)?;
    source.credit.clone_from(&folder.credit);
    if let Some(name) = &folder.name {
        source.name.clone_from(name);
    }
    source.paused = false;
    sources::update(db, &source)?;
    source_files::set_origin(db, source.id, SourceOrigin::Configuration)?;
    Ok(Some(source.id))
}

/// The source of a folder for `fotota watch`, which takes photos even if it was paused.
///
/// # Errors
/// When the database fails.
pub fn find_or_create(
    app: &App,
    event: EventId,
    folder: &Path,
    credit: Option<&str>,
) -> StoreResult<SourceId> {
    let (folder, credit, now) = (folder.to_owned(), credit.map(str::to_owned), app.clock.now());
    app.store.write(move |db| {
        let mut source = ensure(db, event, &folder, SourceOrigin::Command, now)?;
        source.credit = credit.clone().or(source.credit);
        source.paused = false;
        sources::update(db, &source)?;
        Ok(source.id)
    })
}

fn ensure(
    db: &Writer,
    event: EventId,
    folder: &Path,
    origin: SourceOrigin,
    now: Timestamp,
) -> StoreResult<Source> {
    let path = folder.to_string_lossy().into_owned();
    if let Some(source) = source_files::find_source(db, event, &path)? {
        return Ok(source);
    }
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    let source = Source { folder: Some(path), ..Source::new(event, SourceKind::Folder, name, now) };
    sources::insert(db, &source)?;
    source_files::set_origin(db, source.id, origin)?;
    Ok(source)
}
