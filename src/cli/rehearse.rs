//! `fotota rehearse`: guests arrive with their selfies while cameras send photos, at a server of its own on this
//! computer and through its own network address; says what they wait for, and what the Wi-Fi would have to carry.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::bench::photos;
use super::demo::sample_selfies;
use super::evening::server::{self, Venue};
use super::evening::{Shooting, Shutter, guest, percentile};
use super::invocation::Invocation;
use super::output::ms;
use super::{ExitCode, output};
use crate::reach::Reach;
use crate::venue::{RehearsalLimit, RehearsalReport};

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
    /// Address of this computer at which guests come in [default: the one that links carry]
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// Print each step as JSON, and end when standard input ends: for the studio
    #[arg(long, hide = true)]
    attached: bool,
    /// Be the server of a rehearsal, on what is in this folder, until standard input ends
    #[arg(long, hide = true, value_name = "DIR")]
    serve: Option<PathBuf>,
}

/// A guest's visit.
struct Visit {
    searched: Duration,
    /// From the first request until all pictures on the screen are there.
    whole: Duration,
    bytes: u64,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    let address = options.address.unwrap_or_else(|| own_address(cli));
    if let Some(folder) = &options.serve {
        return server::serve(cli, folder, address).map(|()| ExitCode::Done);
    }
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let shared = Arc::new(OnceLock::new());
    if options.attached {
        end_with_input(folder.path().to_owned(), shared.clone());
    }
    step(options, "photos", "preparing the photos");
    let opened = Venue::open(cli, folder.path(), options.cameras, address)?;
    let venue = shared.get_or_init(|| opened);
    let report = photos::make(folder.path(), PICTURES).and_then(|pictures| play(venue, &pictures, options));
    venue.stop();
    let report = report?;
    if cli.json {
        output::json(&report);
    } else {
        print(&report);
    }
    Ok(if report.failed == 0 { ExitCode::Done } else { ExitCode::Failed })
}

/// The address that guests' links carry.
fn own_address(cli: &Invocation) -> IpAddr {
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    Reach::new(&cli.config.server, anywhere).current().own_ip()
}

/// Ends this process, its server and its folder when standard input ends: the program that started it
/// has ended, or stopped it.
fn end_with_input(folder: PathBuf, venue: Arc<OnceLock<Venue>>) {
    std::thread::spawn(move || {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
        // What is still being opened would make its folder again after it was removed.
        venue.wait().stop();
        server::remove(&folder);
        std::process::exit(ExitCode::Failed as i32);
    });
}

/// Says what is being done, in a word for programs and in words for people.
fn step(options: &Options, doing: &str, note: &str) {
    if options.attached {
        output::json(&serde_json::json!({ "doing": doing }));
    }
    output::note(note);
}

/// Plays the evening.
fn play(venue: &Venue, pictures: &[PathBuf], options: &Options) -> anyhow::Result<RehearsalReport> {
    let (shutter, selfies) = (Shutter::default(), sample_selfies().collect::<Vec<_>>());
    fill(venue, pictures, &selfies[0], &shutter)?;
    let within = Duration::from_secs(options.within.into());
    let note = format!("{} guests arrive within {} seconds", options.guests, options.within);
    step(options, "guests", &note);
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
    summarise(options, &visits)
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

fn summarise(options: &Options, visits: &[Option<Visit>]) -> anyhow::Result<RehearsalReport> {
    let done: Vec<&Visit> = visits.iter().flatten().collect();
    let sorted = |time: fn(&Visit) -> Duration| {
        let mut times: Vec<Duration> = done.iter().map(|visit| time(visit)).collect();
        times.sort_unstable();
        times
    };
    let (searched, whole) = (sorted(|visit| visit.searched), sorted(|visit| visit.whole));
    let at = |times: &[Duration], share| percentile(times, share).map(ms).context("no guest got an answer");
    let megabytes = done.iter().map(|visit| visit.bytes).sum::<u64>() as f64 / 1e6;
    let megabits_per_second = (megabytes * 8.0 / f64::from(options.within)).round();
    let (failed, p95_ms) = (visits.len() - done.len(), at(&searched, 95)?);
    Ok(RehearsalReport {
        guests: options.guests,
        within_seconds: options.within,
        cameras: options.cameras,
        failed,
        median_ms: at(&searched, 50)?,
        p95_ms,
        slowest_ms: at(&searched, 100)?,
        whole_p95_ms: at(&whole, 95)?,
        megabytes: megabytes.round(),
        megabits_per_second,
        limit: RehearsalLimit::of(failed, p95_ms, megabits_per_second),
    })
}

fn print(report: &RehearsalReport) {
    let line = |name: &str, text: String| output::line(&format!("{name:<22}{text}"));
    let seconds = |ms: f64| format!("{:.2} s", ms / 1000.0);
    let (guests, within, cameras) = (report.guests, report.within_seconds, report.cameras);
    line("guests and cameras", format!("{guests} within {within} s, {cameras}"));
    let (median, p95) = (seconds(report.median_ms), seconds(report.p95_ms));
    line("selfie to photos", format!("median {median}, p95 {p95}, slowest {}", seconds(report.slowest_ms)));
    line("whole visit", format!("p95 {}, all pictures on the screen", seconds(report.whole_p95_ms)));
    line("sent", format!("{} MB, {} Mbit/s", report.megabytes, report.megabits_per_second));
    output::line(&verdict(report));
}

/// What it means, in plain words. The studio has the same in its languages (`studio.rehearsal.limit`).
fn verdict(report: &RehearsalReport) -> String {
    let (p95, needed) = (report.p95_ms / 1000.0, report.megabits_per_second);
    match report.limit {
        RehearsalLimit::Computer if report.failed > 0 => {
            format!("{} guests got no answer: that is more than this computer carries.", report.failed)
        }
        RehearsalLimit::Computer => {
            format!("Guests wait up to {p95:.1} s for their photos: this computer is the limit.")
        }
        RehearsalLimit::Wifi => format!(
            "This computer carries that. The Wi-Fi must carry {needed} Mbit/s, more than one usual access point does: \
             the Wi-Fi is the limit, not this computer."
        ),
        RehearsalLimit::None => format!(
            "This computer carries that. The Wi-Fi must carry {needed} Mbit/s, which one good access point does."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(searched_ms: &[u64], failed: usize, bytes: u64) -> RehearsalReport {
        let options =
            Options { guests: 4, within: 60, cameras: 1, address: None, attached: false, serve: None };
        let visit = |ms: &u64| {
            let searched = Duration::from_millis(*ms);
            Some(Visit { searched, whole: searched * 2, bytes })
        };
        let failed = std::iter::repeat_with(|| None).take(failed);
        summarise(&options, &searched_ms.iter().map(visit).chain(failed).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_verdict_names_the_limit() {
        let fine = report(&[300, 100, 200, 400], 0, 1_000_000);
        assert_eq!((fine.median_ms, fine.p95_ms, fine.whole_p95_ms), (200.0, 400.0, 800.0));
        assert!(verdict(&fine).contains("carries that") && !verdict(&fine).contains("limit"));
        assert!(verdict(&report(&[100; 4], 0, 400_000_000)).contains("the Wi-Fi is the limit"));
        assert!(verdict(&report(&[100, 2000], 0, 1)).contains("2.0 s for their photos: this computer"));
        assert!(verdict(&report(&[100], 3, 1)).starts_with("3 guests got no answer"));
    }
}
