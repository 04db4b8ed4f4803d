//! Accounts.

use crate::store::sql::{Reader, Writer};
use rusqlite::{OptionalExtension, Row, named_params};

use crate::domain::{Login, Timestamp, User, UserId};
use crate::store::StoreError;
use crate::store::tables::{drive, events, selfies};

/// What an account is found by, besides its number.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// What a local account signs in with.
    Login(&'a Login),
    /// An e-mail address, in lower case.
    Email(&'a str),
    /// A provider and its number for the person.
    Identity {
        /// The provider.
        issuer: &'a str,
        /// Its number.
        subject: &'a str,
    },
}

/// Adds an account; `false`, and nothing is added, where its login or e-mail address is taken.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &Writer, user: &User, password_hash: Option<&str>) -> Result<bool, StoreError> {
    let added = tx.execute(
        "insert or ignore into user (id,  login,  password_hash,  email,  name,  picture,  is_admin,  created_at_ms)
         values                    (:id, :login, :password_hash, :email, :name, :picture, :is_admin, :created_at_ms)",
        named_params! {
            ":id": user.id.as_i64(),
            ":login": user.login.as_ref().map(Login::as_str),
            ":password_hash": password_hash,
            ":email": user.email,
            ":name": user.name,
            ":picture": user.picture,
            ":is_admin": user.is_admin,
            ":created_at_ms": user.created_at.unix_ms(),
        },
    )?;
    if added > 0 && user.is_admin {
        events::adopt(tx, user.id)?;
    }
    Ok(added > 0)
}

/// The account with this number.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, id: UserId) -> Result<Option<User>, StoreError> {
    let row =
        connection.query_row("select * from user where id = ?1", [id.as_i64()], |row| Ok(from_row(row)));
    row.optional()?.transpose()
}

/// The account with this key.
///
/// # Errors
/// When the database fails.
pub fn find_by(connection: &Reader, key: Key) -> Result<Option<User>, StoreError> {
    let found = match key {
        Key::Login(login) => {
            connection
                .query_row("select * from user where login = ?1", [login.as_str()], |row| Ok(from_row(row)))
        }
        Key::Email(email) => {
            connection.query_row("select * from user where email = ?1", [email], |row| Ok(from_row(row)))
        }
        Key::Identity { issuer, subject } => connection.query_row(
            "select * from user where issuer = ?1 and subject = ?2",
            [issuer, subject],
            |row| Ok(from_row(row)),
        ),
    };
    found.optional()?.transpose()
}

/// The account with this e-mail address, in lower case, unless the provider knows its owner as somebody already:
/// addresses change hands, the provider's numbers do not.
///
/// # Errors
/// When the database fails.
pub fn find_unlinked(connection: &Reader, email: &str, issuer: &str) -> Result<Option<User>, StoreError> {
    let row = connection.query_row(
        "select * from user where email = ?1 and issuer is not ?2",
        [email, issuer],
        |row| Ok(from_row(row)),
    );
    row.optional()?.transpose()
}

/// The hash of a local account's password; `None` where it has none.
///
/// # Errors
/// When the database fails.
pub fn find_password_hash(connection: &Reader, id: UserId) -> Result<Option<String>, StoreError> {
    let hash = connection
        .query_row("select password_hash from user where id = ?1", [id.as_i64()], |row| row.get(0))
        .optional()?;
    Ok(hash.flatten())
}

/// All accounts, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(connection: &Reader) -> Result<Vec<User>, StoreError> {
    let mut statement = connection.prepare("select * from user order by created_at_ms, id")?;
    let users = statement.query_and_then([], from_row)?;
    users.collect()
}

/// The oldest admin whose account is not disabled.
///
/// # Errors
/// When the database fails.
pub fn first_admin(connection: &Reader) -> Result<Option<User>, StoreError> {
    let row = connection.query_row(
        "select * from user where is_admin = 1 and disabled_at_ms is null order by created_at_ms, id limit 1",
        [],
        |row| Ok(from_row(row)),
    );
    row.optional()?.transpose()
}

/// Gives a local account a new password, and signs it out everywhere.
///
/// # Errors
/// When the database fails.
pub fn set_password(tx: &Writer, id: UserId, password_hash: &str) -> Result<(), StoreError> {
    tx.execute("update user set password_hash = ?2 where id = ?1", (id.as_i64(), password_hash))?;
    tx.execute("delete from user_session where user_id = ?1", [id.as_i64()])?;
    Ok(())
}

/// Makes an account an admin, or no longer one.
///
/// # Errors
/// When the database fails.
pub fn set_admin(tx: &Writer, id: UserId, is_admin: bool) -> Result<(), StoreError> {
    tx.execute("update user set is_admin = ?2 where id = ?1", (id.as_i64(), is_admin))?;
    if is_admin { events::adopt(tx, id) } else { Ok(()) }
}

