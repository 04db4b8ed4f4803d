//! Each rule at its limits.

use super::*;
use crate::domain::PhotoId;

const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
const GB: u64 = 1_000_000_000;
const ROOMY: DiskSpace = DiskSpace { free_bytes: 500 * GB, total_bytes: 1000 * GB };

fn minutes_ago(minutes: u64) -> Timestamp {
    NOW.minus(Duration::from_mins(minutes))
}

fn sample(minutes: u64, pending: u64, free_bytes: u64) -> Sample {
    Sample { at: minutes_ago(minutes), pending, free_bytes }
}

fn facts<'a>(queue: &'a Queue, samples: &'a [Sample]) -> Facts<'a> {
    Facts {
        now: NOW,
        disk: ROOMY,
        queue,
        samples,
        cameras: &[],
        address: None,
        address_gone: false,
        service_failed: false,
        backup_old: false,
        damaged: 0,
        clock: ClockTrust::Trusted,
    }
}

#[test]
fn a_server_that_does_well_has_no_alert() {
    assert_eq!(find(&facts(&Queue::default(), &[])), []);
}

#[test]
fn every_alert_has_a_fact_that_causes_it() {
    let stuck = Queue { waits_longest: Some((PhotoId::random(), minutes_ago(11))), ..Queue::default() };
    let idle = Queue::default();
    let full = DiskSpace { free_bytes: GB, total_bytes: 100 * GB };
    let silent = [CameraActivity { last_at: minutes_ago(20), in_its_hour: 10 }];
    let growing: Vec<Sample> = (0..=11).rev().map(|minute| sample(minute, 12 - minute, GB)).collect();
    let long = Queue { pending: 100, ..Queue::default() };
    let filling = [sample(30, 0, ROOMY.free_bytes + 100 * GB)];
    let at = |address| Facts { address: Some(address), ..facts(&idle, &[]) };
    let cases = [
        (Alert::DiskLow, Facts { disk: full, ..facts(&idle, &[]) }),
        (Alert::DiskFilling, facts(&idle, &filling)),
        (Alert::Stuck, facts(&stuck, &[])),
        (Alert::QueueGrows, facts(&long, &growing)),
        (Alert::CameraSilent, Facts { cameras: &silent, ..facts(&idle, &[]) }),
        (Alert::LocalOnly, at(Address::LocalOnly)),
        (Alert::LinkLocal, at(Address::LinkLocal)),
        (Alert::NoGuests, at(Address::NoGuests)),
        (Alert::Tether, at(Address::Tether)),
        (Alert::AddressGone, Facts { address_gone: true, ..facts(&idle, &[]) }),
        (Alert::ServiceFailed, Facts { service_failed: true, ..facts(&idle, &[]) }),
        (Alert::BackupOld, Facts { backup_old: true, ..facts(&idle, &[]) }),
        (Alert::FilesDamaged, Facts { damaged: 1, ..facts(&idle, &[]) }),
        (Alert::ClockJumped, Facts { clock: ClockTrust::Unbelievable, ..facts(&idle, &[]) }),
    ];
    for (alert, facts) in &cases {
        assert_eq!(find(facts), [*alert], "{facts:?}");
    }
    assert_eq!(cases.map(|(alert, _)| alert), Alert::ALL);
}

#[test]
fn a_photo_is_stuck_when_it_waits_long_and_no_worker_is_busy() {
    let queue = |seconds, is_worked_on| Queue {
        pending: 1,
        waits_longest: Some((PhotoId::random(), NOW.minus(Duration::from_secs(seconds)))),
        is_worked_on,
        ..Queue::default()
    };
    assert!(is_stuck(&queue(601, false), NOW));
    assert!(!is_stuck(&queue(600, false), NOW) && !is_stuck(&queue(601, true), NOW));
    assert!(!is_stuck(&Queue::default(), NOW));
}

#[test]
fn the_disk_is_full_when_its_pace_says_so() {
    let left = |samples: &[Sample]| seconds_until_full(samples, ROOMY, NOW);
    let before = |minutes, used| sample(minutes, 0, ROOMY.free_bytes + used);
    // 500 GB are left, and 50 GB were used in half an hour.
    assert_eq!(left(&[before(30, 50 * GB)]), Some(5 * 3600));
    // What was before the last hour does not count.
    assert_eq!(left(&[before(61, 400 * GB), before(30, 50 * GB)]), Some(5 * 3600));
    assert_eq!(left(&[]), None);
    assert_eq!(left(&[before(14, 50 * GB)]), None);
    assert_eq!(left(&[before(30, 99_999_999)]), None);
    // Something was deleted.
    assert_eq!(left(&[sample(30, 0, ROOMY.free_bytes - 1)]), None);
    // A clock that was put back.
    let later = Sample { at: NOW.plus(Duration::from_mins(5)), pending: 0, free_bytes: 600 * GB };
    assert_eq!(left(&[later]), None);
}

#[test]
fn a_queue_grows_while_it_never_gets_shorter() {
    let samples = |lengths: &[u64]| -> Vec<Sample> {
        let last = lengths.len() as u64;
        lengths.iter().zip(1..).map(|(pending, at)| sample(last - at, *pending, GB)).collect()
    };
    let steady: Vec<u64> = (0..12).map(|minute| minute * 5).collect();
    assert!(grows(&samples(&steady), 60, NOW));
    // Too little, too short, or already shorter.
    assert!(!grows(&samples(&steady), 54, NOW));
    assert!(!grows(&samples(&steady[..9]), 100, NOW));
    let mut dented = steady.clone();
    dented[8] = 10;
    assert!(!grows(&samples(&dented), 60, NOW));
    // A folder was imported.
    assert!(!grows(&samples(&[0, 0, 0, 3000, 2900, 2800, 2700, 2600, 2500, 2400, 2300, 2200]), 2100, NOW));
    assert!(!grows(&[], 1000, NOW));
}

#[test]
fn a_camera_is_silent_after_it_was_active() {
    let silent =
        |minutes, in_its_hour| is_silent(&CameraActivity { last_at: minutes_ago(minutes), in_its_hour }, NOW);
    assert!(silent(15, 10) && silent(119, 200));
    assert!(!silent(14, 10) && !silent(15, 9) && !silent(120, 200));
}
