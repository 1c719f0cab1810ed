//! Random numbers for generated tests.

/// Xorshift: the same seed, which must not be 0, gives the same numbers in every run.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// A number below `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % limit.max(1)
    }
}
