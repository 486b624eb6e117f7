//! Triage against its labels: how urgent a message is, and how urgent it was found.

use super::figures::{Better, Figures};
use crate::triage::Level;

/// A level's name, `none` for none.
pub(super) fn level_name(level: Option<Level>) -> String {
    level.map_or_else(|| "none".to_owned(), |level| level.to_string())
}

/// Whether what was found does no harm: something urgent is met as urgent or more, a caution is met at all, and
/// nothing urgent is seen where nothing is.
pub(super) fn is_safe(labelled: Option<Level>, found: Option<Level>) -> bool {
    match labelled {
        Some(Level::Emergency | Level::Urgent) => found >= Some(Level::Urgent),
        Some(Level::Caution) => found.is_some(),
        None => found < Some(Level::Urgent),
    }
}

/// Of emergencies: `emergency_exact`, `emergency_safe` (met as urgent or more). Of urgent messages: `urgent_exact`,
/// `urgent_safe` (urgent or more), `urgent_any` (noticed at all). Of cautions: `caution_exact`, `caution_any`,
/// `caution_overalarm` (met as an emergency). Of the rest: `false_alarm` (met as urgent or more), `none_caution`.
pub(super) fn count_level(figures: &mut Figures, labelled: Option<Level>, found: Option<Level>) {
    use Better::{Higher, Lower};
    let exact = found == labelled;
    let safe = is_safe(labelled, found);
    match labelled {
        Some(Level::Emergency) => {
            figures.add("emergency_exact", Higher, exact);
            figures.add("emergency_safe", Higher, safe);
        }
        Some(Level::Urgent) => {
            figures.add("urgent_exact", Higher, exact);
            figures.add("urgent_safe", Higher, safe);
            figures.add("urgent_any", Higher, found.is_some());
        }
        Some(Level::Caution) => {
            figures.add("caution_exact", Higher, exact);
            figures.add("caution_any", Higher, safe);
            let overdone = found == Some(Level::Emergency);
            figures.add("caution_overalarm", Lower, overdone);
        }
        None => {
            figures.add("false_alarm", Lower, !safe);
            figures.add("none_caution", Lower, found == Some(Level::Caution));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Option<Level>; 4] = [
        None,
        Some(Level::Caution),
        Some(Level::Urgent),
        Some(Level::Emergency),
    ];

    #[test]
    fn safe_is_as_urgent_as_labelled_or_one_step_off_upwards() {
        // Rows: label; columns: found none, caution, urgent, emergency.
        let table = [
            [true, true, false, false],
            [false, true, true, true],
            [false, false, true, true],
            [false, false, true, true],
        ];
        for (labelled, row) in ALL.into_iter().zip(table) {
            for (found, safe) in ALL.into_iter().zip(row) {
                assert_eq!(is_safe(labelled, found), safe, "{labelled:?} {found:?}");
            }
        }
    }

    #[test]
    fn triage_figures_count_each_label_against_its_own_rows() {
        let mut figures = Figures::default();
        for labelled in ALL {
            for found in ALL {
                count_level(&mut figures, labelled, found);
            }
        }
        let counts: Vec<(&str, usize, usize)> = figures
            .iter()
            .map(|f| (f.name.as_str(), f.count, f.of))
            .collect();
        assert_eq!(
            counts,
            [
                ("false_alarm", 2, 4),
                ("none_caution", 1, 4),
                ("caution_exact", 1, 4),
                ("caution_any", 3, 4),
                ("caution_overalarm", 1, 4),
                ("urgent_exact", 1, 4),
                ("urgent_safe", 2, 4),
                ("urgent_any", 3, 4),
                ("emergency_exact", 1, 4),
                ("emergency_safe", 2, 4),
            ]
        );
    }
}
