//! What decides at a venue whether guests' phones reach this computer, and whether it lasts the evening: a list of
//! checks, which terminal and studio share. Each looks at one thing, and says how it is and what helps.
//!
//! [`Rehearsals`] plays the evening before it begins.
//!
//! Nothing is changed, and no check fails for lack of rights: what cannot be read is unknown. The words are those of
//! the pages (`assets/i18n/`).

mod address;
mod certificate;
mod disk;
mod firewall;
mod phone;
mod port;
mod power;
mod program;
mod rehearsal;
mod sleep;

pub use certificate::Certificate;
pub use phone::PhoneReport;
pub use rehearsal::{Rehearsal, RehearsalLimit, RehearsalPlan, RehearsalReport, Rehearsals};

use crate::domain::Timestamp;
use crate::reach::Current;
use crate::store::DiskSpace;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Should be changed before guests come.
    Warn,
    /// Guests cannot get their photos this way.
    Fail,
    /// Could not be read.
    Unknown,
}

impl State {
    /// Its name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The key of what was looked at.
    pub what: &'static str,
    /// How it is.
    pub state: State,
    /// The key of the sentence that says so, and what helps.
    pub says: &'static str,
    /// What stands in the sentence for `{name}`.
    pub values: Vec<(&'static str, String)>,
}

impl Finding {
    fn new(what: &'static str, state: State, says: &'static str) -> Self {
        Self { what, state, says, values: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// Puts the values into a sentence.
    #[must_use]
    pub fn fill(&self, sentence: &str) -> String {
        let put = |text: String, (name, value): &(&str, String)| text.replace(&format!("{{{name}}}"), value);
        self.values.iter().fold(sentence.to_owned(), put)
    }
}

/// What this program knows by itself.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The guests' address.
    pub current: Current,
    /// Where the server listens, or would listen.
    pub ports: Vec<u16>,
    /// Whether it runs.
    pub is_running: bool,
    /// Whether it announces a name.
    pub announces: bool,
    /// Of the disk with the data folder.
    pub disk: Option<DiskSpace>,
    /// For encrypted connections.
    pub certificate: Certificate,
    /// The time.
    pub now: Timestamp,
}

/// Makes all checks. Asks other programs of the system, each of which may take some seconds.
#[must_use]
pub fn look(facts: &Facts) -> Vec<Finding> {
    let mut findings = address::look(&facts.current);
    findings.extend([
        address::name(facts),
        port::look(facts),
        firewall::look(&facts.ports),
        disk::look(facts.disk),
        power::look(),
        sleep::look(),
        certificate::look(facts.certificate, facts.now),
    ]);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_the_sentence_names_them() {
        let finding = Finding::new("venue.disk", State::Ok, "venue.disk.enough").with("free", &12);
        assert_eq!(finding.fill("{free} GB are free."), "12 GB are free.");
        assert_eq!(finding.fill("{other}"), "{other}");
    }
}
