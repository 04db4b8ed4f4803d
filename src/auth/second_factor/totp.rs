//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, another one every 30 seconds, as all such apps have them.

use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

use crate::domain::{Timestamp, random_bytes};

/// As long as the hash, as RFC 4226 recommends.
pub(super) const SECRET_BYTES: usize = 20;
const STEP_SECONDS: i64 = 30;
/// Codes of so many steps before and after this one are good too: clocks differ, and people type.
const TOLERANCE: i64 = 1;
/// RFC 4648.
const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What an authenticator app and this server both know.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(pub(super) [u8; SECRET_BYTES]);

impl TotpSecret {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(random_bytes())
    }

    /// As people type it into an app.
    #[must_use]
    pub fn text(&self) -> String {
        // 5 bits for each character; 20 bytes need no padding.
        self.0
            .chunks(5)
            .flat_map(|chunk| {
                let bits = chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
                (0..8).rev().map(move |place| {
                    char::from(BASE_32[usize::try_from(bits >> (5 * place) & 31).unwrap_or(0)])
                })
            })
            .collect()
    }

    /// What the QR code says that apps scan. `server` and `account` tell its entry apart from others in the app.
    #[must_use]
    pub fn uri(&self, server: &str, account: &str) -> String {
        let escape = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let (server, account) = (escape(server), escape(account));
        format!("otpauth://totp/{server}:{account}?secret={}&issuer={server}", self.text())
    }

    /// The step whose code this is, if it is good now. A step must be later than that of the code used last.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let step = now.unix_s().div_euclid(STEP_SECONDS);
        (step - TOLERANCE..=step + TOLERANCE).find(|step| self.code(*step) == code)
    }

    fn code(&self, step: i64) -> String {
        let hash = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0), &step.to_be_bytes());
        let hash = hash.as_ref();
        // RFC 4226, 5.3: the last four bits say where the number is.
        let offset = hash.last().map_or(0, |last| usize::from(last & 15));
        let number =
            hash.iter().skip(offset).take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        format!("{:06}", (number & 0x7FFF_FFFF) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the RFCs' examples.
    fn example() -> TotpSecret {
        TotpSecret(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, without the first two of eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(example().code(seconds / STEP_SECONDS), code);
        }
    }

    #[test]
    fn a_code_is_good_for_a_step_before_and_after() {
        let at = |seconds: i64| Timestamp::from_unix_ms(seconds * 1000);
        let (code, step) = ("050471", 1_111_111_111 / 30);
        for (seconds, good) in [(0, true), (-30, true), (30, true), (-60, false), (60, false)] {
            let found = example().step_of(code, at(1_111_111_111 + seconds));
            assert_eq!(found, good.then_some(step), "{seconds}");
        }
        for wrong in ["", "05047", "0504711", "+50471", "050472"] {
            assert_eq!(example().step_of(wrong, at(1_111_111_111)), None, "{wrong}");
        }
        assert_eq!(TotpSecret([7; 20]).step_of(code, at(1_111_111_111)), None);
    }

    #[test]
    fn apps_read_the_secret_from_the_code() {
        assert_eq!(example().text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            example().uri("FotoTa foto.example", "rina@example.com"),
            "otpauth://totp/FotoTa%20foto%2Eexample:rina%40example%2Ecom\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=FotoTa%20foto%2Eexample"
        );
        assert!(TotpSecret::random() != TotpSecret::random());
    }
}
