//! This process's environment, files that others write, and the home folder.

pub mod env;
pub mod file;
pub mod home;
