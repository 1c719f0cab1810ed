//! Who pays
