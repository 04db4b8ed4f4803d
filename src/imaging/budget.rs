//! One budget for everything that decodes: bytes, shared by all pictures of the process, and time for each picture.
//!
//! What a picture takes is known from its headers. It waits, first come, first served, until that much is free, and
//! gives it back when its pixels are dropped. Small pictures have memory of their own, so that they never wait for
//! large ones. Who holds pixels must not wait for more: drop the first picture before decoding the next.

use std::collections::VecDeque;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ImagingError;
use crate::signal::is_abandoned;

/// For all large pictures together: enough for a 42 megapixel photo with a watermark, in full size and turned upright,
/// while the whole server stays below 600 MB.
pub(super) const MEMORY_BYTES: u64 = 256_000_000;
/// For all small ones together, and for each: two photos of 24 megapixels that are decoded at half their size.
const SMALL_MEMORY_BYTES: u64 = 80_000_000;
const SMALL_PICTURE_BYTES: u64 = SMALL_MEMORY_BYTES / 2;
/// For one picture, beyond anything honest: 102 megapixels take a few seconds on a small computer.
const MAX_TIME: Duration = Duration::from_mins(1);
/// How often a picture that waits for memory looks whether anybody still waits for it.
const LOOK_UP: Duration = Duration::from_millis(200);
/// Read between two looks at the clock.
const BUFFER_BYTES: usize = 16 << 10;

static MEMORY: Pool = Pool::new(MEMORY_BYTES);
static SMALL_MEMORY: Pool = Pool::new(SMALL_MEMORY_BYTES);

/// Bytes that are lent, in the order of the requests.
#[derive(Debug)]
struct Pool {
    total: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: u64,
    next: u64,
    waiting: VecDeque<u64>,
}

impl Pool {
    const fn new(total: u64) -> Self {
        let state = State { free: total, next: 0, waiting: VecDeque::new() };
        Self { total, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn take(&'static self, bytes: u64) -> Result<Lease, ImagingError> {
        if bytes > self.total {
            return Err(ImagingError::TooMuchMemory { bytes });
        }
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        state.waiting.push_back(ticket);
        loop {
            let abandoned = is_abandoned();
            if abandoned || state.waiting.front() == Some(&ticket) && state.free >= bytes {
                state.waiting.retain(|waiting| *waiting != ticket);
                if !abandoned {
                    state.free -= bytes;
                }
                drop(state);
                // The next one in the queue may be content with what is left.
                self.changed.notify_all();
                return if abandoned {
                    Err(ImagingError::Abandoned)
                } else {
                    Ok(Lease { bytes, pool: self })
                };
            }
            let waited = self.changed.wait_timeout(state, LOOK_UP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pool_for(bytes: u64) -> &'static Pool {
    if bytes <= SMALL_PICTURE_BYTES { &SMALL_MEMORY } else { &MEMORY }
}

/// Bytes of the budget, until this is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    bytes: u64,
    pool: &'static Pool,
}

impl Lease {
    /// Waits for so many bytes.
    pub(super) fn take(bytes: u64) -> Result<Self, ImagingError> {
        pool_for(bytes).take(bytes)
    }

    /// Gives back all but so many bytes.
    pub(super) fn keep(&mut self, bytes: u64) {
        let back = self.bytes.saturating_sub(bytes);
        self.bytes -= back;
        self.pool.lock().free += back;
        self.pool.changed.notify_all();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.keep(0);
    }
}

/// The time of one picture.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    deadline: Instant,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self { deadline: Instant::now() + MAX_TIME }
    }

    /// A decoder that fails because its source does is asked here why.
    pub(super) fn check(self) -> Result<(), ImagingError> {
        if is_abandoned() {
            return Err(ImagingError::Abandoned);
        }
        if Instant::now() > self.deadline { Err(ImagingError::TooSlow) } else { Ok(()) }
    }
}

/// What decoders read from: it fails when the time is over or nobody waits any more, which ends any decoder. The buffer
/// is outside, because decoders read byte by byte.
pub(super) type Source<R> = BufReader<Watched<R>>;

/// A source that looks at the clock whenever it is read.
pub(super) struct Watched<R> {
    source: R,
    watch: Watch,
}

impl<R> Watched<R> {
    /// With a buffer.
    pub(super) fn buffered(source: R, watch: Watch) -> Source<R>
    where
        R: Read,
    {
        BufReader::with_capacity(BUFFER_BYTES, Self { source, watch })
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.watch.check().map_err(std::io::Error::other)?;
        self.source.read(buffer)
    }
}

impl<R: Seek> Seek for Watched<R> {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.source.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::signal::Waiter;

    fn pool(total: u64) -> &'static Pool {
        Box::leak(Box::new(Pool::new(total)))
    }

    #[test]
    fn memory_is_lent_in_turn_and_comes_back() {
        let pool = pool(100);
        let mut first = pool.take(80).unwrap();
        let (taken, order) = mpsc::channel();
        std::thread::scope(|scope| {
            for bytes in [50, 20] {
                let before = pool.lock().waiting.len();
                let taken = taken.clone();
                scope.spawn(move || {
                    let lease = pool.take(bytes).unwrap();
                    taken.send(bytes).unwrap();
                    drop(lease);
                });
                while pool.lock().waiting.len() == before {
                    std::thread::yield_now();
                }
            }
            // Twenty are free, but the larger request came first.
            assert!(order.try_recv().is_err());
            first.keep(40);
            assert_eq!([order.recv().unwrap(), order.recv().unwrap()], [50, 20]);
        });
        drop(first);
        assert_eq!(pool.lock().free, 100);
        assert!(matches!(pool.take(101), Err(ImagingError::TooMuchMemory { bytes: 101 })));
    }

    #[test]
    fn small_pictures_do_not_wait_for_large_ones() {
        assert!(!std::ptr::eq(pool_for(SMALL_PICTURE_BYTES), pool_for(SMALL_PICTURE_BYTES + 1)));
        assert_eq!(pool_for(MEMORY_BYTES).total, MEMORY_BYTES);
    }

    #[test]
    fn who_left_holds_up_nobody() {
        let pool = pool(10);
        let all = pool.take(10).unwrap();
        let waiter = Waiter::default();
        let work = waiter.work();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(move || work.run(|| pool.take(5).map(drop)));
            while pool.lock().waiting.is_empty() {
                std::thread::yield_now();
            }
            drop(waiter);
            assert!(matches!(waiting.join().unwrap(), Err(ImagingError::Abandoned)));
        });
        drop(all);
        pool.take(10).unwrap();
    }

    #[test]
    fn a_source_ends_with_its_time() {
        let over = Watch { deadline: Instant::now() };
        while Instant::now() == over.deadline {
            std::hint::spin_loop();
        }
        assert!(Watched::buffered(std::io::repeat(0), over).read(&mut [0]).is_err());
        assert!(matches!(over.check(), Err(ImagingError::TooSlow)));
    }
}
