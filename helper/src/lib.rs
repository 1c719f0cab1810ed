//! The library behind `cf-aig`.

pub mod claude_code {
    //! What is true of Claude Code.
    pub mod settings;
}
pub mod ledger;
