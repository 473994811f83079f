//! Who is told.
