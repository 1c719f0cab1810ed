//! The emulator from outside: real sockets, one test binary.

mod gateway;
mod support;
