//! What a later write must still find.

/// The version of a document: length and FNV-1a hash (64 bits) of the document's bytes.
///
/// It tells apart what people and programs wrote one after the other, not what an attacker made to collide: two different
/// documents of one length agree with a chance of 2⁻⁶⁴, and whoever can write the file needs no collision. A version of
/// Serin's own is never taken for an earlier one, because the epoch is part of the document.
pub(super) fn version(document: &str) -> String {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = document.bytes().fold(OFFSET_BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    format!("{}-{hash:016x}", document.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_published_fnv_1a_hash_after_the_length() {
        assert_eq!(version(""), "0-cbf29ce484222325");
        assert_eq!(version("foobar"), "6-85944171f73967e8");
    }
}
