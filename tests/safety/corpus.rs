//! The fuzz targets' corpus, replayed and mutated at random with a stable compiler.

use cf_aig_harness::{Random, print_uncaptured};
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../../fuzz/properties.rs"]
#[allow(missing_docs, unreachable_pub)]
mod properties;

/// For the mutated inputs of one target.
const LIMIT: Duration = Duration::from_secs(2);
const MOST: u32 = 20_000;

/// Pieces that are significant to one of the parsers.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"//",
    b"/*",
    b"\"env\":{",
    b"null",
    b"1e999",
    b"\\ud800",
    b"ANTHROPIC_BASE_URL",
    b"cf-aig-authorization: ",
    b"Bearer ",
    b"# >>> cf-aig",
    b"# <<< cf-aig <<<",
    b"https://",
    b"@",
    b"%2f",
    b"..",
    b"sk-ant-",
    b"HTTP/1.1 401\r\n",
    b"\x1b[",
];

fn changed(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut data = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(data.len() + 1);
        match random.below(5) {
            0 if at < data.len() => data[at] ^= 1 << random.below(8),
            1 => drop(data.drain(at..data.len().min(at + random.below(9)))),
            2 => data.truncate(at),
            3 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                data.splice(at..at, other[from..].iter().copied());
            }
            _ => drop(data.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
        }
    }
    data
}

#[test]
fn every_property_holds_for_the_corpus_and_for_what_is_near_it() {
    for (name, property) in properties::PROPERTIES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        let corpus: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a file")).collect();
        assert!(corpus.len() > 1, "{name}: no corpus");
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let (begin, mut runs) = (Instant::now(), 0);
        let near = std::iter::from_fn(|| Some(changed(&mut random, &corpus)));
        for data in corpus.iter().cloned().chain(near) {
            let held = std::panic::catch_unwind(|| property(&data));
            assert!(held.is_ok(), "{name} does not hold for {:?}", String::from_utf8_lossy(&data));
            runs += 1;
            if begin.elapsed() > LIMIT || runs == MOST {
                break;
            }
        }
        print_uncaptured(&format!("{name}: {} files of the corpus, {runs} inputs", corpus.len()));
    }
}
