//! What somebody should look at: one rule for each alert. The studio shows those that apply, and metrics have all.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ClockTrust, Timestamp};
use crate::health::Sample;
use crate::store::DiskSpace;
use crate::store::progress::Queue;
use crate::store::server_numbers::CameraActivity;

/// A photo that waits longer, while no worker is busy, is stuck.
const STUCK_AFTER: Duration = Duration::from_mins(10);
/// A disk that will be full sooner, at the pace of the last hour.
const FULL_WITHIN: Duration = Duration::from_hours(6);
/// The pace of the disk is measured over this time, or as much of it as is known, at least so much.
const DISK_WINDOW: Duration = Duration::from_hours(1);
const LEAST_DISK_WINDOW: Duration = Duration::from_mins(15);
/// Less is noise: the log of the database, files of other programs.
const LEAST_USED_BYTES: u64 = 100_000_000;
/// A queue that only got longer for this time.
const GROWS_FOR: Duration = Duration::from_mins(10);
/// By at least so many photos.
const LEAST_GROWTH: u64 = 50;
/// A camera that sent so many photos within an hour is active.
const ACTIVE_PHOTOS: u64 = 10;
/// An active camera that has sent nothing for this time is silent,
const SILENT_AFTER: Duration = Duration::from_mins(15);
/// until it is taken to have gone home.
const SILENT_UNTIL: Duration = Duration::from_hours(2);

/// How far back the rules look for cameras.
pub(crate) const CAMERAS_SINCE: Duration = SILENT_UNTIL;

macro_rules! alerts {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// Something that somebody should look at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Alert {
            $($(#[$doc])* $name,)*
        }

        impl Alert {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// For programs.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

alerts! {
    /// The disk is nearly full.
    DiskLow => "disk_low",
    /// The disk will be full in some hours at the pace of the last hour.
    DiskFilling => "disk_filling",
    /// Photos wait, and no worker is busy.
    Stuck => "stuck",
    /// For minutes more photos have arrived than were indexed.
    QueueGrows => "queue_grows",
    /// A camera that sent photos has been silent for a while.
    CameraSilent => "camera_silent",
    /// Only this computer can open the guests' links.
    LocalOnly => "local_only",
    /// The guests' links carry an address that no router gave.
    LinkLocal => "link_local",
    /// The guests' links carry the address of a VPN, of containers or of virtual machines.
    NoGuests => "no_guests",
    /// The guests' links carry the address of a phone's own connection.
    Tether => "tether",
    /// The chosen address is not there any more.
    AddressGone => "address_gone",
    /// A background service failed in the last hour, or stopped.
    ServiceFailed => "service_failed",
    /// The last backup is older than three intervals.
    BackupOld => "backup_old",
    /// Files of photos are damaged, and could not be made again.
    FilesDamaged => "files_damaged",
    /// The computer's clock has jumped, so what has expired is not deleted.
    ClockJumped => "clock_jumped",
}

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The time.
    pub now: Timestamp,
    /// The disk with the data folder.
    pub disk: DiskSpace,
    /// All photos that wait.
    pub queue: &'a Queue,
    /// The last day, oldest first.
    pub samples: &'a [Sample],
    /// Cameras that sent something lately.
    pub cameras: &'a [CameraActivity],
    /// What is wrong with the guests' address, if something is.
    pub address: Option<Address>,
    /// Whether the chosen address is not there any more.
    pub address_gone: bool,
    /// Whether a background service has died, or failed lately.
    pub service_failed: bool,
    /// Whether the last regular backup is old.
    pub backup_old: bool,
    /// Damaged files.
    pub damaged: u64,
    /// Whether the computer's clock is believed.
    pub clock: ClockTrust,
}

/// What is wrong with the guests' address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Of this computer alone.
    LocalOnly,
    /// Given by no router.
    LinkLocal,
    /// Of a network without guests.
    NoGuests,
    /// Of a phone's own connection.
    Tether,
}

/// The alerts that apply.
#[must_use]
pub fn find(facts: &Facts<'_>) -> Vec<Alert> {
    let rule = |alert: &Alert| match alert {
        Alert::DiskLow => facts.disk.is_low(),
        Alert::DiskFilling => is_filling(facts),
        Alert::Stuck => is_stuck(facts.queue, facts.now),
        Alert::QueueGrows => grows(facts.samples, facts.queue.pending, facts.now),
        Alert::CameraSilent => facts.cameras.iter().any(|camera| is_silent(camera, facts.now)),
        Alert::LocalOnly => facts.address == Some(Address::LocalOnly),
        Alert::LinkLocal => facts.address == Some(Address::LinkLocal),
        Alert::NoGuests => facts.address == Some(Address::NoGuests),
        Alert::Tether => facts.address == Some(Address::Tether),
        Alert::AddressGone => facts.address_gone,
        Alert::ServiceFailed => facts.service_failed,
        Alert::BackupOld => facts.backup_old,
        Alert::FilesDamaged => facts.damaged > 0,
        Alert::ClockJumped => facts.clock != ClockTrust::Trusted,
    };
    Alert::ALL.iter().copied().filter(rule).collect()
}

fn is_filling(facts: &Facts<'_>) -> bool {
    let left = seconds_until_full(facts.samples, facts.disk, facts.now);
    left.is_some_and(|seconds| seconds < FULL_WITHIN.as_secs())
}

/// When the disk will be full, at the pace of the last hour; `None` while hardly anything is written, or too little is
/// known.
#[must_use]
pub fn seconds_until_full(samples: &[Sample], disk: DiskSpace, now: Timestamp) -> Option<u64> {
    let first = samples.iter().find(|sample| sample.at >= now.minus(DISK_WINDOW) && sample.at <= now)?;
    let passed = now.since(first.at);
    let used = first.free_bytes.checked_sub(disk.free_bytes)?;
    if passed < LEAST_DISK_WINDOW || used < LEAST_USED_BYTES {
        return None;
    }
    let seconds = u128::from(disk.free_bytes) * u128::from(passed.as_secs()) / u128::from(used);
    u64::try_from(seconds).ok()
}

/// A long queue is not stuck while a worker is busy, however long its last photo waits.
#[must_use]
pub fn is_stuck(queue: &Queue, now: Timestamp) -> bool {
    let waits_long = queue.waits_longest.is_some_and(|(_, since)| now.since(since) > STUCK_AFTER);
    waits_long && !queue.is_worked_on
}

/// A folder that was imported at once makes the queue long, but then it gets shorter.
fn grows(samples: &[Sample], pending: u64, now: Timestamp) -> bool {
    // The sample before counts too: it says how long the queue was when that time began.
    let begin = samples.iter().rposition(|sample| now.since(sample.at) >= GROWS_FOR);
    let Some(lately) = begin.map(|begin| &samples[begin..]) else { return false };
    let lengths = || lately.iter().map(|sample| sample.pending).chain([pending]);
    let only_longer = lengths().is_sorted();
    let [first, last] = [lengths().next(), lengths().last()].map(Option::unwrap_or_default);
    only_longer && last - first >= LEAST_GROWTH
}

fn is_silent(camera: &CameraActivity, now: Timestamp) -> bool {
    let silent_for = now.since(camera.last_at);
    camera.in_its_hour >= ACTIVE_PHOTOS && (SILENT_AFTER..SILENT_UNTIL).contains(&silent_for)
}

#[cfg(test)]
mod tests;
