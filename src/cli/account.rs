//! `fotota admin` and `fotota user`: manage accounts on the server's computer.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde::Serialize;

use super::invocation::Invocation;
use super::{ExitCode, audit, internet, output};
use crate::auth::{RefreshId, Tokens};
use crate::domain::{AuditAction, Clock, Login, SessionId, SystemClock, User, check_person_name};
use crate::passwords;
use crate::store::user_sessions::{self, Kind};
use crate::store::users::{self, Key};
use crate::store::{Store, StoreError, second_factors};

#[derive(Debug, clap::Args)]
pub(super) struct NewAccount {
    /// Login: e-mail address or user name
    login: Login,
    /// Display name [default: the login up to the `@`]
    #[arg(long)]
    name: Option<String>,
    /// Password of at least 8 characters [default: read from standard input]
    #[arg(long, env = "FOTOTA_PASSWORD", hide_env_values = true, value_name = "P")]
    password: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Create an admin, who can create events; the first one becomes owner of events without an owner
    Create(NewAccount),
}

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// List all accounts
    List,
    /// Create an account with a password
    Create(NewAccount),
    /// Grant a user admin rights
    Promote {
        /// Id, login or e-mail address
        user: String,
    },
    /// Revoke a user's admin rights
    Demote {
        /// Id, login or e-mail address
        user: String,
    },
    /// Sign a user out everywhere and block sign-in
    Disable {
        /// Id, login or e-mail address
        user: String,
    },
    /// Unblock a disabled user's sign-in
    Enable {
        /// Id, login or e-mail address
        user: String,
    },
    /// Change a user's password and sign them out everywhere
    Password {
        /// Id, login or e-mail address
        user: String,
        /// Password of at least 8 characters [default: read from standard input]
        #[arg(long, env = "FOTOTA_PASSWORD", hide_env_values = true, value_name = "P")]
        password: Option<String>,
    },
    /// Turn off a user's two-step verification: for somebody who lost the phone and the recovery codes
    RemoveSecondFactor {
        /// Id, login or e-mail address
        user: String,
    },
    /// Print an access token for scripts
    Token {
        /// Id, login or e-mail address
        user: String,
        /// Lifetime in hours
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8760))]
        hours: u32,
    },
}

#[derive(Serialize)]
struct UserView {
    id: i64,
    login: Option<String>,
    email: Option<String>,
    name: String,
    is_admin: bool,
    is_disabled: bool,
    created_at: String,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.as_i64(),
            login: user.login.as_ref().map(ToString::to_string),
            email: user.email.clone(),
            name: user.name.clone(),
            is_admin: user.is_admin,
            is_disabled: user.is_disabled,
            created_at: user.created_at.to_string(),
        }
    }
}

pub(super) fn run_admin(cli: &Invocation, command: AdminCommand) -> anyhow::Result<ExitCode> {
    let AdminCommand::Create(account) = command;
    create(cli, &cli.open_store()?, account, true)
}

pub(super) fn run(cli: &Invocation, command: UserCommand) -> anyhow::Result<ExitCode> {
    let store = cli.open_store()?;
    let (changed, action) = match command {
        UserCommand::Create(account) => return create(cli, &store, account, false),
        UserCommand::List => {
            list(cli, &store)?;
            return Ok(ExitCode::Done);
        }
        UserCommand::Token { user, hours } => return token(cli, &store, &find(&store, &user)?, hours),
        UserCommand::Password { user, password } => {
            let user = find(&store, &user)?;
            if user.login.is_none() {
                bail!("this account signs in only with its OpenID provider");
            }
            let password = password.map_or_else(read_password, Ok)?;
            passwords::check_account(&password, &user, internet::place(&cli.config))?;
            let hash = passwords::hash_account(&password)?;
            store.write(move |tx| users::set_password(tx, user.id, &hash))?;
            (user, AuditAction::PasswordSet)
        }
        UserCommand::Promote { user } => {
            let user = find(&store, &user)?;
            store.write(move |tx| users::set_admin(tx, user.id, true))?;
            (user, AuditAction::AccountPromote)
        }
        UserCommand::Demote { user } => {
            let user = find(&store, &user)?;
            store.write(move |tx| users::set_admin(tx, user.id, false))?;
            (user, AuditAction::AccountDemote)
        }
        UserCommand::RemoveSecondFactor { user } => {
            let user = find(&store, &user)?;
            if !store.write(move |tx| second_factors::delete(tx, user.id))? {
                bail!("this account has no second factor");
            }
            (user, AuditAction::SecondFactorOff)
        }
        UserCommand::Disable { user } => {
            let user = find(&store, &user)?;
            store.write(move |tx| users::set_disabled(tx, user.id, Some(SystemClock.now())))?;
            (user, AuditAction::AccountDisable)
        }
        UserCommand::Enable { user } => {
            let user = find(&store, &user)?;
            store.write(move |tx| users::set_disabled(tx, user.id, None))?;
            (user, AuditAction::AccountEnable)
        }
    };
    audit::record(&store, action, Some(changed.id))?;
    let user = store.read(|c| users::find(c, changed.id))?.context("the account was deleted meanwhile")?;
    show(cli, &user);
    Ok(ExitCode::Done)
}

