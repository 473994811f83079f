//! What the kernel says of a process.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// Ticks of a second in which the kernel counts a process' time: the same on every Linux that Rust runs on.
const TICKS_PER_SECOND: u64 = 100;

/// Resident memory, in bytes.
pub(crate) fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = line
        .context("the kernel does not say how much memory is resident")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kib << 10)
}

/// Processor time so far, of all threads, in the program and in the kernel for it.
pub(crate) fn processor_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, in brackets, may have spaces in it. After it, the fields 14 and 15 are the twelfth and thirteenth.
    let (_, fields) = stat
        .rsplit_once(") ")
        .context("the kernel's line has no name in it")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.sum::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}
