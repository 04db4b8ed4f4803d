//! The record of what was erased, signed: each entry's seal is a hash of the entry and of the seal before it, and the
//! data folder's key signs the seal. So an entry that is changed, added or left out between others is noticed by all
//! who have the public key; entries that are cut off at the end by the file that names the last one.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::domain::{Digest, ErasedCounts, Erasure, ErasureKind, ErasureReason, Timestamp};
use crate::store::sql::{Reader, Writer};
use crate::store::tables::{erasures, purges};
use crate::store::{SecretFile, SecretName, Store, StoreError, StoreResult, before_upgrade};

/// Of the entry before the first.
const FIRST: Digest = Digest([0; 32]);

/// What a restore writes in place of the last entry: the backup does not know what was erased after it.
pub(in crate::store) const RESTORED: &str = "restored";

/// The record with what is wrong with it.
pub struct Record {
    /// Oldest first.
    pub entries: Vec<Erasure>,
    /// With which the signatures are checked.
    pub public_key: Vec<u8>,
    /// The first fault.
    pub fault: Option<Fault>,
}

/// What is wrong with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An entry is missing.
    Missing(u64),
    /// An entry, or one before it, is not as it was signed.
    Changed(u64),
    /// An entry was signed with another key.
    Foreign(u64),
    /// The database is older than the record: it does not have this entry, which was the last.
    CutOff(u64),
    /// The data folder is that of a backup, and no entry says so yet.
    Restored,
}

impl Fault {
    /// For people.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Missing(number) => format!("entry {number} is missing"),
            Self::Changed(number) => format!("entry {number} is not as it was signed"),
            Self::Foreign(number) => format!("entry {number} was signed with the key of another data folder"),
            Self::CutOff(number) => {
                format!("entry {number} was the last one and is not there: the database is an older one")
            }
            Self::Restored => {
                "a backup was restored; the server says so in the record when it starts".to_owned()
            }
        }
    }
}

/// The last entry, as a file beside the database knows it.
enum Last {
    None,
    Restored,
    Entry(u64, String),
}

impl Last {
    fn read(store: &Store) -> StoreResult<Self> {
        let Some(bytes) = store.read_secret_file(SecretFile::LastErasure)? else { return Ok(Self::None) };
        let text = String::from_utf8_lossy(&bytes);
        let entry = text.trim().split_once(' ');
        let entry = entry.and_then(|(number, seal)| Some((number.parse().ok()?, seal.to_owned())));
        // Whatever else it says, it names no entry.
        Ok(entry.map_or(Self::Restored, |(number, seal)| Self::Entry(number, seal)))
    }

    /// Whether the database has the entry, and all before it.
    fn fault(&self, db: &Reader) -> StoreResult<Option<Fault>> {
        Ok(match self {
            Self::None => erasures::find_last_signed(db)?.map(|_| Fault::Restored),
            Self::Restored => Some(Fault::Restored),
            Self::Entry(number, seal) => {
                let found = erasures::find(db, *number)?.and_then(|entry| entry.seal);
                let is_there = found.is_some_and(|found| found.to_string() == *seal);
                (!is_there).then_some(Fault::CutOff(*number))
            }
        })
    }
}

impl Store {
    /// Signs the entries whose files are gone; nothing while the database is an older one than the record knows.
    pub(in crate::store) fn sign_erasures(&self) -> StoreResult<()> {
        if self.read(erasures::list_unsigned)?.is_empty() {
            return Ok(());
        }
        // Faces have no files, but the copy from before an upgrade has them too.
        before_upgrade::forget(&self.0.folder)?;
        let last = Last::read(self)?;
        if self.read(|db| last.fault(db))?.is_some() {
            return Ok(());
        }
        let seed = self.secret(SecretName::Erasures)?;
        let signed =
            self.write(move |db| if purges::are_pending(db)? { Ok(None) } else { sign(db, &seed) })?;
        match signed {
            Some((number, seal)) => {
                self.write_secret_file(SecretFile::LastErasure, format!("{number} {seal}\n").as_bytes())
            }
            None => Ok(()),
        }
    }

    /// Adds an entry if the database is an older one than the record knows: a backup was restored, or put in place.
    /// Returns whether it did.
    pub fn note_restore(&self, now: Timestamp) -> StoreResult<bool> {
        let last = Last::read(self)?;
        if self.read(|db| last.fault(db))?.is_none() {
            return Ok(false);
        }
        let seed = self.secret(SecretName::Erasures)?;
        let signed = self.write(move |db| {
            let (kind, reason) = (ErasureKind::Restore, ErasureReason::Backup);
            let counts = ErasedCounts::default();
            erasures::insert(db, &erasures::NewErasure { at: now, kind, reason, event: None, counts })?;
            sign(db, &seed)
        })?;
        if let Some((number, seal)) = signed {
            self.write_secret_file(SecretFile::LastErasure, format!("{number} {seal}\n").as_bytes())?;
        }
        Ok(true)
    }

