//! Where each word group stands in an utterance.

use smallvec::SmallVec;

/// A group of wordings, by its position in [`super::words::Words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group(pub(super) u16);

/// Where a group's wording stands in an utterance, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: u16,
    /// One past the last token.
    pub(super) end: u16,
    pub(super) life: Life,
}

/// Whether what a hit names is there now. Ordered from present to absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    /// It is.
    Live,
    /// It is asked about in general.
    General,
    /// It was, and is over.
    Past,
    /// It is not.
    Denied,
}

/// Where each group stands in one utterance; hits of a group ascend by start.
///
/// An utterance has a few of the many groups, so that only those hold a list.
#[derive(Debug, Clone)]
pub(super) struct Hits {
    /// Place in `lists` of each group, or [`Hits::NONE`].
    places: Vec<u16>,
    lists: Vec<(Group, List)>,
}

/// The hits of one group: seldom more than two.
type List = SmallVec<[Hit; 2]>;

impl Hits {
    const NONE: u16 = u16::MAX;

    /// No hits of any of so many groups.
    pub(super) fn none(groups: u16) -> Self {
        Self {
            places: vec![Self::NONE; usize::from(groups)],
            lists: Vec::new(),
        }
    }

    pub(super) fn of(&self, group: Group) -> &[Hit] {
        match self.places[usize::from(group.0)] {
            Self::NONE => &[],
            place => &self.lists[usize::from(place)].1,
        }
    }

    /// Whether the group stands anywhere.
    pub(super) fn has(&self, group: Group) -> bool {
        !self.of(group).is_empty()
    }

    /// Every group that has hits, with them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Group, &[Hit])> {
        self.lists.iter().map(|(group, hits)| (*group, &hits[..]))
    }

    /// Every group that has hits, with them, to change.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = (Group, &mut [Hit])> {
        self.lists
            .iter_mut()
            .map(|(group, hits)| (*group, &mut hits[..]))
    }

    /// Adds a hit that begins no earlier than those before; of two that begin together the longer says more.
    pub(super) fn add(&mut self, group: Group, hit: Hit) {
        let hits = self.of_mut(group);
        match hits.last_mut() {
            Some(last) if last.start == hit.start => last.end = last.end.max(hit.end),
            _ => hits.push(hit),
        }
    }

    /// Adds a hit wherever it begins, unless it is there.
    pub(super) fn insert(&mut self, group: Group, hit: Hit) {
        let hits = self.of_mut(group);
        if !hits.contains(&hit) {
            let at = hits.partition_point(|h| (h.start, h.life) <= (hit.start, hit.life));
            hits.insert(at, hit);
        }
    }

    /// Removes hits that share a token with one that `masked` says is spoken for.
    pub(super) fn remove(&mut self, masked: &[bool]) {
        if !masked.contains(&true) {
            return;
        }
        for (_, hits) in &mut self.lists {
            hits.retain(|hit| {
                !masked[usize::from(hit.start)..usize::from(hit.end)].contains(&true)
            });
        }
    }

    fn of_mut(&mut self, group: Group) -> &mut List {
        let place = &mut self.places[usize::from(group.0)];
        if *place == Self::NONE {
            *place = self.lists.len() as u16;
            self.lists.push((group, List::new()));
        }
        &mut self.lists[usize::from(*place)].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(start: u16, end: u16) -> Hit {
        Hit {
            start,
            end,
            life: Life::Live,
        }
    }

    #[test]
    fn of_two_that_begin_together_the_longer_stays() {
        let mut hits = Hits::none(2);
        hits.add(Group(1), hit(0, 1));
        hits.add(Group(1), hit(0, 3));
        hits.add(Group(1), hit(2, 4));
        assert_eq!(hits.of(Group(1)), [hit(0, 3), hit(2, 4)]);
        assert!(!hits.has(Group(0)));
    }

    #[test]
    fn what_is_spoken_for_goes() {
        let mut hits = Hits::none(1);
        hits.add(Group(0), hit(0, 2));
        hits.insert(Group(0), hit(3, 4));
        hits.remove(&[false, true, false, false]);
        assert_eq!(hits.of(Group(0)), [hit(3, 4)]);
    }
}
