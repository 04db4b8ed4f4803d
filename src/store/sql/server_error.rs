//! What a database server answered, or why it did not: without the driver's types, and without values of rows, which
//! would reach the log.

use std::sync::Arc;

/// Why a database server could not do something.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the database {server} {problem}{}", if .said.is_empty() { String::new() } else { format!(": {}", .said) })]
pub struct ServerError {
    /// Which database, and where: never with a password.
    pub(super) server: Arc<str>,
    pub(super) problem: Problem,
    /// What the driver or the server said.
    pub(super) said: String,
}

/// What is wrong, as far as it decides what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "no server is asked"))]
pub(super) enum Problem {
    /// There is no connection.
    #[error("cannot be reached")]
    Unreachable,
    /// The connection was lost while a commit was on its way.
    #[error("was lost during a commit, which may have happened")]
    LostInCommit,
    /// Another transaction was in the way: the same work may succeed when it is run again.
    #[error("is busy with other writes")]
    Conflict,
    /// Its disk is full.
    #[error("has no space left on its disk")]
    Full,
    /// The URL, or a server that does not have what is needed.
    #[error("cannot be used")]
    Setup,
    /// Anything else.
    #[error("refused a statement")]
    Refused,
}

impl ServerError {
    /// A later attempt may succeed.
    pub(in crate::store) fn is_busy(&self) -> bool {
        matches!(self.problem, Problem::Conflict | Problem::Unreachable)
    }

    /// The server whose disk is full, if that is what is wrong.
    pub(in crate::store) fn full_disk(&self) -> Option<String> {
        (self.problem == Problem::Full).then(|| self.server.replace('`', ""))
    }

    pub(in crate::store) fn may_be_committed(&self) -> bool {
        self.problem == Problem::LostInCommit
    }
}
