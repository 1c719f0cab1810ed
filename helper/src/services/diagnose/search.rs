//! Searches text for thousands of literals at once, ignoring ASCII case.
//!
//! Each literal is known by two windows of four bytes that start next to each other. One of them is at an even
//! distance from where the search begins, so only every second place of the text is looked up in a table
//! of all windows. The bytes around a place that is in the table are then compared with the literals of that window.
//! A sample of the text decides which windows of a literal are rare.

/// How far apart the places are that are looked up.
pub(super) const STEP: usize = 2;
/// The bytes of a window.
const WINDOW: usize = 4;
/// Bits of a window's hash.
const BITS: u32 = 17;
/// Bits of the hash that select a bucket of places.
const BUCKETS: u32 = 12;
/// Lower and upper case of a letter differ in this bit. Some other characters do too, which the comparison of
/// whole literals tells apart.
const CASE: u64 = 0x2020_2020_2020_2020;

/// A search for a set of literals.
pub(super) struct LiteralSearch {
    literals: Vec<&'static str>,
    /// By the hash of a window: whether there is one. Bytes, because the search is limited by its computations,
    /// and a bit takes more of them.
    windows: Vec<u8>,
    /// Where the windows of each bucket begin in `places`.
    begins: Vec<usize>,
    places: Vec<LiteralWindow>,
    longest: usize,
}

/// A window of a literal.
struct LiteralWindow {
    hash: usize,
    /// Up to eight bytes of the literal from the window on, and which bytes these are.
    text: u64,
    mask: u64,
    literal: usize,
    /// Where the window starts in the literal; -1 is the byte before it.
    offset: isize,
}

impl LiteralSearch {
    /// A search for these literals, which have at least three bytes, in a text that begins with `sample`.
    pub(super) fn new(literals: impl Iterator<Item = &'static str>, sample: &[u8]) -> Self {
        let literals: Vec<&str> = literals.collect();
        let habits = Habits::of(sample);
        let mut places = Vec::new();
        for (number, literal) in literals.iter().enumerate() {
            let first = habits.rarest(literal.as_bytes());
            for offset in [first, first + 1] {
                add_places(literal.as_bytes(), number, offset, &mut places);
            }
        }
        places.sort_unstable_by_key(|place| place.hash);
        let mut windows = vec![0; 1 << BITS];
        places.iter().for_each(|place| windows[place.hash] = 1);
        let begins = (0..=1 << BUCKETS)
            .map(|bucket| places.partition_point(|place| bucket_of(place.hash) < bucket))
            .collect();
        let longest = literals.iter().map(|literal| literal.len()).max().unwrap_or(0);
        Self { literals, windows, begins, places, longest }
    }

    /// The next place at `from` or an even distance after it where one of the windows may be.
    pub(super) fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        let windows: &[u8; 1 << BITS] = self.windows.first_chunk()?;
        let has = |bytes: u64| windows[hash(bytes)];
        let mut at = from;
        let (chunks, _) = text.get(from..)?.as_chunks::<8>();
        if let Some((first, rest)) = chunks.split_first() {
            let mut bytes = u64::from_le_bytes(*first) | CASE;
            for chunk in rest {
                let following = u64::from_le_bytes(*chunk) | CASE;
                let across = bytes >> 48 | following << 16;
                let [a, b, c, d] = [has(bytes), has(bytes >> 16), has(bytes >> 32), has(across)];
                if a | b | c | d != 0 {
                    let before = [a, b, c].iter().position(|found| *found != 0).unwrap_or(3);
                    return Some(at + before * STEP);
                }
                bytes = following;
                at += 8;
            }
        }
        (at..text.len()).step_by(STEP).find(|at| has(eight(text, *at)) != 0)
    }

    /// Passes on the literals whose window is at this place, with their numbers and where they start.
    pub(super) fn literals_at(&self, text: &[u8], at: usize, mut give: impl FnMut(usize, usize)) {
        let bytes = eight(text, at);
        let bucket = bucket_of(hash(bytes));
        for place in &self.places[self.begins[bucket]..self.begins[bucket + 1]] {
            if (bytes ^ place.text) & place.mask == 0
                && let Some(start) = at.checked_add_signed(-place.offset)
                && is_at(text, start, self.literals[place.literal].as_bytes())
            {
                give(place.literal, start);
            }
        }
    }

    /// Where the first literal of the text starts.
    pub(super) fn first(&self, mut text: &[u8]) -> Option<usize> {
        let mut first: Option<usize> = None;
        let mut from = 0;
        while let Some(at) = self.next(text, from) {
            self.literals_at(text, at, |_, start| {
                first = Some(first.map_or(start, |first| first.min(start)))
            });
            from = at + STEP;
            if let Some(first) = first {
                // one that starts earlier may be known by a window further on
                text = &text[..text.len().min(first + 2 * self.longest)];
            }
        }
        first
    }
}

/// What is frequent in a text.
struct Habits {
    /// By a part of the hash.
    windows: Vec<u16>,
    bytes: [u32; 256],
}

impl Habits {
    const BITS: u32 = 16;

    fn of(sample: &[u8]) -> Self {
        let mut habits = Self { windows: vec![0; 1 << Self::BITS], bytes: [0; 256] };
        for at in 0..sample.len() {
            habits.bytes[usize::from(sample[at] | 0x20)] += 1;
            let count = &mut habits.windows[hash(eight(sample, at)) >> (BITS - Self::BITS)];
            *count = count.saturating_add(1);
        }
        habits
    }

