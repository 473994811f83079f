//! The cluster of the tests itself: what its real servers do, on which other tests rely.

mod parts;
