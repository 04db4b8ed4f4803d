//! `fotota rehearse`: guests arrive with their selfies while cameras send photos, at a server of its own on this
//! computer and through its own network address; says what they wait for, and what the Wi-Fi would have to carry.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use super::bench::photos;
use super::demo::sample_selfies;
use super::evening::server::Venue;
use super::evening::{Shooting, Shutter, guest, percentile};
use super::invocation::Invocation;
use super::output::ms;
use super::{ExitCode, output};
use crate::reach::Reach;

/// What guests wait for after a selfie without getting restless.
const COMFORTABLE: Duration = Duration::from_millis(1500);
/// About what one access point carries in a room full of phones, in megabits a second.
const ACCESS_POINT_MBIT: f64 = 100.0;
/// In the event before the first guest comes.
const FIRST_PHOTOS: u16 = 12;
const INDEXING_TIMEOUT: Duration = Duration::from_mins(2);
/// Between two photos of a camera.
const INTERVAL: Duration = Duration::from_secs(5);
/// Different pictures; each is sent several times, with other bytes at its end.
const PICTURES: usize = 4;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Number of guests
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(1..=500))]
    guests: u16,
    /// Seconds within which all of them arrive
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=120))]
    within: u16,
    /// Number of cameras that send a photo of 24 megapixels every five seconds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    cameras: u16,
}

/// A guest's visit.
struct Visit {
    searched: Duration,
    /// From the first request until all pictures on the screen are there.
    whole: Duration,
    bytes: u64,
}

#[derive(Serialize)]
struct Report {
    guests: u16,
    within_seconds: u16,
    cameras: u16,
    /// Guests who got an error, or no answer.
    failed: usize,
    /// From the selfie to the list of photos.
    median_ms: f64,
    p95_ms: f64,
    slowest_ms: f64,
    /// From the first request until all pictures on the screen are there.
    whole_p95_ms: f64,
    megabytes: f64,
    /// Over the time in which the guests arrived.
    megabits_per_second: f64,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    output::note("preparing the photos");
    let pictures = photos::make(folder.path(), PICTURES)?;
    let venue = Venue::open(cli, folder.path(), options.cameras, own_address(cli))?;
    let report = play(&venue, &pictures, options)?;
    if cli.json {
        output::json(&report);
    } else {
        report.print();
    }
    Ok(if report.failed == 0 { ExitCode::Done } else { ExitCode::Failed })
}

/// The address that guests' links carry.
fn own_address(cli: &Invocation) -> IpAddr {
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let current = Reach::new(&cli.config.server, anywhere).current();
    current.choice.network.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |network| network.ip)
}

/// Plays the evening.
fn play(venue: &Venue, pictures: &[PathBuf], options: &Options) -> anyhow::Result<Report> {
    let (shutter, selfies) = (Shutter::default(), sample_selfies().collect::<Vec<_>>());
    fill(venue, pictures, &selfies[0], &shutter)?;
    let within = Duration::from_secs(options.within.into());
    output::note(&format!("{} guests arrive within {} seconds", options.guests, options.within));
    let photos = u16::try_from(within.as_secs() / INTERVAL.as_secs()).unwrap_or(1).max(1);
    let shooting = Shooting { pictures, photos, interval: INTERVAL };
    let visits = std::thread::scope(|scope| {
        let cameras: Vec<_> = (1..=usize::from(options.cameras))
            .map(|number| {
                let (camera, shutter) = (venue.camera(number - 1), &shutter);
                // Other names than those of the first photos.
                scope.spawn(move || shooting.run(&camera, number, shutter))
            })
            .collect();
        let guests: Vec<_> = (0..options.guests)
            .map(|index| {
                let selfie = &selfies[usize::from(index) % selfies.len()];
                scope.spawn(move || {
                    park_timeout(within * u32::from(index) / u32::from(options.guests));
                    visit(venue, selfie)
                })
            })
            .collect();
        let visits =
            guests.into_iter().map(|guest| guest.join().ok().and_then(Result::ok)).collect::<Vec<_>>();
        for camera in cameras {
            camera.join().map_err(|_| anyhow::anyhow!("a camera failed"))??;
        }
        venue.stop();
        anyhow::Ok(visits)
    })?;
    Report::new(options, &visits)
}

