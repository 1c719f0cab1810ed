//! `cf-aig doctor --fix`: shows the changes first, and touches nothing else.

use super::{examined, well};

const BROKEN: &str =
    "{\n  // mine\n  \"model\": \"opus\",\n  \"env\": {\"MY_TOKEN\": \"planted-secret\"},\n}\n";

#[test]
fn a_settings_file_is_repaired_after_confirmation() {
    let rig = well();
    let file = rig.sandbox.write("home/.claude/settings.json", BROKEN);
    let shown = rig.sandbox.run(["doctor", "--fix"]);
    assert_eq!(shown.code, 1, "{shown:?}");
    assert!(shown.stdout.contains("-  // mine") && shown.stderr.contains("--yes"), "{shown:?}");
    assert!(!shown.stdout.contains("planted-secret"), "{shown:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), BROKEN);
    let mended = rig.sandbox.run(["doctor", "--fix", "--yes"]);
    assert_eq!((mended.code, mended.stderr.as_str()), (0, ""), "{mended:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "{\n  \"model\": \"opus\",\n  \"env\": {\"MY_TOKEN\": \"planted-secret\"}\n}\n");
    assert_eq!(examined(&rig, &[]).state("files.taken"), "ok");
}

#[test]
fn a_route_to_another_gateway_is_rewritten() {
    let mut rig = well();
    assert_eq!(rig.sandbox.run(["setup", "--yes"]).code, 0);
    rig.emulator.update(|config| {
        let mut other = config.gateways[0].clone();
        other.gateway_id = "other".to_owned();
        config.gateways.push(other);
    });
    rig.sandbox.set("CF_AIG_GATEWAY_ID", "other");
    assert_eq!(examined(&rig, &[]).state("effective.base-url"), "fail");
    let mended = rig.sandbox.run(["doctor", "--fix", "--yes"]);
    assert_eq!(mended.code, 0, "{mended:?}");
    assert_eq!(examined(&rig, &[]).state("effective.base-url"), "ok");
}

#[test]
fn nothing_to_fix_is_reported() {
    let mut rig = well();
    let well = rig.sandbox.run(["doctor", "--fix"]);
    assert!(well.code == 0 && well.stdout.ends_with("There is nothing to fix.\n"), "{well:?}");
    rig.sandbox.set("CF_AIG_TOKEN", "wrong-token");
    let broken = rig.sandbox.run(["doctor", "--fix"]);
    assert!(broken.code == 3 && broken.stdout.contains("Apply the fixes above yourself"), "{broken:?}");
}
