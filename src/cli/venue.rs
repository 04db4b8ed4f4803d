//! `fotota doctor --venue`: what decides at a venue whether guests' phones reach this computer all evening.

use std::time::{Duration, Instant};

use super::invocation::Invocation;
use super::output;
use crate::domain::{Clock, SystemClock};
use crate::reach::Reach;
use crate::signal::StopSignal;
use crate::store::{Inspection, PhoneCheck, ServerMark, Store, chosen_network};
use crate::venue::{self, Certificate, Facts, Finding, PhoneReport, State};
use crate::web::Locale;
use crate::{share, tls};

/// Between two looks for a report.
const PAUSE: Duration = Duration::from_millis(300);

/// Makes the checks, as for the server that runs or would run with this configuration.
pub(super) fn look(cli: &Invocation) -> Vec<Finding> {
    let server = &cli.config.server;
    let running = ServerMark::find_url(&cli.data);
    let mut bound = server.bind;
    // `--bind` of a running server is known from its URL alone.
    if let Some(url) = running.as_ref().filter(|_| server.public_url.is_none())
        && let Some(port) = url::Url::parse(url).ok().and_then(|url| url.port_or_known_default())
    {
        bound.set_port(port);
    }
    let reach = Reach::new(server, bound);
    if let Ok(Inspection::Current(chosen)) = cli.inspect(chosen_network::find) {
        reach.set_chosen(chosen);
    }
    // Before the first start the folder will be made here.
    let folder = cli.data.ancestors().find(|folder| folder.is_dir());
    venue::look(&Facts {
        current: reach.current(),
        ports: [bound.port()]
            .into_iter()
            .chain(cli.config.https.bind.map(|address| address.port()))
            .collect(),
        is_running: running.is_some(),
        announces: server.mdns && server.public_url.is_none(),
        disk: folder.and_then(|folder| Store::disk_space_of(folder).ok()),
        certificate: certificate(cli),
        now: SystemClock.now(),
    })
}

fn certificate(cli: &Invocation) -> Certificate {
    let https = &cli.config.https;
    match https.certificate.as_ref().zip(https.key.as_ref()) {
        Some((certificate, key)) => {
            tls::expiry_of_files(certificate, key).map_or(Certificate::Missing, Certificate::Until)
        }
        None if https.is_enabled() => Certificate::Elsewhere,
        None => Certificate::None,
    }
}

/// Shows the link with which a phone checks the venue, and waits for what the phone reports. A running server takes it.
pub(super) fn wait_for_phone(cli: &Invocation, timeout: Duration) {
    let find = || ServerMark::find_url(&cli.data).zip(PhoneCheck::find(&cli.data));
    let Some((url, before)) = find() else {
        output::note("hint: run this again while `fotota serve` runs, to check with a phone too");
        return;
    };
    let link = share::venue_link(&url, &before.key);
    output::line(&format!("\nopen this with a phone in the guests' Wi-Fi: {link}"));
    if let Some(code) = share::terminal_qr(&link) {
        output::line(&code);
    }
    let (begin, signal) = (Instant::now(), StopSignal::default());
    while begin.elapsed() < timeout {
        // Nobody wakes it: this only passes the time.
        signal.wait(signal.wake_ups(), PAUSE);
        let Some((_, now)) = find() else { break };
        let Some(text) = now.report.filter(|report| Some(report) != before.report.as_ref()) else { continue };
        if let Ok(Reported { report }) = serde_json::from_str(&text) {
            print(&report.findings());
            return;
        }
    }
    let missing = Locale::English.text("venue.phone.missing").unwrap_or_default();
    output::line(&format!("?     {missing}"));
}

/// What a phone reported, as the server keeps it.
#[derive(serde::Deserialize)]
struct Reported {
    report: PhoneReport,
}

/// Findings for programs.
pub(super) fn as_json(findings: &[Finding]) -> serde_json::Value {
    let view = |finding: &Finding| {
        serde_json::json!({ "check": finding.what, "state": finding.state.as_str(), "finding": finding.says,
            "detail": sentence(finding) })
    };
    findings.iter().map(view).collect()
}

/// Prints findings as `doctor` prints its checks.
pub(super) fn print(findings: &[Finding]) {
    for finding in findings {
        let state = match finding.state {
            State::Ok => "ok   ",
            State::Warn => "warn ",
            State::Fail => "FAIL ",
            State::Unknown => "?    ",
        };
        let name = Locale::English.text(finding.what).unwrap_or(finding.what);
        output::line(&format!("{state} {name}: {}", sentence(finding)));
    }
}

fn sentence(finding: &Finding) -> String {
    finding.fill(Locale::English.text(finding.says).unwrap_or(finding.says))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The checks name their sentences by key: each must exist.
    #[test]
    fn every_finding_has_a_name_and_a_sentence() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/venue");
        let mut keys = 0;
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for path in entries.filter(|path| path.is_file()) {
            let text = std::fs::read_to_string(path).unwrap();
            for key in text.split('"').filter(|part| {
                (part.starts_with("venue.") || part.starts_with("studio.")) && !part.contains(' ')
            }) {
                assert!(Locale::English.text(key).is_some(), "{key}");
                keys += 1;
            }
        }
        assert!(keys > 30, "{keys} keys: have the checks moved?");
    }
}
