//! The scrub: looks at the files of all photos at each start, and reads all of them once a day, slowly, while nothing
//! waits to be indexed. One process does so of all that share the rows.

use std::time::{Duration, Instant};

use crate::app::{App, Duty, Service, ServiceHandle};
use crate::domain::{PhotoId, Timestamp, reason_chain};
use crate::integrity::{Depth, Upkeep};
use crate::store::damage::{self, Position};
use crate::store::{Lock, Store, StoreError, jobs, photo_files};

/// Between the beginnings of two rounds.
const ROUND: Duration = Duration::from_hours(24);
/// A start has other things to do.
const FIRST_PAUSE: Duration = Duration::from_mins(1);
/// While photos wait to be indexed, after a round, and after an error.
const BUSY_PAUSE: Duration = Duration::from_secs(10);
/// At least this long between two photos.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// Between two photos, in times of what reading the first one took: it gets a fifth of the disk.
const PAUSE_FACTOR: u32 = 4;
/// Photos between two records of how far it is: each wakes those who wait for news.
const PHOTOS_PER_RECORD: u32 = 200;
/// Photos whose rows are read at once by the quick look.
const PAGE: usize = 500;

pub(super) fn start(app: &App) -> Service {
    let scrub = app.clone();
    Service::start("scrub", app.clock.clone(), 1, move |service| {
        let mut duty = Duty::new(&scrub.store, Lock::Scrub);
        while duty.wait(service) {
            if let Err(error) = look(&scrub, service, &mut duty) {
                service.record_error(reason_chain(&error));
            }
            if !service.signal.pause(FIRST_PAUSE) {
                run(&scrub, service, &mut duty);
            }
        }
    })
}

fn upkeep(app: &App) -> Upkeep<'_> {
    Upkeep { store: &app.store, limits: app.limits, working_long_side: app.working_long_side }
}

/// Whether the database is whole, and each file is there and of the right size: what a power failure spoils.
fn look(app: &App, service: &ServiceHandle, duty: &mut Duty) -> Result<(), StoreError> {
    check_database(app, service)?;
    let mut after = None;
    loop {
        let files = app.store.read(|db| photo_files::list_after(db, after, PAGE))?;
        let Some(last) = files.last() else { return Ok(()) };
        after = Some(last.photo_id);
        for file in &files {
            if service.signal.is_stopping() || !duty.is_mine(service) {
                return Ok(());
            }
            upkeep(app).check(file, Depth::Quick, app.clock.now())?;
        }
    }
}

fn check_database(app: &App, service: &ServiceHandle) -> Result<(), StoreError> {
    let faults = app.store.read(Store::check_database)?.join("; ");
    if !faults.is_empty() {
        tracing::error!(
            faults,
            "the database is damaged; keep a copy of the data folder and restore a backup"
        );
        service.record_error(format!("the database is damaged: {faults}"));
    }
    Ok(())
}

/// Until the service is stopped, or another process has the duty.
fn run(app: &App, service: &ServiceHandle, duty: &mut Duty) {
    let mut round = None;
    while duty.is_mine(service) {
        let pause = match step(app, service, &mut round) {
            Ok(pause) => pause,
            Err(error) => {
                service.record_error(reason_chain(&error));
                BUSY_PAUSE
            }
        };
        if service.signal.pause(pause) {
            break;
        }
    }
    if let Some(round) = round {
        // Otherwise the next start goes on a little earlier.
        round.record(&app.store).ok();
    }
}

/// A round under way.
struct Round {
    position: Position,
    photos_since_record: u32,
}

impl Round {
    fn record(&self, store: &Store) -> Result<(), StoreError> {
        let position = self.position;
        store.write(move |db| damage::set_position(db, position))
    }
}

/// Checks the next photo; returns how long to pause then.
fn step(app: &App, service: &ServiceHandle, round: &mut Option<Round>) -> Result<Duration, StoreError> {
    let now = app.clock.now();
    if app.store.read(|db| jobs::any_free(db, app.pack_id, now))? {
        return Ok(BUSY_PAUSE);
    }
    let Some(current) = round else {
        *round = begin(app, service, now)?;
        return Ok(BUSY_PAUSE);
    };
    let began = Instant::now();
    let after = current.position.after_photo.and_then(PhotoId::from_i64);
    let files = app.store.read(|db| photo_files::list_after(db, after, 1))?;
    // Before the check: a photo that makes it fail does not do so again and again.
    current.position.after_photo = files.last().map(|file| file.photo_id.as_i64());
    current.photos_since_record += 1;
    for file in &files {
        upkeep(app).check(file, Depth::Deep, now)?;
    }
    if files.is_empty() || current.photos_since_record >= PHOTOS_PER_RECORD {
        current.record(&app.store)?;
        current.photos_since_record = 0;
    }
    if files.is_empty() {
        *round = None;
        service.complete_one();
        return Ok(BUSY_PAUSE);
    }
    Ok(LEAST_PAUSE.max(began.elapsed() * PAUSE_FACTOR))
}

/// Goes on with the last round, or begins one if it is time.
fn begin(app: &App, service: &ServiceHandle, now: Timestamp) -> Result<Option<Round>, StoreError> {
    let last = app.store.read(damage::position)?;
    let position = match last {
        Some(Position { after_photo: None, began_at }) if now.since(began_at) < ROUND => return Ok(None),
        Some(unfinished @ Position { after_photo: Some(_), .. }) => unfinished,
        _ => {
            check_database(app, service)?;
            Position { after_photo: Some(0), began_at: now }
        }
    };
    Ok(Some(Round { position, photos_since_record: 0 }))
}
