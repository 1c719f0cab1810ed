//! The services that commands use: each gathers, decides or does one thing.

pub mod api;
pub(crate) mod background;
pub mod client_files;
pub mod config;
pub mod conformance;
pub mod context;
pub mod costs;
pub mod diagnose;
pub mod doctor;
pub mod env_file;
pub mod explain;
pub mod gather;
pub mod iac;
pub mod ledger;
pub mod logs;
pub mod managed;
pub mod probe;
pub mod profile;
pub mod send;
pub mod session;
pub mod settings_files;
pub mod setup;
pub mod state;
pub mod trust;
pub mod user_settings;
pub mod verify;
