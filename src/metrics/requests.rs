//! Answered requests: how many, how long they took, and why they failed. Pictures are sent by the ten thousand a
//! second, so what belongs to a route is looked up once for a request, in a map that is only read.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Labels;

/// Upper ends of the buckets, in seconds: few, because each route has them.
const SECONDS: [f64; 6] = [0.005, 0.025, 0.1, 0.5, 2.5, 10.0];
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Of all requests to no route.
const NO_ROUTE: &str = "(none)";

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The route's path with its parameters' names; `None`: there is no such route.
    pub route: Option<&'a str>,
    /// The method.
    pub method: &'a str,
    /// The answer's status.
    pub status: u16,
    /// Until the answer's head was there.
    pub duration: Duration,
    /// The code of the error, one of a closed list.
    pub error: Option<&'static str>,
}

/// All answered requests.
#[derive(Debug)]
pub struct Requests {
    counts: Family<Labels<3>, Counter>,
    seconds: Family<Labels<1>, Histogram, NewHistogram>,
    errors: Family<Labels<1>, Counter>,
    /// As many as the router knows.
    routes: RwLock<HashMap<&'static str, Arc<Route>>>,
}

#[derive(Clone, Copy, Debug)]
struct NewHistogram;

impl MetricConstructor<Histogram> for NewHistogram {
    fn new_metric(&self) -> Histogram {
        Histogram::new(SECONDS)
    }
}

/// What is counted of one route.
#[derive(Debug)]
struct Route {
    path: &'static str,
    seconds: Histogram,
    /// By method and status class; those that there have been.
    counts: [[OnceLock<Counter>; CLASSES.len()]; METHODS.len()],
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let (counts, errors) = (Family::default(), Family::default());
        let seconds = Family::new_with_constructor(NewHistogram);
        registry.register("http_requests", "Answered requests", Family::clone(&counts));
        let help = "Time from a request's head to its answer's head, in seconds";
        registry.register("http_request_seconds", help, Family::clone(&seconds));
        let help = "Refused and failed requests, by their error code; limit.wait and server.busy are limits";
        registry.register("http_errors", help, Family::clone(&errors));
        Self { counts, seconds, errors, routes: RwLock::default() }
    }

    /// Counts a request.
    pub fn count(&self, answered: &Answered<'_>) {
        let route = self.route(answered.route.unwrap_or(NO_ROUTE));
        route.seconds.observe(answered.duration.as_secs_f64());
        let method = METHODS.iter().position(|known| *known == answered.method).unwrap_or(METHODS.len() - 1);
        let class = usize::from(answered.status / 100).clamp(1, CLASSES.len()) - 1;
        let labels = || [("route", route.path), ("method", METHODS[method]), ("status", CLASSES[class])];
        route.counts[method][class].get_or_init(|| self.counts.get_or_create_owned(&labels())).inc();
        if let Some(code) = answered.error {
            self.errors.get_or_create(&[("code", code)]).inc();
        }
    }

    fn route(&self, path: &str) -> Arc<Route> {
        if let Some(known) = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = routes.get(path) {
            return known.clone();
        }
        // Once for each route of the program.
        let path: &'static str = path.to_owned().leak();
        let seconds = self.seconds.get_or_create_owned(&[("route", path)]);
        let route = Arc::new(Route { path, seconds, counts: Default::default() });
        routes.insert(path, route.clone());
        route
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Metrics, Snapshot};

    #[test]
    fn unknown_methods_and_routes_share_a_label() {
        let metrics = Metrics::new();
        let duration = Duration::from_millis(20);
        let answered = Answered { route: None, method: "BREW", status: 404, duration, error: None };
        metrics.requests.count(&answered);
        metrics.requests.count(&Answered { method: "MAKE", error: Some("page.not_found"), ..answered });
        metrics.requests.count(&Answered {
            route: Some("/e/{code}"),
            method: "GET",
            status: 200,
            ..answered
        });
        let text = metrics.write(&Snapshot::default()).unwrap();
        for line in [
            "fotota_http_requests_total{route=\"(none)\",method=\"other\",status=\"4xx\"} 2",
            "fotota_http_requests_total{route=\"/e/{code}\",method=\"GET\",status=\"2xx\"} 1",
            "fotota_http_request_seconds_bucket{route=\"(none)\",le=\"0.005\"} 0",
            "fotota_http_request_seconds_bucket{route=\"(none)\",le=\"0.025\"} 2",
            "fotota_http_errors_total{code=\"page.not_found\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
        }
        assert!(!text.contains("BREW") && !text.contains("MAKE"));
    }
}
