//! The time by which what has expired is deleted, kept over restarts: at most one row.

use crate::domain::{ClockReading, RetentionClock, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};

/// What was believed at the last look; `None` before the first.
pub fn find(db: &Reader) -> StoreResult<Option<RetentionClock>> {
    db.one("select * from retention_clock", ())
}

/// Looks at the clocks; `before` is this process's last look.
pub fn advance(db: &Writer, before: Option<ClockReading>, now: ClockReading) -> StoreResult<RetentionClock> {
    let known = find(db)?;
    let clock = known.map_or_else(|| RetentionClock::first(now.shown), |known| known.advanced(before, now));
    put(db, clock)?;
    Ok(clock)
}

/// Somebody says that the computer's clock is right.
pub fn confirm(db: &Writer, shown: Timestamp) -> StoreResult<()> {
    put(db, RetentionClock::first(shown))
}

fn put(db: &Writer, clock: RetentionClock) -> StoreResult<()> {
    let steady = clock.steady.map(|steady| u64::try_from(steady.as_millis()).unwrap_or(u64::MAX >> 1));
    db.run(
        "insert into retention_clock (id, trusted_ms, steady_ms, seen_ms) values (1, ?1, ?2, ?3)
         on conflict (id) do update
         set trusted_ms = excluded.trusted_ms, steady_ms = excluded.steady_ms, seen_ms = excluded.seen_ms",
        (clock.trusted, steady, clock.seen),
    )
}

impl FromRow for RetentionClock {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let steady: Option<u64> = row.get("steady_ms")?;
        let steady = steady.map(std::time::Duration::from_millis);
        Ok(Self { trusted: row.get("trusted_ms")?, steady, seen: row.get("seen_ms")? })
    }
}
