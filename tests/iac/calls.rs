//! The calls in the comments: carried out, they make what they say.
