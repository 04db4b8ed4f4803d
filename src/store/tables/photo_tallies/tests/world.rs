//! An event to which everything happens that changes its photos, in an order that looks random and is the same every
//! time.

use std::fmt::Debug;
use std::time::Duration;

use crate::domain::{
    Camera, CameraTime, Capture, ClockOffset, Destination, Digest, Embedding, Event, EventId, Photo, PhotoId,
    PixelSize, Source, SourceId, SourceKind, TimeSource, TimeZone,
};
use crate::intake::accept;
use crate::store::sql::{FromRow, Row};
use crate::store::tables::photo_changes::{self, Change};
use crate::store::tables::{camera_clocks, events, packs, sources};
use crate::store::testing::{NOW, TestStore, face};
use crate::store::{PackId, StoreResult, Writer, indexing};

/// Numbers that look random and are the same every time (xorshift64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn below<T: TryFrom<u64, Error: Debug>>(&mut self, end: u64) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end).try_into().unwrap()
    }

    pub(super) fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let at: usize = self.below(choices.len() as u64);
        &choices[at]
    }
}

pub(super) struct World {
    pub(super) store: TestStore,
    pub(super) event: EventId,
    packs: [PackId; 2],
    pub(super) sources: Vec<SourceId>,
    pub(super) dice: Dice,
    pub(super) received: u64,
}

pub(super) const CREDITS: [Option<&str>; 3] = [None, Some("Sari"), Some("Budi")];
pub(super) const CAMERAS: [Option<&str>; 3] = [None, Some("Canon EOS R6"), Some("SONY ILCE-7M4")];

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let store = TestStore::new();
        let event = store.add_event();
        let other = store.write(|tx| packs::ensure(tx, Digest([2; 32]), "other", 4));
        let packs = [store.add_pack(4), other.unwrap()];
        let sources = ["a", "b"].map(|name| {
            let mut source = Source::new(event, SourceKind::Contributor, name.into(), NOW);
            source.held = name == "b";
            let id = source.id;
            assert!(store.write(move |tx| sources::insert(tx, &source)).unwrap());
            id
        });
        Self { store, event, packs, sources: sources.to_vec(), dice: Dice(seed), received: 0 }
    }

    pub(super) fn event(&self) -> Event {
        self.store.read(|db| events::find(db, self.event)).unwrap().unwrap()
    }

    pub(super) fn photos(&self) -> Vec<Numbered> {
        let sql = "select * from photo where event_id = ?1";
        self.store.read(|db| db.all(sql, [self.event])).unwrap()
    }

    pub(super) fn any(&mut self) -> Option<Photo> {
        let photos = self.photos();
        (!photos.is_empty()).then(|| self.dice.of(&photos).photo.clone())
    }

    pub(super) fn receive(&mut self) {
        self.received += 1;
        let source_id =
            [None, self.sources.first().copied(), self.sources.last().copied()][self.dice.below::<usize>(3)];
        let credit = self.dice.of(&CREDITS).map(str::to_owned);
        let destination = Destination { event_id: self.event, source_id, credit, sender: None };
        let bytes = [b"\xFF\xD8\xFF\xE0", self.received.to_string().as_bytes()].concat();
        let name = format!("{}.jpg", self.dice.below::<u64>(9));
        let now = NOW.plus(Duration::from_secs(self.received * 47));
        accept(&self.store, destination, &name, bytes.as_slice(), 1000, now).unwrap();
    }

    pub(super) fn index(&mut self, id: PhotoId) {
        let (hour, minute) = (self.dice.below(4), self.dice.below(60));
        let day = if self.dice.below::<u64>(9) == 0 { [1969, 12, 31] } else { [2026, 11, 28] };
        let capture = Capture {
            taken_at: CameraTime::new(day, [hour, minute, 0], None, None),
            time_source: TimeSource::Taken,
            camera: self.dice.of(&CAMERAS).map(str::to_owned),
            ..Capture::default()
        };
        let faces: Vec<_> = (0..self.dice.below::<u64>(4))
            .map(|_| face(Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap()))
            .collect();
        let (pack, size) = (*self.dice.of(&self.packs), PixelSize { width: 9, height: 9 });
        self.store.write(move |tx| indexing::index_photo(tx, id, pack, size, &capture, &faces)).unwrap();
    }

    pub(super) fn step(&mut self) {
        let kind: u64 = self.dice.below(24);
        let (event, row) = (self.event, self.event());
        let Some(photo) = self.any().filter(|_| kind > 7) else { return self.receive() };
        let id = photo.id;
        let change = |world: &Self, change| {
            world.store.write(move |tx| photo_changes::apply(tx, event, &[id], change)).unwrap();
        };
        match kind {
            8..=13 => self.index(id),
            14 | 15 => change(self, Change::Hide(true)),
            16 | 17 => change(self, Change::Hide(false)),
            18 => change(self, Change::Delete),
            19 => change(self, Change::Retry),
            20 => {
                let pack = self.packs[0];
                let fail = move |tx: &Writer| -> StoreResult<()> {
                    let job = indexing::claim(tx, pack, NOW.plus(Duration::from_hours(9)))?;
                    job.map_or(Ok(()), |job| indexing::give_up(tx, &job, "broken"))
                };
                self.store.write(fail).unwrap();
            }
            21 => {
                let zone = *self.dice.of(&["UTC", "Asia/Jakarta", "America/St_Johns"]);
                let row = Event { time_zone: TimeZone::named(zone).unwrap(), ..row };
                let moved = move |tx: &Writer| {
                    events::update(tx, &row)?;
                    camera_clocks::sort(tx, &row)
                };
                self.store.write(moved).unwrap();
            }
            22 => {
                let camera = Camera { name: CAMERAS[1].unwrap().to_owned(), body: None };
                let offset = ClockOffset::from_ms(self.dice.below::<i64>(9) * 1_800_000).unwrap();
                self.store.write(move |tx| camera_clocks::set(tx, &row, &camera, offset)).unwrap();
            }
            _ => self.change_source(),
        }
    }

    fn change_source(&mut self) {
        let Some(id) = self.sources.last().copied() else { return };
        if self.dice.below::<u64>(5) == 0 {
            self.sources.pop();
            assert!(self.store.write(move |tx| sources::delete(tx, id)).unwrap());
            return;
        }
        let mut source = self.store.read(|db| sources::find(db, id)).unwrap().unwrap();
        source.credit = self.dice.of(&CREDITS).map(str::to_owned);
        assert!(self.store.write(move |tx| sources::update(tx, &source)).unwrap());
    }
}

/// A photo with what it is listed by.
pub(super) struct Numbered {
    pub(super) photo: Photo,
    pub(super) name_key: String,
    pub(super) sequence: u64,
    pub(super) indexed: Option<u64>,
}

impl FromRow for Numbered {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            photo: Photo::from_row(row)?,
            name_key: row.get("name_key")?,
            sequence: row.get("sequence")?,
            indexed: row.get("indexed_sequence")?,
        })
    }
}
