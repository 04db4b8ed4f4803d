//! An evening that is played: a server of its own on this computer, with cameras that send photos and guests with
//! phones.

pub(super) mod camera;
pub(super) mod guest;
pub(super) mod server;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use camera::Camera;

/// When photos were taken, by their names.
#[derive(Default)]
pub(super) struct Shutter {
    taken: Mutex<HashMap<String, Instant>>,
}

impl Shutter {
    /// A photo is taken now.
    fn release(&self, file_name: &str) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(file_name.to_owned(), Instant::now());
    }

    /// How long ago that photo was taken.
    fn since(&self, file_name: &str) -> Option<Duration> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.get(file_name).map(Instant::elapsed)
    }
}

/// What a camera does: a photo now and then.
#[derive(Clone, Copy)]
pub(super) struct Shooting<'a> {
    pub(super) pictures: &'a [std::path::PathBuf],
    pub(super) photos: u16,
    pub(super) interval: Duration,
}

impl Shooting<'_> {
    /// Takes the photos with the camera of this number, and sends each at once.
    pub(super) fn run(self, camera: &Camera, number: usize, shutter: &Shutter) -> anyhow::Result<()> {
        let start = Instant::now();
        for photo in 0..self.photos {
            let due = self.interval * u32::from(photo);
            std::thread::park_timeout(due.saturating_sub(start.elapsed()));
            let mut bytes =
                std::fs::read(&self.pictures[(number + usize::from(photo)) % self.pictures.len()])?;
            // Other bytes behind the picture make another file of it.
            bytes.extend_from_slice(format!("camera {number}, photo {photo}").as_bytes());
            let name = format!("CAM{number:02}_{photo:04}.jpg");
            shutter.release(&name);
            camera.send(&name, &bytes)?;
        }
        Ok(())
    }
}

/// The value below which this share, in per cent, of the sorted values lie: the nearest rank.
pub(super) fn percentile<T: Copy>(sorted: &[T], share: usize) -> Option<T> {
    sorted.get((sorted.len() * share).div_ceil(100).saturating_sub(1)).copied()
}