    /// The offset of the first of two neighbouring windows that are rare. Very short literals leave no choice,
    /// and one of the windows then reaches over an end.
    fn rarest(&self, literal: &[u8]) -> isize {
        let count = |at: usize| u32::from(self.windows[hash(eight(literal, at)) >> (BITS - Self::BITS)]);
        let bytes = |at: usize| -> u32 {
            literal[at..=at + WINDOW].iter().map(|byte| self.bytes[usize::from(byte | 0x20)]).sum()
        };
        let both = 0..literal.len().saturating_sub(WINDOW);
        match both.min_by_key(|at| (count(*at) + count(at + 1), bytes(*at))) {
            Some(offset) => offset.cast_signed(),
            None => literal.len().cast_signed() - WINDOW.cast_signed(),
        }
    }
}

/// Adds a window of a literal; one that reaches over an end of it may have any byte there.
fn add_places(literal: &[u8], number: usize, offset: isize, places: &mut Vec<LiteralWindow>) {
    let byte = |at: usize| literal.get(at.checked_add_signed(offset)?).copied();
    let known: [Option<u8>; 8] = std::array::from_fn(byte);
    let text = known.map(|byte| byte.unwrap_or(0) | 0x20);
    let mask = known.map(|byte| if byte.is_some() { 0xff } else { 0 });
    let mut add = |text: [u8; 8]| {
        let text = u64::from_le_bytes(text);
        places.push(LiteralWindow {
            hash: hash(text),
            text,
            mask: u64::from_le_bytes(mask),
            literal: number,
            offset,
        });
    };
    match known[..WINDOW].iter().position(Option::is_none) {
        None => add(text),
        Some(open) => (0..=u8::MAX).filter(|byte| byte & 0x20 != 0).for_each(|byte| {
            let mut text = text;
            text[open] = byte;
            add(text);
        }),
    }
}

/// The hash of the first four of these bytes.
fn hash(bytes: u64) -> usize {
    ((bytes as u32).wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

/// Whether the literal starts here, in any case.
fn is_at(text: &[u8], start: usize, literal: &[u8]) -> bool {
    let Some(there) = text.get(start..start + literal.len()) else { return false };
    // a plain loop: the crate is compiled for size, and this is called often
    for (there, byte) in there.iter().zip(literal) {
        let is_same = there == byte || there ^ byte == 0x20 && byte.is_ascii_alphabetic();
        if !is_same {
            return false;
        }
    }
    true
}

fn bucket_of(hash: usize) -> usize {
    hash >> (BITS - BUCKETS)
}

/// Eight bytes from this place on, as if the text went on with zeros.
fn eight(text: &[u8], at: usize) -> u64 {
    let rest = &text[at..];
    let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; 8];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes
    });
    u64::from_le_bytes(bytes) | CASE
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LITERALS: &[&str] =
        &["fail", "{\\\"", "Error", "settings.json", "API error (", "余额", "aa", "exit code "];

    /// Every literal that the search finds, and where.
    fn found(search: &LiteralSearch, text: &[u8], from: usize) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let mut at = from;
        while let Some(place) = search.next(text, at) {
            search.literals_at(text, place, |literal, start| all.push((start, literal)));
            at = place + STEP;
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The same by comparing at every byte.
    fn plainly(literals: &[&str], text: &[u8], from: usize) -> Vec<(usize, usize)> {
        let is_at = |start: usize, literal: &str| {
            let there = text.get(start..start + literal.len());
            there.is_some_and(|there| there.eq_ignore_ascii_case(literal.as_bytes()))
        };
        let all = (from..text.len()).flat_map(|start| {
            literals.iter().enumerate().map(move |(number, literal)| (start, number, literal))
        });
        all.filter(|(start, _, literal)| is_at(*start, literal))
            .map(|(start, number, _)| (start, number))
            .collect()
    }

    fn literals() -> impl Iterator<Item = &'static str> + Clone {
        LITERALS.iter().copied().filter(|literal| literal.len() > 2)
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::sample::select(LITERALS).prop_map(|literal| literal.as_bytes().to_vec()),
            prop::sample::select(LITERALS).prop_map(|literal| literal.to_ascii_uppercase().into_bytes()),
            (prop::sample::select(LITERALS), 0usize..9)
                .prop_map(|(literal, end)| literal.as_bytes()[..end.min(literal.len())].to_vec()),
            prop::collection::vec(any::<u8>(), 0..9),
        ]
    }

    proptest! {
        #[test]
        fn every_literal_is_found_wherever_it_is(
            pieces in prop::collection::vec(piece(), 0..12), sample in prop::collection::vec(piece(), 0..12), from in 0usize..4,
        ) {
            let text = pieces.concat();
            let search = LiteralSearch::new(literals(), &sample.concat());
            let from = from.min(text.len());
            let all = plainly(&literals().collect::<Vec<_>>(), &text, from);
            prop_assert_eq!(found(&search, &text, from).into_iter().filter(|(start, _)| *start >= from).collect::<Vec<_>>(), all.clone());
            prop_assert_eq!(search.first(&text[from..]), all.first().map(|(start, _)| start - from));
        }
    }
}
