//! What this process counts while it works, for people who watch a server, in the text format of Prometheus. The only
//! module that names its library.
//!
//! Invariant: no label has a value that a client, an event or a photo can choose, so nothing here says anything about
//! people, and the number of lines is bounded.

mod process;
mod requests;

use std::fmt::Write;

use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

pub use process::process;
pub use requests::{Answered, Requests};

pub use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
pub use prometheus_client::metrics::histogram::Histogram;

/// Before every name.
const PREFIX: &str = "fotota";
/// Upper ends of the buckets of a search, in seconds: from an event in memory to a large one on the disk.
const SEARCH_SECONDS: [f64; 7] = [0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0];
/// The same for the indexing of one photo.
const INDEXING_SECONDS: [f64; 7] = [0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// Label names with their values.
pub type Labels<const N: usize> = [(&'static str, &'static str); N];

/// A number that goes up by seconds.
pub type Seconds = Counter<f64, std::sync::atomic::AtomicU64>;

/// The counters of one process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests by route.
    pub requests: Requests,
    /// Open HTTP connections.
    pub connections: Gauge,
    /// Bytes of photos that arrive over HTTP.
    pub upload_bytes: Counter,
    /// Bytes of photos that arrive by FTP.
    pub camera_bytes: Counter,
    /// Bytes of pictures and archives in answers.
    pub picture_bytes: Counter,
    /// Time of a comparison with the faces of an event.
    pub search_seconds: Histogram,
    /// Time of indexing one photo.
    pub indexing_seconds: Histogram,
    /// The same, by stage.
    pub stage_seconds: Family<Labels<1>, Seconds>,
    /// Photos that were not indexed.
    pub indexing_failures: Family<Labels<1>, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// With all counts at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let requests = Requests::register(&mut registry);
        let received: Family<Labels<1>, Counter> = Family::default();
        let received_by = |way| received.get_or_create_owned(&[("by", way)]);
        let metrics = Self {
            requests,
            connections: Gauge::default(),
            upload_bytes: received_by("upload"),
            camera_bytes: received_by("camera"),
            picture_bytes: Counter::default(),
            search_seconds: Histogram::new(SEARCH_SECONDS),
            indexing_seconds: Histogram::new(INDEXING_SECONDS),
            stage_seconds: Family::default(),
            indexing_failures: Family::default(),
            registry: Registry::default(),
        };
        let photos = "Bytes of photos that arrived, by HTTP (upload) and by FTP (camera)";
        registry.register("received_bytes", photos, received);
        let open = "Open HTTP connections";
        registry.register("http_connections", open, metrics.connections.clone());
        let pictures = "Bytes of pictures and archives in answers";
        registry.register("picture_sent_bytes", pictures, metrics.picture_bytes.clone());
        let search = "Time of comparing a person with the faces of an event, in seconds";
        registry.register("search_seconds", search, metrics.search_seconds.clone());
        let indexing = "Time of indexing a photo, in seconds";
        registry.register("indexing_seconds", indexing, metrics.indexing_seconds.clone());
        let stages = "Time of indexing photos, by stage, in seconds";
        registry.register("indexing_stage_seconds", stages, metrics.stage_seconds.clone());
        let failures = "Attempts to index a photo that failed: it is tried again (retried) or not (given_up)";
        registry.register("indexing_failures", failures, metrics.indexing_failures.clone());
        for outcome in ["retried", "given_up"] {
            drop(metrics.indexing_failures.get_or_create(&[("outcome", outcome)]));
        }
        Self { registry, ..metrics }
    }

    /// All counts, and what is known at this moment, as Prometheus reads it.
    ///
    /// # Errors
    /// Never, as long as memory lasts.
    pub fn write(&self, snapshot: &Snapshot) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        encode(&mut text, &snapshot.0)?;
        text.write_str(&process())?;
        Ok(text)
    }
}

/// Numbers that are looked up when somebody asks.
#[derive(Debug)]
pub struct Snapshot(Registry);

impl Default for Snapshot {
    fn default() -> Self {
        Self(Registry::with_prefix(PREFIX))
    }
}

impl Snapshot {
    /// One number.
    pub fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.0.register(name, help, ConstGauge::new(value));
    }

    /// One number with a fraction.
    pub fn float(&mut self, name: &str, help: &str, value: f64) {
        self.0.register(name, help, ConstGauge::new(value));
    }

    /// A number for each value of a label.
    pub fn gauges(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) {
        let family: Family<Labels<1>, Gauge<u64, std::sync::atomic::AtomicU64>> = Family::default();
        for (value, number) in values {
            family.get_or_create(&[(label, value)]).set(number);
        }
        self.0.register(name, help, family);
    }

    /// The same for numbers that only go up, while the process runs.
    pub fn counts(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) {
        let family: Family<Labels<1>, Counter> = Family::default();
        for (value, number) in values {
            family.get_or_create(&[(label, value)]).inc_by(number);
        }
        self.0.register(name, help, family);
    }
}