/// Disables an account, which signs it out everywhere, or enables it again (`None`).
///
/// # Errors
/// When the database fails.
pub fn set_disabled(tx: &Writer, id: UserId, since: Option<Timestamp>) -> Result<(), StoreError> {
    let since = since.map(Timestamp::unix_ms);
    tx.execute("update user set disabled_at_ms = ?2 where id = ?1", (id.as_i64(), since))?;
    if since.is_some() {
        tx.execute("delete from user_session where user_id = ?1", [id.as_i64()])?;
    }
    Ok(())
}

/// Takes over what a provider says about somebody, and remembers that they are the same person there. What somebody
/// else's account has as its e-mail address stays theirs.
///
/// # Errors
/// When the database fails.
pub fn link(tx: &Writer, id: UserId, issuer: &str, subject: &str, user: &User) -> Result<(), StoreError> {
    tx.execute(
        "update user set issuer = :issuer, subject = :subject, name = :name, picture = :picture,
             email = case when :email is null
                            or exists (select 1 from user other where other.email = :email and other.id <> :id)
                     then email else :email end
         where id = :id",
        named_params! {
            ":id": id.as_i64(),
            ":issuer": issuer,
            ":subject": subject,
            ":name": user.name,
            ":picture": user.picture,
            ":email": user.email,
        },
    )?;
    Ok(())
}

/// Forgets an account with its sessions, history, bookmarks, selfie and searches; `false` where it still owns events,
/// which somebody must take over or delete first. Files go with
/// [`Store::purge_blobs`](crate::store::Store::purge_blobs).
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, id: UserId) -> Result<bool, StoreError> {
    let owns: bool =
        tx.query_row("select exists (select 1 from event where owner_id = ?1)", [id.as_i64()], |row| {
            row.get(0)
        })?;
    if !owns {
        selfies::delete(tx, id)?;
        drive::matches::record_purges(
            tx,
            "select found.id from drive_match found join drive_search search on search.id = found.search_id
             where search.user_id = ?1",
            id.as_i64(),
        )?;
        tx.execute("delete from user where id = ?1", [id.as_i64()])?;
    }
    Ok(!owns)
}

pub(in crate::store) fn user_id(value: i64) -> Result<UserId, StoreError> {
    UserId::from_i64(value).ok_or(StoreError::Corrupt { what: "user id" })
}

pub(in crate::store) fn from_row(row: &Row) -> Result<User, StoreError> {
    let login: Option<String> = row.get("login")?;
    let login = login.map(|login| login.parse()).transpose();
    Ok(User {
        id: user_id(row.get("id")?)?,
        login: login.map_err(|_| StoreError::Corrupt { what: "login" })?,
        email: row.get("email")?,
        name: row.get("name")?,
        picture: row.get("picture")?,
        is_admin: row.get("is_admin")?,
        is_disabled: row.get::<_, Option<i64>>("disabled_at_ms")?.is_some(),
        created_at: Timestamp::from_unix_ms(row.get("created_at_ms")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore};

    fn local(login: &str) -> User {
        User::vouched_for(login.parse().unwrap(), None, NOW)
    }

    #[test]
    fn a_login_is_taken_once() {
        let store = TestStore::new();
        for (login, added) in [("rina@example.com", true), ("RINA@example.com", false), ("adi", true)] {
            let user = local(login);
            assert_eq!(store.write(move |tx| insert(tx, &user, None)).unwrap(), added, "{login}");
        }
        assert_eq!(store.read(list).unwrap().len(), 2);
    }

    #[test]
    fn the_first_admin_gets_events_that_belong_to_nobody() {
        let store = TestStore::new();
        let event = store.add_event();
        let user = local("studio");
        let id = user.id;
        store.write(move |tx| insert(tx, &user, None)).unwrap();
        let owner = || store.read(|c| events::find(c, event)).unwrap().unwrap().owner_id;
        assert_eq!(owner(), None);
        store.write(move |tx| set_admin(tx, id, true)).unwrap();
        assert_eq!(owner(), Some(id));
        assert_eq!(store.read(first_admin).unwrap().unwrap().id, id);
        assert!(!store.write(move |tx| delete(tx, id)).unwrap(), "an owner is not deleted");
    }

    #[test]
    fn an_address_of_another_account_is_not_taken_over() {
        let store = TestStore::new();
        let (first, second) = (local("rina@example.com"), local("studio"));
        let (first_id, second_id) = (first.id, second.id);
        store
            .write(move |tx| {
                insert(tx, &first, None)?;
                insert(tx, &second, None)?;
                link(tx, second_id, "https://issuer", "1", &User { name: "R".into(), ..first })
            })
            .unwrap();
        let key = Key::Email("rina@example.com");
        assert_eq!(store.read(|c| find_by(c, key)).unwrap().unwrap().id, first_id);
        let key = Key::Identity { issuer: "https://issuer", subject: "1" };
        let linked = store.read(|c| find_by(c, key)).unwrap().unwrap();
        assert_eq!((linked.id, linked.email, linked.name.as_str()), (second_id, None, "R"));
    }
}
