//! Command tests, from outside: own HOME, cleared environment, the emulator on loopback.
