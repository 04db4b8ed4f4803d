//! How hard passwords are to guess. In a local network the limits on guesses do most of the work; on the internet
//! people guess from many addresses, from lists of what others chose.

/// Where a password is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In local networks.
    Local,
    /// Where everybody can guess.
    Internet,
}

/// Least characters of an account's password on the internet.
pub(super) const MIN_ACCOUNT_CHARS_ON_INTERNET: usize = 12;
/// Least characters of an event's password there.
pub(super) const MIN_EVENT_CHARS_ON_INTERNET: usize = 8;
/// Characters of an account's password that do not follow from others.
const MIN_ACCOUNT_FREE: usize = 8;
/// The same of an event's password, which is spoken.
const MIN_EVENT_FREE: usize = 5;
/// Fewer different characters are a pattern.
const MIN_DIFFERENT: usize = 5;
/// What many people choose, in English and Indonesian, and rows of keys.
const COMMON: [&str; 24] = [
    "password",
    "passwort",
    "katasandi",
    "rahasia",
    "secret",
    "admin",
    "fotota",
    "studio",
    "photo",
    "foto",
    "welcome",
    "selamat",
    "letmein",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "qazwsx",
    "iloveyou",
    "sayang",
    "cinta",
    "bismillah",
    "indonesia",
    "wedding",
    "monkey",
];

/// Whether an account's password, with its login and the person's name, is too easy to guess on the internet.
#[must_use]
pub fn is_weak_for_account(password: &str, login: &str, name: &str) -> bool {
    let words = words_of(login).chain(words_of(name));
    is_weak(password, words, (MIN_ACCOUNT_CHARS_ON_INTERNET, MIN_ACCOUNT_FREE))
}

/// Whether an event's password, with its name, is too easy to guess on the internet.
#[must_use]
pub fn is_weak_for_event(password: &str, name: &str) -> bool {
    is_weak(password, words_of(name), (MIN_EVENT_CHARS_ON_INTERNET, MIN_EVENT_FREE))
}

fn is_weak(password: &str, own: impl Iterator<Item = String>, (min_chars, min_free): (usize, usize)) -> bool {
    let lower = password.to_lowercase();
    let common = COMMON.iter().map(|word| (*word).to_owned());
    // What remains when words that everybody tries are taken away.
    let rest = own.chain(common).fold(lower, |rest, word| rest.replace(&word, " "));
    let mut different: Vec<char> = rest.chars().collect();
    different.sort_unstable();
    different.dedup();
    password.chars().count() < min_chars || free_chars(&rest) < min_free || different.len() < MIN_DIFFERENT
}

/// Characters that neither repeat the one before nor go on with its row, as in `1234` or `cba`.
fn free_chars(text: &str) -> usize {
    let codes: Vec<u32> = text.chars().filter(|c| !c.is_whitespace()).map(u32::from).collect();
    let follows = codes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    codes.len() - follows
}

/// Words of at least three letters, in lower case.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    let words = text.to_lowercase();
    let words: Vec<String> = words.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    words.into_iter().filter(|word| word.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_passwords_of_accounts_are_weak() {
        let is_weak = |password: &str| is_weak_for_account(password, "sari.dewi@example.com", "Sari Dewi");
        for weak in [
            "",
            "short-Xq7",
            "password1234",
            "Password2026!",
            "sari-dewi-2026",
            "saridewi1234",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcdefghijkl",
            "qwertyqwerty",
            "ababababab12",
            "FotoTa-admin!",
            "selamat2026!!",
        ] {
            assert!(is_weak(weak), "{weak}");
        }
        for strong in ["correct horse battery", "tq7-Xr2m-9vKd", "kopi hitam tanpa gula", "p8Zr!mV2q#Lw"] {
            assert!(!is_weak(strong), "{strong}");
        }
    }

    #[test]
    fn easy_passwords_of_events_are_weak() {
        let is_weak = |password: &str| is_weak_for_event(password, "Rina & Adi 2026");
        for weak in ["", "rahasia", "rinaadi2026", "rina2026", "12345678", "wedding2026", "abcdabcd"] {
            assert!(is_weak(weak), "{weak}");
        }
        // As the studio makes them.
        for strong in ["k7mp-x3wq", "bunga mawar putih"] {
            assert!(!is_weak(strong), "{strong}");
        }
    }
}
