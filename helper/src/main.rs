//! The `cf-aig` command.

fn main() {}
