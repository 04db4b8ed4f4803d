//! Attackers and guests, with a simulated clock.

use super::*;

const START: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
const SECOND: Duration = Duration::from_secs(1);

fn scope() -> Scope {
    Scope::Event(EventId::from_i64(1).unwrap())
}

fn device(number: u32, since: Timestamp) -> Client {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_le_bytes());
    Client { device: Some((Digest(id), since)), user: None, network: ClientNetwork::of([10, 0, 0, 1].into()) }
}

/// Number of allowed guesses, of one every 10 ms.
fn guesses(limiter: &Limiter, seconds: u64, client: impl Fn(u32) -> Client) -> u32 {
    let attempts = u32::try_from(seconds * 100).unwrap();
    let allowed = |n: &u32| {
        let now = START.plus(Duration::from_millis(u64::from(*n) * 10));
        limiter.attempt(&scope(), &client(*n), now).is_ok()
    };
    u32::try_from((0..attempts).filter(allowed).count()).unwrap()
}

#[test]
fn pauses_grow_and_end_with_success_or_time() {
    let limiter = Limiter::new(GUESSES);
    let (client, mut now) = (device(1, START), START);
    for _ in 0..5 {
        assert_eq!(limiter.attempt(&scope(), &client, now), Ok(()));
    }
    assert_eq!(limiter.attempt(&scope(), &client, now), Ok(()), "the sixth is allowed, then a pause starts");
    for pause in [1, 2, 4, 8] {
        assert_eq!(limiter.attempt(&scope(), &client, now), Err(Wait(SECOND * pause)));
        now = now.plus(SECOND * pause);
        assert_eq!(limiter.attempt(&scope(), &client, now), Ok(()));
    }
    assert!(limiter.attempt(&scope(), &client, now).is_err());
    let later = now.plus(GUESSES.reset_after);
    assert_eq!(limiter.attempt(&scope(), &client, later), Ok(()));
    limiter.succeeded(&scope(), &client);
    for _ in 0..6 {
        assert_eq!(limiter.attempt(&scope(), &client, later), Ok(()));
    }
}

#[test]
fn one_attacker_is_slowed_and_300_guests_of_the_same_address_are_not() {
    let limiter = Limiter::new(GUESSES);
    assert!(guesses(&limiter, 60, |_| device(0, START)) <= 12);
    let now = START.plus(SECOND * 60);
    for guest in 1..=300 {
        let client = device(guest, now);
        // Mistyped once.
        assert_eq!(limiter.attempt(&scope(), &client, now), Ok(()), "guest {guest}");
        assert_eq!(limiter.attempt(&scope(), &client, now), Ok(()), "guest {guest}");
        limiter.succeeded(&scope(), &client);
    }
}

#[test]
fn an_attacker_without_a_device_is_one_client() {
    let limiter = Limiter::new(GUESSES);
    assert!(guesses(&limiter, 60, |_| Client { device: None, ..device(0, START) }) <= 12);
    assert_eq!(limiter.attempt(&scope(), &device(1, START), START), Ok(()));
}

#[test]
fn new_devices_of_one_address_share_a_budget_and_older_devices_go_on() {
    let limiter = Limiter::new(GUESSES);
    let early = device(0, START.minus(SECOND));
    let allowed =
        guesses(&limiter, 60, |n| device(n + 1, START.plus(Duration::from_millis(u64::from(n) * 10))));
    assert!(allowed <= 600 + 60, "{allowed} guesses of 6000");
    let now = START.plus(SECOND * 60);
    assert_eq!(limiter.attempt(&scope(), &early, now), Ok(()), "known before the flood");
    assert!(limiter.attempt(&scope(), &device(9_999, now), now).is_err());
    let elsewhere = Client { network: ClientNetwork::of([10, 0, 0, 2].into()), ..device(9_999, now) };
    assert_eq!(limiter.attempt(&scope(), &elsewhere, now), Ok(()), "another address");
    let other_event = Scope::Event(EventId::from_i64(2).unwrap());
    assert_eq!(limiter.attempt(&other_event, &device(9_999, now), now), Ok(()));
}

#[test]
fn devices_collected_before_a_flood_share_a_budget_too() {
    let limiter = Limiter::new(GUESSES);
    let before = START.minus(SECOND);
    let allowed = guesses(&limiter, 60, |n| device(n, before));
    assert!(allowed <= 2 * (600 + 60), "{allowed} guesses of 6000");
}

#[test]
fn an_account_created_before_a_flood_goes_on() {
    let limiter = Limiter::new(GUESSES);
    guesses(&limiter, 60, |n| device(n, START.plus(Duration::from_millis(u64::from(n) * 10))));
    let now = START.plus(SECOND * 60);
    let app = |since| Client { device: None, user: Some((UserId::random(), since)), ..device(0, now) };
    assert_eq!(limiter.attempt(&scope(), &app(START.minus(SECOND)), now), Ok(()));
    assert!(limiter.attempt(&scope(), &app(now), now).is_err());
}

#[test]
fn a_clock_set_back_does_not_lock_clients_out() {
    let limiter = Limiter::new(GUESSES);
    let client = device(1, START);
    let ahead = START.plus(SECOND * 36_000);
    for _ in 0..6 {
        limiter.attempt(&scope(), &client, ahead).unwrap();
    }
    assert_eq!(limiter.attempt(&scope(), &client, START), Ok(()));
}

#[test]
fn memory_is_bounded() {
    let limiter = Limiter::new(Policy { address_budget: (u32::MAX, SECOND), ..GUESSES });
    for number in 0..u32::try_from(MAX_KEYS).unwrap() + 1000 {
        let now = START.plus(Duration::from_millis(u64::from(number) / 100));
        limiter.attempt(&scope(), &device(number, START), now).unwrap();
    }
    assert!(limiter.lock().clients.len() <= MAX_KEYS);
}