fn list(cli: &Invocation, store: &Store) -> anyhow::Result<()> {
    let users = store.read(users::list)?;
    if cli.json {
        output::json(&users.iter().map(UserView::from).collect::<Vec<_>>());
    } else if users.is_empty() {
        output::note("no accounts yet\nhint: `fotota admin create LOGIN` creates the first admin");
    } else {
        for user in &users {
            output::line(&row(user));
        }
    }
    Ok(())
}

fn show(cli: &Invocation, user: &User) {
    if cli.json { output::json(&UserView::from(user)) } else { output::line(&row(user)) }
}

fn row(user: &User) -> String {
    let login = user.login.as_ref().map(Login::as_str).or(user.email.as_deref()).unwrap_or("-");
    let admin = if user.is_admin { " (admin)" } else { "" };
    let disabled = if user.is_disabled { " (disabled)" } else { "" };
    format!("{}  {login}  {}{admin}{disabled}", user.id, user.name)
}

fn find(store: &Store, wanted: &str) -> anyhow::Result<User> {
    let found = store.read(|c| {
        let login: Option<Login> = wanted.parse().ok();
        let by_id = wanted.parse().map_or(Ok(None), |id| users::find(c, id))?;
        let by_login = login.map_or(Ok(None), |login| users::find_by(c, Key::Login(&login)))?;
        let by_email = users::find_by(c, Key::Email(&wanted.trim().to_lowercase()))?;
        let mut found: Vec<User> = [by_id, by_login, by_email].into_iter().flatten().collect();
        found.dedup_by_key(|user| user.id);
        Ok(found)
    })?;
    match &found[..] {
        [] => bail!("there is no account `{wanted}`\nhint: `fotota user list` shows all accounts"),
        [user] => Ok(user.clone()),
        // A login may be the e-mail address of another account.
        several => {
            let ids: Vec<String> = several.iter().map(|user| user.id.to_string()).collect();
            let ids = ids.join(", ");
            bail!(
                "`{wanted}` is the login of one account and the e-mail address of another\nhint: use an id: {ids}"
            )
        }
    }
}

fn create(cli: &Invocation, store: &Store, account: NewAccount, is_admin: bool) -> anyhow::Result<ExitCode> {
    let NewAccount { login, name, password } = account;
    let name = match name {
        Some(name) => Some(check_person_name(&name).context("the name must have 1 to 200 characters")?),
        None => None,
    };
    let password = password.map_or_else(read_password, Ok)?;
    let user = User { is_admin, ..User::vouched_for(login, name, SystemClock.now()) };
    passwords::check_account(&password, &user, internet::place(&cli.config))?;
    let hash = passwords::hash_account(&password)?;
    let row = user.clone();
    if !store.write(move |tx| users::insert(tx, &row, Some(&hash)))? {
        bail!("an account with this login or e-mail address already exists");
    }
    audit::record(store, AuditAction::AccountCreate, Some(user.id))?;
    show(cli, &user);
    Ok(ExitCode::Done)
}

fn read_password() -> anyhow::Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        output::note("password (visible while you type):");
    }
    let mut line = String::new();
    input.lock().read_line(&mut line).context("cannot read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn token(cli: &Invocation, store: &Store, user: &User, hours: u32) -> anyhow::Result<ExitCode> {
    if user.is_disabled {
        bail!("the account is disabled\nhint: `fotota user enable` unblocks it");
    }
    let tokens = Tokens::load(store)?;
    let (now, session, user_id) = (SystemClock.now(), SessionId::random(), user.id);
    let lasts = std::time::Duration::from_secs(u64::from(hours) * 3600);
    let expires_at = now.plus(lasts);
    // The session needs a refresh token, but it is not printed.
    let hash = RefreshId::random().hash();
    store.write(move |tx| -> Result<(), StoreError> {
        user_sessions::insert(tx, session, user_id, Kind::App, hash, (now, expires_at))
    })?;
    audit::record(store, AuditAction::TokenPrint, Some(user_id))?;
    let token = tokens.access(user_id, session, now, lasts);
    if cli.json {
        output::json(&serde_json::json!({ "access_token": token, "expires_at": expires_at.to_string() }));
    } else {
        output::line(&token);
    }
    Ok(ExitCode::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn an_address_used_as_another_login_is_ambiguous() {
        let store = TestStore::new();
        let address = "boss@example.com";
        // A provider verified the address of one; the other uses it as a login.
        let boss = User { email: Some(address.into()), ..User::new("Boss".into(), NOW) };
        let claims = User::local(address.parse().unwrap(), None, NOW);
        let rows = [boss.clone(), claims.clone()];
        store
            .write(move |tx| rows.iter().try_for_each(|row| users::insert(tx, row, None).map(drop)))
            .unwrap();
        let error = find(&store, address).unwrap_err().to_string();
        assert!(error.contains(&boss.id.to_string()) && error.contains(&claims.id.to_string()), "{error}");
        assert_eq!(find(&store, &boss.id.to_string()).unwrap().id, boss.id);
    }
}
