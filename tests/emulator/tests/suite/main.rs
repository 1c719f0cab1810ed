//! The emulator from outside: real sockets, one test binary.

mod analytics;
mod api;
mod cache_and_limits;
mod chains;
mod credentials;
mod faults;
mod gateway;
mod headers;
mod log_listing;
mod manage;
mod program;
mod provider;
mod proxy;
mod recorder;
mod stream;
mod support;
mod tls;
