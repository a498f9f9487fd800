//! Dates and memory, for records and folder names. Nothing that is computed depends on them.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    seconds: u64,
}

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self { seconds: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()) }
    }

    /// Year, month, day, hour, minute, second.
    fn parts(self) -> [u64; 6] {
        let (days, rest) = (self.seconds / 86_400, self.seconds % 86_400);
        // Years counted from March, so that the leap day is the last of its year; eras of 400 years.
        let shifted = days + 719_468;
        let (era, day) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = 400 * era + year_of_era + u64::from(month <= 2);
        [year, month, day_of_month, rest / 3600, rest / 60 % 60, rest % 60]
    }

    /// As in `2026-11-23T22:52:07Z`.
    pub fn iso(self) -> String {
        let [y, m, d, h, min, s] = self.parts();
        format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}Z")
    }

    /// As in `20261123-225207`, for names of folders.
    pub fn compact(self) -> String {
        let [y, m, d, h, min, s] = self.parts();
        format!("{y:04}{m:02}{d:02}-{h:02}{min:02}{s:02}")
    }
}

/// A line of a Linux status file in bytes (`MemAvailable`, `VmHWM`); nothing elsewhere.
fn kilobytes(file: &str, key: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kb| kb * 1024.0)
}

/// Memory that can still be had (bytes), if known.
pub fn available_memory() -> Option<f64> {
    kilobytes("/proc/meminfo", "MemAvailable")
}

/// Most memory the program has held (bytes), if known.
pub fn peak_memory() -> Option<f64> {
    kilobytes("/proc/self/status", "VmHWM")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_474_327, "2026-11-23T22:52:07Z"),
        ] {
            assert_eq!(Moment { seconds }.iso(), text);
        }
        assert_eq!(Moment { seconds: 1_795_474_327 }.compact(), "20261123-225207");
    }
}
