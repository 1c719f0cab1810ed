//! Every layer between a session and its model, broken in every way: the doctor reports the layer, who
//! refused, why, and the fix; and if nothing is broken it reports nothing.
//!
//! The table is a page of the documents: `CF_AIG_UPDATE_DOCS=1 cargo test --test faults` rewrites it.

mod dns;
mod page;
mod row;
mod table;
mod world;

use cf_aig_harness::{namespace, needs};
use row::{Row, State};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Concurrent rows: most of them wait for something.
const AT_ONCE: usize = 6;

#[test]
fn the_doctor_names_every_fault_and_reports_none_where_all_works() {
    namespace::isolated_with_own_names(|| {
        // a lookup that is not the row's subject gets a response at once, where that is possible
        let _ = namespace::has_own_names().then(dns::serve);
        examine_all(|row| !row.needs_names);
    });
}

#[needs(names)]
#[test]
fn the_doctor_names_every_fault_of_names_and_routes() {
    namespace::isolated_with_own_names(|| {
        assert!(namespace::has_own_names(), "no own name resolution");
        dns::serve().expect("a name server");
        examine_all(|row| row.needs_names);
    });
}

/// Examines these rows and compares them with the page. Panics with every row that is not as the table says.
fn examine_all(wanted: fn(&Row) -> bool) {
    let rows: Vec<&Row> = table::all().filter(|row| wanted(row)).collect();
    let found = examine(&rows);
    let wrong: Vec<String> = rows
        .iter()
        .zip(&found)
        .filter_map(|(row, found)| Some(format!("{}: {}", row.fault, found.as_ref().err()?)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n  {}\n", wrong.len(), rows.len(), wrong.join("\n  "));
    let fixes = rows.iter().zip(found.iter().flatten()).map(|(row, fix)| (row.fault, fix.as_str()));
    page::check(&fixes.collect());
}

/// The result of each row, in order.
fn examine(rows: &[&Row]) -> Vec<Result<String, String>> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(vec![Err("not examined".to_owned()); rows.len()]);
    let work = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < rows.len()) {
            let one = rows[at].examine();
            found.lock().expect("no row panics in here")[at] = one;
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    found.into_inner().expect("no row panics in here")
}

#[test]
fn the_doctor_reports_nothing_for_any_healthy_combination() {
    namespace::isolated_with_own_names(|| {
        for (what, world) in table::healthy::combinations() {
            let found = table::healthy::ANY.examine_in(&world);
            assert!(found.is_ok(), "{what}: {}", found.unwrap_err());
        }
    });
}

#[test]
fn the_matrix_is_wide_enough() {
    let faults: Vec<&Row> = table::all().filter(|row| row.state != State::Well).collect();
    assert!(faults.len() >= 40, "{} faults", faults.len());
    let mut names = BTreeSet::new();
    for row in table::all() {
        assert!(names.insert(row.fault), "two rows for {}", row.fault);
    }
    let layers: BTreeSet<&str> = faults.iter().filter_map(|row| row.check.split('.').next()).collect();
    for layer in cf_aig::services::doctor::Layer::ALL {
        assert!(layers.contains(layer.id()), "no fault of the layer {}", layer.id());
    }
    let speakers: BTreeSet<&str> = faults.iter().map(|row| row.speaker).collect();
    for speaker in cf_aig::facts::gateway::errors::Speaker::ALL {
        assert!(speakers.contains(speaker.id()), "no fault is refused by {}", speaker.id());
    }
    for row in faults {
        let known = row.cause.is_empty() || cf_aig::facts::gateway::errors::Cause::parse(row.cause).is_some();
        assert!(known, "{} is not in the catalogue", row.cause);
        assert!(row.state == State::Warn || !row.speaker.is_empty(), "no speaker: {}", row.fault);
    }
}