    /// The record, checked.
    pub fn record(&self) -> StoreResult<Record> {
        let last = Last::read(self)?;
        let (entries, cut) = self.read(|db| Ok((erasures::list(db)?, last.fault(db)?)))?;
        let public_key = key(&self.secret(SecretName::Erasures)?)?.public_key().as_ref().to_vec();
        let fault = verify(&entries, &public_key).or(cut);
        Ok(Record { entries, public_key, fault })
    }
}

/// Signs all entries that are not; returns the last one.
fn sign(db: &Writer, seed: &[u8; 32]) -> StoreResult<Option<(u64, Digest)>> {
    let key = key(seed)?;
    let mut last = None;
    let mut before = erasures::find_last_signed(db)?.and_then(|entry| entry.seal).unwrap_or(FIRST);
    for entry in erasures::list_unsigned(db)? {
        let seal = seal(before, &entry);
        erasures::sign(db, entry.number, seal, key.sign(&seal.0).as_ref())?;
        (before, last) = (seal, Some((entry.number, seal)));
    }
    Ok(last)
}

fn key(seed: &[u8; 32]) -> StoreResult<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| StoreError::Corrupt { what: "key of the record" })
}

/// SHA-256 of the seal before and the entry's values as JSON.
fn seal(before: Digest, entry: &Erasure) -> Digest {
    let ErasedCounts { photos, faces, people, selfies, copies } = entry.counts;
    let values = serde_json::json!([
        entry.number,
        entry.at.unix_ms(),
        entry.kind.as_str(),
        entry.reason.as_str(),
        entry.event_name,
        entry.owner_id.map(crate::domain::UserId::as_i64),
        photos,
        faces,
        people,
        selfies,
        copies,
    ]);
    let hash = Sha256::new().chain_update(before.0).chain_update(values.to_string());
    Digest(hash.finalize().into())
}

/// The first fault; the last entries may wait to be signed.
fn verify(entries: &[Erasure], public_key: &[u8]) -> Option<Fault> {
    let public_key = UnparsedPublicKey::new(&ED25519, public_key);
    let (mut before, mut unsigned) = (FIRST, false);
    for (number, entry) in (1..).zip(entries) {
        if entry.number != number {
            return Some(Fault::Missing(number));
        }
        let Some((found, signature)) = entry.seal.zip(entry.signature.as_ref()) else {
            unsigned = true;
            continue;
        };
        if unsigned || found != seal(before, entry) {
            return Some(Fault::Changed(number));
        }
        if public_key.verify(&found.0, signature).is_err() {
            return Some(Fault::Foreign(number));
        }
        before = found;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> Erasure {
        Erasure {
            number,
            at: Timestamp::from_unix_ms(7),
            kind: ErasureKind::Event,
            reason: ErasureReason::Date,
            event_name: Some(format!("Party {number}")),
            owner_id: None,
            counts: ErasedCounts { photos: 3, ..ErasedCounts::default() },
            seal: None,
            signature: None,
        }
    }

    fn signed(count: u64, seed: [u8; 32]) -> (Vec<Erasure>, Vec<u8>) {
        let key = key(&seed).unwrap();
        let mut before = FIRST;
        let entries = (1..=count).map(|number| {
            let entry = entry(number);
            before = seal(before, &entry);
            let signature = Some(key.sign(&before.0).as_ref().to_vec());
            Erasure { seal: Some(before), signature, ..entry }
        });
        (entries.collect(), key.public_key().as_ref().to_vec())
    }

    #[test]
    fn whatever_is_done_to_an_entry_is_noticed() {
        let (entries, key) = signed(4, [7; 32]);
        assert_eq!(verify(&entries, &key), None);
        assert_eq!(verify(&[], &key), None);
        let changed = |change: &dyn Fn(&mut Vec<Erasure>)| {
            let mut entries = entries.clone();
            change(&mut entries);
            verify(&entries, &key)
        };
        assert_eq!(changed(&|all| all[1].counts.photos = 2), Some(Fault::Changed(2)));
        assert_eq!(changed(&|all| all[1].event_name = None), Some(Fault::Changed(2)));
        assert_eq!(changed(&|all| all[2].at = Timestamp::from_unix_ms(8)), Some(Fault::Changed(3)));
        assert_eq!(changed(&|all| drop(all.remove(1))), Some(Fault::Missing(2)));
        assert_eq!(changed(&|all| drop(all.remove(0))), Some(Fault::Missing(1)));
        assert_eq!(changed(&|all| all[1].signature = None), Some(Fault::Changed(3)));
        assert_eq!(changed(&|all| all[3].signature = None), None, "the last may wait");
        // Sealed again without the key.
        let forged = changed(&|all| {
            all[3].counts.photos = 0;
            all[3].seal = Some(seal(all[2].seal.unwrap(), &all[3]));
        });
        assert_eq!(forged, Some(Fault::Foreign(4)));
        assert_eq!(verify(&signed(2, [8; 32]).0, &key), Some(Fault::Foreign(1)));
    }
}
