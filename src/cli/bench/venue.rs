//! `fotota bench venue`: an evening in short. Cameras send photos to a server of its own on this computer, by FTP and
//! through a hot folder, while guests have the event open on their phones; measures from the shutter to the phone.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use super::super::demo::sample_selfies;
use super::super::evening::server::Venue;
use super::super::evening::{Shooting, Shutter, guest, percentile};
use super::super::invocation::Invocation;
use super::super::output::ms;
use super::super::{ExitCode, output};
use super::{list, photos};

/// What a guest waits for without getting restless.
const COMFORTABLE: Duration = Duration::from_secs(4);
/// The last photos of an overloaded computer are waited for so long.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Different pictures; each is sent several times, with other bytes at its end.
const PICTURES: usize = 4;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Number of cameras; every second one writes into a hot folder, the others send by FTP
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=50))]
    cameras: u16,
    /// Number of guests with the event open on their phones
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
    guests: u16,
    /// Number of photos that each camera takes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    photos: u16,
    /// Seconds between two photos of a camera
    #[arg(long, default_value_t = 5.0)]
    interval: f64,
    /// Folder of photos to send [default: generated photos of 24 megapixels with five faces]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    cameras: u16,
    guests: u16,
    photos: usize,
    /// Photos that reached at least one phone.
    photos_shown: usize,
    /// From the shutter until a phone has the thumbnail, over all photos and guests who are in them.
    shown: usize,
    median_ms: f64,
    p95_ms: f64,
    slowest_ms: f64,
    /// Taken in all by the cameras.
    photos_per_minute: f64,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    anyhow::ensure!((0.0..=3600.0).contains(&options.interval), "the interval must be 0 to 3600 seconds");
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    output::note("preparing the photos");
    let pictures = match &options.folder {
        Some(folder) => list(folder)?,
        None => photos::make(folder.path(), PICTURES)?,
    };
    anyhow::ensure!(!pictures.is_empty(), "there are no photos to send");
    let venue = Venue::open(cli, folder.path(), options.cameras, IpAddr::V4(Ipv4Addr::LOCALHOST))?;
    output::note(&format!("{} guests open the event at {}", options.guests, venue.address));
    let report = play(&venue, &pictures, options)?;
    if cli.json {
        output::json(&report);
    } else {
        report.print();
    }
    Ok(ExitCode::Done)
}

/// Plays the evening.
fn play(venue: &Venue, pictures: &[PathBuf], options: &Options) -> anyhow::Result<Report> {
    let (shutter, evening) = (Shutter::default(), AtomicBool::new(true));
    let selfies: Vec<_> = sample_selfies().collect();
    let interval = Duration::from_secs_f64(options.interval);
    let shooting = Shooting { pictures, photos: options.photos, interval };
    let (sender, shown) = channel();
    std::thread::scope(|scope| {
        let mut guests = Vec::new();
        for index in 0..usize::from(options.guests) {
            guests.push(guest::enter(venue, &selfies[index % selfies.len()])?);
        }
        let (shutter, evening) = (&shutter, &evening);
        for guest in guests {
            let sender: Sender<_> = sender.clone();
            scope.spawn(move || guest.follow(shutter, evening, &sender));
        }
        drop(sender);
        let start = Instant::now();
        let cameras: Vec<_> = (0..usize::from(options.cameras))
            .map(|number| {
                let camera = venue.camera(number);
                scope.spawn(move || shooting.run(&camera, number, shutter))
            })
            .collect();
        let mut sent = Ok(());
        for camera in cameras {
            let ended = camera.join().map_err(|_| anyhow::anyhow!("a camera failed"));
            sent = sent.and(ended.and_then(|result| result));
        }
        let elapsed = start.elapsed();
        let photos = usize::from(options.cameras) * usize::from(options.photos);
        let times = if sent.is_ok() { collect(&shown, photos) } else { HashMap::new() };
        evening.store(false, Ordering::Relaxed);
        venue.stop();
        sent?;
        Report::new(options, photos, &times, elapsed)
    })
}

/// Waits until every photo has reached a phone, or for as long as anyone would.
fn collect(shown: &Receiver<(String, Duration)>, photos: usize) -> HashMap<String, Vec<Duration>> {
    let mut times: HashMap<String, Vec<Duration>> = HashMap::new();
    let end = Instant::now() + TIMEOUT;
    while let Ok((name, time)) = shown.recv_timeout(end.saturating_duration_since(Instant::now())) {
        times.entry(name).or_default().push(time);
        if times.len() == photos {
            // The other phones have their pictures within moments.
            while let Ok((name, time)) = shown.recv_timeout(Duration::from_secs(2)) {
                times.entry(name).or_default().push(time);
            }
            break;
        }
    }
    times
}

impl Report {
    fn new(
        options: &Options,
        photos: usize,
        times: &HashMap<String, Vec<Duration>>,
        elapsed: Duration,
    ) -> anyhow::Result<Self> {
        let mut sorted: Vec<Duration> = times.values().flatten().copied().collect();
        sorted.sort_unstable();
        let at = |share| percentile(&sorted, share).context("no photo reached a phone");
        let minutes = elapsed.as_secs_f64().max(options.interval * f64::from(options.photos)) / 60.0;
        Ok(Self {
            cameras: options.cameras,
            guests: options.guests,
            photos,
            photos_shown: times.len(),
            shown: sorted.len(),
            median_ms: ms(at(50)?),
            p95_ms: ms(at(95)?),
            slowest_ms: ms(at(100)?),
            photos_per_minute: (photos as f64 / minutes).round(),
        })
    }

    fn print(&self) {
        let line = |name: &str, text: String| output::line(&format!("{name:<22}{text}"));
        let seconds = |ms: f64| format!("{:.1} s", ms / 1000.0);
        line("cameras and guests", format!("{} and {}", self.cameras, self.guests));
        line("photos", format!("{} at {} a minute", self.photos, self.photos_per_minute));
        line(
            "shutter to phone",
            format!(
                "median {}, p95 {}, slowest {} ({} pictures on phones)",
                seconds(self.median_ms),
                seconds(self.p95_ms),
                seconds(self.slowest_ms),
                self.shown
            ),
        );
        let missing = self.photos - self.photos_shown;
        output::line(&match (missing, self.p95_ms > ms(COMFORTABLE)) {
            (0, false) => format!(
                "This computer carries that: {} photos a minute in all, with {} guests watching.",
                self.photos_per_minute, self.guests
            ),
            (0, true) => {
                "That is more than this computer carries at once: photos come late, none is lost. Try fewer \
                          cameras or a longer `--interval`."
                    .to_owned()
            }
            (missing, _) => format!("{missing} photos reached nobody's phone."),
        });
    }
}
