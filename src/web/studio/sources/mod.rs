//! Sources of an event's photos: hot folders, cameras, contributors and guests, as its owner sees and changes them.

pub(crate) mod edit;
mod folder;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Event, Source, SourceKind, SourceTrouble, Timestamp};
use crate::reach::host_of;
use crate::store::sources::{self, SourceCounts};
use crate::store::{Reader, StoreError};
use crate::web::access::caller::{GuestsUrl, SignedIn};
use crate::web::api::guest_options::names;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// The speed of a source is an average over so long.
const LATELY: Duration = Duration::from_mins(5);

names! {
    /// What a source is.
    SourceKindName of SourceKind { Folder, Camera, Contributor, Guests }
}

names! {
    /// What can go wrong with a source.
    TroubleName of SourceTrouble {
        FolderMissing, FolderUnreadable, FileIncomplete, FileRefused, TransferBroken, WrongPassword, Full,
        EventClosed, DiskFull, Internal
    }
}

/// A source of an event's photos.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceView {
    id: i64,
    kind: SourceKindName,
    name: String,
    /// Who takes its photos; null: the event's photographer, or the contributor by name.
    #[schema(required = true)]
    credit: Option<String>,
    /// Path of a hot folder.
    #[schema(required = true)]
    folder: Option<String>,
    /// User name of a camera.
    #[schema(required = true)]
    login: Option<String>,
    /// How many photos it may bring.
    #[schema(required = true)]
    max_photos: Option<u32>,
    /// How many each guest may send.
    #[schema(required = true)]
    max_per_guest: Option<u32>,
    /// Whether its photos wait for approval.
    held: bool,
    paused: bool,
    /// How many it has brought.
    photos: u64,
    /// Those of today, in the event's time zone.
    photos_today: u64,
    /// Over the last five minutes.
    photos_per_minute: f64,
    /// Those that wait for approval.
    waiting: u64,
    #[schema(required = true, format = DateTime)]
    last_photo_at: Option<String>,
    /// Its last sign of life.
    #[schema(required = true, format = DateTime)]
    seen_at: Option<String>,
    /// What went wrong, unless it is over.
    #[schema(required = true)]
    trouble: Option<TroubleView>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// Something that went wrong with a source.
#[derive(Serialize, ToSchema)]
struct TroubleView {
    code: TroubleName,
    /// A file's name, or a reason.
    #[schema(required = true)]
    detail: Option<String>,
    #[schema(format = DateTime)]
    at: String,
}

/// The sources of an event.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceList {
    items: Vec<SourceView>,
    /// Whether the caller may choose folders of this computer.
    folders_allowed: bool,
    /// The address of this computer that cameras send to.
    host: String,
    /// How cameras send; null: FTP is not switched on.
    #[schema(required = true)]
    ftp: Option<FtpView>,
}

/// How cameras send photos.
#[derive(Serialize, ToSchema)]
struct FtpView {
    port: u16,
    /// Whether cameras can encrypt.
    tls: bool,
    /// Whether they must.
    require_tls: bool,
}

fn view(db: &Reader, event: &Event, source: Source, now: Timestamp) -> Result<SourceView, StoreError> {
    let today = event.time_zone.start_of_day(now);
    let SourceCounts { photos, waiting, today, lately, last_at } =
        sources::count(db, source.id, today, now.minus(LATELY))?;
    Ok(SourceView {
        id: source.id.as_i64(),
        kind: source.kind.into(),
        name: source.name,
        credit: source.credit,
        folder: source.folder,
        login: source.login,
        max_photos: source.max_photos,
        max_per_guest: source.max_per_guest,
        held: source.held,
        paused: source.paused,
        photos,
        photos_today: today,
        photos_per_minute: lately as f64 / (LATELY.as_secs_f64() / 60.0),
        waiting,
        last_photo_at: last_at.map(|at| at.to_string()),
        seen_at: source.seen_at.map(|at| at.to_string()),
        trouble: source.trouble.map(|trouble| TroubleView {
            code: trouble.kind.into(),
            detail: trouble.detail,
            at: trouble.at.to_string(),
        }),
        created_at: source.created_at.to_string(),
    })
}

/// Lists the sources of an event, oldest first.
#[utoipa::path(get, path = "/events/{event_id}/sources", tag = "sources", params(("event_id" = i64, Path)),
    responses((status = 200, body = SourceList)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
) -> Result<Json<SourceList>, ApiError> {
    let now = state.now();
    let items = state.read(move |db| {
        let found = sources::list(db, event.id)?.into_iter();
        found.map(|source| view(db, &event, source, now)).collect::<Result<Vec<_>, _>>()
    });
    let ftp = &state.config().ftp;
    Ok(Json(SourceList {
        items: items.await?,
        folders_allowed: folder::is_allowed(&state, &user),
        host: host_of(&base),
        ftp: ftp.enabled.then(|| FtpView {
            port: ftp.port,
            tls: ftp.tls_files().is_some(),
            require_tls: ftp.require_tls,
        }),
    }))
}