/// The photos that are there when guests come.
fn fill(venue: &Venue, pictures: &[PathBuf], selfie: &[u8], shutter: &Shutter) -> anyhow::Result<()> {
    output::note(&format!("the first {FIRST_PHOTOS} photos come to the server at {}", venue.address));
    let shooting = Shooting { pictures, photos: FIRST_PHOTOS, interval: Duration::ZERO };
    shooting.run(&venue.camera(0), 0, shutter)?;
    let (guest, end) = (guest::enter(venue, selfie)?, Instant::now() + INDEXING_TIMEOUT);
    while guest.count_photos()? < u64::from(FIRST_PHOTOS) {
        anyhow::ensure!(Instant::now() < end, "the first photos are not indexed after two minutes");
        park_timeout(Duration::from_millis(200));
    }
    Ok(())
}

fn visit(venue: &Venue, selfie: &[u8]) -> anyhow::Result<Visit> {
    let start = Instant::now();
    let guest = guest::enter(venue, selfie)?;
    let bytes = guest.look()?;
    Ok(Visit { searched: guest.searched, whole: start.elapsed(), bytes })
}

impl Report {
    fn new(options: &Options, visits: &[Option<Visit>]) -> anyhow::Result<Self> {
        let done: Vec<&Visit> = visits.iter().flatten().collect();
        let sorted = |time: fn(&Visit) -> Duration| {
            let mut times: Vec<Duration> = done.iter().map(|visit| time(visit)).collect();
            times.sort_unstable();
            times
        };
        let (searched, whole) = (sorted(|visit| visit.searched), sorted(|visit| visit.whole));
        let at =
            |times: &[Duration], share| percentile(times, share).map(ms).context("no guest got an answer");
        let megabytes = done.iter().map(|visit| visit.bytes).sum::<u64>() as f64 / 1e6;
        Ok(Self {
            guests: options.guests,
            within_seconds: options.within,
            cameras: options.cameras,
            failed: visits.len() - done.len(),
            median_ms: at(&searched, 50)?,
            p95_ms: at(&searched, 95)?,
            slowest_ms: at(&searched, 100)?,
            whole_p95_ms: at(&whole, 95)?,
            megabytes: megabytes.round(),
            megabits_per_second: (megabytes * 8.0 / f64::from(options.within)).round(),
        })
    }

    fn print(&self) {
        let line = |name: &str, text: String| output::line(&format!("{name:<22}{text}"));
        let seconds = |ms: f64| format!("{:.2} s", ms / 1000.0);
        line(
            "guests and cameras",
            format!("{} within {} s, {}", self.guests, self.within_seconds, self.cameras),
        );
        let (median, p95) = (seconds(self.median_ms), seconds(self.p95_ms));
        line("selfie to photos", format!("median {median}, p95 {p95}, slowest {}", seconds(self.slowest_ms)));
        line("whole visit", format!("p95 {}, all pictures on the screen", seconds(self.whole_p95_ms)));
        line("sent", format!("{} MB, {} Mbit/s", self.megabytes, self.megabits_per_second));
        output::line(&self.verdict());
    }

    /// What it means, in plain words.
    fn verdict(&self) -> String {
        if self.failed > 0 {
            return format!("{} guests got no answer: that is more than this computer carries.", self.failed);
        }
        let p95 = self.p95_ms / 1000.0;
        if self.p95_ms > ms(COMFORTABLE) {
            return format!("Guests wait up to {p95:.1} s for their photos: this computer is the limit.");
        }
        let needed = self.megabits_per_second;
        let network = if needed > ACCESS_POINT_MBIT {
            "more than one usual access point does: the Wi-Fi is the limit, not this computer"
        } else {
            "which one good access point does"
        };
        format!("This computer carries that. The Wi-Fi must carry {needed} Mbit/s, {network}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(searched_ms: &[u64], failed: usize, bytes: u64) -> Report {
        let options = Options { guests: 4, within: 60, cameras: 1 };
        let visit = |ms: &u64| {
            let searched = Duration::from_millis(*ms);
            Some(Visit { searched, whole: searched * 2, bytes })
        };
        let failed = std::iter::repeat_with(|| None).take(failed);
        Report::new(&options, &searched_ms.iter().map(visit).chain(failed).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_verdict_names_the_limit() {
        let fine = report(&[300, 100, 200, 400], 0, 1_000_000);
        assert_eq!((fine.median_ms, fine.p95_ms, fine.whole_p95_ms), (200.0, 400.0, 800.0));
        assert!(fine.verdict().contains("carries that") && !fine.verdict().contains("limit"));
        assert!(report(&[100; 4], 0, 400_000_000).verdict().contains("the Wi-Fi is the limit"));
        assert!(report(&[100, 2000], 0, 1).verdict().contains("2.0 s for their photos: this computer"));
        assert!(report(&[100], 3, 1).verdict().starts_with("3 guests got no answer"));
    }
}
