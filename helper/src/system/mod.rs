//! This process's environment, files that others write, and the home folder: what the machine says.

pub mod env;
pub mod file;
pub mod home;
