//! What the server makes up by itself: ends of names, and times.

use serin::clock::SystemClock;
use serin::driver::ports::Clock;

/// The letters of a name's end: none that could make a word.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The end of the name of this number.
pub(super) fn suffix(number: u64) -> String {
    let digits = (0..5).scan(number, |rest, _| {
        let digit = usize::try_from(*rest % LETTERS.len() as u64).unwrap();
        *rest /= LETTERS.len() as u64;
        Some(char::from(LETTERS[digit]))
    });
    digits.collect()
}

/// The time, as metadata has it: whole seconds.
pub(super) fn now() -> String {
    let now = SystemClock::start().now();
    let now = jiff::Timestamp::from_second(i64::try_from(now.0 / 1000).unwrap());
    now.unwrap().to_string()
}
