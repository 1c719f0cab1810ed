//! The documents say what the program does: generated pages are fresh, links lead somewhere.

mod pages;
