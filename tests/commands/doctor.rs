//! `cf-aig doctor`: the first broken layer is named, and the healthy way gives no alarm.

use crate::{Rig, sandbox};

#[test]
fn try_it() {
    let mut rig = Rig::new();
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", cf_aig_emulator::API_TOKEN);
    for args in [&["doctor"][..], &["doctor", "--spend"], &["doctor", "--json", "--offline"]] {
        let ran = rig.sandbox.run(args);
        println!("{}\n{}\nexit {}", ran.stdout, ran.stderr, ran.code);
    }
    rig.sandbox.unset("CF_AIG_TOKEN").unset("CLOUDFLARE_API_TOKEN");
    let ran = rig.sandbox.run(["doctor"]);
    println!("{}\n{}\nexit {}", ran.stdout, ran.stderr, ran.code);
    let ran = sandbox().run(["doctor"]);
    println!("{}\n{}\nexit {}", ran.stdout, ran.stderr, ran.code);
    panic!();
}
