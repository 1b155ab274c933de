//! Processor time: what other programs do at the same time disturbs it less than it does the clock's.

/// What the kernel counts processor time in, for programs: a hundredth of a second on every platform of Linux.
const MICROS_PER_TICK: f64 = 10_000.0;

/// Microseconds that this process has taken so far, its threads together; 0 where the system doesn't tell.
pub(crate) fn of_this() -> f64 {
    of("self")
}

/// Microseconds that other processes of this machine have taken so far.
pub(crate) fn of_all(processes: &[i32]) -> f64 {
    processes.iter().map(|process| of(&process.to_string())).sum()
}

fn of(process: &str) -> f64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else { return 0.0 };
    // The program's name stands in parentheses and may hold anything; utime and stime are the 12th and 13th behind it.
    let Some((_, behind)) = stat.rsplit_once(')') else { return 0.0 };
    let ticks: Option<f64> =
        behind.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().ok()).sum();
    ticks.unwrap_or_default() * MICROS_PER_TICK
}
