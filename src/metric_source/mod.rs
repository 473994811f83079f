//! Where counters are read.
