//! Accounts of users.

use crate::domain::{Login, Timestamp, User, UserId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::{drive, selfies};

/// What an account is found by, other than its id.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// The login of a local account.
    Login(&'a Login),
    /// An e-mail address, in lower case.
    Email(&'a str),
    /// An OpenID provider and its id for the person.
    Identity {
        /// The provider.
        issuer: &'a str,
        /// The provider's id.
        subject: &'a str,
    },
}

/// Adds an account; `false`, and nothing is added, if its login or e-mail address is taken.
pub fn insert(db: &Writer, user: &User, password_hash: Option<&str>) -> StoreResult<bool> {
    let added = db.execute(
        "insert into account (id, login, password_hash, email, name, picture, is_admin, created_at_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict do nothing",
        (
            user.id,
            &user.login,
            password_hash,
            &user.email,
            &user.name,
            &user.picture,
            user.is_admin,
            user.created_at,
        ),
    )?;
    if added > 0 && user.is_admin {
        adopt_events(db, user.id)?;
    }
    Ok(added > 0)
}

/// The account with this id.
pub fn find(db: &Reader, id: UserId) -> StoreResult<Option<User>> {
    db.one("select * from account where id = ?1", [id])
}

/// The account with this key.
pub fn find_by(db: &Reader, key: Key) -> StoreResult<Option<User>> {
    match key {
        Key::Login(login) => db.one("select * from account where login = ?1", [login]),
        Key::Email(email) => db.one("select * from account where email = ?1", [email]),
        Key::Identity { issuer, subject } => {
            db.one("select * from account where issuer = ?1 and subject = ?2", [issuer, subject])
        }
    }
}

/// The account with this e-mail address, in lower case, unless it is linked to this provider already: addresses change
/// hands, the provider's ids do not.
pub fn find_unlinked(db: &Reader, email: &str, issuer: &str) -> StoreResult<Option<User>> {
    db.one("select * from account where email = ?1 and issuer is distinct from ?2", [email, issuer])
}

/// The hash of a local account's password; `None` if it has none.
pub fn find_password_hash(db: &Reader, id: UserId) -> StoreResult<Option<String>> {
    let hash: Option<Option<String>> = db.one("select password_hash from account where id = ?1", [id])?;
    Ok(hash.flatten())
}

/// All accounts, oldest first.
pub fn list(db: &Reader) -> StoreResult<Vec<User>> {
    db.all("select * from account order by created_at_ms, id", ())
}

/// The oldest admin whose account is not disabled.
pub fn first_admin(db: &Reader) -> StoreResult<Option<User>> {
    db.one(
        "select * from account where is_admin = true and disabled_at_ms is null
         order by created_at_ms, id limit 1",
        (),
    )
}

/// Sets the password of a local account, and ends all its sessions.
pub fn set_password(db: &Writer, id: UserId, password_hash: &str) -> StoreResult<()> {
    db.execute("update account set password_hash = ?2 where id = ?1", (id, password_hash))?;
    end_sessions(db, id)
}

/// Grants or revokes admin rights.
pub fn set_admin(db: &Writer, id: UserId, is_admin: bool) -> StoreResult<()> {
    db.execute("update account set is_admin = ?2 where id = ?1", (id, is_admin))?;
    if is_admin { adopt_events(db, id) } else { Ok(()) }
}

/// Disables an account and ends all its sessions, or enables it again (`None`).
pub fn set_disabled(db: &Writer, id: UserId, since: Option<Timestamp>) -> StoreResult<()> {
    db.execute("update account set disabled_at_ms = ?2 where id = ?1", (id, since))?;
    if since.is_some() { end_sessions(db, id) } else { Ok(()) }
}

fn end_sessions(db: &Writer, id: UserId) -> StoreResult<()> {
    db.run("delete from user_session where user_id = ?1", [id])
}

/// Gives events without an owner to this admin.
fn adopt_events(db: &Writer, owner: UserId) -> StoreResult<()> {
    db.run("update event set owner_id = ?1 where owner_id is null", [owner])
}

/// Links an account to a provider's identity, and takes over its name, picture and e-mail address. An address that
/// another account has stays with that account.
pub fn link(db: &Writer, id: UserId, issuer: &str, subject: &str, user: &User) -> StoreResult<()> {
    db.run(
        "update account set issuer = ?2, subject = ?3, name = ?4, picture = ?5,
             email = case when cast(?6 as text) is null
                            or exists (select 1 from account other where other.email = ?6 and other.id <> ?1)
                     then email else ?6 end
         where id = ?1",
        (id, issuer, subject, &user.name, &user.picture, &user.email),
    )
}

/// Deletes an account with its sessions, history, favourites, selfie and searches; `false` if it still owns events,
/// which must be deleted or handed over first. Blobs go with the next purge.
pub fn delete(db: &Writer, id: UserId) -> StoreResult<bool> {
    if db.value("select exists (select 1 from event where owner_id = ?1)", [id])? {
        return Ok(false);
    }
    selfies::delete(db, id)?;
    drive::matches::record_purges(
        db,
        "select found.id from drive_match found join drive_search search on search.id = found.search_id
         where search.user_id = ?1",
        [id],
    )?;
    db.execute("delete from account where id = ?1", [id])?;
    Ok(true)
}

impl FromRow for User {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            login: row.get("login")?,
            email: row.get("email")?,
            name: row.get("name")?,
            picture: row.get("picture")?,
            is_admin: row.get("is_admin")?,
            is_disabled: row.get::<Option<Timestamp>>("disabled_at_ms")?.is_some(),
            created_at: row.get("created_at_ms")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tables::events;
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
                link(tx, second_id, "https://issuer", "1", &User { name: "R".into(), ..first.clone() })
            })
            .unwrap();
        let key = Key::Email("rina@example.com");
        assert_eq!(store.read(|c| find_by(c, key)).unwrap().unwrap().id, first_id);
        let key = Key::Identity { issuer: "https://issuer", subject: "1" };
        let linked = store.read(|c| find_by(c, key)).unwrap().unwrap();
        assert_eq!((linked.id, linked.email, linked.name.as_str()), (second_id, None, "R"));
    }
}
