//! Days, as the store counts them: in UTC, written `YYYY-MM-DD`.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS: u64 = 24 * 60 * 60;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    since_1970: i64,
}

impl Day {
    /// The day of a moment; moments before 1970 count as its first day.
    #[must_use]
    pub fn of(moment: SystemTime) -> Self {
        let seconds = moment
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        Self {
            since_1970: i64::try_from(seconds / SECONDS).unwrap_or(i64::MAX),
        }
    }

    /// The day so many days earlier.
    #[must_use]
    pub fn before(self, days: u32) -> Self {
        Self {
            since_1970: self.since_1970 - i64::from(days),
        }
    }
}

impl fmt::Display for Day {
    /// `YYYY-MM-DD`. Howard Hinnant's `civil_from_days`: years start in March, so that the leap day is the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAYS_BEFORE_1970: i64 = 719_468; // from 0000-03-01
        const ERA: i64 = 146_097; // 400 years
        let days = self.since_1970.saturating_add(DAYS_BEFORE_1970);
        let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn days_are_written_as_the_calendar_has_them() {
        for (days, written) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (10_957, "2000-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_778, "2026-11-21"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            let moment = UNIX_EPOCH + Duration::from_secs(days * SECONDS);
            assert_eq!(Day::of(moment).to_string(), written, "{days}");
            let last_second = moment + Duration::from_secs(SECONDS - 1);
            assert_eq!(Day::of(last_second).to_string(), written, "{days}, evening");
        }
    }

    #[test]
    fn earlier_days_sort_before_later_ones_as_text() {
        let today = Day::of(UNIX_EPOCH + Duration::from_secs(20_778 * SECONDS));
        let texts: Vec<String> = (0..800)
            .rev()
            .map(|n| today.before(n).to_string())
            .collect();
        assert!(texts.is_sorted());
        assert_eq!(today.before(90).to_string(), "2026-08-23");
    }
}
