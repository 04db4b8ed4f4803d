//! What the driver reports, as an error of the store.

use std::sync::Arc;

use postgres::Error;
use postgres::error::SqlState;

use crate::store::StoreError;
use crate::store::sql::server_error::{Problem, ServerError};

/// Without the server's details, which repeat values of rows.
pub(super) fn failure(server: &Arc<str>, error: &Error) -> StoreError {
    let (problem, said) = match error.as_db_error() {
        Some(answer) => (problem(answer.code()), format!("{} ({})", answer.message(), answer.code().code())),
        None if is_of_connection(error) => (Problem::Unreachable, chain(error)),
        None => (Problem::Refused, chain(error)),
    };
    StoreError::Server(ServerError { server: server.clone(), problem, said })
}

fn problem(code: &SqlState) -> Problem {
    let code = code.clone();
    if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(&code) {
        Problem::Conflict
    } else if code == SqlState::DISK_FULL {
        Problem::Full
    // Class 08: the connection; 57P: the server stops, or starts; 53300: it has too many connections.
    } else if code.code().starts_with("08")
        || code.code().starts_with("57P")
        || code == SqlState::TOO_MANY_CONNECTIONS
    {
        Problem::Unreachable
    } else if code.code().starts_with("28") || code.code().starts_with("3D") {
        Problem::Setup
    } else {
        Problem::Refused
    }
}

/// Whether there is no connection any more, or none yet.
fn is_of_connection(error: &Error) -> bool {
    error.is_closed()
        || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
