//! Who may sign in: a camera of an open event, with the password on its set-up card.

use std::net::IpAddr;
use std::time::Duration;

use super::control::Reply;
use super::server::Shared;
use crate::auth::token_hash;
use crate::domain::{Source, SourceKind, SourceTrouble, Trouble};
use crate::limits::{Client, ClientNetwork, Policy, Scope};
use crate::store::{StoreError, sources};

/// For the password of one camera from one address. It has 50 bits, and who mistyped it on a camera waits in person.
pub(super) const GUESSES: Policy = Policy {
    free: 5,
    first_pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(30),
    reset_after: Duration::from_mins(30),
    address_budget: (600, Duration::from_secs(1)),
};

/// The same wrong password is recorded no more often: a camera may try many times a second.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);

/// Signs in, or says why not. Called off the async threads.
pub(super) fn sign_in(
    shared: &Shared,
    login: &str,
    password: &str,
    address: IpAddr,
) -> Result<Source, Reply> {
    let (store, now) = (&shared.app.store, shared.app.clock.now());
    let login = login.trim().to_lowercase();
    let client = Client { device: None, user: None, network: ClientNetwork::of(address) };
    let scope = Scope::Account(token_hash(&login));
    let attempt = |limiter: &crate::limits::Limiter, scope: &Scope| limiter.attempt(scope, &client, now);
    let allowed = attempt(&shared.sign_ins, &Scope::SignIn).and_then(|()| attempt(&shared.guesses, &scope));
    if let Err(wait) = allowed {
        let seconds = wait.0.as_secs().max(1);
        return Err(Reply::new(530, format!("too many wrong passwords: wait {seconds} seconds")));
    }
    let internal = |error: StoreError| {
        tracing::error!(%error, "a camera could not sign in");
        let is_full = matches!(error, StoreError::DiskFull { .. });
        let text = if is_full {
            "the disk of the server is full"
        } else {
            "the server has a problem, try again later"
        };
        Reply::new(421, text)
    };
    let source = store.read(|db| sources::find_by_login(db, &login)).map_err(internal)?;
    let source = source.filter(|source| source.kind == SourceKind::Camera);
    // An unknown name takes as long as a known one.
    let nobody = Source::new(crate::domain::EventId::random(), SourceKind::Camera, String::new(), now);
    let fits = shared.keys.fits(source.as_ref().unwrap_or(&nobody), password.trim());
    let Some(source) = source.filter(|source| {
        if !fits {
            record_wrong_password(shared, source);
        }
        fits
    }) else {
        return Err(Reply::new(530, "wrong user name or password"));
    };
    shared.guesses.succeeded(&scope, &client);
    shared.sign_ins.succeeded(&Scope::SignIn, &client);
    let id = source.id;
    if let Err(error) = store.read(|db| sources::check_takes(db, &(&source).into())) {
        let refusal = super::outcome::refusal(error.into());
        shared.record_trouble(id, refusal.trouble, None);
        return Err(Reply::new(530, refusal.reply.text));
    }
    let is_over = source.trouble.as_ref().is_some_and(|trouble| {
        matches!(trouble.kind, SourceTrouble::WrongPassword | SourceTrouble::EventClosed)
    });
    let seen = store.write(move |db| {
        if is_over {
            sources::clear_trouble(db, id)?;
        }
        sources::record_seen(db, id, now)
    });
    seen.map_err(internal)?;
    Ok(source)
}

fn record_wrong_password(shared: &Shared, source: &Source) {
    let now = shared.app.clock.now();
    let is_recorded =
        |last: &Trouble| last.kind == SourceTrouble::WrongPassword && now.since(last.at) < TROUBLE_PAUSE;
    if !source.trouble.as_ref().is_some_and(is_recorded) {
        shared.record_trouble(source.id, Some(SourceTrouble::WrongPassword), None);
    }
}
